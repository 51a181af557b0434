"""What lies over a graph in its corners: the minimap and the legend."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsView

from explorer.views.graph.legend import Legend
from explorer.views.graph.minimap import Minimap
from explorer.views.painting.incremental_pixmap import Stroke
from explorer.views.theme.theme import Theme
from explorer.views.widgets.free_places import as_sides, covers, find_free_place
from explorer.views.widgets.parents import parent_of

CORNER_MARGIN_PX = 10
"""Distance of the minimap from the edges of the view."""

FOCUS_MARGIN_X_PX, FOCUS_MARGIN_Y_PX = 90, 60
"""Distance that the minimap keeps from the centre of the box of interest."""

MAP_SCALES = (1.0, 0.75, 0.5)
"""Sizes of the minimap that are tried until one covers nothing."""

MAX_MAP_SHARE = 0.5
"""Share of the height of the view that the minimap takes at most."""


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
        return parent_of(self, QGraphicsView)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = self.minimap.theme = theme
        self.minimap.invalidate()

    def place(self, graph: QRectF, focus: QPointF | None, scale: float, areas: Any = (), texts: Any = (), *,
        may_search: bool = True,
    ) -> bool:  # fmt: skip
        """Show on the minimap what is in view, where it covers nothing; hide it where there is no such place.

        graph: rectangle of the graph in the scene, empty for none. focus: the box of interest, in the scene; the map
        stays away from it if there is room. areas: what is not to be covered, in the scene: rectangles, or an array
        (n, 4) of left, top, right and bottom; read only if the minimap is needed. texts: what is covered only if there
        is no other place. may_search: whether a place is searched for, which takes a millisecond; otherwise the map
        stays, or is hidden unless it has the focus. Return whether a search is still to be made.
        """
        view, minimap = self._view, self.minimap
        part = view.mapToScene(view.viewport().rect()).boundingRect()
        is_needed = minimap.show_part(graph, part, scale)
        self._legend.invalidate()
        if not is_needed:
            return False
        area, transform = view.viewport().geometry(), view.viewportTransform()
        zoom, shift = transform.m11(), np.tile((transform.dx() + area.left(), transform.dy() + area.top()), 2)
        solid = _sides(areas) * zoom + shift
        around = _around(view.mapFromScene(focus) + area.topLeft()) if focus is not None else np.empty((0, 4))
        inner = area.adjusted(CORNER_MARGIN_PX, CORNER_MARGIN_PX, -CORNER_MARGIN_PX, -CORNER_MARGIN_PX)
        sizes = [minimap.size_for(graph, scale * share) for share in MAP_SCALES]
        sizes = [size for size in sizes if size.height() <= MAX_MAP_SHARE * area.height()]
        here = minimap.geometry()
        is_kept = not minimap.isHidden() and here.size() in sizes and inner.contains(here)
        if is_kept and not covers(here, np.concatenate([solid, around])):
            return False  # a map that jumps while the view is moved would be in the way
        if not may_search:
            if not minimap.hasFocus():  # hidden, it would lose the keyboard: the next arrow key would go elsewhere
                minimap.hide()
            return True
        written = _sides(texts) * zoom + shift
        attempts = ((solid, written, around), (solid, written), (solid,))
        places = (find_free_place(inner, sizes, np.concatenate(parts)) for parts in attempts)
        place = next((place for place in places if place is not None), None)
        if place is not None:
            minimap.setGeometry(place)
        minimap.setVisible(place is not None)
        return False

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


def _around(centre: QPoint) -> Any:
    """Return the sides (1, 4) of what is kept free around the centre of the box of interest."""
    margin = QPoint(FOCUS_MARGIN_X_PX, FOCUS_MARGIN_Y_PX)
    return as_sides([QRect(centre - margin, centre + margin)])


def _sides(areas: Any) -> Any:
    """Return rectangles as an array (n, 4) of left, top, right and bottom."""
    if isinstance(areas, np.ndarray):
        return areas
    rows = [(rect.left(), rect.top(), rect.right(), rect.bottom()) for rect in areas]
    return np.array(rows, np.float64).reshape(-1, 4)
