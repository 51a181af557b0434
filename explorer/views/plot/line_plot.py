"""A plot of named lines that grow during training, such as a loss."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Property, QPoint, Qt
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.number_format import format_number
from explorer.session.timers import single_shot_timer
from explorer.views.painting.drawing_export import Drawing, view_drawing
from explorer.views.theme.theme import SANS, Theme, font

MIN_DRAW_INTERVAL_MS = 200
"""Smallest time between two drawings, each of which takes 15 ms of CPU time from the training."""

HIT_RADIUS_PX = 7
"""Distance from a line, at scale 1, that counts as pointing at it."""

RANGE_PADDING, MIN_FILLED_HEIGHT = 0.08, 0.7
"""Space clipped_max and below the lines, and the height that they fill at least, as shares of the range."""

TYPICAL_QUANTILE = 0.9
"""Quantile of a line's values that counts as its typical maximum."""

OUTLIER_FACTOR, CLIPPED_RANGE_FACTOR = 10.0, 3.0
"""Values above ``OUTLIER_FACTOR`` times the smallest typical maximum do not determine the scale: one run that diverged
would flatten all others. The axis then ends at ``CLIPPED_RANGE_FACTOR`` times the typical maximum."""

MAX_LEGEND_ENTRIES = 4
"""Largest number of entries in the legend; a longer one would cover the lines, and the list of runs has the colours."""

MIN_LEGEND_WIDTH_PX = 360
"""Smallest width of a plot, at scale 1, with a legend, for the same reason."""

LEGEND_ALPHA = 150
"""Opacity of the legend's background, of 255."""


@dataclass(frozen=True)
class PlotLine:
    """Points and style of a line.

    label: in the legend, empty for none. dotted: whether it is dashed, with a marker at each point.
    """

    xs: Sequence[float]
    ys: Sequence[float]
    colour: QColor
    label: str = ""
    dotted: bool = False


class LinePlot(QWidget):
    """Shows lines over epochs or steps. `attach` creates the plot once pyqtgraph is imported.

    typical_max: values up to it always determine the scale; by default all values do. delay_ms: time before a drawing,
    so that two plots of one run are not drawn at once. isLate: whether the latest lines are not drawn yet.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        legend_below: bool = False,
        typical_max: float = math.inf,
        delay_ms: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setMinimumHeight(120)
        self._title = title
        self._typical_max = typical_max
        self._clipped_max: float | None = None
        self._legend_below = legend_below
        self._delay_ms = delay_ms
        self._lines: dict[str, PlotLine] = {}
        self._theme: Theme | None = None
        self._scale = 1.0
        self._end = 1.0
        self._range = 0.0, 0.0
        self._plot: Any = None
        self._items: dict[str, Any] = {}
        self.isLate = False
        self._draw_timer = single_shot_timer(self, self._draw_pending)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def _get_shown(self) -> dict[str, int]:
        return {name: len(line.xs) for name, line in self._lines.items()}

    shownCurves = Property("QVariantMap", _get_shown)  # type: ignore[arg-type]  # the stub lacks names of meta types
    """Number of points of each line, by name."""

    def attach(self) -> None:
        """Create the plot; pyqtgraph is imported before."""
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
            # pyqtgraph paints an axis from a QPicture, which takes longer than all lines; the cache avoids that.
            item.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        item.addLegend(offset=(-8, -8 if self._legend_below else 8))
        self._layout.addWidget(self._plot)
        if self._theme is not None:
            self.setTheme(self._theme)
        self._draw()

    def setTitle(self, title: str) -> None:
        """Set the title."""
        if title != self._title:
            self._title = title
            self._show_title()

    def drawing(self) -> Drawing:
        """Return the current contents of the plot; raises ValueError if it does not exist yet."""
        if self._plot is None:
            raise ValueError("there is no plot yet")
        return view_drawing(self._plot)

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a line with its value there."""
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
        """Replace all lines; ``end`` is the end of the x axis, even if no line reaches it."""
        self._lines = dict(lines)
        self._end = max([end, *(line.xs[-1] for line in lines.values())])
        self.isLate = True
        if not self._draw_timer.isActive():
            self._draw_timer.start(self._delay_ms)

    def _draw_pending(self) -> None:
        if self.isLate:
            self.isLate = False
            if self.isVisible():
                self._draw()
            self._draw_timer.start(MIN_DRAW_INTERVAL_MS)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw lines that were set while the plot was hidden."""
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
        background = QColor(theme.panel)
        background.setAlpha(LEGEND_ALPHA)  # lines behind the legend stay visible, but faint
        item.legend.setBrush(background)
        item.legend.setLabelTextColor(theme.text)
        item.legend.setLabelTextSize(f"{round(13 * self._scale)}px")
        for side in ("bottom", "left"):
            item.getAxis(side).setPen(pg.mkPen(theme.faint))
            item.getAxis(side).setTextPen(pg.mkPen(theme.muted))
            item.getAxis(side).setTickFont(font(SANS, 11 * self._scale))

    def _show_title(self) -> None:
        if self._theme is None or self._plot is None:
            return
        suffix = ""
        if (largest := self._clipped_max) is not None:
            suffix = f", at times {f'{largest:,.0f}' if largest < 1e6 else format_number(largest, 2)}"
        item = self._plot.getPlotItem()
        item.setTitle(f"{self._title}{suffix}", color=self._theme.text.name(), size=f"{round(11 * self._scale)}pt")
        item.titleLabel.item.setFont(font(SANS, 13 * self._scale, bold=True))

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
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
        """Hide the legend where it would cover the lines."""
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
            style = (line.colour.name(), line.label, line.dotted)
            if name in self._items and self._items[name][1] != style:
                item.removeItem(self._items.pop(name)[0])
            if name not in self._items:
                symbol = {"symbol": "o", "symbolSize": 7, "symbolBrush": line.colour, "symbolPen": None}
                made = item.plot(name=line.label or None, pen=self._pen(line), **(symbol if line.dotted else {}))
                self._items[name] = made, style
            self._items[name][0].setData(list(line.xs), list(line.ys))
        self._show_legend()
        # The axis extends to the end of the run; axes without a line have no numbers.
        item.setXRange(0, self._end, padding=0.02)
        self._fit()
        for side in ("bottom", "left"):
            axis = item.getAxis(side)
            if axis.style["showValues"] != bool(self._lines):  # setting the style repaints the axis
                axis.setStyle(showValues=bool(self._lines))

    def _fit(self) -> None:
        """Set the range of y, without outliers, in large steps because each change repaints the axis."""
        lines = [[y for y in line.ys if math.isfinite(y)] for line in self._lines.values()]
        lines = [ys for ys in lines if ys]
        low, high = min(map(min, lines), default=0.0), max(map(max, lines), default=0.0)
        typical = max(self._typical_max, min((float(np.quantile(ys, TYPICAL_QUANTILE)) for ys in lines), default=0.0))
        clipped_max = high if high > OUTLIER_FACTOR * typical else None
        if clipped_max != self._clipped_max:
            self._clipped_max = clipped_max
            self._show_title()
        if not lines:
            return
        if clipped_max is not None:
            high = CLIPPED_RANGE_FACTOR * typical
        bottom, top = self._range
        if not bottom <= low <= high <= top or high - low < MIN_FILLED_HEIGHT * (top - bottom):
            padding = RANGE_PADDING * (high - low) or 0.1 * abs(high) or 0.1
            self._range = low - padding, high + padding
            self._plot.getPlotItem().setYRange(*self._range, padding=0)
