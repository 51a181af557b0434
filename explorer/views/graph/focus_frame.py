"""The frame around the item of a graph that the keys have reached."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from explorer.views.theme.theme import Theme

MARGIN_PX, WIDTH_PX, RADIUS_PX = 6.0, 2.0, 10.0


def paint_focus(painter: QPainter, area: QRectF, theme: Theme) -> None:
    """Paint the frame around an area of the view."""
    painter.setPen(QPen(theme.text, WIDTH_PX, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame = area.adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)
    painter.drawRoundedRect(frame, RADIUS_PX, RADIUS_PX)
