"""The plot of an expression with its fields: range, points, a second expression, and a claim to check."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Property, QPoint, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.errors import UserError
from explorer.core.expression.values import parse_value
from explorer.core.number_format import format_number
from explorer.core.plot.pi_ticks import bound_text
from explorer.session.plot.curve import CurveSession
from explorer.views.painting.drawing_export import Drawing
from explorer.views.theme.theme import Theme
from explorer.views.widgets.coordinate_picker import CoordinatePicker
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.hint_line_edit import HintLineEdit


class CurvePlot(QWidget):
    """The place of the plot; `attach` creates the canvas once pyqtgraph is imported, after the first paint."""

    xRequested = Signal(float)
    dragBegan = Signal()
    dragEnded = Signal()
    backRequested = Signal()
    rangeRequested = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curvePlot")
        self.setAccessibleName("Plot")
        self.setMinimumHeight(92)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._shown: dict[str, int] = {}
        self._canvas: Any = None
        self._pending_calls: dict[str, tuple[Any, ...]] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def _get_shown(self) -> dict[str, int]:
        return self._shown

    shownCurves = Property("QVariantMap", _get_shown)  # type: ignore[arg-type]  # the stub lacks names of meta types
    """Number of points of each curve that is drawn, by its name (``f``, ``f′``, ``f″``, ``g``)."""

    @property
    def is_attached(self) -> bool:
        """Whether the canvas exists."""
        return self._canvas is not None

    def attach(self) -> None:
        """Create the canvas and draw what was set before; pyqtgraph is imported before."""
        if self._canvas is not None:
            return
        from explorer.views.plot.curve_canvas import CurveCanvas

        self._canvas = CurveCanvas()
        self._layout.addWidget(self._canvas)
        self._canvas.xRequested.connect(self.xRequested)
        self._canvas.dragBegan.connect(self.dragBegan)
        self._canvas.dragEnded.connect(self.dragEnded)
        self._canvas.backRequested.connect(self.backRequested)
        self._canvas.rangeRequested.connect(self.rangeRequested)
        self._apply_pending()

    def setCurves(self, curves: Mapping[str, tuple[Any, Any]], shown: Mapping[str, int]) -> None:
        """Draw curves, downsampled to the screen; ``shown`` has the number of points of each before that."""
        self._call("set_curves", dict(curves))
        self._shown = dict(shown)

    def setPoint(self, point: Any) -> None:
        """Set the point and its tangent from (x, y, slope), or hide them for None."""
        self._call("set_point", point)

    def setRange(self, low: float, high: float) -> None:
        """Show a range of x."""
        self._call("set_range", low, high)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._call("set_theme", theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._call("set_scale", scale)

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a curve, the point, its tangent or an axis."""
        return None if self._canvas is None else self._canvas.what_is(self._canvas.mapFrom(self, point))

    def drawing(self) -> Drawing:
        """Return the current contents of the plot; raises ValueError if it does not exist yet."""
        if self._canvas is None:
            raise ValueError("there is no plot yet")
        self._apply_pending()
        drawing: Drawing = self._canvas.drawing()
        return drawing

    def _call(self, name: str, *arguments: Any) -> None:
        self._pending_calls[name] = arguments
        # A hidden plot, as in presentation mode, is not drawn: that would take a third of the time of a scene change.
        if self._canvas is not None and self.isVisible():
            self._apply_pending()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was set while the plot was hidden."""
        if self._canvas is not None:
            self._apply_pending()
        super().showEvent(event)

    def _apply_pending(self) -> None:
        for name in ("set_theme", "set_scale", "set_range", "set_curves", "set_point"):
            if (arguments := self._pending_calls.pop(name, None)) is not None:
                getattr(self._canvas, name)(*arguments)


class CurvePanel(QFrame):
    """Shows the curve session and sends it requests."""

    def __init__(self, curve: CurveSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curvePanel")
        self.setProperty("card", True)
        self._curve = curve
        self._digits = 4
        self._theme: Theme | None = None
        self.plot = CurvePlot()
        self._build()
        self._connect()
        self._show_range(curve.low, curve.high)
        self.plot.setRange(curve.low, curve.high)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 12, 8)
        column.setSpacing(4)
        self._title = self._label("curveTitle", "muted")
        self._title.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self._title)
        column.addWidget(self.plot, 1)
        self._note = self._label("curveNote", "muted")
        column.addWidget(self._note)
        self._controls = QWidget()
        rows = QVBoxLayout(self._controls)
        rows.setContentsMargins(6, 0, 0, 0)
        rows.setSpacing(4)
        first = FlowRow()
        first.setSpacing(6)
        self._variable = CoordinatePicker("curveVariable", "The variable on the axis")
        self._low = self._field("rangeLow", "Start of the range, for example -2*pi", self._range_edited)
        self._high = self._field("rangeHigh", "End of the range, for example 2*pi", self._range_edited)
        self._points = self._field("pointsField", "Number of points, up to 1,000,000 and beyond", self._points_edited)
        self._second = QToolButton()
        self._second.setObjectName("secondDerivativeButton")
        self._second.setText("f″")
        self._second.setCheckable(True)
        self._second.setToolTip("Plot the second derivative too")
        first.addWidget(self._variable)
        first.addWidget(self._low, 4)
        first.addWidget(QLabel("to"))
        first.addWidget(self._high, 4)
        first.addWidget(self._points, 5)
        self._points_label = QLabel("points")
        first.addWidget(self._points_label)
        first.addWidget(self._second)
        rows.addLayout(first)
        second = FlowRow()
        second.setSpacing(6)
        self._overlay = self._field("overlayEdit", "A second expression, laid over the plot", self._overlay_edited)
        self._overlay.setHints("g: lay another curve over it", "another curve", "curve g")
        self._claim = self._field("claimEdit", "What you think f′ is, for example 2*cos(2*x)", self._check)
        self._claim.setHints("f′ = ?")
        for hinted in (self._overlay, self._claim):
            hinted.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            hinted.setMinimumWidth(0)  # the hint determines the minimum width
        self._check_button = QPushButton("Holds everywhere?")
        self._check_button.setObjectName("claimButton")
        self._check_button.setToolTip("Compare f′ with what you typed, at all points of the curve")
        second.addWidget(self._overlay, 5)
        second.addWidget(self._claim, 4)
        second.addWidget(self._check_button)
        rows.addLayout(second)
        self._answer = self._label("claimAnswer", "notice")
        rows.addWidget(self._answer)
        column.addWidget(self._controls)

    def _connect(self) -> None:
        curve = self._curve
        curve.curvesChanged.connect(self._show_curves)
        curve.pointChanged.connect(self._show_point)
        curve.rangeChanged.connect(self._show_range)
        curve.variableChanged.connect(self._show_variables)
        curve.messageChanged.connect(lambda text: self._set_text(self._note, text))
        curve.overlayErrorChanged.connect(lambda text: self._set_text(self._answer, text))
        curve.checkChanged.connect(self._show_check)
        curve.optionsChanged.connect(self._show_wanted)
        self.plot.rangeRequested.connect(curve.set_range)
        self._second.toggled.connect(curve.set_second)
        self._check_button.clicked.connect(self._check)
        self._variable.chosen.connect(curve.set_variable)
        self._points.setText(f"{curve.points:,}")
        self._points.setCursorPosition(0)
        self._show_variables(None)
        self._set_text(self._note, "The curve and its derivative appear here.")

    def _label(self, name: str, role: str) -> QLabel:
        label = QLabel()
        label.setObjectName(name)
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.hide()
        return label

    def _field(self, name: str, tip: str, done: Callable[[], None]) -> HintLineEdit:
        field = HintLineEdit()
        field.setObjectName(name)
        field.setToolTip(tip)
        field.setAccessibleName(tip)
        field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        field.setMinimumWidth(40)
        field.editingFinished.connect(lambda: done() if field.isModified() else None)
        if done == self._check:
            field.returnPressed.connect(done)
        return field

    # -- showing ----------------------------------------------------------------------------------

    def _show_curves(self, curves: Any) -> None:
        # The range is set together with the curves, so that the old ones are not painted for it.
        self.plot.setRange(self._curve.low, self._curve.high)
        names = [name for name in curves if name in ("f", "g") or not self._curve.hides_slope]
        self.plot.setCurves(
            {name: curves[name] for name in names}, {name: self._curve.point_counts[name] for name in names}
        )
        self._set_text(self._note, self._curve.message)
        self._set_text(self._title, self._plot_title())

    def _plot_title(self) -> str:
        """Return what f is in this plot, empty if it is the expression."""
        part, derivative = self._curve.tensor, self._curve.derivative
        if derivative:
            return f"Plotted as f: {self._curve.part or derivative} of {self._curve.title}"
        if self._curve.part:
            return f"Plotted as f: {self._curve.part}"
        return f"f = {self._curve.title}   ({part})" if part is not None else ""

    def _show_point(self, point: tuple[Any, Any, Any] | None) -> None:
        hidden = point is not None and self._curve.hides_slope
        self.plot.setPoint((*point[:2], None) if point is not None and hidden else point)

    def _show_range(self, low: float, high: float) -> None:
        for field, value in ((self._low, low), (self._high, high)):
            field.setText(bound_text(value))
            field.setCursorPosition(0)

    def _show_wanted(self) -> None:
        """Show settings that were not entered here, such as those of a lesson."""
        curve = self._curve
        for field, text in ((self._overlay, curve.overlay), (self._claim, curve.claim)):
            if not field.hasFocus() and field.text() != text:
                field.setText(text)
                field.setCursorPosition(0)
        if not self._points.hasFocus():
            self._points.setText(f"{curve.points:,}")
            self._points.setCursorPosition(0)
        self._second.setChecked(curve.second)

    def _show_variables(self, _variable: Any) -> None:
        curve = self._curve
        has_axis = curve.variable is not None
        self._variable.setValues(curve.point_values, curve.variable)
        # Without a variable there is no axis; the note says so, and the chain rule gets the space.
        self.plot.setVisible(has_axis)
        self._controls.setVisible(has_axis)
        self._fit_points_label()

    def _show_check(self, reply: Mapping[str, Any] | None) -> None:
        if reply is None:
            self._set_text(self._answer, "")
            return
        if "error" in reply:
            self._set_text(self._answer, reply["error"]["message"])
            return
        compared = f"{reply['compared']:,} points"
        if not reply["compared"]:
            text = "There is no point in this range at which both are defined."
        elif reply["holds"]:
            text = f"Yes: f′ equals {self._curve.claim} at all {compared}"
            text += f" (largest deviation {format_number(reply['deviation'], 2)}, within rounding)."
        else:
            where = f"{self._curve.variable} = {format_number(reply['where'], 6)}"
            gradient, claimed, deviation = (reply[key] for key in ("gradient", "claimed", "deviation"))
            if deviation is None:
                text = f"No: at {where} f′ is {format_number(gradient, self._digits)}, and what you typed is undefined."
            else:
                text = (
                    f"No: of {compared} the largest deviation is {format_number(deviation, self._digits)}, at {where}."
                )
                both = (format_number(value, self._digits) for value in (gradient, claimed))
                text += " There f′ is {}, and what you typed is {}.".format(*both)
        if reply["compared"] and reply["undefined"]:
            text += f" At {reply['undefined']:,} further points one of them is undefined."
        self._set_text(self._answer, text)

    def _set_text(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    # -- requests -----------------------------------------------------------------------------------

    def _run_reporting_errors(self, request: Callable[[], None]) -> bool:
        try:
            request()
        except UserError as error:
            self._set_text(self._answer, error.message)
            return False
        self._set_text(self._answer, "")
        return True

    def _range_edited(self) -> None:
        for field in (self._low, self._high):
            field.setModified(False)
        self._run_reporting_errors(lambda: self._curve.set_range(self._low.text(), self._high.text()))

    def _points_edited(self) -> None:
        self._points.setModified(False)

        def request() -> None:
            value = parse_value(self._points.text().replace(",", "").replace("_", ""))
            if value.ndim or not value >= 2:
                raise UserError("A curve needs at least 2 points.")
            self._curve.set_points(int(min(float(value), 1e12)))

        self._run_reporting_errors(request)
        self._points.setText(f"{self._curve.points:,}")
        self._points.setCursorPosition(0)

    def _overlay_edited(self) -> None:
        self._overlay.setModified(False)
        self._run_reporting_errors(lambda: self._curve.set_overlay(self._overlay.text()))

    def _check(self) -> None:
        self._claim.setModified(False)
        self._run_reporting_errors(lambda: self._curve.check(self._claim.text()))
        if not self._claim.text().strip() and self.sender() is self._check_button:
            self._set_text(self._answer, "Type what you think f′ is, for example 2*cos(2*x).")
            self._claim.setFocus()

    # -- style -------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the session how many points the screen can show."""
        super().resizeEvent(event)
        self._fit_points_label()
        self._curve.set_pixels(round(max(self.plot.width(), 100) * self.devicePixelRatioF()))

    def _fit_points_label(self) -> None:
        """Show the label where the number would not be cut off for it."""
        spin = self._variable.spin
        needed = 23 * self._points_label.fontMetrics().height() + (spin.sizeHint().width() if spin.isVisible() else 0)
        self._points_label.setVisible(self.width() >= needed)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.plot.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the plot; everything else follows the style sheet."""
        self.plot.setScale(scale)
        self.plot.setMinimumHeight(round(92 * scale))
        for field in (self._low, self._high, self._points):
            field.setMinimumWidth(round(56 * scale))

    def setDigits(self, digits: int) -> None:
        """Set the number of significant digits."""
        self._digits = digits
