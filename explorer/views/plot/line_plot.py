"""A plot of named lines that grow, such as a loss."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Property, QPoint, Qt
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.number_format import format_number
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.timers import single_shot_timer
from explorer.views.widgets.vector_export import Drawing, view_drawing

MIN_DRAW_INTERVAL_MS = 200
"""Milliseconds between two drawings: each costs 15 ms, which a network that trains on the same cores would miss."""

HIT_RADIUS_PX = 7
"""Pixels at scale 1 beside a line that still count as the line, for who points at it."""

RANGE_PADDING, MIN_FILLED_HEIGHT = 0.08, 0.7
"""The room left above and below the lines, and how much of the height they fill at least, as shares."""

TYPICAL_QUANTILE = 0.9
"""Quantile of a line's values that counts as its typical maximum."""

OUTLIER_FACTOR, CLIPPED_RANGE_FACTOR = 10.0, 3.0
"""Values above ``OUTLIER_FACTOR`` times the smallest typical maximum do not determine the scale: one run that diverged
would flatten all others. The axis then ends at ``CLIPPED_RANGE_FACTOR`` times the typical maximum."""

MAX_LEGEND_ENTRIES = 4
"""Lines that the legend names at most: a longer one would cover them, and the list of runs below has their colours."""

MIN_LEGEND_WIDTH_PX = 360
"""Pixels at scale 1 from which a plot is wide enough for a legend, for the same reason."""

LEGEND_ALPHA = 150
"""How opaque the ground of a legend is, of 255."""


@dataclass(frozen=True)
class PlotLine:
    """Points of a line. label: in the legend, none where it is empty. dotted: dashes with a mark at each point."""

    xs: Sequence[float]
    ys: Sequence[float]
    colour: QColor
    label: str = ""
    dotted: bool = False


