"""The tab "Autodiff": expression line, graph, step bar, chain rule, curve and inputs, joined to the session."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from explorer.core.autodiff.chain_rule_text import forward_line
from explorer.core.autodiff.visible_steps import forward_steps
from explorer.core.errors import ExpressionError
from explorer.core.lessons.scene_keys import PANELS
from explorer.session.autodiff.higher_order import HigherOrderSession
from explorer.session.autodiff.messages import details, kink_message, step_message
from explorer.session.autodiff.methods import MethodSession
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.autodiff.view_state import ViewOptions, resolve
from explorer.session.lessons.prefetch import PrefetchedScene
from explorer.session.plot.curve import CurveSession
from explorer.views.autodiff.chain_rule_panel import ChainRulePanel
from explorer.views.autodiff.expression_line import ExpressionLine
from explorer.views.autodiff.formula_prefetch import expected_formulas, head_latex
from explorer.views.autodiff.graph_card import GraphCard
from explorer.views.autodiff.higher_order_strip import HigherOrderStrip
from explorer.views.autodiff.inputs_panel import InputsPanel
from explorer.views.autodiff.message_line import MessageLine
from explorer.views.autodiff.method_card import MethodCard
from explorer.views.autodiff.side_column import SideColumn
from explorer.views.plot.curve_panel import CurvePanel
from explorer.views.theme.icons import icon
from explorer.views.theme.theme import Theme
from explorer.views.widgets.responsive_splitter import ResponsiveSplitter
from explorer.views.widgets.scroll_page import make_scrollable
from explorer.views.widgets.stale_overlay import StaleOverlay
from explorer.views.widgets.typesetter import typesetter

PRESENTED = 0.36
"""Share of the height that the graph has at least while one presents."""


class AutodiffTab(QWidget):
    """Shows the session and passes on what the user asks for."""

    statusAsked = Signal(str)

    def __init__(
        self,
        session: AutodiffSession,
        curve: CurveSession,
        methods: MethodSession,
        again: HigherOrderSession,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("autodiffTab")
        self.session = session
        self.curve = curve
        self.chain = ChainRulePanel()
        self.methods = MethodCard(self.chain, methods, again)
        self._way, self._again = methods, again
        self._theme: Theme | None = None
        self._presenting = False
        self.panels: tuple[str, ...] = PANELS
        self._simplified: dict[str, str | None] = {}
        self._trace: Any = None
        self._build()
        earlier = (self.line.formula, self.chain, self.methods.tangents, self.methods.paths, self.plot.plot)
        self._veils = [
            StaleOverlay(part) for part in earlier
        ]  # what may be of an earlier text than the one that stands there
        self._join()
        self._show_controls()

    # -- building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self.line = ExpressionLine()
        self.edit = self.line.edit
        self.message = MessageLine()
        card = GraphCard()
        self.graph, self.steps, self.details, self.state, self.empty = (
            card.graph, card.steps, card.details, card.state, card.empty
        )  # fmt: skip
        self._card = card
        card.takeStrip(HigherOrderStrip(self._again))
        self._top, self._pass, self._depth, self._find = card.top, card.passes, card.depth, card.find
        self._turn, self._fit = card.turn, card.fit
        self.plot = CurvePanel(self.curve)
        self.inputs = InputsPanel()
        self._outer = outer = make_scrollable(self)
        outer.setContentsMargins(16, 10, 16, 4)
        outer.setSpacing(8)
        outer.addLayout(self.line)
        outer.addWidget(self.message)
        self._splitter = ResponsiveSplitter()
        self._splitter.setObjectName("autodiffSplitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(12)
        self._splitter.addWidget(card)
        self._side = SideColumn(self.methods, self.plot, self.inputs)
        self._splitter.addWidget(self._side)
        self._splitter.setStretchFactor(0, 2)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([830, 405])
        outer.addWidget(self._splitter, 1)

    # -- joining ----------------------------------------------------------------------------------

    def _join(self) -> None:
        session, stepper = self.session, self.session.stepper
        self.line.typed.connect(session.set_text)
        session.textChanged.connect(self.line.setText)
        session.errorChanged.connect(self.message.setError)
        self.message.errorShown.connect(self._show_error)
        self.message.told.connect(self.statusAsked)
        session.programChanged.connect(self._show_program)
        session.traceChanged.connect(self._show_trace)
        session.valuesChanged.connect(self._show_values)
        stepper.stepChanged.connect(lambda *_: self._show_step())
        session.selectionChanged.connect(self._show_selection)
        session.depthChanged.connect(lambda *_: self._show_look())
        session.directionChanged.connect(lambda *_: self._show_look())
        session.simplifiedChanged.connect(self._show_simplified)
        session.noticeChanged.connect(self.message.setNotice)
        stepper.quizChanged.connect(lambda *_: self._show_step())
        for changed in (stepper.quizChanged, stepper.stepChanged):
            changed.connect(lambda *_: self._show_details() if stepper.quiz else None)
        stepper.quizChanged.connect(lambda: self.steps.setQuiz(stepper.quiz))
        session.busyChanged.connect(self.state.setBusy)
        session.refused.connect(self.statusAsked)
        self._way.changed.connect(self._show_way)
        self.empty.chosen.connect(self.edit.setText)
        self._pass.chosen.connect(stepper.set_pass)
        self._depth.chosen.connect(session.set_depth)
        self._turn.clicked.connect(self._turn_graph)
        self._fit.clicked.connect(self.graph.fit)
        self._find.returnPressed.connect(self._find_next)
        self.steps.firstAsked.connect(stepper.first)
        self.steps.backAsked.connect(stepper.step_back)
        self.steps.forwardAsked.connect(stepper.step_forward)
        self.steps.lastAsked.connect(stepper.last)
        self.steps.quizToggled.connect(stepper.set_quiz)
        self.details.closed.connect(session.clear_selection)
        self.graph.painted.connect(lambda _text: typesetter().release())
        self.graph.firstPainted.connect(typesetter().release)
        self.graph.nodeSelected.connect(session.select_node)
        self.graph.edgeSelected.connect(session.select_edge)
        self.graph.selectionCleared.connect(session.clear_selection)
        self.inputs.valueEdited.connect(session.set_value)
        self.inputs.wrong.connect(self.statusAsked)
        session.variablesChanged.connect(self._show_inputs)
        self.plot.plot.xRequested.connect(self._set_x)
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

    def _show_inputs(self, point: Any) -> None:
        self.inputs.setVariables(point)

    def _show_slider(self) -> None:
        self.inputs.setRange(self.curve.variable, self.curve.low, self.curve.high)

    def _show_error(self, error: ExpressionError | None) -> None:
        self.edit.setErrorColumn(error.column if error is not None else None)
        self.graph.setDimmed(error is not None)
        for veil in self._veils:
            veil.setActive(error is not None)

    @property
    def is_complete(self) -> bool:
        """Whether all that follows a new expression has arrived: curve, formulas, every box at its place."""
        return (
            not self.graph.isMoving
            and self.plot.plot.is_attached
            and self.line.is_ready
            and not self.curve.is_waiting
            and all(label.is_ready for label in self.chain.formulas)
        )

    def _show_program(self, program: Any) -> None:
        if self.graph.isHidden():
            self.empty.hide()
            self.graph.show()
        self.graph.setParsed(program)
        typesetter().hold()
        self.line.setProgram(program)

    def _show_trace(self, trace: Any, values: Any) -> None:
        self._trace = trace
        self._simplified = {}
        self.chain.begin()
        self.graph.setTrace(trace, values)
        self.line.setOutput(head_latex(trace))
        self._show_step()

    def _show_values(self, values: Any) -> None:
        self.graph.setValues(values)
        self._show_chain()

    def _show_simplified(self, simplified: Any) -> None:
        self._simplified = dict(simplified)
        self._show_chain()

    def _show_step(self) -> None:
        if self._trace is not self.session.trace:
            return  # another session stepped as soon as the trace came; the step is shown with the trace
        stepper = self.session.stepper
        self.graph.setReveal(stepper.quiz, stepper.revealed)
        self.graph.setStep(stepper.pass_, stepper.step)
        self._show_controls()
        self._show_chain()

    def _show_look(self) -> None:
        self.graph.setDepth(self.session.depth)
        self.graph.setDirection(self.session.direction)
        self._show_controls()

    def _show_controls(self) -> None:
        session, stepper = self.session, self.session.stepper
        self._pass.setCurrent(stepper.pass_)
        self._depth.setCurrent(session.depth)
        self.steps.setStep(stepper.pass_, stepper.step, stepper.steps_total(stepper.pass_), session.trace is not None)
        if self._theme is not None:
            arrow = "right" if session.direction == "TB" else "down"
            self._turn.setIcon(icon(arrow, self._theme.muted.name(), self._theme.faint.name()))

    def _show_chain(self) -> None:
        session, stepper = self.session, self.session.stepper
        trace = session.trace
        if trace is None:
            return
        if stepper.pass_ == "forward":
            ops = forward_steps(trace)[stepper.step - 1] if stepper.step else ()
            formula = forward_line(trace, ops[0]) if len(ops) == 1 else None
            self.chain.setForwardStep(trace, step_message(self._state), formula)
            return
        self.chain.setBackwardStep(
            trace,
            session.values,
            stepper.step,
            self._simplified,
            kink_message(self._state),
            stepper.hidden_tensors(),
            stepper.hidden_slots(),
        )

    def _show_way(self) -> None:
        self.graph.setPath(self._way.marked_edges)
        tangents = self._way.shown_tangents
        self.graph.setTangents((f"d/d{self._way.variable}", tangents) if tangents is not None else None)
        self._side.fit(self.width())

    @property
    def _state(self) -> Any:
        return resolve(self.session, self._way, ViewOptions())

    def _show_details(self) -> None:
        self.details.setDetails(*details(self._state))

    def _show_selection(self, selection: Any) -> None:
        self._show_details()
        if selection is not None:
            self.graph.select(*selection)
        else:
            self.graph.clearSelection()

    def prepare(self, scene: PrefetchedScene) -> None:
        """Lay out and typeset what a scene will show, so that it only has to be shown."""
        self.graph.prepare(scene.trace, scene.view["depth"], scene.view["direction"])
        for latex in expected_formulas(scene):
            typesetter().request(latex, prefetch=True)

    # -- look -------------------------------------------------------------------------------------

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours everywhere in the tab."""
        self._theme = theme
        parts = (self.line, self.graph, self.steps, self.chain, self.methods, self.plot, self.details)
        for part in (*parts, *self._veils):
            part.setTheme(theme)
        self._fit.setIcon(icon("fit", theme.muted.name(), theme.faint.name()))
        self._show_controls()

    def setScale(self, scale: float) -> None:
        """Scale everything in the tab."""
        parts = (self.line, self.graph, self.steps, self.chain, self.methods, self.plot, self.inputs)
        for part in (*parts, *self._veils, self._splitter, self._side):
            part.setScale(scale)
        self._card.fitWords()
        self._side.fit(self.width())

    def showEvent(self, event: QShowEvent) -> None:
        """Tell what there is to say of the expression again."""
        super().showEvent(event)
        self.message.setAboutSeen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell nothing of it over another tab."""
        super().hideEvent(event)
        self.message.setAboutSeen(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a picture narrower than the window can be, the column beside the graph gives way too."""
        super().resizeEvent(event)
        self._side.fit(self.width())
        self._fit_graph()

    def _fit_graph(self) -> None:
        """While one presents, the graph has a fair share of the height; what has no room then is scrolled to."""
        self.graph.setMinimumHeight(round(PRESENTED * self.height()) if self._presenting else 0)
        self._card.setPresenting(self.width() if self._presenting else 0)

    def setDigits(self, digits: int) -> None:
        """Show numbers with so many significant digits."""
        for part in (self.graph, self.chain, self.methods, self.plot):
            part.setDigits(digits)
        self._show_chain()

    def setPresenting(self, presenting: bool) -> None:
        """Hide all but graph and formula: the chain rule moves over the graph, which has the whole window."""
        if presenting == self._presenting:
            return
        self._presenting = presenting
        self.curve.set_seen(not presenting)
        self.line.setPresenting(presenting)
        for part in (self._top, self.steps):
            part.setVisible(not presenting)
        (self._outer if presenting else self.methods.column).insertWidget(1, self.chain)
        self.methods.setPresenting(presenting)
        self.chain.setPresenting(presenting)
        self._fit_graph()
        self._show_panels()
        self.message.setPresenting(presenting)

    def setPanels(self, panels: tuple[str, ...] | None) -> None:
        """Show some of `core.scene.PANELS` beside the graph; None: all of them."""
        self.panels = PANELS if panels is None else panels
        self._show_panels()

    def _show_panels(self) -> None:
        self._side.setPanels(self.panels)
        if self._presenting:
            self.chain.setVisible("chain" in self.panels)
        self._side.setVisible(bool(self.panels) and not self._presenting)

    def takeExercise(self, strip: QWidget, first: bool = False) -> None:
        """Let the strip of an exercise stand with the graph; ``first``: before all others."""
        self._card.takeExercise(strip, first)

    def takeWarning(self, warning: QWidget) -> None:
        """Let a warning stand above the graph."""
        self._card.takeWarning(warning)
