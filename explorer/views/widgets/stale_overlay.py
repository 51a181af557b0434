"""What lies over a widget that shows something else than what was typed."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from explorer.views.theme.theme import Theme
from explorer.views.widgets.painted_widget import PaintedWidget

VISIBLE_SHARE = 0.35
"""Share of its colours that is left of what lies under a veil."""

CARD_RADIUS_PX = 12
"""Of a card's corners, in pixels at scale 1."""


class StaleOverlay(PaintedWidget):
    """Lies over a widget, in the colour of its ground, and lets every click through.

    No graphics effect: those paint the ground, too, and leave pieces of what else was painted just then.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        over.installEventFilter(self)

    def setActive(self, shown: bool) -> None:
        """Cover the widget, or uncover it."""
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(shown)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the widget."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return False

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the ground over what is there."""
        over = self.parentWidget()
        colour = QColor(theme.panel if _is_on_card(over) else theme.window)
        colour.setAlphaF(1 - VISIBLE_SHARE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        edge, radius = (1, CARD_RADIUS_PX * self._scale) if over.property("card") else (0, 0)
        painter.drawRoundedRect(self.rect().adjusted(edge, edge, -edge, -edge), radius, radius)


def _is_on_card(widget: QWidget | None) -> bool:
    return widget is not None and (bool(widget.property("card")) or _is_on_card(widget.parentWidget()))
