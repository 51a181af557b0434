"""Typing, stepping, inputs and errors, driven by the object names and properties of the README."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTabWidget


def test_the_properties_of_the_readme_have_their_types(ui):
    assert isinstance(ui.find("expressionEdit"), QLineEdit)
    for name in ("stepFirstButton", "stepBackButton", "playButton", "stepForwardButton", "stepLastButton"):
        assert isinstance(ui.find(name), QAbstractButton)
    assert isinstance(ui.find("errorLabel"), QLabel)
    assert isinstance(ui.find("stepLabel"), QLabel)
    assert isinstance(ui.find("tabs"), QTabWidget)
    assert ui.find("inputsPanel").isVisible()


def test_typing_shows_tensorflows_values(ui):
    ui.type("sin(2*x)")
    assert ui.graph("shownStep") == 0
    assert ui.values["Sin:0"] == pytest.approx(math.sin(2), rel=1e-6)
    assert ui.values["mul:0"] == 2
    assert "gradients/mul_grad/Mul_1:0" not in ui.values  # the backward pass has not begun


def test_steps_lead_to_the_gradient(ui):
    ui.type("sin(2*x)")
    ui.click("stepForwardButton")
    assert ui.graph("shownStep") == 1
    assert ui.find("chainRuleView").property("text") == "dy/d(2*x) = cos(2*x)"
    ui.click("stepForwardButton")
    assert ui.graph("shownStep") == 2
    assert ui.values["gradients/mul_grad/Mul_1:0"] == pytest.approx(2 * math.cos(2), rel=1e-6)
    assert ui.find("chainRuleView").property("text").startswith("dy/dx = cos(2*x)*2")
    two_lines = "dy/dx = cos(2*x)*2\ndy/dx = 2*cos(2*x)"
    ui.until(lambda: ui.find("chainRuleView").property("text") == two_lines)
    assert "step 2 of 2" in ui.find("stepLabel").text()
    assert not ui.find("stepForwardButton").isEnabled()
    ui.click("stepBackButton")
    assert ui.graph("shownStep") == 1
    ui.click("stepLastButton")
    assert ui.graph("shownStep") == 2
    ui.click("stepFirstButton")
    assert ui.graph("shownStep") == 0


def test_a_clicker_steps_while_the_expression_has_the_focus(ui):
    ui.type("x^2")
    ui.press(Qt.Key.Key_PageDown)
    assert ui.graph("shownStep") == 1
    ui.press(Qt.Key.Key_PageUp)
    assert ui.graph("shownStep") == 0


def test_a_new_expression_begins_at_step_0(ui):
    ui.type("x^2")
    ui.click("stepLastButton")
    ui.type("x^3")
    assert ui.graph("shownStep") == 0


def test_gradients_of_a_fan_out_add_up(ui):
    ui.type("h = 2*x; y = sin(h) + h^2")
    ui.click("stepLastButton")
    assert ui.values["gradients/AddN:0"] == pytest.approx(math.cos(2) + 4, rel=1e-6)
    ui.click("stepBackButton")
    assert ui.find("chainRuleView").property("text") == "dy/dh = 2*(2*x) + cos(2*x)"


def test_the_forward_pass_begins_without_values(ui):
    ui.type("sin(2*x)")
    ui.click("passSwitch_forward")
    assert ui.values == {}
    ui.click("stepForwardButton")
    assert ui.values == {"x:0": 1, "mul/x:0": 2}
    ui.click("stepForwardButton")
    ui.click("stepForwardButton")
    assert ui.values["Sin:0"] == pytest.approx(math.sin(2), rel=1e-6)
    assert "step 3 of 3" in ui.find("stepLabel").text()


def test_playing_stops_at_the_end(ui, qtbot):
    ui.type("sin(2*x)")
    ui.find("speedCombo").setCurrentText("fast")
    ui.click("playButton")
    assert ui.find("playButton").text() == "Pause"
    ui.until(lambda: ui.graph("shownStep") == 2)
    ui.until(lambda: ui.find("playButton").text() == "Play")


def test_an_input_keeps_any_number_exactly(ui):
    ui.type("3*x")
    edit = ui.find("input_x")
    edit.setValue(0.12345678901234567)
    assert edit.value() == 0.12345678901234567
    ui.until(lambda: ui.values.get("mul:0") == pytest.approx(3 * 0.12345678901234567, rel=1e-6))
    edit.setValue(-1e30)
    assert edit.value() == -1e30
    ui.until(lambda: ui.values.get("x:0") == pytest.approx(-1e30, rel=1e-6))


def test_a_field_accepts_pi(ui):
    ui.type("sin(x)")
    edit = ui.find("input_x")
    edit.setFocus()
    edit.selectAll()
    for letter in "pi/2":
        ui.press(Qt.Key(ord(letter.upper())) if letter != "/" else Qt.Key.Key_Slash)
    ui.press(Qt.Key.Key_Return)
    ui.until(lambda: ui.values.get("Sin:0") == 1)
    assert edit.value() == math.pi / 2


def test_a_slider_changes_value_and_graph(ui):
    ui.complete("x^2")
    ui.click("stepLastButton")
    slider = ui.find("slider_x")
    slider.setValue(slider.maximum())
    ui.until(lambda: ui.values["x:0"] == pytest.approx(math.pi, abs=2e-3))
    x = ui.values["x:0"]
    assert ui.values["pow:0"] == pytest.approx(x * x, rel=1e-5)
    ui.until(lambda: ui.sessions.curve.point == pytest.approx((x, x * x, 2 * x), rel=1e-5))


def test_a_vector_is_an_input(ui):
    ui.type("W = [[1,-2],[3,4]]; x = [1,2]; relu(W @ x)")
    assert ui.values["Relu:0"] == [0, 11]
    ui.find("input_x").setValue([3, 1])
    ui.until(lambda: ui.values["Relu:0"] == [1, 13])


def test_an_error_is_a_message_and_the_graph_stays(ui):
    ui.type("sin(2*x)")
    ui.find("expressionEdit").setText("sni(2*x)")
    ui.until(lambda: "did you mean sin?" in ui.find("errorLabel").text())
    assert ui.graph("shownExpression") == "sin(2*x)"
    assert ui.sessions.autodiff.error.column == 1
    ui.type("cos(2*x)")
    ui.until(lambda: not ui.find("errorLabel").isVisible())


def darkest(widget):
    """Return the darkest grey level of a widget, 0 to 255: that of text and curves in the light theme."""
    rect = QRect(widget.mapTo(widget.window(), QPoint()), widget.size())
    image = widget.window().grab(rect).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return int(rows[:, : image.width()].min())


@pytest.mark.parametrize(
    ("name", "method"),
    [("formulaView", "chain"), ("chainRuleView", "chain"), ("curvePlot", "chain"), ("tangentsPanel", "forward"),
     ("pathsPanel", "paths")],
)  # fmt: skip
def test_parts_that_show_an_earlier_text_are_covered(ui, name, method):
    ui.sessions.store.set("theme", "light")
    ui.sessions.methods.set_method(method)
    ui.type("sin(2*x)")
    ui.until(lambda: ui.window.isComplete("sin(2*x)"))
    ui.until(ui.find(name).isVisible)
    before = darkest(ui.find(name))
    ui.find("expressionEdit").setText("sin(2*x")
    ui.until(lambda: darkest(ui.find(name)) > before + 60)
    ui.find("expressionEdit").setText("sin(2*x)")
    ui.until(lambda: darkest(ui.find(name)) == before)
    ui.sessions.methods.set_method("chain")


def test_the_error_about_shapes_names_both(ui):
    ui.find("expressionEdit").setText("W = [[1,2],[3,4]]; x = [1,2,3]; W @ x")
    ui.until(lambda: "(2, 2)" in ui.find("errorLabel").text() and "(3,)" in ui.find("errorLabel").text())


def test_an_invalid_value_is_reported_and_the_old_value_stays(ui):
    ui.type("2*x")
    edit = ui.find("input_x")
    edit.setFocus()
    edit.selectAll()
    ui.press(Qt.Key.Key_Plus)
    ui.press(Qt.Key.Key_Return)
    assert "not a value" in ui.window.statusBar().currentMessage()
    assert edit.value() == 1.0


def test_pasted_lines_become_statements(ui):
    ui.find("expressionEdit").setText("h = 2*x\ny = sin(h)\n")
    assert ui.find("expressionEdit").text() == "h = 2*x; y = sin(h)"
    ui.until(lambda: ui.graph("shownExpression") == "h = 2*x; y = sin(h)")


def test_a_gradient_of_zero_is_explained_at_the_end(ui):
    ui.type("x = 1; relu(x - 3)*y")
    assert not ui.find("errorLabel").text()
    ui.click("stepLastButton")
    text = ui.find("errorLabel").text()
    assert "gradient for x is 0" in text
    assert "Relu" in text


def test_a_kink_is_explained_at_its_step(ui):
    ui.type("x = 0; relu(x)")
    ui.click("stepForwardButton")
    assert "derivative" in ui.find("stepNote").text()


def test_float64_has_more_digits(ui):
    ui.type("sin(x)")
    ui.sessions.store.set("dtype", "float64")
    ui.until(lambda: ui.values.get("Sin:0") == pytest.approx(math.sin(1), rel=1e-15))


def test_numbers_are_revealed_one_by_one(ui):
    ui.type("x*y")
    ui.find("quizCheck").setChecked(True)
    ui.click("stepForwardButton")
    assert "gradients/mul_grad/Mul:0" not in ui.values
    ui.press(Qt.Key.Key_F9)
    assert len([name for name in ui.values if "mul_grad" in name]) == 1
    ui.press(Qt.Key.Key_F9)
    assert len([name for name in ui.values if "mul_grad" in name]) == 2
    ui.find("quizCheck").setChecked(False)


def test_undo_and_redo_restore_texts(ui, monkeypatch):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("explorer.session.autodiff.session.monotonic", lambda: next(clock))
    ui.type("x^2")
    ui.type("x^3")
    ui.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ui.find("expressionEdit").text() == "x^2"
    ui.until(lambda: ui.graph("shownExpression") == "x^2")
    ui.press(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    ui.until(lambda: ui.graph("shownExpression") == "x^3")


def test_malicious_expressions_do_not_break_the_window(ui):
    for text in ("(" * 4000, "9^9^9^9^9", "__import__('os')", "x" * 6000, "[" * 50, "|" * 99, "\0x", "λ⊗x", "=", ";;;"):
        ui.find("expressionEdit").setText(text)
    ui.type("x + 1")
    assert ui.values["add:0"] == 2


def test_a_variable_that_returns_is_found_by_its_object_name(ui):
    ui.type("x + a")
    edit = ui.find("expressionEdit")
    edit.setText("a")
    edit.setText("x + a")
    ui.find("input_x").setValue(0.25)
    ui.until(lambda: ui.values.get("x:0") == 0.25)
    assert ui.find("input_x").value() == 0.25


def test_no_simplified_form_is_shown_that_has_a_value_where_the_gradient_is_nan(ui):
    ui.complete("0*log(x)")
    ui.click("stepLastButton")
    text = "dy/dx = 0*(1/x)"
    ui.until(lambda: ui.find("chainRuleView").property("text") == f"{text}\ndy/dx = 0")
    ui.find("input_x").setValue(0.0)
    ui.until(lambda: ui.find("chainRuleView").property("text") == text)


def test_a_forward_step_shows_what_its_op_computes(ui):
    ui.type("h = 2*x; y = sin(h) + h^2")
    ui.click("passSwitch_forward")
    assert ui.find("chainRuleView").property("text") == ""
    formulas = []
    for _ in range(5):
        ui.click("stepForwardButton")
        formulas.append(ui.find("chainRuleView").property("text"))
    assert formulas == ["", "h = 2*x", "sin(2*x)", "(2*x)^2", "y = sin(2*x)+(2*x)^2"]


def test_a_variable_alone_has_gradient_1_and_no_steps(ui):
    ui.complete("x")
    assert ui.find("stepNote").text() == ("The output is the variable itself: its gradient is 1, and there is no step.")
    ui.complete("3")
    assert ui.find("stepNote").text() == "Nothing here depends on a variable, so there is no gradient to pass back."


def test_sympy_waits_only_while_the_user_types(ui, monkeypatch):
    ui.complete("x")
    monkeypatch.setattr("explorer.session.autodiff.simplifier.TYPING_DELAY_MS", 10**8)
    ui.type("sin(x)*2")
    ui.until(lambda: ui.find("graphView").property("shownExpression") == "sin(x)*2")
    assert ui.sessions.autodiff._simplifier.is_waiting
    ui.sessions.autodiff.begin("sin(3*x)", {"x": 1})
    ui.until(lambda: ui.sessions.autodiff.simplified.get("x") == "3*cos(3*x)")
    ui.until(lambda: ui.sessions.autodiff.is_settled)  # the curve is requested later
