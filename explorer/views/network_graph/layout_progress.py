"""A strip that reports a slow layout, with a button to cancel it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class LayoutProgressStrip(QFrame):
    """Hidden while there is nothing to report. cancelled: the user does not want the layout any more."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layoutStrip")
        self.setProperty("strip", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        self._label = QLabel()
        self._label.setObjectName("layoutLabel")
        row.addWidget(self._label, 1)
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName("cancelLayoutButton")
        self._cancel.setToolTip("Cancel the layout; the picture that is there stays (Esc)")
        self._cancel.setAccessibleName("Cancel the layout")
        self._cancel.clicked.connect(self.cancel)
        row.addWidget(self._cancel)
        self.hide()

    def showProgress(self, boxes: int) -> None:
        """Report that a graph of so many boxes is being laid out."""
        self._label.setText(f"Graphviz lays out {boxes:,} boxes …")
        self._cancel.show()
        self.show()

    def showMessage(self, message: str) -> None:
        """Report why there is no layout."""
        self._label.setText(message)
        self._cancel.hide()
        self.show()

    @property
    def can_cancel(self) -> bool:
        """Whether there is a layout to cancel."""
        return self.isVisible() and not self._cancel.isHidden()

    def cancel(self) -> None:
        """Hide, and report that the layout is not wanted any more."""
        self.hide()
        self.cancelled.emit()
