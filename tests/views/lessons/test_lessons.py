"""After each scene of each lesson the window shows what the file says, checked against independent oracles."""

import math
import re
from pathlib import Path

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from explorer.core.data.dataset import load_sample
from explorer.core.latex_to_svg import typeset
from explorer.core.lessons.lesson import Scene, load_lesson
from explorer.core.lessons.markdown_parts import find_formulas
from explorer.core.lessons.value_text import FAILED, PENDING, find_values
from explorer.core.models.architecture import build_layer_specs
from explorer.core.protocol.models import NETWORK_INFO
from explorer.core.resources import resource_path
from explorer.core.training.settings import run_settings
from explorer.views.graph.items import BoxItem
from explorer.views.lessons.controller import LessonController

FILES = sorted(resource_path("lessons").glob("*.md"))
LESSONS = {path.stem: load_lesson(path, path.stem) for path in FILES}
TRAINING = {name for name, lesson in LESSONS.items() if any("train" in scene.view_keys for scene in lesson.scenes)}


@pytest.fixture
def lessons(ui):
    ui.window.resize(1280, 720)
    yield ui.window.part(LessonController)
    ui.window.part(LessonController).session.close()
    ui.window.part(LessonController).set_visible(False)
    ui.window.tabs.setCurrentIndex(0)
    ui.sessions.store.set("lessons", {})
    ui.sessions.store.set("lesson_marks", {})


def open_scene(ui, lessons, key, scene):
    """Open a scene, wait until it is complete and return it."""
    lessons.set_visible(True)
    if lessons.session.lesson is None or lessons.session.lesson.key != key:
        lessons.session.open_key(key)
    lessons.session.go(scene)
    ui.until(lambda: lessons.is_complete)
    return lessons.session.current


TERMS = {"Softmax", "Adam"}
"""Words in italics that begin with a capital and name no control."""


