"""The explanation of one weight: what it requests, what it follows, and stale replies."""

import pytest
from PySide6.QtCore import QObject, Signal

from explorer.session.weights.gradient_explanation import GradientExplanationSession

WEIGHT = (1, "kernel", (3, 4))


class Network(QObject):
    """What the session needs of a `CurrentNetworkSession`."""

    networkChanged = Signal(object)
    number = 1
    path = ""


class Weights(QObject):
    """What the session needs of a `WeightsSession`, showing the newest weights of a layer."""

    shownChanged = Signal()

    def __init__(self):
        super().__init__()
        self.network = Network(self)
        self.step = None
        self.shown = {"layer": 1, "step": 20}

    def show(self, layer=1, step=20):
        self.shown = {"layer": layer, "step": step}
        self.shownChanged.emit()


@pytest.fixture
def weights(qapp):
    return Weights()


@pytest.fixture
def client(table_client):
    return table_client({"explain_weight": lambda payload: {"network": 1, "weight": 0.5, "batch": payload["batch"]}})


@pytest.fixture
def session(client, weights):
    """A session; ``emitted`` counts its signals."""
    session = GradientExplanationSession(client, weights)
    session.emitted = []
    session.changed.connect(lambda: session.emitted.append(True))
    return session


def test_a_chosen_weight_is_explained_at_the_shown_step(client, session):
    assert session.is_complete
    session.choose(WEIGHT)
    assert not session.is_complete
    assert client.payloads("explain_weight") == [
        {"layer": 1, "array": "kernel", "index": [3, 4], "snapshot": 20, "batch": None}
    ]
    client.answer_all()
    assert session.shown["weight"] == 0.5
    assert session.is_complete
    session.choose(WEIGHT)
    assert len(session.emitted) == 2


def test_another_batch_is_requested(client, session):
    session.choose(WEIGHT)
    client.answer_all()
    session.set_batch(7)
    session.set_batch(7)
    assert [payload["batch"] for payload in client.payloads("explain_weight")] == [None, 7]
    client.answer_all()
    assert session.shown["batch"] == 7
    session.choose((1, "bias", (0,)))  # begins with the next batch again
    assert client.payloads("explain_weight")[-1]["batch"] is None


def test_only_the_newest_reply_counts(client, session):
    session.choose(WEIGHT)
    old = client.pending[0]
    session.choose((1, "bias", (0,)))
    old.on_reply({"network": 1, "weight": 9.0})
    assert session.shown is None
    client.answer_all()
    assert session.shown["weight"] == 0.5
    session.set_batch(1)
    client.answer("explain_weight", {"network": 2, "weight": 9.0})  # of another network
    assert session.shown["weight"] == 0.5
    session.choose(None)
    assert session.shown is None


def test_an_error_is_a_message(client, session):
    session.choose(WEIGHT)
    client.fail("explain_weight", "Only the network of the latest run has batches.")
    assert (session.shown, session.message) == (None, "Only the network of the latest run has batches.")
    assert session.is_complete


def test_a_run_is_followed_now_and_then_and_a_slider_at_once(client, session, weights, qtbot):
    session.choose(WEIGHT)
    client.answer_all()
    weights.show(step=20)
    assert not session._timer.isActive()
    weights.show(step=30)
    assert session._timer.remainingTime() > 100
    assert not session.is_complete
    session._timer.stop()
    weights.step = 40
    weights.show(step=40)
    qtbot.waitUntil(lambda: client.kinds() == ["explain_weight"])
    assert client.payloads("explain_weight")[-1]["snapshot"] == 40


def test_another_layer_or_network_ends_the_explanation(client, session, weights):
    session.choose(WEIGHT)
    weights.show(layer=2)
    assert session.chosen is None
    weights.show(layer=1)
    session.choose(WEIGHT)
    weights.network.networkChanged.emit(None)
    assert session.chosen is None


def test_nothing_is_requested_without_weights(client, session, weights):
    weights.shown = None
    session.choose(WEIGHT)
    session.set_batch(3)
    assert client.sent == []


def test_only_runs_have_batches(session, weights):
    assert session.has_batches
    weights.network.path = "net.keras"
    assert not session.has_batches
