"""A strip that says that a large layout is under way, with a button to give it up."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class LayoutStrip(QFrame):
    """Hidden while there is nothing to say."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layoutStrip")
        self.setProperty("strip", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        self._text = QLabel(objectName="layoutLabel")
        row.addWidget(self._text, 1)
        self._cancel = QPushButton("Cancel", objectName="cancelLayoutButton")
        self._cancel.setToolTip("Give the layout up; the picture that is there stays")
        self._cancel.clicked.connect(self._give_up)
        row.addWidget(self._cancel)
        self.hide()

    def setCount(self, boxes: int) -> None:
        """Say how many boxes are laid out."""
        self._text.setText(f"Graphviz lays out {boxes:,} boxes …")
        self._cancel.show()
        self.show()

    def setSentence(self, sentence: str) -> None:
        """Say why there will be no layout."""
        self._text.setText(sentence)
        self._cancel.hide()
        self.show()

    def _give_up(self) -> None:
        self.hide()
        self.cancelled.emit()