def test_every_control_that_a_text_names_is_there(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(4)
    ui.until(lambda: lessons.is_complete)
    window = ui.window
    buttons = {button.text() for button in window.findChildren(QAbstractButton)}
    actions = {action.text() for action in window.findChildren(QAction)}
    tabs = {window.tabs.tabText(index) for index in range(window.tabs.count())}
    known = {name.replace("&", "") for name in buttons | actions | tabs}
    for lesson in LESSONS.values():
        for scene in lesson.scenes:
            for text in (scene.text, scene.notes):
                for name in re.findall(r"(?<!\*)\*([A-Z][^*]*)\*(?!\*)", text):
                    assert name in known | TERMS, f"{scene.title}: {name}"


def test_there_are_twenty_lessons():
    assert [path.stem[:2] for path in FILES] == [f"{number:02}" for number in range(1, 21)]
    assert all(len(lesson.scenes) >= 4 for lesson in LESSONS.values())


@pytest.mark.parametrize("key", LESSONS)
def test_every_scene_changes_the_window_and_has_text_and_notes(key):
    lesson = LESSONS[key]
    for before, after in zip(lesson.scenes, lesson.scenes[1:], strict=False):
        has_exercise = after.exercise is not None
        assert has_exercise or before.view_state != after.view_state, f"{after.title} shows the same as {before.title}"
    assert len({scene.title for scene in lesson.scenes}) == len(lesson.scenes)
    states = {repr(sorted(scene.view_state.items(), key=str)) for scene in lesson.scenes}
    assert len(states) >= 4
    for scene in lesson.scenes:
        assert scene.notes
        assert 60 < len(scene.text) < 700, scene.title
        for latex in find_formulas(scene.text) + find_formulas(scene.notes):
            assert typeset(latex) is not None, latex


def shifted(z):
    """Return scores with 0 as the largest, whose softmax is the same and does not overflow."""
    return z - np.max(z)


def expected_value(text, point, dtype):
    """Return the output that NumPy computes from the expression's text."""
    names = {name: getattr(np, name) for name in ("sin", "cos", "exp", "log", "sqrt", "maximum", "array")}
    names |= {
        "relu": lambda x: np.maximum(x, 0), "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "max": np.maximum,
        "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x), "dot": np.dot, "sum": np.sum,
        "softmax": lambda z: np.exp(shifted(z)) / np.sum(np.exp(shifted(z))),
        "log_softmax": lambda z: shifted(z) - np.log(np.sum(np.exp(shifted(z)))),
        **{name: np.asarray(eval(str(value).replace("pi", "math.pi")), dtype) for name, value in point.items()},
    }  # fmt: skip
    *statements, last = [part.strip() for part in text.split(";")]
    for statement in statements:
        name, _, expression = statement.partition("=")
        names.setdefault(name.strip(), evaluate_numpy(expression, names))
    return evaluate_numpy(last.partition("=")[2] or last, names)


def evaluate_numpy(text, names):
    """Return the value of an expression, given the values of its names."""
    text = re.sub(r"(\[[-\d.,\[\] ]*\])", r"array(\1)", text.replace("^", "**"))
    with np.errstate(divide="ignore"):  # a scene shows log(0)
        return np.asarray(eval(text, {"__builtins__": {}}, names))


COVERED = {"pass": "forward", "step": "last", "select": "", "hide": False, "first": False, "second": False}
"""Keys of a scene while its exercise asks for a gradient: the end of the forward pass, without f′."""


def assert_expression(ui, scene):
    view, session = scene.view_state, ui.sessions.autodiff
    if session.stepper.covered:
        assert scene.exercise.kind in ("gradient", "derivative")
        view = {**view, **COVERED}
    assert ui.graph("shownExpression") == view["expression"]
    assert session.stepper.pass_ == view["pass"]
    total = session.stepper.steps_total(view["pass"])
    step = total if view["step"] == "last" else view["step"]
    assert total > 0
    assert ui.graph("shownStep") == step
    assert session.depth == view["depth"]
    expected = "" if session.selection is None else session.selection[1]
    assert expected == view["select"]
    assert ui.find("detailsStrip").isVisible() == bool(view["select"])
    assert (ui.find("curvePanel").isVisible(), ui.find("inputsPanel").isVisible()) == (
        "plot" in view["panels"],
        "inputs" in view["panels"],
    )
    expected_output = expected_value(view["expression"], view["at"], view["dtype"])
    output = session.values[session.trace.output]
    assert session.trace.dtype == view["dtype"]
    if view["at"].get("h") == 1e-7 and view["dtype"] == "float32":
        assert abs(output - math.cos(1)) > 0.05  # the scene shows rounding errors
    else:
        quotient = "- sin(x)" in view["expression"]
        np.testing.assert_allclose(output, expected_output, rtol=2e-4 if quotient else 1e-5, atol=1e-6)
    hidden = session.stepper.hidden_tensors()
    if view["pass"] == "forward":
        assert (session.trace.output in ui.values) == (step == total and session.trace.output not in hidden)
    if ui.sessions.curve.variable is not None:
        low, high = (float(evaluate_numpy(str(end), {"pi": math.pi})) for end in view["range"])
        assert (ui.sessions.curve.low, ui.sessions.curve.high) == pytest.approx((low, high))
        assert ui.find("curvePlot").property("shownCurves")["f"] == view["points"]
        is_hidden = view["hide"] and view["pass"] == "backward"  # the plot would reveal the answer
        assert ("f′" in ui.find("curvePlot").property("shownCurves")) == (view["first"] and not is_hidden)
        assert ("f″" in ui.find("curvePlot").property("shownCurves")) == (view["second"] and not is_hidden)
        assert ("g" in ui.find("curvePlot").property("shownCurves")) == bool(view["overlay"])


def assert_numbers(values, scene):
    """Each number in the texts of a scene is known, also those of hints."""
    for text in scene.texts:
        shown = values.markdown(text)
        assert "{{" not in re.sub(r"`[^`]*`", "", shown)
        for source in find_values(text):
            assert values.plain("{{ " + source + " }}") not in (PENDING, FAILED), source


CODE_WORDS = {"grad", "float32", "y", "Tensor", "Operation", "True", "CPU", "GPU", "GradientTape"}
"""Words of code in the texts that are no op of a graph."""


def assert_names(session, scene):
    """The ops and tensors that a text names are in the graph of its scene."""
    trace = session.trace
    ops = [*trace.nodes, *trace.gradient_nodes]
    ids = {op.id for op in ops} | {name for op in ops for name, _ in getattr(op, "folded", ())}
    known = {*ids, *(op.type for op in ops), *trace.variables, *CODE_WORDS}
    for text in scene.texts:
        for name in re.findall(r"`([A-Za-z]\w*(?:/\w+)*)(?::\d+)?`", text):
            assert name in known or any(op.endswith(f"/{name}") for op in ids), f"{scene.title} names {name}"


def cut_boxes(ui):
    """Return the boxes that are not in view as a whole, or below the details of the selected op."""
    view, details = ui.find("graphView"), ui.find("detailsStrip")
    area = view.viewport().rect()
    if details.isVisible():
        area.setBottom(details.mapToGlobal(QPoint(0, 0)).y() - view.viewport().mapToGlobal(QPoint(0, 0)).y())
    boxes = [item for item in view.scene().items() if isinstance(item, BoxItem) and item.isVisible()]
    assert boxes
    places = {item.box.id: view.mapFromScene(item.mapRectToScene(item.rect())).boundingRect() for item in boxes}
    return [name for name, place in places.items() if not area.adjusted(-2, -2, 2, 2).contains(place)]


def assert_data(ui, scene):
    view, data = scene.view_state, ui.sessions.data
    digits = load_sample()
    y = digits.y_train if view["part"] == "train" else digits.y_validation
    indices = np.flatnonzero(y == view["digit"]) if "digit" in view else np.arange(len(y))
    ui.until(lambda: data.page["start"] == data.page_start and data.index == view["image"])
    page, position = data.page, view["image"] - data.page_start
    assert page["numbers"][position] == indices[view["image"]]
    assert page["labels"][position] == y[indices[view["image"]]]


def assert_network(ui, scene):
    view, window = scene.view_state, ui.window
    expected = run_settings(**view["train"])
    run = window.sessions.training.run
    assert run.settings["model"] == expected["model"]
    assert len(run.epochs) == expected["epochs"]
    kinds = [layer.kind for layer in build_layer_specs(expected)]
    assert [layer["type"] for layer in window.sessions.current_network.layers] == kinds
    if view["tab"] == "training":
        assert window.tab("training").property("trainingState") == "finished"
        assert ui.find("epochsSpin").value() == expected["epochs"]
    if view["tab"] == "network":
        graph = window.sessions.network_graph.state
        assert (graph.source, graph.pending_title, graph.step) == ("run", "", 0)
        loss = float(re.sub(r"<.*?>|loss", "", ui.find("lossValue").text()))
        assert loss < 1.0  # that of the network in training: a new one has about ln(10) = 2.3
    if view["tab"] == "weights":
        assert (
            ui.find("weightsView").property("shownLayer")
            == window.sessions.current_network.layers[view["layer"]]["name"]
        )
        step = window.sessions.weights.shown["step"]
        assert step == (view["moment"] if view["moment"] != "last" else window.sessions.current_network.steps[-1])
    if view["tab"] == "activations":
        label = load_sample().y_validation[view["image"]]
        assert window.sessions.activations.label == label
        assert ui.find("sampleSpin").value() == view["image"]
        assert len(ui.find("predictionBars").property("probabilities")) == 10
        if "unit" in view:
            ui.until(lambda: window.sessions.activations.unit is not None)
            assert window.sessions.activations.selected == (view["unit"][0], tuple(view["unit"][1:]))
        if "output" in view:
            ui.until(lambda: window.sessions.activations.gradient_output == view["output"])


def check_lesson(ui, lessons, key):
    """Check the window after each scene of a lesson."""
    lesson = LESSONS[key]
    for number in range(len(lesson.scenes)):
        scene = open_scene(ui, lessons, key, number)
        panel = lessons.panel
        assert (panel.property("lesson"), panel.property("scene")) == (key, number + 1)
        tab = ui.window.tabs.tabText(ui.window.tabs.currentIndex()).lower()
        assert tab == scene.view_state["tab"]
        assert ui.find("sceneTitle").text() == scene.title
        first = re.split(r"[*`${]", scene.text)[0].split()
        assert " ".join(first) in " ".join(ui.find("lessonText").toPlainText().split())
        assert ui.find("answerStrip").isVisible() == (scene.exercise is not None)
        assert lessons.session.setter.message == ""
        assert ui.sessions.autodiff.error is None
        assert_numbers(lessons.session.values, scene)
        if ui.sessions.autodiff.stepper.covered and tab == "autodiff":
            assert ui.sessions.autodiff.stepper.pass_ == "forward"  # the backward pass would tell the answer
            ui.sessions.prediction.reveal()
            ui.until(lambda: lessons.is_complete and not ui.sessions.autodiff.stepper.covered)
        if tab == "autodiff":
            assert_expression(ui, scene)
            ui.until(lambda: cut_boxes(ui) == [])
            assert_names(ui.sessions.autodiff, scene)
        elif tab == "data":
            assert_data(ui, scene)
        if "train" in scene.view_state:
            assert_network(ui, scene)
    assert lessons.session.progress(key) == len(lesson.scenes) - 1
    assert not ui.find("lessonNextButton").isEnabled()


@pytest.mark.parametrize("key", [key for key in LESSONS if key not in TRAINING])
def test_all_scenes_of_a_lesson(ui, lessons, key):
    check_lesson(ui, lessons, key)


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(TRAINING))
def test_all_scenes_of_a_lesson_that_trains(ui, lessons, key):
    check_lesson(ui, lessons, key)


