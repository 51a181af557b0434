"""Entries of vectors and matrices: indices counted from 0, and from the end if negative, as in NumPy."""

import re
from collections.abc import Sequence

from explorer.core.errors import ExpressionError
from explorer.core.syntax_tree import Shape

INDICES = r"-?\d{1,9}(?:\s*,\s*-?\d{1,9})*"
"""Pattern of the indices of an entry as they are typed: ``1``, ``-1, 0``."""


def parse_entry(text: str) -> tuple[int, ...] | None:
    """Return the indices in a text such as ``0,1``; None if it has none."""
    if re.fullmatch(INDICES, text.strip()) is None:
        return None
    return tuple(int(index) for index in text.split(","))


def entry_text(indices: Sequence[int]) -> str:
    """Return indices as `parse_entry` reads them: ``0,1``."""
    return ",".join(str(index) for index in indices)


def entry_in_shape(indices: tuple[int, ...], shape: Shape, array: str) -> tuple[int, ...]:
    """Return the indices counted from 0 up; raises ExpressionError if an array of ``shape`` has no such entry.

    shape: of a vector or matrix. array: its name in the message: ``W``, ``the output``.
    """
    first, last = entry_text([0] * len(shape)), entry_text([size - 1 for size in shape])
    if len(indices) != len(shape):
        count = "one index" if len(shape) == 1 else f"{len(shape)} indices"
        raise ExpressionError(
            f"An entry of {array} has {count}, from {first} to {last}, and {entry_text(indices)} has {len(indices)}."
        )
    if any(not -size <= index < size for index, size in zip(indices, shape, strict=True)):
        raise ExpressionError(
            f"The entries of {array} are counted from {first} to {last}, so there is no entry {entry_text(indices)}."
        )
    return tuple(index % size for index, size in zip(indices, shape, strict=True))
