"""All sessions of a window are joined with each other and with the settings, and send nothing by themselves."""

from dataclasses import fields

import pytest
from PySide6.QtCore import QObject

from explorer.session.sessions import create_sessions
from explorer.session.settings_store import SettingsStore
from tests.session.expression_traces import show

NETWORK_KEYS = {
    "input_shape": [28, 28],
    "scale": "unit",
    "output": {"kind": "softmax", "units": 10, "is_assumed": False},
}


@pytest.fixture
def store(qapp):
    return SettingsStore(None)


@pytest.fixture
def sessions(client, store):
    parent = QObject()
    yield create_sessions(client, store, parent)
    parent.deleteLater()


def test_nothing_is_requested_before_the_user_does_something(sessions, client):
    assert client.sent == []
    assert sessions.autodiff.is_settled


def test_sessions_live_as_long_as_their_parent(client, store):
    parent = QObject()
    sessions = create_sessions(client, store, parent)
    built = [getattr(sessions, field.name) for field in fields(sessions) if field.name not in ("client", "store")]
    assert {session.parent() for session in built} == {parent}


def test_the_settings_are_those_of_the_expression(client, store):
    for key, value in (("dtype", "float64"), ("direction", "LR"), ("depth", "full")):
        store.set(key, value)
    parent = QObject()
    session = create_sessions(client, store, parent).autodiff
    assert (session.dtype, session.direction, session.depth) == ("float64", "LR", "full")
    store.set("depth", "concept")
    store.override("dtype", "float32")
    assert (session.dtype, session.depth) == ("float32", "concept")
    store.set("digits", 6)  # concerns no session


def test_direction_and_depth_of_the_expression_are_saved(sessions, store):
    changed = []
    store.changed.connect(lambda key, value: changed.append((key, value)))
    sessions.autodiff.set_direction("LR")
    sessions.autodiff.set_depth("full")
    assert changed == [("direction", "LR"), ("depth", "full")]


def test_another_precision_is_requested(sessions, client, store):
    show(sessions.autodiff, client, "sin(2*x)")
    store.set("dtype", "float64")
    assert client.payloads("trace")[-1]["dtype"] == "float64"


def test_a_run_that_is_reset_takes_its_network_away(sessions, client):
    sessions.training.start({"model": "mlp"}, "sample")
    run = client.payloads("train")[-1]["run"]
    client.answer("train", {"run": run})
    client.training.emit({"run": run, "state": "running", "network": 1, "steps": 100, "epochs": 2})
    client.answer(
        "network_info",
        {"network": 1, "steps": [0], "layers": [], "title": "run 1: mlp", "parameters": 9, **NETWORK_KEYS},
    )
    assert sessions.current_network.number == 1
    sessions.training.reset()
    assert sessions.current_network.number == 0
    assert sessions.weights.shown is None


def test_practice_asks_about_the_expression_of_the_window(sessions, client):
    sessions.practice.begin(1, 1)
    assert sessions.autodiff.text == sessions.practice.exercise.text
    sessions.find_mistake.begin(3)
    assert sessions.practice.exercise is None, "the text is another one"
    assert sessions.autodiff.text == sessions.find_mistake.exercise.text