def test_a_scene_waits_for_the_network_of_its_own_run(ui, lessons, monkeypatch):
    """Its run finishes before the engine has described the network."""
    window, setter = ui.window, lessons.session.setter
    network, training = window.sessions.current_network, window.sessions.training
    training.start(run_settings(model="logistic", epochs=1), "sample")
    ui.until(lambda: training.state == "finished" and network.number > 0 and not network.is_expected)
    delayed, request = [], window.sessions.client.request

    def delay_network_info(kind, payload, on_reply, **options):
        handler = (lambda reply: delayed.append((on_reply, reply))) if kind is NETWORK_INFO else on_reply
        request(kind, payload, handler, **options)

    monkeypatch.setattr(window.sessions.client, "request", delay_network_info)
    view_keys = {"tab": "weights", "train": {"model": "mlp", "epochs": 1}, "layer": 2}
    setter.set(Scene("Later", "", view_keys=view_keys), Path())
    ui.until(lambda: training.state == "finished" and bool(delayed))
    assert [layer["type"] for layer in network.layers] == ["Flatten", "Dense"]
    assert not setter.is_set
    for on_reply, reply in delayed:
        on_reply(reply)
    assert setter.is_set
    assert [layer["type"] for layer in network.layers] == ["Flatten", "Dense", "Dense"]
    assert window.sessions.weights.layer == 2
    ui.forget_runs()


