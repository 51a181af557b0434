"""The plot of an expression with its fields: range, points, a second expression, and a claim to check."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.errors import UserError
from explorer.core.expression.values import parse_value
from explorer.core.plot.claim_text import claim_text
from explorer.session.plot.curve import CurvePoint, CurveSession
from explorer.session.timers import single_shot_timer
from explorer.views.plot.answer_label import AnswerLabel
from explorer.views.plot.curve_plot import CurvePlot
from explorer.views.plot.field_errors import FieldErrors
from explorer.views.plot.range_field import RangeField
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.coordinate_picker import CoordinatePicker
from explorer.views.widgets.fields.hint_line_edit import HintLineEdit
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.stale_overlay import StaleOverlay
from explorer.views.widgets.text_size import presented_enlargement, show_presented_size

STALE_DELAY_MS = 250
"""Time after which the curve of another function is faded: while the user types, a plot that flickers distracts."""


NOTE_SHARE = 0.8
"""Size of the letters of presented notes, as a share of that of running text."""

MIN_FIELD_WIDTH_PX = 56
"""Least width, at scale 1, of a field for a number."""


class CurvePanel(QFrame):
    """Shows the curve session and sends it requests."""

    def __init__(self, curve: CurveSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curvePanel")
        self.setProperty("card", True)
        self._curve = curve
        self._digits = 4
        self._hint = ""
        self._point: CurvePoint | None = None
        self._is_wrong = False
        self._presenting = False
        self._scale = 1.0
        self._errors = FieldErrors(self)
        self._theme: Theme | None = None
        self.plot = CurvePlot()
        self._stale = StaleOverlay(self.plot)
        self._stale_timer = single_shot_timer(self, self._show_stale, STALE_DELAY_MS)
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
        first = self._first_row = FlowRow()
        first.setSpacing(6)
        self._variable = CoordinatePicker("curveVariable", "The variable on the axis")
        self._low, self._high = RangeField(), RangeField()
        self._set_up(self._low, "rangeLow", "Start of the range, for example -2*pi", self._low_edited)
        self._set_up(self._high, "rangeHigh", "End of the range, for example 2*pi", self._high_edited)
        self._points = self._field("pointsField", "Number of points, up to 1,000,000 and beyond", self._points_edited)
        self._second = QToolButton()
        self._second.setObjectName("secondDerivativeButton")
        self._second.setText("f″")
        self._second.setCheckable(True)
        self._second.setToolTip("Plot the second derivative too")
        first.addWidget(self._variable)
        first.addWidget(self._low, 4)
        self._to_label = QLabel("to")
        first.addWidget(self._to_label)
        first.addWidget(self._high, 4)
        first.addWidget(self._points, 5)
        self._points_label = QLabel("points")
        first.addWidget(self._points_label)
        first.addWidget(self._second)
        rows.addLayout(first)
        second = self._second_row = FlowRow()
        second.setSpacing(4)
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
        self._answer = AnswerLabel("claimAnswer", self.plot)
        column.addWidget(self._controls)

    def _connect(self) -> None:
        curve = self._curve
        curve.curvesChanged.connect(self._show_curves)
        curve.pointChanged.connect(self._show_point)
        self.plot.pixelsChanged.connect(curve.set_pixels)
        curve.pointNoteChanged.connect(self.plot.setPointNote)
        curve.outdatedChanged.connect(self._follow_outdated)
        curve.rangeChanged.connect(self._show_range)
        curve.variableChanged.connect(self._show_variables)
        curve.messageChanged.connect(lambda text: self._set_text(self._note, text))
        curve.overlayErrorChanged.connect(lambda text: self._errors.set(self._overlay, text))
        curve.checkChanged.connect(self._show_check)
        curve.functionChanged.connect(self._forget_errors)
        self._errors.changed.connect(self._show_answer)
        curve.optionsChanged.connect(self._show_wanted)
        self.plot.rangeRequested.connect(self._zoomed)
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
        self._set_up(field, name, tip, done)
        if done == self._check:
            field.returnPressed.connect(done)
        return field

    def _set_up(self, field: HintLineEdit, name: str, tip: str, done: Callable[[], None]) -> None:
        field.setObjectName(name)
        field.setToolTip(tip)
        field.setAccessibleName(tip)
        field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        field.setMinimumWidth(40)
        field.editingFinished.connect(lambda: done() if field.isModified() else None)

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
        self._show_cover()

    def _show_cover(self) -> None:
        """Disable what would tell f′ while the user has to find it."""
        is_covered = self._curve.hides_slope
        for part in (self._claim, self._check_button, self._second):
            part.setEnabled(not is_covered)
        self._show_answer()

    def _plot_title(self) -> str:
        """Return what f is in this plot, empty if it is the expression."""
        part, derivative = self._curve.tensor, self._curve.derivative
        if derivative:
            return f"Plotted as f: {self._curve.part or derivative} of {self._curve.title}"
        if self._curve.part:
            return f"Plotted as f: {self._curve.part}"
        return f"f = {self._curve.title}   ({part})" if part is not None else ""

    def _show_point(self, point: CurvePoint | None) -> None:
        """Show the point together with its curve: while that is awaited, the point of the old curve stays on it."""
        curve = self._curve
        if not curve.is_outdated:
            self._point = point
        elif not curve.curves:
            self._point = None
        point = self._point
        self.plot.setPoint(point._replace(slope=None) if point is not None and curve.hides_slope else point)

    def _follow_outdated(self, is_outdated: bool) -> None:
        if is_outdated:
            self._stale_timer.start()
        else:
            self._stale_timer.stop()
            self._show_stale()

    def _show_stale(self) -> None:
        self._stale.setActive(self._is_wrong or (self._curve.is_outdated and not self._stale_timer.isActive()))

    def setWrong(self, is_wrong: bool) -> None:
        """Fade the plot while the text is no expression."""
        self._is_wrong = is_wrong
        self._show_stale()

    def _show_range(self, low: float, high: float) -> None:
        for field, value in ((self._low, low), (self._high, high)):
            field.setNumber(value)
            self._errors.set(field, "")
        self._fit_first_row()

    def _show_wanted(self) -> None:
        """Show settings that were not entered here, such as those of a lesson."""
        curve = self._curve
        texts = ((self._overlay, curve.overlay), (self._claim, curve.claim), (self._points, f"{curve.points:,}"))
        for field, text in texts:
            if not (field.hasFocus() and field.isModified()):
                self._show_text(field, text)
        self._second.setChecked(curve.second)

    def _show_text(self, field: QLineEdit, text: str) -> None:
        self._errors.set(field, "")
        if field.text() != text:
            field.setText(text)
            field.setCursorPosition(0)

    def _forget_errors(self) -> None:
        """Show what is plotted instead of texts that were wrong: they were about another expression."""
        curve = self._curve
        self._show_range(curve.low, curve.high)
        self._show_text(self._points, f"{curve.points:,}")
        self._show_text(self._overlay, curve.overlay)
        self._show_text(self._claim, curve.claim)
        self._hint = ""
        self._show_answer()

    def _show_variables(self, _variable: Any) -> None:
        curve = self._curve
        has_axis = curve.variable is not None
        self._variable.setValues(curve.point_values, curve.variable)
        # Without a variable there is no axis; the note says so, and the chain rule gets the space.
        self.plot.setVisible(has_axis)
        self._show_controls()
        self._fit_first_row()

    def _show_check(self, reply: Mapping[str, Any] | None) -> None:
        self._hint = ""
        if reply is not None and "error" in reply:
            self._errors.set(self._claim, reply["error"]["message"])
        else:
            self._errors.set(self._claim, "")
        self._show_answer()

    def _show_answer(self) -> None:
        """Show what is wrong with a field, else the answer to the claim."""
        errors, answer = self._errors.text, self._curve.answer
        text = errors or self._hint
        if not text and answer is not None and not self._curve.hides_slope:
            text = claim_text(answer, self._curve.claim, self._curve.variable or "", self._digits)
        self._answer.setAnswer(text, is_error=bool(errors))

    def _set_text(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    # -- requests -----------------------------------------------------------------------------------

    def _zoomed(self, low: float, high: float) -> None:
        """Request a range that was chosen with the mouse; one that cannot be drawn is left again."""
        try:
            self._curve.set_range(low, high)
        except UserError:
            self.plot.setRange(self._curve.low, self._curve.high)

    def _low_edited(self) -> None:
        self._range_edited(self._low)

    def _high_edited(self) -> None:
        self._range_edited(self._high)

    def _range_edited(self, edited: RangeField) -> None:
        """Apply both ends; mark one that is no number, or the edited one if they are in the wrong order."""
        ends = [field.number() for field in (self._low, self._high) if self._errors.try_to(field.number, field)]
        if len(ends) == 2 and self._errors.try_to(lambda: self._curve.set_range(*ends), edited):
            self._show_range(self._curve.low, self._curve.high)

    def _points_edited(self) -> None:
        def request() -> None:
            value = parse_value(self._points.text().replace(",", "").replace("_", ""))
            if value.ndim or not value >= 2:
                raise UserError("A curve needs at least 2 points.")
            self._points.setModified(False)
            self._curve.set_points(int(min(float(value), 1e12)))

        if self._errors.try_to(request, self._points):
            self._show_text(self._points, f"{self._curve.points:,}")

    def _overlay_edited(self) -> None:
        self._errors.try_to(lambda: self._curve.set_overlay(self._overlay.text()), self._overlay)

    def _check(self) -> None:
        self._claim.setModified(False)
        self._hint = ""
        self._errors.try_to(lambda: self._curve.check(self._claim.text()), self._claim)
        if not self._claim.text().strip() and self.sender() is self._check_button:
            self._hint = "Type what you think f′ is, for example 2*cos(2*x)."
            self._claim.setFocus()
        self._show_answer()

    # -- style -------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the fields."""
        super().resizeEvent(event)
        self._fit_first_row()

    def _fit_first_row(self) -> None:
        """Make room for the entry of a matrix, and for the exponents of the range; labels come after numbers."""
        spin, ends = self._variable.spin, (self._low, self._high)
        has_entry = not spin.isHidden()
        least = round(MIN_FIELD_WIDTH_PX * self._scale)
        is_long = any(field.needed_width > least for field in ends)
        for field in ends:
            field.setMinimumWidth(max(least, field.needed_width))
        needed = 23 * self._points_label.fontMetrics().height() + (spin.sizeHint().width() if has_entry else 0)
        is_wide = self.width() >= needed
        self._points_label.setVisible(is_wide)
        is_tight = (has_entry or is_long) and not is_wide
        self._to_label.setVisible(not is_tight)
        here, there = self._first_row, self._second_row
        if is_tight:
            here, there = there, here
        if here.indexOf(self._second) < 0:
            there.removeWidget(self._second)
            here.addWidget(self._second)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.plot.setTheme(theme)
        self._stale.setTheme(theme)

    def setPresenting(self, presenting: bool) -> None:
        """Show the plot without its fields, with larger letters."""
        self._presenting = presenting
        self.plot.setDeferred(presenting)
        self._show_controls()
        self.setScale(self._scale)

    def _show_controls(self) -> None:
        self._controls.setVisible(self._curve.variable is not None and not self._presenting)

    def setScale(self, scale: float) -> None:
        """Set the scale of the plot; everything else follows the style sheet."""
        self.plot.setScale(scale * presented_enlargement(scale) if self._presenting else scale)
        for label in (self._title, self._note, self._answer):
            show_presented_size(label, scale, self._presenting, NOTE_SHARE)
        self._answer.setScale(scale)
        self._stale.setScale(scale)
        self.plot.setMinimumHeight(round(92 * scale))
        self._scale = scale
        self._points.setMinimumWidth(round(MIN_FIELD_WIDTH_PX * scale))
        self._fit_first_row()

    def setDigits(self, digits: int) -> None:
        """Set the number of significant digits."""
        self._digits = digits
        self._show_answer()
