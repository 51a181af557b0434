"""The tab "Autodiff": expression line, graph, step bar, chain rule, curve and inputs, joined to the session."""

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.examples import EXAMPLES
from explorer.core.scene import PANELS
from explorer.core.story import forward_line
from explorer.session.again import AgainSession
from explorer.session.ahead import Expected
from explorer.session.autodiff import AutodiffSession
from explorer.session.curve import CurveSession
from explorer.session.steps import forward_groups
from explorer.session.ways import WaysSession
from explorer.views.again_strip import AgainStrip
from explorer.views.chain_panel import ChainPanel
from explorer.views.clear_button import ClearButton
from explorer.views.expected import expected_formulas, head_latex, typed_latex
from explorer.views.expression_edit import ExpressionEdit
from explorer.views.graph_card import GraphCard
from explorer.views.icons import icon
from explorer.views.inputs import InputsPanel
from explorer.views.math import MathLabel
from explorer.views.plot.panel import CurvePanel
from explorer.views.room import Row, Upright, roomy
from explorer.views.style import set_role
from explorer.views.theme import Theme
from explorer.views.turning_splitter import TurningSplitter
from explorer.views.typeset import typesetter
from explorer.views.veil import Veil
from explorer.views.ways_card import WaysCard

SIDE = 340
"""Width that the column beside the graph needs, in pixels at scale 1."""

PRESENTED = 0.36
"""Share of the height that the graph has at least while one presents."""

ERROR_DELAY = 350
"""Milliseconds for which a text may be wrong before the window says so: nobody types `sin(2*x)` in one go."""


