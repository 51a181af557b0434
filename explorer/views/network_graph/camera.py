"""Which part of a network's graph is in view, and the transition from one graph to the next."""

from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QVariantAnimation, Signal

from explorer.core.network_graph.layout import FRAME_TOP_PX, GraphLayout
from explorer.views.graph.canvas import GraphCanvas
from explorer.views.graph.viewpoint import (
    Viewpoint,
    fitting_viewpoint,
    following_viewpoint,
    interpolated_viewpoint,
)
from explorer.views.network_graph.displayed_graph import DisplayedGraph
from explorer.views.widgets.parents import parent_of

READABLE_ZOOM = 0.56
"""Zoom at scale 1 below which text is too small to read: the view then shows a part."""

FOLLOW_ZOOM = 0.7
"""Zoom at scale 1 of a view that shows a part."""

MIN_BOX_ZOOM = 0.12
"""Smallest zoom at which a box is brought into view."""

MAX_MANUAL_ZOOM, MIN_MANUAL_ZOOM = 6.0, 0.02
"""Limits of zoom for the wheel and the keys, at scale 1."""

FIT_MARGIN_PX = 24
"""Free width and height of the view when the user fits the graph into it."""

EDGE_MARGIN_PX = 8
"""Distance from the edges of the view within which a box counts as in view."""

HEAD_WIDTH_PX = 160.0
"""Width of the strip with the name of an open group that is to be in view."""

MAX_TRANSITION_MS, MIN_TRANSITION_MS = 140, 80
"""Duration in which boxes move to their new places; shorter movements could not be followed."""

RESPONSE_MS = 190
"""Time from the request to open a group to the end of the transition, if layout and values leave enough of it."""