# -- exercises --------------------------------------------------------------------------------------

EXERCISES = [
    (key, number)
    for key, lesson in LESSONS.items()
    for number, scene in enumerate(lesson.scenes)
    if scene.exercise is not None
]

EXPECTED_HINTS = {
    ("03-derivative-of-2x", "x"): "factor",
    ("03-derivative-of-2x", "-2"): "sign",
    ("04-sine", "-cos(x)"): "sign",
    ("05-chain-rule", "x"): "factor",
    ("05-chain-rule", "cos(3*x^2)*2*x"): "inner",
    ("05-chain-rule", "6*x"): "outer",
    ("05-chain-rule", "-6*x*cos(3*x^2)"): "sign",
    ("11-inside-a-trained-network", "sigmoid(w*x + b)*(1 - sigmoid(w*x + b))"): "inner",
    ("11-inside-a-trained-network", "-w*sigmoid(w*x + b)*(1 - sigmoid(w*x + b))"): "sign",
    ("12-fan-out", "2*x"): "sum",
    ("12-fan-out", "cos(x)"): "sum",
    ("12-fan-out", "-2*x - cos(x)"): "sign",
    ("13-deep-sigmoid", "-sigmoid(x)*(1 - sigmoid(x))"): "sign",
    ("15-float32", "-3*x^2"): "sign",
    ("18-gradient-descent", "1/(2*sqrt(1 + x^2))"): "inner",
}
"""Kind of hint that the program itself must give for a foreseen mistake without a message in the lesson."""

