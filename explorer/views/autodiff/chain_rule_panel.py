"""The chain-rule panel: the growing formula, the numbers of the current step, TensorFlow's registered gradient."""

import re
from dataclasses import replace

import numpy as np
from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.core.autodiff.chain_rule_text import FormulaLine, forward_line, tensor_label
from explorer.core.autodiff.matrix_text import array_cells, array_text, matrix_factors, numbers_text
from explorer.core.autodiff.step_text import MAX_FORMULAS, opening_text, rule_texts, step_lines
from explorer.core.autodiff.trace import Step, StepInput, Trace
from explorer.core.autodiff.visible_steps import FORWARD, forward_steps
from explorer.core.graph.value_text import value_text
from explorer.core.number_format import format_shape, format_value, format_value_full, is_grid
from explorer.session.autodiff.messages import (
    broadcast_messages,
    kink_message,
    precision_messages,
    sentence,
    step_message,
)
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.autodiff.array_label import ArrayLabel, ProductPart, ProductRow
from explorer.views.painting.typesetter import typesetter
from explorer.views.painting.value_painting import Cells
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.math_label import QWIDGETSIZE_MAX, MathLabel

FORMULA_SIZE_PX, PRESENTED_FORMULA_SIZE_PX = 23, 34
"""Em size of the formulas at scale 1, normally and while presenting."""

MAX_FORMULA_HEIGHT_PX = (64, 46)
"""Height at scale 1 into which the only formula, or each of several, is scaled down: numbers stay in view below."""

UPSTREAM_TITLE = "arrived (upstream)"

PRODUCT_TITLE = "their product"

MAX_VALUE_CHARS, MAX_COLUMN_CHARS = 24, 14
"""Characters of a value in the only column, and in one of several columns."""

MAX_PRODUCT_DIGITS = 3
"""Significant digits of the numbers of a matrix, so that a product with its factors fits into the panel."""

MAX_PRODUCT_COLUMNS = 7
"""Columns of all matrices of a product together, up to which its factors are written beside the result."""

_SHOWN = frozenset({"different", "trace", "values", "pass_", "step", "simplified", "hidden", "hidden_slots", "digits"})
"""Fields of the state that the panel shows."""

TableCell = tuple[str, str, Cells]
"""Text and tooltip of a cell, and the numbers of a matrix that are painted instead of the text."""

TableRow = tuple[str, list[TableCell]]
"""Title and cells of a row."""


_NO_CELL: TableCell = ("", "", ())


PLAIN_LINES, FRACTION_LINES = 1.7, 3.0
"""Height of a presented formula without and with a fraction, as a multiple of its font size."""

SENTENCE_HEIGHT_PX = 58
"""Height of the sentence of a presented step at scale 1: two lines."""

MAX_MEASURED_STEPS = 40
"""Steps whose formulas determine the height while presenting."""


def _has_fraction(line: FormulaLine) -> bool:
    return any("frac" in latex for latex, _ in line.parts)


def _backward_lines(trace: Trace, state: ExpressionViewState) -> list[FormulaLine]:
    return step_lines(trace, state.values, state.step, state.simplified, state.hidden, state.hidden_slots)


