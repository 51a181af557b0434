"""Checkpoints: all that belongs to one run in one file, from which it is shown again and can go on.

A file begins with `MAGIC`. Two blocks follow, each with its length, its CRC-32 and a map in the format of `frames`: the
record of the run, which is small, and its variables. Lengths and checksums find damage before anything is interpreted.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from explorer.core.atomic_write import atomic_write
from explorer.core.errors import ErrorCode, UserError
from explorer.core.protocol.frames import pack, unpack
from explorer.core.training.run_record import RunRecord, Variables, record_from_map, variables_from_map

MAGIC = b"autodiff-explorer run 2\n"
"""The first bytes of a file; the number is the version of the format."""

MAX_RECORD_BYTES = 8_000_000
"""Size of a record at most; larger ones are damaged."""

MAX_STATE_BYTES = 100_000_000
"""Size of all variables of a run that is kept at most: of a larger network only the record is kept."""

_BLOCK = struct.Struct(">QI")
_FRAME_HEADER_BYTES = 4


class CheckpointError(UserError):
    """A checkpoint that cannot be used."""

    code = ErrorCode.FILE_UNUSABLE


@dataclass(frozen=True)
class Checkpoint:
    """A run: its record, and its variables, which are empty where only the record was read or kept."""

    record: RunRecord
    variables: Variables = field(default_factory=Variables)

    def save(self, path: Path) -> None:
        """Write the checkpoint to a file, completely or not at all. Raises OSError."""
        _write(path, self.record, _packed(self.variables.to_map()))


def load_checkpoint(path: Path, *, record_only: bool = False) -> Checkpoint:
    """Load a checkpoint, without the variables if ``record_only``.

    Raises
    ------
    CheckpointError : if there is none, or it cannot be read.
    """
    with _reading(path) as file:
        record = record_from_map(unpack(_read_block(file, MAX_RECORD_BYTES)))
        if record_only:
            return Checkpoint(record)
        return Checkpoint(record, variables_from_map(unpack(_read_block(file, 2 * MAX_STATE_BYTES))))


def rename_run(path: Path, name: str) -> None:
    """Give the run in a file a name of the user's. Raises CheckpointError and OSError."""
    with _reading(path) as file:
        record = record_from_map(unpack(_read_block(file, MAX_RECORD_BYTES)))
        body = _read_block(file, 2 * MAX_STATE_BYTES)
    _write(path, replace(record, name=name), body)


def _packed(values: Mapping[str, Any]) -> memoryview:
    """Return a map in the format of `frames`, without a copy of what may be megabytes."""
    return memoryview(pack(values))[_FRAME_HEADER_BYTES:]


def _write(path: Path, record: RunRecord, body: bytes | memoryview) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as part, part.open("wb") as file:
        file.write(MAGIC)
        for block in (_packed(record.to_map()), body):
            file.write(_BLOCK.pack(len(block), zlib.crc32(block)))
            file.write(block)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    """Open a checkpoint, and turn whatever its bytes cause into CheckpointError."""
    if not path.is_file():  # a named pipe would be waited for
        raise CheckpointError("The file of this run is not there any more, so it cannot go on.")
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise CheckpointError("This run was saved by another version of this program, or is no run.")
            yield file
    except CheckpointError:
        raise
    except OSError as error:
        raise CheckpointError("The file of this run cannot be read, so it cannot go on.") from error
    except (
        ValueError,
        LookupError,
        TypeError,
        OverflowError,
        MemoryError,
        RecursionError,
    ) as error:  # FrameError is a ValueError
        raise CheckpointError("The file of this run is damaged, so it cannot go on.") from error


def _read_block(file: BinaryIO, limit: int) -> bytes:
    header = file.read(_BLOCK.size)
    if len(header) != _BLOCK.size:
        raise ValueError("a block is missing")
    length, checksum = _BLOCK.unpack(header)
    if length > min(limit, os.fstat(file.fileno()).st_size):
        raise ValueError("a block is too long")
    block = file.read(length)
    if len(block) != length or zlib.crc32(block) != checksum:
        raise ValueError("a block is cut off or changed")
    return block
