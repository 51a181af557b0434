"""The line with the expression: the field that it is typed into, and the same typeset beside it."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QMenu, QToolButton

from explorer.core.expression.examples import EXAMPLES
from explorer.core.syntax_tree import Program
from explorer.views.autodiff.expression_edit import ExpressionEdit
from explorer.views.autodiff.formula_prefetch import typed_latex
from explorer.views.theme.theme import Theme
from explorer.views.widgets.clear_button import ClearButton
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.math_label import MathLabel


class ExpressionLine(FlowRow):
    """typed: the text changed under the user's hands, or an example was chosen; what `setText` does is not told."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.edit = ExpressionEdit()
        self._typing = False
        self._program: Program | None = None
        self._formula_timer = QTimer(self, singleShot=True, interval=0)
        self._formula_timer.timeout.connect(self._show_formula)
        self.setSpacing(14)
        self._head = MathLabel()
        self._head.setFixedWidth(54)
        self.formula = MathLabel()
        self.formula.setObjectName("formulaView")
        self.formula.setAccessibleName("What was typed, typeset")
        ClearButton(self.edit)
        self._examples = self._build_examples()
        self.addWidget(self._head)
        self.addWidget(self.edit, 5)
        self.addWidget(self.formula, 5)
        self.addWidget(self._examples)
        self.edit.textChanged.connect(self._tell)

    def _build_examples(self) -> QToolButton:
        examples = QToolButton()
        examples.setObjectName("examplesButton")
        examples.setText("Examples")
        examples.setToolTip("Expressions to begin with")
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
        """Whether all that belongs to the text is typeset."""
        return not self._formula_timer.isActive() and self._head.is_ready and self.formula.is_ready

    def setText(self, text: str) -> None:
        """Show a text that was not typed here; while somebody types, nothing is put under the cursor."""
        if not self._typing:
            self.edit.setText(text)

    def setProgram(self, program: Program) -> None:
        """Typeset what was typed, when there is nothing else to do."""
        self._program = program
        self._formula_timer.start()

    def setOutput(self, latex: str) -> None:
        """Say before the line what it is."""
        self._head.setLatex(latex)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.edit, self._head, self.formula):
            part.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the line."""
        self.edit.setMinimumWidth(round(200 * scale))
        self._head.setPixelSize(round(24 * scale))
        self.formula.setPixelSize(round(24 * scale))
        self._head.setFixedWidth(round(54 * scale))

    def setPresenting(self, presenting: bool) -> None:
        """Leave the formula alone."""
        for part in (self._head, self.edit, self._examples):
            part.setVisible(not presenting)

    def _tell(self, _text: str) -> None:
        # The line may have put pasted lines together meanwhile: what stands in it counts.
        self._typing = True
        self.typed.emit(self.edit.text())
        self._typing = False

    def _show_formula(self) -> None:
        program = self._program
        assert program is not None
        self.formula.setLatex(typed_latex(program))
