"""How the program's processes share the processor's cores."""

import os

STEP = 5
"""By so much a process's niceness is raised."""


def stand_back() -> None:
    """Let the process that started this one come first where both want the same core.

    The window must not wait for the engine to paint, nor the engine for SymPy. Threads that begin later inherit it.
    Systems without niceness share as they like.
    """
    if hasattr(os, "nice"):
        os.nice(STEP)
