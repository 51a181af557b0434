"""The legend of the two colours, in a free corner of a graph."""

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsView

from explorer.views.theme.theme import SANS, Theme, font

WIDTH_PX, HEIGHT_PX = 178, 52
"""Size at scale 1."""

CORNER_MARGIN_PX = 8
"""Distance from the edges of the view."""


class Legend:
    """Finds a free corner of the view and paints the legend there; the corner is kept until view or layout change.

    rect: where the legend is, in pixels of the view; None if no corner is free.
    """

    def __init__(self) -> None:
        self.rect: QRect | None = None
        self._key: tuple[Any, ...] = ()

    def contains(self, point: QPoint) -> bool:
        """Whether the legend is at a point of the view."""
        return self.rect is not None and self.rect.contains(point)

    def invalidate(self) -> None:
        """Find a corner anew at the next paint, because something was moved."""
        self._key = ()

    def paint(
        self, painter: QPainter, view: QGraphicsView, layout: object, boxes: Iterable[QRectF], theme: Theme,
        scale: float, obstacles: Sequence[QRect] = (),
    ) -> None:  # fmt: skip
        """Paint it where it covers neither the boxes of a layout nor the obstacles.

        layout: identifies the arrangement of the boxes. boxes: rectangles in the scene of all that must not be covered,
        read only when a corner is chosen. obstacles: rectangles in pixels of the view.
        """
        area, transform = view.viewport().rect(), view.viewportTransform()
        zoom, dx, dy = transform.m11(), transform.dx(), transform.dy()
        key = (zoom, dx, dy, area.width(), area.height(), scale, id(layout))
        if key != self._key:
            rects = [transform.mapRect(box).toAlignedRect() for box in boxes]
            self._key, self.rect = key, free_corner(area, [*rects, *obstacles], scale)
        if self.rect is not None:
            paint_legend(painter, self.rect, theme, scale)


def free_corner(view: QRect, obstacles: Sequence[QRect], scale: float) -> QRect | None:
    """Return the first corner in which the legend covers no obstacle; None if there is none."""
    width, height = round(WIDTH_PX * scale), round(HEIGHT_PX * scale)
    for x in (view.right() - width - CORNER_MARGIN_PX, view.left() + CORNER_MARGIN_PX):
        for y in (view.top() + CORNER_MARGIN_PX, view.bottom() - height - CORNER_MARGIN_PX):
            rect = QRect(x, y, width, height)
            if not any(rect.intersects(obstacle) for obstacle in obstacles):
                return rect
    return None


def paint_legend(painter: QPainter, rect: QRect, theme: Theme, scale: float) -> None:
    """Paint a solid arrow to the right for values, and a dashed one to the left for gradients."""
    area = QRectF(rect)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font(SANS, 12.5 * scale))
    half = area.height() / 2
    for row, (text, colour, is_backward) in enumerate(
        (("value, forward", theme.value, False), ("gradient, backward", theme.gradient, True))
    ):
        y = area.top() + half * (row + 0.5)
        left, right = area.left() + 4 * scale, area.left() + 44 * scale
        pen = QPen(colour, 2.4 * scale)
        if is_backward:
            pen.setDashPattern([3, 2.2])
        painter.setPen(pen)
        head = 10 * scale
        start, end = (left + head, right) if is_backward else (left, right - head)
        painter.drawLine(QPointF(start, y), QPointF(end, y))
        tip, base = (left, left + head) if is_backward else (right, right - head)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(tip, y), QPointF(base, y - head / 2), QPointF(base, y + head / 2)]))
        painter.setPen(theme.muted)
        box = QRectF(right + 8 * scale, y - half / 2, area.right() - right, half)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
