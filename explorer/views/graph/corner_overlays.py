"""What lies over a graph in its corners: the minimap and the legend."""

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsView

from explorer.views.graph.legend import Legend
from explorer.views.graph.minimap import Minimap
from explorer.views.painting.incremental_pixmap import Stroke
from explorer.views.theme.theme import Theme

CORNER_MARGIN_PX = 10
"""Distance of the minimap from the edges of the view."""

FOCUS_MARGIN_X_PX, FOCUS_MARGIN_Y_PX = 90, 60
"""Distance that the minimap keeps from the centre of the box of interest."""


class GraphOverlays(QObject):
    """Places the minimap and paints the legend where they cover nothing of interest.

    strokes, map_name: what paints the minimap, and its object name. moveRequested: a point of the scene that is to
    become the middle of the view.
    """

    moveRequested = Signal(QPointF)

    def __init__(self, view: QGraphicsView, strokes: Callable[[QRectF], Iterator[Stroke]], map_name: str) -> None:
        super().__init__(view)
        self._theme: Theme | None = None
        self._legend = Legend()
        self.minimap = Minimap(strokes, map_name, view)
        self.minimap.moveRequested.connect(self.moveRequested)

    @property
    def _view(self) -> QGraphicsView:
        # No attribute: in a cycle of Python references the view would be deleted by whichever thread collects it.
        view = self.parent()
        assert isinstance(view, QGraphicsView)
        return view

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = self.minimap.theme = theme
        self.minimap.invalidate()

    def place(self, graph: QRectF, focus: QPointF | None, scale: float) -> None:
        """Show on the minimap what is in view, in a corner away from the focus.

        graph: rectangle of the graph in the scene, empty for none. focus: the box of interest, in the scene.
        """
        view, minimap = self._view, self.minimap
        minimap.show_part(graph, view.mapToScene(view.viewport().rect()).boundingRect(), scale)
        area, size = view.viewport().geometry(), minimap.size()
        focus_in_view = view.mapFromScene(focus) if focus is not None else None
        right, left = area.right() - size.width() - CORNER_MARGIN_PX, area.left() + CORNER_MARGIN_PX
        y = area.bottom() - size.height() - CORNER_MARGIN_PX
        margin_x, margin_y = FOCUS_MARGIN_X_PX, FOCUS_MARGIN_Y_PX
        for x in (right, left):
            rect = QRect(QPoint(x, y), size)
            if focus_in_view is None or not rect.adjusted(-margin_x, -margin_y, margin_x, margin_y).contains(
                focus_in_view
            ):
                break
        minimap.move(rect.topLeft())
        self._legend.invalidate()

    def invalidate(self) -> None:
        """Paint the minimap and place the legend anew, because something was moved."""
        self.minimap.invalidate()
        self._legend.invalidate()

    def legend_contains(self, point: QPoint) -> bool:
        """Whether the legend is at a point of the view."""
        return self._legend.contains(point)

    def paint_legend(self, painter: QPainter, layout: object, boxes: Iterable[QRectF], scale: float) -> None:
        """Paint the legend where it covers neither boxes nor the minimap.

        layout: identifies the arrangement of the boxes. boxes: their rectangles in the scene.
        """
        if self._theme is None:
            return
        painter.save()
        painter.resetTransform()
        obstacles = [self.minimap.geometry()] if self.minimap.isVisible() else []
        self._legend.paint(painter, self._view, layout, boxes, self._theme, scale, obstacles)
        painter.restore()
