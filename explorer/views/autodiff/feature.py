"""The tab "Autodiff" as a feature of the main window."""

import contextlib
from collections.abc import Sequence

from PySide6.QtWidgets import QSlider

from explorer.core.errors import ExpressionError
from explorer.core.expression.examples import EXAMPLES
from explorer.session.autodiff.output_offer import OutputOffer
from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import python_code, snapshot_command
from explorer.views.autodiff.dialogs import ExpressionDialogs
from explorer.views.autodiff.output_strip import OutputStrip
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.feature import Card, CornerButton, Escape, Feature, Shell
from explorer.views.widgets.actions import new_action
from explorer.views.widgets.engine_text import engine_text
from explorer.views.widgets.shortcuts import Shortcut
from explorer.views.widgets.tour_stop import TourStop


def autodiff_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the tab for expressions and their gradients."""
    session, client, store = sessions.autodiff, sessions.client, sessions.store
    tab = AutodiffTab(session, sessions.curve, sessions.methods, sessions.higher_order)
    dialogs = ExpressionDialogs(sessions, shell)
    offer = OutputOffer(client, session, tab)
    outputs = OutputStrip(session, offer)
    outputs.messageReported.connect(shell.show_message)
    tab.takeStrip(outputs)
    tab.messageReported.connect(shell.show_message)
    tab.messageEnded.connect(shell.clear_message)
    tab.chain.sourceRequested.connect(lambda step: dialogs.show_source(step.type, step.source))
    tab.details.termRequested.connect(shell.open_term)
    tab.engine_status.retryRequested.connect(client.retry)
    tab.engine_status.setState(client.state, engine_text(client))
    client.stateChanged.connect(lambda state: tab.engine_status.setState(state, engine_text(client)))
    unneeded = new_action(tab, "unneededAction", "Show backward ops for gradients that were not requested")
    unneeded.setCheckable(True)
    unneeded.toggled.connect(tab.setShowUnneeded)

    triangle = new_action(tab, "triangleAction", "Show a slope triangle in the plot: 1 to the right, f′ up")
    triangle.setCheckable(True)
    triangle.toggled.connect(tab.plot.plot.setTriangle)

    def is_complete() -> bool:
        shown = tab.graph.property("shownExpression") == session.text
        return shown and session.is_settled and not offer.is_waiting and tab.is_complete

    def set_presenting(presenting: bool, _with_text: bool) -> None:
        tab.setPresenting(presenting)
        if not presenting:
            tab.graph.unzoom()

    def reset_view() -> None:
        tab.steps.stop()
        tab.graph.reset_view()

    def clear_selection() -> bool:
        if shell.tabs.currentWidget() is not tab or session.selection is None:
            return False
        session.clear_selection()
        return True

    def restore() -> None:
        if text := store.get("text"):
            with contextlib.suppress(ExpressionError):
                session.set_point({str(name): value for name, value in store.get("values").items()})
            session.set_text(text)

    def stop() -> None:
        tab.steps.stop()
        store.set("values", {name: value.tolist() for name, value in session.free_values.items()})
        store.set("text", session.text)

    return Feature(
        name="autodiff",
        title="Autodiff",
        tab=tab,
        first_focus=tab.edit,
        parts=(dialogs,),
        shortcuts=_shortcuts(sessions, tab),
        buttons=(
            CornerButton(
                "checkButton", "Check", "Three independent ways to one gradient", dialogs.show_check, 20, 30, tab
            ),
            CornerButton(
                "surfaceButton", "Two variables", "Heat map and gradient descent", dialogs.show_surface, 30, 20, tab
            ),
        ),
        view_actions=(unneeded, triangle),
        cards=(
            Card("the graph", lambda: tab.card),
            Card("the chain rule", tab.chain_card, tab.setChainInFront),
            Card("the plot", lambda: tab.plot),
            Card("the sliders", lambda: tab.inputs, tab.inputs.setInFront),
            Card("two variables", dialogs.surface_card),
        ),
        pictures={
            "graphView": "graph",
            "formulaView": "formula",
            "chainRuleView": "chain rule",
            "curvePlot": "plot",
            "surfacePlot": "heat map",
        },
        code=lambda: python_code(session),
        snapshot_command=lambda theme, size: snapshot_command(session, sessions.methods.method, theme, size),
        set_theme=tab.setTheme,
        set_scale=tab.setScale,
        set_digits=tab.setDigits,
        set_animated=tab.graph.setAnimated,
        set_presenting=set_presenting,
        escapes={Escape.SELECTION: clear_selection},
        is_complete=is_complete,
        tour_stops=lambda: _tour_stops(sessions, shell, tab),
        attach_plots=tab.plot.plot.attach,
        reset_view=reset_view,
        restore=restore,
        stop=stop,
    )


def _shortcuts(sessions: Sessions, tab: AutodiffTab) -> list[Shortcut]:
    session, methods, higher_order = sessions.autodiff, sessions.methods, sessions.higher_order
    stepper = session.stepper

    def focus_expression() -> None:
        tab.edit.setFocus()
        tab.edit.selectAll()

    return [
        Shortcut(("PgDown", "Ctrl+Right"), "next step; a clicker does this", stepper.step_forward, tab),
        Shortcut(("PgUp", "Ctrl+Left"), "one step back", stepper.step_back, tab),
        Shortcut(("Ctrl+Home",), "to the start of the pass", stepper.first, tab),
        Shortcut(("Ctrl+End",), "to the end of the pass", stepper.last, tab),
        Shortcut(("Ctrl+Space",), "play or pause", tab.steps.toggle_play, tab),
        Shortcut(("F9",), "reveal the next number only", sessions.practice.reveal, tab, bare_keys=(".",)),
        Shortcut(("Ctrl+L",), "to the expression", focus_expression, tab),
        Shortcut(("Ctrl+F",), "find an op in the graph", tab.focusFind, tab),
        Shortcut(("F3",), "the next one that is found", tab.findNext, tab),
        Shortcut(("Shift+F3",), "the previous one", tab.findPrevious, tab),
        Shortcut(("F8",), "next value that is NaN, infinite or lost in float32", tab.findNextOdd, tab),
        Shortcut(("Shift+F8",), "the previous one", tab.findPreviousOdd, tab),
        Shortcut(("Ctrl+G",), "show the entire graph", tab.graph.fit, tab),
        Shortcut(("Ctrl+D",), "differentiate again: the gradient graph runs forward", higher_order.differentiate, tab),
        Shortcut(("Ctrl+Shift+D",), "back to what was differentiated", higher_order.back, tab),
        Shortcut(("Ctrl+M",), "chain rule, forward mode or paths", methods.next_method, tab),
        Shortcut(("Esc",), "end the path in the graph", lambda: methods.choose(None), tab, methods.is_path_marked),
        Shortcut(("Ctrl+Z",), "undo an edit of the expression, or a change of a value", session.undo, tab),
        Shortcut(("Ctrl+Shift+Z", "Ctrl+Y"), "redo it", session.redo, tab),
        Shortcut(("Ctrl+B",), "bring back the value that a variable had before, and again", session.bring_back, tab),
        Shortcut(("F7",), "zoom in on the current op, or out again", tab.graph.zoom_to_step, bare_keys=("Z",)),
    ]


def _tour_stops(sessions: Sessions, shell: Shell, tab: AutodiffTab) -> Sequence[TourStop]:
    def show_expression() -> None:
        shell.show_tab("autodiff")
        tab.edit.setFocus()  # nothing is selected: the user may be typing already

    def show_steps() -> None:
        shell.show_tab("autodiff")
        if not sessions.autodiff.text.strip():
            tab.edit.setText(EXAMPLES[0][1])  # gives the user something to step through
        tab.graph.setFocus()

    def show_plot() -> None:
        shell.show_tab("autodiff")
        tab.setPanels(None)
        if (slider := tab.inputs.findChild(QSlider)) is not None:
            slider.setFocus()

    return (
        TourStop(
            "Type an expression here, such as sin(2*x): TensorFlow builds its graph while you type.",
            lambda: tab.edit,
            show_expression,
            answer=tab.message,
        ),
        TourStop(
            "Press Page Down to step backwards through the graph, Page Up to come back: every step is the chain "
            "rule at one op.",
            lambda: tab.steps,
            show_steps,
            tab.graph,
        ),
        TourStop(
            "Here are the curve and its tangent: drag the point, or move x with the arrow keys, and values and "
            "gradients follow.",
            lambda: tab.plot,
            show_plot,
        ),
    )
