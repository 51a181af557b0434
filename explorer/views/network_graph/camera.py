"""Which part of a network's graph is in view, and the transition from one graph to the next."""

from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QPointF, QVariantAnimation, Signal

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

EDGE_MARGIN_X_PX, EDGE_MARGIN_Y_PX = 60, 50
"""Distance from the edges of the view at which the centre of a box counts as in view."""

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

    def begin_transition(self, fixed_group: str | None) -> None:
        """Begin the transition to a new graph.

        fixed_group: after a manual zoom, the group whose centre moves to the middle of the view; None to keep the
        present centre.
        """
        self._start_zoom = self.zoom
        self._target = self._viewpoint(fixed_group)

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
        x, y = layout.centres[name]
        view = canvas.viewport().rect()
        inner = view.adjusted(EDGE_MARGIN_X_PX, EDGE_MARGIN_Y_PX, -EDGE_MARGIN_X_PX, -EDGE_MARGIN_Y_PX)
        if not inner.contains(canvas.mapFromScene(QPointF(x, y))):
            zoom = max(self.zoom, MIN_BOX_ZOOM if self.is_automatic else READABLE_ZOOM * self.scale)
            self._move_to(following_viewpoint(layout.size, view, zoom, (x, y)))

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

    def _viewpoint(self, fixed_group: str | None) -> Viewpoint:
        """Return where to look after a change."""
        layout, canvas = self._graph.layout, self._canvas
        assert layout is not None
        view = canvas.viewport().rect()
        if self.is_automatic:
            fitting = fitting_viewpoint(layout.size, view, self.scale)
            if fitting.zoom >= READABLE_ZOOM * self.scale:
                return fitting
            focus = layout.centres.get(self._box) if self._box is not None else None
            return following_viewpoint(layout.size, view, FOLLOW_ZOOM * self.scale, focus or self._first_box())
        if fixed_group is not None and fixed_group in layout.centres:
            return Viewpoint(self.zoom, *layout.centres[fixed_group])
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
