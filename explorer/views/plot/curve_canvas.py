"""The plot of curves with pyqtgraph: curves, the point with its tangent, ticks in multiples of π."""

from collections.abc import Mapping
from math import atan, cos, sin
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QFont, QWheelEvent
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.number_format import format_full
from explorer.core.plot.axis_power import axis_power, in_units
from explorer.core.plot.label_places import label_places
from explorer.core.plot.pi_ticks import is_pi_range
from explorer.core.plot.round_values import snapped
from explorer.core.plot.y_limits import shown_limits
from explorer.session.plot.curve import CurvePoint
from explorer.session.timers import single_shot_timer
from explorer.views.painting.drawing_export import Drawing, view_drawing
from explorer.views.plot.curve_axis import CurveAxis
from explorer.views.plot.hit_testing import nearest_line, value_at
from explorer.views.plot.point_drag import FREE_KEYS, PointDrag
from explorer.views.plot.slope_triangle import SlopeTriangle
from explorer.views.theme.theme import MATH, SANS, Theme, font

RANGE_DELAY_MS = 80
"""Delay after which curves are requested for a range that was dragged."""

MAX_THICK_POINTS = 6000
"""Number of points up to which a curve is drawn thick and smooth; beyond, a thick line takes ten times as long."""
CURVE_WIDTH_PX = 2.6
"""Width of a curve."""

HIT_RADIUS_PX = 7
"""Distance from a curve, at scale 1, that counts as pointing at it."""

GRAB_RADIUS_PX = 12
"""Distance from the point, at scale 1, within which it is grabbed."""

LABEL_WIDTH_PX, LABEL_HEIGHT_PX = 30, 36
"""Size of the name above a curve at scale 1."""

OFFSCREEN_HEIGHTS = 20.0
"""How far beyond its edges a plot is drawn, in heights of the plot."""

TANGENT_SHARE = 0.17
"""Half the length of the tangent, as a share of the plot."""

RANGE_PADDING = 0.035
"""Space left and right of the range, as a share of it."""


class _Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no type hints
    """A plot that emits a signal after painting. The wheel scrolls what is around it, and zooms with Ctrl."""

    painted = Signal()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        self.painted.emit()


