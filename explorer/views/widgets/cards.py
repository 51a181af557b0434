"""The cards that the tabs are made of."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget


def make_card(spacing: int = 8) -> tuple[QFrame, QVBoxLayout]:
    """Return an empty card and the column of what will be in it."""
    card = QFrame()
    card.setProperty("card", True)
    column = QVBoxLayout(card)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(spacing)
    return card, column


class TwoColumns(QFrame):
    """A card of two columns, upper and lower: side by side where the card is wide, so that both are in sight."""

    WIDE = 560
    """Pixels at scale 1 from which it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._scale = 1.0
        self._both = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._both.setContentsMargins(14, 10, 14, 10)
        self.upper, self.lower = QVBoxLayout(), QVBoxLayout()
        for column, stretch in ((self.upper, 0), (self.lower, 1)):
            column.setSpacing(5)
            self._both.addLayout(column, stretch)
        self._turn()

    def setScale(self, scale: float) -> None:
        """Scale the width from which it is wide."""
        self._scale = scale
        self._turn()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the columns where there is room."""
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        is_wide = self.width() >= self.WIDE * self._scale
        directions = QBoxLayout.Direction
        self._both.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)
        self._both.setStretch(0, 1 if is_wide else 0)
        self._both.setSpacing(24 if is_wide else 5)
