"""What lies over a network's graph in its corners: a map of all of it, and the legend."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from explorer.views.graph.legend import Legend
from explorer.views.network_graph.camera import MANY, NetworkCamera
from explorer.views.network_graph.minimap import Minimap
from explorer.views.theme.theme import Theme


class MappedView(NetworkCamera):
    """Shows on the map what is in view, and the legend where it covers nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._legend = Legend()
        self.map = Minimap(self._overview.strokes, self)
        self.map.asked.connect(self._go_to)

    @property
    def isGrowing(self) -> bool:
        """Whether more of a large graph is still to be seen from afar, or on the map."""
        return self._overview.is_busy or self.map.is_busy

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
        self._legend.invalidate()

    def _go_to(self, point: QPointF) -> None:
        self.begin_manual_move()
        self.centerOn(point)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the legend where it covers nothing."""
        if self._theme is None or self._seen is None or self.isMoving or len(self._seen.nodes) > MANY:
            return
        painter.save()
        painter.resetTransform()
        others = [self.map.geometry()] if self.map.isVisible() else []
        self._legend.paint(painter, self, self._placed, self._stage.boxes(), self._theme, self._scale, others)
        painter.restore()
