"""Files that are there whole or not at all, and the sentence that says which."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it is renamed at the end, or removed after an error. Raises OSError."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def saved(path: str, write: Callable[[], object]) -> str:
    """Write a file, and return a sentence about what became of it; OSError and ValueError are in it."""
    try:
        write()
    except OSError as error:
        return f"Not saved: {path} cannot be written: {error.strerror or error}"
    except ValueError as error:
        return f"Not saved: {error}"
    return f"Saved: {path}"
