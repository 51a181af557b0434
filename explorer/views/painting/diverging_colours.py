"""Diverging colours for numbers, symmetric around 0, as images.

Green is above 0, violet below. Blue and orange are not used because they mean forward and backward.
"""

from functools import cache
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from explorer.views.painting.array_images import image_from_pixels
from explorer.views.theme.theme import Theme, blend, load_theme

NON_FINITE_INDEX = 0
"""Colour index of NaN and infinities; 128 is the number 0, 1 and 255 are the ends of the scale."""


def colour_limit(values: Any, share: float = 1.0) -> float:
    """Return the magnitude that gets the strongest colour: the largest of the finite numbers, 1 if there is none.

    share: quantile of the non-zero magnitudes to take instead, so that a few outliers do not make all others pale.
    """
    finite = np.abs(values[np.isfinite(values)])
    finite = finite[finite > 0]
    if not finite.size:
        return 1.0
    return float(finite.max() if share >= 1 else np.quantile(finite, share))


def colour_limits(values: Any) -> Any:
    """Return the largest finite magnitude of each image of (n, height, width) as (n, 1, 1); 1 for all zeros."""
    magnitude = np.where(np.isfinite(values), np.abs(values), 0).max(axis=(1, 2), keepdims=True)
    return np.where(magnitude > 0, magnitude, 1.0)


def diverging_colour(theme: Theme, value: float) -> QColor:
    """Return the colour of a number from -1 to 1."""
    return blend(theme.zero, theme.positive if value > 0 else theme.negative, abs(value))


def colour_indices(values: Any, limit: Any) -> Any:
    """Return the colour indices of numbers as uint8; ``limit`` is the magnitude with the strongest colour."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip(np.rint(values / limit * 127), -127, 127) + 128
    return np.where(np.isfinite(values), scaled, NON_FINITE_INDEX).astype(np.uint8)


def diverging_pixels(values: Any, limit: Any, theme: Theme) -> Any:
    """Return the colours of numbers as uint32 of the same shape; ``limit`` and beyond have the strongest colour."""
    return _colour_table(theme.name)[colour_indices(values, limit)]


def diverging_image(values: Any, limit: Any, theme: Theme) -> QImage:
    """Return (height, width) numbers as an image, one pixel each."""
    return image_from_pixels(diverging_pixels(values, limit, theme))


@cache
def _colour_table(name: str) -> Any:
    """Return the colours of all indices as (256,) uint32, packed as in QRgb."""
    theme = load_theme(name)
    colours = [theme.error] + [diverging_colour(theme, (index - 128) / 127) for index in range(1, 256)]
    return np.array([colour.rgb() for colour in colours], np.uint32)


def paint_outline(painter: QPainter, image: Any, box: QRectF, pen: QPen) -> None:
    """Draw the outline of the bright pixels (above 127) of a (height, width) image that fills ``box``."""
    inside = np.pad(np.asarray(image) > 127, 1)
    cell = box.width() / (inside.shape[1] - 2)
    lines = []
    for row, column in np.argwhere(inside[1:, :] != inside[:-1, :]).tolist():
        y, x = box.top() + row * cell, box.left() + (column - 1) * cell
        lines.append(QLineF(x, y, x + cell, y))
    for row, column in np.argwhere(inside[:, 1:] != inside[:, :-1]).tolist():
        y, x = box.top() + (row - 1) * cell, box.left() + column * cell
        lines.append(QLineF(x, y, x, y + cell))
    painter.setPen(pen)
    painter.drawLines(lines)