class NetworkCamera(QObject):
    """Moves a canvas: to the whole graph if its text is readable then, else to the box of interest.

    The box of interest is the one that `show_box` brought into view last; without one it is the first box. After the
    user has zoomed or panned (is_automatic is False), the camera stays where it is until `fit`.

    moved: the viewpoint was set.
    """

    moved = Signal()

    def __init__(self, canvas: GraphCanvas, graph: DisplayedGraph) -> None:
        super().__init__(canvas)
        self._graph = graph
        self.is_automatic = True
        self.scale = 1.0
        self._box: str | None = None
        self._box_after_layout: str | None = None
        self._start_zoom = 1.0
        self._target = Viewpoint(1.0, 0.0, 0.0)

    @property
    def _canvas(self) -> GraphCanvas:
        return parent_of(self, GraphCanvas)

    @property
    def zoom(self) -> float:
        """The present zoom."""
        return self._canvas.transform().m11()

    @property
    def focus(self) -> QPointF | None:
        """The centre of the box of interest in the scene, None for none."""
        layout = self._graph.layout
        centre = layout.centres.get(self._box) if layout is not None and self._box is not None else None
        return QPointF(*centre) if centre is not None else None

    def fitting_zoom(self, size: tuple[float, float]) -> float:
        """Return the zoom, at scale 1, with which a graph of a size fits into the view."""
        return fitting_viewpoint(size, self._canvas.viewport().rect(), self.scale).zoom / self.scale

    def reset(self) -> None:
        """Decide automatically again: another network is shown."""
        self.is_automatic, self._box = True, None

    def hold(self) -> None:
        """Stay where the user moves the view."""
        self.is_automatic = False

    def can_zoom_by(self, factor: float) -> bool:
        """Return whether the zoom stays within its limits, or at least returns towards 1."""
        zoom = self.zoom * factor
        return MIN_MANUAL_ZOOM <= zoom <= MAX_MANUAL_ZOOM * self.scale or (factor > 1) == (zoom < 1)

    def set_scale(self, scale: float) -> None:
        """Set the scale of the interface."""
        self.scale = scale
        self.update()

    def fit(self) -> None:
        """Show the whole graph however small it becomes, and decide automatically again."""
        self.is_automatic = True
        if self._graph.layout is not None:
            self._move_to(self._whole_graph(self._graph.layout.size))

    def update(self) -> None:
        """Follow a change of scale, or of the size of the view."""
        if self._graph.layout is not None and self.is_automatic:
            self._move_to(self._viewpoint(None))

    def begin_transition(self, toggled_group: str | None) -> None:
        """Begin the transition to a new graph.

        toggled_group: the group that the user has opened or closed, which stays in view; None to keep the present
        centre, or the box of interest in view.
        """
        self._start_zoom = self.zoom
        self._target = self._viewpoint(toggled_group)

    def set_progress(self, progress: float) -> None:
        """Show the transition at a progress from 0 to 1."""
        self._show(interpolated_viewpoint(self._start_zoom, self._target, progress))

    def show_box(self, name: str, *, is_layout_pending: bool) -> None:
        """Move the view so that a box is in it, if it is not.

        is_layout_pending: whether another graph is coming; `show_box_after_layout` then shows the box in that one, too.
        """
        self._box = name
        self._box_after_layout = name if is_layout_pending else None
        layout, canvas = self._graph.layout, self._canvas
        if layout is None or name not in layout.centres:
            return
        view = canvas.viewport().rect()
        shown = canvas.mapFromScene(self._box_area(name, layout)).boundingRect()
        inner = view.adjusted(EDGE_MARGIN_PX, EDGE_MARGIN_PX, -EDGE_MARGIN_PX, -EDGE_MARGIN_PX)
        zoom = max(self.zoom, MIN_BOX_ZOOM if self.is_automatic else READABLE_ZOOM * self.scale)
        if zoom > self.zoom or not _is_in_view(shown, inner):
            self._move_to(following_viewpoint(layout.size, view, zoom, self._focus_on(name, layout, zoom)))

    def zoom_by_key(self, factor: float) -> None:
        """Zoom so that the box of interest stays where it is, if it is in view; else at the middle of the view."""
        canvas, view = self._canvas, self._canvas.viewport().rect()
        focus, centre = self.focus, canvas.mapToScene(view.center())
        at = focus if focus is not None and view.contains(canvas.mapFromScene(focus)) else centre
        self._move_to(
            Viewpoint(
                self.zoom * factor, at.x() + (centre.x() - at.x()) / factor, at.y() + (centre.y() - at.y()) / factor
            )
        )
        if at is focus and self._box is not None:
            self.show_box(self._box, is_layout_pending=False)

    def _box_area(self, name: str, layout: GraphLayout) -> QRectF:
        """Return the rectangle of a box in the scene; of an open group the strip with its name."""
        (x, y), (width, height) = layout.centres[name], layout.sizes[name]
        if self._graph.visible is not None and name in self._graph.visible.open:
            return QRectF(x - width / 2, y - height / 2, min(width, HEAD_WIDTH_PX), FRAME_TOP_PX)
        return QRectF(x - width / 2, y - height / 2, width, height)

    def _focus_on(self, name: str, layout: GraphLayout, zoom: float) -> tuple[float, float]:
        """Return the point to look at for a box: its centre; of one that is larger than the view, its beginning."""
        (x, y), (width, height) = layout.centres[name], layout.sizes[name]
        view = self._canvas.viewport().rect()
        half_width = (view.width() / 2 - EDGE_MARGIN_PX) / zoom
        half_height = (view.height() / 2 - EDGE_MARGIN_PX) / zoom
        return min(x, x - width / 2 + half_width), min(y, y - height / 2 + half_height)

    def show_box_after_layout(self) -> None:
        """Show the box that was to be shown while the layout was pending."""
        if self._box_after_layout is not None:
            self.show_box(self._box_after_layout, is_layout_pending=False)

    def _move_to(self, viewpoint: Viewpoint) -> None:
        self._start_zoom, self._target = viewpoint.zoom, viewpoint
        self._show(viewpoint)

    def _show(self, viewpoint: Viewpoint) -> None:
        self._canvas.show_viewpoint(viewpoint)
        self.moved.emit()

    def _viewpoint(self, toggled_group: str | None) -> Viewpoint:
        """Return where to look after a change."""
        layout, canvas = self._graph.layout, self._canvas
        assert layout is not None
        view = canvas.viewport().rect()
        if toggled_group not in layout.centres:
            toggled_group = None
        if self.is_automatic:
            fitting = fitting_viewpoint(layout.size, view, self.scale)
            if fitting.zoom >= READABLE_ZOOM * self.scale:
                return fitting
            zoom = FOLLOW_ZOOM * self.scale
            box = toggled_group or (self._box if self._box in layout.centres else None)
            focus = self._first_box() if box is None else self._focus_on(box, layout, zoom)
            return following_viewpoint(layout.size, view, zoom, focus)
        if toggled_group is not None:
            return Viewpoint(self.zoom, *layout.centres[toggled_group])
        centre = canvas.mapToScene(view.center())
        return Viewpoint(self.zoom, centre.x(), centre.y())

    def _whole_graph(self, size: tuple[float, float]) -> Viewpoint:
        (width, height), view = size, self._canvas.viewport().rect()
        zoom = min(
            fitting_viewpoint(size, view, self.scale).zoom,
            (view.width() - FIT_MARGIN_PX) / max(width, 1),
            (view.height() - FIT_MARGIN_PX) / max(height, 1),
        )
        return Viewpoint(max(zoom, 1e-3), width / 2, height / 2)

    def _first_box(self) -> tuple[float, float]:
        """Return the centre of the first box; the corners of a large graph may be empty."""
        index = self._graph.index
        assert index is not None
        for node in index.nodes:
            if node.kind not in ("open", "entry", "exit"):
                return index.placed.layout.centres[node.id]
        return 0.0, 0.0


def _is_in_view(shown: QRect, inner: QRect) -> bool:
    """Return whether a box is in view; of one that is larger than the view, a part that fills it."""
    across = shown.left() >= inner.left() and shown.right() <= inner.right()
    down = shown.top() >= inner.top() and shown.bottom() <= inner.bottom()
    fills_across = shown.left() <= inner.left() and shown.right() >= inner.right()
    fills_down = shown.top() <= inner.top() and shown.bottom() >= inner.bottom()
    return (across or fills_across) and (down or fills_down)


class Transition(QObject):
    """The animation in which boxes and camera move to their new places.

    progressed: a progress from 0 to 1, fast at first.
    """

    progressed = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.valueChanged.connect(self._set_progress)

    @property
    def is_running(self) -> bool:
        """Whether boxes are moving."""
        return self._animation.state() == QVariantAnimation.State.Running

    @property
    def duration_ms(self) -> int:
        """The duration of the latest transition."""
        return self._animation.duration()

    def start(self, requested_at: float) -> None:
        """Start moving. The longer ago the request (`time.monotonic`), the shorter is the transition."""
        spent_ms = 1000 * (monotonic() - requested_at)
        self._animation.setDuration(round(min(max(RESPONSE_MS - spent_ms, MIN_TRANSITION_MS), MAX_TRANSITION_MS)))
        self._animation.start()

    def stop(self) -> None:
        """Stop where everything is now."""
        self._animation.stop()

    def _set_progress(self, fraction: Any) -> None:
        self.progressed.emit(1 - (1 - float(fraction)) ** 3)
