"""The file that a command writes: its name is checked first, and an error while writing becomes a CommandError."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from explorer.commands.arguments import CommandError


def output_path(name: str, suffixes: Sequence[str]) -> Path:
    """Return the path of an output file. Raises CommandError for another suffix or a missing folder."""
    path = Path(name)
    if path.suffix.lower() not in suffixes:
        raise CommandError(f"{name}: the file's name must end in {_listed(suffixes)}")
    if not path.parent.is_dir():
        raise CommandError(f"the folder {path.parent} does not exist")
    return path


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Turn an OSError inside the block into a CommandError about the file ``name``."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of standard output has gone: not an error of the file
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror or error}") from error


def _listed(suffixes: Sequence[str]) -> str:
    *others, last = suffixes
    return f"{', '.join(others)} or {last}" if others else last
