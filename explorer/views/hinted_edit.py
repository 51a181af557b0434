"""A field whose hint can be read whole while it is empty."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit


class HintedEdit(QLineEdit):
    """A line to type in that is never narrower than its placeholder."""

    def minimumSizeHint(self) -> QSize:
        """Return the room for the placeholder."""
        least, letters = super().minimumSizeHint(), self.fontMetrics()
        around = least.width() - letters.maxWidth()
        return least.expandedTo(QSize(letters.horizontalAdvance(self.placeholderText()) + around + 4, 0))
