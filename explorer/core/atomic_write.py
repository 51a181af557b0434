"""Atomic writing of files, and messages about saving them."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple


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


class SaveResult(NamedTuple):
    """What `try_to_save` returns."""

    is_saved: bool
    message: str


def try_to_save(path: str, write: Callable[[], object]) -> SaveResult:
    """Call ``write``; return whether it succeeded, and a message about it. OSError and ValueError are failures."""
    try:
        write()
    except OSError as error:
        return SaveResult(False, save_error_message(path, error))
    except ValueError as error:
        return SaveResult(False, f"Not saved: {error}")
    return SaveResult(True, f"Saved: {path}")


def save_and_report(path: str, write: Callable[[], object]) -> str:
    """Call ``write`` and return only the message of `try_to_save`."""
    return try_to_save(path, write).message
