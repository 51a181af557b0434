"""Present mode: what it shows, the keys of a clicker, zoom, and the lecturer's window."""

import math

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit

from explorer.views.lessons.controller import LessonController
from explorer.views.practice.practice import PracticeController
from explorer.views.presenting.presenter import PresentationController
from explorer.views.presenting.scene_picture import PICTURE_WIDTH_PX
from explorer.views.widgets.text_size import presented_text_px
from tests.views.presenting.test_graph_height import visible_rect

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


class FixedClock:
    """An elapsed timer that was started two minutes ago."""

    def start(self):
        pass

    def isValid(self):
        return True

    def elapsed(self):
        return 125_400


def lecturer_window():
    """Return the lecturer's window, or None."""
    return next((w for w in QApplication.topLevelWidgets() if w.objectName() == "lecturerWindow"), None)


def start_presenting(ui, lessons, scene=1):
    """Open a scene of the lesson on the chain rule and present it."""
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(scene)
    ui.until(lambda: lessons.is_complete)
    ui.find("lessonNextButton").setFocus()
    ui.press(KEY.Key_F5)


def test_present_mode_shows_graph_formula_and_text_in_large_fonts(ui, lessons):
    before = ui.find("lessonText").document().defaultFont().pixelSize()
    start_presenting(ui, lessons)
    assert ui.window.isFullScreen()
    shown = ("graphView", "chainRuleView", "curvePlot", "inputsPanel", "slider_x", "lessonText", "sceneTitle")
    hidden = ("expressionEdit", "rangeLow", "claimEdit", "stepBar", "waySwitch", "lessonNextButton", "lessonListButton")
    for name in (*shown, *hidden):
        assert ui.find(name).isVisible() == (name in shown), name
    assert ui.find("lessonText").document().defaultFont().pixelSize() > 1.4 * before
    assert ui.find("stepNote").font().pixelSize() > 1.4 * before
    QTest.keyClick(ui.window, KEY.Key_PageDown)
    assert ui.find("lessonPanel").property("scene") == 3
    ui.until(lambda: lessons.is_complete and ui.graph("shownStep") == 1)
    assert "goes on to" in ui.find("stepNote").text()  # the numbers that arrive and go on
    source = [label for label in ui.find("chainRuleView").findChildren(QLabel) if "_SinGrad" in label.toolTip()]
    assert [label.isVisible() for label in source] == [True]
    QTest.keyClick(ui.window, KEY.Key_F5)
    assert not ui.window.isFullScreen()
    assert ui.find("expressionEdit").isVisible()
    assert ui.find("lessonNextButton").isVisible()
    assert ui.find("lessonText").document().defaultFont().pixelSize() == before


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_what_a_scene_shows_is_presented_large(ui, lessons, size):
    start_presenting(ui, lessons, 3)
    ui.window.setWindowState(ui.window._state_before)
    ui.window.resize(*size)
    ui.until(lambda: lessons.is_complete)
    names = ("graphView", "curvePlot", "inputsPanel", "chainRuleView", "lessonText")
    rects = {name: visible_rect(ui.window, ui.find(name)) for name in names}
    for name, rect in rects.items():
        assert rect.size() == ui.find(name).size(), f"{name} is cut off"
        assert not [other for other in names if other != name and rects[other].intersects(rect)], name
    width, height = size
    for name in ("graphView", "curvePlot"):
        assert rects[name].width() > 0.3 * width, name
        assert rects[name].height() > 0.4 * height, name


def test_a_plot_without_a_lesson_is_presented(ui, lessons):
    ui.complete("x^3")
    ui.press(KEY.Key_F5)
    ui.until(lambda: ui.window.isComplete("x^3"))
    assert set(ui.find("curvePlot").property("shownCurves")) == {"f", "f′"}
    assert ui.find("curvePlot").isVisible()
    ui.sessions.autodiff.set_value("x", 2.0)
    ui.until(lambda: float(ui.sessions.curve.point.slope) == 12.0 and ui.find("curvePlot").is_drawn)
    assert float(ui.find("curvePlot")._canvas._point.slope) == 12.0


