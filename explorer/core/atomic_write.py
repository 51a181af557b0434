"""Atomic writing of files, and messages about saving them."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path, renamed to ``path`` at the end and removed after an error; raises OSError."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file completely or not at all; raises OSError."""
    with atomic_write(path) as part:
        part.write_bytes(data)


def save_error_message(path: str | Path, error: OSError) -> str:
    """Return the message that a file could not be written, and why."""
    return f"Not saved: {path} cannot be written: {error.strerror or error}"


def save_and_report(path: str, write: Callable[[], object]) -> str:
    """Call ``write`` and return a message about the result, OSError and ValueError included."""
    try:
        write()
    except OSError as error:
        return save_error_message(path, error)
    except ValueError as error:
        return f"Not saved: {error}"
    return f"Saved: {path}"
