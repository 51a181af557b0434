"""The panel: list, next and back, progress, saving a scene, predicting on any expression; and that nothing is read."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument

from explorer.core.lessons.lesson import load_lesson
from explorer.core.resources import resource_path
from explorer.views.help.markdown_view import MarkdownView
from explorer.views.lessons.controller import LessonController
from explorer.views.theme.theme import load_theme

KEY = Qt.Key


@pytest.fixture
def lessons(ui):
    ui.window.resize(1280, 720)
    yield ui.window.part(LessonController)
    ui.window.part(LessonController).session.close()
    ui.window.part(LessonController).set_visible(False)
    ui.window.tabs.setCurrentIndex(0)
    ui.sessions.autodiff.stepper.set_quiz(False)
    ui.sessions.store.set("lessons", {})


def complete(ui, lessons):
    ui.until(lambda: lessons.is_complete)


def test_from_the_list_to_the_end_by_the_keyboard(ui, lessons):
    panel = ui.find("lessonPanel")
    assert not panel.isVisible()
    assert (panel.property("lesson"), panel.property("scene")) == ("", 0)
    ui.press(KEY.Key_F2)
    assert panel.isVisible()
    names = ui.find("lessonList")
    assert names.count() == 15
    assert "Adding two numbers" in names.item(0).text()
    assert names.hasFocus()  # nothing but keys is needed
    ui.press(KEY.Key_Down)
    ui.press(KEY.Key_Down)
    ui.press(KEY.Key_Return)
    assert panel.property("lesson") == "03-derivative-of-2x"
    complete(ui, lessons)
    assert ui.graph("shownExpression") == "2*x"
    assert not ui.find("lessonBackButton").isEnabled()
    ui.press(KEY.Key_PageDown)
    assert panel.property("scene") == 2
    ui.click("lessonNextButton")
    complete(ui, lessons)
    assert panel.property("scene") == 3
    assert ui.sessions.autodiff.point["x"] == 3
    ui.press(KEY.Key_PageUp)
    ui.click("lessonBackButton")
    assert panel.property("scene") == 1
    ui.click("lessonNextButton")
    ui.click("lessonListButton")
    assert panel.property("lesson") == ""
    assert "at scene 2" in names.item(2).text()
    assert ui.sessions.store.get("lessons") == {"03-derivative-of-2x": 1}
    lessons.session.open_key("03-derivative-of-2x")
    assert panel.property("scene") == 2


def test_without_a_lesson_a_clicker_steps(ui, lessons):
    ui.complete("sin(3*x)")
    ui.press(KEY.Key_F2)
    ui.press(KEY.Key_PageDown)
    assert ui.graph("shownStep") == 1


def test_a_scene_once_more_after_somebody_played(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(3)
    complete(ui, lessons)
    ui.type("x^3")
    ui.click("lessonAgainButton")
    complete(ui, lessons)
    assert ui.graph("shownExpression") == "sin(2*x)"
    assert ui.graph("shownStep") == 2


def test_who_hides_a_lesson_has_the_whole_window_again(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("01-adding-two-numbers")
    complete(ui, lessons)
    assert not ui.find("curvePanel").isVisible()
    ui.press(KEY.Key_F2)
    ui.type("x^3")
    assert ui.find("curvePanel").isVisible()
    ui.press(KEY.Key_F2)
    assert ui.find("curvePanel").isVisible()  # it belongs to what was typed
    lessons.session.restore_scene()
    complete(ui, lessons)
    assert not ui.find("curvePanel").isVisible()
    ui.press(KEY.Key_F11)
    ui.press(KEY.Key_Escape)
    assert not ui.find("curvePanel").isVisible()


def test_notes_are_shown_when_asked_for(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("01-adding-two-numbers")
    complete(ui, lessons)
    assert not ui.find("lessonNotes").isVisible()
    ui.click("lessonNotesButton")
    assert "promise of a sum" in ui.find("lessonNotes").toPlainText()
    ui.click("lessonNotesButton")
    assert not ui.find("lessonNotes").isVisible()


def test_the_window_is_saved_as_a_scene_and_comes_back(ui, lessons, tmp_path):
    path = tmp_path / "mine.md"
    ui.complete("sin(2*x*y)")
    ui.sessions.autodiff.set_value("x", 0.25)
    ui.sessions.autodiff.stepper.set_step(2)
    ui.sessions.curve.set_range("-2*pi", "pi")
    ui.sessions.autodiff.select_node("Sin")
    lessons.set_visible(True)
    ui.click("saveSceneButton")
    dialog = ui.find("lessonDialog")
    dialog.fileSelected.emit(str(path))
    dialog.close()
    assert "scene 1" in ui.window.statusBar().currentMessage()
    ui.type("x^2")
    ui.window.show_tab("data")
    ui.until(lambda: ui.sessions.data.is_up_to_date)
    lessons.save(str(path))
    assert "scene 2" in ui.window.statusBar().currentMessage()
    assert len(load_lesson(path).scenes) == 2
    ui.window.show_tab("autodiff")
    ui.type("x + 1")
    lessons.open(str(path))
    complete(ui, lessons)
    assert ui.window.tabs.currentIndex() == 0
    session = ui.sessions.autodiff
    assert ui.graph("shownExpression") == "sin(2*x*y)"
    assert ui.find("lessonText").toPlainText().count("sin(2*x*y)") == 1  # no star is an emphasis
    assert (session.point["x"], session.stepper.step, session.selection) == (0.25, 2, ("node", "Sin"))
    assert ui.sessions.curve.low == pytest.approx(-6.2831853)
    lessons.session.next()
    complete(ui, lessons)
    assert ui.window.tabs.currentWidget() is ui.window.tab("data")
    path.write_text("# no lesson")
    lessons.save(str(path))
    assert "Not saved" in ui.window.statusBar().currentMessage()
    assert path.read_text() == "# no lesson"


def test_a_wrong_file_is_refused_and_nothing_is_lost(ui, lessons, tmp_path):
    path = tmp_path / "late.md"
    path.write_text("+++\nformat = 7\ntitle = 'a'\n+++\n")
    ui.complete("x*y")
    lessons.open(str(path))
    assert "later version" in ui.find("lessonSentence").text()
    assert "line 2" in ui.find("lessonSentence").text()
    assert ui.find("lessonSentence").isVisible()
    assert ui.sessions.autodiff.text == "x*y"


def test_what_a_scene_asks_for_and_is_not_there_is_said_while_it_is_open(ui, lessons, tmp_path):
    path = tmp_path / "odd.md"
    scenes = [
        ("step = 5000", "step 5000, but there are 2"),
        ('select = "tanh"', "selects tanh, but"),
        ('select = "Sin:0"', ""),
        ('select = "gradients/Sin_grad/Cos"\ndepth = "full"', ""),
    ]
    text = "".join(
        f'\n## {keys.partition(" ")[0]}\n\n```scene\nexpression = "sin(2*x)"\n{keys}\n```\n\nText.\n'
        for keys, _ in scenes
    )
    path.write_text(f'+++\nformat = 1\ntitle = "a"\n+++\n{text}')
    lessons.open(str(path))
    for place, (_, says) in enumerate(scenes):
        lessons.session.go(place)
        complete(ui, lessons)
        told = ui.window.statusBar().currentMessage()
        assert says in told if says else not told
        assert (ui.sessions.autodiff.selection is not None) is (place > 1)


def test_predict_on_any_expression(ui, lessons):
    ui.complete("sin(2*x)")
    ui.find("quizCheck").setChecked(True)
    assert "gradient of y with respect to itself" in ui.find("questionLabel").text()
    ui.click("stepForwardButton")
    predict = ui.sessions.prediction
    answers = [
        ("local derivative of y", "sin(2*x)", "wrong", ""),
        ("local derivative of y", "-cos(2*x)", "wrong", "sign"),
        ("local derivative of y", "cos(2*x)", "right", ""),
        ("passed on to 2*x", "-0.42", "right", ""),
        ("", "", "", ""),
    ]
    for question, text, verdict, shows in answers:
        assert question in ui.find("questionLabel").text().replace("sin(2*x)", "y")
        if text:
            ui.find("answerEdit").setText(text)
            ui.click("checkAnswerButton")
            ui.until(lambda: predict.verdict not in ("", "asking"))
            assert (predict.verdict, predict.hint_kind) == (verdict, shows), predict.message
            assert ("what arrived plays no part" in predict.message) is (text == "sin(2*x)")
    assert "All numbers of this step" in ui.find("questionLabel").text()
    ui.click("stepForwardButton")
    ui.click("revealButton")
    assert ui.find("hintLabel").text() == "It is 2."
    for text, shows in (("cos(2*x)", "inner"), ("2", "outer"), ("-2*cos(2*x)", "sign")):
        ui.find("answerEdit").setText(text)
        ui.click("checkAnswerButton")
        ui.until(lambda: predict.verdict not in ("", "asking"))
        assert (predict.verdict, predict.hint_kind) == ("wrong", shows)
    ui.find("answerEdit").setText("cos(z)")
    ui.click("checkAnswerButton")
    assert predict.verdict == "unclear"
    assert "no z here" in predict.message
    ui.find("answerEdit").setText("cos(")
    ui.click("checkAnswerButton")
    assert predict.verdict == "unclear"
    ui.find("answerEdit").setText("2*cos(2*x)")
    ui.click("checkAnswerButton")
    ui.until(lambda: predict.verdict == "right")
    assert ui.values["gradients/mul_grad/Mul_1:0"] == pytest.approx(-0.8322937)


def test_a_sum_that_is_not_added_up_and_the_other_factor(ui, lessons):
    ui.complete("x*x")
    ui.sessions.autodiff.set_value("x", 3)
    ui.find("quizCheck").setChecked(True)
    ui.sessions.autodiff.stepper.last()
    predict = ui.sessions.prediction
    for _ in range(4):
        if "Several gradients" in predict.question:
            break
        ui.click("revealButton")
    assert "Several gradients" in predict.question
    ui.find("answerEdit").setText("x")
    ui.click("checkAnswerButton")
    ui.until(lambda: predict.verdict == "wrong")
    assert predict.hint_kind == "sum"
    ui.find("answerEdit").setText("6")
    ui.click("checkAnswerButton")
    ui.until(lambda: predict.verdict == "right")
    ui.complete("x*y")
    ui.sessions.autodiff.set_value("y", 5)
    ui.sessions.autodiff.stepper.last()
    ui.until(lambda: "local derivative" in predict.question)
    ui.find("answerEdit").setText("x")
    ui.click("checkAnswerButton")
    ui.until(lambda: predict.verdict == "wrong")
    assert predict.hint_kind == "factor"


def test_the_formula_does_not_give_the_answer_away(ui, lessons):
    ui.complete("sin(2*x)")
    ui.find("quizCheck").setChecked(True)
    ui.click("stepForwardButton")
    assert "cos" not in ui.find("chainRuleView").property("text")
    ui.sessions.autodiff.stepper.reveal_next()
    assert "cos(2*x)" in ui.find("chainRuleView").property("text")


def test_the_text_reads_no_file_outside_its_folder(qtbot, tmp_path):
    inside, outside = tmp_path / "lesson", tmp_path / "out.png"
    inside.mkdir()
    picture = resource_path("pictures/window.png").read_bytes()
    outside.write_bytes(picture)
    (inside / "in.png").write_bytes(picture)
    view = MarkdownView()
    qtbot.addWidget(view)
    view.setTheme(load_theme("dark"))
    view.setMarkdownText("![a](in.png) ![b](../out.png) <b>bold</b>", inside)
    image = QTextDocument.ResourceType.ImageResource.value
    assert not view.loadResource(image, QUrl("in.png")).isNull()
    for name in ("../out.png", outside.as_uri(), str(outside), "http://example.org/a.png", "in.png/../../out.png"):
        assert view.loadResource(image, QUrl(name)) is None
    assert view.loadResource(QTextDocument.ResourceType.HtmlResource.value, QUrl("in.png")) is None
    assert "<b>" in view.toPlainText()


def test_an_input_is_not_said_to_have_a_rule(ui, lessons):
    ui.complete("a + b")
    ui.sessions.autodiff.stepper.set_pass("forward")
    ui.sessions.autodiff.stepper.set_step(1)
    ui.find("quizCheck").setChecked(True)
    predict = ui.sessions.prediction
    ui.until(lambda: "fed" in predict.question)
    ui.find("answerEdit").setText("-3")
    ui.click("checkAnswerButton")
    ui.until(lambda: predict.verdict == "wrong")
    assert "computes nothing" in ui.find("hintLabel").text()
    ui.find("quizCheck").setChecked(False)
    ui.sessions.autodiff.stepper.set_pass("backward")
