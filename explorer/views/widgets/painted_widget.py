"""The base class of widgets that paint themselves."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.views.theme.theme import Theme


class PaintedWidget(QWidget):
    """Paints itself in the colours of a theme, once one is set, with texts of a scale."""

    _theme: Theme | None = None
    _scale: float = 1.0

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.update()

    def setScale(self, scale: float) -> None:
        """Set the scale of the painted texts."""
        self._scale = scale
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Call `paint`, once there is a theme.

        The painter ends even if painting raises: a painter that stays active ends the process.
        """
        if self._theme is not None:
            with QPainter(self) as painter:
                self.paint(painter, self._theme)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the widget."""
        raise NotImplementedError