class CurveCanvas(QWidget):
    """Draws curves; dragging the point or clicking requests another x, zooming and panning another range.

    The point is where TensorFlow's numbers are and never where the mouse is: a drag asks for another x, and the point
    follows with the values. dragBegan, dragEnded: between them all requests are one change. backRequested: the value
    before, by a double click on the point.
    """

    xRequested = Signal(float)
    dragBegan = Signal()
    dragEnded = Signal()
    backRequested = Signal()
    painted = Signal()
    rangeRequested = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        pg.setConfigOptions(antialias=True)
        self._theme: Theme | None = None
        self._scale = 1.0
        self._range = (-1.0, 1.0)
        self._is_resizing = False
        self._has_triangle = False
        self._widths: dict[str, float] = {}
        self._curves: Mapping[str, tuple[Any, Any]] = {}
        self._drawn: Mapping[str, tuple[Any, Any]] = {}  # the curves, with y in units of the axis
        self._point: CurvePoint | None = None
        self._point_note = ""
        self._bottom = CurveAxis("bottom")
        self._bottom.setStyle(hideOverlappingLabels=False)
        self._left = CurveAxis("left")
        self._plot = _Plot(axisItems={"bottom": self._bottom, "left": self._left}, background=None)
        self._plot.painted.connect(self.painted)
        self._plot.setAccessibleName("Plot of the expression and its derivative")
        self._plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.showGrid(x=True, y=True, alpha=0.12)
        for side in ("bottom", "left"):
            # Ticks and grid change only with the range, and take longer to paint than the curves.
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
        self._triangle = SlopeTriangle(item)
        self._target = pg.TargetItem(size=17, symbol="o", movable=True)
        self._target.setZValue(10)
        self._target.hide()
        item.addItem(self._target, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._range_timer = single_shot_timer(self, self._request_range, RANGE_DELAY_MS)
        self._target.sigPositionChanged.connect(self._target_moved)
        self._drag = PointDrag(self._plot.viewport(), self._point_place, lambda: GRAB_RADIUS_PX * self._scale)
        self._drag.moved.connect(self._dragged)
        self._drag.began.connect(self.dragBegan)
        self._drag.ended.connect(self.dragEnded)
        self._drag.doubleClicked.connect(self.backRequested)
        self._box.sigRangeChangedManually.connect(lambda *_: self._range_timer.start())
        self._box.sigResized.connect(lambda *_: self._resized())
        self._plot.scene().sigMouseClicked.connect(self._clicked)

    def set_curves(self, curves: Mapping[str, tuple[Any, Any]]) -> None:
        """Replace all curves; ``curves`` maps names to (xs, ys)."""
        self._curves = curves
        item = self._plot.getPlotItem()
        for name in [name for name in self._lines if name not in curves]:
            item.removeItem(self._lines.pop(name))
            item.removeItem(self._labels.pop(name))
        for name in curves:
            if name not in self._lines:
                self._lines[name] = pg.PlotDataItem(connect="finite", autoDownsample=False)
                self._lines[name].setZValue(3 if name == "f" else 2)
                self._labels[name] = pg.TextItem(name.replace("″", "''").replace("′", "'"), anchor=(0.5, 1.0))
                item.addItem(self._lines[name])
                item.addItem(self._labels[name], ignoreBounds=True)
                self._style(name)
        power = self._left.power
        self._fit_y_range()
        self._drawn = {name: (x, in_units(y, self._left.power)) for name, (x, y) in curves.items()}
        bottom, top = self._box.viewRange()[1]
        for name, (x, y) in self._drawn.items():
            is_thick = len(x) <= MAX_THICK_POINTS
            self._widths[name] = CURVE_WIDTH_PX if is_thick else 1.0
            self._lines[name].setPen(self._pen(name))
            self._lines[name].opts["antialias"] = is_thick
            # Beside a pole y is as large as its type can tell, too large for the painter. An infinity is no number, to
            # which a line could lead: exp(1/x) comes from 0 on one side of its pole and from infinity on the other.
            reach, largest = OFFSCREEN_HEIGHTS * (top - bottom), float(np.finfo(y.dtype).max)
            drawn = np.clip(y, max(bottom - reach, -largest), min(top + reach, largest))
            self._lines[name].setData(x, np.where(np.isinf(curves[name][1]), y.dtype.type(np.nan), drawn))
        self._place_labels()
        if self._left.power != power:
            self.set_point(self._point)
        # Otherwise the first paint moves the axes, which causes a second one.
        self._box.prepareForPaint()

    def set_point(self, point: CurvePoint | None) -> None:
        """Set the point and its tangent, or hide them for None; without slope, hide the tangent."""
        self._point = point
        self._show_triangle()
        is_visible = point is not None and bool(np.isfinite(point.y))
        self._target.setVisible(is_visible)
        if point is None or not is_visible:
            self._tangent.setData([], [])
            return
        self._place_target()
        if point.slope is None or not np.isfinite(point.slope):
            self._tangent.setData([], [])
            return
        x, y, slope = float(point.x), self._height(point.y), self._height(point.slope)
        (left, right), (bottom, top) = self._box.viewRange()
        # The tangent has the same length on the screen for any slope.
        width, height = (right - left) or 1.0, (top - bottom) or 1.0
        angle = atan(slope * width / height)
        across, up = TANGENT_SHARE * width * cos(angle), TANGENT_SHARE * height * sin(angle)
        self._tangent.setData([x - across, x + across], [y - up, y + up])

    def _height(self, y: Any) -> float:
        """Return a number in units of the axis of y."""
        return float(in_units(y, self._left.power))

    def set_point_note(self, note: str) -> None:
        """Mark the point, and say in its tooltip that float64 has other numbers there; "" if it has not."""
        if note != self._point_note:
            self._point_note = note
            self._target.setToolTip(note)
            self._style_target()

    def set_triangle(self, is_on: bool) -> None:
        """Show or hide the slope triangle at the point."""
        self._has_triangle = is_on
        self._show_triangle()

    def _show_triangle(self) -> None:
        is_complete = self._point is not None and None not in self._point and bool(np.all(np.isfinite(self._point)))
        (left, right), _ = self._box.viewRange()
        if self._has_triangle and is_complete and self._point is not None:
            x, y, slope = map(float, self._point)
            self._triangle.show(x, y, slope, right - left, self._left.power)
        else:
            self._triangle.hide()

    def _place_target(self) -> None:
        assert self._point is not None
        place = pg.Point(float(self._point.x), self._height(self._point.y))
        if self._target.pos() != place:
            with QSignalBlocker(self._target):
                self._target.setPos(place)

    def set_range(self, low: float, high: float) -> None:
        """Show a range of x."""
        self._range = (low, high)
        self._bottom.in_pi = is_pi_range(low, high)
        self._box.setXRange(low, high, padding=RANGE_PADDING)
        self._show_triangle()

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
        self._tangent.setPen(pg.mkPen(theme.text, width=self._device_width(2), style=Qt.PenStyle.DashLine))
        self._triangle.set_style(theme, self._device_width(2), QFont(font(SANS, 13 * self._scale, bold=True)))
        self._style_target()
        self._target.setBrush(pg.mkBrush(theme.text))
        self._target.setHoverPen(pg.mkPen(theme.gradient, width=self._device_width(3)))
        self._target.setHoverBrush(pg.mkBrush(theme.text))

    def _style_target(self) -> None:
        if self._theme is not None:
            is_marked = bool(self._point_note)
            colour = self._theme.error if is_marked else self._theme.value
            style = Qt.PenStyle.DotLine if is_marked else Qt.PenStyle.SolidLine
            self._target.setPen(pg.mkPen(colour, width=self._device_width(3), style=style))

    def set_scale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._scale = scale
        if self._theme is not None:
            self.set_theme(self._theme)
        self._resized()

    def what_is(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: curve, point, tangent or axis, with its values."""
        place = self._plot.mapToScene(self._plot.mapFrom(self, point))
        item = self._plot.getPlotItem()
        if not self._box.sceneBoundingRect().contains(place):
            # Inside, the axes are found everywhere because of the grid.
            axes = (item.getAxis(side) for side in ("bottom", "left"))
            return ("axis", "") if any(axis.sceneBoundingRect().contains(place) for axis in axes) else None
        position, pixel = self._box.mapSceneToView(place), self._box.viewPixelSize()
        where, radius = (float(position.x()), float(position.y())), HIT_RADIUS_PX * self._scale
        if self._point is not None and self._target.isVisible():
            x, y, slope = self._point
            if nearest_line({"": (np.array([x]), np.array([self._height(y)]))}, where, pixel, 1.5 * radius) is not None:
                text = f"({format_full(x)}, {y:.6g})"  # x is the number that the user chose
                text = text if slope is None else f"{text}, slope {slope:.6g}"
                return "point", f"{text}. {self._point_note}" if self._point_note else text
        name = nearest_line(self._drawn, where, pixel, radius)
        if name is not None:
            return "curve", f"{name} = {value_at(self._curves[name], where[0]):.4g} at {where[0]:.4g}"
        xs, ys = self._tangent.getData()
        if xs is not None and len(xs) and nearest_line({"": (xs, ys)}, where, pixel, radius) is not None:
            return "tangent", f"slope {self._point.slope:.6g}" if self._point and self._point.slope is not None else ""
        return None

    def drawing(self) -> Drawing:
        """Return the current contents of the plot."""
        return view_drawing(self._plot)

    def _colour(self, name: str) -> QColor:
        theme = self._theme
        assert theme is not None
        return {"f": theme.value, "g": theme.text, "f″": theme.muted}.get(name, theme.gradient)

    def _pen(self, name: str) -> Any:
        width = self._widths.get(name, CURVE_WIDTH_PX)
        if width > 1:
            width = self._device_width(width)
        if self._theme is None:
            return pg.mkPen("#888888", width=width)
        styles = {"g": Qt.PenStyle.DotLine, "f″": Qt.PenStyle.DashDotLine}
        return pg.mkPen(self._colour(name), width=width, style=styles.get(name, Qt.PenStyle.SolidLine))

    def _device_width(self, width: float) -> float:
        """Convert a width at scale 1 to device pixels, which pyqtgraph's pens use."""
        return width * self._scale * self.devicePixelRatioF()

    def _style(self, name: str) -> None:
        if self._theme is not None:
            self._lines[name].setPen(self._pen(name))
            self._labels[name].setColor(self._colour(name))
            label = QFont(font(MATH, 19 * self._scale, italic=True))
            self._labels[name].setFont(label)

    def _fit_y_range(self) -> None:
        """Set the range of y so that it contains all curves, except for poles."""
        limits = shown_limits(self._curves)
        if limits is None:
            return
        self._left.set_power(axis_power(*limits))
        low, high = map(self._height, limits)
        margin = 0.12 * (high - low)
        label_share = min(LABEL_HEIGHT_PX * self._scale / max(self._box.height(), 1), 0.3)  # as a share of the height
        above = max(margin, (high - low + margin) * label_share / (1 - label_share))
        self._box.setYRange(low - margin, high + above, padding=0)

    def _resized(self) -> None:
        """Fit the range of y again, because the labels keep their height while the plot does not."""
        if self._curves and not self._is_resizing:
            self._is_resizing = True  # another range may need a wider axis, which resizes the plot again
            self._fit_y_range()
            self._place_labels()
            self._is_resizing = False

    def _place_labels(self) -> None:
        (left, right), (bottom, top) = self._box.viewRange()
        width = LABEL_WIDTH_PX * self._scale * (right - left) / max(self._box.width(), 1)
        height = LABEL_HEIGHT_PX * self._scale * (top - bottom) / max(self._box.height(), 1)
        for name, place in label_places(self._drawn, (left, right), (bottom, top), (width, height)).items():
            self._labels[name].setPos(*place)

    def _point_place(self) -> QPointF | None:
        """Return where the point is in the viewport, None if it is not visible there."""
        if self._point is None or not self._target.isVisible():
            return None
        place = self._box.mapViewToScene(pg.Point(float(self._point.x), self._height(self._point.y)))
        if not self._box.sceneBoundingRect().contains(place):
            return None
        return QPointF(self._plot.mapFromScene(place))

    def _dragged(self, position: float, is_free: bool) -> None:
        """Request the x at a position in the viewport."""
        self._request_x(self._plot.mapToScene(QPoint(round(position), 0)), is_free)

    def _clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._box.sceneBoundingRect().contains(event.scenePos()):
            self._request_x(event.scenePos(), bool(event.modifiers() & FREE_KEYS))

    def _request_x(self, place: Any, is_free: bool) -> None:
        x, pixel = float(self._box.mapSceneToView(place).x()), float(self._box.viewPixelSize()[0])
        low, high = self._range
        x = snapped(x, pixel, in_pi=self._bottom.in_pi, is_free=is_free)
        self.xRequested.emit(min(max(x, low), high))

    def _target_moved(self, target: Any) -> None:
        """Put the point back to its numbers, and request those of the place where it was moved to."""
        x = float(target.pos().x())
        if self._point is not None:
            self._place_target()
        if self._point is None or x != float(self._point.x):
            self.xRequested.emit(min(max(x, self._range[0]), self._range[1]))

    def _request_range(self) -> None:
        low, high = self._box.viewRange()[0]
        inset = RANGE_PADDING / (1 + 2 * RANGE_PADDING) * (high - low)
        self.rangeRequested.emit(low + inset, high - inset)
