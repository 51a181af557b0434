"""A heat map of two variables with contour lines, the gradient as an arrow, and a path of gradient descent."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from contourpy import contour_generator
from PySide6.QtCore import QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QSlider, QVBoxLayout, QWidget

from explorer.core.errors import UserError
from explorer.core.expression.names import display_name
from explorer.core.number_format import format_number
from explorer.core.plot.pi_ticks import bound_text
from explorer.session.plot.surface import SurfaceSession
from explorer.views.theme.theme import Theme
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.form_dialog import FormDialog
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable

CONTOUR_COUNT = 14
"""Number of contour lines."""

ARROW_LENGTH = 0.16
"""Length of the arrow for the direction of the gradient, as a share of the plot."""


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
        column = make_scrollable(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(8)
        self._hint = make_label(
            "heading", text="Click anywhere to start gradient descent there, with TensorFlow's gradients.", wraps=True
        )
        column.addWidget(self._hint)
        column.addWidget(self._build_plot(), 1)
        column.addLayout(self._build_controls())
        self._note = QLabel()
        self._note.setObjectName("surfaceNote")
        self._note.setWordWrap(True)
        column.addWidget(self._note)
        surface.fieldChanged.connect(self._show_field)
        surface.pathChanged.connect(self._show_path)
        surface.pointChanged.connect(self._show_point)
        surface.messageChanged.connect(self._note.setText)
        surface.set_visible(True)

    def _build_plot(self) -> QWidget:
        theme = self._theme
        self._plot = pg.PlotWidget(background=theme.panel)
        self._plot.setObjectName("surfacePlot")
        self._plot.setAccessibleName("Heat map")
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        for side in ("bottom", "left"):
            item.getAxis(side).setPen(pg.mkPen(theme.border))
            item.getAxis(side).setTextPen(pg.mkPen(theme.muted))
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setColorMap(pg.colormap.get("cividis"))
        item.addItem(self._image)
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

    def _build_controls(self) -> QVBoxLayout:
        rows = QVBoxLayout()
        first = FlowRow()
        self._rate = self._field("learningRate", "Learning rate of gradient descent", f"{self._surface.rate:g}")
        self._rate.editingFinished.connect(lambda: self._run_reporting_errors(self._surface.set_rate, self._rate))
        self._reach = self._field(
            "surfaceReach", "The plot extends from minus this number to this number", bound_text(self._surface.reach)
        )
        self._reach.editingFinished.connect(lambda: self._run_reporting_errors(self._surface.set_reach, self._reach))
        start = QPushButton("Walk from the point")
        start.setObjectName("descendButton")
        start.setToolTip("Start gradient descent at the current inputs")
        start.clicked.connect(self._descend_from_point)
        for widget in (QLabel("learning rate"), self._rate, QLabel("range ±"), self._reach):
            first.addWidget(widget)
        first.addStretch(1)
        first.addWidget(start)
        rows.addLayout(first)
        second = FlowRow()
        self._step_slider = QSlider(Qt.Orientation.Horizontal)
        self._step_slider.setObjectName("pathSlider")
        self._step_slider.setAccessibleName("Step of gradient descent")
        self._step_slider.setToolTip("Go along the path: inputs, graph and gradients follow")
        self._step_slider.valueChanged.connect(self._scrubbed)
        self._step_label = QLabel()
        self._step_label.setObjectName("pathLabel")
        self._step_label.setMinimumWidth(230)
        second.addWidget(self._step_slider, 1)
        second.addWidget(self._step_label)
        rows.addLayout(second)
        self._show_path()
        return rows

    def _field(self, name: str, tip: str, text: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setObjectName(name)
        field.setToolTip(tip)
        field.setAccessibleName(tip)
        field.setFixedWidth(max(90, 6 * field.fontMetrics().horizontalAdvance("0") + 40))
        return field

    # -- showing ----------------------------------------------------------------------------------

    def _show_field(self, reply: Any) -> None:
        is_visible = reply is not None
        for item in (self._image, self._contours, self._shaft, self._head, self._dot, self._path):
            item.setVisible(is_visible)
        if not is_visible or self._surface.pair is None:
            return
        values = np.asarray(reply["values"], dtype=np.float64)
        x, y = np.asarray(reply["x_axis"]), np.asarray(reply["y_axis"])
        finite = values[np.isfinite(values)]
        low, high = (float(v) for v in np.percentile(finite, (1, 99))) if finite.size else (0.0, 1.0)
        low, high = (low, high) if high > low else (low - 1, high + 1)
        self._image.setImage(values, levels=(low, high))
        half = (x[1] - x[0]) / 2
        self._image.setRect(QRectF(x[0] - half, y[0] - half, x[-1] - x[0] + 2 * half, y[-1] - y[0] + 2 * half))
        self._contours.setData(*_contour_lines(x, y, values, np.linspace(low, high, CONTOUR_COUNT + 2)[1:-1]))
        item = self._plot.getPlotItem()
        item.setRange(xRange=(x[0], x[-1]), yRange=(y[0], y[-1]), padding=0)
        for side, name in zip(("bottom", "left"), self._surface.pair, strict=True):
            item.setLabel(side, display_name(name), color=self._theme.text.name())

    def _show_point(self, point: Any) -> None:
        if point is None:
            return
        x, y, dx, dy = point
        self._dot.setData([x], [y])
        length = float(np.hypot(dx, dy))
        has_direction = bool(np.isfinite(length) and length > 0)
        self._head.setVisible(has_direction)
        self._shaft.setVisible(has_direction)
        if has_direction:
            length_in_plot = 2 * self._surface.reach * ARROW_LENGTH
            tip = (x + dx / length * length_in_plot, y + dy / length * length_in_plot)
            self._shaft.setData([x, tip[0]], [y, tip[1]])
            self._head.setPos(*tip)
            self._head.setStyle(angle=180 - float(np.degrees(np.arctan2(dy, dx))))
        self._hint.setToolTip(f"The arrow is the gradient ({format_number(dx)}, {format_number(dy)}): uphill.")

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
            self._surface.descend(point[0], point[1])

    def _scrubbed(self, path_index: int) -> None:
        self._surface.set_path_index(path_index)
        self._show_step()

    def _run_reporting_errors(self, ask: Any, field: QLineEdit) -> None:
        try:
            ask(field.text())
        except UserError as error:
            self._note.setText(error.message)

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