class LinePlot(QWidget):
    """Lines of a quantity over epochs or steps. `attach` brings the drawing library, a moment after the window.

    calm: a value that is never too large to decide the scale; infinite where all are shown. delay: milliseconds to wait
    before a drawing, so that two plots of one run are not drawn in one go. isLate: whether there are lines that are
    not drawn yet.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        legend_below: bool = False,
        calm: float = math.inf,
        delay: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setMinimumHeight(120)
        self._title = title
        self._calm = calm
        self._above: float | None = None
        self._legend_below = legend_below
        self._delay = delay
        self._lines: dict[str, PlotLine] = {}
        self._theme: Theme | None = None
        self._scale = 1.0
        self._end = 1.0
        self._range = 0.0, 0.0
        self._plot: Any = None
        self._items: dict[str, Any] = {}
        self.isLate = False
        self._due = single_shot_timer(self, self._draw_late)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def _get_shown(self) -> dict[str, int]:
        return {name: len(line.xs) for name, line in self._lines.items()}

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
        item.showGrid(x=False, y=True, alpha=0.12)
        for side in ("bottom", "left"):
            # An axis is painted from a recording, which takes longer than all lines: only when it has changed.
            item.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        item.addLegend(offset=(-8, -8 if self._legend_below else 8))
        self._layout.addWidget(self._plot)
        if self._theme is not None:
            self.setTheme(self._theme)
        self._draw()

    def setTitle(self, title: str) -> None:
        """Call it otherwise."""
        if title != self._title:
            self._title = title
            self._show_title()

    def drawing(self) -> Drawing:
        """Return the plot as it is; raises ValueError where there is none."""
        if self._plot is None:
            raise ValueError("there is no plot yet")
        return view_drawing(self._plot)

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return which line is at a point of the plot, and its height there."""
        if self._plot is None:
            return None
        from explorer.views.plot.hit_testing import nearest_line, value_at

        box = self._plot.getPlotItem().getViewBox()
        position = box.mapSceneToView(self._plot.mapToScene(self._plot.mapFrom(self, point)))
        lines = {name: (np.array(line.xs, float), np.array(line.ys, float)) for name, line in self._lines.items()}
        name = nearest_line(lines, (position.x(), position.y()), box.viewPixelSize(), HIT_RADIUS_PX * self._scale)
        if name is None:
            return None
        x, label = position.x(), self._lines[name].label or name
        return "line", f"{label}: {value_at(lines[name], x):.4g} at {x:.4g}"

    def setLines(self, lines: Mapping[str, PlotLine], end: float = 1.0) -> None:
        """Show these lines, by name; ``end`` is where the axis ends even if no line has come so far."""
        self._lines = dict(lines)
        self._end = max([end, *(line.xs[-1] for line in lines.values())])
        self.isLate = True
        if not self._due.isActive():
            self._due.start(self._delay)

    def _draw_late(self) -> None:
        if self.isLate:
            self.isLate = False
            if self.isVisible():
                self._draw()
            self._due.start(MIN_DRAW_INTERVAL_MS)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
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
        self._show_title()
        ground = QColor(theme.panel)
        ground.setAlpha(LEGEND_ALPHA)  # lines behind it are seen, and do not strike it out
        item.legend.setBrush(ground)
        item.legend.setLabelTextColor(theme.text)
        item.legend.setLabelTextSize(f"{round(13 * self._scale)}px")
        for side in ("bottom", "left"):
            item.getAxis(side).setPen(pg.mkPen(theme.faint))
            item.getAxis(side).setTextPen(pg.mkPen(theme.muted))
            item.getAxis(side).setTickFont(font(SANS, 11 * self._scale))

    def _show_title(self) -> None:
        if self._theme is None or self._plot is None:
            return
        above = ""
        if (most := self._above) is not None:
            above = f", at times {f'{most:,.0f}' if most < 1e6 else format_number(most, 2)}"
        item = self._plot.getPlotItem()
        item.setTitle(f"{self._title}{above}", color=self._theme.text.name(), size=f"{round(11 * self._scale)}pt")
        item.titleLabel.item.setFont(font(SANS, 13 * self._scale, bold=True))

    def setScale(self, scale: float) -> None:
        """Scale texts."""
        self._scale = scale
        self.setMinimumHeight(round(120 * scale))
        if self._theme is not None:
            self.setTheme(self._theme)

    def _pen(self, line: PlotLine) -> Any:
        import pyqtgraph as pg

        return pg.mkPen(line.colour, width=2.4, style=Qt.PenStyle.DashLine if line.dotted else Qt.PenStyle.SolidLine)

    def _show_legend(self) -> None:
        named = sum(bool(line.label) for line in self._lines.values())
        is_wide = self.width() >= MIN_LEGEND_WIDTH_PX * self._scale
        self._plot.getPlotItem().legend.setVisible(named <= MAX_LEGEND_ENTRIES and is_wide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the legend where it would cover the lines."""
        super().resizeEvent(event)
        if self._plot is not None:
            self._show_legend()

    def _draw(self) -> None:
        if self._plot is None:
            return
        item = self._plot.getPlotItem()
        for name in [name for name in self._items if name not in self._lines]:
            item.removeItem(self._items.pop(name)[0])
        for name, line in self._lines.items():
            looks = (line.colour.name(), line.label, line.dotted)
            if name in self._items and self._items[name][1] != looks:
                item.removeItem(self._items.pop(name)[0])
            if name not in self._items:
                symbol = {"symbol": "o", "symbolSize": 7, "symbolBrush": line.colour, "symbolPen": None}
                made = item.plot(name=line.label or None, pen=self._pen(line), **(symbol if line.dotted else {}))
                self._items[name] = made, looks
            self._items[name][0].setData(list(line.xs), list(line.ys))
        self._show_legend()
        # The room that is still empty is what is still to come; numbers on axes without a line would say nothing.
        item.setXRange(0, self._end, padding=0.02)
        self._fit()
        for side in ("bottom", "left"):
            axis = item.getAxis(side)
            if axis.style["showValues"] != bool(self._lines):  # said anew, it would be painted anew
                axis.setStyle(showValues=bool(self._lines))

    def _fit(self) -> None:
        """Show all values but wild ones. The range moves in strides: each time, the axis is painted anew."""
        lines = [[y for y in line.ys if math.isfinite(y)] for line in self._lines.values()]
        lines = [ys for ys in lines if ys]
        low, high = min(map(min, lines), default=0.0), max(map(max, lines), default=0.0)
        usual = max(self._calm, min((float(np.quantile(ys, TYPICAL_QUANTILE)) for ys in lines), default=0.0))
        above = high if high > OUTLIER_FACTOR * usual else None
        if above != self._above:
            self._above = above
            self._show_title()
        if not lines:
            return
        if above is not None:
            high = CLIPPED_RANGE_FACTOR * usual
        bottom, top = self._range
        if not bottom <= low <= high <= top or high - low < MIN_FILLED_HEIGHT * (top - bottom):
            room = RANGE_PADDING * (high - low) or 0.1 * abs(high) or 0.1
            self._range = low - room, high + room
            self._plot.getPlotItem().setYRange(*self._range, padding=0)
