"""The keys of the tab "Network"."""

from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.network_graph.tab import NetworkTab
from explorer.views.widgets.shortcuts import Key


def network_keys(tab: NetworkTab, session: NetworkGraphSession) -> list[Key]:
    """Return them; stepping is as in the first tab."""
    return [
        Key(("PgDown",), "next step of the backward pass", tab.step_forward, tab),
        Key(("PgUp",), "one step back", tab.step_back, tab),
        Key(("Ctrl+Home",), "to the start of the pass", lambda: session.set_step(0), tab),
        Key(("Ctrl+End",), "to the end of the pass", lambda: session.set_step(session.total_steps), tab),
        Key(("Ctrl+Space",), "play or pause", tab.steps.toggle_play, tab),
        Key(("Ctrl+Down",), "open one level of groups", lambda: session.deeper(1), tab),
        Key(("Ctrl+Up",), "close one level", lambda: session.deeper(-1), tab),
        Key(("Ctrl+F",), "search the graph", tab.find, tab),
        Key(("Esc",), "give up a layout that takes long", tab.give_up_layout, tab, tab.is_laying_out),
        Key(("Ctrl+G",), "show the whole graph", tab.view.fit, tab),
    ]
