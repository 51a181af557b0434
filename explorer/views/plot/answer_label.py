"""An answer over the lower edge of a plot."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.edge_overlay import EdgeOverlay

MAX_SHARE = 0.3
"""Share of the plot's height that an answer covers, unless two lines need more."""

PADDING_PX = 18
"""Space left and right of an answer at scale 1, with a pixel or two for rounding."""


class AnswerLabel(QLabel):
    """Shows as much of a text as leaves the curves in sight; its tooltip has all of it.

    The plot keeps its size: below its curves there are only the ticks.
    """

    def __init__(self, name: str, plot: QWidget) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "notice")
        self.setWordWrap(True)
        self.hide()
        self._text = ""
        self._scale = 1.0
        self._plot = plot
        EdgeOverlay(plot).addWidget(self)
        plot.installEventFilter(self)

    def setAnswer(self, text: str, *, is_error: bool) -> None:
        """Set the text; "" hides the label."""
        self._text = text
        set_role(self, "error" if is_error else "notice")
        self._fit()

    def setScale(self, scale: float) -> None:
        """Set the scale of the space beside the text."""
        self._scale = scale
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the plot."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        self.ensurePolished()
        text, words = self._text, self._text.split(" ")
        highest = max(2.5 * self.fontMetrics().lineSpacing(), MAX_SHARE * self._plot.height())
        while len(words) > 1 and self._height_of(text) > highest:
            words.pop()
            text = f"{' '.join(words)} …"
        self.setToolTip(self._text)
        self.setAccessibleName(self._text)
        self.setText(text)
        self.setVisible(bool(text))

    def _height_of(self, text: str) -> int:
        area = QRect(0, 0, round(self._plot.width() - PADDING_PX * self._scale), 10_000)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        return self.fontMetrics().boundingRect(area, flags, text).height()
