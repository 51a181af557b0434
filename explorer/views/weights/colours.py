"""Numbers as colours, symmetric around 0: NumPy does the work, Qt gets an image."""

from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtGui import QColor, QImage

from explorer.views.theme import Theme, theme

NOT_A_NUMBER = 0
"""The index of NaN and infinities; 128 is 0, and 1 and 255 are the ends of the scale."""


def limit_of(values: Any) -> float:
    """Return the largest magnitude of the finite numbers; 1 where there is none or all are 0."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def limits_of(values: Any) -> Any:
    """Return `limit_of` of each image of (n, height, width), as (n, 1, 1)."""
    magnitude = np.where(np.isfinite(values), np.abs(values), 0).max(axis=(1, 2), keepdims=True)
    return np.where(magnitude > 0, magnitude, 1.0)


def shade(look: Theme, part: float) -> QColor:
    """Return the colour of a number from −1 to 1."""
    end = look.positive if part > 0 else look.negative
    share = min(abs(part), 1.0)
    mixed = [round(a + (b - a) * share) for a, b in zip(look.zero.getRgb()[:3], end.getRgb()[:3], strict=True)]
    return QColor(*mixed)


@lru_cache(maxsize=4)
def _table(name: str) -> Any:
    """Return the colours of all indices, (256,) uint32 as Qt packs them."""
    look = theme(name)
    colours = [look.error] + [shade(look, (index - 128) / 127) for index in range(1, 256)]
    return np.array([colour.rgb() for colour in colours], np.uint32)


def indices(values: Any, limit: Any) -> Any:
    """Return numbers as indices of colours, uint8; ``limit``: what has the strongest colour."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip(np.rint(values / limit * 127), -127, 127) + 128
    return np.where(np.isfinite(values), scaled, NOT_A_NUMBER).astype(np.uint8)


def image(values: Any, limit: Any, look: Theme) -> QImage:
    """Return a matrix as an image with one pixel for each number."""
    pixels = np.ascontiguousarray(_table(look.name)[indices(values, limit)])
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
