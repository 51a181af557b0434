"""All keys of the main window."""

from typing import TYPE_CHECKING

from explorer.views.network_graph.shortcuts import network_keys
from explorer.views.widgets.responsive_layout import scroll_page
from explorer.views.widgets.shortcuts import Key

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow


def window_keys(window: "MainWindow") -> list[Key]:
    """Return what each key does, in all tabs or in one."""
    session, steps, autodiff = window.session, window.autodiff.steps, window.autodiff
    data, training, weights, looking = window.data_tab, window.training_tab, window.weights_tab, window.activations_tab
    return [
        Key(("PgDown", "Ctrl+Right"), "next step; a clicker does this", session.walk.step_forward, autodiff),
        Key(("PgUp", "Ctrl+Left"), "one step back", session.walk.step_back, autodiff),
        Key(("Ctrl+Home",), "to the start of the pass", session.walk.first, autodiff),
        Key(("Ctrl+End",), "to the end of the pass", session.walk.last, autodiff),
        Key(("Ctrl+Space",), "play or pause", steps.toggle_play, autodiff),
        Key(("F9", "."), "reveal the next number only", window.practising.session.reveal, autodiff),
        Key(("Ctrl+L",), "to the expression", window.to_expression, autodiff),
        Key(("Ctrl+F",), "find an op in the graph", autodiff.find, autodiff),
        Key(("Ctrl+G",), "show the whole graph", autodiff.graph.fit, autodiff),
        Key(("Ctrl+D",), "differentiate again: the gradient graph runs forward", window.again.differentiate, autodiff),
        Key(("Ctrl+Shift+D",), "back to what was differentiated", window.again.back, autodiff),
        Key(("Ctrl+M",), "chain rule, forward mode or paths", window.ways.turn, autodiff),
        Key(("Esc",), "end the path in the graph", lambda: window.ways.choose(None), autodiff, window.ways.is_marking),
        Key(("Ctrl+Z",), "undo what was typed", session.undo, autodiff),
        Key(("Ctrl+Shift+Z", "Ctrl+Y"), "redo it", session.redo, autodiff),
        Key(("PgDown",), "next page of images", lambda: window.data.turn(1), data),
        Key(("PgUp",), "page before", lambda: window.data.turn(-1), data),
        Key(("Ctrl+Space",), "train, pause or go on", training.bar.toggle, training),
        Key(("PgDown",), "one training step", training.bar.one_step, training),
        Key(("PgDown",), "later in training", lambda: window.weights.move(1), weights),
        Key(("PgUp",), "earlier in training", lambda: window.weights.move(-1), weights),
        Key(("PgDown",), "next image", lambda: window.activations.move(1), looking),
        Key(("PgUp",), "image before", lambda: window.activations.move(-1), looking),
        *network_keys(window.network_tab, window.network_graph),
        Key(("F11",), "only what is shown, on the whole screen", window.toggle_presenting),
        Key(("F1",), "this page", window.dialogs.show_keys),
        Key(("Ctrl++", "Ctrl+="), "everything larger", lambda: window.view_menu.zoom(1.1)),
        Key(("Ctrl+-",), "everything smaller", lambda: window.view_menu.zoom(1 / 1.1)),
        Key(("Ctrl+0",), "normal size", lambda: window.view_menu.zoom(None)),
        Key(
            ("Alt+PgDown",),
            "scroll down, where letters are large",
            lambda: scroll_page(window.tabs, 0.8),
        ),
        Key(("Alt+PgUp",), "scroll up", lambda: scroll_page(window.tabs, -0.8)),
        Key(("Ctrl+Tab",), "next tab", lambda: window.turn_tab(1)),
        Key(("Ctrl+Shift+Tab",), "tab before", lambda: window.turn_tab(-1)),
        Key(("Esc",), "close details, leave F11, end the exercise", window.escape),
        *window.mistakes.keys(),
        *window.lessons.keys(),
        *window.practising.keys(),
        *window.presenter.keys(),
        *window.help.keys(),
    ]
