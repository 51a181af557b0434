"""What of an array of weights can be shown at once: images of pixels, filters of one channel, a heat map, bars."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.core.models.architecture import IMAGE_SIDE

TILES = 128
"""Images or filters in one answer at most."""

COLUMNS, ROWS, BARS = 512, 384, 512
"""Cells of a heat map and bars in one answer at most: as many as a screen has room for."""

KEEPS_PIXELS = frozenset({"InputLayer", "Flatten", "Reshape", "Dropout", "Rescaling"})
"""Layers after which the numbers still are the image's pixels, in their order."""


def is_on_pixels(types: Sequence[str]) -> bool:
    """Whether a layer gets the image itself; ``types``: of the layers before it."""
    return all(kind in KEEPS_PIXELS for kind in types)


def picture_of(values: Any, on_pixels: bool, look: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an array that is looked at, with where it lies in the whole.

    look: ``start``, the first unit of images or filters; ``channel``, the input channel of filters.
    Answers with ``kind``, ``shape`` of the whole array, and ``values``:

    - ``images``: (n, 28, 28), weights of the units from ``start`` on, for an array (784, units) on pixels
    - ``filters``: (n, height, width), those from ``start`` on for one ``channel`` of a convolution's array
    - ``matrix``: (units, inputs), the transpose of the array, so that each unit is a row
    - ``bars``: (n,)

    Where a matrix or bars are too many, each cell is the weight with the largest magnitude of a block (NaN before
    all others), and ``indices`` holds its place in the flattened array, int32.
    """
    array = np.asarray(values)
    told: dict[str, Any] = {"shape": list(array.shape)}
    if array.ndim <= 1:
        shown, indices = thinned(array.reshape(1, -1), 1, BARS)
        return {**told, "kind": "bars", "values": shown[0], **({} if indices is None else {"indices": indices[0]})}
    units = array.shape[-1]
    start = min(max(0, int(look.get("start") or 0)), max(units - 1, 0)) // TILES * TILES
    if array.ndim == 4:
        channel = min(max(0, int(look.get("channel") or 0)), array.shape[2] - 1)
        shown = np.moveaxis(array[:, :, channel, start : start + TILES], -1, 0)
        return {**told, "kind": "filters", "values": np.ascontiguousarray(shown), "start": start, "channel": channel}
    if on_pixels and array.shape == (IMAGE_SIDE * IMAGE_SIDE, units):
        shown = array[:, start : start + TILES].T.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
        return {**told, "kind": "images", "values": np.ascontiguousarray(shown), "start": start}
    matrix = array.reshape(-1, units)
    shown, indices = thinned(matrix.T, ROWS, COLUMNS)
    if indices is not None:
        unit, before = np.divmod(indices, len(matrix))
        indices = (before * units + unit).astype(np.int32)
    return {**told, "kind": "matrix", "values": shown, **({} if indices is None else {"indices": indices})}


def thinned(matrix: Any, rows: int, columns: int) -> tuple[Any, Any]:
    """Return a matrix with at most so many rows and columns, and where its numbers were; None if it is whole.

    Of each block of numbers the one with the largest magnitude is kept, and a NaN before all others.
    """
    high, wide = matrix.shape
    down, across = -(-high // rows), -(-wide // columns)
    if max(down, across) <= 1:
        return np.ascontiguousarray(matrix), None
    shape = -(-high // down), -(-wide // across)
    padded = np.full((shape[0] * down, shape[1] * across), -1.0, np.float32)  # smaller than any magnitude
    magnitude = np.abs(matrix)
    magnitude[np.isnan(magnitude)] = np.inf
    padded[:high, :wide] = magnitude
    blocks = padded.reshape(shape[0], down, shape[1], across).transpose(0, 2, 1, 3).reshape(*shape, -1)
    inside = blocks.argmax(axis=2)
    row = inside // across + np.arange(shape[0])[:, np.newaxis] * down
    column = inside % across + np.arange(shape[1]) * across
    return np.ascontiguousarray(matrix[row, column]), (row * wide + column).astype(np.int32)
