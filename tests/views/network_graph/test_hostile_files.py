"""A model file with code in it, a zip bomb, or a truncated file is reported, and the graph on the screen stays."""

import json
import zipfile

import pytest

from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.engine.models.keras_file import save_network


def write_file(path, kind):
    """Write a hostile file: with ``code``, a ``bomb``, or ``truncated``."""
    save_network(build_network(run_settings(model="logistic")), path)
    if kind == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if kind == "code":
        config = json.loads(parts["config.json"])
        evil = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "evil"}}
        config["config"]["layers"].append(evil)
        parts["config.json"] = json.dumps(config).encode()
    else:
        parts["model.weights.h5"] = bytes(1_100_000_000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(("kind", "message"), [("code", "code of its own"), ("bomb", "GB"), ("truncated", "damaged")])
def test_a_hostile_file_is_reported_and_the_graph_stays(net, tmp_path, kind, message):
    graph, view = net.sessions.network_graph, net.find("networkView")
    graph.toggle("hidden")
    net.wait_for_network()
    before = view.property("visibleNodes")
    path = tmp_path / f"{kind}.keras"
    write_file(path, kind)
    graph.open(str(path))
    net.until(lambda: bool(graph.state.message))
    assert message in net.find("networkError").text()
    assert net.find("networkError").isVisible()
    assert graph.state.source == "mlp"
    assert view.property("shownModel") == "mlp"
    assert view.property("visibleNodes") == before
    assert net.find("networkSource").currentText() == "mlp"
    graph.toggle("loss")  # the engine still answers
    net.until(lambda: set(view.property("openGroups")) == {"hidden", "loss"})
