"""What all widgets share that paint themselves."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.views.theme.theme import Theme


class PaintedWidget(QWidget):
    """Paints itself in the colours of a theme, None before the first, with texts of a scale."""

    _theme: Theme | None = None
    _scale: float = 1.0

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.update()

    def setScale(self, scale: float) -> None:
        """Scale the texts that are painted."""
        self._scale = scale
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it, once it has colours.

        The painter ends with the block, also where an error does: one that an error left open ended the process.
        """
        if self._theme is not None:
            with QPainter(self) as painter:
                self.paint(painter, self._theme)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint what this widget shows."""
        raise NotImplementedError
