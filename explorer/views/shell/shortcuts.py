"""All keys of the main window."""

from typing import TYPE_CHECKING

from explorer.views.network_graph.shortcuts import network_keys
from explorer.views.widgets.scroll_page import scroll_visible_page
from explorer.views.widgets.shortcuts import Shortcut

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow


def window_keys(window: "MainWindow") -> list[Shortcut]:
    """Return what each key does, in all tabs or in one."""
    session, steps, autodiff = window.sessions.autodiff, window.autodiff.steps, window.autodiff
    data, training, weights, looking = window.data_tab, window.training_tab, window.weights_tab, window.activations_tab
    return [
        Shortcut(("PgDown", "Ctrl+Right"), "next step; a clicker does this", session.stepper.step_forward, autodiff),
        Shortcut(("PgUp", "Ctrl+Left"), "one step back", session.stepper.step_back, autodiff),
        Shortcut(("Ctrl+Home",), "to the start of the pass", session.stepper.first, autodiff),
        Shortcut(("Ctrl+End",), "to the end of the pass", session.stepper.last, autodiff),
        Shortcut(("Ctrl+Space",), "play or pause", steps.toggle_play, autodiff),
        Shortcut(("F9", "."), "reveal the next number only", window.sessions.practice.reveal, autodiff),
        Shortcut(("Ctrl+L",), "to the expression", window.to_expression, autodiff),
        Shortcut(("Ctrl+F",), "find an op in the graph", autodiff.focusFind, autodiff),
        Shortcut(("Ctrl+G",), "show the whole graph", autodiff.graph.fit, autodiff),
        Shortcut(
            ("Ctrl+D",),
            "differentiate again: the gradient graph runs forward",
            window.sessions.higher_order.differentiate,
            autodiff,
        ),
        Shortcut(("Ctrl+Shift+D",), "back to what was differentiated", window.sessions.higher_order.back, autodiff),
        Shortcut(("Ctrl+M",), "chain rule, forward mode or paths", window.sessions.methods.next_method, autodiff),
        Shortcut(
            ("Esc",),
            "end the path in the graph",
            lambda: window.sessions.methods.choose(None),
            autodiff,
            window.sessions.methods.is_path_marked,
        ),
        Shortcut(("Ctrl+Z",), "undo what was typed", session.undo, autodiff),
        Shortcut(("Ctrl+Shift+Z", "Ctrl+Y"), "redo it", session.redo, autodiff),
        Shortcut(("PgDown",), "next page of images", lambda: window.sessions.data.turn_pages(1), data),
        Shortcut(("PgUp",), "page before", lambda: window.sessions.data.turn_pages(-1), data),
        Shortcut(("Ctrl+Space",), "train, pause or go on", training.bar.toggle, training),
        Shortcut(("PgDown",), "one training step", training.bar.one_step, training),
        Shortcut(("PgDown",), "later in training", lambda: window.sessions.weights.move(1), weights),
        Shortcut(("PgUp",), "earlier in training", lambda: window.sessions.weights.move(-1), weights),
        Shortcut(("PgDown",), "next image", lambda: window.sessions.activations.move(1), looking),
        Shortcut(("PgUp",), "image before", lambda: window.sessions.activations.move(-1), looking),
        *network_keys(window.network_tab, window.sessions.network_graph),
        Shortcut(("F11",), "only what is shown, on the whole screen", window.toggle_presenting),
        Shortcut(("F1",), "this page", window.dialogs.show_keys),
        Shortcut(("Ctrl++", "Ctrl+="), "everything larger", lambda: window.view_menu.zoom(1.1)),
        Shortcut(("Ctrl+-",), "everything smaller", lambda: window.view_menu.zoom(1 / 1.1)),
        Shortcut(("Ctrl+0",), "normal size", lambda: window.view_menu.zoom(None)),
        Shortcut(
            ("Alt+PgDown",),
            "scroll down, where letters are large",
            lambda: scroll_visible_page(window.tabs, 0.8),
        ),
        Shortcut(("Alt+PgUp",), "scroll up", lambda: scroll_visible_page(window.tabs, -0.8)),
        Shortcut(("Ctrl+Tab",), "next tab", lambda: window.turn_tab(1)),
        Shortcut(("Ctrl+Shift+Tab",), "tab before", lambda: window.turn_tab(-1)),
        Shortcut(("Esc",), "close details, leave F11, end the exercise", window.escape),
        *window.mistakes.keys(),
        *window.lessons.keys(),
        *window.practising.keys(),
        *window.presenter.keys(),
        *window.help.keys(),
    ]