class AutodiffTab(QWidget):
    """Shows the session and passes on what the user asks for."""

    statusAsked = Signal(str)

    def __init__(
        self,
        session: AutodiffSession,
        curve: CurveSession,
        ways: WaysSession,
        again: AgainSession,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("autodiffTab")
        self.session = session
        self.curve = curve
        self.chain = ChainPanel()
        self.ways = WaysCard(self.chain, ways, again)
        self._way, self._again = ways, again
        self._theme: Theme | None = None
        self._presenting = False
        self._passing = ""
        self.panels: tuple[str, ...] = PANELS
        self._typing = False
        self._side_width = SIDE
        self._simplified: dict[str, str | None] = {}
        self._error_timer = QTimer(self, singleShot=True, interval=ERROR_DELAY)
        self._error_timer.timeout.connect(self._show_error)
        self._formula_timer = QTimer(self, singleShot=True, interval=0)
        self._formula_timer.timeout.connect(self._show_formula)
        self._build()
        earlier = (self._formula, self.chain, self.ways.tangents, self.ways.paths, self.plot.plot)
        self._veils = [Veil(part) for part in earlier]  # what may be of an earlier text than the one that stands there
        self._join()
        self._show_controls()

    # -- building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self.edit = ExpressionEdit()
        card = GraphCard()
        self.graph, self.steps, self.details, self.state, self.empty = (
            card.graph, card.steps, card.details, card.state, card.empty
        )  # fmt: skip
        self._card = card
        card.takeStrip(AgainStrip(self._again))
        self._top, self._pass, self._depth, self._find = card.top, card.passes, card.depth, card.find
        self._turn, self._fit = card.turn, card.fit
        self.plot = CurvePanel(self.curve)
        self.inputs = InputsPanel()
        self._outer = outer = roomy(self)
        outer.setContentsMargins(16, 10, 16, 4)
        outer.setSpacing(8)
        outer.addLayout(self._build_line())
        outer.addWidget(self._build_message())
        self._splitter = TurningSplitter()
        self._splitter.setObjectName("autodiffSplitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self._splitter.addWidget(card)
        self._splitter.addWidget(self._build_side())
        self._splitter.setStretchFactor(0, 2)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([830, 405])
        outer.addWidget(self._splitter, 1)

    def _build_line(self) -> Row:
        row = Row()
        row.setSpacing(14)
        self._head = MathLabel()
        self._head.setFixedWidth(54)
        self._formula = MathLabel()
        self._formula.setObjectName("formulaView")
        self._formula.setAccessibleName("What was typed, typeset")
        ClearButton(self.edit)
        examples = QToolButton()
        examples.setObjectName("examplesButton")
        examples.setText("Examples")
        examples.setToolTip("Expressions to begin with")
        examples.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(examples)
        menu.setToolTipsVisible(True)
        for title, text in EXAMPLES:
            action = menu.addAction(f"{title}\t{text}")
            action.triggered.connect(lambda _checked=False, text=text: self.edit.setText(text))
        examples.setMenu(menu)
        row.addWidget(self._head)
        row.addWidget(self.edit, 5)
        row.addWidget(self._formula, 5)
        row.addWidget(examples)
        self._examples = examples
        return row

    def _build_message(self) -> QLabel:
        self._message = QLabel()
        self._message.setObjectName("errorLabel")
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setWordWrap(True)
        self._message.setContentsMargins(70, 0, 0, 0)
        self._message.hide()
        return self._message

    def _build_side(self) -> QWidget:
        inner = QWidget()
        self._side = Upright("autodiffSide", inner)
        self._side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)  # half the tab may be too little
        self._column = column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.ways, 0)
        column.addWidget(self.plot, 1)
        column.addWidget(self.inputs, 0)
        column.addStretch(0)
        return self._side

    # -- joining ----------------------------------------------------------------------------------

    def _join(self) -> None:
        session = self.session
        self.edit.textChanged.connect(self._typed)
        session.textChanged.connect(self._show_text)
        session.errorChanged.connect(self._error_changed)
        session.programChanged.connect(self._show_program)
        session.traceChanged.connect(self._show_trace)
        session.valuesChanged.connect(self._show_values)
        session.stepChanged.connect(lambda *_: self._show_step())
        session.selectionChanged.connect(self._show_selection)
        session.depthChanged.connect(lambda *_: self._show_look())
        session.directionChanged.connect(lambda *_: self._show_look())
        session.simplifiedChanged.connect(self._show_simplified)
        session.noticeChanged.connect(self._show_message)
        session.quizChanged.connect(lambda *_: self._show_step())
        for changed in (session.quizChanged, session.stepChanged):
            changed.connect(lambda *_: self._show_details() if session.quiz else None)
        session.quizChanged.connect(lambda: self.steps.setQuiz(session.quiz))
        session.busyChanged.connect(self.state.setBusy)
        session.refused.connect(self.statusAsked)
        self._way.changed.connect(self._show_way)
        self.empty.chosen.connect(self.edit.setText)
        self._pass.chosen.connect(session.set_pass)
        self._depth.chosen.connect(session.set_depth)
        self._turn.clicked.connect(self._turn_graph)
        self._fit.clicked.connect(self.graph.fit)
        self._find.returnPressed.connect(self._find_next)
        self.steps.firstAsked.connect(session.first)
        self.steps.backAsked.connect(session.step_back)
        self.steps.forwardAsked.connect(session.step_forward)
        self.steps.lastAsked.connect(session.last)
        self.steps.quizToggled.connect(session.set_quiz)
        self.details.closed.connect(session.clear_selection)
        self.graph.painted.connect(lambda _text: typesetter().release())
        self.graph.firstPainted.connect(typesetter().release)
        self.graph.nodeSelected.connect(session.select_node)
        self.graph.edgeSelected.connect(session.select_edge)
        self.graph.selectionCleared.connect(session.clear_selection)
        self.inputs.valueEdited.connect(session.set_value)
        self.inputs.wrong.connect(self.statusAsked)
        session.variablesChanged.connect(self._show_inputs)
        self.plot.plot.xAsked.connect(self._set_x)
        self.curve.rangeChanged.connect(lambda *_: self._show_slider())
        self.curve.variableChanged.connect(lambda _: self._show_slider())

    def find(self) -> None:
        """Let the user type what to find."""
        self._find.show()
        self._find.setFocus()
        self._find.selectAll()

    def _find_next(self) -> None:
        count = self.session.find(self._find.text())
        self.statusAsked.emit(f"{count} found." if count else f"Nothing is called {self._find.text()!r}.")

    def _turn_graph(self) -> None:
        self.session.set_direction("LR" if self.session.direction == "TB" else "TB")

    def _set_x(self, x: float) -> None:
        if self.curve.variable is not None:
            self.session.set_value(self.curve.variable, x)

    # -- showing ----------------------------------------------------------------------------------

    def _show_inputs(self, at: Any) -> None:
        self.inputs.setVariables(at)

    def _show_slider(self) -> None:
        self.inputs.setRange(self.curve.variable, self.curve.low, self.curve.high)

    def _typed(self, _text: str) -> None:
        # The line may have put pasted lines together meanwhile: what stands in it counts.
        self._typing = True
        self.session.set_text(self.edit.text())
        self._typing = False

    def _show_text(self, text: str) -> None:
        if not self._typing:
            self.edit.setText(text)

    def _error_changed(self, error: Any) -> None:
        if error is None:
            self._error_timer.stop()
            self._show_error()
        else:
            self._error_timer.start()

    def _show_error(self) -> None:
        error = self.session.error
        self.edit.setErrorColumn(error.column if error is not None else None)
        self.graph.setDimmed(error is not None)
        for veil in self._veils:
            veil.setShown(error is not None)
        self._show_message()

    def _show_message(self, *_: Any) -> None:
        error = self.session.error
        shown = error if error is not None and not self._error_timer.isActive() else None
        text = shown.message if shown is not None else self.session.notice
        role = "error" if shown is not None else "notice"
        set_role(self._message, role)
        self._message.setText(text)
        self._message.setVisible(bool(text) and not self._presenting)
        passing = text if self._presenting else ""  # here the graph needs the room
        if passing != self._passing:
            self._passing = passing
            self.statusAsked.emit(passing)

    @property
    def is_complete(self) -> bool:
        """Whether all that follows a new expression has arrived: curve, formulas, every box at its place."""
        labels = [self._head, self._formula, *self.chain.formulas]
        return (
            not self.graph.isMoving
            and self.plot.plot.is_attached
            and not self._formula_timer.isActive()
            and not self.curve.is_waiting
            and all(label.is_ready for label in labels)
        )

    def _show_program(self, program: Any) -> None:
        if self.graph.isHidden():
            self.empty.hide()
            self.graph.show()
        self.graph.setParsed(program)
        typesetter().hold()
        self._formula_timer.start()

    def _show_formula(self) -> None:
        program = self.session.program
        self._formula.setLatex(typed_latex(program) if program is not None else "")

    def _show_trace(self, trace: Any, values: Any) -> None:
        self._simplified = {}
        self.chain.begin()
        self.graph.setTrace(trace, values, look=self.session.next_look)
        self._head.setLatex(head_latex(trace))
        self._show_step()

    def _show_values(self, values: Any) -> None:
        self.graph.setValues(values)
        self._show_chain()

    def _show_simplified(self, simplified: Any) -> None:
        self._simplified = dict(simplified)
        self._show_chain()

    def _show_step(self) -> None:
        session = self.session
        self.graph.setReveal(session.quiz, session.revealed)
        self.graph.setStep(session.pass_, session.step)
        self._show_controls()
        self._show_chain()

    def _show_look(self) -> None:
        self.graph.setDepth(self.session.depth)
        self.graph.setDirection(self.session.direction)
        self._show_controls()

    def _show_controls(self) -> None:
        session = self.session
        self._pass.setCurrent(session.pass_)
        self._depth.setCurrent(session.depth)
        self.steps.setStep(session.pass_, session.step, session.steps_total(session.pass_), session.trace is not None)
        if self._theme is not None:
            arrow = "right" if session.direction == "TB" else "down"
            self._turn.setIcon(icon(arrow, self._theme.muted.name(), self._theme.faint.name()))

    def _show_chain(self) -> None:
        session = self.session
        trace = session.trace
        if trace is None:
            return
        if session.pass_ == "forward":
            ops = forward_groups(trace)[session.step - 1] if session.step else ()
            formula = forward_line(trace, ops[0]) if len(ops) == 1 else None
            self.chain.setForwardStep(trace, session.forward_sentence(), formula)
            return
        self.chain.setBackwardStep(
            trace, session.values, session.step, self._simplified, session.kink_sentence(), session.hidden_tensors()
        )

    def _show_way(self) -> None:
        self.graph.setPath(self._way.marked_edges)
        self.graph.setTangents(self._way.pushed)
        self._fit_side()

    def _show_details(self) -> None:
        self.details.setDetails(*self.session.details())

    def _show_selection(self, selection: Any) -> None:
        self._show_details()
        if selection is not None:
            self.graph.select(*selection)
        else:
            self.graph.clearSelection()

    def prepare(self, scene: Expected) -> None:
        """Lay out and typeset what a scene will show, so that it only has to be shown."""
        self.graph.prepare(scene.trace, scene.view["depth"], scene.view["direction"])
        for latex in expected_formulas(scene):
            typesetter().ask(latex, ahead=True)

    # -- look -------------------------------------------------------------------------------------

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours everywhere in the tab."""
        self._theme = theme
        parts = (self.edit, self.graph, self.steps, self.chain, self.ways, self.plot, self.details)
        for part in (*parts, self._head, self._formula, *self._veils):
            part.setTheme(theme)
        self._fit.setIcon(icon("fit", theme.muted.name(), theme.faint.name()))
        self._show_controls()

    def setScale(self, scale: float) -> None:
        """Scale everything in the tab."""
        for part in (self.graph, self.steps, self.chain, self.ways, self.plot, self.inputs, *self._veils):
            part.setScale(scale)
        self._card.fitWords()
        self.edit.setMinimumWidth(round(200 * scale))
        self._splitter.setScale(scale)
        self._head.setPixelSize(round(24 * scale))
        self._formula.setPixelSize(round(24 * scale))
        self._head.setFixedWidth(round(54 * scale))
        self._side_width = round(SIDE * min(scale, 1.3))
        self._fit_side()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a picture narrower than the window can be, the column beside the graph gives way too."""
        super().resizeEvent(event)
        self._fit_side()
        self._fit_graph()

    def _fit_graph(self) -> None:
        """While one presents, the graph has a fair share of the height; what has no room then is scrolled to."""
        self.graph.setMinimumHeight(round(PRESENTED * self.height()) if self._presenting else 0)
        self._card.setPresenting(self.width() if self._presenting else 0)

    def _fit_side(self) -> None:
        least = min(self._side.minimumSizeHint().width(), round(0.5 * self.width()))  # what is in it is not cut
        self._side.setMinimumWidth(max(least, min(self._side_width, round(0.36 * self.width()))))

    def setDigits(self, digits: int) -> None:
        """Show numbers with so many significant digits."""
        for part in (self.graph, self.chain, self.ways, self.plot):
            part.setDigits(digits)
        self._show_chain()

    def setPresenting(self, presenting: bool) -> None:
        """Hide all but graph and formula: the chain rule moves over the graph, which has the whole window."""
        if presenting == self._presenting:
            return
        self._presenting = presenting
        self.curve.set_seen(not presenting)
        for part in (self._head, self.edit, self._examples, self._top, self.steps):
            part.setVisible(not presenting)
        (self._outer if presenting else self.ways.column).insertWidget(1, self.chain)
        self.ways.setPresenting(presenting)
        self.chain.setPresenting(presenting)
        self._fit_graph()
        self._show_panels()
        self._show_message()

    def setPanels(self, panels: tuple[str, ...] | None) -> None:
        """Show some of `core.scene.PANELS` beside the graph; None: all of them."""
        self.panels = PANELS if panels is None else panels
        self._show_panels()

    def _show_panels(self) -> None:
        for name, part in (("chain", self.ways), ("plot", self.plot), ("inputs", self.inputs)):
            part.setVisible(name in self.panels)
        if self._presenting:
            self.chain.setVisible("chain" in self.panels)
        self._side.setVisible(bool(self.panels) and not self._presenting)

    def takeExercise(self, strip: QWidget, first: bool = False) -> None:
        """Let the strip of an exercise stand with the graph; ``first``: before all others."""
        self._card.takeExercise(strip, first)

    def takeWarning(self, warning: QWidget) -> None:
        """Let a warning stand above the graph."""
        self._card.takeWarning(warning)
