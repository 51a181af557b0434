"""Numbers as colours, symmetric around 0: NumPy does the work, Qt gets an image.

Green above 0, violet below, black at it: blue and orange are taken, they mean the forward and the backward pass.
"""

from functools import cache
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from explorer.views.theme.theme import Theme, load_theme
from explorer.views.widgets.array_images import image_from_pixels

NON_FINITE_INDEX = 0
"""The index of NaN and infinities; 128 is 0, and 1 and 255 are the ends of the scale."""


def colour_limit(values: Any, share: float = 1.0) -> float:
    """Return the largest magnitude of the finite numbers, 1 where there is none.

    ``share``: of the numbers that are not 0 so many lie within it; few large ones would make the others pale.
    """
    finite = np.abs(values[np.isfinite(values)])
    finite = finite[finite > 0]
    if not finite.size:
        return 1.0
    return float(finite.max() if share >= 1 else np.quantile(finite, share))


def colour_limits(values: Any) -> Any:
    """Return `colour_limit` of each image of (n, height, width), as (n, 1, 1)."""
    magnitude = np.where(np.isfinite(values), np.abs(values), 0).max(axis=(1, 2), keepdims=True)
    return np.where(magnitude > 0, magnitude, 1.0)


def diverging_colour(theme: Theme, part: float) -> QColor:
    """Return the colour of a number from −1 to 1."""
    end = theme.positive if part > 0 else theme.negative
    share = min(abs(part), 1.0)
    mixed = [round(a + (b - a) * share) for a, b in zip(theme.zero.getRgb()[:3], end.getRgb()[:3], strict=True)]
    return QColor(*mixed)


def colour_indices(values: Any, limit: Any) -> Any:
    """Return numbers as indices of colours, uint8; ``limit``: what has the strongest colour."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip(np.rint(values / limit * 127), -127, 127) + 128
    return np.where(np.isfinite(values), scaled, NON_FINITE_INDEX).astype(np.uint8)


def diverging_pixels(values: Any, limit: Any, theme: Theme) -> Any:
    """Return numbers as colours, uint32 of the same shape; ``limit`` and beyond have the full colour."""
    return _colour_table(theme.name)[colour_indices(values, limit)]


def diverging_image(values: Any, limit: Any, theme: Theme) -> QImage:
    """Return (height, width) numbers as an image, a pixel each."""
    return image_from_pixels(diverging_pixels(values, limit, theme))


@cache
def _colour_table(name: str) -> Any:
    """Return the colours of all indices, (256,) uint32 as Qt packs them."""
    theme = load_theme(name)
    colours = [theme.error] + [diverging_colour(theme, (index - 128) / 127) for index in range(1, 256)]
    return np.array([colour.rgb() for colour in colours], np.uint32)


def paint_outline(painter: QPainter, image: Any, box: QRectF, pen: QPen) -> None:
    """Draw a line around the strong ink of a (height, width) image that fills ``box``."""
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
