"""What the program's child processes need: this package on their import path, and a lower priority."""

import os
from pathlib import Path

NICENESS_INCREMENT = 5


def python_path(inherited: str) -> str:
    """Return the ``PYTHONPATH`` of a child process that imports this package, given the one that it would inherit.

    In a checkout the folder of the package comes first; an installed package is found without it.
    """
    root = Path(__file__).resolve().parents[2]
    if root.name in ("site-packages", "dist-packages"):
        return inherited
    return os.pathsep.join(path for path in (str(root), inherited) if path)


def lower_priority() -> None:
    """Raise the niceness of this process, so that its parent is scheduled first when both want the same core.

    The window must not wait for the engine to paint, nor the engine for SymPy. Threads inherit the niceness if they
    start later. On systems without niceness this does nothing.
    """
    if hasattr(os, "nice"):
        os.nice(NICENESS_INCREMENT)
