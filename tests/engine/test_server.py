"""Every declared request is answered by the real services, with a reply of its declared type."""

import threading

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.errors import ErrorCode
from explorer.core.protocol.conformance import mismatches
from explorer.core.protocol.events import ERRORS, EVENTS
from explorer.core.protocol.frames import pack, unpack
from explorer.core.protocol.request_kind import COMMON_ERRORS, Worker
from explorer.core.protocol.requests import REQUESTS
from explorer.engine.data.download import Download
from explorer.engine.server import Server

IMAGE = load_sample().x_train[0]
SETTINGS = {"model": "cnn", "filters": 2, "hidden": 4, "epochs": 1, "batch_size": 4000, "xla": "no"}
CURVE = {"text": "sin(x*y)", "point": {"x": 1.0, "y": 2.0}, "variable": "x", "low": 0.0, "high": 3.0, "points": 50}
WEIGHT = {"layer": 1, "array": "kernel", "index": [0, 0, 0, 1]}

PAYLOADS = {
    "trace": lambda _: {"text": "sin(x)", "point": {"x": 1.0}},
    "values": lambda engine: {"graph": engine.trace, "point": {"x": 2.0}},
    "points": lambda engine: {"graph": engine.trace, "points": [{"x": 2.0}, {"x": 3.0}]},
    "precision": lambda engine: {"graph": engine.trace, "point": {"x": 2.0}},
    "tangents": lambda engine: {"graph": engine.trace, "variable": "x", "point": {"x": 2.0}},
    "simplify": lambda _: {"formula": "x+x", "point": {"x": 1.0}},
    "compare": lambda _: {"text": "sin(x)", "variable": "x", "point": {"x": 1.0}},
    "evaluate": lambda _: {"text": "sin(x)", "point": {"x": 1.0}, "expressions": ["dy/dx"], "numbers": {"loss": 0.5}},
    "curve": lambda _: {**CURVE, "orders": [0, 1, 2]},
    "curve_table": lambda _: {**CURVE, "orders": [0, 1], "start": 10, "count": 20},
    "check": lambda _: {**CURVE, "claim": "y*cos(x*y)"},
    "field": lambda _: {"text": "x*y", "x": "x", "y": "y", "x_range": [-1.0, 1.0], "y_range": [-1.0, 1.0], "n": 4},
    "descend": lambda _: {"text": "x^2+y^2", "variables": ["x", "y"], "start": [1.0, 2.0], "rate": 0.1, "steps": 5},
    "data_info": lambda _: {"data": "sample"},
    "data_page": lambda _: {"data": "sample", "part": "train", "digit": 3, "start": 5, "count": 2},
    "data_fetch": lambda _: {"data": "mnist"},
    "data_fetch_cancel": lambda _: {},
    "train": lambda engine: {"run": 7, "settings": SETTINGS, "data": "sample", "checkpoint": engine.file("run.npz")},
    "train_control": lambda _: {"command": "slow", "speed": 0.0},
    "prepare_training": lambda _: {},
    "network_info": lambda _: {},
    "open_network": lambda engine: {"path": engine.saved_network()},
    "show_run": lambda _: {},
    "save_network": lambda engine: {"path": engine.file("saved.keras"), "snapshot": None},
    "weights": lambda _: {"layer": 1, "part": {"start": 0, "channel": 0}},
    "save_weights": lambda engine: {"path": engine.file("weights.npz")},
    "explain_weight": lambda _: WEIGHT,
    "dead_units": lambda _: {"layer": 1},
    "activations": lambda _: {"image": IMAGE, "maps": 1, "units": 3, "is_drawing": False},
    "unit": lambda _: {"image": IMAGE, "layer": 1, "index": [3, 3, 0]},
    "exciting_images": lambda _: {"layer": 1, "unit": 0},
    "image_gradient": lambda _: {"image": IMAGE, "output": 3},
    "graph_open": lambda _: {"source": "logistic"},
    "graph_view": lambda engine: {"graph": engine.graph, "open": []},
    "graph_search": lambda engine: {"graph": engine.graph, "text": "matmul"},
    "graph_trace": lambda engine: {"graph": engine.graph, "open": [], "box": "loss"},
    "graph_values": lambda engine: {"graph": engine.graph, "level": 0, "helpers": False, "backward": False},
    "graph_pictures": lambda engine: {"graph": engine.graph, "boxes": ["input"], "gradients": []},
    "graph_op": lambda engine: {"graph": engine.graph, "op": engine.op},
    "graph_profile": lambda engine: {"graph": engine.graph, "open": []},
}
"""An answerable payload for each request; the argument is the `Engine`."""

