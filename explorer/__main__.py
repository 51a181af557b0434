"""``autodiff-explorer`` and ``python -m explorer``."""

import sys
from pathlib import Path


def main() -> int:
    """Run the command line; returns the exit status."""
    from explorer.commands.cli import run

    return run(sys.argv[1:])


def _leave_the_current_folder() -> None:
    """Take the folder out of the imports that ``python -m`` put there: a tensorflow.py in it is not TensorFlow.

    Unless the program itself comes from there.
    """
    here = Path(__file__).resolve().parent.parent
    if not sys.flags.safe_path and sys.path and Path(sys.path[0] or ".").resolve() != here:
        del sys.path[0]


if __name__ == "__main__":
    _leave_the_current_folder()
    sys.exit(main())
