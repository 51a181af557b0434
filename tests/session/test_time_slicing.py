"""Works that take long are done for a moment at a time, in turns, and the window has its own between them."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QObject, QTimer
from shiboken6 import delete

from explorer.session import time_slicing as slices
from explorer.session.time_slicing import TimeSlicedTask


@pytest.fixture
def done(monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 0.0)  # one step at a time
    return []


def work(name, steps, done):
    for k in range(steps):
        done.append((name, k))
        yield
    return name


def test_a_short_work_is_done_at_once(qapp):
    found, one = [], TimeSlicedTask()
    one.start(iter_of(7), found.append)
    assert found == [7]
    assert not one.is_busy


def iter_of(result):
    yield
    return result


def test_one_has_a_turn_and_then_the_window(qapp, qtbot, done):
    one, two, ended, beats = TimeSlicedTask(), TimeSlicedTask(), [], []
    heart = QTimer(interval=0)
    heart.timeout.connect(lambda: beats.append(len(done)))
    heart.start()
    one.start(work("one", 40, done), ended.append)
    two.start(work("two", 20, done), ended.append)
    qtbot.waitUntil(lambda: len(ended) == 2)
    heart.stop()
    assert ended == ["two", "one"]
    assert {name for name, _ in done[10:14]} == {"one", "two"}, "they take turns"
    assert [k for name, k in done if name == "one"] == list(range(40)), "each in its order"
    steps = [later - before for before, later in pairwise(beats)]
    assert max(steps) == 1, "the window waited for more than one slice"


def test_what_is_given_up_or_gone_has_no_turn(qapp, qtbot, done):
    holder, ended = QObject(), []
    kept, stopped, gone = TimeSlicedTask(), TimeSlicedTask(), TimeSlicedTask(holder)
    for name, one in (("stopped", stopped), ("gone", gone), ("kept", kept)):
        one.start(work(name, 30, done), ended.append)
    stopped.stop()
    delete(holder)
    qtbot.waitUntil(lambda: bool(ended))
    assert ended == ["kept"]
    assert {name for name, k in done if k > 1} == {"kept"}


def test_a_new_work_takes_the_place_of_the_old_one(qapp, qtbot, done):
    one, ended = TimeSlicedTask(), []
    one.start(work("old", 30, done), ended.append)
    one.start(work("new", 5, done), ended.append)
    one.finish()
    assert ended == ["new"]
    assert ("old", 2) not in done
