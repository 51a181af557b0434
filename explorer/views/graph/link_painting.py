"""Painting that the links of all graphs share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF

from explorer.views.theme.theme import Theme

NEW_GRADIENT_WIDTH_PX, GRADIENT_WIDTH_PX = 4.0, 2.4
"""Width of a gradient's line in the step that brings it, and afterwards."""


def band(line: QPainterPath, width: float = 16) -> QPainterPath:
    """Return a band along a line, wide enough to be hit with the mouse."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    return stroker.createStroke(line)


def paint_arrow(painter: QPainter, line: QPainterPath, head: QPolygonF, pen: QPen, colour: QColor) -> None:
    """Paint a line and its arrow head."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawPath(line)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(head)


def paint_gradient_line(painter: QPainter, theme: Theme, line: QPainterPath, head: QPolygonF, *, is_new: bool) -> None:
    """Paint the line of a gradient: solid and wide in the step that brings it, dashed afterwards."""
    pen = QPen(theme.gradient, NEW_GRADIENT_WIDTH_PX if is_new else GRADIENT_WIDTH_PX)
    if not is_new:
        pen.setDashPattern([3, 2.2])
    paint_arrow(painter, line, head, pen, theme.gradient)


def paint_backward_link(
    painter: QPainter, theme: Theme, line: QPainterPath, head: QPolygonF, *, kind: str, done: bool, is_new: bool
) -> None:
    """Paint a link to or between backward ops; a dashed one carries a forward value, or has not been reached."""
    is_gradient = kind == "backward"
    colour = theme.faint if not done else theme.gradient if is_gradient else theme.value
    pen = QPen(colour, 2.6 if is_new and done else 1.4)
    if not is_gradient or not done:
        pen.setDashPattern([2, 3])
    paint_arrow(painter, line, head, pen, colour)
