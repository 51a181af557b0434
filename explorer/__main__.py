"""``autodiff-explorer`` and ``python -m explorer``."""

import sys


def main() -> int:
    """Run the command line; returns the exit status."""
    from explorer.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
