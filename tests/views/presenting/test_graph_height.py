"""In present mode the graph has a third of a small screen's height beside a lesson or an exercise."""

import pytest
from PySide6.QtCore import QPoint, QRect

from explorer.views.lessons.controller import LessonController
from explorer.views.practice.practice import PracticeController
from explorer.views.presenting.presenter import PresentationController
from tests.views.shell.test_large_fonts import settled_layout_problems

SIZES = [(1024, 600), (1024, 768), (1280, 720)]


def open_exercise(ui, exercise):
    """Open an exercise of a kind and wait until it is ready."""
    window = ui.window
    prediction = window.sessions.prediction
    match exercise:
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
            ui.until(lambda: bool(prediction.question) and not window.sessions.practice._is_opening)
        case "mistake":
            window.sessions.find_mistake.begin(42)
            ui.until(lambda: window.sessions.find_mistake.is_ready)
    if exercise != "mistake":
        prediction.check("17")  # wrong, so that a hint is shown
        ui.until(lambda: bool(prediction.message))


@pytest.fixture
def presenting_ui(ui):
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


def visible_rect(window, widget):
    """Return the part of a widget that is visible without scrolling, in the window's coordinates."""
    rect = QRect(QPoint(), widget.size())
    child = widget
    while child is not window:
        rect = QRect(child.mapToParent(rect.topLeft()), rect.size()).intersected(child.parentWidget().rect())
        child = child.parentWidget()
    return rect


@pytest.mark.parametrize("scale", [1.0, *(pytest.param(scale, marks=pytest.mark.slow) for scale in (1.5, 2.0)), 3.0])
@pytest.mark.parametrize("exercise", ["lesson", "practice", "mistake"])
def test_the_graph_has_a_third_of_the_height(presenting_ui, exercise, scale):
    ui, window = presenting_ui, presenting_ui.window
    window.sessions.store.set("scale", scale)
    window.resize(1024, 600)
    open_exercise(ui, exercise)
    window.part(PresentationController).toggle()
    problems = {}
    for width, height in SIZES:
        window.setWindowState(window._state_before)  # as on a screen of this size
        window.resize(width, height)
        graph = ui.find("graphView")
        ui.until(lambda graph=graph: graph.height() >= window.height() / 3)
        problems[width, height] = settled_layout_problems(window)
        visible = visible_rect(window, graph)
        assert visible.height() >= window.height() / 3 or scale > 1.5, (width, height, visible)
        assert graph.height() >= window.height() / 3
        if exercise != "mistake" and scale < 2:
            answer_edit = ui.find("answerEdit")
            assert visible_rect(window, answer_edit).size() == answer_edit.size(), (width, height)
    assert {size: texts for size, texts in problems.items() if texts} == {}


def test_exercises_move_beside_the_graph_in_present_mode_and_back_below_it(presenting_ui):
    ui, window = presenting_ui, presenting_ui.window
    window.resize(1024, 600)
    open_exercise(ui, "practice")
    graph, strip = ui.find("graphView"), ui.find("practiceStrip")

    def left(part):
        return part.mapTo(window, QPoint()).x()

    ui.until(lambda: left(strip) < left(graph) + 20)
    window.part(PresentationController).toggle()
    window.setWindowState(window._state_before)
    window.resize(1024, 600)
    ui.until(lambda: left(strip) >= left(graph) + graph.width())
    assert not ui.find("practiceLevelCombo").isVisible()
    assert ui.find("practiceScoreLabel").text().startswith("Level 5, no. 17. ")
    window.sessions.practice.end()
    ui.until(lambda: ui.find("curvePlot").isVisible())  # it has the place of the exercise
    window.part(PresentationController).toggle()
    open_exercise(ui, "practice")
    ui.until(lambda: left(strip) < left(graph) + 20)
    assert ui.find("practiceLevelCombo").isVisible()
    assert not ui.find("practiceScoreLabel").text().startswith("Level")


def test_the_question_is_above_the_practice_strip_after_a_lesson(presenting_ui):
    ui, window = presenting_ui, presenting_ui.window
    open_exercise(ui, "lesson")  # it moves the question into its panel
    window.part(LessonController).session.close()
    window.part(LessonController).set_visible(False)
    open_exercise(ui, "practice")
    ui.until(lambda: ui.find("answerStrip").y() < ui.find("practiceStrip").y())
