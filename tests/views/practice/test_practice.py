"""Practice in the window: exercises by keyboard, the score, and which numbers are hidden."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from explorer.core.practice.exercises import make_exercise
from explorer.session.autodiff.messages import details
from explorer.views.lessons.controller import LessonController
from explorer.views.practice.practice import PracticeController


@pytest.fixture
def practice(ui):
    controller = ui.window.part(PracticeController)
    yield controller
    controller.session.end()


def open_exercise(ui, practice, level, number):
    """Open an exercise and wait for its first question."""
    practice.begin(level, number)
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(level, number).text)
    ui.until(lambda: bool(ui.sessions.prediction.question) and not practice.session._is_opening)


def type_answer(ui, text):
    """Type into the answer field, which has the focus, and press Return."""
    edit = ui.find("answerEdit")
    ui.until(lambda: QApplication.focusWidget() is edit)
    edit.setText(text)
    ui.press(Qt.Key.Key_Return)


def true_answer(ui, practice):
    """Return the answer to the current question as text."""
    return f"{float(ui.sessions.autodiff.values[ui.sessions.prediction._question.tensor]):.8f}"


def test_an_exercise_is_completed_by_keyboard_and_counted(ui, practice):
    open_exercise(ui, practice, 5, 17)
    session = practice.session
    while not session.is_done:
        count_before = session.questions
        type_answer(ui, true_answer(ui, practice))
        ui.until(lambda count_before=count_before: session.questions == count_before + 1)
        ui.until(lambda: session.is_done or bool(ui.sessions.prediction.question))
    assert session.questions >= 6
    assert session.right == session.at_once == session.questions
    score = f"Done. {session.questions} of {session.questions} right, all at once."
    ui.until(lambda: ui.find("practiceScoreLabel").text() == score)
    ui.until(lambda: QApplication.focusWidget() is ui.find("practiceNextButton"))
    before = session.questions
    ui.press(Qt.Key.Key_Return)  # opens the next one
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(5, 18).text)
    ui.until(lambda: bool(ui.sessions.prediction.question) and not practice.session._is_opening)
    assert session.exercise.number == 18
    assert session.questions == before  # the counts continue
    type_answer(ui, true_answer(ui, practice))
    ui.until(lambda: session.questions == before + 1)


def test_an_exercise_that_fits_has_no_scroll_bar(ui, practice):
    open_exercise(ui, practice, 1, 9401)
    scroll_area = ui.find("exerciseScroll")
    ui.until(lambda: scroll_area.height() >= scroll_area.widget().minimumSizeHint().height())
    assert not scroll_area.verticalScrollBar().isVisible()


def test_a_wrong_answer_has_a_hint_and_is_not_right_at_once(ui, practice):
    open_exercise(ui, practice, 3, 4)
    session, prediction = practice.session, ui.sessions.prediction
    expected = float(true_answer(ui, practice))
    type_answer(ui, f"{-expected:.8f}")
    ui.until(lambda: prediction.verdict == "wrong")
    assert "sign" in prediction.message
    assert (session.right, session.questions) == (0, 0)
    type_answer(ui, f"{expected:.8f}")
    ui.until(lambda: session.questions == 1)
    assert (session.right, session.at_once) == (1, 0)
    prediction.reveal()
    assert (session.right, session.questions) == (1, 2)
    ui.until(lambda: ui.find("practiceScoreLabel").text().startswith("1 of 2 right, 0 at once."))


def test_an_exercise_is_identified_by_level_and_number(ui, practice):
    open_exercise(ui, practice, 2, 9)
    assert ui.sessions.autodiff.text == make_exercise(2, 9).text
    point = {name: float(value) for name, value in ui.sessions.autodiff.point.items()}
    assert point == {name: float(value) for name, value in make_exercise(2, 9).point.items()}
    ui.find("practiceNumberSpin").setValue(11)
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(2, 11).text)
    combo = ui.find("practiceLevelCombo")
    combo.setCurrentIndex(3)
    combo.activated.emit(3)
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(4, 11).text)


def test_the_menu_starts_practice_and_typing_ends_it(ui, practice):
    ui.window.findChild(QAction, "practiseAction_3").trigger()
    assert practice.session.exercise.level == 3
    ui.until(lambda: bool(ui.sessions.prediction.question) and not practice.session._is_opening)
    number = practice.session.exercise.number
    ui.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert (practice.session.exercise.level, practice.session.exercise.number) == (3, number % 9999 + 1)
    ui.type("sin(2*x)")
    assert practice.session.exercise is None
    assert not ui.sessions.autodiff.stepper.quiz
    assert not ui.find("practiceStrip").isVisible()


def test_the_end_button_shows_all_numbers(ui, practice):
    open_exercise(ui, practice, 1, 2)
    assert ui.sessions.autodiff.stepper.hidden_tensors()
    ui.click("practiceEndButton")
    assert not ui.sessions.autodiff.stepper.hidden_tensors()
    assert not ui.find("answerStrip").isVisible()
    assert ui.sessions.autodiff.text == make_exercise(1, 2).text


def test_escape_clears_the_selection_then_ends_presenting_then_practice(ui, practice):
    open_exercise(ui, practice, 1, 2)
    ui.press(Qt.Key.Key_F5)
    ui.sessions.autodiff.select_node("mul")
    ui.press(Qt.Key.Key_Escape)
    assert ui.sessions.autodiff.selection is None
    assert ui.window.is_presenting
    ui.press(Qt.Key.Key_Escape)
    assert not ui.window.is_presenting
    assert practice.session.exercise is not None
    ui.press(Qt.Key.Key_Escape)
    assert practice.session.exercise is None
    assert not ui.find("practiceStrip").isVisible()
    assert not ui.sessions.autodiff.stepper.hidden_tensors()


def test_escape_in_another_tab_does_not_end_practice(ui, practice):
    open_exercise(ui, practice, 1, 2)
    ui.window.show_tab("data")
    ui.press(Qt.Key.Key_Escape)
    ui.window.show_tab("autodiff")
    assert practice.session.exercise is not None


def test_the_question_is_above_the_practice_strip_before_and_after_presenting(ui, practice):
    open_exercise(ui, practice, 1, 3)
    answer, strip = ui.find("answerStrip"), ui.find("practiceStrip")
    ui.until(lambda: strip.isVisible() and answer.geometry().bottom() <= strip.geometry().top())
    for _ in range(2):
        ui.press(Qt.Key.Key_F5)
    ui.until(lambda: not ui.window.is_presenting and strip.isVisible())
    ui.until(lambda: answer.geometry().bottom() <= strip.geometry().top())


def test_practice_hides_an_open_lesson(ui, practice):
    lessons = ui.window.part(LessonController)
    lessons.set_visible(True)
    open_exercise(ui, practice, 1, 3)
    assert lessons.panel.isHidden()
    assert ui.find("answerStrip").isVisible()


def test_a_revealed_answer_is_not_counted_as_right(ui, practice):
    open_exercise(ui, practice, 5, 17)
    ui.press(Qt.Key.Key_F9)
    assert (practice.session.right, practice.session.questions) == (0, 1)
    ui.until(lambda: ui.find("practiceScoreLabel").text().startswith("0 of 1 right"))


def test_a_question_repeated_after_a_step_back_counts_once(ui, practice):
    open_exercise(ui, practice, 5, 17)
    session = practice.session
    question = ui.sessions.prediction.question
    for count in (1, 2):  # number of questions in the first step
        type_answer(ui, true_answer(ui, practice))
        ui.until(
            lambda count=count: session.right == session.questions == count and bool(ui.sessions.prediction.question)
        )
    ui.until(lambda: ui.sessions.autodiff.stepper.step == 2)
    count_before = session.questions
    ui.press(Qt.Key.Key_PageUp)
    ui.until(lambda: ui.sessions.prediction.question == question)
    for _ in range(2):
        type_answer(ui, true_answer(ui, practice))
        ui.until(lambda: ui.sessions.prediction.verdict == "right")
    assert (session.right, session.questions) == (count_before, count_before)
    ui.until(lambda: ui.sessions.autodiff.stepper.step == 2)
    type_answer(ui, true_answer(ui, practice))
    ui.until(lambda: session.questions == count_before + 1)  # a new question counts


def test_a_gradient_in_question_is_hidden_everywhere(ui, practice):
    open_exercise(ui, practice, 5, 17)
    session, methods = ui.sessions.autodiff, ui.sessions.methods
    ui.until(lambda: "f" in ui.find("curvePlot").property("shownCurves"))
    assert "f′" not in ui.find("curvePlot").property("shownCurves")
    tangent = ui.find("curvePlot")._canvas._tangent
    assert not len(tangent.getData()[0])
    hidden = next(iter(session.stepper.hidden_tensors()))
    session.select_edge(hidden)
    assert "value" not in details(ui.window.tab("autodiff").model.state)[1]
    session.clear_selection()
    methods.set_method("forward")
    table = ui.find("tangentTable")
    ui.until(lambda: table.topLevelItemCount() > 0 and methods.tangents is not None)
    assert {table.topLevelItem(row).text(1) for row in range(table.topLevelItemCount())} == {"?"}
    methods.set_method("paths")
    assert ui.find("pathTable").topLevelItemCount() == 0
    assert ui.find("pathSum").text() == ""
    while not practice.session.is_done:
        ui.sessions.prediction.reveal()
        ui.until(lambda: practice.session.is_done or bool(ui.sessions.prediction.question))
    ui.until(lambda: "f′" in ui.find("curvePlot").property("shownCurves"))

    def slope():
        (x0, x1), (y0, y1) = tangent.getData()
        return (y1 - y0) / (x1 - x0)

    # Which variable is plotted, and which is followed forward, may differ.
    gradient = session.trace.gradient_value(ui.sessions.curve.coordinate.variable, session.values)
    ui.until(lambda: slope() == pytest.approx(float(gradient), rel=1e-4))
    assert ui.find("pathTable").topLevelItemCount() == 2
    methods.set_method("chain")


def test_differentiating_the_derivative_ends_practice(ui, practice):
    open_exercise(ui, practice, 5, 17)
    ui.sessions.higher_order.differentiate("u")
    ui.until(lambda: practice.session.exercise is None)
    assert not ui.sessions.autodiff.stepper.quiz
    ui.sessions.autodiff.set_differentiated_by(())


def shown_gradients(ui):
    """Return the gradients on the graph's edges by (op, index of its argument)."""
    links = ui.find("graphView")._scene_items.links()
    return {(link.link.target, link.link.slot): link.style.gradient for link in links if link.style.gradient}


