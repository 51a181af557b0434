"""Garbage is collected while the window is idle, and only then."""

import gc
import weakref

import pytest

from explorer.session import idle_gc
from explorer.session.idle_gc import MIN_COLLECTIONS, IdleGarbageCollector


class SelfReference:
    """An object that refers to itself, so that only the collector can delete it."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def enough_garbage(qapp):
    """A collector with enough garbage to collect, and a weak reference to an old object that is garbage."""
    before = gc.get_threshold()
    collector = IdleGarbageCollector()
    garbage = SelfReference()
    reference = weakref.ref(garbage)
    gc.collect()  # moves it to the oldest generation
    del garbage
    objects = []
    while gc.get_count()[2] < MIN_COLLECTIONS:
        objects.append([])
    yield collector, reference
    gc.set_threshold(*before)


def test_garbage_is_collected_while_the_window_is_idle(enough_garbage, monkeypatch):
    collector, reference = enough_garbage
    monkeypatch.setattr(idle_gc, "MAX_IDLE_LOAD", 1e6)
    assert reference() is not None
    collector.collect_if_idle()
    assert reference() is None
    assert gc.get_count()[2] == 0


def test_nothing_is_collected_while_the_window_works(enough_garbage, monkeypatch):
    collector, reference = enough_garbage
    monkeypatch.setattr(idle_gc, "MAX_IDLE_LOAD", 0.0)
    collector.collect_if_idle()
    assert reference() is not None


def test_a_little_garbage_is_left(enough_garbage, monkeypatch):
    collector, reference = enough_garbage
    monkeypatch.setattr(idle_gc, "MAX_IDLE_LOAD", 1e6)
    monkeypatch.setattr(idle_gc, "MIN_COLLECTIONS", 10**6)
    collector.collect_if_idle()
    assert reference() is not None
