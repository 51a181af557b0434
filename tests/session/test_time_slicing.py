"""Tasks run in time slices, one after another, and the window handles events between them."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QObject, QTimer
from shiboken6 import delete

from explorer.session import time_slicing
from explorer.session.time_slicing import TimeSlicedTask


@pytest.fixture
def done(monkeypatch):
    monkeypatch.setattr(time_slicing, "TIME_SLICE_S", 0.0)  # one step for each slice
    return []


def work(name, steps, done):
    for k in range(steps):
        done.append((name, k))
        yield
    return name


def test_short_work_is_finished_at_once(qapp, monkeypatch):
    monkeypatch.setattr(time_slicing, "TIME_SLICE_S", 60.0)  # however busy the machine is
    found, one = [], TimeSlicedTask()
    one.start(iter_of(7), found.append)
    assert found == [7]
    assert not one.is_busy


def iter_of(result):
    yield
    return result


def test_tasks_and_the_window_take_turns(qapp, qtbot, done):
    one, two, ended, beats = TimeSlicedTask(), TimeSlicedTask(), [], []
    heartbeat = QTimer(interval=0)
    heartbeat.timeout.connect(lambda: beats.append(len(done)))
    heartbeat.start()
    one.start(work("one", 40, done), ended.append)
    two.start(work("two", 20, done), ended.append)
    qtbot.waitUntil(lambda: len(ended) == 2)
    heartbeat.stop()
    assert ended == ["two", "one"]
    assert {name for name, _ in done[10:14]} == {"one", "two"}, "they take turns"
    assert [k for name, k in done if name == "one"] == list(range(40)), "each in its order"
    steps = [later - before for before, later in pairwise(beats)]
    assert max(steps) == 1, "the window waited for more than one slice"


def test_stopped_and_deleted_tasks_do_not_run(qapp, qtbot, done):
    holder, ended = QObject(), []
    other, stopped, deleted = TimeSlicedTask(), TimeSlicedTask(), TimeSlicedTask(holder)
    for name, one in (("stopped", stopped), ("deleted", deleted), ("other", other)):
        one.start(work(name, 30, done), ended.append)
    stopped.stop()
    delete(holder)
    qtbot.waitUntil(lambda: bool(ended))
    assert ended == ["other"]
    assert {name for name, k in done if k > 1} == {"other"}


def test_new_work_replaces_the_old_one(qapp, qtbot, done):
    one, ended = TimeSlicedTask(), []
    one.start(work("old", 30, done), ended.append)
    one.start(work("new", 5, done), ended.append)
    one.finish()
    assert ended == ["new"]
    assert ("old", 2) not in done
