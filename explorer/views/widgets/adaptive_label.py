"""A label that shows the longest of several texts for which there is room."""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QLabel, QWidget

from explorer.views.widgets.text_fitting import fit_text_after


class AdaptiveLabel(QLabel):
    """Shows the longest alternative that fits; its tooltip is the longest of all."""

    def __init__(self, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._alternatives: tuple[str, ...] = ("",)
        self._is_blank = False

    def setBlank(self, blank: bool) -> None:
        """Show no text at all. A status bar shows its widgets again by itself, so hiding would not last."""
        self._is_blank = blank
        self._fit()

    def setAlternatives(self, *texts: str) -> None:
        """Set the texts to choose from, the longest first."""
        if texts != self._alternatives:
            self._alternatives = texts
            self.setToolTip(texts[0])
            self.setAccessibleName(texts[0])
            self.updateGeometry()
            self._fit()

    def event(self, event: QEvent) -> bool:
        """Choose the text again for another width or font."""
        handled = super().event(event)
        fit_text_after(event, self, self._fit)
        return handled

    def _needed_width(self, text: str) -> int:
        padding = super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        return self.fontMetrics().horizontalAdvance(text) + padding

    def _fit(self) -> None:
        fitting = (text for text in self._alternatives if self._needed_width(text) <= self.width())
        text = "" if self._is_blank else next(fitting, self._alternatives[-1])
        if text != self.text():
            self.setText(text)

    def sizeHint(self) -> QSize:
        """Return the size of the longest text."""
        # One pixel more, since rounding differs with the displayed text: the longest text must fit into its own size.
        return QSize(self._needed_width(self._alternatives[0]) + 1, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the size of the shortest text."""
        return QSize(self._needed_width(self._alternatives[-1]), super().minimumSizeHint().height())
