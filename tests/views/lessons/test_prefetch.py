"""The graph, formulas and layout of the next scene are prefetched while the program is idle."""

import numpy as np
import pytest

from explorer.core.lessons.markdown_parts import find_formulas
from explorer.session.engine_client import client as engine_client
from explorer.views.graph.layout_cache import cached_layout
from explorer.views.lessons.controller import LessonController
from explorer.views.painting.typesetter import typesetter

KEY = "05-chain-rule"


@pytest.fixture
def sent(monkeypatch):
    """The list of messages that are sent to the engine."""
    messages = []
    pack = engine_client.pack

    def record(message):
        messages.append(message)
        return pack(message)

    monkeypatch.setattr(engine_client, "pack", record)
    return messages


@pytest.fixture
def lessons(ui):
    lessons = ui.window.part(LessonController)
    ui.complete("x+7")  # in no scene, so that the first scene sends a request too
    ui.sessions.client._cache.clear()
    lessons.set_visible(True)
    yield lessons
    lessons.session.close()
    lessons.set_visible(False)
    ui.sessions.store.set("lessons", {})
    ui.sessions.store.set("lesson_marks", {})


def open_and_prefetch(ui, lessons, scene, key=KEY):
    """Open a scene, counted from 1, and wait until everything is prefetched and typeset."""
    if lessons.session.lesson is None:
        lessons.session.open_key(key)
    lessons.session.go(scene - 1)
    ui.until(lambda: lessons.is_complete and lessons.prefetcher.is_done and typesetter().is_idle)


def open_without_prefetch(ui, lessons, scene):
    """Open a scene without prefetching from it, so that all work is done for this scene."""
    lessons.session.go(scene - 1)
    lessons.prefetcher._stop()
    ui.until(lambda: lessons.is_complete)


def kinds_sent(sent, *kinds):
    """Return the kinds of the sent messages, limited to ``kinds``."""
    return [message["kind"] for message in sent if message["kind"] in kinds]


@pytest.mark.parametrize(
    ("key", "scene", "text", "output", "simplified", "formulas"),
    [
        # Its exercise asks for the gradient, so that only the heading has formulas until the answer.
        (KEY, 6, "sin(3*x^2)", np.sin(0.75), "6*x*cos(3*x^2)", {r"y = \sin\left(3 \, x^{2}\right)", "dy/dx"}),
        ("12-fan-out", 3, "h = 2*x; y = sin(h) + h^2", np.sin(2.0) + 4, "8*x+2*cos(2*x)", None),
    ],
)
def test_a_prefetched_scene_needs_no_trace_layout_or_typesetting(
    ui, lessons, sent, key, scene, text, output, simplified, formulas
):
    open_and_prefetch(ui, lessons, scene - 1, key)
    assert [message["text"] for message in sent if message.get("prefetch") and message["kind"] == "trace"] == [text], (
        "the previous scene shows the current graph"
    )
    sent.clear()
    cached_results = [reply["simplified"] for reply in ui.sessions.client._cache._replies["simplify"].values()]
    typeset_formulas, misses_before = [], cached_layout.cache_info().misses
    typesetter().formulaReady.connect(typeset_formulas.append)
    open_without_prefetch(ui, lessons, scene)
    typesetter().formulaReady.disconnect(typeset_formulas.append)
    session = ui.sessions.autodiff
    assert session.text == text == ui.graph("shownExpression")
    assert session.values[session.trace.output] == pytest.approx(output, rel=1e-6)
    assert kinds_sent(sent, "trace") == [], "the trace was prefetched"
    if simplified in cached_results:  # on a busy machine SymPy may not finish within its second
        assert kinds_sent(sent, "simplify") == [], "the simplified form was prefetched"
    assert cached_layout.cache_info().misses == misses_before
    labels = [ui.find("formulaView"), *ui.window.tab("autodiff").chain.formulas]
    shown_formulas = {latex for label in labels for latex, _ in label._displayed} | set(
        find_formulas(lessons.session.current.text)
    )
    if formulas is None:
        assert len(shown_formulas) >= 4
    else:
        assert shown_formulas == formulas
    assert not shown_formulas & set(typeset_formulas), "all formulas were typeset before"


def test_the_full_graph_of_the_next_scene_is_prefetched(ui, lessons, sent):
    open_and_prefetch(ui, lessons, 6)
    sent.clear()
    misses_before = cached_layout.cache_info().misses
    open_without_prefetch(ui, lessons, 7)
    assert ui.sessions.autodiff.depth == "full"
    assert kinds_sent(sent, "trace") == []
    assert cached_layout.cache_info().misses == misses_before


def test_going_back_and_forth_needs_no_trace_and_restores_the_scenes_values(ui, lessons, sent):
    open_and_prefetch(ui, lessons, 5)
    open_and_prefetch(ui, lessons, 6)
    session = ui.sessions.autodiff
    session.set_value("x", 2.0)
    ui.until(lambda: session.is_settled)
    assert session.values[session.trace.output] == np.float32(np.sin(12.0))
    sent.clear()
    for scene, value in ((5, np.sin(2.0)), (6, np.sin(0.75))):
        open_without_prefetch(ui, lessons, scene)
        assert session.values[session.trace.output] == pytest.approx(value, rel=1e-6)
    assert kinds_sent(sent, "trace") == []
    # The graph is still open, so that other values need no trace.
    session.set_value("x", 1.0)
    ui.until(lambda: session.is_settled)
    assert session.values[session.trace.output] == pytest.approx(np.sin(3.0), rel=1e-6)
    assert kinds_sent(sent, "values") == ["values"]


def test_an_earlier_expression_is_shown_from_the_cache(ui, sent):
    ui.complete("sin(x)+1")
    ui.complete("sin(x)+2")
    sent.clear()
    ui.complete("sin(x)+1")
    session = ui.sessions.autodiff
    assert session.values[session.trace.output] == np.float32(np.sin(1.0) + 1)
    assert kinds_sent(sent, "trace") == []
    ui.sessions.store.set("dtype", "float64")
    ui.until(lambda: session.is_settled and session.is_current)
    assert kinds_sent(sent, "trace") == ["trace"], "another precision needs another trace"
    assert session.values[session.trace.output] == np.sin(1.0) + 1


def test_typing_stops_prefetching_until_its_reply(ui, lessons, sent):
    lessons.session.open_key(KEY)
    lessons.session.go(4)
    ui.until(lambda: any(message.get("prefetch") for message in sent))
    ui.find("expressionEdit").setText("x*x")
    typed = sent[-1]
    assert (typed["kind"], typed["text"], typed.get("prefetch")) == ("trace", "x*x", None)
    ui.until(lambda: ui.window.isComplete("x*x"))
    later = sent[sent.index(typed) + 1 :]
    assert not any(message.get("prefetch") for message in later)
