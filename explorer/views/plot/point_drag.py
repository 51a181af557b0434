"""Drags of the point in a plot, from press to release, whatever else the mouse does meanwhile."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

FREE_KEYS = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
"""Keys that switch snapping off; some window managers keep Alt for themselves."""


class PointDrag(QObject):
    """Watches the widget in which a point is drawn. While the point is dragged, the widget gets no mouse event.

    locate: returns the point's place in the widget, None if it is not visible. radius: returns the distance in pixels
    within which it is grabbed. moved: x in the widget at which the point should be, and whether it must not snap.
    doubleClicked: on the point.
    """

    began = Signal()
    moved = Signal(float, bool)
    ended = Signal()
    doubleClicked = Signal()

    def __init__(self, widget: QWidget, locate: Callable[[], QPointF | None], radius: Callable[[], float]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._locate, self._radius = locate, radius
        self._offset: float | None = None  # from the mouse to the point, while it is dragged
        self._ignores_release = False
        widget.installEventFilter(self)

    @property
    def is_active(self) -> bool:
        """Whether the point is being dragged."""
        return self._offset is not None

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Handle the events of a drag; False leaves an event to the widget."""
        if isinstance(event, QMouseEvent):
            return self._handle_mouse(event)
        if event.type() in (QEvent.Type.Hide, QEvent.Type.WindowDeactivate):
            self._end()
        return event.type() == QEvent.Type.Wheel and self.is_active

    def _handle_mouse(self, event: QMouseEvent) -> bool:
        kinds, is_left = QEvent.Type, event.button() == Qt.MouseButton.LeftButton
        if event.type() == kinds.MouseMove:
            return self._move(event)
        if event.type() == kinds.MouseButtonPress and is_left and not self.is_active:
            return self._press(event)
        if event.type() == kinds.MouseButtonDblClick and is_left and self._distance(event) is not None:
            self._ignores_release = True
            self.doubleClicked.emit()
            return True
        if event.type() == kinds.MouseButtonRelease and is_left and (self.is_active or self._ignores_release):
            self._ignores_release = False
            self._end()
            return True
        return self.is_active

    def _press(self, event: QMouseEvent) -> bool:
        self._offset = self._distance(event)
        if self._offset is None:
            return False
        self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.began.emit()
        return True

    def _move(self, event: QMouseEvent) -> bool:
        if self._offset is not None and not event.buttons() & Qt.MouseButton.LeftButton:
            self._end()  # the release went elsewhere
        if self._offset is None:
            is_near = not event.buttons() and self._distance(event) is not None
            self._widget.setCursor(Qt.CursorShape.OpenHandCursor if is_near else Qt.CursorShape.ArrowCursor)
            return False
        self.moved.emit(event.position().x() + self._offset, bool(event.modifiers() & FREE_KEYS))
        return True

    def _end(self) -> None:
        if self._offset is not None:
            self._offset = None
            self._widget.setCursor(Qt.CursorShape.ArrowCursor)
            self.ended.emit()

    def _distance(self, event: QMouseEvent) -> float | None:
        """Return how far right of the mouse the point is, None if it is too far away to be grabbed."""
        point = self._locate()
        if point is None:
            return None
        away = point - event.position()
        return away.x() if QPointF.dotProduct(away, away) <= self._radius() ** 2 else None
