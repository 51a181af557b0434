"""Higher orders, forward mode and paths in the window; `stop_gradient` and custom gradients."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton

from explorer.session.sharing.clipboard_text import python_code
from explorer.views.autodiff.dialogs import ExpressionDialogs
from explorer.views.lessons.controller import LessonController

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(autouse=True)
def back_to_chain_rule(ui):
    yield
    ui.sessions.methods.set_method("chain")
    ui.sessions.higher_order.go(0)
    ui.until(lambda: ui.sessions.higher_order.order == 0)


def cell_texts(table):
    """Return the texts of a table by row and column."""
    count = range(table.topLevelItemCount())
    return [[table.topLevelItem(k).text(c) for c in range(table.columnCount())] for k in count]


def orders(ui):
    """Return the texts of the visible buttons for the derivatives' orders."""
    strip = ui.find("againStrip")
    buttons = sorted(strip.findChildren(QToolButton), key=lambda b: b.objectName())
    return [button.text() for button in buttons if not button.isHidden()]


def differentiate(ui, order):
    """Differentiate once more by keyboard and wait until the derivative of this order is shown."""
    ui.press(Qt.Key.Key_D, CTRL)
    ui.until(lambda: ui.sessions.higher_order.order == order and ui.window.isComplete(ui.sessions.autodiff.text))


def test_the_gradient_graph_becomes_the_forward_graph_and_back(ui):
    ui.type("sin(2*x)")
    ui.sessions.autodiff.set_value("x", 0.6)
    assert not ui.find("againStrip").isVisible()
    assert ui.find("againButton").text() == "y → y′"
    ui.click("stepLastButton")
    differentiate(ui, 1)
    assert ui.graph("shownStep") == 0
    assert orders(ui) == ["y", "y′"]
    assert ui.find("againStrip").isVisible()
    ui.until(lambda: "gradients/mul_grad/Mul_1:0" in ui.values)
    assert ui.values["gradients/mul_grad/Mul_1:0"] == pytest.approx(2 * math.cos(1.2), rel=1e-5)
    ui.click("stepLastButton")
    assert ui.graph("shownStep") == 4
    assert ui.values["gradients_1/mul_grad/Mul_1:0"] == pytest.approx(-4 * math.sin(1.2), rel=1e-5)
    assert ui.find("chainRuleView").property("text").startswith("dy′/dx = 2*(-sin(2*x))*2")
    differentiate(ui, 2)
    assert orders(ui) == ["y", "y′", "y″"]
    ui.press(Qt.Key.Key_D, CTRL | SHIFT)
    ui.until(lambda: ui.sessions.higher_order.order == 1)
    ui.find("crumb_0").click()
    ui.until(lambda: ui.sessions.higher_order.order == 0)
    assert not ui.find("againStrip").isVisible()
    ui.until(lambda: "Sin:0" in ui.values)
    assert ui.values["Sin:0"] == pytest.approx(math.sin(1.2), rel=1e-5)


def test_the_curve_shows_the_derivative_and_its_title_names_it(ui):
    curve, title = ui.sessions.curve, ui.find("curveTitle")
    ui.type("x^3")
    ui.sessions.autodiff.set_value("x", 2.0)
    ui.until(lambda: curve.point is not None and curve.point[1] == pytest.approx(8.0))
    ui.until(lambda: not title.isVisible())
    differentiate(ui, 1)
    ui.until(lambda: curve.point is not None and curve.point[1] == pytest.approx(12.0))
    assert curve.point[2] == pytest.approx(12.0)
    ui.until(lambda: title.text() == "Plotted as f: y′ of x^3")
    ui.until(lambda: np.allclose(curve.curves["f"][1], 3 * np.square(curve.curves["f"][0]), rtol=1e-5, atol=0))
    ui.until(lambda: np.allclose(curve.curves["f′"][1], 6 * curve.curves["f′"][0], rtol=1e-5, atol=1e-5))
    ui.sessions.autodiff.set_value("x", 1.0)
    ui.until(lambda: curve.point is not None and curve.point[1] == pytest.approx(3.0))
    ui.press(Qt.Key.Key_D, CTRL | SHIFT)
    ui.until(lambda: not title.isVisible())
    ui.until(lambda: np.allclose(curve.curves["f"][1], curve.curves["f"][0] ** 3, rtol=1e-4, atol=1e-6))


def test_command_and_code_are_those_of_derivative_and_method(ui):
    ui.type("x^3")
    differentiate(ui, 1)
    ui.sessions.methods.set_method("paths")
    ui.find("copyCommandAction").trigger()
    command = QGuiApplication.clipboard().text()
    assert "--again x --way paths" in command
    for code in python_code(ui.sessions.autodiff).values():
        assert "(x)" in code or "[x]" in code
        assert "df" in code or "derivative_1" in code


def test_another_text_is_shown_without_differentiating_it(ui):
    ui.type("x^5")
    differentiate(ui, 1)
    ui.type("x^4")
    assert ui.sessions.higher_order.order == 0
    assert not ui.find("againStrip").isVisible()


