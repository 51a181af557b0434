"""The tab "Activations" as a feature of the main window."""

from collections.abc import Mapping

from explorer.core.models.keras_code import prediction_code
from explorer.core.models.network_output import OutputKind
from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import tab_command
from explorer.views.activations.tab import ActivationsTab
from explorer.views.feature import Card, Feature, Shell
from explorer.views.widgets.shortcuts import Shortcut


def activations_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the tab that shows what the current network computes from one image."""
    session, network = sessions.activations, sessions.current_network
    tab = ActivationsTab(session)
    tab.trainingRequested.connect(lambda: shell.show_tab("training"))

    def snapshot_command(theme: str, size: str) -> str:
        sample = session.number if session.origin == "sample" else None
        return tab_command("activations", theme, size, model=network.path, sample=sample)

    def code() -> Mapping[str, str]:
        info, data = network.info, sessions.data
        if info is None or not network.path:
            return shell.code("training")
        image = f"x_{'train' if session.part == 'train' else 'test'}[{session.number}]"
        kind = OutputKind(info["output"]["kind"])
        source, stored, shape = data.source_for_code, data.stored_for_code, info["input_shape"]
        return {"Keras": prediction_code(network.path, source, image, shape, network.scale, kind, stored)}

    return Feature(
        name="activations",
        title="Activations",
        tab=tab,
        first_focus=tab.first,
        shortcuts=(
            Shortcut(("PgDown",), "next image", lambda: session.move(1), tab),
            Shortcut(("PgUp",), "previous image", lambda: session.move(-1), tab),
        ),
        controls=(tab.bar, *tab.draw.controls),
        set_presenting=lambda presenting, _with_text: tab.setPresenting(presenting),
        cards=(
            Card("the image", lambda: tab.draw.canvas),
            Card("the outputs of the layers", lambda: tab.layers_page),
            Card("the chosen unit", lambda: tab.unit),
            Card("the prediction", lambda: tab.bars),
            Card("the gradient of the image", lambda: tab.gradient),
        ),
        pictures={"activationsView": "activations", "predictionBars": "prediction"},
        code=code,
        snapshot_command=snapshot_command,
        set_theme=tab.setTheme,
        set_scale=tab.setScale,
        is_complete=lambda: bool(tab.property("isComplete")),
    )
