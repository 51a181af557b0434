"""Selection, depth, direction, theme, scale, presenting, examples, copying and saving."""

import math
import subprocess
import sys

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QTabWidget


def box_centre(ui, name):
    view = ui.find("graphView")
    item = next(item for item in view._scene_items.boxes() if item.box.id == name)
    return view.mapFromScene(item.pos())


def click_graph(ui, point):
    QTest.mouseClick(ui.find("graphView").viewport(), Qt.MouseButton.LeftButton, pos=point)


def test_a_click_on_a_node_shows_its_details_and_its_curve(ui):
    ui.complete("sin(2*x)")
    click_graph(ui, box_centre(ui, "mul"))
    assert ui.find("detailsTitle").text() == "<tf.Operation 'mul' type=Mul>"
    assert "Sin (argument 1)" in ui.find("detailsBody").text()
    ui.until(lambda: ui.sessions.curve.curves["f"][1][0] == pytest.approx(-2 * math.pi, rel=1e-5))
    assert "2*x" in ui.find("curveTitle").text()
    ui.press(Qt.Key.Key_Escape)
    assert not ui.find("detailsStrip").isVisible()


def test_a_click_on_an_edge_shows_the_tensor(ui):
    ui.complete("x + 1")
    view = ui.find("graphView")
    link = next(item for item in view._scene_items.links() if item.link.tensor == "add:0")
    x, y = link.points[0]
    click_graph(ui, view.mapFromScene(x, (y + link.points[-1][1]) / 2))
    assert ui.find("detailsTitle").text() == 'Tensor("add:0", shape=(), dtype=float32)'
    assert "made by add" in ui.find("detailsBody").text()
    assert "CPU" in ui.find("detailsBody").text()


def test_arrow_keys_select_one_node_after_the_other(ui):
    ui.complete("x + 1")
    ui.find("graphView").setFocus()
    ui.press(Qt.Key.Key_Right)
    first = ui.sessions.autodiff.selection
    ui.press(Qt.Key.Key_Right)
    assert first[0] == "node"
    assert ui.sessions.autodiff.selection != first


def test_the_tooltip_has_all_digits(ui):
    ui.complete("sin(x)")
    QTest.mouseMove(ui.find("graphView").viewport(), box_centre(ui, "Sin") + QPoint(1, 1))
    ui.until(lambda: "Sin:0 = 0.84147096" in ui.find("graphView").viewport().toolTip())


def test_the_full_graph_shows_every_needed_op(ui):
    ui.type("sin(2*x)")
    ui.click("depthSwitch_full")
    ui.click("stepLastButton")
    shown = {item.box.id for item in ui.find("graphView")._scene_items.boxes()}
    needed = {node.id for node in ui.sessions.autodiff.trace.gradient_nodes if node.needed}
    assert needed <= shown
    assert ui.values["gradients/Sin_grad/Cos:0"] == pytest.approx(math.cos(2), rel=1e-6)


def test_unneeded_backward_ops_are_shown_on_request(ui):
    ui.type("x^2")
    ui.click("depthSwitch_full")
    count = len(list(ui.find("graphView")._scene_items.boxes()))
    ui.find("unneededAction").trigger()
    assert len(list(ui.find("graphView")._scene_items.boxes())) > count
    ui.find("unneededAction").trigger()


