"""The frame around the item of a graph that the keys have reached."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from explorer.views.theme.theme import Theme

MARGIN_PX, WIDTH_PX, RADIUS_PX = 6.0, 2.0, 16.0
"""Distance of the frame from a box, and its width and corners."""


def paint_focus(painter: QPainter, outline: QPainterPath, theme: Theme) -> None:
    """Paint the frame along an outline in the view."""
    painter.setPen(QPen(theme.text, WIDTH_PX, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)