# What shows the network of the run comes before a file replaces it.
ORDER = sorted(REQUESTS, key=lambda name: (name == "open_network", name == "show_run"))


class Engine:
    """A server whose requests are answered in the thread of the test; checks what it sends."""

    def __init__(self, folder):
        self.folder = folder
        self.replies, self.events, self.wrong = {}, [], []
        self._arrived = threading.Condition()
        self.server = Server(self._receive)
        self._count = 0
        self.trace = self.request("trace", PAYLOADS["trace"](self))["trace"]["graph"]
        self.request("train", PAYLOADS["train"](self))
        self.request("graph_open", PAYLOADS["graph_open"](self))
        self.op = self.request("graph_search", {"graph": self.graph, "text": "matmul"})["hits"][0]["id"]
        self.request("graph_values", PAYLOADS["graph_values"](self))

    def _receive(self, message):
        received = unpack(pack(message)[4:])
        with self._arrived:
            if "id" in received:
                self.replies[received["id"]] = received
            else:
                self.events.append(received)
                self.wrong += mismatches(EVENTS[received["kind"]], received, received["kind"])
            self._arrived.notify_all()

    def request(self, name, payload):
        """Send a request and return its reply, which must be of the declared type."""
        kind, finished = REQUESTS[name], self.count("finished")
        reply = self.send(name, payload)
        assert mismatches(kind.payload, payload, name) == []
        assert "error" not in reply, reply["error"]
        assert mismatches(kind.reply, reply, name) == []
        if name == "graph_open":
            self.graph = reply["graph"]
        if name == "train":
            self.wait_for("finished", finished + 1)
        return reply

    def send(self, name, payload, number=None):
        """Send a request of any kind and return its reply."""
        self._count += 1
        self.server.put({"id": self._count, "kind": name, "lane": None, **unpack(pack(payload)[4:])})
        if self._count not in self.replies:
            self.server._answer(self.server._mailboxes[REQUESTS[name].worker].take())
        return self.replies[self._count]

    def count(self, state):
        """Return how many events there were with a state."""
        return sum(event["state"] == state for event in self.events)

    def wait_for(self, state, count=1):
        with self._arrived:
            assert self._arrived.wait_for(lambda: self.count(state) >= count, 60)

    def file(self, name):
        return str(self.folder / name)

    def saved_network(self):
        return self.send("save_network", {"path": self.file("network.keras")})["path"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = Engine(tmp_path_factory.mktemp("engine"))
    yield made
    made.server.close()


def test_every_request_has_a_handler_and_every_handler_a_request(engine):
    services = {kind.service for kind in REQUESTS.values()}
    handlers = {name: service for service in services for name in engine.server._services.handlers(service)}
    assert handlers == {name: kind.service for name, kind in REQUESTS.items()}
    assert PAYLOADS.keys() == REQUESTS.keys()


@pytest.mark.parametrize("name", ORDER)
def test_replies_are_of_the_declared_type(engine, monkeypatch, name):
    monkeypatch.setattr(Download, "run", lambda _: None)
    reply = engine.request(name, PAYLOADS[name](engine))
    assert (reply["id"], reply["kind"]) == (engine._count, name)


def test_events_are_of_the_declared_type(engine, monkeypatch):
    monkeypatch.setattr(Download, "run", lambda self: self._on_progress(0, 5))
    done = engine.count("done")
    engine.request("data_fetch", {"data": "mnist"})
    engine.wait_for("done", done + 1)
    assert {(event["kind"], event["state"]) for event in engine.events} >= {
        ("training", "compiling"), ("training", "running"), ("training", "finished"),
        ("download", "running"), ("download", "done"),
    }  # fmt: skip
    assert engine.wrong == []


@pytest.mark.parametrize(
    ("name", "payload", "code", "message"),
    [
        ("trace", {"text": "sin("}, ErrorCode.INVALID_INPUT, "is missing"),
        ("values", {"graph": -1}, ErrorCode.GRAPH_CLOSED, "anew"),
        ("points", {"graph": -1, "points": []}, ErrorCode.GRAPH_CLOSED, "anew"),
        ("graph_view", {"graph": -1, "open": []}, ErrorCode.GRAPH_CLOSED, "no longer open"),
        ("curve", {**CURVE, "low": 4.0}, ErrorCode.INVALID_INPUT, "must begin below"),
        ("data_info", {"data": "/no/such/file.npz"}, ErrorCode.FILE_UNUSABLE, "does not exist"),
        ("open_network", {"path": "/no/such/file.keras"}, ErrorCode.FILE_UNUSABLE, "does not exist"),
        ("save_weights", {"path": "/no/such/folder/a.npz"}, ErrorCode.FILE_UNUSABLE, "Not saved"),
        ("weights", {"layer": 99}, ErrorCode.INVALID_INPUT, "no layer 99"),
    ],
)
def test_errors_have_a_declared_code_and_a_message(engine, name, payload, code, message):
    error = engine.send(name, payload)["error"]
    assert error["code"] == code
    assert code in (*REQUESTS[name].errors, *COMMON_ERRORS)
    assert message in error["message"]


@pytest.mark.parametrize("name", [name for name in REQUESTS if REQUESTS[name].payload.__required_keys__])
def test_missing_keys_are_an_error_and_not_the_end(engine, name):
    """Replies to requests that this program does not send, for example from a client of another version."""
    error = engine.send(name, {})["error"]
    assert error["code"] in (*REQUESTS[name].errors, *COMMON_ERRORS)
    assert error["message"]


@pytest.mark.parametrize("name", ["no_such_request", None, 3, ["trace"], {}])
def test_unknown_requests_are_answered_with_an_error(engine, name):
    engine._count += 1
    engine.server.put({"id": engine._count, "kind": name})
    assert engine.replies[engine._count]["error"]["code"] == ErrorCode.UNKNOWN_REQUEST


@pytest.mark.parametrize("payload", [{"text": 3}, {"text": "x", "point": [1]}, {"text": "x", "dtype": np.zeros(3)}])
def test_payloads_of_wrong_types_are_answered_with_an_error(engine, payload):
    assert "error" in engine.send("trace", payload)


def test_a_message_without_a_number_is_ignored(engine):
    before = dict(engine.replies)
    engine.server.put({"kind": "trace", "text": "x"})
    assert engine.replies == before
    assert not engine.server._mailboxes[Worker.EXPRESSION]._waiting


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        ("train", {"settings": {"model": "own", "layers": []}, "data": "sample"}, ErrorCode.TRAINING_FAILED),
        ("train", {"go_on_from": "/no/such/file.npz"}, ErrorCode.FILE_UNUSABLE),
        ("train", {}, ErrorCode.INTERNAL),
        ("data_fetch", {"data": "mnist"}, ErrorCode.INTERNAL),
    ],
)
def test_events_of_failures_have_a_declared_code_and_a_message(engine, monkeypatch, name, payload, code):
    def fail(_download):
        raise OSError("the disk is gone")

    monkeypatch.setattr(Download, "run", fail)
    failed = engine.count("failed")
    engine.send(name, payload)
    engine.wait_for("failed", failed + 1)
    event = engine.events[-1]
    assert (event["state"], event["code"]) == ("failed", code)
    assert code in ERRORS[event["kind"]]
    assert event["message"]
    assert engine.wrong == []
