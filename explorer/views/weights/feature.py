"""The tab "Weights" as a feature of the main window."""

from PySide6.QtWidgets import QPushButton

from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import tab_command
from explorer.views.feature import Card, Feature, Shell
from explorer.views.weights.tab import WeightsTab
from explorer.views.widgets.shortcuts import Shortcut


def weights_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the tab that shows the weights of the current network."""
    network = sessions.current_network
    tab = WeightsTab(sessions.weights, sessions.gradient_explanation)
    tab.messageReported.connect(shell.show_message)
    tab.trainingRequested.connect(lambda: shell.show_tab("training"))
    return Feature(
        name="weights",
        title="Weights",
        tab=tab,
        first_focus=tab.first,
        shortcuts=(
            Shortcut(("PgDown",), "later in training", lambda: network.move(1), tab),
            Shortcut(("PgUp",), "earlier in training", lambda: network.move(-1), tab),
        ),
        controls=(tab.layers_card, *tab.bar.findChildren(QPushButton)),
        presented_factor=1.2,
        cards=(Card("the weights", lambda: tab.pair), Card("their statistics", lambda: tab.statistics)),
        pictures={
            "gradientView": "gradient",
            "layerList": "layers",
            "weightsView": "weights",
            "weightStatistics": "weight statistics",
        },
        code=lambda: shell.code("training"),
        snapshot_command=lambda theme, size: tab_command("weights", theme, size, model=network.path),
        set_theme=tab.setTheme,
        set_scale=tab.setScale,
        is_complete=lambda: bool(tab.property("isComplete")),
    )
