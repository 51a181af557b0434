"""A field whose hint can be read whole while it is empty."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QWidget

from explorer.views.widgets.responsive_layout import FittingMixin

AROUND = 4
"""Pixels that a line edit leaves beside its text, whatever its style."""


class HintLineEdit(FittingMixin, QLineEdit):
    """A line to type in that says, while it is empty, the longest of several hints for which there is room."""

    def __init__(self, *hints: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hints = hints or ("",)
        self.setPlaceholderText(self._hints[0])

    def setHints(self, *hints: str) -> None:
        """Say one of these, the longest first; it is never narrower than the last."""
        self._hints = hints
        self.updateGeometry()
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Return the room for the shortest hint."""
        least, letters = super().minimumSizeHint(), self.fontMetrics()
        around = least.width() - letters.maxWidth()
        return least.expandedTo(QSize(letters.horizontalAdvance(self._hints[-1]) + around + AROUND, 0))

    def _fit(self) -> None:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        field = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self)
        margins, letters = self.textMargins(), self.fontMetrics()
        room = field.width() - margins.left() - margins.right() - AROUND
        hint = next((hint for hint in self._hints if letters.horizontalAdvance(hint) <= room), self._hints[-1])
        if hint != self.placeholderText():
            self.setPlaceholderText(hint)
