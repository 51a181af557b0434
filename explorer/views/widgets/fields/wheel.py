"""The wheel over a field scrolls the page around it, unless the field has the focus."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class _WheelFilter(QObject):
    """Leaves the wheel over a field without the focus to what is around it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignore the wheel, which Qt then offers to the parent."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def leave_wheel_to_page(field: QWidget) -> None:
    """Let the wheel change the value of a field only while it has the focus, which the wheel does not give it.

    Who scrolls a form would otherwise change whatever comes under the mouse.
    """
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.installEventFilter(_WheelFilter(field))
