"""A run stands aside while somebody draws, never for ever, and obeys meanwhile."""

import threading
from time import monotonic
from types import SimpleNamespace

import pytest

from explorer.engine.server import Server
from explorer.engine.training import run_control as wishes
from explorer.engine.training.run_control import RunControl


class Clock:
    """Time that passes when somebody waits for it."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def wait(self, seconds=None):
        assert seconds is not None, "nobody would wake it"
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(wishes, "monotonic", made)
    return made


@pytest.fixture
def wanted(clock, monkeypatch):
    made = RunControl()
    monkeypatch.setattr(made._changed, "wait", clock.wait)
    return made


@pytest.mark.parametrize("way", ["pace", "breathe"])
def test_after_a_stroke_it_waits_a_little(wanted, clock, way):
    ask = {"pace": lambda: wanted.pace(5, lambda _: None) == 5, "breathe": lambda: wanted.breathe(lambda _: None)}[way]
    assert ask()
    assert clock.now == 100.0
    wanted.stand_aside()
    clock.now += 0.02
    assert ask()
    assert clock.now == pytest.approx(100.0 + wishes.PEN)
    assert ask()
    assert clock.now == pytest.approx(100.0 + wishes.PEN)


def test_who_draws_on_and_on_does_not_stop_it(wanted, clock, monkeypatch):
    def stroke(seconds):
        clock.wait(min(seconds, 0.016))
        wanted._pen_until = clock.now + wishes.PEN

    monkeypatch.setattr(wanted._changed, "wait", stroke)
    wanted.stand_aside()
    assert wanted.pace(5, lambda _: None) == 5
    assert clock.now == pytest.approx(100.0 + wishes.LONGEST, abs=0.02)


def test_it_says_nothing_of_it_and_a_pause_is_told_at_once(wanted, clock, monkeypatch):
    told = []
    wanted.stand_aside()
    wanted.pace(5, told.append)
    assert told == [False], "it did not wait as if it were paused"
    wanted.stand_aside()
    wanted.wish("pause")

    def wait(seconds=None):
        assert seconds is None
        wanted.wish("stop")

    monkeypatch.setattr(wanted._changed, "wait", wait)
    assert wanted.pace(5, told.append) == 0
    assert told == [False, True]


def test_stop_is_obeyed_at_once():
    wanted, done = RunControl(), []
    wanted._pen_until = monotonic() + 3600
    thread = threading.Thread(target=lambda: done.append(wanted.pace(5, lambda _: None)))
    thread.start()
    wanted.wish("stop")
    thread.join(timeout=10)
    assert done == [0]


def test_the_engine_lets_a_run_stand_aside_as_soon_as_something_is_drawn():
    server, asked = Server(lambda _message: None), []
    server._training_room = SimpleNamespace(stand_aside=lambda: asked.append(True), stop=lambda: None)
    server.put({"id": 1, "kind": "activations", "drawn": False})
    assert asked == []
    server.put({"id": 2, "kind": "activations", "drawn": True})
    assert asked == [True]
    server.close()
