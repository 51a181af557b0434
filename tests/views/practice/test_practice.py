"""Practice in the window: one exercise after the other, by keys alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from explorer.core.practice.exercises import make_exercise
from explorer.session.autodiff.messages import details
from explorer.views.lessons.controller import LessonController
from explorer.views.practice.practice import PracticeController


@pytest.fixture
def drill(ui):
    practising = ui.window.part(PracticeController)
    yield practising
    practising.session.end()


def begin(ui, drill, level, number):
    drill.begin(level, number)
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(level, number).text)
    ui.until(lambda: bool(ui.sessions.prediction.question) and not drill.session._is_opening)


def type_answer(ui, text):
    """Type where the focus is, and press Return."""
    edit = QApplication.focusWidget()
    assert edit is not None
    assert edit.objectName() == "answerEdit"
    edit.setText(text)
    ui.press(Qt.Key.Key_Return)


def truth(ui, drill):
    return f"{float(ui.sessions.autodiff.values[ui.sessions.prediction._question.tensor]):.8f}"


def test_an_exercise_is_gone_through_by_keys_and_counted(ui, drill):
    begin(ui, drill, 5, 17)
    session = drill.session
    while not session.is_done:
        asked = session.questions
        type_answer(ui, truth(ui, drill))
        ui.until(lambda asked=asked: session.questions == asked + 1)
        ui.until(lambda: session.is_done or bool(ui.sessions.prediction.question))
    assert session.questions >= 6
    assert session.right == session.at_once == session.questions
    says = f"Done. {session.questions} of {session.questions} right, all at once."
    ui.until(lambda: ui.find("practiceScoreLabel").text() == says)
    ui.until(lambda: QApplication.focusWidget() is ui.find("practiceNextButton"))
    before = session.questions
    ui.press(Qt.Key.Key_Return)  # the next one
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(5, 18).text)
    ui.until(lambda: bool(ui.sessions.prediction.question) and not drill.session._is_opening)
    assert session.exercise.number == 18
    assert session.questions == before  # what was counted goes on
    type_answer(ui, truth(ui, drill))
    ui.until(lambda: session.questions == before + 1)


def test_what_has_room_has_no_scroll_bar(ui, drill):
    begin(ui, drill, 1, 9401)
    room = ui.find("exerciseScroll")
    ui.until(lambda: room.height() >= room.widget().minimumSizeHint().height())
    assert not room.verticalScrollBar().isVisible()


def test_a_wrong_answer_has_a_hint_and_is_not_right_at_once(ui, drill):
    begin(ui, drill, 3, 4)
    session, predict = drill.session, ui.sessions.prediction
    right = float(truth(ui, drill))
    type_answer(ui, f"{-right:.8f}")
    ui.until(lambda: predict.verdict == "wrong")
    assert "sign" in predict.message
    assert (session.right, session.questions) == (0, 0)
    type_answer(ui, f"{right:.8f}")
    ui.until(lambda: session.questions == 1)
    assert (session.right, session.at_once) == (1, 0)
    predict.reveal()
    assert (session.right, session.questions) == (1, 2)
    ui.until(lambda: ui.find("practiceScoreLabel").text().startswith("1 of 2 right, 0 at once."))


def test_a_level_and_a_number_find_an_exercise_again(ui, drill):
    begin(ui, drill, 2, 9)
    assert ui.sessions.autodiff.text == make_exercise(2, 9).text
    point = {name: float(value) for name, value in ui.sessions.autodiff.point.items()}
    assert point == {name: float(value) for name, value in make_exercise(2, 9).point.items()}
    ui.find("practiceNumberSpin").setValue(11)
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(2, 11).text)
    combo = ui.find("practiceLevelCombo")
    combo.setCurrentIndex(3)
    combo.activated.emit(3)
    ui.until(lambda: ui.graph("shownExpression") == make_exercise(4, 11).text)


def test_menu_and_key_begin_it_and_typing_ends_it(ui, drill):
    ui.window.findChild(QAction, "practiseAction_3").trigger()
    assert drill.session.exercise.level == 3
    ui.until(lambda: bool(ui.sessions.prediction.question) and not drill.session._is_opening)
    number = drill.session.exercise.number
    ui.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert (drill.session.exercise.level, drill.session.exercise.number) == (3, number % 9999 + 1)
    ui.type("sin(2*x)")
    assert drill.session.exercise is None
    assert not ui.sessions.autodiff.stepper.quiz
    assert not ui.find("practiceStrip").isVisible()


def test_the_end_button_brings_all_numbers_back(ui, drill):
    begin(ui, drill, 1, 2)
    assert ui.sessions.autodiff.stepper.hidden_tensors()
    ui.click("practiceEndButton")
    assert not ui.sessions.autodiff.stepper.hidden_tensors()
    assert not ui.find("answerStrip").isVisible()
    assert ui.sessions.autodiff.text == make_exercise(1, 2).text


def test_escape_ends_it_after_all_else(ui, drill):
    begin(ui, drill, 1, 2)
    ui.press(Qt.Key.Key_F5)
    ui.sessions.autodiff.select_node("mul")
    ui.press(Qt.Key.Key_Escape)
    assert ui.sessions.autodiff.selection is None
    assert ui.window.is_presenting
    ui.press(Qt.Key.Key_Escape)
    assert not ui.window.is_presenting
    assert drill.session.exercise is not None
    ui.press(Qt.Key.Key_Escape)
    assert drill.session.exercise is None
    assert not ui.find("practiceStrip").isVisible()
    assert not ui.sessions.autodiff.stepper.hidden_tensors()


def test_escape_in_another_tab_leaves_it_open(ui, drill):
    begin(ui, drill, 1, 2)
    ui.window.show_tab("data")
    ui.press(Qt.Key.Key_Escape)
    ui.window.show_tab("autodiff")
    assert drill.session.exercise is not None


def test_what_is_asked_stands_where_it_stood_also_after_presenting(ui, drill):
    begin(ui, drill, 1, 3)
    answer, strip = ui.find("answerStrip"), ui.find("practiceStrip")
    ui.until(lambda: strip.isVisible() and answer.geometry().bottom() <= strip.geometry().top())
    for _ in range(2):
        ui.press(Qt.Key.Key_F5)
    ui.until(lambda: not ui.window.is_presenting and strip.isVisible())
    ui.until(lambda: answer.geometry().bottom() <= strip.geometry().top())


def test_an_open_lesson_makes_room(ui, drill):
    lessons = ui.window.part(LessonController)
    lessons.set_visible(True)
    begin(ui, drill, 1, 3)
    assert lessons.panel.isHidden()
    assert ui.find("answerStrip").isVisible()


def test_the_key_that_reveals_counts_as_not_found(ui, drill):
    begin(ui, drill, 5, 17)
    ui.press(Qt.Key.Key_F9)
    assert (drill.session.right, drill.session.questions) == (0, 1)
    ui.until(lambda: ui.find("practiceScoreLabel").text().startswith("0 of 1 right"))


def test_what_is_asked_again_after_a_step_back_counts_once(ui, drill):
    begin(ui, drill, 5, 17)
    session = drill.session
    question = ui.sessions.prediction.question
    for count in (1, 2):  # so many numbers are asked for in the first step
        type_answer(ui, truth(ui, drill))
        ui.until(
            lambda count=count: session.right == session.questions == count and bool(ui.sessions.prediction.question)
        )
    ui.until(lambda: ui.sessions.autodiff.stepper.step == 2)
    asked = session.questions
    ui.press(Qt.Key.Key_PageUp)
    ui.until(lambda: ui.sessions.prediction.question == question)
    for _ in range(2):
        type_answer(ui, truth(ui, drill))
        ui.until(lambda: ui.sessions.prediction.verdict == "right")
    assert (session.right, session.questions) == (asked, asked)
    ui.until(lambda: ui.sessions.autodiff.stepper.step == 2)
    type_answer(ui, truth(ui, drill))
    ui.until(lambda: session.questions == asked + 1)  # what is asked for the first time counts


def test_nothing_tells_a_gradient_that_is_asked_for(ui, drill):
    begin(ui, drill, 5, 17)
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
    while not drill.session.is_done:
        ui.sessions.prediction.reveal()
        ui.until(lambda: drill.session.is_done or bool(ui.sessions.prediction.question))
    assert "f′" in ui.find("curvePlot").property("shownCurves")
    (x0, x1), (y0, y1) = tangent.getData()
    assert (y1 - y0) / (x1 - x0) == pytest.approx(float(methods.gradient), rel=1e-4)
    assert ui.find("pathTable").topLevelItemCount() == 2
    methods.set_method("chain")


def test_differentiating_again_ends_it(ui, drill):
    begin(ui, drill, 5, 17)
    ui.sessions.higher_order.differentiate("u")
    ui.until(lambda: drill.session.exercise is None)
    assert not ui.sessions.autodiff.stepper.quiz
    ui.sessions.autodiff.set_differentiated_by(())


def shown_gradients(ui):
    """What runs back along the graph's edges, by the op that it comes from and the op's argument."""
    links = ui.find("graphView")._scene_items.links()
    return {(link.link.target, link.link.slot): link.style.gradient for link in links if link.style.gradient}


def test_what_is_only_handed_on_is_asked_for_where_it_goes_alone(ui):
    """A difference hands on the very tensor that arrived: that it is asked for must not hide what was found."""
    ui.type("3*(a - b)")
    ui.find("quizCheck").setChecked(True)
    stepper, cell = ui.sessions.autodiff.stepper, ui.window.tab("autodiff").chain._cells
    stepper.set_step(2)
    ui.until(lambda: shown_gradients(ui) == {("output:", 0): "1", ("mul", 1): "3", ("sub", 0): "?", ("sub", 1): "?"})
    texts = [cell[0, 0].text(), *(cell[2, column].text() for column in (1, 2))]
    assert [text.split()[-1] for text in texts] == ["3", "?", "?"]
    assert ui.window.tab("autodiff").chain.formulas[0].accessibleName().endswith("= ?")
    stepper.reveal_next()
    ui.until(lambda: shown_gradients(ui)["sub", 0] == "3")
    assert shown_gradients(ui)["sub", 1] == "?"
    assert [cell[2, column].text() for column in (1, 2)] == ["3", "?"]
    assert not ui.window.tab("autodiff").chain.formulas[0].accessibleName().endswith("?")
    assert ui.window.tab("autodiff").chain.formulas[1].accessibleName().endswith("= ?")


def test_a_sum_hands_the_same_gradient_to_both_and_asks_for_each(ui):
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
    stepper, item = ui.sessions.autodiff.stepper, ui.find("graphView")._scene_items.boxes
    stepper.set_step(1)

    def totals():
        return [box.style.badge for box in item() if box.style.badge]

    ui.until(lambda: totals() == ["?"])
    for _ in range(3):
        stepper.reveal_next()
    ui.until(lambda: totals() == ["2"])
