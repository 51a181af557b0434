"""Keyboard shortcuts of the tab "Network"."""

from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.network_graph.tab import NetworkTab
from explorer.views.widgets.shortcuts import Shortcut


def network_keys(tab: NetworkTab, session: NetworkGraphSession) -> list[Shortcut]:
    """Return the shortcuts; those for stepping are the same as in the tab "Autodiff"."""
    return [
        Shortcut(("PgDown",), "next step of the backward pass", tab.step_forward, tab),
        Shortcut(("PgUp",), "one step back", tab.step_back, tab),
        Shortcut(("Ctrl+Home",), "to the start of the pass", lambda: session.set_step(0), tab),
        Shortcut(("Ctrl+End",), "to the end of the pass", lambda: session.set_step(session.state.total_steps), tab),
        Shortcut(("Ctrl+Space",), "play or pause", tab.steps.toggle_play, tab),
        Shortcut(("Ctrl+Down",), "open one level of groups", lambda: session.change_level(1), tab),
        Shortcut(("Ctrl+Up",), "close one level", lambda: session.change_level(-1), tab),
        Shortcut(("Ctrl+F",), "search the graph", tab.focus_search, tab),
        Shortcut(("Esc",), "cancel a layout that takes long", tab.cancel_layout, tab, tab.can_cancel_layout),
        Shortcut(("Ctrl+G",), "show the whole graph", tab.view.fit, tab),
    ]
