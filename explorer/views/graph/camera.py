"""Where the graph is looked at: zoom, and the point in the middle of the view."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRect, QRectF
from PySide6.QtGui import QTransform

from explorer.views.graph.canvas import SceneView

LARGEST, SMALLEST = 1.35, 0.12
"""Zoom of a graph that is fitted, at scale 1; the smallest holds for the wheel too."""

READABLE = 0.56
"""Zoom at scale 1 below which texts cannot be read: then the view shows a part, and goes along with the steps."""

FOLLOWING = 0.7
"""Zoom at scale 1 of a view that shows a part."""

CLOSE = 2.6
"""Zoom at scale 1 at which one op and its neighbours fill the view."""

LARGEST_BY_HAND = 6
"""Zoom at scale 1 beyond which nobody can zoom."""

MARGIN = 18
"""Pixels that are free around a graph that is fitted."""


def fitting(size: tuple[float, float], view: QRect, scale: float) -> QTransform:
    """Return the look that shows all of a graph of ``size``: its scale, and in its translation the middle."""
    width, height = size
    zoom = min((view.width() - 2 * MARGIN) / max(width, 1), (view.height() - 2 * MARGIN) / max(height + 12, 1))
    zoom = max(min(zoom, LARGEST * scale), SMALLEST)
    return QTransform(zoom, 0, 0, zoom, width / 2, height / 2)


def following(size: tuple[float, float], view: QRect, zoom: float, focus: tuple[float, float]) -> QTransform:
    """Return a look at ``zoom`` with ``focus`` in the middle but nothing shown beyond the graph."""
    place = []
    for position, length, room in zip(focus, size, (view.width(), view.height()), strict=True):
        half = (room / 2 - MARGIN) / zoom
        place.append(length / 2 if length <= 2 * half else min(max(position, half), length - half))
    return QTransform(zoom, 0, 0, zoom, *place)


def between(a: QTransform, b: QTransform, t: float) -> QTransform:
    """Mix the zooms of two looks; ``a`` may be a plain view transform, whose translation says nothing."""
    zoom = a.m11() + (b.m11() - a.m11()) * t
    return QTransform(zoom, 0, 0, zoom, b.dx(), b.dy())


class Camera(QObject):
    """Looks at all of a graph where that can be read, else at the op of the step; or where somebody zoomed to.

    is_fitted: nobody has zoomed, so it follows by itself. focus: the middle of the step's op, None for none.
    """

    def __init__(self, view: SceneView) -> None:
        super().__init__(view)
        self.is_fitted = True
        self.focus: tuple[float, float] | None = None
        self._whole = False
        self._scale = 1.0
        self._size: tuple[float, float] | None = None
        self._has_steps = False
        self._from = QTransform()
        self._to = QTransform()

    @property
    def _view(self) -> SceneView:
        # No attribute: in a cycle of Python's references a view would be deleted by any thread that collects garbage.
        return self.parent()

    def begin(self) -> None:
        """Follow by itself again: a zoom into the graph before would look past the next one."""
        self.is_fitted, self._whole = True, False

    def set_scale(self, scale: float) -> None:
        """Scale the graph with everything else."""
        self._scale = scale
        self.refit()

    def take(self, size: tuple[float, float], has_steps: bool) -> None:
        """Begin a move to a graph of another size; one without steps is always shown whole."""
        self._size, self._has_steps = size, has_steps
        self._from = self._view.transform()
        if self.is_fitted:
            self._to = self._fitting(size)

    def move(self, t: float) -> None:
        """Go to share ``t`` of the way; 1 is there."""
        if self.is_fitted:
            self._view.look_at(between(self._from, self._to, t))

    def fit(self) -> None:
        """Show the whole graph, and every one to come, until somebody zooms."""
        self.is_fitted, self._whole = True, True
        self.refit()

    def unzoom(self) -> None:
        """Look as before somebody zoomed."""
        self.is_fitted = True
        self.refit()

    def refit(self) -> None:
        """Follow to where the step is, or the view has another size."""
        if self._size is not None and self.is_fitted:
            self._to = self._fitting(self._size)
            self._view.look_at(self._to)

    def stay(self) -> None:
        """Do not follow: the user says where to look."""
        self.is_fitted = False

    def zoom_to(self, middle: tuple[float, float], around: QRectF) -> None:
        """Look closely at a point, but not so closely that ``around`` would be cut off, and never from farther away."""
        self.stay()
        view = self._view.viewport().rect()
        reach = (
            max(middle[0] - around.left(), around.right() - middle[0], 1),
            max(middle[1] - around.top(), around.bottom() - middle[1], 1),
        )
        fits = min((view.width() / 2 - MARGIN) / reach[0], (view.height() / 2 - MARGIN) / reach[1])
        zoom = max(min(CLOSE * self._scale, fits), self._view.transform().m11())
        self._view.look_at(QTransform(zoom, 0, 0, zoom, *middle))

    def can_zoom_by(self, factor: float) -> bool:
        """Whether everything would be neither too small nor too large."""
        return SMALLEST <= self._view.transform().m11() * factor <= LARGEST_BY_HAND * self._scale

    def keep_in_view(self, boxes: Sequence[QRectF]) -> None:
        """Where somebody zoomed, go on to the first of these at the same zoom, unless one of them is in view."""
        if self.is_fitted:
            return
        view = self._view
        seen = view.mapToScene(view.viewport().rect()).boundingRect()
        if boxes and not any(seen.contains(box) for box in boxes):
            zoom, middle = view.transform().m11(), boxes[0].center()
            view.look_at(QTransform(zoom, 0, 0, zoom, middle.x(), middle.y()))

    def _fitting(self, size: tuple[float, float]) -> QTransform:
        view = self._view.viewport().rect()
        look = fitting(size, view, self._scale)
        if self._whole or not self._has_steps or look.m11() >= READABLE * self._scale:
            return look
        return following(size, view, FOLLOWING * self._scale, self.focus or (size[0] / 2, 0.0))
