"""The chain-rule panel: the growing formula, the numbers of the current step, TensorFlow's registered gradient."""

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.autodiff.chain_rule_text import FormulaLine, forward_line
from explorer.core.autodiff.matrix_text import numbers_text
from explorer.core.autodiff.output_name import upstream_name
from explorer.core.autodiff.step_text import MAX_FORMULAS, opening_text, step_lines
from explorer.core.autodiff.trace import Step, Trace
from explorer.core.autodiff.visible_steps import FORWARD, forward_steps
from explorer.session.autodiff.messages import backward_messages, forward_message
from explorer.session.autodiff.step_numbers import ProductPart, hides_gradient, number_rows, product_parts
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.autodiff.array_label import ProductRow
from explorer.views.autodiff.number_table import NumberTable
from explorer.views.autodiff.rule_box import RuleBox
from explorer.views.painting.typesetter import typesetter
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.math_label import MathLabel
from explorer.views.widgets.positioning import QWIDGETSIZE_MAX
from explorer.views.widgets.text_size import show_presented_size

FORMULA_SIZE_PX, PRESENTED_FORMULA_SIZE_PX = 23, 34
"""Em size of the formulas at scale 1, normally and while presenting."""

MAX_FORMULA_HEIGHT_PX = (64, 46)
"""Height at scale 1 into which the only formula, or each of several, is scaled down: numbers stay in view below."""

_SHOWN = frozenset(
    {"different", "trace", "values", "pass_", "step", "simplified", "hidden", "hidden_slots", "digits", "covered"}
)
"""Fields of the state that the panel shows."""

MIN_FORMULA_SHARE = 0.75
"""Size of each of several presented formulas at least, as a share of that of a single one beside a long sentence."""

PLAIN_LINES, FRACTION_LINES = 1.7, 3.0
"""Height of a presented formula without and with a fraction, as a multiple of its font size."""

SENTENCE_HEIGHT_PX, RULE_HEIGHT_PX = 58, 30
"""Heights of the sentence of a presented step, two lines, and of the line of code below it, at scale 1."""

FRONT_FACTOR = 1.6
"""How many times as high formulas may be in present mode in front of everything else."""

CODE_SHARE = 0.72
"""Size of the letters of presented code, as a share of that of the sentence."""

MAX_MEASURED_STEPS = 40
"""Steps whose formulas determine the height while presenting."""


def _has_fraction(line: FormulaLine) -> bool:
    return any("frac" in latex for latex, _ in line.parts)


def _backward_lines(trace: Trace, state: ExpressionViewState, step: int) -> list[FormulaLine]:
    return step_lines(trace, state.values, step, state.simplified, state.hidden, state.hidden_slots)


def _forward_lines(trace: Trace, _state: ExpressionViewState, step: int) -> list[FormulaLine]:
    ops = forward_steps(trace)[step - 1] if step else ()
    formula = forward_line(trace, ops[0]) if len(ops) == 1 else None
    return [formula] if formula is not None else []