def test_panels_that_a_scene_hides_are_not_presented(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("01-adding-two-numbers")
    ui.until(lambda: lessons.is_complete)
    ui.press(KEY.Key_F5)
    assert [ui.find(name).isVisible() for name in ("curvePanel", "inputsPanel", "chainRuleView")] == [False, True, True]


def test_all_variables_are_presented_where_there_is_no_plot(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("20-backpropagation-by-hand")
    ui.until(lambda: lessons.is_complete)
    ui.press(KEY.Key_F5)
    panel = ui.find("inputsPanel")
    for name in ("w", "x", "b", "v", "t"):
        slider = ui.find(f"slider_{name}")
        ui.until(lambda slider=slider: visible_rect(ui.window, slider).size() == slider.size())
    assert panel.visibleRegion().boundingRect() == panel.rect()
    lessons.session.go(6)  # the plotted entry has a long name
    ui.until(lambda: lessons.is_complete and ui.find("slider_V[0,0]") is not None)
    slider = ui.find("slider_V[0,0]")
    ui.until(lambda: slider.width() > 3 * slider.height())


@pytest.mark.parametrize("key", ["05-chain-rule", "10-convolutional-network", "14-dead-relu", "16-the-session"])
def test_the_next_lesson_is_named_while_presenting(ui, lessons, key):
    start_presenting(ui, lessons)
    ui.window.setWindowState(ui.window._state_before)
    ui.window.resize(1280, 720)
    lessons.session.open_key(key)
    lessons.session.go(99)
    button, title = ui.find("nextLessonButton"), lessons.session.next_lesson.title
    ui.until(button.isVisible)
    lines, metrics = button.text().split("\n"), button.fontMetrics()
    shown = lines[-1].removeprefix("Next lesson: ").removesuffix("…")
    assert lines[0].startswith("Next lesson:")
    assert title.startswith(shown)
    assert len(shown) >= min(len(title), 16)
    assert max(map(metrics.horizontalAdvance, lines)) < button.width()
    assert button.height() >= len(lines) * metrics.height()


def test_the_details_of_a_selection_are_presented_below_the_graph(ui, lessons):
    ui.complete("sin(2*x)")
    ui.press(KEY.Key_F5)
    ui.sessions.autodiff.select_node("mul")
    graph, details = ui.find("graphView"), ui.find("detailsStrip")
    ui.until(lambda: details.isVisible() and details.height() > 20)
    ui.until(lambda: not visible_rect(ui.window, graph).intersects(visible_rect(ui.window, details)))
    ui.press(KEY.Key_F5)

    def is_over_graph():
        return QRect(graph.mapTo(ui.window, QPoint()), graph.size()).contains(visible_rect(ui.window, details).center())

    ui.until(is_over_graph)


def test_f11_hides_the_lesson_until_escape(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    ui.until(lambda: lessons.is_complete)
    QTest.keyClick(ui.window, KEY.Key_F11)
    assert not ui.find("lessonPanel").isVisible()
    QTest.keyClick(ui.window, KEY.Key_Escape)
    assert ui.find("lessonPanel").isVisible()


def test_the_action_and_the_button_toggle_present_mode(ui, lessons):
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


def test_b_toggles_the_black_screen(ui, lessons):
    ui.complete("sin(2*x)")
    QTest.keyClick(ui.window, KEY.Key_B)
    assert not ui.find("blackCover").isVisible()  # only in present mode
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


def test_z_zooms_to_the_current_op_and_back(ui, lessons):
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
def test_labels_of_the_op_are_visible_after_zooming_in(ui, lessons, size):
    ui.window.resize(*size)
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    for step in (1, 2):
        ui.sessions.autodiff.stepper.set_step(step)
        before = view.transform().m11()
        QTest.keyClick(ui.window, KEY.Key_Z)
        assert view.transform().m11() > before
        name = ("Sin", "mul")[step - 1]
        visible = view.mapToScene(view.viewport().rect()).boundingRect()
        labels = [
            link.text_rect() for link in view._scene_items.links() if name in (link.link.source, link.link.target)
        ]
        assert len(labels) >= 2
        assert all(visible.contains(text) for text in labels)
        QTest.keyClick(ui.window, KEY.Key_Z)


def test_an_exercise_is_presented_without_the_lessons_text(ui, lessons):
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    ui.until(lambda: lessons.is_complete)
    find_mistake = ui.sessions.find_mistake
    find_mistake.begin(42)
    ui.until(lambda: find_mistake.is_ready)
    ui.press(KEY.Key_F5)
    assert ui.find("mistakeStrip").isVisible()
    assert not ui.find("lessonText").isVisible()
    ui.press(KEY.Key_F5)
    find_mistake.end()


def font_sizes(strip):
    """Return the set of font sizes, in pixels, of the visible parts of a strip."""
    kinds = (QLabel, QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox)
    parts = [part for kind in kinds for part in strip.findChildren(kind)] if strip.children() else [strip]
    return {part.fontInfo().pixelSize() for part in parts if part.isVisible()}


@pytest.mark.parametrize("exercise", ["answer", "practice", "mistake"])
def test_exercises_have_the_font_size_of_the_class_text(ui, lessons, exercise):
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
    before = [font_sizes(strip) for strip in strips]
    assert max(set.union(*before)) < 20
    ui.press(KEY.Key_F5)
    for scale in (1.0, 2.0):
        window.sessions.store.set("scale", scale)
        text = (
            ui.find("lessonText").document().defaultFont().pixelSize()
            if exercise == "answer"
            else presented_text_px(scale)
        )
        assert [font_sizes(strip) for strip in strips] == [{text}] * len(strips)
    window.sessions.store.set("scale", 1.0)
    ui.press(KEY.Key_F5)
    assert [font_sizes(strip) for strip in strips] == before
    window.sessions.practice.end()
    window.sessions.find_mistake.end()


def test_the_training_progress_of_a_scene_has_the_font_size_of_the_class_text(ui, lessons):
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
    for position in (QPoint(100, 120), QPoint(220, 90)):
        QTest.mouseMove(view, position)
        expected = view.mapTo(ui.window, position)
        ui.until(lambda expected=expected: (ring.geometry().center() - expected).manhattanLength() <= 2)
    QTest.keyClick(ui.window, KEY.Key_Escape)
    assert not ring.isVisible()


def test_the_lecturers_window(ui, lessons, monkeypatch):
    monkeypatch.setattr(ui.window.part(PresentationController), "_since", FixedClock())
    start_presenting(ui, lessons)
    QTest.keyClick(ui.window, KEY.Key_F6)
    lecturer = lecturer_window()
    assert lecturer.isVisible()

    def text(name):
        return lecturer.findChild(object, name).text()

    assert text("lecturerScene") == "2 of 7: It begins at the end"
    assert text("lecturerNext") == "Next: The sine, from the table"
    assert "are orange" in lecturer.findChild(object, "lecturerNotes").toPlainText()
    ui.until(lambda: text("lecturerClock").endswith("   ·   2:05 used   ·   42:55 left"))
    QTest.mouseClick(lecturer.findChild(object, "lecturerNextButton"), Qt.MouseButton.LeftButton)
    ui.until(lambda: lessons.is_complete and text("lecturerScene").startswith("3 of 7"))
    QTest.mouseClick(lecturer.findChild(object, "lecturerStepButton"), Qt.MouseButton.LeftButton)
    assert ui.graph("shownStep") == 2
    assert "step 2 of 2" in text("lecturerStep")
    buttons = [lecturer.findChild(object, name) for name in ("lecturerBackButton", "lecturerNextButton")]
    assert all(button.isEnabled() for button in buttons)
    lessons.session.go(6)
    assert [button.isEnabled() for button in buttons] == [True, False]
    lessons.session.go(0)
    assert [button.isEnabled() for button in buttons] == [False, True]
    ui.until(lambda: lessons.is_complete)
    QTest.mouseClick(lecturer.findChild(object, "lecturerBlackButton"), Qt.MouseButton.LeftButton)
    assert ui.find("blackCover").isVisible()


def part_of_lecturer_window(name):
    return lecturer_window().findChild(object, name)


def test_the_lecturers_window_counts_the_minutes_of_the_talk(ui, lessons, monkeypatch):
    monkeypatch.setattr(ui.window.part(PresentationController), "_since", FixedClock())
    start_presenting(ui, lessons)
    QTest.keyClick(ui.window, KEY.Key_F6)
    minutes, clock = part_of_lecturer_window("lecturerMinutes"), part_of_lecturer_window("lecturerClock")
    assert not minutes.hasFocus()
    minutes.setValue(20)
    assert clock.text().endswith("2:05 used   ·   17:55 left")
    assert ui.sessions.store.get("talk_minutes") == 20
    minutes.setValue(2)
    assert clock.text().endswith("2:05 used   ·   0:05 over")
    ui.sessions.store.set("talk_minutes", 45)


def test_the_lecturers_window_has_the_answer_the_hints_and_the_text(ui, lessons):
    start_presenting(ui, lessons, 5)
    QTest.keyClick(ui.window, KEY.Key_F6)
    solution = lessons.session.current.exercise.solution
    answer = part_of_lecturer_window("lecturerAnswer")
    ui.until(lambda: answer.text().startswith(f"It is {solution}, here "))
    # d/dx sin(3x²) at 0.5, not by our code
    shown = float(answer.text().partition("here ")[2].rstrip(".").replace("−", "-"))
    assert shown == pytest.approx(6 * 0.5 * math.cos(3 * 0.25), rel=1e-3)
    hints = part_of_lecturer_window("lecturerHints").text()
    assert all(mistake.answer in hints for mistake in lessons.session.current.exercise.foreseen_mistakes)
    assert part_of_lecturer_window("lecturerText").toPlainText() == ui.find("lessonText").toPlainText()
    assert solution not in "".join(label.text() for label in ui.find("answerStrip").findChildren(QLabel))
    QTest.mouseClick(part_of_lecturer_window("lecturerRevealButton"), Qt.MouseButton.LeftButton)
    assert ui.find("hintLabel").text() == answer.text()  # the class sees it now
    assert not part_of_lecturer_window("lecturerRevealButton").isEnabled()
    assert part_of_lecturer_window("lecturerVerdict").text() == f"The class sees: {answer.text()}"
    lessons.session.go(6)
    ui.until(lambda: not part_of_lecturer_window("lecturerQuestion").isVisible())


def test_a_picture_of_the_next_scene_disturbs_nothing(ui, lessons):
    start_presenting(ui, lessons, 2)
    QTest.keyClick(ui.window, KEY.Key_F6)
    picture = part_of_lecturer_window("lecturerPicture")
    ui.until(lambda: lessons.is_complete)
    view = ui.find("graphView")
    before, changes = (ui.window.tab("autodiff").model.state, view.transform(), view.size()), []
    ui.sessions.autodiff.traceChanged.connect(lambda *_: changes.append("trace"))
    ui.sessions.autodiff.stepper.stepChanged.connect(lambda *_: changes.append("step"))
    ui.until(lambda: picture.isVisible() and not picture.pixmap().isNull())
    assert changes == []
    state, camera, size = before
    assert not ui.window.tab("autodiff").model.state.changes(state) - {"different"}
    assert (view.transform(), view.size()) == (camera, size)
    page = lecturer_window()._pictures._page
    values = page._graph.property("shownValues")
    assert float(values["mul:0"]) == 2  # 2*x at 1
    assert page._chain.property("text").startswith("dy/dx = cos(2*x)*2")
    assert len({picture.pixmap().toImage().pixel(x, 60) for x in range(0, 400, 2)}) > 3  # it is not empty
    first = picture.pixmap().cacheKey()
    lessons.session.go(3)
    ui.until(lambda: lessons.is_complete and picture.isVisible() and picture.pixmap().cacheKey() != first)
    ui.until(lambda: 3 in {key[1] for key in lecturer_window()._pictures._seen})
    lessons.session.go(2)
    # It was on the screen, and its picture is that of the window.
    ui.until(lambda: picture.isVisible() and picture.pixmap().cacheKey() != first)
    assert picture.pixmap().width() == PICTURE_WIDTH_PX


def is_speaker_window_closed(ui):
    ui.until(lambda: lecturer_window() is None)
    return True


@pytest.mark.parametrize("key", [KEY.Key_F5, KEY.Key_Escape])
def test_the_lecturers_window_closes_when_presenting_ends(ui, lessons, key):
    start_presenting(ui, lessons)
    QTest.keyClick(ui.window, KEY.Key_F6)
    assert lecturer_window().isVisible()
    QTest.keyClick(lecturer_window(), key)  # it has the shortcuts of the main window
    assert not ui.window.is_presenting
    assert is_speaker_window_closed(ui)


def test_a_lecturers_window_opened_before_presenting_stays_until_ctrl_w(ui, lessons):
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
    assert is_speaker_window_closed(ui)
    press(ui.window, KEY.Key_F6)  # opens it again
    assert lecturer_window().isVisible()
    press(ui.window, KEY.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert is_speaker_window_closed(ui)
    press(ui.window, KEY.Key_W, Qt.KeyboardModifier.ControlModifier)  # without effect
    assert ui.window.isVisible()


def test_f6_raises_the_lecturers_window(ui, lessons, monkeypatch):
    QTest.keyClick(ui.window, KEY.Key_F6)
    calls = []
    monkeypatch.setattr(lecturer_window(), "raise_", lambda: calls.append("front"), raising=False)
    QTest.keyClick(ui.window, KEY.Key_F6)
    assert calls == ["front"]
    assert lecturer_window().isVisible()


def fully_visible_boxes(view):
    """Return the ids of the boxes that are completely visible."""
    visible = view.mapToScene(view.viewport().rect()).boundingRect()
    return {item.box.id for item in view._scene_items.boxes() if visible.contains(item.sceneBoundingRect())}


def test_the_zoomed_view_follows_the_steps(ui, lessons):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.stepper.set_step(0)
    view = ui.find("graphView")
    ui.press(KEY.Key_F5)
    QTest.keyClick(ui.window, KEY.Key_Z)
    view.zoom_by(5 / view.transform().m11())
    scale = view.transform().m11()
    mul = next(item for item in view._scene_items.boxes() if item.box.id == "mul")
    visible = view.viewport().rect()
    assert not visible.contains(view.mapFromScene(mul.pos()))
    ui.sessions.autodiff.stepper.set_step(2)
    assert visible.contains(view.mapFromScene(mul.pos()))
    assert view.transform().m11() == scale


def test_the_zoom_is_reset_at_the_end_of_presenting_and_for_another_graph(ui, lessons):
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    for leave in (lambda: QTest.keyClick(ui.window, KEY.Key_Escape), lambda: ui.complete("a + b")):
        ui.press(KEY.Key_F5)
        QTest.keyClick(ui.window, KEY.Key_Z)
        assert not {item.box.id for item in view._scene_items.boxes()} <= fully_visible_boxes(view)
        leave()
        ui.until(lambda: not view.isMoving)
        assert {item.box.id for item in view._scene_items.boxes()} <= fully_visible_boxes(view)
        ui.window.set_presenting(False)


def test_training_curves_are_presented_without_controls_and_larger(ui, lessons):
    ui.train_mlp()
    ui.window.resize(1280, 720)
    for name, controls, shown in (
        ("training", ("runForm", "trainButton", "runList"), ("accuracyPlot", "lossPlot", "confusionView")),
        ("weights", ("layerList", "weightsOpenButton"), ("weightsView", "weightStatistics", "weightsSnapshotSlider")),
        ("activations", ("drawTool", "openPictureButton"), ("drawCanvas", "activationsView", "predictionBars")),
    ):
        ui.window.show_tab(name)
        ui.until(lambda name=name: ui.window.is_complete(name))
        heading = next(label for label in ui.find(shown[-1]).parentWidget().findChildren(QLabel) if label.isVisible())
        before = ui.find(shown[0]).width(), heading.fontInfo().pixelSize()
        ui.press(KEY.Key_F5)
        ui.window.setWindowState(ui.window._state_before)
        ui.window.resize(1280, 720)
        for part in (*controls, *shown):
            assert ui.find(part).isVisible() == (part in shown), part

        def is_larger(name=shown[0], heading=heading, before=before):
            return ui.find(name).width() > 1.2 * before[0] and heading.fontInfo().pixelSize() > 1.1 * before[1]

        if name != "activations":
            ui.until(is_larger)
        QTest.keyClick(ui.window, KEY.Key_Escape)
        assert not ui.window.is_presenting
        assert all(ui.find(part).isVisible() for part in (*controls, *shown))
        ui.until(lambda: (ui.find(shown[0]).width(), heading.fontInfo().pixelSize()) == before)  # noqa: B023
    ui.window.show_tab("autodiff")
    ui.forget_runs()
