"""Decides which part of an expression's graph the view shows."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRectF

from explorer.views.graph.canvas import GraphCanvas
from explorer.views.graph.viewpoint import (
    FIT_MARGIN_PX,
    MIN_ZOOM,
    Viewpoint,
    fitting_viewpoint,
    following_viewpoint,
    interpolated_viewpoint,
)
from explorer.views.widgets.parents import parent_of

READABLE_ZOOM = 0.56
"""Zoom at scale 1 below which a graph is too small to read: the view then shows a part and follows the steps."""

FOLLOW_ZOOM = 0.9
"""Zoom at scale 1 of a view that follows the steps: every text can be read."""

FOLLOW_MARGIN = 0.2
"""Share of the view at each edge in which the current step may not be; then the view moves."""

CLOSE_UP_ZOOM = 2.6
"""Zoom at scale 1 at which one op and its neighbours fill the view."""

MAX_MANUAL_ZOOM = 6
"""Largest zoom at scale 1 that the user can reach."""


class Camera(QObject):
    """Moves a canvas: to the whole graph if its text is readable then, else to the current step, or where the user is.

    is_automatic: the user has not zoomed or panned, so the camera decides. focus: centre of the current step's box in
    the scene, None for none.
    """

    def __init__(self, canvas: GraphCanvas) -> None:
        super().__init__(canvas)
        self.is_automatic = True
        self.focus: tuple[float, float] | None = None
        self._shows_all = False
        self._scale = 1.0
        self._size: tuple[float, float] | None = None
        self._origin = (0.0, 0.0)
        self._has_steps = False
        self._readable_zoom = READABLE_ZOOM
        self._start_zoom = 1.0
        self._target = Viewpoint(1.0, 0.0, 0.0)

    @property
    def _canvas(self) -> GraphCanvas:
        return parent_of(self, GraphCanvas)

    @property
    def _zoom(self) -> float:
        return self._canvas.transform().m11()

    def reset(self) -> None:
        """Decide automatically again: a zoom into one graph means nothing in another."""
        self.is_automatic, self._shows_all = True, False

    def set_scale(self, scale: float) -> None:
        """Set the scale of the interface."""
        self._scale = scale
        self.update()

    def begin_transition(
        self, size: tuple[float, float], has_steps: bool, readable_zoom: float = READABLE_ZOOM
    ) -> None:
        """Begin the transition to a graph of ``size``; one without steps is always shown completely.

        readable_zoom: zoom at scale 1 below which the graph is too small to read.
        """
        self._size, self._has_steps, self._readable_zoom = size, has_steps, readable_zoom
        self._origin = (0.0, 0.0)
        self._start_zoom = self._zoom
        if self.is_automatic:
            self._target = self._automatic_viewpoint(size)

    @property
    def area(self) -> QRectF:
        """The area of the scene that holds the whole graph; empty before the first."""
        return QRectF(*self._origin, *(self._size or (0.0, 0.0)))

    def set_area(self, area: QRectF) -> None:
        """Set the area of the scene that holds the whole graph, after a box was moved; the view stays as it is."""
        self._size, self._origin = (area.width(), area.height()), (area.left(), area.top())

    def set_progress(self, progress: float) -> None:
        """Show the transition at a progress from 0 to 1."""
        if self.is_automatic:
            self._canvas.show_viewpoint(interpolated_viewpoint(self._start_zoom, self._target, progress))

    def fit(self) -> None:
        """Show the whole graph, and each one after it, until the user zooms."""
        self.is_automatic, self._shows_all = True, True
        self.update()

    def unzoom(self) -> None:
        """Return to where the camera was before the user zoomed."""
        self.is_automatic = True
        self.update()

    def update(self) -> None:
        """Follow a change of focus, scale or size of the view."""
        if self._size is not None and self.is_automatic:
            self._target = self._automatic_viewpoint(self._size)
            self._canvas.show_viewpoint(self._target)

    def follow_step(self) -> None:
        """Follow a change of step: the view moves only if the step is not well within it."""
        if self._size is None or not self.is_automatic:
            return
        view = self._canvas.viewport().rect()
        across, down = round(FOLLOW_MARGIN * view.width()), round(FOLLOW_MARGIN * view.height())
        inner = view.adjusted(across, down, -across, -down)
        if self.focus is None or not inner.contains(self._canvas.mapFromScene(*self.focus)):
            self.update()

    def hold(self) -> None:
        """Stay where the user moves the view."""
        self.is_automatic = False

    def zoom_to(self, centre: tuple[float, float], area: QRectF) -> None:
        """Show ``centre`` close up but with ``area`` in view, and at no smaller zoom than now."""
        self.hold()
        view = self._canvas.viewport().rect()
        half_width = max(centre[0] - area.left(), area.right() - centre[0], 1)
        half_height = max(centre[1] - area.top(), area.bottom() - centre[1], 1)
        fitting = min(
            (view.width() / 2 - FIT_MARGIN_PX) / half_width, (view.height() / 2 - FIT_MARGIN_PX) / half_height
        )
        zoom = max(min(CLOSE_UP_ZOOM * self._scale, fitting), self._zoom)
        self._canvas.show_viewpoint(Viewpoint(zoom, *centre))

    def can_zoom_by(self, factor: float) -> bool:
        """Whether the zoom stays within its limits."""
        zoom = self._zoom * factor
        return zoom <= MAX_MANUAL_ZOOM * self._scale and (factor > 1 or zoom >= self._smallest_zoom())

    def keep_in_view(self, boxes: Sequence[QRectF]) -> None:
        """After a manual zoom: centre the first box at the same zoom, unless one of the boxes is in view."""
        if self.is_automatic:
            return
        canvas = self._canvas
        visible = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
        if boxes and not any(visible.contains(box) for box in boxes):
            centre = boxes[0].center()
            canvas.show_viewpoint(Viewpoint(self._zoom, centre.x(), centre.y()))

    def show_point(self, point: QPointF) -> None:
        """Show a point of the scene at the same zoom."""
        if self._size is not None:
            view = self._canvas.viewport().rect()
            focus = self._from_origin((point.x(), point.y()))
            self._canvas.show_viewpoint(self._in_scene(following_viewpoint(self._size, view, self._zoom, focus)))

    def _smallest_zoom(self) -> float:
        """Return the zoom below which a graph is only a dot: all of it is in view, and small."""
        if self._size is None:
            return MIN_ZOOM
        return min(MIN_ZOOM, fitting_viewpoint(self._size, self._canvas.viewport().rect(), self._scale).zoom)

    def _automatic_viewpoint(self, size: tuple[float, float]) -> Viewpoint:
        view = self._canvas.viewport().rect()
        fitting = fitting_viewpoint(size, view, self._scale)
        if self._shows_all or not self._has_steps or fitting.zoom >= self._readable_zoom * self._scale:
            return self._in_scene(fitting)
        focus = self._from_origin(self.focus) if self.focus is not None else (size[0] / 2, 0.0)
        return self._in_scene(following_viewpoint(size, view, FOLLOW_ZOOM * self._scale, focus))

    def _from_origin(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return a point of the scene relative to the upper left corner of the graph."""
        return point[0] - self._origin[0], point[1] - self._origin[1]

    def _in_scene(self, viewpoint: Viewpoint) -> Viewpoint:
        """Return a viewpoint relative to the upper left corner of the graph as one of the scene."""
        return Viewpoint(viewpoint.zoom, viewpoint.x + self._origin[0], viewpoint.y + self._origin[1])
