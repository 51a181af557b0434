"""A run pauses for a limited time while the user draws, and obeys commands meanwhile."""

import threading
from time import monotonic
from types import SimpleNamespace

import pytest

from explorer.engine.server import Server
from explorer.engine.training import run_control
from explorer.engine.training.run_control import DRAWING_PAUSE_S, MAX_DRAWING_PAUSE_S, RunControl


class Clock:
    """A clock that advances only by waiting."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def wait(self, seconds=None):
        assert seconds is not None, "nothing would end this wait"
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(run_control, "monotonic", clock)
    return clock


@pytest.fixture
def control(clock, monkeypatch):
    control = RunControl()
    monkeypatch.setattr(control._changed, "wait", clock.wait)
    return control


@pytest.mark.parametrize("method", ["pace", "wait_while_paused"])
def test_a_stroke_delays_the_run_a_little(control, clock, method):
    proceeds = {
        "pace": lambda: control.pace(5, lambda _: None) == 5,
        "wait_while_paused": lambda: control.wait_while_paused(lambda _: None),
    }[method]
    assert proceeds()
    assert clock.now == 100.0
    control.yield_to_drawing()
    clock.now += 0.02
    assert proceeds()
    assert clock.now == pytest.approx(100.0 + DRAWING_PAUSE_S)
    assert proceeds()
    assert clock.now == pytest.approx(100.0 + DRAWING_PAUSE_S)


def test_drawing_on_and_on_does_not_stop_the_run(control, clock, monkeypatch):
    def stroke(seconds):
        clock.wait(min(seconds, 0.016))
        control._drawing_until = clock.now + DRAWING_PAUSE_S

    monkeypatch.setattr(control._changed, "wait", stroke)
    control.yield_to_drawing()
    assert control.pace(5, lambda _: None) == 5
    assert clock.now == pytest.approx(100.0 + MAX_DRAWING_PAUSE_S, abs=0.02)


def test_waiting_for_a_stroke_is_not_reported_and_a_pause_is_reported_at_once(control, clock, monkeypatch):
    reported = []
    control.yield_to_drawing()
    control.pace(5, reported.append)
    assert reported == [False], "it did not wait as if it were paused"
    control.yield_to_drawing()
    control.command("pause")

    def wait(seconds=None):
        assert seconds is None
        control.command("stop")

    monkeypatch.setattr(control._changed, "wait", wait)
    assert control.pace(5, reported.append) == 0
    assert reported == [False, True]


def test_stop_is_obeyed_at_once():
    control, results = RunControl(), []
    control._drawing_until = monotonic() + 3600
    thread = threading.Thread(target=lambda: results.append(control.pace(5, lambda _: None)))
    thread.start()
    control.command("stop")
    thread.join(timeout=60)
    assert results == [0]


def test_the_server_lets_a_run_yield_as_soon_as_something_is_drawn():
    server, calls = Server(lambda _message: None), []
    server._services.training.made = SimpleNamespace(
        yield_to_drawing=lambda: calls.append("yield"), close=lambda: calls.append("close")
    )
    server.put({"id": 1, "kind": "activations", "is_drawing": False})
    assert calls == []
    server.put({"id": 2, "kind": "activations", "is_drawing": True})
    assert calls == ["yield"]
    server.close()
    assert calls == ["yield", "close"]
