"""Find the mistake, in the window: wrong numbers are marked, and TensorFlow's return at the end."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QApplication

from explorer.core.practice.broken_backward import difference_quotient, wrong_values
from explorer.views.practice.find_mistake import FindMistakeController
from explorer.views.practice.practice import PracticeController
from explorer.views.theme.theme import load_theme


@pytest.fixture
def find_mistake(ui):
    controller = ui.window.part(FindMistakeController)
    yield controller
    controller.session.end()
    ui.sessions.autodiff.clear_selection()


def open_exercise(ui, find_mistake, number):
    """Open an exercise, wait until it is ready and return its expression."""
    find_mistake.session.begin(number)
    text = find_mistake.session.exercise.text
    ui.until(lambda: ui.graph("shownExpression") == text and find_mistake.session.is_ready)
    return text


def true_values(ui):
    """Return TensorFlow's value of each scalar tensor on the screen."""
    session = ui.sessions.autodiff
    return {tensor: float(session.values[tensor]) for tensor, shown in ui.values.items() if np.ndim(shown) == 0}


@pytest.mark.parametrize("number", [3, 42, 44])
def test_the_graph_shows_the_broken_pass_with_a_warning(ui, find_mistake, number):
    open_exercise(ui, find_mistake, number)
    wrong = find_mistake.session.wrong
    shown, expected = ui.values, true_values(ui)
    differing = {t for t in shown if abs(shown[t] - expected[t]) > 1e-4 * abs(expected[t])}
    assert differing == set(wrong)
    assert wrong
    warning = ui.find("mistakeWarning")
    assert warning.isVisible()
    assert "not TensorFlow's" in warning.text()
    # Nothing beside the graph shows the true gradients, and no gradient has the colour of TensorFlow's.
    assert not ui.find("chainRuleView").isVisible()
    picture = ui.find("graphView").grab().toImage()
    theme = load_theme("dark")
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)}
    assert QColor(theme.error).rgb() in colours
    assert QColor(theme.gradient).rgb() not in colours


def test_the_mistake_is_found_by_keyboard_and_the_true_values_return(ui, find_mistake):
    open_exercise(ui, find_mistake, 42)
    session, mistake = ui.sessions.autodiff, find_mistake.session
    assert QApplication.focusWidget() is ui.find("graphView")
    visited = []
    while True:
        ui.press(Qt.Key.Key_Right)
        op = session.selection[1]
        if op == mistake.broken.op:
            break
        assert op not in visited
        visited.append(op)
        ui.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert mistake.message.startswith("✗ No: ")
        assert not mistake.found
    quotient = difference_quotient(session.trace, session.values, f"{op}:0")
    assert "our difference quotient" in mistake.message
    gradient = session.trace.tensor_gradients[f"{op}:0"]
    assert quotient == pytest.approx(float(session.values[gradient]), rel=1e-3)
    ui.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert mistake.found
    assert ui.find("mistakeLabel").text().startswith("✓ Right. ")
    ui.click("mistakeEndButton")
    assert ui.values == pytest.approx(true_values(ui), rel=1e-6)
    assert not ui.find("mistakeWarning").isVisible()
    assert not ui.find("mistakeStrip").isVisible()
    assert ui.find("chainRuleView").isVisible()


def test_found_mistakes_are_counted(ui, find_mistake):
    def select_and_check(op):
        ui.sessions.autodiff.select_node(op)
        ui.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        return ui.find("mistakeScoreLabel").text()

    def correct_op():
        return next(step.op for step in ui.sessions.autodiff.trace.steps if step.op != find_mistake.session.broken.op)

    open_exercise(ui, find_mistake, 42)
    assert ui.find("mistakeScoreLabel").text() == ""
    assert select_and_check(find_mistake.session.broken.op) == "1 of 1 found, all at once."
    assert select_and_check(correct_op()) == "1 of 1 found, all at once."  # it was found before
    assert find_mistake.session.found
    open_exercise(ui, find_mistake, 44)
    for _ in range(2):
        assert select_and_check(correct_op()) == "1 of 2 found, all at once."
    assert select_and_check(find_mistake.session.broken.op) == "2 of 2 found, 1 at once."
    open_exercise(ui, find_mistake, 42)
    assert select_and_check(find_mistake.session.broken.op) == "2 of 2 found, 1 at once."  # each exercise counts once
    find_mistake.session.end()
    open_exercise(ui, find_mistake, 3)
    assert select_and_check(correct_op()) == "0 of 1 found."


