"""The view of a network's graph: groups that open and close, edges, and the backward pass."""

from collections.abc import Iterator
from math import inf
from typing import Any

from PySide6.QtCore import Property, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from explorer.core.graph.graph_walk import Move, walk
from explorer.core.network_graph.layout import GraphLayout
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.core.protocol.network_graph import GraphProfileReply, GraphValuesReply
from explorer.session.time_slicing import TimeSlicedTask
from explorer.session.timers import single_shot_timer
from explorer.views.graph.accessible_graph import speak
from explorer.views.graph.canvas import KEY_ZOOM_FACTOR, GraphCanvas
from explorer.views.graph.corner_overlays import GraphOverlays
from explorer.views.graph.items import GraphItem
from explorer.views.graph.scene_drawing import scene_drawing
from explorer.views.network_graph.camera import NetworkCamera, Transition
from explorer.views.network_graph.colours.graph_key import graph_key
from explorer.views.network_graph.displayed_graph import DisplayedGraph
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.intents import (
    Intent,
    click_intent,
    double_click_intent,
    key_intent,
)
from explorer.views.network_graph.item_text import edge_tooltip, node_tooltip
from explorer.views.network_graph.layout_pipeline import LayoutPipeline
from explorer.views.network_graph.level_of_detail import LevelOfDetail
from explorer.views.network_graph.node_items import NodeItem
from explorer.views.network_graph.overview import Overview
from explorer.views.network_graph.scene_items import NetworkSceneItems
from explorer.views.network_graph.spatial_index import SpatialIndex, free_gradually
from explorer.views.network_graph.spoken_network import SpokenNetwork
from explorer.views.network_graph.styler import NodeStyler, TracePath
from explorer.views.network_graph.thumbnails import ThumbnailCache, ThumbnailKey
from explorer.views.painting.colour_key import KeyEntry, arrange_key, paint_key
from explorer.views.painting.drawing_export import Drawing, save_drawing
from explorer.views.theme.theme import Theme
from explorer.views.widgets.colour_key_strip import ColourKeyStrip

DEFAULT_ASPECT = 1.9
"""Width by height that a layout is made for while the view has no size yet."""

MIN_HEIGHT_PX = 50
"""Height from which the view's own aspect is used."""

MIN_GRAPH_PX = 110.0
"""Height that the graph keeps above the key, at scale 1: enough for a box. With large letters the page scrolls."""

MAP_INTERVAL_MS = 80
"""Time between two searches for a free place for the map."""

ZOOM_KEYS = {
    int(Qt.Key.Key_Plus): KEY_ZOOM_FACTOR,
    int(Qt.Key.Key_Equal): KEY_ZOOM_FACTOR,
    int(Qt.Key.Key_Minus): 1 / KEY_ZOOM_FACTOR,
}
"""Factors by which keys zoom."""

KEY_WIDTH_PX, KEY_MARGIN_PX = 1400.0, 24.0
"""Of an exported picture, the width above which the key becomes larger, and the free space around it."""


