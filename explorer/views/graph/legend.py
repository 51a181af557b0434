"""What blue and orange mean, in a corner that is free."""

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsView

from explorer.views.graph.items import Item
from explorer.views.theme.theme import SANS, Theme, font


class Legend:
    """Stands in a corner of a view; another is looked for where the view shows another part, or another layout.

    place: where it is, in the view's pixels; None where no corner is free.
    """

    def __init__(self) -> None:
        self.place: QRect | None = None
        self._key: tuple[Any, ...] = ()

    def contains(self, point: QPoint) -> bool:
        """Whether it is at a point of the view."""
        return self.place is not None and self.place.contains(point)

    def forget(self) -> None:
        """Look for a corner again: something was moved."""
        self._key = ()

    def paint(
        self, painter: QPainter, view: QGraphicsView, layout: object, boxes: Iterable[Item], theme: Theme, scale: float,
        others: Sequence[QRect] = (),
    ) -> None:  # fmt: skip
        """Paint it where it covers none of the boxes of a layout and of ``others``, which are in the view's pixels."""
        room, look = view.viewport().rect(), view.viewportTransform()
        key = (look.m11(), look.dx(), look.dy(), room.width(), room.height(), scale, id(layout))
        if key != self._key:
            seen = [view.mapFromScene(box.mapRectToScene(box.rect())).boundingRect() for box in boxes]
            self._key, self.place = key, legend_place(room, [*seen, *others], scale)
        paint_legend(painter, self.place, theme, scale)


def legend_place(view: QRect, boxes: Sequence[QRect], scale: float) -> QRect | None:
    """Return the first corner in which the legend covers no box, None if there is none."""
    width, height = round(178 * scale), round(52 * scale)
    for x in (view.right() - width - 8, view.left() + 8):
        for y in (view.top() + 8, view.bottom() - height - 8):
            place = QRect(x, y, width, height)
            if not any(place.intersects(box) for box in boxes):
                return place
    return None


def paint_legend(painter: QPainter, where: QRect | None, theme: Theme, scale: float) -> None:
    """Paint it at ``where``, nowhere for None."""
    if where is None:
        return
    place = QRectF(where)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font(SANS, 12.5 * scale))
    half = place.height() / 2
    for row, (text, colour, back) in enumerate(
        (("value, forward", theme.value, False), ("gradient, backward", theme.gradient, True))
    ):
        y = place.top() + half * (row + 0.5)
        left, right = place.left() + 4 * scale, place.left() + 44 * scale
        pen = QPen(colour, 2.4 * scale)
        if back:
            pen.setDashPattern([3, 2.2])
        painter.setPen(pen)
        head = 10 * scale
        start, end = (left + head, right) if back else (left, right - head)
        painter.drawLine(QPointF(start, y), QPointF(end, y))
        tip, base = (left, left + head) if back else (right, right - head)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(tip, y), QPointF(base, y - head / 2), QPointF(base, y + head / 2)]))
        painter.setPen(theme.muted)
        box = QRectF(right + 8 * scale, y - half / 2, place.right() - right, half)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
