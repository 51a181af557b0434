"""The gradient function that TensorFlow has registered for the op of a step."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QWidget

from explorer.core.autodiff.step_text import rule_texts
from explorer.core.autodiff.trace import Step, Trace

COVERED_TEXT = "The formula of the rule and TensorFlow's function follow when the numbers are found."
"""What stands in place of the rule's formula while a number of the step is asked for."""


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


class RuleBox(QFrame):
    """Shows the rule of a step. sourceRequested: the step whose rule is to be shown."""

    sourceRequested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("code", True)
        self._step: Step | None = None
        self._presenting = False
        self._is_covered = False
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 3, 4, 3)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(0, 1)
        self._lines = [RuleLabel() for _ in range(3)]
        self._lines[0].setObjectName("ruleText")
        for row, line in enumerate(self._lines):
            grid.addWidget(line, row, 0, 1, 1 if row == 0 else 2)
        self._source = QToolButton()
        self._source.setObjectName("ruleSourceButton")
        self._source.setProperty("small", True)
        self._source.setText("Source")
        self._source.setToolTip("Read the function that TensorFlow registered as this op's gradient")
        self._source.clicked.connect(lambda: self.sourceRequested.emit(self._step))
        grid.addWidget(self._source, 0, 1)

    @property
    def has_rule(self) -> bool:
        """Whether there is a step."""
        return self._step is not None

    def setStep(self, step: Step | None, trace: Trace | None, is_covered: bool = False) -> None:
        """Show the rule of a step of a trace; None: no rule.

        is_covered: its name alone, since a number of the step is asked for. A rule that is named by what it does,
        such as "the larger one gets it all", would tell the number.
        """
        if step is self._step and is_covered == self._is_covered:
            return
        self._step, self._is_covered = step, is_covered
        if step is not None:
            name = step.rule if step.rule.endswith("rule") else ""
            texts = (name, COVERED_TEXT, "") if is_covered else rule_texts(step, trace)
            for label, text in zip(self._lines, texts, strict=True):
                label.set_full_text(text)
            self._show_lines()

    def setPresenting(self, presenting: bool) -> None:
        """Show only the line of TensorFlow's function: what it says in words is above it."""
        self._presenting = presenting
        self._show_lines()

    def _show_lines(self) -> None:
        for line in self._lines:
            line.setVisible(bool(line.text()) and (line is self._lines[1] or not self._presenting))
        has_source = self._step is not None and self._step.source is not None and not self._is_covered
        self._source.setVisible(has_source and not self._presenting)
