"""The graph of an expression: TensorFlow's ops with their values, and the gradients that run back."""

from collections.abc import Collection, Iterator
from typing import Any

from PySide6.QtCore import Property, QPoint, QPointF, QRect, QRectF, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.core.autodiff.trace import Trace
from explorer.core.graph.fitting import ALMOST_LEGIBLE, AUTO
from explorer.core.graph.graph_walk import ItemKey, Move, walk
from explorer.core.graph.picture import Picture, concept_picture, full_picture, parsed_picture
from explorer.core.graph.placement import PlacedPicture
from explorer.core.graph.rerouting import reroute
from explorer.session.autodiff.view_state import ExpressionViewState, Selection
from explorer.views.graph.accessible_graph import speak
from explorer.views.graph.camera import READABLE_ZOOM, Camera
from explorer.views.graph.canvas import GraphCanvas
from explorer.views.graph.corner_overlays import GraphOverlays
from explorer.views.graph.focus_frame import paint_focus
from explorer.views.graph.item_styles import apply_styles, tooltip
from explorer.views.graph.items import BoxItem, GraphItem, LinkItem, text_width
from explorer.views.graph.layout_cache import cached_layout
from explorer.views.graph.scene_drawing import scene_drawing
from explorer.views.graph.scene_items import SceneItems
from explorer.views.graph.spoken_expression import ShownGraph, SpokenExpression
from explorer.views.graph.viewpoint import room_for_graph
from explorer.views.graph.visible_numbers import VisibleNumbers, shown_values, visible_numbers
from explorer.views.graph.warning_overlay import paint_warning, warning_theme
from explorer.views.painting.drawing_export import Drawing, save_drawing
from explorer.views.painting.incremental_pixmap import Stroke
from explorer.views.theme.theme import Theme, load_theme
from explorer.views.widgets.stale_overlay import VISIBLE_SHARE

TRANSITION_MS = 220
"""Duration in which boxes move from one graph to the next."""

REFIT_DELAY_MS = 150
"""Time after the last change of the view's size at which the layout is chosen anew for its room."""

ROOM_STEP_PX = 8
"""Sizes of the room are rounded down to multiples, so that a few pixels do not need another layout."""

_LAYOUT = frozenset({"trace", "depth", "direction", "show_unneeded"})
"""Fields of the state that determine the layout."""

_NUMBERS = frozenset({"trace", "pass_", "step", "quiz", "revealed", "tangents", "tangent_sign"})
"""Fields of the state that determine which numbers are visible."""

_STYLES = _NUMBERS | {"values", "different", "wrong", "selection", "path", "digits"}
"""Fields of the state that determine the styles of the items."""


