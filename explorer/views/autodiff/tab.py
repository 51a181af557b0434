"""The tab "Autodiff": expression line, graph, step bar, chain rule, curve and inputs, connected to the sessions."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.autodiff.output_heading import field_latex, heading_latex, heading_text
from explorer.core.autodiff.trace import Values
from explorer.core.errors import ExpressionError
from explorer.core.lessons.scene_keys import PANELS
from explorer.session.autodiff.differentiation_methods import CHAIN, MethodSession
from explorer.session.autodiff.finder import Finder
from explorer.session.autodiff.higher_order import HigherOrderSession
from explorer.session.autodiff.messages import details, details_table
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.autodiff.stepper import COVERED
from explorer.session.autodiff.view_model import ExpressionViewModel
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.session.lessons.prefetch import PrefetchedScene
from explorer.session.plot.curve import CurveSession
from explorer.views.autodiff.chain_rule_panel import ChainRulePanel
from explorer.views.autodiff.expression_line import ExpressionLine
from explorer.views.autodiff.formula_prefetch import expected_formulas
from explorer.views.autodiff.graph_card import GraphCard
from explorer.views.autodiff.higher_order_strip import HigherOrderStrip
from explorer.views.autodiff.inputs_panel import InputsPanel
from explorer.views.autodiff.message_line import MessageLine
from explorer.views.autodiff.method_card import MethodCard
from explorer.views.autodiff.side_column import SideColumn
from explorer.views.painting.typesetter import typesetter
from explorer.views.plot.curve_panel import CurvePanel
from explorer.views.theme.icons import icon
from explorer.views.theme.theme import Theme
from explorer.views.widgets.responsive_splitter import ResponsiveSplitter
from explorer.views.widgets.scroll_page import make_scrollable
from explorer.views.widgets.stale_overlay import StaleOverlay

MIN_GRAPH_SHARE = 0.36
"""Share of the tab's height that the graph has at least while presenting."""

MAX_CHAIN_SHARE = 0.34
"""Share of the tab's height that the chain rule has at most while presenting."""

PRESENTED_SHARES = {True: 0.48, False: 0.34}
"""Share of the tab's width that the column beside the graph has while presenting, with a plot and without one."""

FULL_GRAPH_FACTOR = 0.75
"""Factor of that share beside the whole graph of TensorFlow, whose boxes need more room."""

_DETAILS = frozenset({"trace", "values", "pass_", "step", "quiz", "hidden", "selection", "wrong"})
"""Fields of the state that the details of the selection depend on."""


