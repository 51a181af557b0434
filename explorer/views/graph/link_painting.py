"""Painting that the links of all graphs share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF

from explorer.views.painting.dashes import paint_dashed
from explorer.views.theme.theme import Theme

NEW_GRADIENT_WIDTH_PX, GRADIENT_WIDTH_PX = 4.0, 2.4
"""Width of a gradient's line in the step that brings it, and afterwards."""

GRADIENT_DASHES, BACKWARD_DASHES = (3.0, 2.2), (2.0, 3.0)
"""Dash and gap, in widths of the line: of an earlier gradient, and of a link that has no gradient yet."""


def band(line: QPainterPath, width: float = 16) -> QPainterPath:
    """Return a band along a line, wide enough to be hit with the mouse."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    return stroker.createStroke(line)


def paint_arrow(
    painter: QPainter,
    line: QPainterPath,
    head: QPolygonF,
    pen: QPen,
    colour: QColor,
    dashes: tuple[float, float] | None = None,
) -> None:
    """Paint a line and its arrow head; dashes: dash and gap in widths of the pen, None for a solid line."""
    if dashes is not None:
        paint_dashed(painter, line, pen, dashes)
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPath(line)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(head)


def paint_gradient_line(painter: QPainter, theme: Theme, line: QPainterPath, head: QPolygonF, *, is_new: bool) -> None:
    """Paint the line of a gradient: solid and wide in the step that brings it, dashed afterwards."""
    pen = QPen(theme.gradient, NEW_GRADIENT_WIDTH_PX if is_new else GRADIENT_WIDTH_PX)
    paint_arrow(painter, line, head, pen, theme.gradient, None if is_new else GRADIENT_DASHES)


def paint_backward_link(
    painter: QPainter, theme: Theme, line: QPainterPath, head: QPolygonF, *, kind: str, done: bool, is_new: bool
) -> None:
    """Paint a link to or between backward ops; a dashed one carries a forward value, or has not been reached."""
    is_gradient = kind == "backward"
    colour = theme.faint if not done else theme.gradient if is_gradient else theme.value
    pen = QPen(colour, 2.6 if is_new and done else 1.4)
    paint_arrow(painter, line, head, pen, colour, None if is_gradient and done else BACKWARD_DASHES)
