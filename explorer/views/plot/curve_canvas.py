"""The plot itself: curves, the point with its tangent, ticks in multiples of π. pyqtgraph does the drawing."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.plot.pi_ticks import is_pi_range, pi_ticks
from explorer.views.plot.hit_testing import nearest_line, value_at
from explorer.views.theme.theme import MATH, SANS, Theme, font
from explorer.views.widgets.timers import single_shot_timer
from explorer.views.widgets.vector_export import Drawing, view_drawing

RANGE_DELAY_MS = 80
"""Milliseconds after which a range that was dragged is computed anew."""

MAX_THICK_POINTS = 6000
"""Points up to which a curve is drawn thick and smooth; thick lines of many points cost ten times as much."""
CURVE_WIDTH_PX = 2.6
"""Width of a curve in pixels."""

HIT_RADIUS_PX = 7
"""Pixels at scale 1 beside a curve that still count as the curve, for who points at it."""

LABEL_HEIGHT_PX = 36
"""Pixels that the name of a curve needs above it."""

RANGE_PADDING = 0.035
"""Room left and right of the range, as a share of it."""


class _Axis(pg.AxisItem):
    """An axis that ticks in multiples of π where its range is given in them."""

    in_pi = False

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.in_pi:
            return list(super().tickValues(low, high, size))
        ticks = [value for value, _ in pi_ticks(low, high, max(3, int(size / 55)))]
        return [(1.0, ticks)] if ticks else list(super().tickValues(low, high, size))

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        texts = (
            {round(value, 9): text for value, text in pi_ticks(self.range[0], self.range[1], 60)} if self.in_pi else {}
        )
        if texts and all(round(value, 9) in texts for value in values):
            return [texts[round(value, 9)] for value in values]
        return [text.replace("-", "−") for text in super().tickStrings(values, scale, spacing)]


class _Plot(pg.PlotWidget):
    """A plot that says when it has been painted."""

    painted = Signal()

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        self.painted.emit()


class CurveCanvas(QWidget):
    """Draws curves. Dragging the point or clicking asks for another x; zooming and panning ask for another range."""

    xRequested = Signal(float)
    painted = Signal()
    rangeRequested = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        pg.setConfigOptions(antialias=True)
        self._theme: Theme | None = None
        self._scale = 1.0
        self._range = (-1.0, 1.0)
        self._resizing = False
        self._widths: dict[str, float] = {}
        self._curves: Mapping[str, tuple[Any, Any]] = {}
        self._point: tuple[float, float, float | None] | None = None
        self._bottom = _Axis("bottom")
        self._bottom.setStyle(hideOverlappingLabels=False)
        self._plot = _Plot(axisItems={"bottom": self._bottom, "left": _Axis("left")}, background=None)
        self._plot.painted.connect(self.painted)
        self._plot.setAccessibleName("Plot of the expression and its derivative")
        self._plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.showGrid(x=True, y=True, alpha=0.12)
        for side in ("bottom", "left"):
            # Ticks and grid change with the range alone; painting them costs more than the curves.
            item.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
            item.getAxis(side).setStyle(maxTickLevel=0)
        self._box = item.getViewBox()
        self._box.setMouseEnabled(x=True, y=False)
        self._box.setDefaultPadding(0.0)
        self._lines: dict[str, pg.PlotDataItem] = {}
        self._labels: dict[str, pg.TextItem] = {}
        self._tangent = pg.PlotCurveItem()
        self._tangent.setZValue(4)
        item.addItem(self._tangent, ignoreBounds=True)
        self._target = pg.TargetItem(size=17, symbol="o", movable=True)
        self._target.setZValue(10)
        self._target.hide()
        item.addItem(self._target, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._range_timer = single_shot_timer(self, self._ask_range, RANGE_DELAY_MS)
        self._target.sigPositionChanged.connect(self._dragged)
        self._box.sigRangeChangedManually.connect(lambda *_: self._range_timer.start())
        self._box.sigResized.connect(lambda *_: self._resized())
        self._plot.scene().sigMouseClicked.connect(self._clicked)

    def set_curves(self, curves: Mapping[str, tuple[Any, Any]]) -> None:
        """Draw these curves and no others."""
        self._curves = curves
        item = self._plot.getPlotItem()
        for name in [name for name in self._lines if name not in curves]:
            item.removeItem(self._lines.pop(name))
            item.removeItem(self._labels.pop(name))
        for name, (x, y) in curves.items():
            if name not in self._lines:
                self._lines[name] = pg.PlotDataItem(connect="finite", autoDownsample=False)
                self._lines[name].setZValue(3 if name == "f" else 2)
                self._labels[name] = pg.TextItem(name.replace("″", "''").replace("′", "'"), anchor=(0.5, 1.0))
                item.addItem(self._lines[name])
                item.addItem(self._labels[name], ignoreBounds=True)
                self._style(name)
            thick = len(x) <= MAX_THICK_POINTS
            self._widths[name] = CURVE_WIDTH_PX if thick else 1.0
            self._lines[name].setPen(self._pen(name))
            self._lines[name].opts["antialias"] = thick
            self._lines[name].setData(x, y)
        self._set_heights()
        self._place_labels()
        # Otherwise the first paint moves the axes and asks for a second one.
        self._box.prepareForPaint()

    def set_point(self, point: tuple[float, float, float | None] | None) -> None:
        """Put the point and its tangent at (x, y, slope), or take them away."""
        self._point = point
        shown = point is not None and bool(np.isfinite(point[1]))
        self._target.setVisible(shown)
        if point is None or not shown:
            self._tangent.setData([], [])
            return
        x, y, slope = point
        if self._target.pos() != pg.Point(x, y):
            self._target.blockSignals(True)
            self._target.setPos(x, y)
            self._target.blockSignals(False)
        if slope is None or not np.isfinite(slope):
            self._tangent.setData([], [])
            return
        (left, right), (bottom, top) = self._box.viewRange()
        # As long on the screen whatever the slope: a steep tangent is as visible as a flat one.
        unit_x, unit_y = (right - left) or 1.0, (top - bottom) or 1.0
        length = 0.17 / float(np.hypot(1.0, slope * unit_x / unit_y))
        half = length * unit_x
        self._tangent.setData([x - half, x + half], [y - slope * half, y + slope * half])

    def set_range(self, low: float, high: float) -> None:
        """Show this range of x."""
        self._range = (low, high)
        self._bottom.in_pi = is_pi_range(low, high)
        self._box.setXRange(low, high, padding=RANGE_PADDING)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._plot.setBackground(theme.panel)
        for side in ("bottom", "left"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(theme.faint))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(QFont(font(SANS, 11 * self._scale)))
        for name in self._lines:
            self._style(name)
        self._tangent.setPen(pg.mkPen(theme.text, width=self._thick(2), style=Qt.PenStyle.DashLine))
        self._target.setPen(pg.mkPen(theme.value, width=self._thick(3)))
        self._target.setBrush(pg.mkBrush(theme.text))
        self._target.setHoverPen(pg.mkPen(theme.gradient, width=self._thick(3)))
        self._target.setHoverBrush(pg.mkBrush(theme.text))

    def set_scale(self, scale: float) -> None:
        """Scale texts."""
        self._scale = scale
        if self._theme is not None:
            self.set_theme(self._theme)
        self._resized()

    def what_is(self, point: QPoint) -> tuple[str, str] | None:
        """Return which part lies at a point of this widget, and what is true of this one."""
        place = self._plot.mapToScene(self._plot.mapFrom(self, point))
        item = self._plot.getPlotItem()
        if not self._box.sceneBoundingRect().contains(place):  # within it the grid belongs to the axes, too
            axes = (item.getAxis(side) for side in ("bottom", "left"))
            return ("axis", "") if any(axis.sceneBoundingRect().contains(place) for axis in axes) else None
        position, pixel = self._box.mapSceneToView(place), self._box.viewPixelSize()
        where, reach = (float(position.x()), float(position.y())), HIT_RADIUS_PX * self._scale
        if self._point is not None and self._target.isVisible():
            x, y, slope = self._point
            if nearest_line({"": (np.array([x]), np.array([y]))}, where, pixel, 1.5 * reach) is not None:
                return "point", f"({x:.6g}, {y:.6g})" + ("" if slope is None else f", slope {slope:.6g}")
        name = nearest_line(self._curves, where, pixel, reach)
        if name is not None:
            return "curve", f"{name} = {value_at(self._curves[name], where[0]):.4g} at {where[0]:.4g}"
        xs, ys = self._tangent.getData()
        if xs is not None and len(xs) and nearest_line({"": (xs, ys)}, where, pixel, reach) is not None:
            return "tangent", f"slope {self._point[2]:.6g}" if self._point and self._point[2] is not None else ""
        return None

    def drawing(self) -> Drawing:
        """Return the plot as it is."""
        return view_drawing(self._plot)

    def _colour(self, name: str) -> QColor:
        theme = self._theme
        assert theme is not None
        return {"f": theme.value, "g": theme.text, "f″": theme.muted}.get(name, theme.gradient)

    def _pen(self, name: str) -> Any:
        width = self._widths.get(name, CURVE_WIDTH_PX)
        if width > 1:
            width = self._thick(width)
        if self._theme is None:
            return pg.mkPen("#888888", width=width)
        styles = {"g": Qt.PenStyle.DotLine, "f″": Qt.PenStyle.DashDotLine}
        return pg.mkPen(self._colour(name), width=width, style=styles.get(name, Qt.PenStyle.SolidLine))

    def _thick(self, width: float) -> float:
        """A width in pixels at scale 1: pyqtgraph's pens count the pixels of the device."""
        return width * self._scale * self.devicePixelRatioF()

    def _style(self, name: str) -> None:
        if self._theme is not None:
            self._lines[name].setPen(self._pen(name))
            self._labels[name].setColor(self._colour(name))
            label = QFont(font(MATH, 19 * self._scale, italic=True))
            self._labels[name].setFont(label)

    def _set_heights(self) -> None:
        """Show all heights, but let a pole not squeeze everything else into a line."""
        finite = {name: y[np.isfinite(y)] for name, (_, y) in self._curves.items()}
        limits = [_limits(values) for name, values in finite.items() if values.size and name in ("f", "g")]
        if not limits:
            return
        low, high = min(low for low, _ in limits), max(high for _, high in limits)
        slopes = finite.get("f′")
        if slopes is not None and slopes.size:
            # A derivative may be much higher than its function: then its peaks leave the picture, not the function.
            room = 6 * max(high - low, 1e-9)
            bottom, top = _limits(slopes)
            low, high = min(low, max(bottom, low - room)), max(high, min(top, high + room))
        if high - low < 1e-12:
            low, high = low - 1, high + 1
        margin = 0.12 * (high - low)
        letter = min(LABEL_HEIGHT_PX * self._scale / max(self._box.height(), 1), 0.3)  # as a share of the whole
        above = max(margin, (high - low + margin) * letter / (1 - letter))
        self._box.setYRange(low - margin, high + above, padding=0)

    def _resized(self) -> None:
        """Keep room for the names: they are as high as before, the plot is not."""
        if self._curves and not self._resizing:
            self._resizing = True  # other heights may want a wider axis, which resizes the plot again
            self._set_heights()
            self._place_labels()
            self._resizing = False

    def _place_labels(self) -> None:
        """Write each name at a high point of its curve, away from the edges."""
        (left, right), (bottom, top) = self._box.viewRange()
        room = (
            LABEL_HEIGHT_PX * self._scale * (top - bottom) / max(self._box.height(), 1)
        )  # the letter stands above its place
        for number, (name, (x, y)) in enumerate(self._curves.items()):
            inside = (
                (x > left + 0.08 * (right - left)) & (x < right - 0.08 * (right - left)) & np.isfinite(y) & (y < top)
            )
            if not np.any(inside):
                self._labels[name].setPos(left, top)
                continue
            places = np.flatnonzero(inside)
            best = places[int(np.argmax(y[places] - 1e-3 * number * (top - bottom) * np.abs(x[places])))]
            self._labels[name].setPos(float(x[best]), min(float(y[best]), top - room))

    def _dragged(self, target: Any) -> None:
        x = float(target.pos().x())
        if self._point is None or x != self._point[0]:
            self.xRequested.emit(min(max(x, self._range[0]), self._range[1]))

    def _clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._box.sceneBoundingRect().contains(event.scenePos()):
            self.xRequested.emit(float(self._box.mapSceneToView(event.scenePos()).x()))

    def _ask_range(self) -> None:
        low, high = self._box.viewRange()[0]
        inset = RANGE_PADDING / (1 + 2 * RANGE_PADDING) * (high - low)
        self.rangeRequested.emit(low + inset, high - inset)


def _limits(values: Any) -> tuple[float, float]:
    """Lowest and highest value, but for the ends of poles."""
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(value) for value in np.percentile(values, (4, 96)))
    span = inner_high - inner_low
    if span > 1e-9 and high - low > 4 * span:
        return max(low, inner_low - 0.3 * span), min(high, inner_high + 0.3 * span)
    return low, high
