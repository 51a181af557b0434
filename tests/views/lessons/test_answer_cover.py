"""No exercise stands beside its own answer: nothing in the window tells it before it was answered, then all does."""

import re

import numpy as np
import pytest

from explorer.core.lessons.lesson import load_lesson
from explorer.core.resources import resource_path
from explorer.session.autodiff.stepper import COVERED
from explorer.views.lessons.controller import LessonController
from tests.views.lessons.visible_texts import leaks, tainted, visible_texts

SCENES = [
    (path.stem, index, scene.exercise.kind, "train" in scene.view_keys)
    for path in sorted(resource_path("lessons").glob("*.md"))
    for index, scene in enumerate(load_lesson(path).scenes)
    if scene.exercise is not None
]
GRADIENTS = [(key, index) for key, index, kind, _ in SCENES if kind in ("gradient", "derivative")]
STEPS = [(key, index) for key, index, kind, trains in SCENES if kind == "next" and not trains]


@pytest.fixture
def lessons(ui):
    ui.window.resize(1280, 720)
    controller = ui.window.part(LessonController)
    controller.set_visible(True)
    yield controller
    if ui.window.is_presenting:
        ui.window.set_presenting(False)
    controller.session.close()
    controller.set_visible(False)
    ui.sessions.practice.end()
    ui.sessions.autodiff.stepper.set_quiz(False)
    ui.sessions.store.set("lessons", {})
    ui.sessions.store.set("lesson_marks", {})


def open_scene(ui, lessons, key, index):
    lessons.session.open_key(key)
    lessons.session.go(index)
    ui.until(lambda: lessons.is_complete and ui.sessions.prediction.question)


def gradient_tensors(trace):
    """Return all tensors that have to do with the backward pass."""
    return set(trace.fetches) - {node.tensor for node in trace.nodes}


def taint(session, tensors):
    """Give some tensors numbers that occur nowhere else, and let all views show them if they show these tensors."""
    session.values = tainted(session.values, tensors)
    session.valuesChanged.emit(session.values)


def plain(text):
    return re.sub(r"[\s*·]", "", text)


def telling_formulas(trace, simplified, solution):
    """Return the formulas of the gradients, without those that the expression itself has and those of a single sign."""
    found = [solution, *(info.chain or "" for info in trace.gradients.values()), *(simplified.values())]
    formulas = {plain(text) for text in found if text}
    return {text for text in formulas if len(text) > 2 and text not in plain(trace.expression)}


@pytest.mark.parametrize("presented", [False, True], ids=["window", "presented"])
@pytest.mark.parametrize(("key", "index"), GRADIENTS)
def test_nothing_tells_a_gradient_before_it_is_answered(ui, lessons, key, index, presented):
    open_scene(ui, lessons, key, index)
    session = ui.sessions.autodiff
    if presented:
        ui.window.set_presenting(True)
    exercise = lessons.session.current.exercise
    trace = session.trace
    solution = exercise.solution
    for method in ("chain", "forward", "paths"):
        ui.sessions.methods.set_method(method)
        taint(session, gradient_tensors(trace))
        texts = visible_texts(ui.window)
        assert leaks(texts) == []
        told = telling_formulas(trace, session.simplified, solution)
        beside = [text for text in texts if any(formula in plain(text) for formula in told)]
        assert beside == [], told
    assert set(ui.graph("shownValues")) <= {node.tensor for node in trace.nodes}
    assert not {"f′", "f″"} & shown_curves(ui)
    assert not any(ui.find(name).isEnabled() for name in ("claimEdit", "claimButton", "secondDerivativeButton"))
    assert not ui.find("againButton").isEnabled()
    ui.sessions.methods.set_method("chain")
    ui.sessions.prediction.reveal()
    session.stepper.last()
    taint(session, gradient_tensors(trace))
    assert leaks(visible_texts(ui.window))  # so that the walk above would have found them


def shown_curves(ui):
    """Return the names of the curves in the plot."""
    return set(ui.find("curvePlot").property("shownCurves"))