class RuleLabel(QLabel):
    """A wrapped line of code; its tooltip has the complete text."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def set_full_text(self, text: str) -> None:
        """Set the text, which may also wrap after punctuation because code has few spaces."""
        self.setToolTip(text)
        self.setText(re.sub(r"([(,.*/_])", "\\1\u200b", text))


class ChainRulePanel(QFrame):
    """Shows the current step of an `ExpressionViewState`. sourceRequested: the step whose rule is to be shown."""

    sourceRequested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chainRuleView")
        self.setAccessibleName("Chain rule")
        self.setProperty("card", True)
        self._text = ""
        self._max_chars = MAX_VALUE_CHARS
        self._max_height = 0
        self._scale = 1.0
        self._presenting = False
        self._state = ExpressionViewState()
        self._step: Step | None = None
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 5, 12, 5)
        layout.setSpacing(4)
        self.formulas = [MathLabel() for _ in range(MAX_FORMULAS)]
        self.products = [ProductRow() for _ in range(MAX_FORMULAS)]
        self.message = QLabel()  # above the numbers, so that it is in sight in a low window as well
        self.message.setObjectName("stepNote")
        self.message.setWordWrap(True)
        for part in (*self.formulas, self.message, *self.products):
            layout.addWidget(part)
        self._cells: dict[tuple[int, int], ArrayLabel] = {}
        self._numbers_box = QWidget()
        self._numbers_box.setProperty("clear", True)
        self._numbers = QGridLayout(self._numbers_box)
        self._numbers.setContentsMargins(0, 0, 0, 0)
        self._numbers.setHorizontalSpacing(14)
        self._numbers.setVerticalSpacing(3)
        self._numbers.setColumnStretch(0, 1)
        layout.addWidget(self._numbers_box)
        self._rule = QFrame()
        self._rule.setProperty("code", True)
        inner = QGridLayout(self._rule)
        inner.setContentsMargins(8, 3, 4, 3)
        inner.setVerticalSpacing(1)
        inner.setColumnStretch(0, 1)
        self._rule_lines = [RuleLabel() for _ in range(3)]
        self._rule_lines[0].setObjectName("ruleText")
        for row, line in enumerate(self._rule_lines):
            inner.addWidget(line, row, 0, 1, 1 if row == 0 else 2)
        self._source = QToolButton()
        self._source.setObjectName("ruleSourceButton")
        self._source.setProperty("small", True)
        self._source.setText("Source")
        self._source.setToolTip("Read the function that TensorFlow registered as this op's gradient")
        self._source.clicked.connect(lambda: self.sourceRequested.emit(self._step))
        inner.addWidget(self._source, 0, 1)
        layout.addWidget(self._rule)
        self._ours = QLabel("symbols are ours, numbers are TensorFlow's")
        self._ours.setObjectName("oursLabel")
        self._ours.setProperty("role", "small")
        self._ours.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._ours)
        layout.addStretch(1)
        self._rule.hide()
        self._ours.hide()
        self._show_formulas([], "Here the chain rule will grow, step by step.")

    def _get_text(self) -> str:
        return self._text

    text = Property(str, _get_text)
    """The formulas as plain text, one per line."""

    def setState(self, state: ExpressionViewState) -> None:
        """Show the current step of a state; only what differs from the previous one is updated."""
        before, self._state = self._state, state
        changed = state.changes(before)
        trace = state.trace
        if trace is None or not changed & _SHOWN:
            return
        if self._presenting and changed & {"trace", "pass_"}:
            self._update_height()
        if state.pass_ == FORWARD:
            self._show_forward_step(trace, state)
        else:
            self._show_backward_step(trace, state)
            if "step" in changed and state.step < len(trace.steps):
                for line in _backward_lines(trace, replace(state, step=state.step + 1)):
                    for latex, _ in line.parts:
                        typesetter().request(latex, prefetch=True)

    def _show_backward_step(self, trace: Trace, state: ExpressionViewState) -> None:
        lines = _backward_lines(trace, state)
        if state.step == 0 or not trace.steps:
            self._show_formulas(lines, opening_text(trace))
            self._hide_products()
            self._show_numbers([])
            self._show_rule_of(None)
        else:
            step = trace.steps[state.step - 1]
            messages = [sentence(state), *broadcast_messages(state), kink_message(state), *precision_messages(state)]
            self._show_formulas(lines, "\n".join(filter(None, messages)))
            symbol = "G" if any(line.short for line in lines) else ""
            self._show_products(trace, step, state, lines)
            self._show_numbers(self._rows(trace, step, state, symbol))
            self._show_rule_of(step)

    def _show_forward_step(self, trace: Trace, state: ExpressionViewState) -> None:
        ops = forward_steps(trace)[state.step - 1] if state.step else ()
        formula = forward_line(trace, ops[0]) if len(ops) == 1 else None
        self._show_formulas([formula] if formula is not None else [], step_message(state))
        self._hide_products()
        self._show_numbers([])
        self._show_rule_of(None)

    def setTheme(self, theme: Theme) -> None:
        """Set the colours of the formulas."""
        for label in self.formulas:
            label.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the formulas; everything else follows the style sheet."""
        self._scale = scale
        pixels = PRESENTED_FORMULA_SIZE_PX if self._presenting else FORMULA_SIZE_PX
        for label in self.formulas:
            label.setPixelSize(round(pixels * scale))
        self._update_height()

    def setPresenting(self, presenting: bool) -> None:
        """Show only the formulas, in a larger size."""
        self._presenting = presenting
        self._numbers_box.setVisible(not presenting)
        set_role(self.message, "sentence" if presenting else "")
        for product in self.products:
            product.setVisible(not presenting and bool(product.parts))
        self._update_rule_visibility()
        self.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum if presenting else QSizePolicy.Policy.Preferred
        )
        self.setScale(self._scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the formulas the height that the sentence does not need at this width."""
        super().resizeEvent(event)
        if self._presenting and event.size().width() != event.oldSize().width():
            self._fit_formulas(sum(not label.isHidden() for label in self.formulas), self.message.text())

    def _show_products(self, trace: Trace, step: Step, state: ExpressionViewState, lines: list[FormulaLine]) -> None:
        """Write the matrices of each formula under it, and their numbers into the text."""
        texts = [line.text for line in lines]
        for number, product in enumerate(self.products):
            slot = step.inputs[number] if number < min(len(step.inputs), len(lines)) else None
            parts: list[ProductPart] = []
            if slot is not None:
                hidden = {slot.gradient_tensor or ""} if self._is_hidden(state, slot) else set()
                numbers = numbers_text(trace, state.values, step, slot, state.digits, hidden)
                texts[number] += f" = {numbers}" if numbers else ""
                parts = self._product_parts(trace, step, slot, state)
                if parts and len(lines) > 1:
                    parts[0] = (f"{texts[number].partition(' = ')[0]} =", (), "muted", "")
            product.setParts(parts)
            product.setVisible(bool(parts) and not self._presenting)
        self._text = "\n".join(texts)

    def _hide_products(self) -> None:
        for product in self.products:
            product.setParts([])

    def _product_parts(
        self, trace: Trace, step: Step, slot: StepInput, state: ExpressionViewState
    ) -> list[ProductPart]:
        """Return the matrices of a matrix product with their equals signs; none if one is too large to be written."""
        parts: list[ProductPart] = [("=", (), "muted", "")]
        for factor in matrix_factors(trace, step, slot):
            value = state.values.get(factor.tensor)
            if value is None or (np.ndim(value) and not is_grid(np.shape(value))):
                return []
            role = "gradient" if factor.tensor == step.upstream_tensor else "value"
            cells = array_cells(value, factor.transposed, min(state.digits, MAX_PRODUCT_DIGITS))
            parts.append((array_text(value), cells, role, f"{format_value_full(value)}  ({factor.tensor})"))
        gradient = slot.gradient_tensor
        if len(parts) == 1 or gradient is None or gradient not in state.values:
            return []
        equals: ProductPart = ("=", (), "muted", "")
        if self._is_hidden(state, slot):
            return [*parts, equals, ("?", (), "gradient", "hidden until it is revealed")]
        value = state.values[gradient]
        cells = array_cells(value, transposed=False, digits=min(state.digits, MAX_PRODUCT_DIGITS))
        result: ProductPart = (array_text(value), cells, "gradient", f"{format_value_full(value)}  ({gradient})")
        columns = sum(len(part[1][0]) if part[1] else 1 for part in [*parts[1:], result])
        return [*parts, equals, result] if columns <= MAX_PRODUCT_COLUMNS else [equals, result]

    def _is_hidden(self, state: ExpressionViewState, slot: StepInput) -> bool:
        return slot.slot in state.hidden_slots and slot.gradient_tensor in state.hidden

    def _rows(self, trace: Trace, step: Step, state: ExpressionViewState, symbol: str) -> list[TableRow]:
        """Return the rows of the table, with one cell for each input; ``symbol``: the upstream gradient in formulas."""
        inputs = step.inputs
        has_columns = len(inputs) > 1
        self._max_chars = MAX_COLUMN_CHARS if has_columns else MAX_VALUE_CHARS
        # The upstream gradient was found in an earlier step, even if the tensor is hidden in this one.
        upstream = self._number(state, step.upstream_tensor, is_hidden=False)
        is_written = any(product.parts for product in self.products)  # then factors and results stand there
        heads: list[TableCell] = [(f"to {tensor_label(trace, slot.tensor)}", slot.tensor, ()) for slot in inputs]
        if is_written:
            rows: list[TableRow] = [("", heads)] if any(slot.accumulated for slot in inputs) else []
        elif not has_columns:
            rows = [(f"{UPSTREAM_TITLE} {symbol}".strip(), [upstream])]
        elif len(upstream[0]) > 8 or upstream[2]:
            rows = [(f"{UPSTREAM_TITLE} {symbol}".strip(), [*[_NO_CELL] * (len(inputs) - 1), upstream]), ("", heads)]
        else:
            rows = [(f"{UPSTREAM_TITLE}  {symbol and f'{symbol} = '}{upstream[0]}", heads)]
        if any(slot.local_tensor for slot in inputs):
            factors = [
                self._number(state, slot.local_tensor, is_hidden=slot.local_tensor in state.hidden, sign="× ")
                for slot in inputs
            ]
            rows.append(("local derivative", factors))
        if any(slot.product_tensor for slot in inputs):
            rows.append((PRODUCT_TITLE, [self._product(state, slot) for slot in inputs]))
        target = f" {heads[0][0]}" if len(inputs) == 1 else ""
        if not is_written:
            rows.append((f"passed on{target}", [self._passed_on(state, slot) for slot in inputs]))
        later = {slot.tensor for other in trace.steps[trace.steps.index(step) + 1 :] for slot in other.inputs}
        if any(slot.accumulated and slot.tensor not in later for slot in inputs):
            rows.append(("sum of all that arrived (AddN)", [self._sum(trace, slot, state) for slot in inputs]))
        return rows

    def _sum(self, trace: Trace, slot: StepInput, state: ExpressionViewState) -> TableCell:
        total = trace.tensor_gradients.get(slot.tensor) if slot.accumulated else None
        return self._number(state, total, is_hidden=total in state.hidden) if total is not None else _NO_CELL

    def _product(self, state: ExpressionViewState, slot: StepInput) -> TableCell:
        """Return the product of each entry, which is summed; of an operand that was not broadcast it is passed on."""
        tensor = slot.product_tensor
        return self._number(state, tensor, is_hidden=tensor in state.hidden) if tensor is not None else _NO_CELL

    def _passed_on(self, state: ExpressionViewState, slot: StepInput) -> TableCell:
        text, full, cells = self._number(state, slot.gradient_tensor, is_hidden=self._is_hidden(state, slot))
        return text, f"{full}: an AddN adds what comes on the other paths" if slot.accumulated else full, cells

    def _number(self, state: ExpressionViewState, tensor: str | None, *, is_hidden: bool, sign: str = "") -> TableCell:
        """Return the cell of a number or an array, with all digits in the tooltip."""
        if tensor is None:
            return "none", "TensorFlow passes nothing here", ()
        if tensor not in state.values:
            return "·", "not computed", ()
        if is_hidden:
            return "?", "hidden until it is revealed", ()
        value = state.values[tensor]
        full = f"{format_value_full(value)}  ({tensor})"
        text = format_value(value, state.digits, self._max_chars)
        if np.ndim(value) == 2 or text == format_shape(value):
            cells = array_cells(value, transposed=False, digits=min(state.digits, MAX_PRODUCT_DIGITS))
            has_room = self._max_chars == MAX_VALUE_CHARS
            shape_only = value_text(value, state.digits).text if has_room else text
            return array_text(value, state.digits) if cells else shape_only, full, cells
        return sign + text, full, ()

    def _show_numbers(self, rows: list[TableRow]) -> None:
        """Fill the table. Its labels are reused, so that a slider changes only texts."""
        last = len(rows) - 1
        used: set[tuple[int, int]] = set()
        for row, (title, cells) in enumerate(rows):
            self._cell(row, 0, title, "", "muted", used)
            for column, (text, full, array) in enumerate(cells):
                is_heading = not title or title.startswith(f"{UPSTREAM_TITLE}  ")
                role = "muted" if is_heading else "local" if title.startswith("local") else "gradient"
                large = "gradient" if array else "gradientLarge"
                self._cell(row, column + 1, text, full, large if row == last else role, used, array)
        for cell, label in self._cells.items():
            if cell not in used:
                label.hide()

    def _cell(
        self, row: int, column: int, text: str, tooltip: str, role: str, used: set[tuple[int, int]], array: Cells = ()
    ) -> None:
        used.add((row, column))
        label = self._cells.get((row, column))
        if label is None:
            label = self._cells[row, column] = ArrayLabel()
            alignment = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
            label.setWordWrap(column == 0)
            self._numbers.addWidget(label, row, column)
        set_role(label, role)
        label.setArray(text, array)
        label.setToolTip(tooltip)
        if label.isHidden():
            label.show()

    def _update_rule_visibility(self) -> None:
        for part in (self._rule, self._ours):
            part.setVisible(self._step is not None and not self._presenting)

    def _show_rule_of(self, step: Step | None) -> None:
        if step is self._step:
            return
        self._step = step
        self._update_rule_visibility()
        if step is None:
            return
        self._source.setVisible(step.source is not None)
        for label, text in zip(self._rule_lines, rule_texts(step, self._state.trace), strict=True):
            label.set_full_text(text)
            label.setVisible(bool(text))

    def _fit_formulas(self, count: int, message: str) -> None:
        """Scale the formulas into the height that they may have, so that nothing below moves with the steps."""
        if not self._presenting:
            height = MAX_FORMULA_HEIGHT_PX[count > 1] * self._scale
        else:
            margins, spacing = self._column.contentsMargins(), self._column.spacing()
            outside = margins.top() + margins.bottom()
            if message:
                self.message.setText(message)
                width = max(self.width() - margins.left() - margins.right(), 1)
                outside += self.message.heightForWidth(width) + spacing
            line = PLAIN_LINES * FORMULA_SIZE_PX * self._scale
            total = max(self._presented_height(), round(outside + line))  # letters may be very large
            self.setFixedHeight(total)
            height = (total - outside) / max(count, 1) - spacing
        for label in self.formulas:
            label.setMaxHeight(max(round(height), 1))

    def _presented_height(self) -> int:
        """Return the height for presenting the step with the highest formulas, within the limit."""
        state = self._state
        highest = 2.0
        if state.trace is not None and self._max_height:
            for step in range(1, min(len(state.trace.steps), MAX_MEASURED_STEPS) + 1):
                lines = step_lines(state.trace, state.values, step, state.simplified, state.hidden, state.hidden_slots)
                heights = (FRACTION_LINES if _has_fraction(line) else PLAIN_LINES for line in lines)
                highest = max(highest, sum(heights))
        margins = self._column.contentsMargins()
        needed = (
            (highest * PRESENTED_FORMULA_SIZE_PX + SENTENCE_HEIGHT_PX) * self._scale + margins.top() + margins.bottom()
        )
        return round(min(needed, self._max_height) if self._max_height else needed)

    def setMaxPresentedHeight(self, height: int) -> None:
        """Set the height that the panel may have while presenting, in pixels."""
        if height != self._max_height:
            self._max_height = height
            self._update_height()

    def _update_height(self) -> None:
        """Have the same height in all steps while presenting; otherwise that of the scroll area around the panel."""
        if not self._presenting:
            self.setMinimumHeight(0)
            self.setMaximumHeight(QWIDGETSIZE_MAX)
        self._fit_formulas(sum(not label.isHidden() for label in self.formulas), self.message.text())

    def _show_formulas(self, lines: list[FormulaLine], message: str) -> None:
        self._fit_formulas(len(lines), message)
        for label, line in zip(self.formulas, [*lines, *[None] * MAX_FORMULAS], strict=False):
            label.setVisible(line is not None)
            label.setParts(list(line.parts) if line is not None else [], line.text if line is not None else "")
            if line is not None:
                label.setAccessibleName(line.text)
                label.setToolTip(f"{line.text}\n(symbols are ours; the numbers are TensorFlow's)")
        self._text = "\n".join(line.text for line in lines)
        self.message.setText(message)
        self.message.setVisible(bool(message))
