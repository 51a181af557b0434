"""What the program's child processes need: this package on their import path, a lower priority, and an end."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

NICENESS_INCREMENT = 5

READ_BYTES = 1 << 16


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


def input_bytes() -> Iterator[bytes]:
    """Yield what arrives on standard input, and end this process when that ends, also in the middle of a computation.

    Standard input ends when the parent ends, however it ends, and nobody wants the result any more.
    """
    arrived: SimpleQueue[bytes] = SimpleQueue()

    def read() -> None:
        while data := os.read(0, READ_BYTES):
            arrived.put(data)
        os._exit(0)

    threading.Thread(target=read, name="input", daemon=True).start()
    while True:
        yield arrived.get()


def input_lines() -> Iterator[bytes]:
    """Yield the lines of `input_bytes`."""
    rest = b""
    for data in input_bytes():
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
