"""Sliders and fields show the number that TensorFlow has, change it exactly, and bring it back."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

from explorer.views.autodiff.number_field import NumberField
from explorer.views.autodiff.value_slider import ValueSlider

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slider(qtbot):
    slider = ValueSlider()
    qtbot.addWidget(slider)
    slider.resize(300, 24)
    slider.chosen.connect(slider.showNumber)
    slider.show()
    return slider


def handle(slider):
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    style = slider.style()
    return style.subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    ).center()


@pytest.mark.parametrize("number", [0.123456789, -4.99999, math.pi / 7, 1e-12])
def test_keys_and_wheel_add_round_steps_to_the_number_itself(slider, number):
    slider.showNumber(number)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider._number == pytest.approx(number + 0.02, abs=1e-11)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert slider._number == pytest.approx(number, abs=1e-11)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    assert slider._number == pytest.approx(number + 0.2, abs=1e-11)


def test_at_its_end_a_slider_has_that_number(slider):
    slider.setEnds((-math.pi, math.pi))
    for key, end in ((Qt.Key.Key_End, math.pi), (Qt.Key.Key_Home, -math.pi)):
        QTest.keyClick(slider, key)
        assert slider._number == end
    slider.showNumber(math.pi - 1e-4)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider._number == math.pi
    assert slider.ends == (-math.pi, math.pi)


@pytest.mark.parametrize("number", [7, -1e30, 1.5e308, -1.7976931348623157e308, math.nan, math.inf])
def test_any_number_can_be_shown(slider, number):
    slider.showNumber(number)
    low, high = slider.ends
    assert low < high
    assert not math.isfinite(number) or low <= number <= high
    slider.showNumber(1.0)
    assert slider.ends == (-5, 5)


def test_a_press_on_the_handle_changes_nothing_and_a_drag_snaps(slider):
    chosen = []
    slider.showNumber(0.123456789)
    slider.chosen.connect(chosen.append)
    QTest.mousePress(slider, LEFT, pos=handle(slider))
    QTest.mouseRelease(slider, LEFT, pos=handle(slider))
    assert not chosen
    QTest.mousePress(slider, LEFT, pos=handle(slider))
    for pixel in range(1, 80):
        QTest.mouseMove(slider, handle(slider) + QPoint(pixel % 3, 0))
    assert {1.0, 2.0} & set(chosen)
    QTest.mouseRelease(slider, LEFT, pos=handle(slider))
    assert all(len(f"{number}") <= 6 for number in chosen), "a pixel does not need more digits"


def test_the_handle_goes_to_the_number_that_it_snapped_to(slider):
    slider.setEnds((-math.pi, math.pi))
    slider.showNumber(0.0)
    QTest.mousePress(slider, LEFT, pos=handle(slider))
    unit = 2 * math.pi / slider.maximum()
    slider.setSliderPosition(round((math.pi / 6 + math.pi) / unit) + 9)
    assert slider._number == pytest.approx(math.pi / 6, rel=1e-15)
    QTest.mouseRelease(slider, LEFT, pos=handle(slider))
    assert slider.value() == round((math.pi / 6 + math.pi) / unit)


@pytest.mark.parametrize("value", [1.2345678901234567e-05, -3.4e38, -math.pi / 4, 123456789.123, -1 / 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [70, 96, 300])
def test_a_field_never_cuts_an_exponent_off(qtbot, value, dtype, width):
    field = NumberField("x")
    qtbot.addWidget(field)
    field.setFixedWidth(width)
    field.show()
    field.showValue(value, dtype)
    assert field.fontMetrics().horizontalAdvance(field.text()) <= field.width()
    number = np.asarray(value, dtype)
    exponent = f"{number:e}".partition("e")[2]
    whole = field.text() == field._text(all_digits=True)
    assert whole or field.text().endswith(f"e{exponent}") or 1e-4 < abs(value) < 1e12
    assert field.value() == value, "nothing is rounded but the text"
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    assert whole or field.text().endswith(f"e{exponent}") or 1e-4 < abs(value) < 1e12, "nor while it has the focus"
    QTest.keyClick(field, Qt.Key.Key_End)
    assert number.dtype.type(field.text()) == number, "all digits are there while it is edited"


@pytest.mark.parametrize("text", ["1.23456789e-12", "-1.23456789012e-05", "1.2345678e+30"])
def test_an_entered_number_keeps_its_exponent_and_is_edited_with_all_digits(ui, text):
    ui.complete("2*x")
    for name in ("input_x", "rangeLow" if text.startswith("-") else "rangeHigh"):
        field = ui.find(name)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert field.hasFocus()
        assert "…" in field.text() or name != "input_x"
        assert field.text().endswith(text[text.index("e") :])
        assert field.fontMetrics().horizontalAdvance(field.text()) < field.width()
        place = field.text().index("e")
        field.setCursorPosition(place)
        QTest.keyClick(field, Qt.Key.Key_7)
        assert field.text().endswith("7" + text[text.index("e") :]), "it comes before the exponent"
        read = np.float32 if name == "input_x" else np.float64
        assert read(field.text().replace("7e", "e")) == read(text), "and all digits are there"
        field.setModified(False)
    ui.sessions.curve.set_range(-math.pi, math.pi)


def test_the_digits_that_are_selected_stay_selected(qtbot):
    field = NumberField("x")
    qtbot.addWidget(field)
    field.setFixedWidth(96)
    field.show()
    field.showValue(1.2345678901234567e-05, "float64")
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    assert "…" in field.text()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_3)
    assert field.text() == "3"


def test_the_field_shows_what_tensorflow_has(ui):
    ui.complete("2*x")
    field = ui.find("input_x")
    ui.find("expressionEdit").setFocus()
    for value in (0.1, 1 / 3, 1e-5 / 3, -1e30, 16777217):
        field.setValue(value)
        ui.until(lambda value=value: ui.values["x:0"] == pytest.approx(value, rel=1e-6))
        shown = np.float32(field.text().replace("…", ""))
        assert shown == np.float32(ui.values["x:0"]) or "…" in field.text()
        assert field.value() == value
        ui.sessions.autodiff.select_node("x")
        ui.until(lambda: ui.sessions.autodiff.is_settled)
        details = ui.find("detailsBody").text().replace("−", "-")
        assert f"= {field._text(all_digits=True)} " in details + " "
        point = ui.sessions.curve.point
        assert point is None or point[0] == np.float32(value)
        ui.sessions.autodiff.clear_selection()


def test_a_double_click_and_a_key_bring_the_value_before_back(ui):
    ui.complete("x^2+y")
    session, field = ui.sessions.autodiff, ui.find("input_x")
    field.setValue(2.5)
    session.end_drag()
    QTest.mouseDClick(field, LEFT)
    assert field.value() == 1
    QTest.mouseDClick(field, LEFT)
    assert field.value() == 2.5, "and again"
    slider = ui.find("slider_x")
    QTest.mouseDClick(slider, LEFT, pos=handle(slider))
    assert field.value() == 1
    ui.find("graphView").setFocus()
    ui.press(Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert field.value() == 2.5
    ui.until(lambda: session.is_settled)
    canvas = ui.window.tab("autodiff").plot.plot._canvas
    place = canvas._point_place().toPoint()
    QTest.mouseDClick(canvas._plot.viewport(), LEFT, pos=place)
    assert field.value() == 1
    ui.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.value() == 2.5


def test_up_and_down_change_a_field_in_round_steps(ui):
    ui.complete("x^2")
    field = ui.find("input_x")
    field.setValue(0.5)
    field.setFocus()
    ui.press(Qt.Key.Key_Up)
    assert field.value() == pytest.approx(0.52, abs=1e-12)
    ui.press(Qt.Key.Key_Down)
    assert field.value() == 0.5


def test_a_wrong_text_is_marked_until_it_is_right_or_left(ui):
    ui.complete("x^2")
    field = ui.find("input_x")
    for leave in (
        lambda: ui.find("graphView").setFocus(),
        lambda: ui.sessions.autodiff.set_value("x", 3.0),
        lambda: (field.setText("3"), field.setModified(True), ui.press(Qt.Key.Key_Return)),
    ):
        field.setFocus()
        field.setText("2*")
        field.setModified(True)
        ui.press(Qt.Key.Key_Return)
        assert field.property("wrong")
        assert "not a value" in ui.window.statusBar().currentMessage()
        leave()
        assert not field.property("wrong")
        assert float(field.text()) == field.value() == ui.sessions.autodiff.point["x"]


def test_a_value_that_does_not_fit_is_marked_until_another_does(ui):
    ui.complete("x = [1,2]; x @ [3,4]")
    field = ui.find("input_x")
    field.setValue([1.0, 2.0, 3.0])
    assert field.property("wrong")
    field.setValue([3.0, 2.0])
    assert not field.property("wrong")


def test_a_slider_that_moves_while_the_text_is_wrong_is_not_to_blame(ui):
    ui.type("x^2")
    ui.find("expressionEdit").setText("x^2+(")
    message = ui.find("errorLabel")
    ui.until(lambda: message.text() and not message.isHidden())
    text = message.text()
    QTest.keyClick(ui.find("slider_x"), Qt.Key.Key_Right)
    ui.until(lambda: ui.sessions.autodiff.point["x"] != 1.0 and not ui.sessions.autodiff.is_tracing)
    assert message.text() == text
    assert ui.find("errorLabel").isVisible()
    assert not ui.find("input_x").property("wrong")


def test_sliders_are_sliders(ui):
    ui.complete("x^2")
    assert isinstance(ui.find("slider_x"), QSlider)


def test_a_matrix_can_be_entered_while_the_shapes_do_not_fit(ui):
    ui.find("expressionEdit").setText("relu(V@u+c)")
    ui.until(lambda: "give V and u values" in ui.find("errorLabel").text())
    for name, text in (("V", "[[1,2],[3,4]]"), ("u", "[5,6]")):
        field = ui.find(f"input_{name}")
        assert field.isVisible()
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        ui.press(Qt.Key.Key_Return)
    ui.until(lambda: ui.window.isComplete("relu(V@u+c)") and ui.sessions.autodiff.is_current)
    assert not ui.find("input_V").property("wrong")
    assert ui.find("errorLabel").isHidden() or not ui.find("errorLabel").text()
