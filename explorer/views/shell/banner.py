"""Sentences that pass: in the status bar where they fit into its line, else in a banner over it."""

import re

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QMainWindow, QVBoxLayout

SHORTEST, PER_SIGN = 8000, 70
"""Milliseconds for which a sentence stands, and for each of its signs where that is longer."""

EDGE = 6
"""Pixels that a status bar leaves free before its sentence."""


class Banner(QFrame):
    """Follows what a window's status bar says, and says it whole where the bar cannot.

    The bar has one line, and none in present mode, where a class reads along.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._bar = window.statusBar()  # made first, so that it lies below
        super().__init__(window)
        self.setObjectName("sentenceBanner")
        self.setAccessibleName("What was just told")
        self.setToolTip("A click takes it away")
        self._said = QLabel(objectName="sentenceLabel")
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.addWidget(self._said)
        self.hide()
        self._bar.messageChanged.connect(self._follow)
        for watched in (self._bar, window, self):
            watched.installEventFilter(self)

    def tell(self, sentence: str, least: int = SHORTEST) -> None:
        """Say a sentence for as long as it takes to read it, and for so many milliseconds at least."""
        self._bar.showMessage(sentence, max(least, PER_SIGN * len(sentence)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take it away."""
        self._bar.clearMessage()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Find room again in a window of another size, with other letters, in present mode and after it."""
        kinds = QEvent.Type
        of_bar = watched is self._bar and event.type() in (kinds.Show, kinds.Hide, kinds.Resize)
        of_self = watched is self and event.type() == kinds.LayoutRequest
        if of_bar or of_self or (event.type() == kinds.Resize and watched is self.parent()):
            self._follow(self._bar.currentMessage())
        return False

    def _follow(self, sentence: str) -> None:
        self._said.setText(re.sub(r"([/\\._,])", "\\1\u200b", sentence))  # paths have no spaces
        self._said.setAccessibleName(sentence)
        shown = bool(sentence) and not self._fits(sentence)
        if shown:
            self._place()
        self.setVisible(shown)

    def _fits(self, sentence: str) -> bool:
        """Whether all of it can be read in the status bar, beside what always stands there."""
        if self._bar.isHidden():
            return False
        beside = [part.x() for part in self._bar.findChildren(QLabel) if part.isVisible() and part.text()]
        room = min(beside, default=self._bar.width()) - 2 * EDGE
        return self._bar.fontMetrics().horizontalAdvance(sentence) <= room

    def _place(self) -> None:
        window = self.parentWidget()
        self._said.ensurePolished()
        width = window.width()
        height = min(self.layout().totalHeightForWidth(width), window.height())
        self.setGeometry(0, window.height() - height, width, height)
