"""Small pictures of what an op gives: which tensors are pictures, and their numbers in a byte each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

MIN_SIDE_PX = 4
"""Pixels a side from which a tensor is looked at as a picture."""

MAX_THUMBNAILS, MAX_SIDE_PX = 4, 56
"""So many pictures of a tensor are told, none larger than so many pixels a side."""

FULL_SCALE, NOT_A_NUMBER = 127, -128
"""What the largest magnitude is in a byte, and what is no number."""


def has_thumbnails(shape: Sequence[int | None] | None) -> bool:
    """Whether a tensor of this shape is a batch of images (n, side, side) or of feature maps (n, height, width, maps).

    A sequence (n, steps, features) is neither, if it is not square by chance.
    """
    if shape is None or len(shape) not in (3, 4) or None in shape:
        return False
    high, wide = shape[1] or 0, shape[2] or 0
    return min(high, wide) >= MIN_SIDE_PX and (len(shape) == 4 or high == wide)


def make_thumbnails(value: Any) -> tuple[Any, float]:
    """Return up to `MAX_THUMBNAILS` images, int8 (n, height, width), and the magnitude that `FULL_SCALE` stands for.

    Feature maps: the first ones of the first example; where there is one map, the first examples.
    """
    array = np.asarray(value)
    maps = array[:MAX_THUMBNAILS] if array.ndim == 3 else np.moveaxis(array[0, :, :, :MAX_THUMBNAILS], -1, 0)
    if array.ndim == 4 and array.shape[-1] == 1:
        maps = array[:MAX_THUMBNAILS, :, :, 0]
    stride = max(1, -(-max(maps.shape[1:]) // MAX_SIDE_PX))
    small = np.asarray(maps[:, ::stride, ::stride], np.float64)
    known = np.isfinite(small)
    limit = float(np.abs(small[known]).max()) if known.any() else 0.0
    told = np.rint(np.where(known, small, 0.0) * (FULL_SCALE / limit if limit else 0.0))
    return np.where(known, told, NOT_A_NUMBER).astype(np.int8), limit


def decode_thumbnails(told: Any, limit: float) -> Any:
    """Return the numbers of thumbnails as float32, NaN where unknown; exact to ``limit / FULL_SCALE / 2``."""
    small = np.asarray(told)
    return np.where(small == NOT_A_NUMBER, np.nan, small * np.float32(limit / FULL_SCALE)).astype(np.float32)
