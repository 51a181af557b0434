"""Find the mistake, in the window: wrong numbers are marked as such, and leaving brings TensorFlow's back."""

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
def finding(ui):
    mistakes = ui.window.part(FindMistakeController)
    yield mistakes
    mistakes.session.end()
    ui.sessions.autodiff.clear_selection()


def begin(ui, finding, number):
    finding.session.begin(number)
    text = finding.session.exercise.text
    ui.until(lambda: ui.graph("shownExpression") == text and finding.session.is_ready)
    return text


def truths(ui):
    session = ui.sessions.autodiff
    return {tensor: float(session.values[tensor]) for tensor, shown in ui.values.items() if np.ndim(shown) == 0}


@pytest.mark.parametrize("number", [3, 42, 44])
def test_the_graph_shows_one_broken_pass_and_says_so(ui, finding, number):
    begin(ui, finding, number)
    wrong = finding.session.wrong
    shown, right = ui.values, truths(ui)
    assert {tensor for tensor in shown if abs(shown[tensor] - right[tensor]) > 1e-4 * abs(right[tensor])} == set(wrong)
    assert wrong
    warning = ui.find("mistakeWarning")
    assert warning.isVisible()
    assert "not TensorFlow's" in warning.text()
    # Nothing beside the graph tells the truth meanwhile, and no gradient has the colour of TensorFlow's.
    assert not ui.find("chainRuleView").isVisible()
    picture = ui.find("graphView").grab().toImage()
    look = load_theme("dark")
    seen = {picture.pixel(x, y) for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)}
    assert QColor(look.error).rgb() in seen
    assert QColor(look.gradient).rgb() not in seen


def test_it_is_found_by_keys_alone_and_the_truth_comes_back(ui, finding):
    begin(ui, finding, 42)
    session, mistake = ui.sessions.autodiff, finding.session
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
    assert ui.values == pytest.approx(truths(ui), rel=1e-6)
    assert not ui.find("mistakeWarning").isVisible()
    assert not ui.find("mistakeStrip").isVisible()
    assert ui.find("chainRuleView").isVisible()


def test_what_was_found_is_counted(ui, finding):
    def choose(op):
        ui.sessions.autodiff.select_node(op)
        ui.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        return ui.find("mistakeScoreLabel").text()

    def other():
        return next(step.op for step in ui.sessions.autodiff.trace.steps if step.op != finding.session.broken.op)

    begin(ui, finding, 42)
    assert ui.find("mistakeScoreLabel").text() == ""
    assert choose(finding.session.broken.op) == "1 of 1 found, all at once."
    assert choose(other()) == "1 of 1 found, all at once."  # it has been found
    assert finding.session.found
    begin(ui, finding, 44)
    for _ in range(2):
        assert choose(other()) == "1 of 2 found, all at once."
    assert choose(finding.session.broken.op) == "2 of 2 found, 1 at once."
    begin(ui, finding, 42)
    assert choose(finding.session.broken.op) == "2 of 2 found, 1 at once."  # each exercise counts once
    finding.session.end()
    begin(ui, finding, 3)
    assert choose(other()) == "0 of 1 found."


def test_escape_ends_it(ui, finding):
    begin(ui, finding, 42)
    ui.press(Qt.Key.Key_Right)
    ui.press(Qt.Key.Key_Escape)
    assert ui.sessions.autodiff.selection is None
    ui.press(Qt.Key.Key_Escape)
    assert finding.session.exercise is None
    assert ui.values == pytest.approx(truths(ui), rel=1e-6)


def test_a_choice_without_an_op_asks_for_one(ui, finding):
    begin(ui, finding, 44)
    ui.click("mistakeChooseButton")
    assert ui.find("mistakeLabel").text().startswith("Select an op first")


def test_no_picture_of_the_wrong_numbers_is_saved(ui, finding, tmp_path):
    begin(ui, finding, 44)
    with pytest.raises(ValueError, match="one rule of this backward pass is broken"):
        ui.find("graphView").save(str(tmp_path / "a.svg"))
    assert list(tmp_path.iterdir()) == []
    finding.session.end()
    ui.find("graphView").save(str(tmp_path / "a.svg"))
    assert (tmp_path / "a.svg").exists()


@pytest.mark.parametrize("leave", ["type", "quiz", "depth", "practice"])
def test_whatever_leaves_the_exercise_brings_tensorflows_numbers(ui, finding, leave):
    begin(ui, finding, 3)
    match leave:
        case "type":
            ui.type("sin(2*x)")
        case "quiz":
            ui.sessions.autodiff.stepper.set_quiz(True)
        case "depth":
            ui.sessions.autodiff.set_depth("full")
        case "practice":
            ui.window.part(PracticeController).begin(1, 1)
    assert finding.session.exercise is None
    assert not ui.find("mistakeWarning").isVisible()
    ui.until(lambda: bool(ui.values))
    right = truths(ui)
    assert {tensor: ui.values[tensor] for tensor in right} == pytest.approx(right, rel=1e-6)
    ui.sessions.practice.end()


def test_a_moved_value_moves_the_broken_pass_with_it(ui, finding):
    begin(ui, finding, 42)
    session, mistake = ui.sessions.autodiff, finding.session
    name, before = next(iter(session.point)), session.values
    session.set_value(name, float(session.point[name]) + 0.25)
    ui.until(lambda: session.values is not before)
    wrong = wrong_values(session.trace, session.values, mistake.broken)
    assert {tensor: ui.values[tensor] for tensor in wrong} == pytest.approx({t: float(v) for t, v in wrong.items()})
    assert wrong
    assert ui.find("mistakeWarning").isVisible()


def test_menu_key_and_number_open_exercises(ui, finding):
    ui.window.findChild(QAction, "mistakeAction").trigger()
    ui.until(lambda: finding.session.is_ready)
    number = finding.session.exercise.number
    ui.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    ui.until(lambda: finding.session.is_ready)
    assert finding.session.exercise.number > number or number > 9990
    ui.find("mistakeNumberSpin").setValue(42)
    ui.until(lambda: finding.session.is_ready)
    assert finding.session.exercise.number == 42


def test_the_comparison_stands_instead_of_the_details_and_they_come_back(ui, finding):
    begin(ui, finding, 42)
    ui.sessions.autodiff.select_node(finding.session.broken.op)
    assert not ui.window.tab("autodiff").details.isVisible()
    assert "difference quotient" in ui.find("mistakeLabel").text()
    finding.session.end()
    ui.sessions.autodiff.select_node("mul")
    assert ui.window.tab("autodiff").details.isVisible()


def test_differentiating_again_ends_it(ui, finding):
    begin(ui, finding, 42)
    ui.sessions.higher_order.differentiate(next(iter(ui.sessions.autodiff.point)))
    ui.until(lambda: finding.session.exercise is None)
    assert not ui.find("mistakeWarning").isVisible()
    ui.sessions.autodiff.set_differentiated_by(())
