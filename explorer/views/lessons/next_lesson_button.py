"""The button at the end of a lesson, which names the next one."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

WORDS = "Next lesson:"

MIN_ROOM_PX = 120
"""Width for the title at least, as long as the button has no width of its own."""


class NextLessonButton(QPushButton):
    """Shows words and title in one line; a title that is too long for that stands below, as much of it as fits."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nextLessonButton")
        self.setProperty("role", "go")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # no wider than the text
        self.setToolTip("Open the next lesson")
        self.setAccessibleName("Next lesson")
        self._title = ""

    def setTitle(self, title: str) -> None:
        """Name a lesson."""
        self._title = title
        self.setToolTip(f"{WORDS} {title}")
        self.setAccessibleName(f"{WORDS} {title}")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the title to the new width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the title to a new font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        text, metrics = f"{WORDS} {self._title}", self.fontMetrics()
        room = max(self.width() - 2 * metrics.height(), MIN_ROOM_PX)
        if metrics.horizontalAdvance(text) > room:
            text = f"{WORDS}\n{metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room)}"
        self.setText(text.replace("&", "&&"))
