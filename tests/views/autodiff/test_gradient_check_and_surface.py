"""The comparison of gradients, and the heat map with gradient descent."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QTest

from explorer.core.autodiff.output_choice import OutputChoice


@pytest.fixture
def check(ui):
    ui.complete("sin(2*x)*y")
    ui.click("checkButton")
    dialog = ui.window.findChild(QObject, "checkDialog")
    yield dialog
    dialog.close()


def test_the_three_results_agree(ui, check):
    exact = 2 * math.cos(2)
    labels = {key: check.findChild(QObject, f"check_{key}") for key in ("tensorflow", "sympy", "float32", "difference")}
    ui.until(lambda: all(label.text() not in ("", "–") for label in labels.values()))
    results = {key: label.text() for key, label in labels.items()}
    for key, tolerance in (("tensorflow", 1e-14), ("sympy", 1e-14), ("float32", 1e-6), ("difference", 1e-8)):
        assert float(results[key].replace("−", "-")) == pytest.approx(exact, rel=tolerance)
    ui.until(lambda: check.findChild(QObject, "checkVerdict").text().startswith("They agree"))


def test_the_check_follows_the_inputs_and_the_variable(ui, check):
    ui.find("input_x").setValue(0.25)
    expected = 2 * math.cos(0.5)
    label = check.findChild(QObject, "check_tensorflow")
    ui.until(lambda: label.text() != "" and float(label.text().replace("−", "-")) == pytest.approx(expected, rel=1e-9))
    ui.sessions.gradient_check.set_variable("y")
    ui.until(lambda: float(label.text().replace("−", "-")) == pytest.approx(math.sin(0.5), rel=1e-9))


def test_an_entry_of_the_chosen_output_is_checked(ui):
    ui.complete("x = [1,2,3]; softmax(x)")
    ui.sessions.autodiff.set_output(OutputChoice((1,)))
    ui.click("checkButton")
    dialog = ui.window.findChild(QObject, "checkDialog")
    label = dialog.findChild(QObject, "check_sympy")
    s = np.exp([1, 2, 3]) / np.sum(np.exp([1, 2, 3]))

    def shows(number):
        return label.text() not in ("", "–") and float(label.text().replace("−", "-")) == pytest.approx(
            number, rel=1e-12
        )

    ui.until(lambda: shows(-s[0] * s[1]))
    assert dialog.findChild(QObject, "checkTitle").text() == "The gradient of y[1] with respect to"
    dialog.findChild(QObject, "checkVariableEntry").setValue(1)
    ui.until(lambda: shows(s[1] * (1 - s[1])))
    ui.until(lambda: dialog.findChild(QObject, "checkVerdict").text().startswith("They agree"))
    dialog.close()


def test_an_exact_difference_has_no_error_to_plot(ui):
    ui.complete("x = 0; 2*x")
    ui.click("checkButton")
    dialog = ui.window.findChild(QObject, "checkDialog")
    ui.until(lambda: "exact" in dialog.findChild(QObject, "checkHint").text())
    ui.complete("x = 1; sin(x)")
    ui.until(lambda: "rounding" in dialog.findChild(QObject, "checkHint").text())
    dialog.close()


def test_the_results_differ_at_a_kink(ui):
    ui.complete("x = 0; relu(x)")
    ui.click("checkButton")
    dialog = ui.window.findChild(QObject, "checkDialog")
    ui.until(lambda: "differ" in dialog.findChild(QObject, "checkVerdict").text())
    dialog.close()


@pytest.fixture
def surface(ui):
    ui.complete("(x-1)^2 + 2*(y+1)^2")
    ui.click("surfaceButton")
    dialog = ui.window.findChild(QObject, "surfaceDialog")
    ui.until(lambda: ui.sessions.surface.field is not None)
    yield dialog
    dialog.close()


def test_the_heat_map_is_the_function(ui, surface):
    ui.until(lambda: surface._image.image is not None)
    field = ui.sessions.surface.field
    x, y = np.meshgrid(field["x_axis"], field["y_axis"])
    np.testing.assert_allclose(surface._image.image, (x - 1) ** 2 + 2 * (y + 1) ** 2, rtol=1e-4, atol=1e-4)
    assert len(surface._contours.getData()[0]) > 200
    assert ui.sessions.surface.point == pytest.approx((1, 1, 0, 8))


def test_a_click_starts_gradient_descent_and_a_slider_moves_along_its_path(ui, surface):
    plot = surface._plot
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(plot.width() * 3 // 4, plot.height() // 4))
    ui.until(lambda: len(ui.sessions.surface.path) > 5)
    path = ui.sessions.surface.path
    x, y = path[0]
    np.testing.assert_allclose(path[1], [x - 0.1 * 2 * (x - 1), y - 0.1 * 4 * (y + 1)], rtol=1e-4)
    np.testing.assert_allclose(path[-1], [1, -1], atol=1e-3)
    slider = surface.findChild(QObject, "pathSlider")
    slider.setValue(slider.maximum())
    ui.until(lambda: ui.values.get("x:0") == pytest.approx(1, abs=1e-3))
    assert "of" in surface.findChild(QObject, "pathLabel").text()


def test_a_learning_rate_that_is_too_large_is_reported(ui, surface):
    ui.sessions.surface.set_rate("2")
    surface.findChild(QObject, "descendButton").click()
    ui.until(lambda: "too large" in surface.findChild(QObject, "surfaceNote").text())
    ui.sessions.surface.set_rate("0.1")


def test_one_variable_has_no_heat_map(ui):
    ui.complete("sin(x)")
    ui.click("surfaceButton")
    dialog = ui.window.findChild(QObject, "surfaceDialog")
    ui.until(lambda: "two variables" in dialog.findChild(QObject, "surfaceNote").text())
    dialog.close()
