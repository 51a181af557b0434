"""Painting of a graph that is shown so small that its texts could not be read."""

from math import hypot

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from explorer.views.theme.theme import MATH, Theme, font

MIN_NAME_PX = 6.5
"""Size of names on the screen below which a graph is painted as an overview."""

SYMBOL_PX, MIN_SYMBOL_PX = 15.0, 7.0
"""Size of the symbols of an overview on the screen, and the size below which there are none."""

LINE_PX, GRADIENT_LINE_PX = 1.1, 1.8
"""Width of lines on the screen: of links, and of the gradients beside them."""


def zoom_of(painter: QPainter) -> float:
    """Return the zoom at which a painter paints."""
    transform = painter.worldTransform()
    return hypot(transform.m11(), transform.m12())


def is_overview(zoom: float, name_px: float) -> bool:
    """Whether names of a size are too small to be read at a zoom."""
    return zoom * name_px < MIN_NAME_PX


def paint_box(
    painter: QPainter, rect: QRectF, symbol: str, fill: QColor, line: QColor, ink: QColor, zoom: float
) -> None:
    """Paint a box with its symbol only, as large as it fits."""
    painter.setPen(QPen(line, LINE_PX / zoom))
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, 10, 10)
    pixels = min(SYMBOL_PX / zoom, 0.75 * rect.height(), 1.6 * rect.width() / max(len(symbol), 1))
    if pixels * zoom >= MIN_SYMBOL_PX:
        painter.setFont(font(MATH, pixels))
        painter.setPen(ink)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, symbol)


def paint_link(painter: QPainter, line: QPainterPath, colour: QColor, zoom: float) -> None:
    """Paint a link as a thin line."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, LINE_PX / zoom))
    painter.drawPath(line)


def paint_gradient(painter: QPainter, line: QPainterPath, theme: Theme, zoom: float) -> None:
    """Paint the line of a gradient."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.gradient, GRADIENT_LINE_PX / zoom))
    painter.drawPath(line)
