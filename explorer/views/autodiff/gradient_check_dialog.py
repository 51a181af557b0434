"""One gradient computed in three independent ways, and the error of the difference quotient by its step size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from explorer.core.number_format import format_full, format_number, with_typeset_numbers
from explorer.core.protocol.autodiff import CompareReply
from explorer.session.autodiff.gradient_check import GradientCheckSession
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.coordinate_picker import CoordinatePicker
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable

ROWS = (
    ("tensorflow", "TensorFlow, float64", "the registered gradients, op by op"),
    ("float32", "TensorFlow, float32", "the same in its default precision"),
    ("sympy", "SymPy", "symbols, differentiated and then evaluated"),
    ("difference", "Central difference", "(f(x + h) − f(x − h)) / 2h in NumPy, best step size"),
)

HINT = "Too large a step cuts the curve, too small a one drowns in rounding: that is why nobody trains with it."
EXACT = "The central difference is exact here, whatever the step: there is no error to plot."


class GradientCheckDialog(QDialog):
    """Shows the comparison of a `GradientCheckSession` while it is open."""

    def __init__(self, check: GradientCheckSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checkDialog")
        self.setWindowTitle("Check a gradient in three ways")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_to_font(self, 720, 560)
        self._check = check
        column = make_scrollable(self)
        column.setContentsMargins(22, 18, 22, 18)
        column.setSpacing(10)
        head = FlowRow()
        self._title = QLabel()
        self._title.setObjectName("checkTitle")
        self._title.setProperty("role", "heading")
        self._variable = CoordinatePicker("checkVariable", "The variable whose gradient is checked")
        self._variable.chosen.connect(check.set_variable)
        head.addWidget(self._title)
        head.addWidget(self._variable)
        head.addStretch(1)
        column.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        self._numbers: dict[str, QLabel] = {}
        for row, (key, name, description) in enumerate(ROWS):
            label = QLabel(name)
            number = QLabel()
            number.setObjectName(f"check_{key}")
            number.setProperty("role", "gradient")
            number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            explanation = QLabel(description)
            explanation.setProperty("role", "muted")
            explanation.setWordWrap(True)
            for column_index, widget in enumerate((label, number, explanation)):
                grid.addWidget(widget, row, column_index)
            self._numbers[key] = number
        column.addLayout(grid)
        self._verdict = QLabel()
        self._verdict.setObjectName("checkVerdict")
        self._verdict.setProperty("role", "heading")
        self._verdict.setWordWrap(True)
        column.addWidget(self._verdict)
        self._plot = pg.PlotWidget(background=theme.panel)
        self._plot.setAccessibleName("Error of the central difference against its step size")
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.setLogMode(x=True, y=True)
        item.showGrid(x=True, y=True, alpha=0.15)
        item.setLabel("bottom", "step size h", color=theme.muted.name())
        item.setLabel("left", "error of the central difference", color=theme.muted.name())
        for side in ("bottom", "left"):
            item.getAxis(side).setPen(pg.mkPen(theme.border))
            item.getAxis(side).setTextPen(pg.mkPen(theme.muted))
            item.getAxis(side).enableAutoSIPrefix(False)  # "(x0.001)" beside a logarithmic axis is misleading
        self._line = self._plot.plot(
            pen=pg.mkPen(theme.gradient, width=2.5),
            symbol="o",
            symbolSize=7,
            symbolBrush=theme.gradient,
            symbolPen=None,
        )
        column.addWidget(self._plot, 1)
        self._hint = QLabel(HINT)
        self._hint.setObjectName("checkHint")
        self._hint.setProperty("role", "muted")
        self._hint.setWordWrap(True)
        column.addWidget(self._hint)
        check.changed.connect(self._show)
        check.set_visible(True)

    def _show(self, reply: CompareReply | None) -> None:
        self._variable.setValues(self._check.point_values, self._check.variable)
        self._title.setText(f"The gradient of {self._check.output_name} with respect to")
        if reply is None:
            self._verdict.setText(self._check.message)
            for number in self._numbers.values():
                number.setText("–")
            self._line.setData([], [])
            return
        results = {"tensorflow": reply["tensorflow"], "float32": reply["float32"], "sympy": reply["sympy"]}
        errors = [(d["h"], d["error"], d["value"]) for d in reply["differences"] if d["error"] is not None]
        finite = [(h, e, v) for h, e, v in errors if np.isfinite(e)]
        best = min(finite, key=lambda row: row[1], default=None)
        results["difference"] = None if best is None else best[2]
        for key, number in self._numbers.items():
            value = results[key]
            kind = np.float32 if key == "float32" else np.float64
            number.setText("–" if value is None else format_full(kind(value)))
        missing = with_typeset_numbers(self._check.missing_derivative)
        h = None if best is None else best[0]
        self._verdict.setText(_verdict(results, reply["sympy_note"], h, missing, self._check.is_of_entry))
        exact = bool(finite) and all(error == 0 for _, error, _ in finite)
        rules = reply["rules"]
        if rules and not _agree(results):
            self._verdict.setText(f"{_difference(results)}, {_INTENDED_DIFFERENCES[rules[-1]]}")
        typed = self._check.typed_expression
        note = f"Gradient compared: that of {typed} as typed, not that of its derivative. " if typed else ""
        self._hint.setText(note + (EXACT if exact else HINT))
        shown = [] if exact else [(h, max(e, 1e-17)) for h, e, _ in finite]
        self._line.setData([h for h, _ in shown], [e for _, e in shown])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the comparison."""
        self._check.set_visible(False)
        super().closeEvent(event)


_INTENDED_DIFFERENCES = {
    "stop_gradient": "rightly: stop_gradient makes a constant of what it holds, and a difference moves it as well.",
    "custom": "rightly: custom replaces the derivative by your own rule, and a difference sees the value alone.",
}


def _known(results: Mapping[str, Any]) -> list[float]:
    return [v for key, v in results.items() if key != "float32" and v is not None and np.isfinite(v)]


def _agree(results: Mapping[str, Any]) -> bool:
    known = _known(results)
    return len(known) < 2 or max(known) - min(known) <= 1e-5 * max(1.0, *map(abs, known))


def _difference(results: Mapping[str, Any]) -> str:
    known = _known(results)
    return f"They differ by {format_number(max(known) - min(known), 3)}"


def _verdict(results: dict[str, Any], sympy_note: str | None, h: float | None, missing: str, is_of_entry: bool) -> str:
    """Return what the numbers say; missing: why there is no derivative here, where agreement would mean nothing."""
    if results["tensorflow"] is None:
        return "TensorFlow passes no gradient here."
    known = _known(results)
    where = f" (best step size h = {format_number(h, 2)})" if h is not None else ""
    texts = [missing]
    if len(known) < 2:
        texts.append("" if missing else "Only one way gives a number here.")
    elif not _agree(results):
        texts.append(f"{_difference(results)}{where}{'.' if missing else ': is this a kink, or the edge of a domain?'}")
    elif not missing or is_of_entry:
        texts.append(f"They agree to {format_number(max(known) - min(known), 2)}{where}.")
    texts.append(sympy_note or "")
    return " ".join(filter(None, texts))
