"""The weights session: what it requests and when, stale replies, dead units, pinned weights, and messages."""

import numpy as np
import pytest

from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.weights.session import WeightsSession

NETWORK_KEYS = {
    "input_shape": [28, 28],
    "scale": "unit",
    "output": {"kind": "softmax", "units": 10, "is_assumed": False},
}


def layer(name, activation="relu", has_weights=True):
    return {"name": name, "type": "Dense", "shape": [4], "activation": activation,
            "weights": [{"name": "kernel"}] if has_weights else []}  # fmt: skip


LAYERS = [layer("flatten", "", False), layer("hidden"), layer("probabilities", "softmax")]


def network_info(number=1, layers=LAYERS, title="run 1: mlp"):
    return {"network": number, "steps": [0, 10, 20], "layers": layers, "title": title, "parameters": 9, **NETWORK_KEYS}


def weights(payload, network=1, step=20):
    """Return the engine's reply about the weights of a layer."""
    shown = step if payload["snapshot"] is None else payload["snapshot"]
    return {"network": network, "layer": payload["layer"], "step": shown, "part": payload["part"]}


@pytest.fixture
def client(table_client):
    dead = {"network": 1, "units": np.array([2, 3]), "images": 256}
    return table_client({"network_info": network_info(), "weights": weights, "dead_units": dead})


@pytest.fixture
def network(client):
    session = CurrentNetworkSession(client)
    client.training.emit({"network": 1, "run": 1, "steps": 10, "epochs": 3})
    return session


@pytest.fixture
def session(client, network):
    """A visible session with the newest weights of the layer "hidden"; ``emitted`` records its signals."""
    session = WeightsSession(client, network)
    session.emitted = []
    for name in ("changed", "shownChanged", "deadUnitsChanged", "pinnedChanged", "messageChanged", "messageReported"):
        getattr(session, name).connect(lambda *_, name=name: session.emitted.append(name))
    client.training.emit({"network": 1, "run": 1, "steps": 10, "epochs": 3})
    client.answer_all()
    session.set_visible(True)
    client.answer_all()
    session.emitted.clear()
    client.sent.clear()
    return session


def test_nothing_is_requested_while_the_tab_is_hidden(client, network):
    session = WeightsSession(client, network)
    client.answer_all()
    session.set_layer(2)
    session.network.set_step(10)
    assert client.payloads("weights") == []
    session.set_visible(True)
    session.set_visible(True)
    assert client.payloads("weights") == [{"layer": 2, "snapshot": 10, "part": {"channel": 0, "start": 0}}]


def test_nothing_is_requested_without_a_network(client, qapp):
    session = WeightsSession(client, CurrentNetworkSession(client))
    session.set_visible(True)
    assert client.sent == []
    assert (session.title(), session.is_complete) == ("", False)


def test_the_first_layer_with_weights_is_selected(session):
    assert session.layer == 1
    assert session.shown["layer"] == 1


def test_each_selection_is_requested_once(client, session):
    session.set_layer(1)
    session.set_layer(99)
    session.network.set_step(None)
    session.set_channel(0)
    session.set_first_unit(0)
    assert client.sent == []
    session.set_layer(2)
    session.network.set_step(10)
    session.set_channel(3)
    session.set_first_unit(64)
    assert client.payloads("weights")[-1] == {"layer": 2, "snapshot": 10, "part": {"channel": 3, "start": 64}}
    assert session.emitted == ["changed"] * 4


def test_only_the_reply_to_the_selection_is_shown(client, session):
    session.set_layer(2)
    old = client.pending[0]
    session.network.set_step(0)
    old.on_reply(weights(old.payload))
    assert session.shown["layer"] == 1
    client.answer("weights")
    assert (session.shown["layer"], session.shown["step"]) == (2, 0)
    assert session.emitted == ["changed", "changed", "shownChanged"]


def test_a_reply_about_another_network_is_ignored(client, session):
    session.set_layer(2)
    client.answer("weights", weights(client.pending[0].payload, network=7))
    assert session.shown["layer"] == 1


def test_an_error_is_a_message_until_the_next_weights(client, session):
    session.set_layer(2)
    client.fail("weights", "The snapshot is gone.")
    assert session.message == "The snapshot is gone."
    session.set_layer(1)
    client.answer("weights")
    assert session.message == ""
    assert session.emitted == ["changed", "messageChanged", "changed", "messageChanged", "shownChanged"]


