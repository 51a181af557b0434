"""At 1280x720 everything is in sight, can be read, and stays where it is."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication

from explorer.core.graph.density import MIN_TEXT_PX
from explorer.views.graph import items
from tests.random_expressions import random_expressions

TOLERANCE_PX = 1

PARTS = ("graphView", "curvePanel", "inputsPanel", "methodScroll", "expressionEdit", "stepBar")

STEPPED = ("x*sin(x)", "(x+y)/(x*y)", "h = 2*x; log(h) + h^2*y", "x*y*z + exp(x/y)")


@pytest.fixture
def page(ui):
    ui.window.resize(1280, 720)
    ui.until(lambda: ui.window.width() == 1280 and ui.window.height() == 720)
    yield ui
    ui.window.set_presenting(False)


@pytest.fixture
def text_sizes(monkeypatch):
    """The sizes of the texts that items of a graph have painted, in pixels at zoom 1."""
    sizes = []
    fitted, elided = items._fitted, items._elided

    def record_fitted(*arguments):
        found = fitted(*arguments)
        sizes.append(found.pixelSize())
        return found

    def record_elided(text, pixels, available):
        sizes.append(items.font(items.SANS_FAMILY, pixels).pixelSize())
        return elided(text, pixels, available)

    monkeypatch.setattr(items, "_fitted", record_fitted)
    monkeypatch.setattr(items, "_elided", record_elided)
    return sizes


def place(ui, name):
    """Return the area of a widget in the window."""
    widget = ui.find(name)
    return QRect(widget.mapTo(ui.window, QPoint()), widget.size())


def places(ui):
    return {name: place(ui, name).getRect() for name in PARTS}


def check_whole_graph_can_be_read(page, text, text_sizes):
    page.complete(text)
    view = page.find("graphView")
    page.until(lambda: not view.isMoving)
    page.sessions.autodiff.stepper.last()
    text_sizes.clear()
    view.grab()
    area, zoom = view.viewport().rect(), view.transform().m11()
    for item in view._scene_items.boxes():
        box = view.mapFromScene(item.mapRectToScene(item.rect())).boundingRect()
        assert area.contains(box.adjusted(TOLERANCE_PX, TOLERANCE_PX, -TOLERANCE_PX, -TOLERANCE_PX)), item.box.id
    assert min(text_sizes) * zoom >= MIN_TEXT_PX - 0.05


@pytest.mark.parametrize("text", [*STEPPED, *random_expressions(16, range(5, 16), seed=5)])
def test_up_to_fifteen_ops_are_seen_whole_with_text_that_can_be_read(page, text, text_sizes):
    check_whole_graph_can_be_read(page, text, text_sizes)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        *random_expressions(120, range(1, 16), seed=6),
        *random_expressions(30, range(1, 16), seed=31),
        *random_expressions(30, range(15, 16), seed=32),
    ],
)
def test_many_expressions_are_seen_whole_with_text_that_can_be_read(page, text, text_sizes):
    check_whole_graph_can_be_read(page, text, text_sizes)


@pytest.mark.parametrize("text", STEPPED)
def test_nothing_moves_while_one_steps(page, text):
    page.complete(text)
    stepper = page.sessions.autodiff.stepper
    before = places(page)
    for _ in range(stepper.steps_total("backward")):
        stepper.step_forward()
        page.until(lambda: page.window.isComplete(text))
        assert places(page) == before
    window = page.window.rect()
    for name in ("curvePlot", "slider_x", "methodScroll", "chainRuleView"):
        shown = place(page, name)
        if name != "chainRuleView":  # its lower part may have to be scrolled to
            assert window.contains(shown), name
        assert page.find("autodiffSide").verticalScrollBar().maximum() == 0
        assert shown.intersects(place(page, "autodiffSide"))


def test_no_number_of_a_step_is_cut_off(page):
    page.complete("-0.00044721*(w2*tanh(w1*x+b1) + b2)")
    stepper, side, numbers = (
        page.sessions.autodiff.stepper,
        page.find("autodiffSide"),
        page.find("chainRuleView").numbers,
    )
    stepper.set_step(2)
    QApplication.processEvents()
    assert side.horizontalScrollBar().maximum() == 0
    texts = [label.text() for label in numbers.cells.values() if label.isVisible()]
    assert texts.count("−0.0004472") == 3
    assert {"to mul_1", "to b2"} < set(texts)  # not "to w2*tanh(w1*x+b1)", but the name on the graph


def test_the_step_is_shown_from_its_top(page):
    page.complete("(x+y)/(x*y)")
    bar = page.find("methodScroll").verticalScrollBar()
    page.sessions.autodiff.stepper.step_forward()
    page.until(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    page.sessions.autodiff.stepper.step_forward()
    page.until(lambda: bar.value() == 0)


def test_nothing_moves_when_a_message_comes_and_goes(page):
    page.complete("x*sin(x)+y")
    before = places(page)
    label, more = page.find("errorLabel"), page.find("messageMoreButton")
    page.find("expressionEdit").setText("x*sinn(x)+y")
    page.until(label.isVisible)
    assert places(page) == before
    page.complete("x*sin(x)+y")
    for notice in ("TensorFlow is starting again.", "TensorFlow is starting again. " * 20):
        page.sessions.autodiff.set_notice(notice)
        page.until(lambda notice=notice: label.isVisible() and label.text() == notice)
        assert places(page) == before
        if more.isVisible():
            assert label.geometry().bottom() < place(page, "passSwitch").top(), "no control is covered"
            page.click("messageMoreButton")
            assert places(page) == before
        assert label.height() >= label.heightForWidth(label.width()), "all of it is shown"
        page.sessions.autodiff.set_notice("")
        page.until(lambda: not label.isVisible())
        assert not more.isVisible()
        assert places(page) == before


def test_the_numbers_of_a_notice_are_written_as_on_the_graph(page):
    page.complete("(1-cos(x))/x^2")
    page.sessions.autodiff.set_value("x", 1e-4)
    page.sessions.autodiff.stepper.last()
    label = page.find("errorLabel")
    page.until(lambda: "float64" in label.text())
    assert "−1.7045×10⁻⁵ in float64" in label.text()


def test_nothing_moves_when_a_verdict_comes_and_goes(page):
    page.complete("x*sin(x)")
    stepper, prediction = page.sessions.autodiff.stepper, page.sessions.prediction
    height = page.find("graphView").height()
    stepper.set_quiz(True)
    stepper.step_forward()
    page.until(lambda: page.find("answerEdit").isVisible() and page.find("graphView").height() < height)
    before = places(page)
    prediction.check("17")
    page.until(lambda: page.find("hintLabel").isVisible() and bool(page.find("hintLabel").text()))
    page.window.grab()
    assert places(page) == before
    page.find("answerEdit").textEdited.emit("1")
    page.until(lambda: not page.find("hintLabel").text())
    page.window.grab()
    assert places(page) == before


@pytest.mark.parametrize("height", [720, 800])
def test_formulas_beside_a_long_sentence_can_be_read_while_presenting(page, height):
    text = (
        "W = [[1,2,3],[4,5,6],[7,8,9],[1,0,1],[2,2,2],[0,1,3]]; x = [0.123,0.456,-0.789]; b = 0.0123; mean((W@x+b)^2)"
    )
    page.complete(text)
    page.window.set_presenting(True)
    page.window.resize(1280, height)
    stepper = page.sessions.autodiff.stepper
    for _ in range(stepper.steps_total("backward")):
        stepper.step_forward()
        page.until(lambda: page.window.isComplete(text))
        page.window.grab()
        shown = [label for label in page.find("chainRuleView").formulas if label.isVisible()]
        assert all(label.height() >= 20 for label in shown), [label.height() for label in shown]


def test_nothing_moves_when_something_is_selected(page):
    page.complete("x*sin(x)+y")
    before = places(page)
    details, view = page.find("detailsStrip"), page.find("graphView")
    for name in ("Sin", "x", "add"):
        page.sessions.autodiff.select_node(name)
        page.until(details.isVisible)
        assert places(page) == before
        item = next(item for item in view._scene_items.boxes() if item.box.id == name)
        box = view.mapFromScene(item.sceneBoundingRect()).boundingRect()
        covered = QRect(details.mapTo(page.window, QPoint()), details.size())
        assert not covered.intersects(box.translated(view.mapTo(page.window, QPoint()))), "the op stays in sight"
    page.sessions.autodiff.clear_selection()
    page.until(lambda: not details.isVisible())
    assert places(page) == before


def test_nothing_moves_while_tensorflow_works_or_fails(page):
    page.complete("x*sin(x)")
    before = places(page)
    status = page.find("stateStrip")
    status.setState("failed", "TensorFlow could not be started.")
    page.until(status.isVisible)
    assert places(page) == before
    status.setState("ready", "")
    page.until(lambda: not status.isVisible())
    assert places(page) == before


@pytest.mark.parametrize("text", STEPPED)
def test_nothing_moves_while_presenting(page, text):
    page.complete(text)
    page.window.set_presenting(True)
    page.until(lambda: not page.find("chainRuleView").isHidden() and page.window.isComplete(text))
    stepper = page.sessions.autodiff.stepper
    before = [place(page, name) for name in ("graphView", "chainRuleView")]
    assert before[0].height() > 0.4 * page.window.height()
    for _ in range(stepper.steps_total("backward")):
        stepper.step_forward()
        page.until(lambda: page.window.isComplete(text))
        assert [place(page, name) for name in ("graphView", "chainRuleView")] == before


def test_the_height_of_a_formula_moves_nothing(page):
    page.complete("sin(x)")
    before = places(page)
    page.complete("1/(1+1/(1+1/(1+x)))")
    assert places(page) == before


@pytest.mark.parametrize("text", ["(-b+sqrt(b^2-4*a*c))/(2*a)", "x*sin(x)", "log(1+exp(-y*(w*x+b)))"])
@pytest.mark.parametrize("is_presenting", [False, True])
def test_the_legend_covers_neither_boxes_nor_wires_nor_texts(page, text, is_presenting):
    page.complete(text)
    page.window.set_presenting(is_presenting)
    page.window.resize(1280, 720)
    page.sessions.autodiff.stepper.last()
    view = page.find("graphView")
    page.until(lambda: page.window.isComplete(text) and not view.isMoving)
    view.grab()
    legend = view._overlays._legend.rect
    assert legend is None or not view.items(legend)
