"""What the next scene shows is requested while the open one is complete: one thing at a time, and only once."""

import pytest
from PySide6.QtWidgets import QApplication

from explorer.core.lessons.lesson import Exercise, Lesson
from explorer.session.lessons import prefetch as module
from explorer.session.lessons.prefetch import ScenePrefetcher
from explorer.session.lessons.session import LessonSession
from tests.session.expression_traces import trace_reply


@pytest.fixture
def lesson(scene):
    """A lesson whose middle scene is without an expression."""
    scenes = (
        scene(expression="sin(2*x)", at={"x": 0.5}),
        scene(expression="x*y+sin(x)", at={"x": 0.5, "y": 2.0}, step=2, hide=True),
        scene(tab="network"),
        scene(expression="x-x", step="last", exercise=Exercise("next")),
    )
    return Lesson("Title", scenes)


@pytest.fixture
def prefetcher(sessions, client, lesson, monkeypatch):
    """A prefetcher for the lesson; ``idle`` says whether the open scene is complete, ``emitted`` has the prefetched."""
    monkeypatch.setattr(module, "POLL_INTERVAL_MS", 0)
    lessons = LessonSession(sessions)
    lessons.lesson = lesson
    prefetcher = ScenePrefetcher(client, lessons, lambda: prefetcher.idle)
    prefetcher.idle, prefetcher.lessons, prefetcher.emitted = True, lessons, []
    prefetcher.prepared.connect(prefetcher.emitted.append)
    return prefetcher


def run_timers():
    """Let the timers of the prefetcher, which have no delay, end."""
    for _ in range(5):
        QApplication.processEvents()


def open_scene(prefetcher, index):
    """Open a scene without setting it in the sessions."""
    prefetcher.lessons.scene = index
    prefetcher.lessons.sceneChanged.emit(index)
    run_timers()


def answer(client, reply):
    """Answer the only prefetch that is sent."""
    assert len(client.prefetches) == 1
    client.answer_prefetch(reply)
    run_timers()


def wanted(client):
    """Return the kind of the prefetch that is sent, with its text or formula; None for none."""
    if not client.prefetches:
        return None
    (request,) = client.prefetches
    return request.kind, request.payload.get("text", request.payload.get("formula"))


def test_nothing_is_requested_before_the_open_scene_is_complete(prefetcher, client):
    prefetcher.idle = False
    open_scene(prefetcher, 0)
    assert (wanted(client), prefetcher.is_done) == (None, False)
    prefetcher.idle = True
    run_timers()
    assert wanted(client) == ("trace", "x*y+sin(x)")
    assert client.sent == []


def test_a_scene_is_prefetched_piece_by_piece(prefetcher, client):
    open_scene(prefetcher, 0)
    assert client.prefetches[0].payload["point"] == {"x": 0.5, "y": 2.0}
    answer(client, trace_reply("x*y+sin(x)"))
    for shorter in ("y + cos(x)", None):  # the derivatives by x and y; SymPy finds nothing shorter for that by y
        kind, _ = wanted(client)
        assert (kind, prefetcher.emitted) == ("simplify", [])
        answer(client, {"simplified": shorter})
    assert (wanted(client), prefetcher.is_done) == (None, True)
    (prefetched,) = prefetcher.emitted
    assert prefetched.simplified == {"x": "y + cos(x)"}
    assert prefetched.trace.expression == "x*y+sin(x)"
    assert float(prefetched.values[prefetched.trace.output]) == pytest.approx(1.4794255)
    assert prefetched.step == 2
    assert "gradients/Sin_grad/mul:0" in prefetched.hidden, "step 2 brings the gradient of the sine"


def test_the_previous_scene_follows_the_next_and_those_without_an_expression_are_left_out(prefetcher, client):
    open_scene(prefetcher, 2)
    assert wanted(client) == ("trace", "x-x")
    answer(client, trace_reply("x-x"))
    answer(client, {"simplified": "0"})
    assert wanted(client) == ("trace", "x*y+sin(x)")
    (prefetched,) = prefetcher.emitted
    assert prefetched.step == 1, "the last one"
    assert prefetched.hidden, "an exercise hides the numbers of the step"
    open_scene(prefetcher, 3)
    assert prefetcher.is_done


def test_the_graph_on_the_screen_is_named_so_that_it_stays_open(prefetcher, sessions, client):
    sessions.autodiff.set_text("sin(2*x)")
    client.answer("trace", trace_reply("sin(2*x)"))
    open_scene(prefetcher, 0)
    assert client.prefetches[0].payload["visible_graph"] == sessions.autodiff.trace.graph


def test_what_was_prefetched_is_not_requested_again(prefetcher, client):
    open_scene(prefetcher, 2)
    answer(client, trace_reply("x-x"))
    answer(client, {"simplified": "0"})
    client.prefetches.clear()
    open_scene(prefetcher, 2)
    assert wanted(client) == ("trace", "x*y+sin(x)")
    assert len(prefetcher.emitted) == 2


@pytest.mark.parametrize("replies", [[], [trace_reply("x-x")]])
def test_a_superseded_prefetch_is_sent_again(prefetcher, client, replies):
    open_scene(prefetcher, 2)
    for reply in replies:
        answer(client, reply)
    before = wanted(client)
    prefetcher.idle = False  # what superseded it is in progress
    answer(client, {"superseded": True})
    assert wanted(client) is None
    prefetcher.idle = True
    run_timers()
    assert wanted(client) == before


def test_a_scene_that_cannot_be_traced_is_skipped(prefetcher, client):
    open_scene(prefetcher, 2)
    answer(client, {"error": {"message": "Too large.", "code": "invalid_input", "column": None}})
    assert wanted(client) == ("trace", "x*y+sin(x)")
    assert prefetcher.emitted == []


def test_a_scene_that_is_not_valid_is_skipped(prefetcher, client, scene):
    prefetcher.lessons.lesson = Lesson("Title", (scene(expression="3"), scene(expression="sin(")))
    open_scene(prefetcher, 0)
    assert (wanted(client), prefetcher.is_done) == (None, True)


def test_replies_for_a_scene_that_is_no_longer_near_are_only_cached(prefetcher, client):
    open_scene(prefetcher, 2)
    old = client.prefetches.pop()
    open_scene(prefetcher, 1)
    assert wanted(client) == ("trace", "sin(2*x)")
    old.on_reply(trace_reply("x-x"))
    run_timers()
    assert wanted(client) == ("trace", "sin(2*x)")
    assert prefetcher.emitted == []


def test_a_closed_lesson_prefetches_nothing(prefetcher, client):
    prefetcher.idle = False
    open_scene(prefetcher, 0)
    prefetcher.lessons.close()
    prefetcher.idle = True
    run_timers()
    assert (wanted(client), prefetcher.is_done) == (None, True)
