"""A plot of named lines that grow, such as a loss."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Property, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from explorer.views.theme import SANS, Theme, font


class LinePlot(QWidget):
    """Lines of a quantity over epochs. The drawing library comes a moment after the window: `attach` brings it."""

    def __init__(self, name: str, title: str, *, legend_below: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setMinimumHeight(120)
        self._title = title
        self._legend_below = legend_below
        self._lines: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
        self._theme: Theme | None = None
        self._scale = 1.0
        self._plot: Any = None
        self._items: dict[str, Any] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def _get_shown(self) -> dict[str, int]:
        return {name: len(xs) for name, (xs, _) in self._lines.items()}

    shownCurves = Property("QVariantMap", _get_shown)
    """Name of each line to its number of points."""

    def attach(self) -> None:
        """Make the plot, once pyqtgraph has been imported."""
        if self._plot is not None:
            return
        import pyqtgraph as pg

        self._plot = pg.PlotWidget(background=None)
        self._plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.showGrid(x=True, y=True, alpha=0.12)
        item.addLegend(offset=(-8, -8 if self._legend_below else 8))
        self._layout.addWidget(self._plot)
        if self._theme is not None:
            self.setTheme(self._theme)
        self._draw()

    def setLines(self, lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> None:
        """Show these lines: name to (epochs, values); a name that begins with ``val`` is of the validation images."""
        self._lines = dict(lines)
        self._draw()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        import sys

        self._theme = theme
        if self._plot is None or "pyqtgraph" not in sys.modules:
            return
        import pyqtgraph as pg

        self._plot.setBackground(theme.panel)
        item = self._plot.getPlotItem()
        item.setTitle(self._title, color=theme.text.name(), size=f"{round(11 * self._scale)}pt")
        item.titleLabel.item.setFont(font(SANS, 13 * self._scale, bold=True))
        item.legend.setLabelTextColor(theme.text)
        for side in ("bottom", "left"):
            item.getAxis(side).setPen(pg.mkPen(theme.border))
            item.getAxis(side).setTextPen(pg.mkPen(theme.muted))
            item.getAxis(side).setTickFont(font(SANS, 11 * self._scale))
        for name, line in self._items.items():
            line.setPen(self._pen(name))
            line.setSymbolBrush(self._pen(name).color())

    def setScale(self, scale: float) -> None:
        """Scale texts."""
        self._scale = scale
        if self._theme is not None:
            self.setTheme(self._theme)

    def _pen(self, name: str) -> Any:
        import pyqtgraph as pg

        theme = self._theme
        colour = "#888888" if theme is None else theme.gradient if name.startswith("val") else theme.value
        style = Qt.PenStyle.DashLine if name.startswith("val") else Qt.PenStyle.SolidLine
        return pg.mkPen(colour, width=2.4, style=style)

    def _draw(self) -> None:
        if self._plot is None:
            return
        item = self._plot.getPlotItem()
        for name in [name for name in self._items if name not in self._lines]:
            item.removeItem(self._items.pop(name))
        for name, (xs, ys) in self._lines.items():
            if name not in self._items:
                shown = "validation" if name.startswith("val") else "training"
                pen = self._pen(name)
                symbol = {"symbol": "o", "symbolSize": 7, "symbolBrush": pen.color(), "symbolPen": None}
                self._items[name] = item.plot(name=shown, pen=pen, **(symbol if name.startswith("val") else {}))
            self._items[name].setData(list(xs), list(ys))
