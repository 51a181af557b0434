"""Dialogs in which fields are filled in: Return takes what was typed, and presses nothing else."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPushButton

ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FormDialog(QDialog):
    """Return presses the button that has the focus, and no other: Qt would press the first one from any field."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Return to whatever has the focus."""
        if event.key() not in ENTER_KEYS or isinstance(self.focusWidget(), QPushButton):
            super().keyPressEvent(event)
