"""In present mode the graph has a fair share of a small screen, whatever else the class reads."""

import pytest
from PySide6.QtCore import QPoint, QRect

from explorer.views.lessons.controller import LessonController
from explorer.views.practice.practice import PracticeController
from explorer.views.presenting.presenter import PresentationController
from tests.views.shell.test_large_fonts import settled_layout_problems

SIZES = [(1024, 600), (1024, 768), (1280, 720)]


def open_exercise(ui, what):
    window = ui.window
    predict = window.sessions.prediction
    match what:
        case "lesson":
            window.part(LessonController).set_visible(True)
            window.part(LessonController).session.open_key("05-chain-rule")
            scenes = window.part(LessonController).session.lesson.scenes
            window.part(LessonController).session.go(
                next(index for index, scene in enumerate(scenes) if scene.exercise is not None)
            )
            ui.until(lambda: window.part(LessonController).is_complete)
        case "practice":
            window.part(PracticeController).begin(5, 17)
            ui.until(lambda: bool(predict.question) and not window.sessions.practice._is_opening)
        case "mistake":
            window.sessions.find_mistake.begin(42)
            ui.until(lambda: window.sessions.find_mistake.is_ready)
    if what != "mistake":
        predict.check("17")  # wrong: a hint follows
        ui.until(lambda: bool(predict.message))


@pytest.fixture
def presented(ui):
    yield ui
    window = ui.window
    window.set_presenting(False)
    window.sessions.practice.end()
    window.sessions.find_mistake.end()
    window.part(LessonController).session.close()
    window.part(LessonController).set_visible(False)
    window.sessions.store.set("lessons", {})
    window.sessions.store.set("scale", 1.0)
    window.resize(1280, 720)


def in_sight(window, widget):
    """The part of a widget that is seen without scrolling, within the window."""
    place = QRect(QPoint(), widget.size())
    child = widget
    while child is not window:
        place = QRect(child.mapToParent(place.topLeft()), place.size()).intersected(child.parentWidget().rect())
        child = child.parentWidget()
    return place


@pytest.mark.parametrize("scale", [1.0, *(pytest.param(scale, marks=pytest.mark.slow) for scale in (1.5, 2.0)), 3.0])
@pytest.mark.parametrize("what", ["lesson", "practice", "mistake"])
def test_the_graph_has_a_third_of_the_height(presented, what, scale):
    ui, window = presented, presented.window
    window.sessions.store.set("scale", scale)
    window.resize(1024, 600)
    open_exercise(ui, what)
    window.part(PresentationController).toggle()
    found = {}
    for width, height in SIZES:
        window.setWindowState(window._state_before)  # a screen of this size
        window.resize(width, height)
        found[width, height] = settled_layout_problems(window)
        graph = in_sight(window, ui.find("graphView"))
        assert graph.height() >= window.height() / 3 or scale > 1.5, (width, height, graph)
        assert ui.find("graphView").height() >= window.height() / 3
        if what != "mistake" and scale < 2:
            field = ui.find("answerEdit")
            assert in_sight(window, field).size() == field.size(), (width, height)
    assert {size: sentences for size, sentences in found.items() if sentences} == {}


def test_exercises_stand_beside_the_graph_and_below_it_again(presented):
    ui, window = presented, presented.window
    window.resize(1024, 600)
    open_exercise(ui, "practice")
    graph, strip = ui.find("graphView"), ui.find("practiceStrip")

    def left_of(part):
        return part.mapTo(window, QPoint()).x()

    ui.until(lambda: left_of(strip) < left_of(graph) + 20)
    window.part(PresentationController).toggle()
    window.setWindowState(window._state_before)
    window.resize(1024, 600)
    ui.until(lambda: left_of(strip) >= left_of(graph) + graph.width())
    assert not ui.find("practiceLevelCombo").isVisible()
    assert ui.find("practiceScoreLabel").text().startswith("Level 5, no. 17. ")
    window.sessions.practice.end()
    ui.until(lambda: graph.width() > 0.9 * window.width())  # nothing is left beside it
    window.part(PresentationController).toggle()
    open_exercise(ui, "practice")
    ui.until(lambda: left_of(strip) < left_of(graph) + 20)
    assert ui.find("practiceLevelCombo").isVisible()
    assert not ui.find("practiceScoreLabel").text().startswith("Level")


def test_the_question_comes_first_also_after_a_lesson(presented):
    ui, window = presented, presented.window
    open_exercise(ui, "lesson")  # it takes the question along
    window.part(LessonController).session.close()
    window.part(LessonController).set_visible(False)
    open_exercise(ui, "practice")
    ui.until(lambda: ui.find("answerStrip").y() < ui.find("practiceStrip").y())
