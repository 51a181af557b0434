"""What the next scene shows is asked ahead, while nobody waits: then it only has to be shown."""

import numpy as np
import pytest

from explorer.core.lessons.formulas import find_formulas
from explorer.session.engine_client import client as engine_client
from explorer.views.graph.layout_cache import cached_layout
from explorer.views.lessons.controller import LessonController
from explorer.views.widgets.typesetter import typesetter

KEY = "05-chain-rule"


@pytest.fixture
def sent(monkeypatch):
    """What goes to the engine, as it goes."""
    messages = []
    pack = engine_client.pack

    def noted(message):
        messages.append(message)
        return pack(message)

    monkeypatch.setattr(engine_client, "pack", noted)
    return messages


@pytest.fixture
def lessons(ui):
    lessons = ui.window.part(LessonController)
    ui.complete("x+7")  # no scene's, so that the first one asks as well
    ui.sessions.client._cache.clear()
    lessons.set_visible(True)
    yield lessons
    lessons.session.close()
    lessons.set_visible(False)
    ui.sessions.store.set("lessons", {})


def stand(ui, lessons, scene, key=KEY):
    """Go to a scene, counted from 1, and stay until nothing is left to be asked ahead, or typeset."""
    if lessons.session.lesson is None:
        lessons.session.open_key(key)
    lessons.session.go(scene - 1)
    ui.until(lambda: lessons.is_complete and lessons.prefetcher.is_done and typesetter().is_idle)


def show(ui, lessons, scene):
    """Go to a scene, from which nothing is asked ahead: what is made then is made for this scene."""
    lessons.session.go(scene - 1)
    lessons.prefetcher._stop()
    ui.until(lambda: lessons.is_complete)


def asked(sent, *kinds):
    return [message["kind"] for message in sent if message["kind"] in kinds]


def test_the_next_scene_only_has_to_be_shown(ui, lessons, sent):
    stand(ui, lessons, 5)
    assert [message["text"] for message in sent if message.get("prefetch") and message["kind"] == "trace"] == [
        "sin(3*x^2)"
    ], "the scene before shows the graph that is there"
    sent.clear()
    before = [reply["simplified"] for reply in ui.sessions.client._cache._replies["simplify"].values()]
    made, layouts = [], cached_layout.cache_info().misses
    typesetter().formulaReady.connect(made.append)
    show(ui, lessons, 6)
    typesetter().formulaReady.disconnect(made.append)
    session = ui.sessions.autodiff
    assert session.text == "sin(3*x^2)" == ui.graph("shownExpression")
    assert session.values[session.trace.output] == np.float32(np.sin(0.75))
    assert asked(sent, "trace") == [], "TensorFlow was asked before"
    if "6*x*cos(3*x^2)" in before:  # on a busy machine SymPy may not have found it within its second
        assert asked(sent, "simplify") == [], "SymPy too"
    assert cached_layout.cache_info().misses == layouts
    labels = [ui.find("formulaView"), *ui.window.tab("autodiff").chain.formulas]
    shown = {latex for label in labels for latex, _ in label._displayed} | set(
        find_formulas(lessons.session.current.text)
    )
    assert len(shown) >= 3
    assert not shown & set(made), "every formula was typeset before"


def test_also_the_whole_graph_and_what_comes_at_a_last_step(ui, lessons, sent):
    stand(ui, lessons, 6)
    sent.clear()
    layouts = cached_layout.cache_info().misses
    show(ui, lessons, 7)
    assert ui.sessions.autodiff.depth == "full"
    assert asked(sent, "trace") == []
    assert cached_layout.cache_info().misses == layouts


def test_back_and_on_again_asks_nothing_and_shows_the_values_of_the_scene(ui, lessons, sent):
    stand(ui, lessons, 5)
    stand(ui, lessons, 6)
    session = ui.sessions.autodiff
    session.set_value("x", 2.0)
    ui.until(lambda: session.is_settled)
    assert session.values[session.trace.output] == np.float32(np.sin(12.0))
    sent.clear()
    for scene, value in ((5, np.sin(2.0)), (6, np.sin(0.75))):
        show(ui, lessons, scene)
        assert session.values[session.trace.output] == pytest.approx(value, rel=1e-6)
    assert asked(sent, "trace") == []
    # The graph is one that lives: it has other values as soon as they are asked for.
    session.set_value("x", 1.0)
    ui.until(lambda: session.is_settled)
    assert session.values[session.trace.output] == pytest.approx(np.sin(3.0), rel=1e-6)
    assert asked(sent, "values") == ["values"]


def test_a_text_that_was_there_before_is_shown_without_asking(ui, sent):
    ui.complete("sin(x)+1")
    ui.complete("sin(x)+2")
    sent.clear()
    ui.complete("sin(x)+1")
    session = ui.sessions.autodiff
    assert session.values[session.trace.output] == np.float32(np.sin(1.0) + 1)
    assert asked(sent, "trace") == []
    ui.sessions.store.set("dtype", "float64")
    ui.until(lambda: session.is_settled and session.is_current)
    assert asked(sent, "trace") == ["trace"], "another precision is another question"
    assert session.values[session.trace.output] == np.sin(1.0) + 1


def test_whoever_types_is_answered_and_nothing_is_asked_ahead_meanwhile(ui, lessons, sent):
    lessons.session.open_key(KEY)
    lessons.session.go(4)
    ui.until(lambda: any(message.get("prefetch") for message in sent))
    ui.find("expressionEdit").setText("x*x")
    typed = sent[-1]
    assert (typed["kind"], typed["text"], typed.get("prefetch")) == ("trace", "x*x", None)
    ui.until(lambda: ui.window.isComplete("x*x"))
    later = sent[sent.index(typed) + 1 :]
    assert not any(message.get("prefetch") for message in later)
