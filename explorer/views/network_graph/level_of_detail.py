"""How a network's graph is painted: box by box, in tiles, or as an overview."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QBrush, QPainter

from explorer.core.network_graph.chunks import run_to_end
from explorer.session.time_slicing import TimeSlicedTask
from explorer.views.graph.items import GraphItem
from explorer.views.network_graph.displayed_graph import DisplayedGraph
from explorer.views.network_graph.overview import Overview
from explorer.views.network_graph.scene_items import NetworkSceneItems
from explorer.views.network_graph.tile_cache import TileCache

OVERVIEW_ZOOM = 0.3
"""Zoom at scale 1 below which text cannot be read, and the overview is painted instead of the boxes."""

MIN_TILED_BOXES = 150
"""Boxes above which tiles are painted: to paint all boxes in each frame would take too long."""


class LevelOfDetail(QObject):
    """Chooses what is painted, and creates the items of a large graph that are in view.

    item_styler: returns a function that gives a new item its style. background: returns the brush behind the graph.
    is_overview: whether the overview is painted instead of the boxes.

    changed: `is_overview` has changed. itemsLoaded: the items of the visible area have been created.
    """

    changed = Signal()
    itemsLoaded = Signal()

    def __init__(
        self,
        graph: DisplayedGraph,
        items: NetworkSceneItems,
        overview: Overview,
        item_styler: Callable[[], Callable[[GraphItem], None]],
        background: Callable[[], QBrush],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._graph, self._items, self._overview = graph, items, overview
        self._item_styler, self._background = item_styler, background
        self.is_overview = False
        self._loaded_area: QRectF | None = None
        self._loading = TimeSlicedTask(self)
        self.tiles = TileCache(self._draw, overview.sketch, self)

    @property
    def is_loading(self) -> bool:
        """Whether items are being created; meanwhile the overview is painted behind them."""
        return self._loading.is_busy

    def is_tiled(self, *, is_moving: bool) -> bool:
        """Return whether the graph is painted in tiles, now or as soon as they are ready."""
        return self._graph.box_count > MIN_TILED_BOXES and not self.is_overview and not is_moving

    # -- overview or boxes ------------------------------------------------------------------------

    def update(self, zoom: float, scale: float, *, is_moving: bool) -> None:
        """Choose between overview and boxes for a zoom; boxes that move are always painted."""
        is_overview = zoom < OVERVIEW_ZOOM * scale and not is_moving
        if is_overview != self.is_overview:
            self.is_overview = is_overview
            for item in self._items.items():
                item.setVisible(not is_overview)
            self.changed.emit()
        if self._overview.isVisible() != (is_overview or self.is_loading):
            self._overview.setVisible(is_overview or self.is_loading)

    def show_items(self) -> None:
        """Show boxes instead of the overview, until the next `update`."""
        self.is_overview = False
        self._overview.hide()
        for item in self._items.items():
            item.show()

    # -- items of a large graph -------------------------------------------------------------------

    def reset(self) -> None:
        """Stop creating items: another graph is shown."""
        self._loading.stop()
        self._loaded_area = None

    def load_area(self, view: QRectF) -> None:
        """Create the items of a large graph in and around a rectangle of the scene, and remove all others."""
        index = self._graph.index
        if index is None or not self._graph.is_large:
            return
        if self._loaded_area is not None and (self.is_overview or self._loaded_area.contains(view)):
            return
        margin_x, margin_y = view.width() / 2, view.height() / 2
        self._loaded_area = QRectF() if self.is_overview else view.adjusted(-margin_x, -margin_y, margin_x, margin_y)
        work = self._items.load(index, self._loaded_area, self._new_item_function())
        self._loading.start(work, lambda _none: self.itemsLoaded.emit())

    def load_all(self) -> None:
        """Create the items of the whole graph now."""
        index = self._graph.index
        if index is not None and self._graph.is_large:
            self._loading.stop()
            run_to_end(self._items.load(index, index.bounds, self._new_item_function()))
            self._loaded_area = None

    def finish(self) -> None:
        """Create all remaining items now."""
        self._loading.finish()

    def _new_item_function(self) -> Callable[[GraphItem], None]:
        """Return a function that gives a new item its style and visibility."""
        apply_style = self._item_styler()

        def prepare(item: GraphItem) -> None:
            apply_style(item)
            item.setVisible(not self.is_overview)

        return prepare

    # -- tiles ------------------------------------------------------------------------------------

    def _draw(self, painter: QPainter, area: QRectF) -> None:
        """Paint a rectangle of the scene."""
        painter.fillRect(area.adjusted(-1, -1, 1, 1), self._background())
        if self.is_loading:
            self._overview.sketch(painter, area)
        assert self._graph.index is not None
        self._items.draw(painter, self._graph.index, area)