class GraphView(GraphCanvas):
    """Shows the graph of an `ExpressionViewState`, and reports clicks by signals.

    entryChosen: indices of the entry of the output that was clicked.

    It owns nothing but what the camera shows. Its parts: `Camera`, `SceneItems`, `GraphOverlays`, and the functions
    of `visible_numbers`, `item_styles`, `selection` and `layout_cache`.
    """

    painted = Signal(str)
    valuesPainted = Signal()
    firstPainted = Signal()
    directionShown = Signal(str)
    entryChosen = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("graphView")
        self.setAccessibleName("Graph of the expression")
        self._state = ExpressionViewState()
        self._numbers = VisibleNumbers()
        self._theme: Theme | None = None
        self._placed: PlacedPicture | None = None
        self._scene_items = SceneItems(self._scene)
        self._camera = Camera(self)
        self._overlays = GraphOverlays(self, self._map_strokes, "graphMap")
        self._overlays.moveRequested.connect(self._centre_on)
        self._spoken = SpokenExpression(self._scene_items, self._shown_graph, self._current)
        self._reporter = speak(self, self._spoken)
        self._focused: ItemKey | None = None
        self._scale = 1.0
        self._is_animated = True
        self._was_painted = False
        self._painted_trace: Trace | None = None
        self._refit_timer = QTimer(self, singleShot=True, interval=REFIT_DELAY_MS)
        self._refit_timer.timeout.connect(self._refit)
        self._painted_part: object = None
        # Values may arrive faster than the screen is refreshed: styles are computed once for each paint.
        self._is_style_stale = False
        self._transition = QVariantAnimation(self)
        self._transition.setStartValue(0.0)
        self._transition.setEndValue(1.0)
        self._transition.setDuration(TRANSITION_MS)
        self._transition.valueChanged.connect(self._set_progress)

    # -- properties -------------------------------------------------------------------------------

    def _get_expression(self) -> str:
        return self._painted_trace.expression if self._painted_trace is not None else ""

    def _get_step(self) -> int:
        return self._state.step if self._is_trace_painted else 0

    def _get_values(self) -> dict[str, Any]:
        if not self._is_trace_painted or self._placed is None:
            return {}
        return shown_values(self._placed.picture, self._numbers, self._state)

    shownExpression = Property(str, _get_expression)
    """The expression whose TensorFlow graph is painted with its values; "" before the first."""
    shownStep = Property(int, _get_step)
    """The step of the chosen pass."""
    shownValues = Property(dict, _get_values)
    """The number on the screen by tensor name."""

    @property
    def isMoving(self) -> bool:
        """Whether a transition is running, or another layout may follow a new size of the view."""
        return self._transition.state() == QVariantAnimation.State.Running or self._refit_timer.isActive()

    @property
    def direction(self) -> str:
        """The direction of the graph that is shown, ``TB`` or ``LR``."""
        return self._placed.direction if self._placed is not None else "TB"

    @property
    def _is_trace_painted(self) -> bool:
        return self._state.trace is not None and self._painted_trace is self._state.trace

    # -- what is shown ----------------------------------------------------------------------------

    def setState(self, state: ExpressionViewState) -> None:
        """Show a state; only what differs from the previous one is updated."""
        before, self._state = self._state, state
        changed = state.changes(before)
        if "theme" in changed or "wrong" in changed:
            self._update_theme()
        if changed & _NUMBERS:
            self._update_numbers()
        if state.trace is None:
            if "program" in changed and state.program is not None:
                self._show_picture(parsed_picture(state.program), animate=False)
        elif changed & _LAYOUT:
            self._show_graph(before, changed)
        elif "step" in changed or "pass_" in changed:
            self._camera.follow_step()
            self._keep_step_in_view()
        if "selection" in changed:
            self._show_selection()
            self._reporter.report_focus()
        if changed & _STYLES:
            self._invalidate_styles()
            self._reporter.schedule()
        elif state.is_outdated != before.is_outdated:
            self.viewport().update()

    def setScale(self, scale: float) -> None:
        """Set the scale of the interface."""
        self._scale = scale
        self._camera.set_scale(scale)
        self._refit_timer.start()

    def setAnimated(self, animated: bool) -> None:
        """Set whether boxes move gradually to their new places."""
        self._is_animated = animated

    def prefetch(self, trace: Trace, depth: str, direction: str) -> None:
        """Lay out a graph that will be shown soon."""
        cached_layout(self._picture(trace, depth), direction, depth == "concept", self._room())

    def direction_after_toggle(self) -> str:
        """Return the direction to choose so that the graph turns: ``auto`` if that turns it, too."""
        other = "LR" if self.direction == "TB" else "TB"
        placed = self._placed
        if placed is not None and self._state.direction != AUTO:
            automatic = cached_layout(placed.picture, AUTO, self._is_labelled, self._room())
            if automatic.direction == other:
                return AUTO
        return other

    def _room(self) -> tuple[float, float]:
        """Return the width and height that a graph may have to be shown completely at zoom 1."""
        width, height = room_for_graph(self.viewport().rect(), self._scale)
        return max(width // ROOM_STEP_PX * ROOM_STEP_PX, 1.0), max(height // ROOM_STEP_PX * ROOM_STEP_PX, 1.0)

    @property
    def _is_labelled(self) -> bool:
        return self._state.trace is not None and self._state.depth == "concept"

    def _refit(self) -> None:
        """Choose the layout anew after a change of the view's size."""
        placed = self._placed
        if placed is None:
            return
        again = cached_layout(placed.picture, self._state.direction, self._is_labelled, self._room())
        if (again.direction, again.density, again.size) != (placed.direction, placed.density, placed.size):
            self._show_picture(placed.picture, animate=True)

    def _picture(self, trace: Trace, depth: str) -> Picture:
        return full_picture(trace, self._state.show_unneeded) if depth == "full" else concept_picture(trace)

    def _show_graph(self, before: ExpressionViewState, changed: frozenset[str]) -> None:
        trace = self._state.trace
        assert trace is not None
        if before.trace is None or not trace.is_same_function(before.trace):
            self._camera.reset()
        elif "depth" in changed or "direction" in changed:
            self._camera.is_automatic = True
        self._show_picture(self._picture(trace, self._state.depth), animate=before.trace is not None)

    def _show_picture(self, picture: Picture, animate: bool) -> None:
        has_trace = self._state.trace is not None
        is_labelled, direction = self._is_labelled, self.direction
        self._placed = placed = cached_layout(picture, self._state.direction, is_labelled, self._room())
        self._scene_items.put(placed)
        if placed.direction != direction:
            self.directionShown.emit(placed.direction)
        self._update_theme()
        self._update_focus()
        self._invalidate_styles()
        readable_zoom = ALMOST_LEGIBLE * placed.density.min_zoom if is_labelled else READABLE_ZOOM
        self._camera.begin_transition(placed.size, has_trace, readable_zoom)
        self._overlays.minimap.clear()
        self._transition.stop()
        if animate and self._is_animated and self.isVisible():
            self._set_progress(0.0)
            self._transition.start()
        else:
            self._set_progress(1.0)

    def _set_progress(self, progress: Any) -> None:
        """Show the transition at a progress from 0 to 1, eased out."""
        eased = 1 - (1 - float(progress)) ** 3
        self._scene_items.move(eased)
        self._camera.set_progress(eased)

    def _finish_transition(self) -> None:
        self._transition.stop()
        self._scene_items.move(1.0)

    def _update_theme(self) -> None:
        if not self._state.theme:
            return
        theme = load_theme(self._state.theme)
        self._theme = theme if self._state.wrong is None else warning_theme(theme)
        self.setBackgroundBrush(theme.panel)
        self._scene_items.set_theme(self._theme)
        self._overlays.set_theme(self._theme)
        self.viewport().update()

    def _update_numbers(self) -> None:
        self._numbers = visible_numbers(self._state)
        self._update_focus()

    def _update_focus(self) -> None:
        name = self._first_placed(self._numbers.active)
        self._camera.focus = self._placed.centres[name] if name is not None and self._placed is not None else None

    def _first_placed(self, names: Collection[str]) -> str | None:
        placed = self._placed
        return next((name for name in names if placed is not None and name in placed.centres), None)

    def _keep_step_in_view(self) -> None:
        active = self._numbers.active
        boxes = [item.sceneBoundingRect() for item in self._scene_items.boxes() if item.box.id in active]
        self._camera.keep_in_view(boxes)

    def _invalidate_styles(self) -> None:
        self._is_style_stale = True
        self.viewport().update()

    def _update_styles(self) -> None:
        self._is_style_stale = False
        if self._placed is not None:
            apply_styles(self._scene_items, self._placed.picture, self._state, self._numbers)

    # -- what the user does -----------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole graph, and each one after it, until the user zooms."""
        self._camera.fit()

    def zoom_to_step(self) -> None:
        """Show the op of the current step, or the selected one, close up; if it is already, the whole graph."""
        placed = self._placed
        if placed is None or not self._camera.is_automatic:
            self.fit()
            return
        selection = self._state.selection
        name = self._first_placed({selection[1]} if selection is not None else self._numbers.active)
        if name is not None:
            self._finish_transition()
            self._camera.zoom_to(placed.centres[name], self._scene_items.around(name))

    def reset_view(self) -> None:
        """Undo all zooming, and put boxes that were moved back."""
        self._camera.reset()
        self._camera.update()
        if self._placed is not None:
            self._show_picture(self._placed.picture, animate=True)

    def unzoom(self) -> None:
        """Undo all zooming by the user."""
        self._camera.unzoom()

    def zoom_by(self, factor: float) -> None:
        """Zoom at the pointer."""
        if self._camera.can_zoom_by(factor):
            self.begin_manual_move()
            self.scale(factor, factor)

    def begin_manual_move(self) -> None:
        """End transitions: the view stays where the user moves it."""
        self._finish_transition()
        self._camera.hold()

    def drag_box(self, box: BoxItem, dx: float, dy: float) -> None:
        """Move a box, and its links with it, until the next layout."""
        self._scene_items.drag(box, dx, dy)
        self._overlays.invalidate()
        self.viewport().update()

    def drop_box(self, box: BoxItem) -> None:
        """Find ways around all boxes for the links of a box that was moved, and for those that it now covers."""
        if self._placed is None:
            return
        centres = {item.box.id: (item.x(), item.y()) for item in self._scene_items.boxes()}
        self._placed = reroute(self._placed, centres, text_width)
        self._scene_items.put(self._placed)
        self._scene_items.move(1.0)
        self._camera.set_area(self._scene_items.whole_area(self._placed.size))
        self._update_focus()
        self._overlays.invalidate()
        self._invalidate_styles()

    def walk(self, move: Move) -> None:
        """Select the item to which a move leads; one that cannot be selected only gets the focus."""
        spoken = self._spoken
        key = walk(spoken.nodes(), spoken.edges(), self._current(), move)
        if key is None or self._state.trace is None:
            return
        self._focused = key
        match self._selection_of(key):
            case ("node", name):
                self.nodeSelected.emit(name)
            case ("edge", tensor):
                self.edgeSelected.emit(tensor)
            case _:
                self.selectionCleared.emit()
        self._show_item(spoken.area(key))
        self._reporter.report_focus()
        self.viewport().update()

    def _current(self) -> ItemKey | None:
        """Return the item that has the focus: the one that the keys reached, unless another one was selected since."""
        selection, placed = self._state.selection, self._placed
        if self._focused is not None and self._selection_of(self._focused) == selection:
            return self._focused
        if selection is None or placed is None:
            return None
        if selection[0] == "node":
            return selection if selection[1] in placed.centres else None
        links = placed.picture.links
        return next((("edge", link.key) for link in links if link.tensor == selection[1]), None)

    def _selection_of(self, key: ItemKey) -> Selection | None:
        """Return what is selected when an item gets the focus; several links carry the same tensor."""
        kind, name = key
        if kind == "node":
            box = self._scene_items.box(name)
            return key if box is not None and box.box.tensor is not None else None
        link = self._scene_items.link(name)
        return ("edge", link.link.tensor) if link is not None and link.link.tensor else None

    def _shown_graph(self) -> ShownGraph:
        if self._is_style_stale:
            self._update_styles()
        picture = self._placed.picture if self._placed is not None else None
        return ShownGraph(picture, self._state)

    def _show_selection(self) -> None:
        """Bring the selected item into view."""
        rect = self.selected_rect()
        if rect is not None:
            self._show_item(self.mapToScene(rect).boundingRect())

    def _show_item(self, area: QRectF) -> None:
        """Bring an area of the scene into view."""
        if not self.viewport().rect().contains(self.mapFromScene(area).boundingRect()):
            self._camera.show_point(area.center())

    def selected_rect(self) -> QRect | None:
        """Return the area of the selected item in the view; None if nothing is selected."""
        selection = self._state.selection
        if selection is None:
            return None
        kind, name = selection
        if kind == "node":
            areas = [box.mapRectToScene(box.rect()) for box in self._scene_items.boxes() if box.box.id == name]
        else:
            links = [link for link in self._scene_items.links() if link.link.tensor == name]
            areas = [link.polygon().boundingRect().united(link.text_rect()) for link in links]
        return self.mapFromScene(areas[0]).boundingRect() if areas else None

    def click(self, item: GraphItem | None, point: QPoint) -> None:
        """Choose an entry of the output, if one is at the point; else select the item."""
        entry = None
        if isinstance(item, BoxItem) and self._has_entries(item):
            entry = item.entry_at(item.mapFromScene(self.mapToScene(point)))
        if entry is None:
            super().click(item, point)
        else:
            self.entryChosen.emit(entry)

    def _has_entries(self, item: BoxItem) -> bool:
        """Whether a box shows the entries of the output of which one can be differentiated."""
        trace = self._state.trace
        if trace is None or item.box.tensor != trace.output or not item.box.shape:
            return False
        return trace.chosen_order == len(trace.differentiated_by)

    def item_tooltip(self, item: GraphItem | None) -> str:
        """Return the numbers that an item shows, with all digits, and what a click on them does."""
        text = tooltip(item, self._state.numbers, self._numbers, self._state.different)
        if isinstance(item, BoxItem) and self._has_entries(item):
            text += "\nClick an entry to differentiate it, and again for the sum"
        return text

    def item_description(self, item: GraphItem) -> str:
        """Return the numbers of an item, or its name if it has none yet or they are hidden."""
        name = item.box.name if isinstance(item, BoxItem) else item.link.tensor if isinstance(item, LinkItem) else ""
        return self.item_tooltip(item) or (f"{name}, without a number so far" if name else "")

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return kind and description of the part at a point: one of the graph, or the legend."""
        found = super().whatIs(point)
        return ("legend", "") if found is None and self._overlays.legend_contains(point) else found

    # -- painting ---------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the graph, or the current step, in view."""
        super().resizeEvent(event)
        self._camera.update()
        self._keep_step_in_view()
        self._refit_timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and report which expression is on the screen."""
        if self._is_style_stale:
            self._update_styles()
        super().paintEvent(event)
        trace = self._state.trace
        if trace is not None and self._painted_trace is not trace:
            self._painted_trace = trace
            QTimer.singleShot(0, self, lambda text=trace.expression: self.painted.emit(text))
        self.valuesPainted.emit()
        part = self.viewportTransform(), self.viewport().size(), self.isMoving, self._placed
        if part != self._painted_part:
            self._painted_part = part
            QTimer.singleShot(0, self, self._place_overlays)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.firstPainted.emit)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint what lies over the graph: the overlay of an outdated graph, the frame of a warning, the legend."""
        theme, view = self._theme, self.viewport().rect()
        if theme is None:
            return
        painter.save()
        painter.resetTransform()
        if self._state.is_outdated:
            overlay = QColor(theme.panel)
            overlay.setAlphaF(1 - VISIBLE_SHARE)
            painter.fillRect(view, overlay)
        if self._state.wrong is not None:
            paint_warning(painter, QRectF(view), theme, self._scale)
        if self.hasFocus() and self._focused is not None and self._focused == self._current():
            focused = self._scene_items.find(self._focused)
            if focused is not None:
                outline = focused.mapToScene(focused.focus_outline())
                paint_focus(painter, self.viewportTransform().map(outline), theme)
        if self._state.trace is not None and not self.isMoving:
            in_view = self.mapToScene(view).boundingRect()
            self._overlays.paint_legend(painter, self._placed, self._scene_items.areas(in_view), self._scale)
        painter.restore()

    def _place_overlays(self) -> None:
        has_graph = self._placed is not None and self._state.trace is not None
        whole = self._camera.area if has_graph else QRectF()
        focus = self._camera.focus
        in_view = self.mapToScene(self.viewport().rect()).boundingRect()
        areas = self._scene_items.areas(in_view)
        self._overlays.place(whole, QPointF(*focus) if focus is not None else None, self._scale, areas)

    def _centre_on(self, point: QPointF) -> None:
        """Show a point of the scene in the middle."""
        self.begin_manual_move()
        self.centerOn(point)

    def _map_strokes(self, _area: QRectF) -> Iterator[Stroke]:
        """Yield what paints the minimap."""
        yield self._scene_items.paint_overview

    def save(self, path: str) -> None:
        """Write the graph to an SVG, PNG or PDF file. Raises OSError or ValueError."""
        save_drawing(self.drawing(), self.backgroundBrush().color(), path)

    def drawing(self) -> Drawing:
        """Return the whole graph as a drawing. Raises ValueError if there is none, or its gradients are wrong."""
        if self._placed is None or self._theme is None:
            raise ValueError("there is no graph yet")
        if self._state.wrong is not None:
            raise ValueError("one rule of this backward pass is broken; end the exercise first")
        self._update_styles()
        return scene_drawing(self._scene, self._camera.area)
