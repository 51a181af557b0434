"""The part of an array of weights that can be shown at once: images, filters of one channel, a heat map, or bars."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.models.architecture import IMAGE_SIDE

MAX_IMAGES = 128
"""Images or filters in one reply at most."""

MAX_COLUMNS, MAX_ROWS, MAX_BARS = 512, 384, 512
"""Cells of a heat map, and bars, in one reply at most: as many as fit on a screen."""


def visible_part(values: Any, on_pixels: bool, part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the visible part of an array.

    part: ``start``, the first unit of images or filters; ``channel``, the input channel of filters. The result has
    ``kind``, ``shape`` of the complete array, and ``values``:

    - ``images``: (n, 28, 28), weights of the units from ``start`` on, for an array (784, units) on pixels
    - ``filters``: (n, height, width), those from ``start`` on for one ``channel`` of a convolution's array
    - ``matrix``: (units, inputs), the transpose of the array, so that each unit is a row
    - ``bars``: (n,)

    Where a matrix or bars are too many, each cell is the weight with the largest magnitude of a block (NaN before
    all others), and ``indices`` has its index in the flattened array, int32.
    """
    array = np.asarray(values)
    common: dict[str, Any] = {"shape": list(array.shape)}
    if array.ndim <= 1:
        shown, indices = reduce_matrix(array.reshape(1, -1), 1, MAX_BARS)
        return {**common, "kind": "bars", "values": shown[0], **({} if indices is None else {"indices": indices[0]})}
    units = array.shape[-1]
    start = min(max(0, int(part.get("start") or 0)), max(units - 1, 0)) // MAX_IMAGES * MAX_IMAGES
    if array.ndim == 4:
        channel = min(max(0, int(part.get("channel") or 0)), array.shape[2] - 1)
        shown = np.moveaxis(array[:, :, channel, start : start + MAX_IMAGES], -1, 0)
        return {**common, "kind": "filters", "values": np.ascontiguousarray(shown), "start": start, "channel": channel}
    if on_pixels and array.shape == (IMAGE_SIDE * IMAGE_SIDE, units):
        shown = array[:, start : start + MAX_IMAGES].T.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
        return {**common, "kind": "images", "values": np.ascontiguousarray(shown), "start": start}
    matrix = array.reshape(-1, units)
    shown, indices = reduce_matrix(matrix.T, MAX_ROWS, MAX_COLUMNS)
    if indices is not None:
        unit, inputs = np.divmod(indices, len(matrix))
        indices = (inputs * units + unit).astype(np.int32)
    return {**common, "kind": "matrix", "values": shown, **({} if indices is None else {"indices": indices})}


def reduce_matrix(matrix: Any, max_rows: int, max_columns: int) -> tuple[Any, Any]:
    """Return a matrix with a limited number of rows and columns, and the flat indices of its numbers.

    Each number is that of a block with the largest magnitude, NaN before all others. The indices are None where the
    matrix is small enough to be returned complete.
    """
    rows, columns = matrix.shape
    block_rows, block_columns = -(-rows // max_rows), -(-columns // max_columns)
    if max(block_rows, block_columns) <= 1:
        return np.ascontiguousarray(matrix), None
    shape = -(-rows // block_rows), -(-columns // block_columns)
    padded = np.full((shape[0] * block_rows, shape[1] * block_columns), -1.0, np.float32)  # below any magnitude
    magnitude = np.abs(matrix)
    magnitude[np.isnan(magnitude)] = np.inf
    padded[:rows, :columns] = magnitude
    blocks = padded.reshape(shape[0], block_rows, shape[1], block_columns).transpose(0, 2, 1, 3).reshape(*shape, -1)
    inside = blocks.argmax(axis=2)
    row = inside // block_columns + np.arange(shape[0])[:, np.newaxis] * block_rows
    column = inside % block_columns + np.arange(shape[1]) * block_columns
    return np.ascontiguousarray(matrix[row, column]), (row * columns + column).astype(np.int32)