def test_another_network_keeps_the_layer_of_the_same_name(client, session):
    session.set_layer(2)
    client.training.emit({"network": 2, "run": 2, "steps": 5, "epochs": 1})
    layers = [layer("flatten", "", False), layer("conv"), layer("hidden"), layer("probabilities", "softmax")]
    client.answer("network_info", network_info(2, layers))
    assert (session.layer, session.step, session.shown) == (3, None, None)
    assert client.payloads("weights")[-1]["layer"] == 3


def test_weights_that_change_are_requested_again_but_not_at_once(client, session, qtbot):
    for _ in range(5):
        client.training.emit({"step": 30, "run": 1})
    assert client.payloads("weights") == []
    assert not session.is_complete
    qtbot.waitUntil(lambda: len(client.payloads("weights")) == 1)


def test_a_hidden_tab_does_not_follow_weights(client, session):
    session.set_visible(False)
    client.training.emit({"step": 30, "run": 1})
    assert not session._timer.isActive()


def test_dead_units_are_requested_after_a_delay(client, session, qtbot):
    assert session.dead_units is None
    assert not session.is_complete
    qtbot.waitUntil(lambda: client.kinds() == ["dead_units"])
    assert client.payloads("dead_units") == [{"layer": 1, "snapshot": None, "scale": "unit"}]
    client.answer("dead_units")
    assert (session.dead_units, session.dead_images) == ([2, 3], 256)
    assert session.emitted == ["deadUnitsChanged"]
    assert session.is_complete
    session.network.set_step(10)
    assert session.dead_units is None
    assert session.emitted[-2:] == ["deadUnitsChanged", "changed"]


def test_dead_units_of_another_layer_are_ignored(client, session, qtbot):
    qtbot.waitUntil(lambda: client.kinds() == ["dead_units"])
    session.set_layer(2)
    client.answer("dead_units")
    assert session.dead_units is None


def test_moving_goes_from_snapshot_to_snapshot(session):
    assert session.step is None
    session.network.move(1)
    assert session.step is None  # it is the newest already
    session.network.move(-1)
    assert session.step == 10
    session.network.move(-9)
    assert session.step == 0
    session.network.move(9)
    assert session.step is None  # follows the newest again


def test_titles_name_the_step_and_its_epoch(client, session):
    assert session.title() == "run 1: mlp · hidden · after step 20, the end of epoch 2 of 3"
    session.network.set_step(0)
    client.answer("weights")
    assert session.step_text() == "before the first step"
    session.network.set_step(10)
    client.answer("weights", {**weights(client.pending[0].payload), "step": 12})
    assert session.step_text() == "after step 12, epoch 2 of 3"
    client.training.emit({"epochs": 5, "run": 1})
    assert session.step_text() == "after step 12, epoch 2 of 5"


def test_pinned_weights_stay(client, session):
    title = session.title()
    session.set_pinned(True)
    session.set_layer(2)
    client.answer("weights")
    assert (session.pinned.title, session.pinned.shown["layer"], session.pinned.is_last) == (title, 1, False)
    session.set_pinned(False)
    assert session.pinned is None
    assert session.emitted.count("pinnedChanged") == 2


def test_scales_change_only_on_real_change(client, session):
    session.set_scale_per_image(False)
    session.set_scale_per_image(True)
    assert session.emitted == ["changed"]
    assert client.sent == []


def test_saving_is_reported(client, session, tmp_path):
    reported = []
    session.messageReported.connect(reported.append)
    session.save(str(tmp_path / "weights.npz"))
    assert client.payloads("save_weights") == [{"path": str(tmp_path / "weights.npz"), "snapshot": 20}]
    client.answer("save_weights", {"path": "weights.npz", "arrays": 4, "step": 1200})
    session.save("weights.npz")
    client.fail("save_weights", "The disk is full.")
    assert reported == ["Saved: weights.npz, 4 arrays after step 1,200", "The disk is full."]


def test_the_weights_are_gone_with_the_engine(client, session):
    client.died.emit("gone")
    assert (session.shown, session.layer) == (None, 0)
    assert client.pending == []
