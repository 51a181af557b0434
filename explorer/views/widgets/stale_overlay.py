"""An overlay that fades a widget whose contents do not belong to the current input."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from explorer.views.theme.theme import Theme
from explorer.views.widgets.painted_widget import PaintedWidget

VISIBLE_SHARE = 0.35
"""Opacity at which the widget below remains visible."""

CARD_RADIUS_PX = 12
"""Radius of a card's corners at scale 1."""


class StaleOverlay(PaintedWidget):
    """Covers a widget in the colour of its background; mouse events pass through.

    Not a QGraphicsEffect, which fades the background as well and leaves artefacts of simultaneous updates.
    """

    def __init__(self, covered: QWidget) -> None:
        super().__init__(covered)
        self._covered = covered
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        covered.installEventFilter(self)

    def setActive(self, active: bool) -> None:
        """Cover the widget, or uncover it."""
        self.setGeometry(self._covered.rect())
        self.setVisible(active)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the widget."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._covered.rect())
        return False

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the translucent background."""
        covered = self._covered
        colour = QColor(theme.panel if _is_on_card(covered) else theme.window)
        colour.setAlphaF(1 - VISIBLE_SHARE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        inset, radius = (1, CARD_RADIUS_PX * self._scale) if covered.property("card") else (0, 0)
        painter.drawRoundedRect(self.rect().adjusted(inset, inset, -inset, -inset), radius, radius)


def _is_on_card(widget: QWidget | None) -> bool:
    return widget is not None and (bool(widget.property("card")) or _is_on_card(widget.parentWidget()))