def test_with_several_variables_one_is_chosen_from_a_menu(ui):
    ui.type("x*y^2")
    button = ui.find("againButton")
    assert [action.text().partition("\t")[0] for action in button.menu().actions()] == ["f_x", "f_y"]
    button.menu().actions()[1].trigger()
    ui.until(lambda: ui.sessions.higher_order.order == 1 and ui.window.isComplete("x*y^2"))
    assert orders(ui) == ["f", "f_y"]
    differentiate(ui, 2)  # by the same variable
    assert ui.sessions.autodiff.trace.differentiated_by == ("y", "y")


def test_a_constant_derivative_cannot_be_differentiated(ui):
    ui.type("2*x")
    differentiate(ui, 1)
    button = ui.find("againButton")
    assert not button.isEnabled()
    assert "its derivative is 0 everywhere" in button.toolTip()
    refused = []
    ui.sessions.autodiff.refused.connect(refused.append)
    ui.press(Qt.Key.Key_D, CTRL)
    assert refused == ["y′ does not change with any variable, so its derivative is 0 everywhere."]
    assert ui.sessions.higher_order.order == 1


def test_tangents_fill_forward_and_gradients_backward(ui):
    ui.type("x*y + sin(x*y)")
    ui.sessions.autodiff.set_point({"x": 0.6, "y": 1.5})
    ui.until(lambda: ui.window.isComplete("x*y + sin(x*y)"))
    ui.press(Qt.Key.Key_M, CTRL)
    ui.until(lambda: ui.sessions.methods.tangents is not None)
    assert ui.find("tangentsPanel").isVisible()
    assert not ui.find("chainRuleView").isVisible()
    ui.sessions.autodiff.stepper.set_pass("forward")
    table = ui.find("tangentTable")
    assert [row[1] for row in cell_texts(table)] == ["·"] * 5
    ui.click("stepForwardButton")
    assert [row[1] for row in cell_texts(table)] == ["1", "·", "·", "·", "·"]
    ui.click("stepLastButton")
    slope = 1.5 + 1.5 * math.cos(0.9)  # d(xy + sin xy)/dx, by hand
    assert cell_texts(table)[-1][1] == f"{slope:.4g}"
    assert "d/dx" in "".join(item.style.badge_sign for item in ui.find("graphView")._scene_items.boxes())
    ui.sessions.autodiff.stepper.set_pass("backward")
    assert [row[2] for row in cell_texts(table)] == ["·", "·", "·", "·", "1"]
    ui.click("stepLastButton")
    assert cell_texts(table)[0][2] == f"{slope:.4g}"  # reverse mode gives the same number
    assert ui.find("cost_1_0").text() == "here: 2 in, 1 out"
    assert ui.find("cost_1_1").text() == "2 / 10"
    assert ui.find("cost_1_2").text() == "1 / 7"
    ui.sessions.autodiff.set_value("x", 1.0)
    slope = 1.5 + 1.5 * math.cos(1.5)
    ui.until(lambda: cell_texts(table)[-1][1] == f"{slope:.4g}")
    ui.sessions.methods.set_variable("y")
    ui.until(lambda: cell_texts(table)[-1][1] == f"{1 + math.cos(1.5):.4g}")


def test_paths_sum_up_to_the_gradient_and_are_highlighted_in_the_graph(ui):
    ui.type("a = x*x; a*sin(a)")
    ui.sessions.autodiff.set_value("x", 0.6)
    ui.until(lambda: ui.sessions.autodiff.values.get("x:0") == pytest.approx(0.6))
    ui.find("waySwitch_paths").click()
    table = ui.find("pathTable")
    gradient = 2 * 0.6 * (math.sin(0.36) + 0.36 * math.cos(0.36))
    assert len(cell_texts(table)) == 4
    assert sum(float(row[1]) for row in cell_texts(table)) == pytest.approx(gradient, rel=1e-3)
    assert ui.find("pathSum").text() == f"our sum {gradient:.4g} = TensorFlow's gradient {gradient:.4g}"
    assert "4 paths need 10 products one by one; a pass needs 5" in ui.find("pathSentence").text()
    table.setFocus()
    ui.sessions.methods.choose(0)
    ui.until(lambda: not ui.find("graphView")._is_style_stale)
    highlighted = {(e[0], e[1]) for e in ui.sessions.methods.marked_edges}
    opaque = {(i.link.source, i.link.target) for i in ui.find("graphView")._scene_items.links() if i.opacity() == 1}
    assert highlighted | {(ui.sessions.autodiff.trace.output[:-2], "output:")} == opaque
    ui.press(Qt.Key.Key_Down)
    assert ui.sessions.methods.chosen == 1
    ui.press(Qt.Key.Key_Escape)
    assert ui.sessions.methods.chosen is None


