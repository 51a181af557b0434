"""Garbage is collected while the window rests, and only then."""

import gc
import weakref

import pytest

from explorer.session import idle_gc as litter
from explorer.session.idle_gc import LITTER, IdleGarbageCollector


class Thing:
    """Holds itself, so that only the collector can take it away."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def much(qapp):
    """A collector of garbage, enough to collect, and one thing that is garbage and old."""
    before = gc.get_threshold()
    made = IdleGarbageCollector()
    thing = Thing()
    found = weakref.ref(thing)
    gc.collect()  # it is old now
    del thing
    kept = []
    while gc.get_count()[2] < LITTER:
        kept.append([])
    yield made, found
    gc.set_threshold(*before)


def test_a_rest_is_used(much, monkeypatch):
    made, found = much
    monkeypatch.setattr(litter, "REST", 1e6)
    assert found() is not None
    made.look()
    assert found() is None
    assert gc.get_count()[2] == 0


def test_while_something_is_done_nothing_is_collected(much, monkeypatch):
    made, found = much
    monkeypatch.setattr(litter, "REST", 0.0)
    made.look()
    assert found() is not None


def test_a_little_is_left(much, monkeypatch):
    made, found = much
    monkeypatch.setattr(litter, "REST", 1e6)
    monkeypatch.setattr(litter, "LITTER", 10**6)
    made.look()
    assert found() is not None