HINT_WORDS = {
    "factor": "other factor",
    "sign": "sign",
    "inner": "inner derivative",
    "outer": "outermost",
    "sum": "add up",
}


def answer(ui, text):
    """Check an answer and return (verdict, hint)."""
    ui.find("answerEdit").setText(text)
    ui.click("checkAnswerButton")
    predict = ui.sessions.prediction
    ui.until(lambda: predict.verdict not in ("", "asking"))
    return predict.verdict, ui.find("hintLabel").text()


def right_answer(ui, scene):
    exercise = scene.exercise
    if exercise.kind == "label":
        return str(load_sample().y_train[scene.view_state["image"]])
    return exercise.solution


def check_exercise(ui, lessons, key, number):
    """Give each foreseen wrong answer, then the right one."""
    scene = open_scene(ui, lessons, key, number)
    for row in scene.exercise.foreseen_mistakes:
        verdict, hint = answer(ui, row.answer)
        assert verdict == "wrong", row.answer
        if row.message:
            assert hint == f"✗ {lessons.session.values.plain(row.message)}"
            assert "{{" not in hint
        else:
            kind = EXPECTED_HINTS[key, row.answer]
            assert ui.sessions.prediction.hint_kind == kind
            assert HINT_WORDS[kind] in hint
    verdict, hint = answer(ui, right_answer(ui, scene))
    assert verdict == "right", hint
    assert hint.startswith("✓ Right")
    if scene.exercise.kind in ("gradient", "derivative"):
        assert not ui.sessions.autodiff.stepper.covered
        if scene.view_state["tab"] == "autodiff":
            ui.until(lambda: ui.window.isComplete(scene.view_state["expression"]))
            assert_expression(ui, scene)  # everything that was covered is shown


@pytest.mark.parametrize(("key", "number"), [each for each in EXERCISES if each[0] not in TRAINING])
def test_wrong_and_right_answers_of_an_exercise(ui, lessons, key, number):
    check_exercise(ui, lessons, key, number)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "number"), [each for each in EXERCISES if each[0] in TRAINING])
def test_wrong_and_right_answers_of_an_exercise_of_a_lesson_that_trains(ui, lessons, key, number):
    check_exercise(ui, lessons, key, number)


def test_every_lesson_has_an_exercise():
    assert {key for key, _ in EXERCISES} == set(LESSONS)
    assert {key for key, _ in EXPECTED_HINTS} <= {key for key, _ in EXERCISES}


@pytest.mark.slow
def test_all_lessons_in_a_row_need_little_memory(ui, lessons):
    open_scene(ui, lessons, "05-chain-rule", 0)
    before = psutil.Process().memory_info().rss
    for key, lesson in LESSONS.items():
        for number in range(len(lesson.scenes)):
            open_scene(ui, lessons, key, number)
    assert psutil.Process().memory_info().rss - before < 50e6
