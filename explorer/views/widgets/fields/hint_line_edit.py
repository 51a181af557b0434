"""A line edit whose placeholder text is never cut off."""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QWidget

from explorer.views.widgets.text_fitting import fit_text_after

TEXT_PADDING_PX = 4
"""Horizontal space that QLineEdit leaves beside its text in any style."""


def available_width(field: QLineEdit) -> int:
    """Return the width in pixels that a text of the field may have."""
    option = QStyleOptionFrame()
    field.initStyleOption(option)
    contents = field.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, field)
    margins = field.textMargins()
    return contents.width() - margins.left() - margins.right() - TEXT_PADDING_PX


class HintLineEdit(QLineEdit):
    """While it is empty, shows the longest of several hints for which there is room."""

    def __init__(self, *hints: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hints = hints or ("",)
        self.setPlaceholderText(self._hints[0])

    def setHints(self, *hints: str) -> None:
        """Set the hints, the longest first; the field never gets narrower than the last one."""
        self._hints = hints
        self.updateGeometry()
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Return the size of the shortest hint."""
        minimum, metrics = super().minimumSizeHint(), self.fontMetrics()
        padding = minimum.width() - metrics.maxWidth()
        return minimum.expandedTo(QSize(metrics.horizontalAdvance(self._hints[-1]) + padding + TEXT_PADDING_PX, 0))

    def event(self, event: QEvent) -> bool:
        """Choose the hint again for another width or font."""
        handled = super().event(event)
        fit_text_after(event, self, self._fit)
        return handled

    def _fit(self) -> None:
        available, metrics = available_width(self), self.fontMetrics()
        fitting = (hint for hint in self._hints if metrics.horizontalAdvance(hint) <= available)
        hint = next(fitting, self._hints[-1])
        if hint != self.placeholderText():
            self.setPlaceholderText(hint)
