"""What lies over a network's graph in its corners: a map of all of it, and the legend."""

from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from explorer.views.graph.legend import legend_place, paint_legend
from explorer.views.network.camera import MANY, NetworkCamera
from explorer.views.network.map import NetworkMap
from explorer.views.theme import Theme


class MappedView(NetworkCamera):
    """Shows on the map what is in view, and the legend where it covers nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._legend: QRect | None = None
        self._legend_key: tuple[Any, ...] = ()
        self.map = NetworkMap(self._overview.sketch, self)
        self.map.asked.connect(self._go_to)

    def _place_map(self) -> None:
        """Show on the map what is in view, in a corner where it does not cover what the user is busy with."""
        graph = QRectF() if self._placed is None else QRectF(QPointF(), QSizeF(*self._placed.size))
        self.map.show_part(graph, self.mapToScene(self.viewport().rect()).boundingRect(), self._scale)
        view, size = self.viewport().geometry(), self.map.size()
        focus = self._focus()
        here = self.mapFromScene(QPointF(*focus)) if focus is not None else None
        y = view.bottom() - size.height() - 10
        for x in (view.right() - size.width() - 10, view.left() + 10):
            place = QRect(QPoint(x, y), size)
            if here is None or not place.adjusted(-90, -60, 90, 60).contains(here):
                break
        self.map.move(place.topLeft())
        self._legend_key = ()

    def _go_to(self, point: QPointF) -> None:
        self.begin_moving()
        self.centerOn(point)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the legend where it covers nothing."""
        if self._theme is None or self._seen is None or self.isMoving or len(self._seen.nodes) > MANY:
            return
        painter.save()
        painter.resetTransform()
        paint_legend(painter, self._legend_place(self.viewport().rect()), self._theme, self._scale)
        painter.restore()

    def _legend_place(self, view: QRect) -> QRect | None:
        look = self.viewportTransform()
        key = (look.m11(), look.dx(), look.dy(), view.width(), view.height(), self._scale, id(self._placed))
        if key != self._legend_key:
            boxes = [self.mapFromScene(item.mapRectToScene(item.rect())).boundingRect() for item in self._stage.boxes()]
            if self.map.isVisible():
                boxes.append(self.map.geometry())
            self._legend_key, self._legend = key, legend_place(view, boxes, self._scale)
        return self._legend
