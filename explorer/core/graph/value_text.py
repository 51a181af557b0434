"""The value of a tensor as the graph writes it: a number, a vector, a matrix, or shape and range of a large array."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.graph.value_space import MAX_WIDE_LENGTH, grid_width, sample_text
from explorer.core.number_format import format_grid, format_range, format_shape, format_value, is_grid

MAX_IMAGE_ENTRIES = 96
"""Rows and columns of an image; of a larger array, each pixel is the largest of its block by magnitude."""


@dataclass(frozen=True, eq=False)
class ValueText:
    """A value, written.

    text: on one line, shape and range for a large array. cells: the numbers of a matrix, row by row; empty for other
    values. pixels: the numbers of a large array as (rows, columns), at most `MAX_IMAGE_ENTRIES` each; None for others.
    """

    text: str
    cells: tuple[tuple[str, ...], ...] = ()
    pixels: Any = None


def value_text(value: Any, digits: int) -> ValueText:
    """Return a value as the graph writes it, with ``digits`` significant digits at most."""
    array = np.asarray(value)
    if not array.ndim:
        return ValueText(format_value(array, digits))
    if not is_grid(array.shape):
        return _large(array) if array.size else ValueText("[]" if array.ndim == 1 else format_shape(array))
    if array.ndim == 1 and array.size <= MAX_WIDE_LENGTH:
        text = format_value(array, digits, len(sample_text(max(array.size, 2))))
        if text != format_shape(array):
            return ValueText(text)
    cells = format_grid(array, digits, grid_width(array.shape[-1]))
    rows = [f"[{', '.join(row)}]" for row in cells]
    return ValueText(rows[0]) if array.ndim == 1 else ValueText(f"[{', '.join(rows)}]", cells)


def _large(array: Any) -> ValueText:
    text = f"{'×'.join(str(size) for size in array.shape)}  {format_range(array)}"
    numbers = np.asarray(array, np.float64).reshape(-1, array.shape[-1])
    return ValueText(text, pixels=largest_of_blocks(numbers, MAX_IMAGE_ENTRIES))


def largest_of_blocks(numbers: Any, length: int) -> Any:
    """Return at most ``length`` rows and columns of a matrix, of each block the largest number by magnitude."""
    for axis in (0, 1):
        if numbers.shape[axis] > length:
            starts = np.linspace(0, numbers.shape[axis], length, endpoint=False).astype(int)
            high, low = np.maximum.reduceat(numbers, starts, axis), np.minimum.reduceat(numbers, starts, axis)
            numbers = np.where(np.abs(high) >= np.abs(low), high, low)
    return numbers
