"""The field in which the user types what to find in the graph."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent

from explorer.views.widgets.fields.hint_line_edit import HintLineEdit


class FindField(HintLineEdit):
    """requested: find the next match (1) or the previous one (-1). left: the user has pressed Escape."""

    requested = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__("find")
        self.setObjectName("findEdit")
        self.setToolTip(
            "Find an op by symbol, name, type, tensor or formula, or nan (Ctrl+F). "
            "Return goes to the next, Shift+Return to the previous one, Esc leaves the field"
        )
        self.setAccessibleName("Find an op")

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window while this field has the focus."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Find with Return and Shift+Return, leave with Escape."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.requested.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            case Qt.Key.Key_Escape:
                self.clear()
                self.left.emit()
            case _:
                super().keyPressEvent(event)
