"""The tab "Network" as a feature of the main window."""

from PySide6.QtWidgets import QWidget

from explorer.core.network_graph.sources import CURRENT_RUN
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import tab_command
from explorer.views.feature import Card, Escape, Feature, Shell
from explorer.views.network_graph.tab import NetworkTab
from explorer.views.widgets.code_dialog import CodeDialog
from explorer.views.widgets.parents import parent_of
from explorer.views.widgets.shortcuts import Shortcut


def network_graph_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the tab that shows the training graph of a network."""
    session = sessions.network_graph
    tab = NetworkTab(session)
    tab.details.termRequested.connect(shell.open_term)
    tab.sourceRequested.connect(
        lambda op_type, source: CodeDialog({f"Registered gradient of {op_type}": source}, shell.window()).open()
    )

    def clear_selection() -> bool:
        if shell.tabs.currentWidget() is not tab or session.selection.item is None:
            return False
        session.selection.clear()
        return True

    def snapshot_command(theme: str, size: str) -> str:
        source = session.state.source
        return tab_command("network", theme, size, model=source if source != CURRENT_RUN else "")

    return Feature(
        name="network",
        title="Network",
        tab=tab,
        shortcuts=_shortcuts(tab, session),
        cards=(Card("the graph", lambda: parent_of(tab.view, QWidget)),),
        pictures={"networkView": "network graph"},
        code=lambda: shell.code("training"),
        snapshot_command=snapshot_command,
        set_theme=tab.setTheme,
        set_scale=tab.setScale,
        set_animated=tab.setAnimated,
        escapes={Escape.SELECTION: clear_selection},
        is_complete=lambda: bool(tab.property("isComplete")),
        reset_view=tab.view.fit,
        stop=session.stop,
    )


def _shortcuts(tab: NetworkTab, session: NetworkGraphSession) -> list[Shortcut]:
    return [
        Shortcut(("PgDown",), "next step of the backward pass", tab.step_forward, tab),
        Shortcut(("PgUp",), "one step back", tab.step_back, tab),
        Shortcut(("Ctrl+Home",), "to the start of the pass", lambda: session.set_step(0), tab),
        Shortcut(("Ctrl+End",), "to the end of the pass", lambda: session.set_step(session.state.total_steps), tab),
        Shortcut(("Ctrl+Space",), "play or pause", tab.steps.toggle_play, tab),
        Shortcut(("Ctrl+Down",), "open one level of groups", lambda: session.change_level(1), tab),
        Shortcut(("Ctrl+Up",), "close one level", lambda: session.change_level(-1), tab),
        Shortcut(("Ctrl+F",), "search the graph", tab.focus_search, tab),
        Shortcut(("F3",), "the next hit of the search", lambda: session.search.choose_next(1), tab),
        Shortcut(("Shift+F3",), "the hit before", lambda: session.search.choose_next(-1), tab),
        Shortcut(("Esc",), "cancel a layout that takes long", tab.cancel_layout, tab, tab.can_cancel_layout),
        Shortcut(("Ctrl+G",), "show the entire graph", tab.view.fit, tab),
    ]