class NetworkView(GraphCanvas):
    """Shows a graph at a step of the backward pass; composed of the parts that are its attributes.

    graph: what is on the screen. scene_items: its boxes and edges. camera, transition, styler, overlays, thumbnails,
    detail, key: see their classes. The key of the colours has a strip below the graph.

    toggled: open or close this group. repeatedBlocksToggled: open or close all groups that are built like the selected
    one. graphShown: the graph that `setGraph` was given is on the screen, without its numbers yet. painted: it has
    been painted. layoutRequested: see `LayoutPipeline`; until the layout is passed to `setGraphLayout`, the former
    graph stays on the screen.
    """

    toggled = Signal(str)
    repeatedBlocksToggled = Signal()
    graphShown = Signal()
    painted = Signal()
    layoutRequested = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkView")
        self.setAccessibleName("Training graph of the network")
        self._is_animated = True
        self._requested_at = inf
        self._painted: VisibleGraph | None = None
        self._painted_part: tuple[Any, ...] = ()
        self.graph = DisplayedGraph()
        self.thumbnails = ThumbnailCache(self._thumbnails_on_screen, self)
        self.scene_items = NetworkSceneItems(self._scene, self.thumbnails)
        overview = self._overview = Overview()
        overview.hide()
        self._scene.addItem(overview)
        self.camera = NetworkCamera(self, self.graph)
        self.transition = Transition(self)
        self.styler = NodeStyler(self.graph, self.scene_items, overview, self)
        self.detail = LevelOfDetail(
            self.graph, self.scene_items, overview, self.styler.item_styler, self.backgroundBrush, self
        )
        self.overlays = GraphOverlays(self, overview.strokes, "networkMap")
        self.key = ColourKeyStrip("networkKey", self)
        self._is_key_stale = self._is_map_late = False
        self._map_timer = single_shot_timer(self, self._place_late_map, MAP_INTERVAL_MS)
        self._step_box: str | None = None
        self._pipeline = LayoutPipeline(self.scene_items.prepare, self)
        self._disposal = TimeSlicedTask(self)
        self._spoken = SpokenNetwork(self.graph, self.styler)
        self._reporter = speak(self, self._spoken)
        self._connect_parts()

    def _connect_parts(self) -> None:
        self._pipeline.layoutRequested.connect(self.layoutRequested)
        self._pipeline.ready.connect(self._show_graph)
        self.camera.moved.connect(self._update_detail)
        self.transition.progressed.connect(self._set_progress)
        self.styler.changed.connect(self._handle_stale_styles)
        self.styler.changed.connect(self._update_key_later)
        self.detail.changed.connect(self._update_key_later)
        self.styler.changed.connect(self._reporter.schedule)
        self.styler.overviewChanged.connect(self.overlays.minimap.invalidate)
        self.detail.changed.connect(self.styler.invalidate)
        self.detail.itemsLoaded.connect(self._handle_loaded_items)
        self.detail.tiles.changed.connect(self.viewport().update)
        self.thumbnails.changed.connect(self.detail.tiles.invalidate)
        self.thumbnails.changed.connect(self._update_key_later)
        self.overlays.moveRequested.connect(self._centre_on)

    # -- properties for tests and other views -----------------------------------------------------

    def _get_model(self) -> str:
        return self.graph.source if self._painted is not None else ""

    def _get_nodes(self) -> list[str]:
        if self._painted is None:
            return []
        return [node.id for node in self._painted.nodes if node.kind not in ("open", "entry", "exit")]

    def _get_open(self) -> list[str]:
        return [] if self._painted is None else list(self._painted.open)

    def _get_step(self) -> int:
        return self.styler.step

    shownModel = Property(str, _get_model)
    """The network whose graph has been painted, named as on the command line; "" before the first."""
    visibleNodes = Property("QStringList", _get_nodes)  # type: ignore[arg-type]  # the name of a Qt type is valid
    """The closed groups and the ops on the screen."""
    openGroups = Property("QStringList", _get_open)  # type: ignore[arg-type]  # the name of a Qt type is valid
    """The groups that are open."""
    shownStep = Property(int, _get_step)
    """The step of the backward pass."""

    @property
    def isMoving(self) -> bool:
        """Whether the picture is about to change: a layout, a transition, or painting is in progress."""
        is_painting = self.detail.is_loading or not self.detail.tiles.is_complete
        return self._pipeline.is_pending or self.transition.is_running or is_painting

    @property
    def isGrowing(self) -> bool:
        """Whether overview, minimap or key are still to be painted."""
        return self._overview.is_busy or self.overlays.minimap.is_busy or self._is_key_stale or self._is_map_late

    @property
    def isLayoutPending(self) -> bool:
        """Whether a layout is in progress, and the former graph is still on the screen."""
        return self._pipeline.is_pending

    # -- what to show -----------------------------------------------------------------------------

    def setGraph(self, source: str, visible: VisibleGraph, requested_at: float = inf) -> None:
        """Show a network's graph; boxes that stay move to their new places.

        requested_at: when the user asked for it, by `time.monotonic`; see `Transition.start`.
        """
        if visible is self.graph.visible and not self._pipeline.is_pending:
            return
        view = self.viewport().rect()
        aspect = view.width() / view.height() if view.height() > MIN_HEIGHT_PX else DEFAULT_ASPECT
        self._requested_at = requested_at
        is_same = source == self.graph.source
        # While groups open and close, the boxes around them stay as they are.
        is_first = not is_same or (self.camera.is_automatic and not visible.open)
        self._pipeline.start(
            source,
            visible,
            aspect,
            self.camera.fitting_zoom if is_first and view.height() > MIN_HEIGHT_PX else None,
            was_compact=is_same and self.graph.is_compact,
        )

    def setGraphLayout(self, layout: GraphLayout) -> None:
        """Take the layout that was requested."""
        self._pipeline.set_layout(layout)

    def finish(self) -> None:
        """Do now what remains to be prepared."""
        self._pipeline.finish()
        self.detail.finish()

    def cancelLayout(self) -> tuple[str, VisibleGraph | None]:
        """Abandon the graph that is being prepared; return the source and the graph that stay on the screen."""
        self._pipeline.cancel()
        return self.graph.source, self.graph.visible

    def clear(self) -> None:
        """Show nothing."""
        self._pipeline.cancel()
        self.transition.stop()
        self.detail.reset()
        self.thumbnails.clear()
        self.styler.clear()
        self.graph.clear()
        self._painted = None

    def setValues(self, values: GraphValuesReply | None) -> None:
        """Show the engine's ``graph_values`` for the graph on the screen."""
        self.styler.set_values(values)
        self.thumbnails.set_values_number(values["number"] if values is not None else None)

    def setProfile(self, profile: GraphProfileReply | None) -> None:
        """Show the engine's ``graph_profile`` for the graph on the screen; None while it is unknown."""
        self.styler.set_profile(profile)

    def setStep(self, step: int) -> None:
        """Show a step of the backward pass of the graph that was set last, and bring its box into view."""
        is_other = self.styler.set_step(step)
        if is_other:
            self.thumbnails.update()
        visible = self._pipeline.visible or self.graph.visible
        if visible is None or not 0 < step <= len(visible.steps):
            return
        name = visible.steps[step - 1]
        if is_other or name != self._step_box:  # the same step of a graph with other groups open has another box
            self._step_box = name
            self._show_box(name)

    def setSelection(self, selection: tuple[str, str] | None) -> None:
        """Mark a box or an edge as selected, and bring a box into view."""
        if self.styler.set_selection(selection) and selection is not None:
            self._show_box(selection[1]) if selection[0] == "node" else self._show_edge(selection[1])
            self._reporter.report_focus()

    def setTracePath(self, trace_path: TracePath | None) -> None:
        """Fade everything that is not on a path through the selected box."""
        self.styler.set_trace_path(trace_path)

    def setOverlay(self, overlay: str) -> None:
        """Colour the boxes by a number; "none" for no colour."""
        self.styler.set_overlay(overlay)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.setBackgroundBrush(theme.panel)
        self.overlays.set_theme(theme)
        self.styler.set_theme(theme)
        self._update_key()

    def setScale(self, scale: float) -> None:
        """Set the scale of the interface."""
        self.camera.set_scale(scale)
        self._update_key()

    def setAnimated(self, animated: bool) -> None:
        """Move boxes gradually, or at once."""
        self._is_animated = animated

    # -- files ------------------------------------------------------------------------------------

    def save(self, path: str) -> None:
        """Write the whole graph to an SVG, PNG or PDF file; raises OSError or ValueError."""
        save_drawing(self.drawing(), self.backgroundBrush().color(), path)

    def drawing(self) -> Drawing:
        """Return the whole graph, with the key below it, as a drawing; raises ValueError if there is none."""
        layout = self.graph.layout
        if layout is None or self.styler.theme is None:
            raise ValueError("there is no graph yet")
        theme, scene = self.styler.theme, scene_drawing(self._scene, QRectF(0.0, 0.0, *layout.size))
        width, height = scene.size.width(), scene.size.height()
        scale = max(1.0, width / KEY_WIDTH_PX)
        margin = KEY_MARGIN_PX * scale
        placed, key_height = arrange_key(self._key_entries(theme, is_overview=False), width - 2 * margin, scale)

        def draw(painter: QPainter, box: QRectF) -> None:
            self.detail.load_all()
            self._apply_styles()
            self.detail.show_items()
            zoom = box.width() / width
            scene.draw(painter, QRectF(box.left(), box.top(), box.width(), height * zoom))
            painter.save()
            painter.translate(box.left(), box.top() + height * zoom)
            painter.scale(zoom, zoom)
            paint_key(painter, QPointF(margin, 0.0), placed, theme, scale)
            painter.restore()
            self._update_detail()

        return Drawing(QSizeF(width, height + key_height + margin), draw)

    # -- the key of the colours -------------------------------------------------------------------

    def _key_entries(self, theme: Theme, *, is_overview: bool) -> list[KeyEntry]:
        visible, styler = self.graph.visible, self.styler
        if visible is None:
            return []
        return graph_key(
            visible,
            theme,
            styler.heat_scale(),
            styler.step,
            has_values=styler.values is not None,
            is_overview=is_overview,
            is_compact=self.graph.is_compact,
            has_odd_pictures=self.thumbnails.has_odd,
        )

    def _update_key_later(self) -> None:
        if not self._is_key_stale:
            self._is_key_stale = True
            QTimer.singleShot(0, self, self._update_key)

    def _update_key(self) -> None:
        """Show what the colours stand for now, in a strip below the graph that is as high as it takes."""
        self._is_key_stale = False
        if (theme := self.styler.theme) is not None:
            entries = self._key_entries(theme, is_overview=self.detail.is_overview)
            self.key.show_entries(entries, theme, self.camera.scale)
        self._place_key()

    def _place_key(self) -> None:
        height = max(self.key.height_for(self.width()), self.key.row_height)
        self.setMinimumHeight(height + round(MIN_GRAPH_PX * self.camera.scale))
        if self.viewportMargins().bottom() != height:
            self.setViewportMargins(0, 0, 0, height)
        self.key.setGeometry(0, self.height() - height, self.width(), height)

    # -- a new graph ------------------------------------------------------------------------------

    def _show_graph(self, source: str, index: SpatialIndex) -> None:
        graph = self.graph
        is_first, is_other = graph.index is None, source != graph.source
        before = set(graph.visible.open) if graph.visible is not None else None
        old_parts = graph.index.parts() if graph.index is not None else []
        if is_other:
            self.thumbnails.clear()
            self.styler.set_selection(None)
            self.camera.reset()
        toggled = before ^ set(index.placed.visible.open) if before is not None and not is_other else set()
        graph.set(source, index)
        self._painted_part = ()  # another graph has other free places for the map, and other thumbnails
        self.styler.set_values(None)
        self._put_items(index)
        self.camera.begin_transition(_toggled_group(toggled))
        if not is_other and not is_first and self._is_animated and self.isVisible() and not graph.is_large:
            self._set_progress(0.0)
            self.transition.start(self._requested_at)
        else:
            self._set_progress(1.0)
        self._load_visible_area()
        self._disposal.start(free_gradually(old_parts), lambda _none: None)
        self.camera.show_box_after_layout()
        self.graphShown.emit()

    def _put_items(self, index: SpatialIndex) -> None:
        self._overview.set_index(index)
        self.overlays.minimap.clear()
        self.transition.stop()
        self.detail.reset()
        if not self.graph.is_large:
            self.scene_items.put(index.placed)
            self.detail.show_items()
            if self.styler.theme is not None:
                self.scene_items.set_theme(self.styler.theme)

    def _set_progress(self, progress: float) -> None:
        """Show the transition to the graph at a progress from 0 to 1."""
        for item in self.scene_items.new_items():
            item.setOpacity(progress)
        self.scene_items.move(progress)
        if progress == 1.0:
            self.styler.invalidate()
        self.camera.set_progress(progress)

    def _load_visible_area(self) -> None:
        self.detail.load_area(self._visible_area())

    def _visible_area(self) -> QRectF:
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def _handle_loaded_items(self) -> None:
        self.styler.check_new_items()
        self._update_detail()
        self.detail.tiles.invalidate()

    # -- what is in view --------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole graph, until the user zooms."""
        self.camera.fit()

    def zoom_by(self, factor: float) -> None:
        """Zoom at the pointer, within limits."""
        if self.camera.can_zoom_by(factor):
            self.begin_manual_move()
            super().zoom_by(factor)
            self._update_detail()

    def _zoom_by_key(self, factor: float) -> None:
        """Zoom where the step or the selected box is: the pointer may be anywhere."""
        if self.camera.can_zoom_by(factor):
            self.begin_manual_move()
            self.camera.zoom_by_key(factor)

    def begin_manual_move(self) -> None:
        """Finish the transition, and stay where the user moves the view."""
        if self.transition.is_running:
            self.transition.stop()
            self._set_progress(1.0)
        self.camera.hold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the camera and the key follow."""
        super().resizeEvent(event)
        self._place_key()
        self.camera.update()

    def _show_box(self, name: str) -> None:
        self.camera.show_box(name, is_layout_pending=self._pipeline.is_pending)

    def _show_edge(self, key: str) -> None:
        """Bring the end of an edge into view where none of the edge is."""
        area = self.viewportTransform().mapRect(self._spoken.area(("edge", key)))
        edge = next(edge for edge in self.graph.visible.edges if edge.key == key) if self.graph.visible else None
        if edge is not None and not area.intersects(QRectF(self.viewport().rect())):
            self._show_box(edge.target)

    def _centre_on(self, point: QPointF) -> None:
        self.begin_manual_move()
        self.centerOn(point)

    def _update_detail(self) -> None:
        self.detail.update(self.camera.zoom, self.camera.scale, is_moving=self.transition.is_running)

    def _place_overlays(self) -> None:
        """Place the map, at most every `MAP_INTERVAL_MS` in another place: while one pans, it stays or is hidden."""
        layout, index = self.graph.layout, self.graph.index
        if layout is None or index is None:
            self.overlays.place(QRectF(), None, self.camera.scale)
            return
        graph, focus, scale = QRectF(QPointF(), QSizeF(*layout.size)), self.camera.focus, self.camera.scale
        texts = () if self.detail.is_overview else self.scene_items.text_rects()
        may_search = not self._map_timer.isActive()
        if self.overlays.place(graph, focus, scale, index.solid_sides, texts, may_search=may_search):
            self._is_map_late = True
        elif may_search:
            self._map_timer.start()

    def _place_late_map(self) -> None:
        if self._is_map_late:
            self._is_map_late = False
            self._place_overlays()

    def _thumbnails_on_screen(self) -> Iterator[ThumbnailKey]:
        """Yield the keys of the thumbnails that are painted now; none while the picture is changing."""
        if self.detail.is_overview or self.isMoving:
            return
        for item in self.items(self.viewport().rect()):
            if isinstance(item, NodeItem) and item.has_thumbnails:
                yield item.node.id, item.pictured

    # -- mouse and keys ---------------------------------------------------------------------------

    def click(self, item: GraphItem | None, point: QPoint) -> None:
        """Select what was clicked, or open or close a group by its sign."""
        self._execute(click_intent(item, item.mapFromScene(self.mapToScene(point)) if item is not None else QPointF()))

    def double_click(self, item: GraphItem | None) -> None:
        """Open or close a group, or fit the graph."""
        self._execute(double_click_intent(item))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open or close the selected group with Enter or Space; other keys are those of every graph."""
        intent = key_intent(event.key(), event.modifiers(), self.graph.visible, self.styler.selected_node)
        if event.key() in ZOOM_KEYS:
            self._zoom_by_key(ZOOM_KEYS[event.key()])
        elif intent is None:
            super().keyPressEvent(event)
        else:
            self._execute(intent)

    def walk(self, move: Move) -> None:
        """Select the box or the edge to which a move leads."""
        match walk(self._spoken.nodes(), self._spoken.edges(), self._spoken.current(), move):
            case ("node", name):
                self.nodeSelected.emit(name)
            case ("edge", key):
                self.edgeSelected.emit(key)

    def item_tooltip(self, item: GraphItem | None) -> str:
        """Return what is known about an item."""
        values = self.styler.values
        if isinstance(item, NodeItem) and item.node.kind not in ("entry", "exit"):
            return node_tooltip(item.node, values["nodes"].get(item.node.id) if values is not None else None)
        if isinstance(item, EdgeItem):
            return edge_tooltip(item.edge, values["edges"].get(item.edge.key) if values is not None else None)
        return ""

    def _execute(self, intent: Intent | None) -> None:
        if intent is None:
            return
        match intent.action:
            case "select_node":
                self.nodeSelected.emit(intent.name)
            case "select_edge":
                self.edgeSelected.emit(intent.name)
            case "clear_selection":
                self.selectionCleared.emit()
            case "toggle":
                self.toggled.emit(intent.name)
            case "toggle_repeated_blocks":
                self.repeatedBlocksToggled.emit()
            case "fit":
                self.fit()

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the graph as tiles or through the scene, and report what is on the screen."""
        self._load_visible_area()
        if self.styler.is_stale:
            self._apply_styles()
        tiles = self.detail.tiles
        is_tiled = self.detail.is_tiled(is_moving=self.transition.is_running)
        if is_tiled and tiles.is_ready:
            with QPainter(self.viewport()) as painter:
                tiles.paint(painter, *self._tile_view())
        else:
            super().paintEvent(event)
            if is_tiled:
                tiles.prepare(*self._tile_view())
            else:
                tiles.clear()
        self._report_painted()

    def _tile_view(self) -> tuple[QTransform, QRect, float]:
        return self.viewportTransform(), self.viewport().rect(), self.viewport().devicePixelRatioF()

    def _apply_styles(self) -> None:
        if not self.detail.is_loading:
            self.styler.apply(is_overview=self.detail.is_overview, is_moving=self.transition.is_running)

    def _handle_stale_styles(self) -> None:
        self.detail.tiles.clear()
        self.viewport().update()

    def _report_painted(self) -> None:
        part = self.viewportTransform(), self.viewport().size(), self.isMoving
        if part != self._painted_part:
            self._painted_part = part
            QTimer.singleShot(0, self, self._place_overlays)
            self.thumbnails.update()
        visible = self.graph.visible
        if visible is not None and self._painted is not visible:
            self._painted = visible
            QTimer.singleShot(0, self, self.painted.emit)


def _toggled_group(toggled: set[str]) -> str | None:
    """Return the group that has been opened or closed, with all in it; None if it was not just one."""
    outer = min(toggled, key=len, default=None)
    is_one = outer is not None and all(name == outer or name.startswith(f"{outer}/") for name in toggled)
    return outer if is_one else None