def test_many_paths_are_counted_and_not_listed(ui):
    text = "a = x*x; b = a*a; c = b*b; d = c*c; g = d*d; h = g*g; k = h*h; k*k"
    ui.type(text)
    ui.find("waySwitch_paths").click()
    assert ui.find("pathTable").topLevelItemCount() == 100
    assert "256 paths need 2,048 products one by one; a pass needs 16" in ui.find("pathSentence").text()
    assert "The first 100 are listed." in ui.find("pathSentence").text()
    for text, sentence in (("log(x)", "1 path of 1 edge: "), ("sin(log(x))", "1 path of 2 edges: ")):
        ui.type(text)
        ui.until(lambda sentence=sentence: ui.find("pathSentence").text().startswith(sentence))


def test_the_panels_explain_a_missing_gradient(ui):
    ui.type("floor(x)")
    ui.find("waySwitch_forward").click()
    assert "nothing to push forward" in ui.find("tangentSentence").text()
    ui.find("waySwitch_paths").click()
    assert "no path" in ui.find("pathSentence").text()


def test_a_backward_pass_that_stops_is_explained(ui):
    ui.type("x*stop_gradient(x)")
    ui.click("stepLastButton")
    assert "The backward pass stops here" in ui.find("stepNote").text()
    ui.type("custom(x^2, 3*x)")
    ui.click("stepLastButton")
    assert "Your own rule" in ui.find("stepNote").text()
    assert ui.find("chainRuleView").property("text").endswith("dy/dx = 3*x")


def test_the_comparison_explains_an_intended_difference(ui):
    ui.type("custom(x^2, 3*x)")
    ui.window.part(ExpressionDialogs).show_check()
    verdict = ui.find("checkVerdict")
    ui.until(lambda: "rightly" in verdict.text())
    assert "custom replaces the derivative" in verdict.text()
    ui.window.findChild(object, "checkDialog").close()


def test_presenting_shows_the_chain_rule_and_the_chosen_method(ui):
    ui.type("x^2")
    ui.find("waySwitch_paths").click()
    ui.window.set_presenting(True)
    assert ui.find("chainRuleView").isVisible()
    assert ui.find("pathsPanel").isVisible()
    ui.window.set_presenting(False)
    assert not ui.find("chainRuleView").isVisible()
    assert ui.find("pathsPanel").isVisible()


def test_derivative_and_method_are_part_of_a_scene(ui, tmp_path):
    path = tmp_path / "again.md"
    path.write_text(
        '+++\nformat = 1\ntitle = "Again"\n+++\n\n## f′\n\n```scene\nexpression = "x^3"\nat = { x = 2 }\n'
        'again = ["x"]\nway = "paths"\nstep = 1\n```\n\nText.\n\n## f\n\n```scene\nexpression = "x^3"\n'
        "at = { x = 2 }\n```\n\nText.\n",
        encoding="utf-8",
    )
    lessons = ui.window.part(LessonController)
    lessons.open(str(path))
    ui.until(lambda: lessons.is_complete and ui.sessions.higher_order.order == 1)
    assert ui.sessions.methods.method == "paths"
    assert ui.sessions.autodiff.stepper.step == 1
    shown = lessons.session.shown("autodiff", ("chain", "plot", "inputs"))
    assert (shown["again"], shown["way"]) == (("x",), "paths")
    lessons.session.go(1)
    ui.until(lambda: lessons.is_complete and ui.sessions.higher_order.order == 0)
    assert ui.sessions.methods.method == "chain"
    lessons.toggle()


@pytest.mark.parametrize(("scale", "size"), [(1.0, (1024, 600)), (1.5, (1280, 720))])
def test_the_column_beside_the_graph_is_as_wide_as_its_panels(ui, scale, size):
    ui.complete("h = 2*x; y = sin(h) + h^2")
    window, before = ui.window, ui.window.size()
    window.resize(*size)
    window.sessions.store.set("scale", scale)
    column = window.tab("autodiff")._side
    for method in ("chain", "forward", "paths"):
        window.sessions.methods.set_method(method)
        ui.until(lambda: column.viewport().width() >= column.widget().minimumSizeHint().width())
        assert column.widget().width() == column.viewport().width()
    window.resize(before)


def test_the_comparison_is_of_the_typed_expression_and_a_hint_says_so(ui):
    ui.type("x^3")
    differentiate(ui, 1)
    ui.click("checkButton")
    dialog = ui.window.findChild(QObject, "checkDialog")
    hint = dialog.findChild(QObject, "checkHint")
    ui.until(lambda: hint.text().startswith("Gradient compared: that of x^3 as typed, not that of its derivative. "))
    ui.sessions.higher_order.back()  # the dialog has the focus now
    ui.until(lambda: ui.sessions.higher_order.order == 0 and not hint.text().startswith("Compared"))
    dialog.close()


def test_the_menu_of_variables_stays_the_same_object_while_its_entries_change(ui):
    """Qt complains if the menu that is open is replaced, as by a value that arrives meanwhile."""
    button, menus = ui.find("againButton"), []
    for text, count in (("x*y", 2), ("x*y*z", 3), ("sin(x)", 0), ("a*b", 2)):
        ui.type(text)
        ui.until(lambda count=count: len(button.menu().actions() if button.menu() else ()) == count)
        menus.append(button.menu())
    assert menus[2] is None
    assert menus[0] is menus[1] is menus[3]