def test_the_backward_pass_and_the_whole_graph_are_refused_and_come_with_the_answer(ui, lessons):
    key, index = next((key, index) for key, index in GRADIENTS if key.startswith("04"))
    open_scene(ui, lessons, key, index)
    session, view = ui.sessions.autodiff, lessons.session.current.view_state
    messages = []
    session.refused.connect(messages.append)
    session.stepper.set_pass("backward")
    assert (session.stepper.pass_, messages) == ("forward", [COVERED])
    session.set_depth("full")
    assert session.shown_depth == "concept"
    session.set_depth(view["depth"])
    ui.sessions.prediction.check("1 + 1")
    ui.until(lambda: ui.sessions.prediction.verdict == "wrong")
    assert session.stepper.covered
    assert re.search(r"f′ is [−\d]", " ".join(visible_texts(ui.window))) is None
    ui.sessions.prediction.check(lessons.session.current.exercise.solution)
    ui.until(lambda: ui.sessions.prediction.verdict == "right")
    assert not session.stepper.covered
    assert (session.stepper.pass_, session.stepper.step) == (view["pass"], view["step"])
    assert "f′" in shown_curves(ui) or not ui.sessions.curve.first
    session.refused.disconnect(messages.append)
    lessons.session.back()
    lessons.session.next()
    ui.until(lambda: lessons.is_complete)
    assert session.stepper.covered  # it is asked again


def test_reveal_shows_what_was_covered_and_closing_the_lesson_too(ui, lessons):
    key, index = GRADIENTS[0]
    open_scene(ui, lessons, key, index)
    ui.sessions.prediction.reveal()
    assert not ui.sessions.autodiff.stepper.covered
    lessons.session.restore_scene()
    assert ui.sessions.autodiff.stepper.covered
    lessons.session.close()
    assert not ui.sessions.autodiff.stepper.covered


@pytest.mark.parametrize(("key", "index"), STEPS)
def test_nothing_tells_the_next_number_of_a_step(ui, lessons, key, index):
    open_scene(ui, lessons, key, index)
    check_questions(ui, 12)


@pytest.mark.parametrize("level", range(1, 7))
def test_nothing_tells_the_numbers_of_practice(ui, lessons, level):
    lessons.set_visible(False)
    number = int(np.random.default_rng(level).integers(1, 9999))
    ui.sessions.practice.begin(level, number)
    ui.until(lambda: ui.sessions.prediction.question and ui.window.isComplete(ui.sessions.practice.exercise.text))
    check_questions(ui, 4)


def check_questions(ui, count):
    """Reveal one number after the other; before each, the window tells none of those that are hidden."""
    prediction, session = ui.sessions.prediction, ui.sessions.autodiff
    asked = 0
    while prediction.question and asked < count:
        values = session.values
        stepper = session.stepper
        steps = stepper.trace.steps[: stepper.step] if stepper.pass_ == "backward" else ()
        arrived = {step.upstream_tensor for step in steps}  # what an op passes on unchanged is known where it arrives
        taint(session, (stepper.hidden_tensors() | tensors_of_later_steps(stepper)) - arrived)
        assert leaks(visible_texts(ui.window)) == [], prediction.question
        assert "f′" not in shown_curves(ui) or session.stepper.pass_ == "forward"
        session.values = values
        session.valuesChanged.emit(values)
        asked += 1
        prediction.reveal()
        ui.sessions.practice._skip_done_steps()
    assert asked


def tensors_of_later_steps(stepper):
    """Return the gradients and local derivatives of steps that are still to come."""
    if stepper.pass_ == "forward":
        return set()
    done, later = set(), set()
    for number, step in enumerate(stepper.trace.steps, 1):
        slots = {name for slot in step.inputs for name in (slot.gradient_tensor, slot.local_tensor) if name}
        (done if number <= stepper.step else later).update(slots)
    return later - done - set(stepper.trace.nodes_by_tensor)


LABELS = [(key, index) for key, index, kind, _ in SCENES if kind == "label"]


@pytest.mark.parametrize(("key", "index"), LABELS)
def test_nothing_tells_the_label_of_an_image(ui, lessons, key, index):
    open_scene(ui, lessons, key, index)
    data = ui.sessions.data
    ui.until(lambda: data.is_up_to_date)
    page = data.page
    answer = data.index - data.page_start
    before = visible_texts(ui.window)
    page["labels"] = np.array(page["labels"])
    page["labels"][answer] = (int(page["labels"][answer]) + 1) % 10
    data.pageChanged.emit(page)
    data.selected.emit(answer)
    assert visible_texts(ui.window) == before  # what is shown does not depend on the label
    ui.sessions.prediction.reveal()
    assert visible_texts(ui.window) != before


@pytest.mark.parametrize(("key", "index"), [(key, index) for key, index, kind, _ in SCENES if kind == "parameters"])
@pytest.mark.slow
def test_nothing_tells_the_number_of_parameters(ui, lessons, key, index):
    open_scene(ui, lessons, key, index)
    count = f"{ui.sessions.current_network.info['parameters']:,}"
    for tab in ("training", "weights", "activations"):
        ui.window.show_tab(tab)
        assert [text for text in visible_texts(ui.window) if count in text] == []
    ui.sessions.prediction.reveal()
    ui.window.show_tab("training")
    assert [text for text in visible_texts(ui.window) if count in text] != []
