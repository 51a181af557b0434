"""The way of a visible graph onto the screen: measure its boxes, lay it out, index it, create its items."""

from collections.abc import Callable, Generator
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from explorer.core.graph.graphviz_layout import Size
from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.layout import GraphLayout, lay_out_graph_stepwise
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.session.time_slicing import TimeSlicedTask
from explorer.views.network_graph.camera import READABLE_ZOOM
from explorer.views.network_graph.displayed_graph import MAX_ITEMS
from explorer.views.network_graph.measure import measure_graph
from explorer.views.network_graph.spatial_index import PlacedGraph, SpatialIndex

COMFORTABLE_ZOOM = 0.75
"""Zoom at scale 1 of the whole graph below which it is laid out compactly, so that it becomes larger."""

MAX_COMPACT_BOXES = 60
"""Boxes up to which that is tried: more do not fit on a screen with texts that can be read."""

MAX_LOCAL_LAYOUT = 100
"""Boxes up to which the layout is computed in the window's process; a larger layout would block it noticeably."""


class LayoutPipeline(QObject):
    """Prepares one graph at a time, in time slices.

    prepare_items: creates the items of a placed graph, step by step.

    ready: the source and the index of a graph that can be shown.
    layoutRequested: a graph of more than `MAX_LOCAL_LAYOUT` boxes, and its measurements (the other arguments of
    `core.network_graph.layout.lay_out_graph`); whoever computes the layout passes it to `set_layout`.
    """

    ready = Signal(str, object)
    layoutRequested = Signal(object, object)

    def __init__(
        self, prepare_items: Callable[[PlacedGraph], Generator[None, None, None]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._prepare_items = prepare_items
        self._pending: tuple[str, VisibleGraph] | None = None
        self._was_compact = False
        self._task = TimeSlicedTask(self)

    @property
    def visible(self) -> VisibleGraph | None:
        """The graph that is on its way, None for none."""
        return self._pending[1] if self._pending is not None else None

    @property
    def is_pending(self) -> bool:
        """Whether a graph is on its way."""
        return self._pending is not None

    def start(
        self,
        source: str,
        visible: VisibleGraph,
        aspect: float,
        fitting_zoom: Callable[[Size], float] | None = None,
        *,
        was_compact: bool = False,
    ) -> None:
        """Prepare a graph for a view ``aspect`` times as wide as high; one that is on its way is abandoned.

        fitting_zoom: returns the zoom, at scale 1, with which a layout of a size fits into the view; None to stay as
        compact as before. was_compact: whether the graph that is on the screen is compact, and of the same network.
        """
        self._pending, self._was_compact = (source, visible), was_compact
        if len(visible.nodes) > MAX_LOCAL_LAYOUT:
            self._task.start(
                measure_graph(visible, aspect), lambda measurements: self.layoutRequested.emit(visible, measurements)
            )
        else:
            self._task.start(self._lay_out(visible, aspect, fitting_zoom), self._finish_pending)

    def set_layout(self, layout: GraphLayout) -> None:
        """Go on with the layout that was requested."""
        if self._pending is not None:
            self._task.start(self._index(PlacedGraph(self._pending[1], layout)), self._finish_pending)

    def cancel(self) -> None:
        """Abandon the graph that is on its way."""
        self._pending = None
        self._task.stop()

    def finish(self) -> None:
        """Do all remaining work now."""
        while self._task.is_busy:
            self._task.finish()

    def _lay_out(
        self, visible: VisibleGraph, aspect: float, fitting_zoom: Callable[[Size], float] | None
    ) -> Generator[None, None, SpatialIndex]:
        was_compact = self._was_compact
        if fitting_zoom is None or len(visible.nodes) > MAX_COMPACT_BOXES:
            placed = yield from self._place(visible, aspect, compact=was_compact)
            return (yield from self._index(placed))
        placed = yield from self._place(visible, aspect, compact=False)
        zoom = fitting_zoom(placed.layout.size)
        if zoom < COMFORTABLE_ZOOM:
            compact = yield from self._place(visible, aspect, compact=True)
            compact_zoom = fitting_zoom(compact.layout.size)
            if compact_zoom > zoom and (compact_zoom >= READABLE_ZOOM or was_compact):
                placed = compact
        return (yield from self._index(placed))

    def _place(self, visible: VisibleGraph, aspect: float, *, compact: bool) -> Generator[None, None, PlacedGraph]:
        measurements = yield from measure_graph(visible, aspect, compact=compact)
        layout = yield from lay_out_graph_stepwise(visible, *measurements)
        if compact:
            between = {edge.key for edge in visible.edges if edge.container == ROOT}
            labels = {key: label for key, label in layout.labels.items() if key not in between}
            layout = replace(layout, labels=labels)
        return PlacedGraph(visible, layout, compact)

    def _index(self, placed: PlacedGraph) -> Generator[None, None, SpatialIndex]:
        index = yield from SpatialIndex(placed).build()
        if len(index.nodes) <= MAX_ITEMS:
            yield from self._prepare_items(placed)
        return index

    def _finish_pending(self, index: SpatialIndex) -> None:
        if self._pending is not None:
            (source, _visible), self._pending = self._pending, None
            self.ready.emit(source, index)