def test_a_gradient_passed_on_unchanged_is_hidden_only_where_it_is_asked_for(ui):
    """A subtraction passes on the tensor that it received; asking for it must not hide the answer found before."""
    ui.type("3*(a - b)")
    ui.find("quizCheck").setChecked(True)
    stepper, cells = ui.sessions.autodiff.stepper, ui.window.tab("autodiff").chain.numbers.cells
    stepper.set_step(2)
    ui.until(lambda: shown_gradients(ui) == {("output:", 0): "1", ("mul", 1): "3", ("sub", 0): "?", ("sub", 1): "?"})
    texts = [cells[0, 0].text(), *(cells[2, column].text() for column in (1, 2))]
    assert [text.split()[-1] for text in texts] == ["3", "?", "?"]
    assert ui.window.tab("autodiff").chain.formulas[0].accessibleName().endswith("= ?")
    stepper.reveal_next()
    ui.until(lambda: shown_gradients(ui)["sub", 0] == "3")
    assert shown_gradients(ui)["sub", 1] == "?"
    assert [cells[2, column].text() for column in (1, 2)] == ["3", "?"]
    assert not ui.window.tab("autodiff").chain.formulas[0].accessibleName().endswith("?")
    assert ui.window.tab("autodiff").chain.formulas[1].accessibleName().endswith("= ?")


