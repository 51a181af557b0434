"""The line with the expression: the field into which it is typed, and the typeset formula beside it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton

from explorer.core.autodiff.output_heading import typed_latex
from explorer.core.expression.examples import EXAMPLES
from explorer.core.syntax_tree import Program
from explorer.session.timers import single_shot_timer
from explorer.views.autodiff.expression_edit import ExpressionEdit
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.clear_button import ClearButton
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.math_label import MathLabel
from explorer.views.widgets.positioning import QWIDGETSIZE_MAX

FORMULA_HEIGHT_PX = 42
"""Height of the formula at scale 1, into which higher ones are scaled: the page must not move while one types."""


TYPED_NAME = "The typed expression, typeset"
"""Name of the formula for screen readers while it is that of the typed expression."""

LONG_LATEX = 400
"""Characters of LaTeX whose typesetting is seen to take time."""


class ExpressionLine(FlowRow):
    """typed: the user changed the text or chose an example; not emitted by `setText`."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.edit = ExpressionEdit()
        self._typing = False
        self._presenting = False
        self._scale = 1.0
        self._program: Program | None = None
        self._derivative: tuple[str, str] | None = None
        self._formula_timer = single_shot_timer(self, self._show_formula)
        self.setSpacing(14)
        self._head = MathLabel()
        self._head.setFixedWidth(54)
        self.formula = MathLabel()
        self.formula.setObjectName("formulaView")
        self.formula.setAccessibleName(TYPED_NAME)
        ClearButton(self.edit)
        self._examples = self._build_examples()
        self.addWidget(self._head)
        self.addWidget(self.edit, 5)
        self.addWidget(self.formula, 5)
        self.addWidget(self._examples)
        self.edit.textChanged.connect(self._report)

    def _build_examples(self) -> QToolButton:
        examples = QToolButton()
        examples.setObjectName("examplesButton")
        examples.setText("Examples")
        examples.setToolTip("Examples of expressions")
        examples.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = self.examples_menu = QMenu(examples)
        menu.setToolTipsVisible(True)
        for title, text in EXAMPLES:
            action = menu.addAction(f"{title}\t{text}")
            action.triggered.connect(lambda _checked=False, text=text: self.edit.setText(text))
        examples.setMenu(menu)
        return examples

    @property
    def is_ready(self) -> bool:
        """Whether all formulas of the line are typeset."""
        return not self._formula_timer.isActive() and self._head.is_ready and self.formula.is_ready

    def setText(self, text: str) -> None:
        """Show a text that was not typed here; ignored while a typed text is being reported."""
        if not self._typing:
            self.edit.setText(text)

    def setProgram(self, program: Program) -> None:
        """Typeset a program as soon as the event loop is idle."""
        self._program, self._derivative = program, None
        self._formula_timer.start()

    def setOutput(self, latex: str) -> None:
        """Set the formula before the field, such as ``y =``."""
        self._head.setLatex(latex)

    def setDerivative(self, latex: str, text: str) -> None:
        """Typeset a derivative with its own expression instead of the typed one; "" for none."""
        derivative = (latex, text) if latex else None
        if derivative != self._derivative:
            self._derivative = derivative
            self._formula_timer.start()

    def setTheme(self, theme: Theme) -> None:
        """Set the colours."""
        for part in (self.edit, self._head, self.formula):
            part.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale."""
        self.edit.setMinimumWidth(round(200 * scale))
        self._head.setPixelSize(round(24 * scale))
        self.formula.setPixelSize(round(24 * scale))
        self._scale = scale
        self._fit_formula()
        self._head.setFixedWidth(round(54 * scale))

    def setPresenting(self, presenting: bool) -> None:
        """Show only the formula."""
        self._presenting = presenting
        self._fit_formula()
        for part in (self._head, self.edit, self._examples):
            part.setVisible(not presenting)

    def _fit_formula(self) -> None:
        is_limited = not self._presenting
        self.formula.setMaxHeight(round(FORMULA_HEIGHT_PX * self._scale) if is_limited else QWIDGETSIZE_MAX)

    def _report(self, _text: str) -> None:
        # The field may have joined pasted lines since the signal, so its present text is reported.
        self._typing = True
        self.typed.emit(self.edit.text())
        self._typing = False

    def _show_formula(self) -> None:
        if self._derivative is not None:
            latex, text = self._derivative
            self.formula.setAccessibleName(text)
            self.formula.setParts([(latex, "normal")], text if len(latex) > LONG_LATEX else "")
            return
        program = self._program
        assert program is not None
        latex = typed_latex(program)
        self.formula.setAccessibleName(TYPED_NAME)
        # Until a long formula is typeset its text is shown, and not the formula of the text before.
        self.formula.setParts([(latex, "normal")], self.edit.text() if len(latex) > LONG_LATEX else "")
