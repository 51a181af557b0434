"""The chain-rule panel: the formula as it grows, the numbers of the current step, TensorFlow's own look-up entry."""

import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.core.autodiff.chain_rule_text import FormulaLine, tensor_label
from explorer.core.autodiff.step_text import MAX_FORMULAS, opening_text, rule_texts, step_lines
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.number_format import format_value, format_value_full
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.math_label import MathLabel

NORMAL, PRESENTED = 23, 34
"""Pixels of the formulas' em at scale 1, and where they and the graph are all that is shown."""

ARRIVED = "arrived (upstream)"

ALONE, BESIDE = 24, 14
"""Signs that a value may have: in a column of its own, and where those of several inputs stand side by side."""


class RuleLabel(QLabel):
    """A line of code that breaks where it does not fit; all of it is in the tooltip too."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def set_full_text(self, text: str) -> None:
        """Show a text; it may break after signs too, since code has few spaces."""
        self.setToolTip(text)
        self.setText(re.sub(r"([(,.*/_])", "\\1\u200b", text))


class ChainRulePanel(QFrame):
    """Shows one step. It is told everything and changes nothing."""

    sourceAsked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chainRuleView")
        self.setAccessibleName("Chain rule")
        self.setProperty("card", True)
        self._text = ""
        self._highest = 0
        self._digits = 4
        self._room = ALONE
        self._theme: Theme | None = None
        self._scale = 1.0
        self._presenting = False
        self._step: Step | None = None
        self._told: tuple[Any, ...] | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 10)
        layout.setSpacing(4)
        self.formulas = [MathLabel() for _ in range(MAX_FORMULAS)]
        for label in self.formulas:
            layout.addWidget(label)
        self._cells: dict[tuple[int, int], QLabel] = {}
        self._numbers_box = QWidget()
        self._numbers_box.setProperty("clear", True)
        self._numbers = QGridLayout(self._numbers_box)
        self._numbers.setContentsMargins(0, 0, 0, 0)
        self._numbers.setHorizontalSpacing(14)
        self._numbers.setVerticalSpacing(3)
        self._numbers.setColumnStretch(0, 1)
        layout.addWidget(self._numbers_box)
        self.note = QLabel()
        self.note.setObjectName("stepNote")
        self.note.setWordWrap(True)
        layout.addWidget(self.note)
        self._rule = QFrame()
        self._rule.setProperty("code", True)
        inner = QGridLayout(self._rule)
        inner.setContentsMargins(10, 5, 6, 5)
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
        self._source.clicked.connect(lambda: self.sourceAsked.emit(self._step))
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
        self.setEmpty("Here the chain rule will grow, step by step.")

    def _get_text(self) -> str:
        return self._text

    text = Property(str, _get_text)
    """The formulas as plain text, one line for each."""

    def begin(self) -> None:
        """Begin a new expression: the panel may become small again."""
        self._told = None
        self._highest = 0

    def _keep_height(self) -> None:
        """Never shrink from one step to the next: the plot below would jump with every click."""
        if self._presenting:
            return
        self._highest = max(self._highest, self.layout().totalSizeHint().height())
        self.setMinimumHeight(self._highest)

    def setEmpty(self, sentence: str) -> None:
        """Show a sentence instead of a step."""
        self._told = None
        self._show([], sentence)
        self._set_numbers([])
        self._set_rule(None)

    def setBackwardStep(
        self,
        trace: Trace,
        values: Values,
        number: int,
        simplified: Mapping[str, str | None],
        kink: str | None,
        hidden: frozenset[str],
        slots: frozenset[int],
    ) -> None:
        """Show step ``number`` of the backward pass (0: the seed).

        hidden: tensors that stand as ?. slots: the arguments of the op to which a gradient is still to be found.
        """
        # One change of what is seen comes as several signals; most of them change nothing here.
        told = (trace, values, number, dict(simplified), kink, hidden, slots, self._digits)
        if self._told is not None and _is_same(told, self._told):
            return
        self._told = told
        lines = step_lines(trace, values, number, simplified, hidden, slots)
        if number == 0 or not trace.steps:
            self._show(lines, opening_text(trace))
            self._set_numbers([])
            self._set_rule(None)
            self._keep_height()
            return
        step = trace.steps[number - 1]
        self._show(lines, kink or "")
        letter = "G" if any(line.short for line in lines) else ""
        self._set_numbers(self._rows(trace, step, values, hidden, slots, letter))
        self._set_rule(step)
        self._keep_height()

    def setForwardStep(self, trace: Trace, sentence: str, formula: FormulaLine | None) -> None:
        """Show a step of the forward pass as one sentence and, where there is one, a formula."""
        self.begin()  # a sentence needs less room than the numbers of a backward step
        self._show([formula] if formula else [], sentence)
        self._set_numbers([])
        self._set_rule(None)
        self.setMinimumHeight(0)

    def setDigits(self, digits: int) -> None:
        """Set how many significant digits numbers have."""
        self._digits = digits

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        for label in self.formulas:
            label.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the formulas; everything else follows the window's style sheet."""
        self._scale = scale
        pixels = PRESENTED if self._presenting else NORMAL
        for label in self.formulas:
            label.setPixelSize(round(pixels * scale))

    def setPresenting(self, presenting: bool) -> None:
        """Show the formulas alone, large."""
        self._presenting = presenting
        self._numbers_box.setVisible(not presenting)
        self._show_rule()
        self.begin()
        self.setMinimumHeight(0)
        self.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum if presenting else QSizePolicy.Policy.Preferred
        )
        self.setScale(self._scale)

    def _rows(
        self,
        trace: Trace,
        step: Step,
        values: Values,
        hidden: frozenset[str],
        slots: frozenset[int],
        letter: str,
    ) -> list[tuple[str, list[tuple[str, str]]]]:
        """Label and one (text, full digits) for each input, row by row; ``letter``: what formulas call what arrived."""
        self._room = ALONE if len(step.inputs) == 1 else BESIDE
        arrived = self._number(values, step.upstream_tensor, frozenset())  # it was found before, whatever it is called
        several = len(step.inputs) > 1
        if several and len(arrived[0]) > 8:
            rows = [(f"{ARRIVED} {letter}".strip(), [*[("", "")] * (len(step.inputs) - 1), arrived])]
            rows.append(("", [(f"to {tensor_label(trace, slot.tensor)}", slot.tensor) for slot in step.inputs]))
        elif several:
            heads = [(f"to {tensor_label(trace, slot.tensor)}", slot.tensor) for slot in step.inputs]
            rows = [(f"{ARRIVED}  {letter and f'{letter} = '}{arrived[0]}", heads)]
        else:
            rows = [(f"{ARRIVED} {letter}".strip(), [arrived])]
        where = "" if several or not step.inputs else f" to {tensor_label(trace, step.inputs[0].tensor)}"
        if any(slot.local_tensor for slot in step.inputs):
            factors = [self._number(values, slot.local_tensor, hidden, "× ") for slot in step.inputs]
            rows.append(("local derivative", factors))
        rows.append((f"passed on{where}", [self._passed(values, slot, hidden, slots) for slot in step.inputs]))
        later = {slot.tensor for other in trace.steps[trace.steps.index(step) + 1 :] for slot in other.inputs}
        if any(slot.accumulated and slot.tensor not in later for slot in step.inputs):
            rows.append(
                ("sum of all that arrived (AddN)", [self._sum(trace, slot, values, hidden) for slot in step.inputs])
            )
        return rows

    def _sum(self, trace: Trace, slot: StepInput, values: Values, hidden: frozenset[str]) -> tuple[str, str]:
        total = trace.tensor_gradients.get(slot.tensor) if slot.accumulated else None
        return self._number(values, total, hidden) if total is not None else ("", "")

    def _passed(
        self, values: Values, slot: StepInput, hidden: frozenset[str], slots: frozenset[int]
    ) -> tuple[str, str]:
        text, full = self._number(values, slot.gradient_tensor, hidden if slot.slot in slots else frozenset())
        return text, f"{full}: an AddN sums it with what comes on other ways" if slot.accumulated else full

    def _number(self, values: Values, tensor: str | None, hidden: frozenset[str], sign: str = "") -> tuple[str, str]:
        if tensor is None:
            return "none", "TensorFlow passes nothing here"
        if tensor not in values:
            return "·", "not computed"
        if tensor in hidden:
            return "?", "hidden until it is revealed"
        text = format_value(values[tensor], self._digits, self._room)
        return sign + text, f"{format_value_full(values[tensor])}  ({tensor})"

    def _set_numbers(self, rows: list[tuple[str, list[tuple[str, str]]]]) -> None:
        """Fill the table. Its labels are kept: a slider that moves changes texts and nothing else."""
        last = len(rows) - 1
        used = set()
        for row, (title, cells) in enumerate(rows):
            self._cell(row, 0, title, "", "muted", used)
            for column, (text, full) in enumerate(cells):
                heads = not title or title.startswith(f"{ARRIVED}  ")
                role = "muted" if heads else "local" if title.startswith("local") else "gradient"
                self._cell(row, column + 1, text, full, "gradientLarge" if row == last else role, used)
        for place, label in self._cells.items():
            if place not in used:
                label.hide()

    def _cell(self, row: int, column: int, text: str, tip: str, role: str, used: set[tuple[int, int]]) -> None:
        used.add((row, column))
        label = self._cells.get((row, column))
        if label is None:
            label = self._cells[row, column] = QLabel()
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            label.setWordWrap(column == 0)
            self._numbers.addWidget(label, row, column)
        set_role(label, role)
        if label.text() != text:
            label.setText(text)
        label.setToolTip(tip)
        if label.isHidden():
            label.show()

    def _show_rule(self) -> None:
        for part in (self._rule, self._ours):
            part.setVisible(self._step is not None and not self._presenting)

    def _set_rule(self, step: Step | None) -> None:
        if step is self._step:
            return
        self._step = step
        self._show_rule()
        if step is None:
            return
        self._source.setVisible(step.source is not None)
        for label, text in zip(self._rule_lines, rule_texts(step), strict=True):
            label.set_full_text(text)
            label.setVisible(bool(text))

    def _show(self, lines: list[FormulaLine], sentence: str) -> None:
        for label, line in zip(self.formulas, [*lines, *[None] * MAX_FORMULAS], strict=False):
            label.setVisible(line is not None)
            if line is not None:
                label.setParts(list(line.parts))
                label.setAccessibleName(line.text)
                label.setToolTip(f"{line.text}\n(symbols are ours; the numbers are TensorFlow's)")
        self._text = "\n".join(line.text for line in lines)
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))


def _is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether trace and values are the very same, and all that follows is equal."""
    return one[0] is other[0] and one[1] is other[1] and one[2:] == other[2:]