def test_the_equal_gradients_of_a_sums_arguments_are_asked_for_separately(ui):
    ui.type("x + y")
    ui.find("quizCheck").setChecked(True)
    ui.sessions.autodiff.stepper.set_step(1)
    ui.until(lambda: shown_gradients(ui) == {("output:", 0): "1", ("add", 0): "?", ("add", 1): "?"})
    ui.press(Qt.Key.Key_F9)
    ui.until(lambda: shown_gradients(ui) == {("output:", 0): "1", ("add", 0): "1", ("add", 1): "?"})
    ui.sessions.autodiff.stepper.set_step(0)
    ui.until(lambda: shown_gradients(ui) == {("output:", 0): "?"})


def test_a_sum_of_gradients_is_asked_for_once(ui):
    ui.type("x*x")
    ui.find("quizCheck").setChecked(True)
    stepper, boxes = ui.sessions.autodiff.stepper, ui.find("graphView")._scene_items.boxes
    stepper.set_step(1)

    def badges():
        return [box.style.badge for box in boxes() if box.style.badge]

    ui.until(lambda: badges() == ["?"])
    for _ in range(3):
        stepper.reveal_next()
    ui.until(lambda: badges() == ["2"])


def test_the_strip_keeps_its_place_while_the_text_has_no_graph(ui):
    ui.type("sin(2*x)")
    ui.until(lambda: ui.graph("shownExpression") == "sin(2*x)")
    ui.sessions.autodiff.stepper.set_quiz(True)
    strip, button = ui.find("answerStrip"), ui.find("checkAnswerButton")
    ui.until(lambda: strip.isVisible() and button.isEnabled())
    height = strip.height()
    ui.sessions.autodiff.set_text("sin(3*")
    assert ui.sessions.prediction.question == ""
    assert strip.isVisible()
    assert not button.isEnabled()
    assert strip.height() == height
    ui.sessions.autodiff.set_text("sin(3*x)")
    ui.until(lambda: bool(ui.sessions.prediction.question) and button.isEnabled())
    ui.sessions.autodiff.set_text("sin(3*")
    ui.sessions.autodiff.stepper.set_quiz(False)
    assert not strip.isVisible()
