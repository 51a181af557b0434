"""Marks a graph whose gradients are wrong on purpose, so that nobody takes them for TensorFlow's."""

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from explorer.views.theme.theme import Theme


def warning_theme(theme: Theme) -> Theme:
    """Return the theme with the colour of errors in place of that of gradients."""
    return replace(theme, gradient=theme.error, gradient_soft=theme.error_soft)


def paint_warning(painter: QPainter, view: QRectF, theme: Theme, scale: float) -> None:
    """Paint a dashed frame around the view."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.error, 4 * scale, Qt.PenStyle.DashLine))
    painter.drawRect(view.adjusted(2, 2, -2, -2))