class AutodiffTab(QWidget):
    """Shows the state of its `ExpressionViewModel`, and passes what the user does to the sessions.

    messageReported: a message for the status bar. messageEnded: such a message is about numbers that have changed.
    """

    messageReported = Signal(str)
    messageEnded = Signal(str)

    def __init__(
        self,
        session: AutodiffSession,
        curve: CurveSession,
        methods: MethodSession,
        higher_order: HigherOrderSession,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("autodiffTab")
        self.session = session
        self.curve = curve
        self.model = ExpressionViewModel(session, methods, self)
        self.panels: tuple[str, ...] = PANELS
        self._shown = ExpressionViewState()
        self._methods, self._higher_order = methods, higher_order
        self._theme: Theme | None = None
        self._presenting = False
        self._scale = 1.0
        self._finder = Finder(session)
        self._found = ""  # the message about what was found
        self.chain = ChainRulePanel()
        self.method_card = MethodCard(self.chain, methods, higher_order)
        self._build()
        covered = (self.line.formula, self.chain, self.method_card.tangents, self.method_card.paths)
        self._overlays = [StaleOverlay(part) for part in covered]
        self._connect()
        self._show_state(self.model.state)

    # -- building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self.line = ExpressionLine()
        self.edit = self.line.edit
        self.message = MessageLine()
        self.card = card = GraphCard()
        self.graph, self.steps, self.details = card.graph, card.steps, card.details
        self.engine_status, self.empty = card.engine_status, card.empty
        card.takeStrip(HigherOrderStrip(self._higher_order))
        self.plot = CurvePanel(self.curve)
        self.inputs = InputsPanel()
        self._outer = outer = make_scrollable(self)
        outer.setContentsMargins(12, 5, 12, 2)
        outer.setSpacing(0)
        outer.addLayout(self.line)
        outer.addWidget(self.message)
        self._splitter = ResponsiveSplitter()
        self._splitter.setObjectName("autodiffSplitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(10)
        self._splitter.addWidget(card)
        self._side = SideColumn(self.method_card, self.plot, self.inputs)
        self._splitter.addWidget(self._side)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._is_split_chosen = False  # the user has moved the border between graph and column
        self._splitter.splitterMoved.connect(self._keep_split)
        outer.addWidget(self._splitter, 1)

    def _connect(self) -> None:
        session, stepper, card = self.session, self.session.stepper, self.card
        self.model.stateChanged.connect(self._show_state)
        self.line.typed.connect(session.set_text)
        self.message.errorShown.connect(self.model.set_shown_error)
        self.message.messageReported.connect(self.messageReported)
        session.refused.connect(self.messageReported)
        self._methods.changed.connect(self._show_panels)
        self.empty.chosen.connect(self.edit.setText)
        card.hasExerciseChanged.connect(self._show_panels)
        card.pass_switch.chosen.connect(self._choose_pass)
        card.depth_switch.chosen.connect(self._choose_depth)
        card.direction_button.clicked.connect(self._toggle_direction)
        card.fit_button.clicked.connect(self.graph.fit)
        card.find_edit.requested.connect(self._find)
        card.find_edit.left.connect(self.graph.setFocus)
        self.steps.firstRequested.connect(stepper.first)
        self.steps.backRequested.connect(stepper.step_back)
        self.steps.forwardRequested.connect(stepper.step_forward)
        self.steps.lastRequested.connect(stepper.last)
        self.steps.quizToggled.connect(stepper.set_quiz)
        self.details.closed.connect(session.clear_selection)
        self.graph.directionShown.connect(lambda _direction: self._show_direction())
        self.graph.painted.connect(lambda _text: typesetter().release())
        self.graph.firstPainted.connect(typesetter().release)
        self.graph.nodeSelected.connect(session.select_node)
        self.graph.edgeSelected.connect(session.select_edge)
        self.graph.selectionCleared.connect(session.clear_selection)
        self.graph.entryChosen.connect(self._choose_entry)
        self.inputs.valueEdited.connect(self._set_value)
        self.inputs.messageReported.connect(self.messageReported)
        self.plot.plot.xRequested.connect(self._set_x)
        for draggable in (self.inputs, self.plot.plot):
            draggable.dragBegan.connect(session.begin_drag)
            draggable.dragEnded.connect(session.end_drag)
        self.inputs.backRequested.connect(session.bring_back)
        self.plot.plot.backRequested.connect(lambda: session.bring_back(self.curve.variable or ""))
        self.curve.rangeChanged.connect(lambda *_: self._show_slider_range())
        self.curve.variableChanged.connect(lambda _: self._show_slider_range())

    # -- what the user does -----------------------------------------------------------------------

    def focusFind(self) -> None:
        """Focus the field in which the user types what to find in the graph."""
        field = self.card.find_edit
        field.show()
        field.setFocus()
        field.selectAll()

    def _find(self, offset: int) -> None:
        self._report_found(self._finder.find(self.card.find_edit.text(), offset, self._shown.show_unneeded))

    def _report_found(self, message: str) -> None:
        self._found = message
        self.messageReported.emit(message)

    def findNext(self) -> None:
        """Select the next match of the text in the find field; without a text, focus the field."""
        self._find_again(1)

    def findPrevious(self) -> None:
        """Select the previous match of the text in the find field; without a text, focus the field."""
        self._find_again(-1)

    def _find_again(self, offset: int) -> None:
        if self.card.find_edit.text().strip():
            self._find(offset)
        else:
            self.focusFind()

    def findNextOdd(self) -> None:
        """Select the next value that is NaN, infinite or lost."""
        self._report_found(self._finder.find_odd(1))

    def findPreviousOdd(self) -> None:
        """Select the previous value that is NaN, infinite or lost."""
        self._report_found(self._finder.find_odd(-1))

    def _choose_entry(self, entry: tuple[int, ...]) -> None:
        """Differentiate an entry of the output, or the sum if that entry is differentiated already."""
        choice = OutputChoice(entry)
        self.session.set_output(SUM if choice == self.session.output_choice else choice)

    def _choose_depth(self, depth: str) -> None:
        """Show another depth; the full graph has the ops of gradients, which an exercise may cover."""
        if self.session.stepper.covered and depth == "full":
            self.messageReported.emit(COVERED)
        else:
            self.session.set_depth(depth)
        self.card.depth_switch.setCurrent(self.session.shown_depth)

    def _choose_pass(self, pass_: str) -> None:
        self.session.stepper.set_pass(pass_)
        self.card.pass_switch.setCurrent(self.session.stepper.pass_)

    def _toggle_direction(self) -> None:
        self.session.set_direction(self.graph.direction_after_toggle())

    def _set_value(self, name: str, value: Any) -> None:
        self.session.set_value(name, value)
        if self.session.error is not self.session.text_error:
            self.inputs.markWrong(name)

    def _set_x(self, x: float) -> None:
        if self.curve.variable is not None:
            self.session.set_value(self.curve.variable, x)

    # -- showing the state ------------------------------------------------------------------------

    @property
    def is_complete(self) -> bool:
        """Whether everything that follows a new expression is shown: curve, formulas, every box in its place."""
        return (
            not self.graph.isMoving
            and self.plot.plot.is_drawn
            and self.line.is_ready
            and not self.curve.is_waiting
            and all(label.is_ready for label in self.chain.formulas)
        )

    def setWrong(self, wrong: Values | None) -> None:
        """Show gradients that are wrong on purpose instead of TensorFlow's, and mark them; None: TensorFlow's."""
        self.model.set_wrong(wrong)

    def setShowUnneeded(self, on: bool) -> None:
        """Show also the backward ops from which no wanted gradient is reached."""
        self.model.set_show_unneeded(on)

    def setDigits(self, digits: int) -> None:
        """Set the number of significant digits."""
        for part in (self.method_card, self.plot):
            part.setDigits(digits)
        self.model.set_digits(digits)

    def _show_state(self, state: ExpressionViewState) -> None:
        before, self._shown = self._shown, state
        changed = state.changes(before)
        if self._found and changed & {"text", "point", "dtype"}:
            self.messageEnded.emit(self._found)
            self._found = ""
        if "text" in changed:
            self.line.setText(state.text)
        if "program" in changed and state.program is not None:
            self.empty.hide()
            self.graph.show()
            typesetter().hold()
            self.line.setProgram(state.program)
        if "trace" in changed and state.trace is not None:
            self.line.setOutput(field_latex(state.trace))
            is_derivative = bool(state.trace.differentiated_by)
            self.line.setDerivative(
                heading_latex(state.trace) if is_derivative else "", heading_text(state.trace) if is_derivative else ""
            )
        if changed & {"point", "dtype"} or ("error" in changed and state.error is None):
            self.inputs.setVariables(state.point, state.dtype)
        if "error" in changed:
            self.message.setError(state.error)
        if "notice" in changed:
            self.message.setNotice(state.notice)
        if "shown_error" in changed:
            self._show_error(state.shown_error)
        if "busy" in changed:
            self.engine_status.setBusy(state.busy)
        if self._presenting and "depth" in changed:
            self._show_panels()
        self.card.pass_switch.setCurrent(state.pass_)
        self.card.depth_switch.setCurrent(state.depth)
        self.steps.setQuiz(state.quiz)
        self.steps.setStep(state.pass_, state.step, state.total_steps, state.trace is not None)
        self.graph.setState(state)
        self.chain.setState(state)
        if changed & {"step", "pass_", "trace"}:
            self.method_card.body.verticalScrollBar().setValue(0)
        if changed & _DETAILS:
            shown = (*details(state), details_table(state)) if state.wrong is None else ("", "", "")
            self.details.setDetails(*shown)
            self._place_details()

    def _place_details(self) -> None:
        """Show the details over the lower edge of the graph, or over the upper one if the selection is there."""
        selected = self.graph.selected_rect()
        overlay = self.card.overlay
        overlay.setAtTop(selected is not None and selected.bottom() > self.graph.height() - overlay.needed_height())

    def _show_error(self, error: ExpressionError | None) -> None:
        self.edit.setErrorColumn(error.column if error is not None else None)
        for overlay in self._overlays:
            overlay.setActive(error is not None)
        self.plot.setWrong(error is not None)

    def _show_direction(self) -> None:
        """Show on the button in which direction it lays the graph out."""
        if self._theme is not None:
            is_down = self.graph.direction == "TB"
            button = self.card.direction_button
            button.setIcon(icon("right" if is_down else "down", self._theme.muted.name(), self._theme.disabled.name()))
            button.setToolTip(f"Lay the graph out {'left-to-right' if is_down else 'top-down'}")
            button.setAccessibleName(button.toolTip())

    def _show_slider_range(self) -> None:
        self.inputs.setRange(self.curve.variable, self.curve.low, self.curve.high)

    def prefetch(self, scene: PrefetchedScene) -> None:
        """Lay out and typeset what a scene will show."""
        self.graph.prefetch(scene.trace, scene.view_state["depth"], scene.view_state["direction"])
        for latex in expected_formulas(scene):
            typesetter().request(latex, prefetch=True)

    # -- appearance -------------------------------------------------------------------------------

    def setTheme(self, theme: Theme) -> None:
        """Set the colours of everything in the tab."""
        self._theme = theme
        parts = (self.line, self.steps, self.chain, self.method_card, self.plot, self.details)
        for part in parts:
            part.setTheme(theme)
        for overlay in self._overlays:
            overlay.setTheme(theme)
        self._show_direction()
        self.card.fit_button.setIcon(icon("fit", theme.muted.name(), theme.disabled.name()))
        self.model.set_theme(theme.name)

    def setScale(self, scale: float) -> None:
        """Set the scale of everything in the tab."""
        self._scale = scale
        parts = (self.line, self.message, self.graph, self.steps, self.chain, self.method_card, self.plot, self.inputs)
        for part in (*parts, self._splitter, self._side):
            part.setScale(scale)
        for overlay in self._overlays:
            overlay.setScale(scale)
        self.card.fitTexts()
        self._fit_side()
        self._fit_graph()

    def showEvent(self, event: QShowEvent) -> None:
        """Report messages about the expression."""
        super().showEvent(event)
        self.message.setReporting(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Report no messages about the expression while another tab is shown."""
        super().hideEvent(event)
        self.message.setReporting(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Distribute the new size."""
        super().resizeEvent(event)
        self._fit_side()
        self._fit_graph()

    def _fit_side(self) -> None:
        self._side.fit(self.width())
        self.message.setKeepingSpace(not self._splitter.is_stacked)
        if not self._is_split_chosen and not self._splitter.is_stacked:
            side = self._side.preferred_width(self.width())
            self._splitter.setSizes([max(self._splitter.width() - side, 1), side])

    def _keep_split(self) -> None:
        self._is_split_chosen = True

    def _fit_graph(self) -> None:
        """Reserve a share of the height for the graph while presenting; what does not fit then is scrolled to."""
        self.graph.setMinimumHeight(round(MIN_GRAPH_SHARE * self.height()) if self._presenting else 0)
        self.card.setPresenting(self.width() if self._presenting else 0, self._scale)
        self.chain.setMaxPresentedHeight(round(MAX_CHAIN_SHARE * self.height()))

    def setPresenting(self, presenting: bool) -> None:
        """Show everything large: the chain rule above the graph, the other panels beside it, and no controls."""
        if presenting == self._presenting:
            return
        self._presenting = presenting
        self.line.setPresenting(presenting)
        for part in (self.card.top, self.steps):
            part.setVisible(not presenting)
        self.method_card.setPresenting(presenting)
        if presenting:
            self._outer.insertWidget(1, self.chain)
        for part in (self.chain, self.plot, self.inputs):
            part.setPresenting(presenting)
        self._fit_graph()
        self._show_panels()
        self.message.setPresenting(presenting)

    def chain_card(self) -> QWidget:
        """Return what shows the chain rule: in present mode only that."""
        return self.chain if self._presenting else self.method_card

    def setChainInFront(self, in_front: bool) -> None:
        """Let the chain rule use the whole tab, or its own place."""
        self.chain.setInFront(in_front)

    def setPanels(self, panels: tuple[str, ...] | None) -> None:
        """Show some of `PANELS` beside the graph; None: all of them."""
        self.panels = PANELS if panels is None else panels
        self._show_panels()

    def _show_panels(self) -> None:
        beside = self.panels
        if self._presenting:
            self.chain.setVisible("chain" in self.panels)
            if self._methods.method == CHAIN:  # which is above the graph
                beside = tuple(name for name in self.panels if name != "chain")
            if self.card.hasExercise:  # which has the place beside the graph
                beside = ()
        share = PRESENTED_SHARES["plot" in beside or "chain" in beside] if self._presenting else None
        if share and self._shown.depth == "full":
            share *= FULL_GRAPH_FACTOR
        self._side.setPanels(beside, share)
        self._side.setVisible(bool(beside))
        self._fit_side()
        # Once the plot has its width, which decides how many points are requested.
        self.curve.set_visible("plot" in beside or not self._presenting)

    @property
    def examples_menu(self) -> QMenu:
        """The menu of examples, to which exercises add their entries."""
        return self.line.examples_menu

    def takeExercise(self, strip: QWidget, first: bool = False) -> None:
        """Add the strip of an exercise below or beside the graph; ``first``: before all others."""
        self.card.takeExercise(strip, first)

    def takeStrip(self, strip: QWidget) -> None:
        """Add a strip directly below the graph."""
        self.card.takeStrip(strip)

    def takeWarning(self, warning: QWidget) -> None:
        """Add a warning above the graph."""
        self.card.takeWarning(warning)
