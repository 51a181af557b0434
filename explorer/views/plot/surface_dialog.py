"""A heat map of two coordinates with contour lines, the gradient as an arrow, and a path of gradient descent."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyqtgraph as pg
from contourpy import contour_generator
from PySide6.QtCore import QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSlider, QVBoxLayout, QWidget

from explorer.core.expression.coordinate import parse_coordinate
from explorer.core.expression.names import display_name
from explorer.core.number_format import SUPERSCRIPTS, format_number, format_value
from explorer.core.plot.axis_power import in_units
from explorer.core.plot.colour_levels import colour_levels
from explorer.core.plot.pi_ticks import bound_text
from explorer.session.plot.surface import STRIP, SurfacePoint, SurfaceSession
from explorer.views.plot.field_errors import FieldErrors
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.coordinate_picker import CoordinatePicker
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.form_dialog import FormDialog
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable

CONTOUR_COUNT = 14
"""Number of contour lines."""

ARROW_LENGTH = 0.16
"""Length of the arrow for the direction of the gradient, as a share of the shorter side of the plot."""

COLOUR_BAR_WIDTH_PX = 16

PERPENDICULAR = "the arrow points uphill, perpendicular to the contours"
EQUAL = "One unit is as long on both axes, so that the gradient is perpendicular to the contours"
NOT_PERPENDICULAR = "the axes have different units, so the arrow is not perpendicular to the contours"


class SurfaceDialog(FormDialog):
    """Shows the session while it is open; a click starts gradient descent there."""

    def __init__(self, surface: SurfaceSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surfaceDialog")
        self.setWindowTitle("Two variables")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_to_font(self, 760, 660)  # fits a projector with 720 lines, with its title bar
        self._surface = surface
        self._theme = theme
        self._message = ""
        self._errors = FieldErrors(self)
        column = make_scrollable(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(8)
        self._hint = make_label(
            "heading", text="Click anywhere to start gradient descent there, with TensorFlow's gradients.", wraps=True
        )
        column.addWidget(self._hint)
        column.addWidget(self._build_plot(), 1)
        self._point_label = self._label("surfacePoint", "")
        column.addWidget(self._point_label)
        self._levels_label = self._label("surfaceLevels", "muted")
        self._held = self._label("surfaceHeld", "muted")
        for label in (self._levels_label, self._held):
            column.addWidget(label)
        column.addLayout(self._build_axes())
        column.addLayout(self._build_controls())
        self._note = self._label("surfaceNote", "")
        column.addWidget(self._note)
        surface.pairChanged.connect(self._show_pair)
        surface.axesChanged.connect(self._show_axes)
        surface.fieldChanged.connect(self._show_field)
        surface.pathChanged.connect(self._show_path)
        surface.pointChanged.connect(self._show_point)
        surface.messageChanged.connect(self._show_message)
        self._errors.changed.connect(self._show_note)
        surface.set_visible(True)

    def _build_plot(self) -> QWidget:
        theme = self._theme
        self._plot = pg.PlotWidget(background=theme.panel)
        self._plot.setObjectName("surfacePlot")
        self._plot.setAccessibleName("Heat map")
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.layout.setContentsMargins(6, 8, 0, 0)  # for the label and the upper half of the last number of the axis
        item.setMouseEnabled(False, False)
        self._box = item.getViewBox()
        self._box.sigResized.connect(lambda *_: self._report_aspect())
        for side in ("bottom", "left"):
            item.getAxis(side).setPen(pg.mkPen(theme.border))
            item.getAxis(side).setTextPen(pg.mkPen(theme.muted))
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setColorMap(pg.colormap.get("cividis"))
        item.addItem(self._image)
        self._bar = pg.ColorBarItem(width=COLOUR_BAR_WIDTH_PX, interactive=False, colorMapMenu=False)
        self._bar.setImageItem(self._image, insert_in=item)
        for side in ("left", "right", "top", "bottom"):
            self._bar.getAxis(side).setPen(pg.mkPen(theme.border))
        self._bar.axis.setTextPen(pg.mkPen(theme.muted))
        self._bar.axis.enableAutoSIPrefix(False)
        self._contours = pg.PlotDataItem(pen=pg.mkPen((255, 255, 255, 110), width=1), connect="finite")
        item.addItem(self._contours)
        # White with a dark outline is visible on every colour of the map.
        self._path = pg.PlotDataItem(
            pen=pg.mkPen("w", width=2.5), symbol="o", symbolSize=6, symbolBrush="w", symbolPen=pg.mkPen("k")
        )
        item.addItem(self._path)
        self._shaft = pg.PlotDataItem(pen=pg.mkPen(theme.gradient, width=4))
        item.addItem(self._shaft)
        self._head = pg.ArrowItem(headLen=20, tipAngle=38, pen=pg.mkPen("k"), brush=theme.gradient)
        item.addItem(self._head)
        self._dot = pg.ScatterPlotItem(size=15, brush=theme.value, pen=pg.mkPen("w", width=2))
        item.addItem(self._dot)
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        plot: QWidget = self._plot
        return plot

    def _build_axes(self) -> FlowRow:
        row = FlowRow()
        surface = self._surface
        self._pickers = []
        self._reaches = []
        for axis, (name, object_name) in enumerate((("horizontal", "surfaceReach"), ("vertical", "surfaceReachY"))):
            picker = CoordinatePicker(f"surfaceAxis{'XY'[axis]}", f"The variable or entry on the {name} axis")
            picker.chosen.connect(partial(surface.set_axis, axis))
            tip = f"The {name} axis extends from minus this number to this number"
            field = self._field(object_name, tip, bound_text(surface.reaches[axis]))
            field.editingFinished.connect(partial(self._read, partial(surface.set_reach, axis=axis), field))
            self._pickers.append(picker)
            self._reaches.append(field)
            group = QWidget()  # which stays on one line
            inside = QHBoxLayout(group)
            inside.setContentsMargins(0, 0, 8, 0)
            for widget in (QLabel("→" if axis == 0 else "↑"), picker, QLabel("±"), field):
                inside.addWidget(widget)
            row.addWidget(group)
        row.addStretch(1)
        self._equal = QCheckBox("Equal axes")
        self._equal.setObjectName("surfaceEqualAxes")
        self._equal.setToolTip(EQUAL)
        self._equal.setChecked(surface.equal_axes)
        self._equal.toggled.connect(surface.set_equal_axes)
        row.addWidget(self._equal)
        return row

    def _build_controls(self) -> QVBoxLayout:
        rows = QVBoxLayout()
        first = FlowRow()
        self._rate = self._field("learningRate", "Learning rate of gradient descent", f"{self._surface.rate:g}")
        self._rate.editingFinished.connect(partial(self._read, self._surface.set_rate, self._rate))
        start = QPushButton("Walk from the point")
        start.setObjectName("descendButton")
        start.setToolTip("Start gradient descent at the current inputs")
        start.clicked.connect(self._descend_from_point)
        for widget in (QLabel("learning rate"), self._rate, start):
            first.addWidget(widget)
        self._step_slider = QSlider(Qt.Orientation.Horizontal)
        leave_wheel_to_page(self._step_slider)
        self._step_slider.setObjectName("pathSlider")
        self._step_slider.setAccessibleName("Step of gradient descent")
        self._step_slider.setToolTip("Go along the path: inputs, graph and gradients follow")
        self._step_slider.valueChanged.connect(self._scrubbed)
        self._step_label = QLabel()
        self._step_label.setObjectName("pathLabel")
        widest = "step 200 of 200   f = −0.0000"
        self._step_label.setMinimumWidth(self._step_label.fontMetrics().horizontalAdvance(widest))
        first.addWidget(self._step_slider, 1)
        first.addWidget(self._step_label)
        rows.addLayout(first)
        self._show_path()
        return rows

    def _field(self, name: str, tip: str, text: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setObjectName(name)
        field.setToolTip(tip)
        field.setAccessibleName(tip)
        field.setFixedWidth(max(90, 6 * field.fontMetrics().horizontalAdvance("0") + 40))
        return field

    def _label(self, name: str, role: str) -> QLabel:
        label = QLabel()
        label.setObjectName(name)
        label.setWordWrap(True)
        if role:
            label.setProperty("role", role)
        return label

    # -- showing ----------------------------------------------------------------------------------

    def _show_pair(self) -> None:
        """Show what is on the axes, and which values are held still."""
        surface = self._surface
        pair = surface.pair or (None, None)
        for picker, current, taken in zip(self._pickers, pair, reversed(pair), strict=True):
            picker.setTaken(taken or "")
            picker.setValues(surface.point_values, current)
        self._held.setText(self._held_text())
        self._held.setVisible(bool(self._held.text()))
        self._show_axes()

    def _held_text(self) -> str:
        """Return which values are held still; "" if there are none."""
        on_axes = {parse_coordinate(name).variable for name in self._surface.pair or ()}
        held = []
        for name, value in self._surface.held_values.items():
            shown = display_name(name)
            held.append(f"the other entries of {shown}" if name in on_axes else f"{shown} = {format_value(value)}")
        return f"Held still: {', '.join(held)}" if held and on_axes else ""

    def _show_axes(self) -> None:
        """Show whether both axes have one unit of length."""
        surface = self._surface
        self._equal.setEnabled(surface.can_have_equal_axes)
        with QSignalBlocker(self._equal):
            self._equal.setChecked(surface.has_equal_axes)
        self._equal.setToolTip(EQUAL if surface.can_have_equal_axes else STRIP)
        self._box.setAspectLocked(surface.has_equal_axes)
        self._report_aspect()

    def _report_aspect(self) -> None:
        if self._box.height() > 0:
            self._surface.set_aspect(self._box.width() / self._box.height())

    def _show_field(self, reply: Any) -> None:
        is_visible = reply is not None
        for item in (self._image, self._contours, self._shaft, self._head, self._dot, self._path):
            item.setVisible(is_visible)
        if not is_visible or self._surface.pair is None:
            for label in (self._point_label, self._levels_label):  # they are about what was shown before
                label.clear()
            return
        values = np.asarray(reply["values"], dtype=np.float64)
        x, y = np.asarray(reply["x_axis"]), np.asarray(reply["y_axis"])
        levels = colour_levels(reply["values"])
        drawn = in_units(values, levels.power)
        self._levels_label.setText(levels.note)
        self._levels_label.setVisible(bool(self._levels_label.text()))
        self._image.setImage(drawn, autoLevels=False)
        self._bar.setLevels((levels.low, levels.high))  # those of the map too
        unit = f" / 10{str(levels.power).translate(SUPERSCRIPTS)}" if levels.power else ""
        self._bar.getAxis("left").setLabel(f"{self._surface.title}{unit}", color=self._theme.text.name())
        across, up = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
        self._image.setRect(QRectF(x[0] - across, y[0] - up, x[-1] - x[0] + 2 * across, y[-1] - y[0] + 2 * up))
        heights = () if levels.is_constant else np.linspace(levels.low, levels.high, CONTOUR_COUNT + 2)[1:-1]
        self._contours.setData(*_contour_lines(x, y, drawn, heights))
        item = self._plot.getPlotItem()
        item.setRange(xRange=(x[0], x[-1]), yRange=(y[0], y[-1]), padding=0)
        for side, name in zip(("bottom", "left"), self._surface.pair, strict=True):
            item.setLabel(side, parse_coordinate(name).display_name, color=self._theme.text.name())

    def _show_point(self, point: SurfacePoint | None) -> None:
        if point is None:
            return
        self._dot.setData([point.x], [point.y])
        dx, dy = (0.0 if slope is None else slope for slope in point[2:])
        has_direction = self._surface.has_value and bool(np.isfinite(dx) and np.isfinite(dy) and (dx or dy))
        self._head.setVisible(has_direction)
        self._shaft.setVisible(has_direction)
        if has_direction:
            # In pixels, because the axes may have different units.
            unit_x, unit_y = self._box.viewPixelSize()
            scale = max(abs(dx), abs(dy))  # so that neither a tiny nor a huge gradient underflows or overflows
            across, up = dx / scale / unit_x, dy / scale / unit_y
            length = ARROW_LENGTH * min(self._box.width(), self._box.height()) / float(np.hypot(across, up))
            tip = (point.x + across * length * unit_x, point.y + up * length * unit_y)
            foot = 0.85  # the shaft ends inside the head
            self._shaft.setData(
                [point.x, point.x + foot * (tip[0] - point.x)], [point.y, point.y + foot * (tip[1] - point.y)]
            )
            self._head.setPos(*tip)
            self._head.setStyle(angle=180 - float(np.degrees(np.arctan2(up, across))))
        self._point_label.setText(self._gradient_text(point))

    def _gradient_text(self, point: SurfacePoint) -> str:
        """Return the gradient at the point, or why there is none."""
        if not self._surface.has_value:
            return f"{self._surface.title} is not a number here, so it has no gradient."
        missing = [name for name, slope in zip(self._surface.pair or (), point[2:], strict=False) if slope is None]
        if missing:
            return f"TensorFlow has no gradient for {' and '.join(missing)} here."
        slopes = np.array(point[2:], dtype=np.float64)
        numbers = ", ".join(format_number(slope) for slope in slopes)
        if np.any(np.isnan(slopes)):
            return "The gradient is not a number here."
        if not np.all(np.isfinite(slopes)):
            return f"The gradient is infinite here: ({numbers})."
        if not np.any(slopes):
            return "The gradient is 0 here."
        return f"gradient ({numbers}): {PERPENDICULAR if self._surface.has_equal_axes else NOT_PERPENDICULAR}"

    def _show_path(self) -> None:
        path = self._surface.path
        self._path.setData(path[:, 0], path[:, 1])
        with QSignalBlocker(self._step_slider):
            self._step_slider.setRange(0, max(len(path) - 1, 0))
            self._step_slider.setValue(self._surface.path_index)
        self._step_slider.setEnabled(len(path) > 1)
        self._show_step()

    def _show_step(self) -> None:
        surface = self._surface
        if not len(surface.path):
            self._step_label.setText("no steps yet")
            return
        height = surface.heights[surface.path_index] if surface.path_index < len(surface.heights) else np.nan
        self._step_label.setText(
            f"step {surface.path_index} of {len(surface.path) - 1}   f = {format_number(float(height))}"
        )

    # -- requests -----------------------------------------------------------------------------------

    def _clicked(self, event: Any) -> None:
        box = self._plot.getPlotItem().getViewBox()
        if event.button() == Qt.MouseButton.LeftButton and box.sceneBoundingRect().contains(event.scenePos()):
            place = box.mapSceneToView(event.scenePos())
            self._surface.descend(place.x(), place.y())

    def _descend_from_point(self) -> None:
        if (point := self._surface.point) is not None:
            self._surface.descend(point.x, point.y)

    def _scrubbed(self, path_index: int) -> None:
        self._surface.set_path_index(path_index)
        self._show_step()

    def _read(self, request: Callable[[str], None], field: QLineEdit) -> None:
        self._errors.try_to(lambda: request(field.text()), field)

    def _show_message(self, message: str) -> None:
        self._message = message
        self._show_note()

    def _show_note(self) -> None:
        """Show what is wrong with a field, and the message of the session."""
        self._note.setText(" ".join(filter(None, (self._errors.text, self._message))))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop following the session."""
        self._surface.set_visible(False)
        super().closeEvent(event)


def _contour_lines(x: Any, y: Any, values: Any, levels: Any) -> tuple[Any, Any]:
    """Return all contour lines as one curve with gaps."""
    generator = contour_generator(x, y, np.ma.masked_invalid(values))
    gap = np.full((1, 2), np.nan)
    parts = [np.empty((0, 2))]
    for level in levels:
        for line in generator.lines(float(level)):
            parts += [np.asarray(line), gap]
    points = np.concatenate(parts)
    return points[:, 0], points[:, 1]
