"""The tab "Activations" as a feature of the main window."""

from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import tab_command
from explorer.views.activations.tab import ActivationsTab
from explorer.views.feature import Feature, Shell
from explorer.views.widgets.shortcuts import Shortcut


def activations_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the tab that shows what the current network computes from one image."""
    session, network = sessions.activations, sessions.current_network
    tab = ActivationsTab(session)
    tab.trainingRequested.connect(lambda: shell.show_tab("training"))

    def snapshot_command(theme: str, size: str) -> str:
        sample = session.number if session.origin == "sample" else None
        return tab_command("activations", theme, size, model=network.path, sample=sample)

    return Feature(
        name="activations",
        title="Activations",
        tab=tab,
        first_focus=tab.first,
        shortcuts=(
            Shortcut(("PgDown",), "next image", lambda: session.move(1), tab),
            Shortcut(("PgUp",), "previous image", lambda: session.move(-1), tab),
        ),
        pictures={"activationsView": "activations", "predictionBars": "prediction"},
        code=lambda: shell.code("training"),
        snapshot_command=snapshot_command,
        set_theme=tab.setTheme,
        set_scale=tab.setScale,
        is_complete=lambda: bool(tab.property("isComplete")),
    )
