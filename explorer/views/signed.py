"""Numbers as colours around 0: above it the colour of values, below it the other one, and a third where none is."""

from functools import cache
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from explorer.views.theme import Theme
from explorer.views.theme import theme as named_theme

HALF = 255
"""Steps of colour on each side of 0."""


def limit_of(values: Any, share: float = 1.0) -> float:
    """Return the largest magnitude of the finite numbers, 1 where there is none.

    ``share``: of the numbers that are not 0 so many lie within it; few large ones would make the others pale.
    """
    finite = np.abs(values[np.isfinite(values)])
    finite = finite[finite > 0]
    if not finite.size:
        return 1.0
    return float(finite.max() if share >= 1 else np.quantile(finite, share))


def signed_pixels(values: Any, limit: float, theme: Theme) -> Any:
    """Return numbers as colours, uint32 of the same shape; ``limit`` and beyond have the full colour."""
    with np.errstate(invalid="ignore"):
        steps = np.rint(np.clip(values / limit, -1, 1) * HALF)
    places = np.where(np.isfinite(values), steps + HALF, 2 * HALF + 1).astype(np.intp)
    return _colours(theme.name)[places]


def signed_image(values: Any, limit: float, theme: Theme) -> QImage:
    """Return (height, width) numbers as an image, a pixel each."""
    return image_of(signed_pixels(values, limit, theme))


def image_of(pixels: Any) -> QImage:
    """Return (height, width) uint32 colours as an image, a copy."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


@cache
def _colours(name: str) -> Any:
    """(512,) uint32: from the full colour below 0 over the ground to the full colour above it; then not a number."""
    theme = named_theme(name)
    ground, ends = _rgb(theme.raised), (_rgb(theme.gradient), _rgb(theme.value))
    share = np.linspace(0, 1, HALF + 1)[:, None]
    below, above = (ground + (end - ground) * share for end in ends)
    table = np.concatenate([below[:0:-1], above, [_rgb(theme.error)]])
    red, green, blue = np.rint(table).astype(np.uint32).T
    return np.uint32(0xFF000000) | red << np.uint32(16) | green << np.uint32(8) | blue


def _rgb(colour: QColor) -> Any:
    return np.array([colour.red(), colour.green(), colour.blue()], np.float64)


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
