"""NaN, infinite and lost values are found with a key, also from within the expression, and by searching nan."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


def compute(ui, text, **point):
    """Show an expression at a point, and return its session."""
    ui.type(text)
    session = ui.sessions.autodiff
    for name, value in point.items():
        session.set_value(name, value)
    ui.until(lambda: all(session.values[session.trace.variables[name]] == np.float32(point[name]) for name in point))
    return session


def test_the_key_goes_from_one_odd_value_to_the_next_while_the_caret_is_in_the_expression(ui):
    session = compute(ui, "x*log(x)", x=0.0)
    edit = ui.find("expressionEdit")
    edit.setFocus()
    visited = []
    for _ in range(3):
        QTest.keyClick(edit, Qt.Key.Key_F8)
        visited.append(session.selection)
    assert visited[:2] == [("node", "Log"), ("node", "mul")]
    assert session.stepper.step > 0
    QTest.keyClick(edit, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert session.selection == ("node", "mul")


def test_searching_nan_finds_infinity_too(ui):
    session = compute(ui, "1/x+y", x=0.0)
    field = ui.find("findEdit")
    field.setText("NaN")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert session.selection == ("node", "truediv")


def test_what_float32_loses_is_named_on_its_step_and_at_the_end(ui):
    session = compute(ui, "(1-cos(x))/x^2", x=1e-4)
    ui.until(lambda: "sub:0" in session.different)
    session.stepper.set_step(1)
    assert "in float32 but" in ui.find("stepNote").text()
    session.stepper.last()
    assert "the first op whose numbers differ is sub (Sub)" in session.notice
