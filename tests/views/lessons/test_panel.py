"""The lesson panel: navigation, progress, saving scenes, predictions, and which files a lesson can read."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest

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
    ui.sessions.store.set("lesson_marks", {})


def wait_until_complete(ui, lessons):
    ui.until(lambda: lessons.is_complete)


def test_a_lesson_is_opened_and_navigated_by_keyboard(ui, lessons):
    panel = ui.find("lessonPanel")
    assert not panel.isVisible()
    assert (panel.property("lesson"), panel.property("scene")) == ("", 0)
    ui.press(KEY.Key_F2)
    assert panel.isVisible()
    names = ui.find("lessonList")
    assert names.count() == len(lessons.session.shelf)
    assert "Adding two numbers" in names.item(0).text()
    assert names.hasFocus()  # no mouse is needed
    ui.press(KEY.Key_Down)
    ui.press(KEY.Key_Down)
    ui.press(KEY.Key_Return)
    assert panel.property("lesson") == "03-derivative-of-2x"
    wait_until_complete(ui, lessons)
    assert ui.graph("shownExpression") == "2*x"
    assert not ui.find("lessonBackButton").isEnabled()
    ui.press(KEY.Key_PageDown)
    assert panel.property("scene") == 2
    ui.click("lessonNextButton")
    wait_until_complete(ui, lessons)
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


def test_without_a_lesson_a_clicker_steps_through_the_graph(ui, lessons):
    ui.complete("sin(3*x)")
    ui.press(KEY.Key_F2)
    ui.press(KEY.Key_PageDown)
    assert ui.graph("shownStep") == 1


def test_a_scene_is_restored_after_changes(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(3)
    wait_until_complete(ui, lessons)
    ui.type("x^3")
    ui.click("lessonAgainButton")
    wait_until_complete(ui, lessons)
    assert ui.graph("shownExpression") == "sin(2*x)"
    assert ui.graph("shownStep") == 2


def test_hiding_a_lesson_shows_the_panels_that_its_scene_hides(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("01-adding-two-numbers")
    wait_until_complete(ui, lessons)
    assert not ui.find("curvePanel").isVisible()
    ui.press(KEY.Key_F2)
    ui.type("x^3")
    assert ui.find("curvePanel").isVisible()
    ui.press(KEY.Key_F2)
    assert ui.find("curvePanel").isVisible()  # as for any typed expression
    lessons.session.restore_scene()
    wait_until_complete(ui, lessons)
    assert not ui.find("curvePanel").isVisible()
    ui.press(KEY.Key_F11)
    ui.press(KEY.Key_Escape)
    assert not ui.find("curvePanel").isVisible()


def test_a_button_toggles_the_notes(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("01-adding-two-numbers")
    wait_until_complete(ui, lessons)
    assert not ui.find("lessonNotes").isVisible()
    ui.click("lessonNotesButton")
    assert "of a sum" in ui.find("lessonNotes").toPlainText()
    ui.click("lessonNotesButton")
    assert not ui.find("lessonNotes").isVisible()


def test_the_window_is_saved_as_a_scene_and_restored(ui, lessons, tmp_path):
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
    wait_until_complete(ui, lessons)
    assert ui.window.tabs.currentIndex() == 0
    session = ui.sessions.autodiff
    assert ui.graph("shownExpression") == "sin(2*x*y)"
    assert ui.find("lessonText").toPlainText().count("sin(2*x*y)") == 1  # stars do not become emphasis
    assert (session.point["x"], session.stepper.step, session.selection) == (0.25, 2, ("node", "Sin"))
    assert ui.sessions.curve.low == pytest.approx(-6.2831853)
    lessons.session.next()
    wait_until_complete(ui, lessons)
    assert ui.window.tabs.currentWidget() is ui.window.tab("data")
    path.write_text("# no lesson")
    lessons.save(str(path))
    assert "Not saved" in ui.window.statusBar().currentMessage()
    assert path.read_text() == "# no lesson"


def test_an_invalid_file_is_refused_and_changes_nothing(ui, lessons, tmp_path):
    path = tmp_path / "late.md"
    path.write_text("+++\nformat = 7\ntitle = 'a'\n+++\n")
    ui.complete("x*y")
    lessons.open(str(path))
    assert "later version" in ui.find("lessonSentence").text()
    assert "line 2" in ui.find("lessonSentence").text()
    assert ui.find("lessonSentence").isVisible()
    assert ui.sessions.autodiff.text == "x*y"


def test_missing_steps_and_nodes_of_a_scene_are_reported(ui, lessons, tmp_path):
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
    for index, (_, expected) in enumerate(scenes):
        lessons.session.go(index)
        wait_until_complete(ui, lessons)
        message = ui.window.statusBar().currentMessage()
        assert expected in message if expected else not message
        assert (ui.sessions.autodiff.selection is not None) is (index > 1)


def test_predictions_on_any_expression(ui, lessons):
    ui.complete("sin(2*x)")
    ui.find("quizCheck").setChecked(True)
    assert "gradient of y with respect to itself" in ui.find("questionLabel").text()
    ui.click("stepForwardButton")
    prediction = ui.sessions.prediction
    answers = [
        ("local derivative of y", "sin(2*x)", "wrong", ""),
        ("local derivative of y", "-cos(2*x)", "wrong", "sign"),
        ("local derivative of y", "cos(2*x)", "right", ""),
        ("passed on to 2*x", "-0.42", "right", ""),
        ("", "", "", ""),
    ]
    for question, text, verdict, hint_kind in answers:
        assert question in ui.find("questionLabel").text().replace("sin(2*x)", "y")
        if text:
            ui.find("answerEdit").setText(text)
            ui.click("checkAnswerButton")
            ui.until(lambda: prediction.verdict not in ("", "asking"))
            assert (prediction.verdict, prediction.hint_kind) == (verdict, hint_kind), prediction.message
            assert ("the upstream gradient plays no part" in prediction.message) is (text == "sin(2*x)")
    assert "All numbers of this step" in ui.find("questionLabel").text()
    ui.click("stepForwardButton")
    ui.click("revealButton")
    assert ui.find("hintLabel").text() == "It is 2."
    for text, hint_kind in (("cos(2*x)", "inner"), ("2", "outer"), ("-2*cos(2*x)", "sign")):
        ui.find("answerEdit").setText(text)
        ui.click("checkAnswerButton")
        ui.until(lambda: prediction.verdict not in ("", "asking"))
        assert (prediction.verdict, prediction.hint_kind) == ("wrong", hint_kind)
    ui.find("answerEdit").setText("cos(z)")
    ui.click("checkAnswerButton")
    assert prediction.verdict == "unclear"
    assert "no z here" in prediction.message
    ui.find("answerEdit").setText("cos(")
    ui.click("checkAnswerButton")
    assert prediction.verdict == "unclear"
    ui.find("answerEdit").setText("2*cos(2*x)")
    ui.click("checkAnswerButton")
    ui.until(lambda: prediction.verdict == "right")
    assert ui.values["gradients/mul_grad/Mul_1:0"] == pytest.approx(-0.8322937)


def test_hints_for_a_missing_sum_and_for_the_other_factor(ui, lessons):
    ui.complete("x*x")
    ui.sessions.autodiff.set_value("x", 3)
    ui.find("quizCheck").setChecked(True)
    ui.sessions.autodiff.stepper.last()
    prediction = ui.sessions.prediction
    for _ in range(4):
        if "Several gradients" in prediction.question:
            break
        ui.click("revealButton")
    assert "Several gradients" in prediction.question
    ui.find("answerEdit").setText("x")
    ui.click("checkAnswerButton")
    ui.until(lambda: prediction.verdict == "wrong")
    assert prediction.hint_kind == "sum"
    ui.find("answerEdit").setText("6")
    ui.click("checkAnswerButton")
    ui.until(lambda: prediction.verdict == "right")
    ui.complete("x*y")
    ui.sessions.autodiff.set_value("y", 5)
    ui.sessions.autodiff.stepper.last()
    ui.until(lambda: "local derivative" in prediction.question)
    ui.find("answerEdit").setText("x")
    ui.click("checkAnswerButton")
    ui.until(lambda: prediction.verdict == "wrong")
    assert prediction.hint_kind == "factor"


def test_the_formula_does_not_reveal_the_answer(ui, lessons):
    ui.complete("sin(2*x)")
    ui.find("quizCheck").setChecked(True)
    ui.click("stepForwardButton")
    assert "cos" not in ui.find("chainRuleView").property("text")
    ui.sessions.autodiff.stepper.reveal_next()
    assert "cos(2*x)" in ui.find("chainRuleView").property("text")


def test_a_lessons_text_reads_no_file_outside_its_folder(qtbot, tmp_path):
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


def test_the_hint_for_an_input_says_that_it_computes_nothing(ui, lessons):
    ui.complete("a + b")
    ui.sessions.autodiff.stepper.set_pass("forward")
    ui.sessions.autodiff.stepper.set_step(1)
    ui.find("quizCheck").setChecked(True)
    prediction = ui.sessions.prediction
    ui.until(lambda: "fed" in prediction.question)
    ui.find("answerEdit").setText("-3")
    ui.click("checkAnswerButton")
    ui.until(lambda: prediction.verdict == "wrong")
    assert "computes nothing" in ui.find("hintLabel").text()
    ui.find("quizCheck").setChecked(False)
    ui.sessions.autodiff.stepper.set_pass("backward")


def test_the_end_of_a_lesson_offers_the_next_one(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("03-derivative-of-2x")
    button = ui.find("nextLessonButton")
    assert not button.isVisible()
    lessons.session.go(99)
    assert button.isVisible()
    assert button.accessibleName() == "Next lesson: The sine and its derivative"
    assert button.text().startswith("Next lesson: The sine")
    ui.click("nextLessonButton")
    assert ui.find("lessonPanel").property("lesson") == "04-sine"
    assert not button.isVisible()
    lessons.session.close()
    assert "1 exercise left" in ui.find("lessonList").item(2).text()


def test_numbers_in_the_text_are_shown_without_a_jump(ui, lessons, tmp_path):
    path = tmp_path / "numbers.md"
    path.write_text(
        '+++\nformat = 1\ntitle = "T"\n+++\n\n## A\n\n```scene\nexpression = "sin(2*x)"\nat = { x = 0.5 }\n```\n\n'
        "It is {{ dy/dx }} in the text and $a = {{ dy/dx }}$.\n" + "\nA line.\n" * 60 + "\n> Note {{ 2*x }}.\n",
        encoding="utf-8",
    )
    lessons.open(str(path))
    wait_until_complete(ui, lessons)
    assert "It is 1.081 in the text" in lessons.panel.text.toPlainText()
    assert "{{" not in lessons.panel.text.toPlainText()
    bar = lessons.panel.text.verticalScrollBar()
    bar.setValue(200)
    lessons.session.textChanged.emit()
    assert bar.value() == 200
    ui.click("lessonNotesButton")
    assert "Note 1." in ui.find("lessonNotes").toPlainText()
    ui.click("lessonNotesButton")


@pytest.mark.parametrize("presented", [False, True])
def test_a_key_brings_the_scene_back(ui, lessons, presented):
    session, curve = ui.sessions.autodiff, ui.sessions.curve
    lessons.set_visible(True)
    lessons.session.open_key("06-perceptron")
    lessons.session.go(0)
    ui.until(lambda: lessons.is_complete)
    view = ui.find("graphView")
    view.setFocus()
    if presented:
        ui.press(KEY.Key_F5)
    ui.until(lambda: lessons.is_complete)

    def state():
        boxes = {item.box.id: (round(item.x()), round(item.y())) for item in view._scene_items.boxes()}
        camera = round(view.transform().m11(), 6), view.mapToScene(view.viewport().rect().center())
        point = {name: float(value) for name, value in session.point.items()}
        return boxes, camera, point, (curve.low, curve.high), curve.variable, session.stepper.step, session.selection

    before = state()
    view.zoom_by(3)
    view.pan(40, 70)
    box = next(iter(view._scene_items.boxes()))
    view.drag_box(box, 50, 20)
    view.drop_box(box)
    session.set_value("x", 3.0)
    curve.set_range(-1, 7)
    curve.set_variable("b")
    session.stepper.set_step(1)
    session.select_node("add")
    ui.until(lambda: session.is_settled)
    assert not [old for old, new in zip(before, state(), strict=True) if old == new]
    QTest.keyClick(ui.window, KEY.Key_R, Qt.KeyboardModifier.ControlModifier)
    ui.until(lambda: lessons.is_complete and state() == before)
    ui.window.set_presenting(False)
