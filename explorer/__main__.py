"""The entry point of ``autodiff-explorer`` and ``python -m explorer``."""

import sys
from pathlib import Path


def main() -> int:
    """Run the command line and return the exit status."""
    from explorer.commands.cli import run

    return run(sys.argv[1:])


def _remove_current_folder_from_path() -> None:
    """Remove the current folder, which ``python -m`` adds, from the import path: it may contain a ``tensorflow.py``.

    The folder stays if the program itself is in it.
    """
    here = Path(__file__).resolve().parent.parent
    if not sys.flags.safe_path and sys.path and Path(sys.path[0] or ".").resolve() != here:
        del sys.path[0]


if __name__ == "__main__":
    _remove_current_folder_from_path()
    sys.exit(main())