def test_the_graph_is_laid_out_in_either_direction(ui):
    ui.complete("sin(2*x)")
    down = box_centre(ui, "Sin") - box_centre(ui, "mul")
    ui.click("directionButton")
    right = box_centre(ui, "Sin") - box_centre(ui, "mul")
    assert down.y() > abs(down.x())
    assert right.x() > abs(right.y())
    assert ui.sessions.store.get("direction") == "LR"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_is_readable_in_both_themes(ui, theme):
    ui.complete("sin(2*x)")
    ui.find(f"themeAction_{theme}").trigger()
    image = ui.window.grab().toImage()
    background = image.pixelColor(5, image.height() // 2).lightness()
    assert (background < 60) if theme == "dark" else (background > 220)
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 50


def test_scale_makes_everything_larger(ui):
    ui.complete("x^2")
    before = ui.find("stepForwardButton").height()
    for _ in range(3):
        ui.press(Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert ui.find("stepForwardButton").height() > before
    ui.press(Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert ui.sessions.store.get("scale") == 1.0


def test_presenting_leaves_what_is_shown_without_controls(ui):
    ui.complete("x^2")
    ui.press(Qt.Key.Key_F11)
    for name in ("expressionEdit", "rangeLow", "overlayEdit", "stepBar", "passSwitch", "ruleText"):
        assert not ui.find(name).isVisible()
    for name in ("graphView", "chainRuleView", "curvePlot", "inputsPanel"):
        assert ui.find(name).isVisible()
    QTest.keyClick(ui.window, Qt.Key.Key_PageDown)
    assert ui.graph("shownStep") == 1
    assert ui.find("chainRuleView").property("text") == "dy/dx = 2*x"
    QTest.keyClick(ui.window, Qt.Key.Key_F11)
    for name in ("expressionEdit", "rangeLow", "overlayEdit", "stepBar", "passSwitch", "ruleText"):
        ui.until(ui.find(name).isVisible)


def test_the_wheel_zooms_and_fit_undoes_it(ui):
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    before = view.transform().m11()
    view.setFocus()
    ui.press(Qt.Key.Key_Plus)
    assert view.transform().m11() > before
    ui.click("fitButton")
    assert view.transform().m11() == pytest.approx(before)


def test_digits_are_a_setting(ui):
    ui.complete("sin(x)")
    ui.find("digitsAction_6").trigger()
    ui.window.grab()
    style = next(item.style for item in ui.find("graphView")._scene_items.boxes() if item.box.id == "Sin")
    assert style.value == "0.841471"


def test_every_example_works(ui):
    for action in ui.find("examplesButton").menu().actions():
        action.trigger()
        text = ui.find("expressionEdit").text()
        ui.until(lambda text=text: ui.graph("shownExpression") == text)
        assert ui.sessions.autodiff.error is None


def test_the_command_and_the_latex_are_copied(ui):
    ui.complete("sin(2*x)")
    ui.click("stepLastButton")
    ui.find("copyCommandAction").trigger()
    command = QGuiApplication.clipboard().text()
    assert command.startswith("autodiff-explorer snapshot 'sin(2*x)' --at x=1")
    assert "--step 2" in command
    assert "--direction" not in command
    ui.click("directionButton")
    ui.find("copyCommandAction").trigger()
    assert QGuiApplication.clipboard().text() == command.replace(" --step 2", " --step 2 --direction LR")
    ui.find("copyLatexAction").trigger()
    assert r"\sin" in QGuiApplication.clipboard().text()
    assert r"\frac{" in QGuiApplication.clipboard().text()


@pytest.mark.slow
def test_the_copied_code_computes_the_values_of_the_window(ui):
    ui.complete("lambd = 0.5; sin(2*x)*lambd")
    ui.click("codeButton")
    dialog = ui.window.findChild(QObject, "codeDialog")
    tabs = dialog.findChild(QTabWidget)
    for number in range(tabs.count()):
        code = tabs.widget(number)
        assert isinstance(code, QPlainTextEdit)
        completed = subprocess.run(
            [sys.executable, "-c", code.toPlainText()], capture_output=True, text=True, check=True
        )
        numbers = []
        for line in completed.stdout.splitlines():
            try:
                numbers.append(float(line))
            except ValueError:
                continue
        assert sorted(numbers) == pytest.approx(sorted([math.sin(2) / 2, math.sin(2), math.cos(2)]), rel=1e-5)
    dialog.close()


def test_the_source_is_that_of_tensorflow(ui):
    ui.type("sin(x)")
    ui.click("stepLastButton")
    ui.click("ruleSourceButton")
    dialog = ui.window.findChild(QObject, "codeDialog")
    assert "def _SinGrad" in dialog.findChild(QPlainTextEdit).toPlainText()
    dialog.close()


def test_the_list_of_keys(ui):
    ui.press(Qt.Key.Key_F1)
    dialog = ui.window.findChild(QObject, "keysDialog")
    assert dialog.isVisible()
    dialog.close()


def test_search_finds_ops_one_after_another(ui):
    ui.complete("sin(2*x) + sin(3*x)")
    ui.press(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    edit = ui.find("findEdit")
    assert edit.hasFocus()
    edit.setText("Sin")
    ui.press(Qt.Key.Key_Return)
    assert ui.sessions.autodiff.selection == ("node", "Sin")
    ui.press(Qt.Key.Key_Return)
    assert ui.sessions.autodiff.selection == ("node", "Sin_1")
    edit.setText("nowhere")
    ui.press(Qt.Key.Key_Return)
    assert "Nothing" in ui.window.statusBar().currentMessage()
    edit.clear()


def test_a_selected_node_stands_out_with_its_ancestors_and_descendants(ui):
    ui.complete("sin(2*x) + cos(3*y)")
    ui.sessions.autodiff.select_node("Sin")
    ui.window.grab()
    faded = {item.box.id for item in ui.find("graphView")._scene_items.boxes() if item.opacity() < 1}
    assert faded == {"Cos", "mul_1", "mul_1/x", "y"}
    ui.sessions.autodiff.clear_selection()
    ui.window.grab()
    assert all(item.opacity() == 1 for item in ui.find("graphView")._scene_items.boxes())


def test_a_node_can_be_dragged_and_its_links_follow(ui):
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    start = box_centre(ui, "mul")
    box = next(item for item in view._scene_items.boxes() if item.box.id == "mul")
    link = next(item for item in view._scene_items.links() if item.link.source == "mul")
    before = box.x()
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for k in range(1, 5):
        QTest.mouseMove(view.viewport(), start + QPoint(20 * k, 0))
    ui.until(lambda: box.x() > before + 40)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(80, 0))
    assert abs(link.points[0][0] - box.x()) < 70
    assert ui.sessions.autodiff.selection is None
    ui.type("cos(2*x)")


def test_text_is_readable_unless_the_entire_graph_is_requested(ui):
    ui.window.resize(1280, 720)
    view = ui.find("graphView")
    ui.click("depthSwitch_full")
    view._camera.reset()  # else the entire graph stays in view, as requested before
    for text in ("sin(2*x)", "x^2*y + tanh(x)/x", "sin(x)" + "*cos(x)^2" * 6):
        ui.type(text)
        ui.until(lambda: not view.isMoving)
        assert view.transform().m11() >= 0.56
    ui.press(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert view.transform().m11() < 0.56


def test_a_view_of_a_part_follows_the_steps(ui):
    ui.window.resize(1280, 720)
    view = ui.find("graphView")
    ui.type("sin(cos(tanh(exp(sin(cos(tanh(sin(cos(x)))))))))")
    for button in ("stepForwardButton", "stepLastButton"):
        ui.click(button)
        step = ui.sessions.autodiff.trace.steps[ui.graph("shownStep") - 1]
        item = next(item for item in view._scene_items.boxes() if item.box.id == step.op)
        rect = view.mapFromScene(item.mapRectToScene(item.rect())).boundingRect()
        assert view.viewport().rect().contains(rect)
