"""Forward mode beside reverse mode: tangents, gradients, and the cost of either mode."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from explorer.core.autodiff.output_name import differentiated_name, output_name
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import FORWARD
from explorer.core.number_format import format_value
from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.session.autodiff.session import AutodiffSession
from explorer.views.autodiff.method_panel import MethodPanel, Table, VariableHead, brushes, label

EXAMPLE_SIZE = 1000
"""Number of inputs, or outputs, of the examples with which the present expression is compared."""

VISIBLE_ROWS = 4
"""Rows of the table without scrolling; with more, plot and inputs would not fit on a projector."""

TANGENT_MESSAGE = "A tangent is a sum: local derivatives times the tangents of what goes in."
GRADIENT_MESSAGE = "A gradient is a sum: local derivatives times the gradients of what comes out."


class ForwardModePanel(MethodPanel):
    """A row for each tensor between input and output: tangents fill the rows downwards, gradients upwards."""

    def __init__(self, methods: MethodSession) -> None:
        super().__init__(methods, "tangentsPanel", "Forward mode beside reverse mode")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 6, 16, 8)
        column.setSpacing(3)
        self._head = VariableHead("Forward from", "tangentVariable", methods)
        self._table = Table("tangentTable", "Tangent and gradient of each tensor", ["", "", ""], VISIBLE_ROWS)
        self._message = label("tangentSentence", "muted")
        column.addWidget(self._head)
        column.addWidget(self._table)
        column.addWidget(self._message)
        column.addWidget(self._build_costs())
        ours = label("tangentOurs", "small", wrap=False)
        ours.setText("numbers: TensorFlow's\ncounts: ours")
        ours.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._head.row.addWidget(ours)  # not in a row of its own, for which a small projector has no space
        self._follow()

    def _build_costs(self) -> QWidget:
        box = QWidget()
        box.setProperty("clear", True)
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        self._costs: dict[tuple[int, int], QLabel] = {}
        for row in range(4):
            for column in range(3):
                cell = label(f"cost_{row}_{column}", "muted" if row == 0 or column == 0 else "strong", wrap=False)
                self._costs[row, column] = cell
                grid.addWidget(cell, row, column)
        self._costs[0, 0].setText("passes / products")
        self._costs[0, 1].setText("forward")
        self._costs[0, 2].setText("reverse")
        grid.setColumnStretch(0, 1)
        return box

    def _show(self) -> None:
        methods = self._methods
        trace, session = methods.trace, methods.session
        if methods.method != "forward" or trace is None:
            return
        self._head.refresh()
        variable = methods.variable
        if variable is None:
            self._table.fill([], [], None, self._scale)
            self._message.setText("No gradient arrives at any input, so there is nothing to push forward.")
            return
        name = output_name(trace)
        self._table.setHeaderLabels(["tensor", f"d · / d{variable}  ↓", f"d{differentiated_name(trace)} / d ·  ↑"])
        ops = methods.reached
        shown = session.stepper.shown_tensors()
        rows = [self._row(trace, session, tensor, shown) for tensor in ops]
        current = self._current(trace, session)
        bold = ops.index(current) if current in ops else None
        self._table.fill(rows, brushes(self._theme, "text", "value", "gradient"), bold, self._scale)
        self._message.setText(methods.message or self._step_message(trace, session, name, variable))
        self._show_costs()

    def _row(self, trace: Trace, session: AutodiffSession, tensor: str, shown: frozenset[str]) -> tuple[str, str, str]:
        is_forward = session.stepper.pass_ == FORWARD
        tangents = self._methods.tangents
        adjoint = trace.tensor_gradients.get(tensor)
        tangent = "…" if tangents is None else "none"
        if tangents is not None and tensor in tangents:
            tangent = self._number(tangents[tensor])
        if is_forward and tensor not in shown:
            tangent = "·"
        elif session.stepper.hides_gradients:
            tangent = "?"
        gradient = "none" if adjoint is None else "·"
        if adjoint is not None and not is_forward and adjoint in shown and self._methods.is_complete(tensor):
            gradient = self._number(session.values[adjoint])
        return tensor_label(trace, tensor), tangent, gradient

    def _number(self, value: object) -> str:
        return format_value(np.asarray(value), self._digits)

    def _current(self, trace: Trace, session: AutodiffSession) -> str | None:
        """Return the tensor of the current step, None if it has no row."""
        if session.stepper.pass_ == FORWARD:
            new = [tensor for tensor in self._methods.reached if tensor in session.stepper.new_tensors()]
            return new[-1] if new else None
        return trace.steps[session.stepper.step - 1].tensor if session.stepper.step else trace.output

    def _step_message(self, trace: Trace, session: AutodiffSession, name: str, variable: str) -> str:
        methods = self._methods
        if methods.tangents is None:
            return "TensorFlow computes the tangents …"
        if not session.stepper.is_at_end:
            return TANGENT_MESSAGE if session.stepper.pass_ == FORWARD else GRADIENT_MESSAGE
        if session.stepper.pass_ == FORWARD:
            if trace.output not in methods.tangents:
                return f"No tangent arrives at {name}."
            return f"The tangent of the output is d{name}/d{variable}: one pass covers one input and every output."
        return "The gradients have reached the inputs: one pass covers one output and every input."

    def _show_costs(self) -> None:
        passes = self._methods.passes
        if passes is None:
            return
        counts = (
            (passes.inputs, passes.outputs, passes.forward, passes.reverse),
            (EXAMPLE_SIZE, 1, EXAMPLE_SIZE * passes.edges, passes.edges),
            (1, EXAMPLE_SIZE, passes.edges, EXAMPLE_SIZE * passes.edges),
        )
        for row, (inputs, outputs, forward, reverse) in enumerate(counts, 1):
            title = f"{inputs:,} in, {outputs:,} out"
            self._costs[row, 0].setText(f"here: {title}" if row == 1 else title)
            self._costs[row, 1].setText(f"{inputs:,} / {forward:,}")
            self._costs[row, 2].setText(f"{outputs:,} / {reverse:,}")
