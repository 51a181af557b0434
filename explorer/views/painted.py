"""What all widgets share that paint themselves."""

from PySide6.QtWidgets import QWidget

from explorer.views.theme import Theme


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
