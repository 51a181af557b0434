"""Thumbnails of tensors: which tensors can be shown as images, and their values as one byte each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

MIN_SIDE_PX = 4
"""Side below which a feature map is too small to be shown as an image."""

MAX_THUMBNAILS, MAX_SIDE_PX = 4, 56
"""Maximum number of thumbnails of a tensor, and of pixels along each of their sides."""

FULL_SCALE, NOT_A_NUMBER = 127, -128
"""Bytes that stand for the largest magnitude, and for NaN and infinite values."""


def has_thumbnails(shape: Sequence[int | None] | None) -> bool:
    """Whether a tensor of this shape is a batch of images (n, side, side) or of feature maps (n, height, width, maps).

    A batch of sequences (n, steps, features) is neither, unless it happens to be square.
    """
    if shape is None or len(shape) not in (3, 4) or None in shape:
        return False
    height, width = shape[1] or 0, shape[2] or 0
    return min(height, width) >= MIN_SIDE_PX and (len(shape) == 4 or height == width)


def make_thumbnails(value: Any) -> tuple[Any, float]:
    """Return up to `MAX_THUMBNAILS` images, int8 (n, height, width), and the magnitude that `FULL_SCALE` stands for.

    Of feature maps they are the first maps of the first example; where there is one map, that of the first examples.
    """
    array = np.asarray(value)
    maps = array[:MAX_THUMBNAILS] if array.ndim == 3 else np.moveaxis(array[0, :, :, :MAX_THUMBNAILS], -1, 0)
    if array.ndim == 4 and array.shape[-1] == 1:
        maps = array[:MAX_THUMBNAILS, :, :, 0]
    stride = max(1, -(-max(maps.shape[1:]) // MAX_SIDE_PX))
    small = np.asarray(maps[:, ::stride, ::stride], np.float64)
    finite = np.isfinite(small)
    limit = float(np.abs(small[finite]).max()) if finite.any() else 0.0
    scaled = np.rint(np.where(finite, small, 0.0) * (FULL_SCALE / limit if limit else 0.0))
    return np.where(finite, scaled, NOT_A_NUMBER).astype(np.int8), limit


def decode_thumbnails(thumbnails: Any, limit: float) -> Any:
    """Return the values of `make_thumbnails` as float32, NaN where they were not finite.

    The error is at most half of ``limit / FULL_SCALE``.
    """
    small = np.asarray(thumbnails)
    return np.where(small == NOT_A_NUMBER, np.nan, small * np.float32(limit / FULL_SCALE)).astype(np.float32)
