"""A plot of named lines that grow during training, such as a loss."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Property, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.number_format import format_number
from explorer.core.training.curve_limits import curve_limits
from explorer.session.timers import single_shot_timer
from explorer.views.painting.drawing_export import Drawing, view_drawing
from explorer.views.theme.theme import SANS, Theme, font

MIN_DRAW_INTERVAL_MS = 200
"""Smallest time between two drawings, each of which takes 15 ms of CPU time from the training."""

HIT_RADIUS_PX = 7
"""Distance from a line, at scale 1, that counts as pointing at it."""

RANGE_PADDING, MIN_FILLED_HEIGHT = 0.08, 0.7
"""Space above and below the lines, and the height that they fill at least, as shares of the range."""

MAX_MARKERS = 20
"""Markers at most of a line over the whole axis; a shorter one has fewer, because more would grow into a band."""

MIN_TITLE_HEIGHT_PX = 30
"""Smallest height of the title."""

MARKER_SIZE_PX, OUTSIDE_SIZE_PX = 8, 13
"""Size of a marker, and of the mark of a line that leaves the plot."""


@dataclass(frozen=True)
class PlotLine:
    """Points and style of a line.

    label: what it is called, empty for its name. width: in pixels. dashes: lengths of dashes and gaps, in widths.
    marker: pyqtgraph's name of a shape, drawn at some of the points, empty for none. ends_badly: whether its last point
    is marked with a cross. rank: lines of a higher rank lie above others.
    """

    xs: Sequence[float]
    ys: Sequence[float]
    colour: QColor
    label: str = ""
    width: float = 2.0
    dashes: tuple[float, ...] = ()
    marker: str = ""
    ends_badly: bool = False
    rank: int = 0

    @property
    def style(self) -> tuple[Any, ...]:
        """Everything but the points."""
        return self.colour.rgba(), self.width, self.dashes, self.marker, self.ends_badly, self.rank


class LinePlot(QWidget):
    """Shows lines over epochs or steps. `attach` creates the plot once pyqtgraph is imported.

    typical_max: values up to it always determine the scale; by default all values do. delay_ms: time before a drawing,
    so that two plots of one run are not drawn at once. isLate: whether the latest lines are not drawn yet. outside: the
    largest value of each line that leaves the plot, by name; they are marked at the upper edge.
    """

    outsideChanged = Signal()

    def __init__(
        self,
        name: str,
        title: str,
        *,
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
        self.outside: dict[str, float] = {}
        self._is_log = False
        self._delay_ms = delay_ms
        self._lines: dict[str, PlotLine] = {}
        self._theme: Theme | None = None
        self._scale = 1.0
        self._end = 1.0
        self._range = 0.0, 0.0
        self._limit = math.inf
        self._plot: Any = None
        self._items: dict[str, tuple[list[Any], tuple[Any, ...]]] = {}
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
        self._layout.addWidget(self._plot)
        if self._theme is not None:
            self.setTheme(self._theme)
        self._draw()

    def setTitle(self, title: str) -> None:
        """Set the title."""
        if title != self._title:
            self._title = title
            self._show_title()

    def setLog(self, log: bool) -> None:
        """Use a logarithmic axis, or a linear one; values that are not positive are left out of the former."""
        if log != self._is_log:
            self._is_log = log
            self._range = 0.0, 0.0
            if self._plot is not None:
                self._plot.getPlotItem().getAxis("left").setLogMode(log)
                self._draw()

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
        lines = {name: (np.array(line.xs, float), self._heights(line.ys)) for name, line in self._lines.items()}
        name = nearest_line(lines, (position.x(), position.y()), box.viewPixelSize(), HIT_RADIUS_PX * self._scale)
        if name is None:
            return None
        x, label = position.x(), self._lines[name].label or name
        y = value_at(lines[name], x)
        return "line", f"{label}: {10**y if self._is_log else y:.4g} at {x:.4g}"

    def _heights(self, ys: Sequence[float]) -> Any:
        """Return the heights of values on the axis, NaN where they have none."""
        values = np.asarray(ys, float)
        if not self._is_log:
            return values
        positive = values > 0
        return np.where(positive, np.log10(np.where(positive, values, 1.0)), np.nan)

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
        for side in ("bottom", "left"):
            item.getAxis(side).setPen(pg.mkPen(theme.faint))
            item.getAxis(side).setTextPen(pg.mkPen(theme.muted))
            item.getAxis(side).setTickFont(font(SANS, 11 * self._scale))

    def _show_title(self) -> None:
        """Show the title, in a second line what lies outside of the plot where one is too narrow."""
        if self._theme is None or self._plot is None:
            return
        lines = [self._title]
        if self.outside:
            largest = max(self.outside.values())
            lines.append(f"▲ up to {f'{largest:,.0f}' if 10 <= largest < 1e6 else format_number(largest, 2)}")
        letters = font(SANS, 13 * self._scale, bold=True)
        metrics = QFontMetricsF(letters)
        item = self._plot.getPlotItem()
        if metrics.horizontalAdvance(", ".join(lines)) <= self.width() - item.getAxis("left").width():
            lines = [", ".join(lines)]
        item.setTitle(",<br>".join(lines), color=self._theme.text.name(), size=f"{round(11 * self._scale)}pt")
        item.titleLabel.item.setFont(letters)
        height = max(MIN_TITLE_HEIGHT_PX, item.titleLabel.item.boundingRect().height())  # pyqtgraph's is always 30
        item.titleLabel.setMaximumHeight(height)
        item.layout.setRowFixedHeight(0, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the title to the new width."""
        super().resizeEvent(event)
        self._show_title()

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._scale = scale
        self.setMinimumHeight(round(120 * scale))
        if self._theme is not None:
            self.setTheme(self._theme)

    def _make_line(self, line: PlotLine) -> Any:
        import pyqtgraph as pg

        pen = pg.mkPen(line.colour, width=line.width)
        if line.dashes:
            pen.setStyle(Qt.PenStyle.CustomDashLine)
            pen.setDashPattern(line.dashes)
        made = self._plot.getPlotItem().plot(pen=pen, connect="finite")
        made.setZValue(line.rank)
        return made

    def _make_marks(self, line: PlotLine, symbol: str, size: float) -> Any:
        made = self._plot.getPlotItem().plot(
            pen=None, symbol=symbol, symbolSize=size * self._scale, symbolBrush=line.colour, symbolPen=None
        )
        made.setZValue(line.rank)
        return made

    def _draw(self) -> None:
        if self._plot is None:
            return
        item = self._plot.getPlotItem()
        for name in [name for name in self._items if name not in self._lines]:
            self._remove(name)
        self._fit()
        for name, line in self._lines.items():
            # A run that has ended is drawn once: updating its items takes longer than all the rest.
            ends = (len(line.xs), line.xs[-1], line.ys[0], line.ys[-1]) if len(line.xs) else ()
            state = (*line.style, self._scale, *ends, self._is_log, self._range, self._end, self.outside.get(name))
            if name not in self._items or self._items[name][1] != state:
                self._remove(name)
                self._items[name] = self._make_items(name, line), state
        # The axis extends to the end of the run; axes without a line have no numbers.
        item.setXRange(0, self._end, padding=0.02)
        for side in ("bottom", "left"):
            axis = item.getAxis(side)
            if axis.style["showValues"] != bool(self._lines):  # setting the style repaints the axis
                axis.setStyle(showValues=bool(self._lines))

    def _remove(self, name: str) -> None:
        for each in self._items.pop(name, ([], ()))[0]:
            self._plot.getPlotItem().removeItem(each)

    def _make_items(self, name: str, line: PlotLine) -> list[Any]:
        """Return the items of a line: the line, markers, the mark at the upper edge and the cross at its end."""
        xs, ys = np.asarray(line.xs, float), self._heights(line.ys)
        items = [self._make_line(line)]
        items[0].setData(xs, ys)
        bottom, top = self._range
        edge = top - 0.04 * (top - bottom)
        if line.marker and len(xs):
            share = (xs[-1] - xs[0]) / ((self._end - xs[0]) or 1.0)
            count = min(len(xs), 1 + int(share * (MAX_MARKERS - 1)))
            shown = np.linspace(len(xs) - 1, 0, count)[::-1].round().astype(int)
            items.append(self._make_marks(line, line.marker, MARKER_SIZE_PX))
            items[-1].setData(xs[shown], ys[shown])
        if name in self.outside:
            first = int(np.argmax(np.asarray(line.ys, float) > self._limit))
            items.append(self._make_marks(line, "t1", OUTSIDE_SIZE_PX))
            items[-1].setData(xs[[first]], [edge])
        if line.ends_badly and len(finite := np.flatnonzero(np.isfinite(ys))):
            items.append(self._make_marks(line, "x", OUTSIDE_SIZE_PX))
            items[-1].setData(xs[finite[-1:]], np.minimum(ys[finite[-1:]], edge))
        return items

    def _fit(self) -> None:
        """Set the range of y, without outliers, in large steps because each change repaints the axis."""
        names = list(self._lines)
        found = curve_limits([self._lines[name].ys for name in names], self._typical_max, log=self._is_log)
        outside = {names[index]: value for index, value in found.largest.items()}
        if outside != self.outside:
            self.outside = outside
            self._show_title()
            self.outsideChanged.emit()
        if found.low is None or found.high is None:
            return
        self._limit = found.high
        low, high = (float(value) for value in self._heights([found.low, found.high]))
        bottom, top = self._range
        if not bottom <= low <= high <= top or high - low < MIN_FILLED_HEIGHT * (top - bottom):
            padding = RANGE_PADDING * (high - low) or 0.1 * abs(high) or 0.1
            self._range = low - padding, high + padding
            self._plot.getPlotItem().setYRange(*self._range, padding=0)
