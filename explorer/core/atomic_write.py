"""Files that are there whole or not at all, and the sentence that says which."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it is renamed at the end, or removed after an error. Raises OSError."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    with atomic_write(path) as part:
        part.write_bytes(data)


def save_error_message(path: str | Path, error: OSError) -> str:
    """Return the sentence that says that a file could not be written, and why."""
    return f"Not saved: {path} cannot be written: {error.strerror or error}"


def save_and_report(path: str, write: Callable[[], object]) -> str:
    """Write a file, and return a sentence about what became of it; OSError and ValueError are in it."""
    try:
        write()
    except OSError as error:
        return save_error_message(path, error)
    except ValueError as error:
        return f"Not saved: {error}"
    return f"Saved: {path}"
