"""Dialogs with fields, in which Return accepts the text of a field without pressing a button."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPushButton

ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FormDialog(QDialog):
    """A dialog without default button: Return presses the focused button only. Qt would press the first one."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass Return to a dialog only from a button."""
        if event.key() not in ENTER_KEYS or isinstance(self.focusWidget(), QPushButton):
            super().keyPressEvent(event)
