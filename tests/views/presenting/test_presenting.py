"""Present mode: what is seen, the keys of a clicker, the lecturer's window."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit

from explorer.views.lessons.controller import LessonController
from explorer.views.practice.practice import PracticeController
from explorer.views.presenting.presenter import PresentationController
from explorer.views.widgets.text_size import presented_text_px

KEY = Qt.Key


@pytest.fixture
def lessons(ui):
    ui.window.resize(1280, 720)
    yield ui.window.part(LessonController)
    ui.window.set_presenting(False)
    ui.window.part(LessonController).session.close()
    ui.window.part(LessonController).set_visible(False)
    ui.sessions.store.set("lessons", {})
    if (lecturer := lecturer_window()) is not None:
        lecturer.close()
    ui.find("graphView").fit()


class Watch:
    """A clock that began two minutes ago."""

    def start(self):
        pass

    def isValid(self):
        return True

    def elapsed(self):
        return 125_400


def lecturer_window():
    return next((w for w in QApplication.topLevelWidgets() if w.objectName() == "lecturerWindow"), None)


def begin(ui, lessons, scene=1):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(scene)
    ui.until(lambda: lessons.is_complete)
    ui.find("lessonNextButton").setFocus()
    ui.press(KEY.Key_F5)


def test_graph_formula_and_class_text_are_large(ui, lessons):
    before = ui.find("lessonText").document().defaultFont().pixelSize()
    begin(ui, lessons)
    assert ui.window.isFullScreen()
    for name in ("graphView", "chainRuleView", "lessonText", "sceneTitle"):
        assert ui.find(name).isVisible(), name
    for name in ("expressionEdit", "inputsPanel", "curvePanel", "stepBar", "lessonNextButton", "lessonListButton"):
        assert not ui.find(name).isVisible(), name
    assert ui.find("lessonText").document().defaultFont().pixelSize() > 1.4 * before
    assert ui.find("stepNote").font().pixelSize() > 1.4 * before
    QTest.keyClick(ui.window, KEY.Key_PageDown)
    assert ui.find("lessonPanel").property("scene") == 3
    ui.until(lambda: lessons.is_complete and ui.graph("shownStep") == 1)
    QTest.keyClick(ui.window, KEY.Key_F5)
    assert not ui.window.isFullScreen()
    assert ui.find("expressionEdit").isVisible()
    assert ui.find("lessonNextButton").isVisible()
    assert ui.find("lessonText").document().defaultFont().pixelSize() == before


def test_f11_hides_the_lesson_too_and_brings_it_back(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    ui.until(lambda: lessons.is_complete)
    QTest.keyClick(ui.window, KEY.Key_F11)
    assert not ui.find("lessonPanel").isVisible()
    QTest.keyClick(ui.window, KEY.Key_Escape)
    assert ui.find("lessonPanel").isVisible()


def test_the_action_and_the_button_do_the_same(ui, lessons):
    ui.complete("sin(2*x)")
    ui.find("presentAction").trigger()
    assert ui.window.is_presenting
    assert not ui.find("lessonPanel").isVisible()
    ui.find("presentAction").trigger()
    assert not ui.window.is_presenting
    ui.click("presentButton")
    assert ui.find("presentAction").isChecked()
    QTest.keyClick(ui.window, KEY.Key_Escape)
    assert not ui.find("presentAction").isChecked()


def test_black_and_back(ui, lessons):
    ui.complete("sin(2*x)")
    QTest.keyClick(ui.window, KEY.Key_B)
    assert not ui.find("blackCover").isVisible()  # only while one presents
    ui.press(KEY.Key_F5)
    QTest.keyClick(ui.window, KEY.Key_B)
    image = ui.window.grab().toImage()
    assert {image.pixel(x, y) & 0xFFFFFF for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)} == {
        0
    }
    QTest.keyClick(ui.window, KEY.Key_B)
    assert not ui.find("blackCover").isVisible()
    QTest.keyClick(ui.window, KEY.Key_B)
    QTest.mouseClick(ui.find("blackCover"), Qt.MouseButton.LeftButton)
    assert not ui.find("blackCover").isVisible()
    assert ui.window.is_presenting


def test_closer_to_an_op_and_back(ui, lessons):
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    before = view.transform().m11()
    ui.sessions.autodiff.stepper.set_step(2)
    QTest.keyClick(ui.window, KEY.Key_Z)
    assert view.transform().m11() > 1.5 * before
    item = next(item for item in view._scene_items.boxes() if item.box.id == "mul")
    middle = view.viewport().rect().center()
    assert (view.mapFromScene(item.pos()) - middle).manhattanLength() < 30
    QTest.keyClick(ui.window, KEY.Key_Z)
    assert view.transform().m11() == pytest.approx(before)


@pytest.mark.parametrize("size", [(1280, 800), (1280, 720), (1024, 640)])
def test_what_stands_beside_an_op_is_not_cut_off_by_looking_closer(ui, lessons, size):
    ui.window.resize(*size)
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    for step in (1, 2):
        ui.sessions.autodiff.stepper.set_step(step)
        before = view.transform().m11()
        QTest.keyClick(ui.window, KEY.Key_Z)
        assert view.transform().m11() > before
        name = ("Sin", "mul")[step - 1]
        seen = view.mapToScene(view.viewport().rect()).boundingRect()
        beside = [
            link.text_rect() for link in view._scene_items.links() if name in (link.link.source, link.link.target)
        ]
        assert len(beside) >= 2
        assert all(seen.contains(text) for text in beside)
        QTest.keyClick(ui.window, KEY.Key_Z)


def test_the_text_of_a_lesson_that_was_put_away_is_not_presented_with_an_exercise(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    ui.until(lambda: lessons.is_complete)
    finding = ui.sessions.find_mistake
    finding.begin(42)
    ui.until(lambda: finding.is_ready)
    ui.press(KEY.Key_F5)
    assert ui.find("mistakeStrip").isVisible()
    assert not ui.find("lessonText").isVisible()
    ui.press(KEY.Key_F5)
    finding.end()


def letters(strip):
    """Pixels of the letters with which each visible part of a strip is rendered."""
    kinds = (QLabel, QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox)
    parts = [part for kind in kinds for part in strip.findChildren(kind)] if strip.children() else [strip]
    return {part.fontInfo().pixelSize() for part in parts if part.isVisible()}


@pytest.mark.parametrize("exercise", ["answer", "practice", "mistake"])
def test_exercises_are_as_large_as_the_class_text(ui, lessons, exercise):
    window = ui.window
    match exercise:
        case "answer":
            lessons.set_visible(True)
            lessons.session.open_key("05-chain-rule")
            scenes = lessons.session.lesson.scenes
            lessons.session.go(next(index for index, scene in enumerate(scenes) if scene.exercise is not None))
            ui.until(lambda: lessons.is_complete)
            strips = [ui.find("answerStrip")]
        case "practice":
            window.part(PracticeController).begin(5, 17)
            ui.until(lambda: bool(ui.sessions.prediction.question) and not window.sessions.practice._is_opening)
            strips = [ui.find("practiceStrip"), ui.find("answerStrip")]
        case "mistake":
            window.sessions.find_mistake.begin(42)
            ui.until(lambda: window.sessions.find_mistake.is_ready)
            strips = [ui.find("mistakeStrip"), ui.find("mistakeWarning")]
    before = [letters(strip) for strip in strips]
    assert max(set.union(*before)) < 20
    ui.press(KEY.Key_F5)
    for scale in (1.0, 2.0):
        window.sessions.store.set("scale", scale)
        text = (
            ui.find("lessonText").document().defaultFont().pixelSize()
            if exercise == "answer"
            else presented_text_px(scale)
        )
        assert [letters(strip) for strip in strips] == [{text}] * len(strips)
    window.sessions.store.set("scale", 1.0)
    ui.press(KEY.Key_F5)
    assert [letters(strip) for strip in strips] == before
    window.sessions.practice.end()
    window.sessions.find_mistake.end()


def test_how_long_a_scene_trains_is_as_large_as_the_class_text(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("08-logistic-regression")
    lessons.session.go(
        next(index for index, scene in enumerate(lessons.session.lesson.scenes) if "train" in scene.view_keys)
    )
    label = ui.find("lessonTrainingLabel")
    assert label.isVisible()
    before = label.fontInfo().pixelSize()
    ui.press(KEY.Key_F5)
    text = ui.find("lessonText").document().defaultFont().pixelSize()
    assert (label.fontInfo().pixelSize(), label.visibleRegion().boundingRect()) == (text, label.rect())
    ui.press(KEY.Key_F5)
    assert label.fontInfo().pixelSize() == before < text
    ui.forget_runs()


def test_the_pointer_follows_the_mouse(ui, lessons):
    ui.complete("sin(2*x)")
    QTest.keyClick(ui.window, KEY.Key_P)
    ring = ui.find("pointerRing")
    assert ring.isVisible()
    view = ui.find("graphView").viewport()
    for place in (QPoint(100, 120), QPoint(220, 90)):
        QTest.mouseMove(view, place)
        wanted = view.mapTo(ui.window, place)
        ui.until(lambda wanted=wanted: (ring.geometry().center() - wanted).manhattanLength() <= 2)
    QTest.keyClick(ui.window, KEY.Key_Escape)
    assert not ring.isVisible()


def test_the_lecturers_window(ui, lessons, monkeypatch):
    monkeypatch.setattr(ui.window.part(PresentationController), "_since", Watch())
    begin(ui, lessons)
    QTest.keyClick(ui.window, KEY.Key_F6)
    lecturer = lecturer_window()
    assert lecturer.isVisible()

    def text(name):
        return lecturer.findChild(object, name).text()

    assert text("lecturerScene") == "2 of 7: It begins at the end"
    assert text("lecturerNext") == "Next: The sine, from the table"
    assert "Grey is" in lecturer.findChild(object, "lecturerNotes").toPlainText()
    ui.until(lambda: text("lecturerClock").endswith("   ·   2:05 since the beginning"))
    QTest.mouseClick(lecturer.findChild(object, "lecturerNextButton"), Qt.MouseButton.LeftButton)
    ui.until(lambda: lessons.is_complete and text("lecturerScene").startswith("3 of 7"))
    QTest.mouseClick(lecturer.findChild(object, "lecturerStepButton"), Qt.MouseButton.LeftButton)
    assert ui.graph("shownStep") == 2
    assert "step 2 of 2" in text("lecturerStep")
    ways = [lecturer.findChild(object, name) for name in ("lecturerBackButton", "lecturerNextButton")]
    assert all(way.isEnabled() for way in ways)
    lessons.session.go(6)
    assert [way.isEnabled() for way in ways] == [True, False]
    lessons.session.go(0)
    assert [way.isEnabled() for way in ways] == [False, True]
    ui.until(lambda: lessons.is_complete)
    QTest.mouseClick(lecturer.findChild(object, "lecturerBlackButton"), Qt.MouseButton.LeftButton)
    assert ui.find("blackCover").isVisible()


def closed(ui):
    ui.until(lambda: lecturer_window() is None)
    return True


@pytest.mark.parametrize("key", [KEY.Key_F5, KEY.Key_Escape])
def test_the_lecturers_window_ends_with_presenting(ui, lessons, key):
    begin(ui, lessons)
    QTest.keyClick(ui.window, KEY.Key_F6)
    assert lecturer_window().isVisible()
    QTest.keyClick(lecturer_window(), key)  # its keys are those of the main window
    assert not ui.window.is_presenting
    assert closed(ui)


def test_a_lecturers_window_of_before_stays_and_is_closed_by_a_key(ui, lessons):
    def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
        window.activateWindow()
        ui.until(window.isActiveWindow)
        QTest.keyClick(window, key, modifiers)

    press(ui.window, KEY.Key_F6)
    lecturer = lecturer_window()
    press(ui.window, KEY.Key_F5)
    assert ui.window.is_presenting
    press(ui.window, KEY.Key_F6)
    press(ui.window, KEY.Key_F5)
    assert not ui.window.is_presenting
    assert lecturer_window() is lecturer
    assert lecturer.isVisible()
    press(lecturer, KEY.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert closed(ui)
    press(ui.window, KEY.Key_F6)  # and it comes again
    assert lecturer_window().isVisible()
    press(ui.window, KEY.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert closed(ui)
    press(ui.window, KEY.Key_W, Qt.KeyboardModifier.ControlModifier)  # there is none, and nothing happens
    assert ui.window.isVisible()


def test_the_key_brings_the_lecturers_window_to_the_front(ui, lessons, monkeypatch):
    QTest.keyClick(ui.window, KEY.Key_F6)
    calls = []
    monkeypatch.setattr(lecturer_window(), "raise_", lambda: calls.append("front"), raising=False)
    QTest.keyClick(ui.window, KEY.Key_F6)
    assert calls == ["front"]
    assert lecturer_window().isVisible()


def shown(view):
    """The ids of the boxes that are wholly in view."""
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    return {item.box.id for item in view._scene_items.boxes() if seen.contains(item.sceneBoundingRect())}


def test_a_zoom_goes_along_with_the_steps(ui, lessons):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.stepper.set_step(0)
    view = ui.find("graphView")
    ui.press(KEY.Key_F5)
    QTest.keyClick(ui.window, KEY.Key_Z)
    view.zoom_by(5 / view.transform().m11())
    close = view.transform().m11()
    mul = next(item for item in view._scene_items.boxes() if item.box.id == "mul")
    seen = view.viewport().rect()
    assert not seen.contains(view.mapFromScene(mul.pos()))
    ui.sessions.autodiff.stepper.set_step(2)
    assert seen.contains(view.mapFromScene(mul.pos()))
    assert view.transform().m11() == close


def test_no_zoom_is_left_when_presenting_ends_or_another_graph_comes(ui, lessons):
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    for leave in (lambda: QTest.keyClick(ui.window, KEY.Key_Escape), lambda: ui.complete("a + b")):
        ui.press(KEY.Key_F5)
        QTest.keyClick(ui.window, KEY.Key_Z)
        assert not {item.box.id for item in view._scene_items.boxes()} <= shown(view)
        leave()
        ui.until(lambda: not view.isMoving)
        assert {item.box.id for item in view._scene_items.boxes()} <= shown(view)
        ui.window.set_presenting(False)