def test_escape_ends_the_exercise(ui, find_mistake):
    open_exercise(ui, find_mistake, 42)
    ui.press(Qt.Key.Key_Right)
    ui.press(Qt.Key.Key_Escape)
    assert ui.sessions.autodiff.selection is None
    ui.press(Qt.Key.Key_Escape)
    assert find_mistake.session.exercise is None
    assert ui.values == pytest.approx(true_values(ui), rel=1e-6)


def test_a_choice_without_an_op_asks_for_one(ui, find_mistake):
    open_exercise(ui, find_mistake, 44)
    ui.click("mistakeChooseButton")
    assert ui.find("mistakeLabel").text().startswith("Select an op first")


def test_wrong_numbers_cannot_be_saved_as_a_picture(ui, find_mistake, tmp_path):
    open_exercise(ui, find_mistake, 44)
    with pytest.raises(ValueError, match="one rule of this backward pass is broken"):
        ui.find("graphView").save(str(tmp_path / "a.svg"))
    assert list(tmp_path.iterdir()) == []
    find_mistake.session.end()
    ui.find("graphView").save(str(tmp_path / "a.svg"))
    assert (tmp_path / "a.svg").exists()


@pytest.mark.parametrize("leave", ["type", "quiz", "depth", "practice"])
def test_tensorflows_numbers_return_however_the_exercise_is_left(ui, find_mistake, leave):
    open_exercise(ui, find_mistake, 3)
    match leave:
        case "type":
            ui.type("sin(2*x)")
        case "quiz":
            ui.sessions.autodiff.stepper.set_quiz(True)
        case "depth":
            ui.sessions.autodiff.set_depth("full")
        case "practice":
            ui.window.part(PracticeController).begin(1, 1)
    assert find_mistake.session.exercise is None
    assert not ui.find("mistakeWarning").isVisible()
    ui.until(lambda: bool(ui.values))
    expected = true_values(ui)
    assert {tensor: ui.values[tensor] for tensor in expected} == pytest.approx(expected, rel=1e-6)
    ui.sessions.practice.end()


def test_the_broken_pass_follows_a_changed_value(ui, find_mistake):
    open_exercise(ui, find_mistake, 42)
    session, mistake = ui.sessions.autodiff, find_mistake.session
    name, before = next(iter(session.point)), session.values
    session.set_value(name, float(session.point[name]) + 0.25)
    ui.until(lambda: session.values is not before)
    wrong = wrong_values(session.trace, session.values, mistake.broken)
    assert {tensor: ui.values[tensor] for tensor in wrong} == pytest.approx({t: float(v) for t, v in wrong.items()})
    assert wrong
    assert ui.find("mistakeWarning").isVisible()


def test_the_menu_the_shortcut_and_the_number_open_exercises(ui, find_mistake):
    ui.window.findChild(QAction, "mistakeAction").trigger()
    ui.until(lambda: find_mistake.session.is_ready)
    number = find_mistake.session.exercise.number
    ui.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    ui.until(lambda: find_mistake.session.is_ready)
    assert find_mistake.session.exercise.number > number or number > 9990
    ui.find("mistakeNumberSpin").setValue(42)
    ui.until(lambda: find_mistake.session.is_ready)
    assert find_mistake.session.exercise.number == 42


def test_the_comparison_replaces_the_details_until_the_exercise_ends(ui, find_mistake):
    open_exercise(ui, find_mistake, 42)
    ui.sessions.autodiff.select_node(find_mistake.session.broken.op)
    assert not ui.window.tab("autodiff").details.isVisible()
    assert "difference quotient" in ui.find("mistakeLabel").text()
    find_mistake.session.end()
    ui.sessions.autodiff.select_node("mul")
    assert ui.window.tab("autodiff").details.isVisible()


def test_differentiating_the_derivative_ends_the_exercise(ui, find_mistake):
    open_exercise(ui, find_mistake, 42)
    ui.sessions.higher_order.differentiate(next(iter(ui.sessions.autodiff.point)))
    ui.until(lambda: find_mistake.session.exercise is None)
    assert not ui.find("mistakeWarning").isVisible()
    ui.sessions.autodiff.set_differentiated_by(())
