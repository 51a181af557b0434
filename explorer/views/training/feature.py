"""The tab "Training" as a feature of the main window."""

from collections.abc import Mapping
from typing import Any

from explorer.core.models.keras_code import keras_code
from explorer.core.training.settings import run_settings
from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import tab_command
from explorer.views.feature import Card, Feature, Shell
from explorer.views.training.close_guard import CloseGuard
from explorer.views.training.tab import TrainingTab
from explorer.views.widgets.code_dialog import CodeDialog
from explorer.views.widgets.shortcuts import Shortcut

INTERRUPTED_MS = 20_000
"""How long the offer to continue an interrupted run is shown at least: the user is still looking around."""


NETWORK_TABS = frozenset({"training", "weights", "activations", "network"})
"""Tabs that look into the network of a run."""


def training_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the tab in which a network is trained."""
    session = sessions.training
    tab = TrainingTab(session, sessions.data, sessions.current_network)
    tab.messageReported.connect(shell.show_message)

    def code(settings: Mapping[str, Any], source: str) -> Mapping[str, str]:
        return {"Keras": keras_code(run_settings(**settings), source, sessions.data.stored_for_code)}

    def restore_runs() -> None:
        if told := session.restore_runs():
            shell.show_message(f"{told} See the tab Training.", INTERRUPTED_MS)

    def show_kept_network() -> None:
        """Build the network of a kept run as soon as somebody looks into it."""
        shown = shell.current_feature.name
        network = sessions.current_network
        if shown in NETWORK_TABS and not network.number and not network.is_expected:
            session.show_network()

    shell.tabs.currentChanged.connect(lambda _index: show_kept_network())
    CloseGuard(session, shell.window())
    tab.codeRequested.connect(lambda settings, source: CodeDialog(code(settings, source), shell.window()).open())
    return Feature(
        name="training",
        title="Training",
        tab=tab,
        shortcuts=(
            Shortcut(("Ctrl+Space",), "train, pause or continue", tab.bar.toggle, tab),
            Shortcut(("PgDown",), "one training step", tab.bar.one_step, tab),
        ),
        controls=(tab.form, tab.bar, tab.runs),
        presented_factor=1.3,
        cards=(
            Card("accuracy", lambda: tab.accuracy),
            Card("the loss", lambda: tab.loss),
            Card("the confusion matrix", lambda: tab.confusion),
            Card("the worst mistakes", lambda: tab.mistakes),
            Card("gradient norms", lambda: tab.norms),
        ),
        pictures={
            "accuracyPlot": "accuracy",
            "lossPlot": "loss",
            "confusionView": "confusion matrix",
            "mistakesView": "mistakes",
            "normsView": "gradient norms",
        },
        code=lambda: code(tab.form.settings(), sessions.data.source_for_code),
        snapshot_command=lambda theme, size: tab_command("training", theme, size),
        set_theme=tab.setTheme,
        set_scale=tab.setScale,
        attach_plots=tab.attach,
        restore=restore_runs,
    )
