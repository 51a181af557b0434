"""A strip that says that a large layout is under way, with a button to give it up."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class LayoutProgressStrip(QFrame):
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
        self._cancel.setToolTip("Give the layout up; the picture that is there stays (Esc)")
        self._cancel.setAccessibleName("Give the layout up")
        self._cancel.clicked.connect(self.give_up)
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

    @property
    def offers(self) -> bool:
        """Whether there is something to give up."""
        return self.isVisible() and not self._cancel.isHidden()

    def give_up(self) -> None:
        """Hide, and say that the layout is not wanted any more."""
        self.hide()
        self.cancelled.emit()
