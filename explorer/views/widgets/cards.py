"""The cards of which the tabs consist."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

MIN_CARD_HEIGHT_PX = 220
"""Minimum height of a line of cards at scale 1, once cards stand below each other."""

MIN_WIDTH_SHARE = 0.7
"""Share of its scaled width that a side card keeps in a narrow window; below it, cards wrap to the next line."""


def card_width(width: float, scale: float, max_width: float) -> int:
    """Return the preferred width of a side card in pixels: ``width`` at scale 1, scaled up to ``max_width``."""
    return round(max(min(width * scale, max_width), MIN_WIDTH_SHARE * width * scale, width))


def make_card() -> tuple[QFrame, QVBoxLayout]:
    """Return an empty card and its column."""
    card = QFrame()
    card.setProperty("card", True)
    column = QVBoxLayout(card)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(8)
    return card, column


class TwoColumnCard(QFrame):
    """A card with two columns: side by side where the card is wide, otherwise one below the other."""

    MIN_WIDE_PX = 560
    """Width at scale 1 from which the columns stand side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._scale = 1.0
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._columns.setContentsMargins(14, 10, 14, 10)
        self.first, self.second = QVBoxLayout(), QVBoxLayout()
        for column, stretch in ((self.first, 0), (self.second, 1)):
            column.setSpacing(5)
            self._columns.addLayout(column, stretch)
        self._update_direction()

    def setScale(self, scale: float) -> None:
        """Scale the width from which the columns stand side by side."""
        self._scale = scale
        self._update_direction()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the columns for the new width."""
        super().resizeEvent(event)
        self._update_direction()

    def _update_direction(self) -> None:
        is_wide = self.width() >= self.MIN_WIDE_PX * self._scale
        directions = QBoxLayout.Direction
        self._columns.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)
        self._columns.setStretch(0, 1 if is_wide else 0)
        self._columns.setSpacing(24 if is_wide else 5)