class ChainRulePanel(QFrame):
    """Shows the current step of an `ExpressionViewState`. sourceRequested: the step whose rule is to be shown."""

    sourceRequested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chainRuleView")
        self.setAccessibleName("Chain rule")
        self.setProperty("card", True)
        self._text = ""
        self._max_height = 0
        self._scale = 1.0
        self._presenting = False
        self._in_front = False
        self._state = ExpressionViewState()
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 3, 12, 3)
        layout.setSpacing(3)
        self.formulas = [MathLabel() for _ in range(MAX_FORMULAS)]
        self.products = [ProductRow() for _ in range(MAX_FORMULAS)]
        self.message = QLabel()  # above the numbers, so that it is in sight in a low window as well
        self.message.setObjectName("stepNote")
        self.message.setWordWrap(True)
        for part in (*self.formulas, self.message, *self.products):
            layout.addWidget(part)
        self.numbers = NumberTable()
        layout.addWidget(self.numbers)
        self.rule = RuleBox()
        self.rule.sourceRequested.connect(self.sourceRequested)
        layout.addWidget(self.rule)
        self._ours = QLabel("symbols are ours, numbers are TensorFlow's")
        self._ours.setObjectName("oursLabel")
        self._ours.setProperty("role", "small")
        self._ours.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._ours)
        layout.addStretch(1)
        self.rule.hide()
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
                for line in _backward_lines(trace, state, state.step + 1):
                    for latex, _ in line.parts:
                        typesetter().request(latex, prefetch=True)

    def _show_backward_step(self, trace: Trace, state: ExpressionViewState) -> None:
        lines = _backward_lines(trace, state, state.step)
        if state.step == 0 or not trace.steps:
            self._hide_numbers()
            is_asked = bool(state.hidden)  # both say what the first gradient is
            self._show_formulas([] if is_asked else lines, "" if is_asked else opening_text(trace))
            return
        step = trace.steps[state.step - 1]
        self._show_rule_of(step)  # before the formulas, which get the height that is left
        self._show_formulas(lines, backward_messages(state))
        self._show_products(trace, step, state, lines)
        symbol = upstream_name(trace) if any(line.short for line in lines) else ""
        is_written = any(product.parts for product in self.products)
        self.numbers.setRows(number_rows(state, step, symbol, is_written))

    def _show_forward_step(self, trace: Trace, state: ExpressionViewState) -> None:
        self._hide_numbers()
        self._show_formulas(_forward_lines(trace, state, state.step), forward_message(state))

    def _hide_numbers(self) -> None:
        for product in self.products:
            product.setParts([])
        self.numbers.setRows([])
        self._show_rule_of(None)

    def setTheme(self, theme: Theme) -> None:
        """Set the colours of the formulas."""
        for label in self.formulas:
            label.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the formulas; everything else follows the style sheet."""
        self._scale = scale
        pixels = PRESENTED_FORMULA_SIZE_PX if self._presenting else FORMULA_SIZE_PX
        show_presented_size(self.message, scale, self._presenting)
        show_presented_size(self.rule, scale, self._presenting, CODE_SHARE)
        for label in self.formulas:
            label.setPixelSize(round(pixels * scale))
        self._update_height()

    def setPresenting(self, presenting: bool) -> None:
        """Show the formulas, the sentence with the numbers and TensorFlow's function alone, in a larger size."""
        self._presenting = presenting
        self.rule.setPresenting(self._is_short)
        self.numbers.setVisible(not self._is_short)
        show_presented_size(self.numbers, self._scale, presenting)
        set_role(self.message, "sentence" if presenting else "")
        for product in self.products:
            product.setVisible(not self._is_short and bool(product.parts))
            show_presented_size(product, self._scale, presenting)
        self._update_rule_visibility()
        self.setSizePolicy(
            QSizePolicy.Policy.Preferred,
            QSizePolicy.Policy.Maximum if self._is_short else QSizePolicy.Policy.Preferred,
        )
        self.setScale(self._scale)

    def setInFront(self, in_front: bool) -> None:
        """Show everything while the panel has the whole tab, also in present mode."""
        self._in_front = in_front
        self.setPresenting(self._presenting)

    @property
    def _is_short(self) -> bool:
        """Whether there is no room for the numbers, which the sentence has as well."""
        return self._presenting and not self._in_front

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the formulas the height that the sentence does not need at this width."""
        super().resizeEvent(event)
        if self._presenting and event.size().width() != event.oldSize().width():
            self._fit_formulas(sum(not label.isHidden() for label in self.formulas), self.message.text())

    def _show_products(self, trace: Trace, step: Step, state: ExpressionViewState, lines: list[FormulaLine]) -> None:
        """Write the matrices of each formula under it, and their numbers into the text."""
        texts = [line.text for line in lines]
        for index, product in enumerate(self.products):
            parts: list[ProductPart] = []
            if index < min(len(step.inputs), len(lines)):
                slot, name = step.inputs[index], lines[index].text.partition(" = ")[0]
                hidden = {slot.gradient_tensor or ""} if hides_gradient(state, slot) else set()
                numbers = numbers_text(trace, state.values, step, slot, state.digits, hidden)
                texts[index] += f" = {numbers}" if numbers else ""
                parts = product_parts(state, step, slot, name if len(lines) > 1 else "")
            product.setParts(parts)
            product.setVisible(bool(parts) and not self._is_short)
        self._text = "\n".join(texts)

    def _show_rule_of(self, step: Step | None) -> None:
        self.rule.setStep(step, self._state.trace, is_covered=bool(self._state.hidden))
        self._update_rule_visibility()

    def _update_rule_visibility(self) -> None:
        self.rule.setVisible(self.rule.has_rule)
        self._ours.setVisible(self.rule.has_rule and not self._is_short)

    def _fit_formulas(self, count: int, message: str) -> None:
        """Scale the formulas into the height that they may have, so that nothing below moves with the steps."""
        if not self._is_short:
            height = MAX_FORMULA_HEIGHT_PX[count > 1] * self._scale * (FRONT_FACTOR if self._presenting else 1)
        else:
            margins, spacing = self._column.contentsMargins(), self._column.spacing()
            outside = margins.top() + margins.bottom()
            if message:
                self.message.setText(message)
                width = max(self.width() - margins.left() - margins.right(), 1)
                outside += self.message.heightForWidth(width) + spacing
            if not self.rule.isHidden():
                outside += self.rule.heightForWidth(max(self.width() - margins.left() - margins.right(), 1)) + spacing
            line = PLAIN_LINES * FORMULA_SIZE_PX * self._scale * max(1.0, MIN_FORMULA_SHARE * count)
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
            is_forward = state.pass_ == FORWARD
            total = len(forward_steps(state.trace)) if is_forward else len(state.trace.steps)
            for step in range(1, min(total, MAX_MEASURED_STEPS) + 1):
                lines = (_forward_lines if is_forward else _backward_lines)(state.trace, state, step)
                heights = (FRACTION_LINES if _has_fraction(line) else PLAIN_LINES for line in lines)
                highest = max(highest, sum(heights))
        margins = self._column.contentsMargins()
        texts = SENTENCE_HEIGHT_PX + (RULE_HEIGHT_PX if state.pass_ != FORWARD else 0)
        needed = (highest * PRESENTED_FORMULA_SIZE_PX + texts) * self._scale + margins.top() + margins.bottom()
        return round(min(needed, self._max_height) if self._max_height else needed)

    def setMaxPresentedHeight(self, height: int) -> None:
        """Set the height that the panel may have while presenting, in pixels."""
        if height != self._max_height:
            self._max_height = height
            self._update_height()

    def _update_height(self) -> None:
        """Have the same height in all steps while presenting; otherwise that of the scroll area around the panel."""
        if not self._is_short:
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
