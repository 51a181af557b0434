"""Reads the first examples of an ``.npz`` file of any shape, without trusting anything in it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.data.array_files import array_header, display_name, open_npz
from explorer.core.data.dataset import DataError

INPUTS, LABELS = "x_train", "y_train"
"""Names of the arrays; for several inputs or outputs ``_NAME`` stands behind."""

MAX_EXAMPLES_BYTES = 500_000_000
"""Maximum size of the part of an array that is read."""


@dataclass(frozen=True)
class ExampleArray:
    """The first examples of an array in a file. key: its name there. total: number of examples in the file.

    low, high: smallest and largest number of the whole array, where that is short enough to be read.
    """

    key: str
    values: Any
    total: int
    low: float | None = None
    high: float | None = None


def load_examples(path: Path, count: int) -> dict[str, ExampleArray]:
    """Return the first ``count`` examples of each array whose name begins with x_train or y_train.

    Raises
    ------
    DataError : if the file or such an array cannot be used.
    """
    name = display_name(path)
    with open_npz(path) as archive:
        keys = [member.removesuffix(".npy") for member in archive.namelist() if member.endswith(".npy")]
        found = {key: _read(archive, key, name, count) for key in keys if _is_wanted(key)}
    if not any(key.startswith(INPUTS) for key in found):
        others = f" It has {', '.join(keys[:8])}." if keys else ""
        raise DataError(
            f"{name} lacks {INPUTS}, the array of the inputs.{others} Write it with np.savez(“{name}”, x_train=…, "
            "y_train=…)."
        )
    return found


def _is_wanted(key: str) -> bool:
    return any(key == start or key.startswith(f"{start}_") for start in (INPUTS, LABELS))


def _read(archive: zipfile.ZipFile, key: str, name: str, count: int) -> ExampleArray:
    with archive.open(f"{key}.npy") as member:
        shape, is_fortran, dtype = array_header(member, key, name)
        header_size = member.tell()
        _check(name, key, shape, dtype)
        row_bytes = int(np.prod(shape[1:], dtype=object)) * dtype.itemsize  # Python integers cannot overflow
        if row_bytes * shape[0] != archive.getinfo(f"{key}.npy").file_size - header_size:
            raise DataError(f"{name} is damaged: {key} is not as long as its shape {shape} says.")
        is_short = len(shape) <= 2 and key.startswith(LABELS)
        rows = shape[0] if is_short or is_fortran else min(count, shape[0])
        if row_bytes * rows > MAX_EXAMPLES_BYTES:
            raise DataError(
                f"{name}: the examples of {key} are larger than the {MAX_EXAMPLES_BYTES / 1e9:g} GB allowed."
            )
        flat = np.frombuffer(member.read(row_bytes * rows), dtype)
    values = flat.reshape((rows, *shape[1:]), order="F" if is_fortran else "C")
    low, high = (float(values.min()), float(values.max())) if is_short and values.size else (None, None)
    return ExampleArray(key, values[:count], shape[0], low, high)


def _check(name: str, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "uifb":
        kinds = {"O": "Python objects, which could be programs and are not read", "U": "text", "S": "text"}
        raise DataError(f"{name}: {key} holds {kinds.get(dtype.kind, dtype.name)}; numbers are needed.")
    if not shape or not shape[0]:
        raise DataError(f"{name}: {key} has no examples.")
