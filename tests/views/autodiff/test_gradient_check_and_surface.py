"""The comparison of gradients, and the heat map with gradient descent."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QTest

from explorer.core.autodiff.output_choice import OutputChoice


@pytest.fixture
def open_dialog(ui):
    """A function that opens the dialog ``check`` or ``surface`` by its button; it is closed after the test."""
    opened = []

    def open_it(name):
        ui.click(f"{name}Button")
        opened.append(ui.window.findChild(QObject, f"{name}Dialog"))
        return opened[-1]

    yield open_it
    for dialog in opened:
        dialog.close()


@pytest.fixture
def check(ui, open_dialog):
    ui.complete("sin(2*x)*y")
    return open_dialog("check")


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


def test_an_entry_of_the_chosen_output_is_checked(ui, open_dialog):
    ui.complete("x = [1,2,3]; softmax(x)")
    ui.sessions.autodiff.set_output(OutputChoice((1,)))
    dialog = open_dialog("check")
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


def test_an_exact_difference_has_no_error_to_plot(ui, open_dialog):
    ui.complete("x = 0; 2*x")
    dialog = open_dialog("check")
    ui.until(lambda: "exact" in dialog.findChild(QObject, "checkHint").text())
    ui.complete("x = 1; sin(x)")
    ui.until(lambda: "rounding" in dialog.findChild(QObject, "checkHint").text())


def test_the_results_differ_at_a_kink(ui, open_dialog):
    ui.complete("x = 0; relu(x)")
    dialog = open_dialog("check")
    ui.until(lambda: "differ" in dialog.findChild(QObject, "checkVerdict").text())


def test_numbers_that_agree_make_no_derivative_where_there_is_none(ui, open_dialog):
    """At a kink, or where the value is not a number, the verdict has the sentence that the program has everywhere."""
    ui.complete("x")
    dialog = open_dialog("check")
    verdict = dialog.findChild(QObject, "checkVerdict")
    corner = "The absolute value has a corner at 0; TensorFlow chose 0 for its derivative."
    nan = (
        "The value is not a number, so there is no derivative, though TensorFlow returns 1/x = −1: Log is defined only"
    )
    cases = (
        ("x = 0; abs(x)", corner, None),
        ("x = -1; log(x)", nan, None),
        ("x = 2; floor(x)*x", "The floor jumps here and has no derivative. They differ by", None),
        ("x = 0; sqrt(x)", "The gradient for x is infinite: the local derivative of Sqrt at 0 is infinite.", None),
        ("x = [0, 2]; abs(x)", f"Entry [0], 1 of 2: {corner} They agree to", None),
        ("x = 2; y = 3; x^y", "They agree to", None),
        ("x = -2; y = 2; x^y", "The gradient for y is undefined; TensorFlow chose 0", "y"),
    )
    for text, beginning, variable in cases:
        ui.complete(text)
        if variable is not None:
            ui.sessions.gradient_check.set_variable(variable)
        ui.until(lambda beginning=beginning: verdict.text().startswith(beginning))
        assert "is this a kink" not in verdict.text()
        assert "agree" not in verdict.text() or "They agree" in beginning


@pytest.fixture
def surface(ui, open_dialog):
    ui.complete("(x-1)^2 + 2*(y+1)^2")
    dialog = open_dialog("surface")
    ui.until(lambda: ui.sessions.surface.field is not None)
    return dialog


def test_the_heat_map_is_the_function(ui, surface):
    ui.until(lambda: surface._image.image is not None)
    field = ui.sessions.surface.field
    x, y = np.meshgrid(field["x_axis"], field["y_axis"])
    np.testing.assert_allclose(surface._image.image, (x - 1) ** 2 + 2 * (y + 1) ** 2, rtol=1e-4, atol=1e-4)
    assert len(surface._contours.getData()[0]) > 200
    assert ui.sessions.surface.point == pytest.approx((1, 1, 0, 8))


def test_where_there_is_no_value_there_is_no_gradient_either(ui, surface):
    """TensorFlow returns (-1, 1) for log(x) + y at -1, and no arrow points there."""
    label = ui.find("surfacePoint")
    for text, said in (
        ("x = -1; log(x) + y", "f is not a number here, so it has no gradient."),
        ("x = [-1, 2]; sqrt(x) * y", "Σ f is not a number here, so it has no gradient."),
        ("x = 2; log(x) + y", "gradient (0.5, 1): the arrow points uphill"),
    ):
        ui.complete(text)
        ui.until(lambda said=said: label.text().startswith(said))
        assert surface._head.isVisible() == said.startswith("gradient")
    ui.complete("x^2")
    ui.until(lambda: ui.find("surfaceNote").text() != "")
    assert label.text() == ""


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


def test_one_variable_has_no_heat_map(ui, open_dialog):
    ui.complete("sin(x)")
    dialog = open_dialog("surface")
    ui.until(lambda: "two variables" in dialog.findChild(QObject, "surfaceNote").text())


def test_the_gradient_is_perpendicular_to_the_contours(ui, surface):
    """Both axes have one unit of length, and the arrow points along the gradient."""
    session = ui.sessions.surface
    ui.sessions.autodiff.set_value("x", 2.0)
    ui.until(
        lambda: surface._shaft.getData()[0] is not None and session.point[0] == 2 and not session._timer.isActive()
    )
    ui.until(lambda: ui.sessions.client.waiting == 0)
    unit_x, unit_y = surface._box.viewPixelSize()
    assert unit_x == pytest.approx(unit_y, rel=0.02)
    (x, y), (dx, dy) = session.point[:2], session.point[2:]
    xs, ys = surface._shaft.getData()
    arrow = np.array([xs[1] - xs[0], ys[1] - ys[0]])
    np.testing.assert_allclose(arrow / np.hypot(*arrow), np.array([dx, dy]) / np.hypot(dx, dy), rtol=0.02)
    cx, cy = (np.asarray(each) for each in surface._contours.getData())
    gaps = np.isnan(cx[:-1]) | np.isnan(cx[1:])
    middles = np.stack([(cx[:-1] + cx[1:]) / 2 - x, (cy[:-1] + cy[1:]) / 2 - y], axis=1)[~gaps]
    tangents = np.stack([np.diff(cx), np.diff(cy)], axis=1)[~gaps]
    nearest = tangents[np.argmin(np.hypot(*middles.T))] / [unit_x, unit_y]
    across = arrow / [unit_x, unit_y]
    cosine = nearest @ across / np.hypot(*nearest) / np.hypot(*across)
    assert abs(cosine) < 0.1, "a right angle on the screen"
    assert "perpendicular to the contours" in surface.findChild(QObject, "surfacePoint").text()


def test_the_bar_has_the_colours_and_numbers_of_the_map(ui, surface):
    ui.until(lambda: surface._image.image is not None)
    values = ui.sessions.surface.field["values"]
    low, high = np.min(values), np.max(values)
    assert tuple(surface._image.getLevels()) == pytest.approx((low, high), rel=1e-5)
    assert tuple(surface._bar.axis.range) == pytest.approx((low, high), rel=1e-5)
    assert surface._bar.getAxis("left").labelText == "f", "its variables are x and y"


def test_ranges_that_differ_too_much_are_said_to(ui, surface):
    switch = surface.findChild(QObject, "surfaceEqualAxes")
    field = surface.findChild(QObject, "surfaceReachY")
    field.setText("1000")
    field.editingFinished.emit()
    ui.until(lambda: not switch.isEnabled())
    ui.until(lambda: "would be a strip" in surface.findChild(QObject, "surfaceNote").text())
    ui.until(lambda: ui.sessions.surface.field["y_axis"][-1] == 1000)
    assert "not perpendicular" in surface.findChild(QObject, "surfacePoint").text()
    field.setText("4")
    field.editingFinished.emit()
    ui.until(lambda: switch.isEnabled() and switch.isChecked())


@pytest.mark.parametrize(
    ("text", "x", "said"),
    [
        ("x^2 + y^2", 0.0, "The gradient is 0 here."),
        ("x^2 + y^2", 1e-9, "gradient (2×10⁻⁹, 0)"),
        ("log(x) + y^2", -1.0, "f is not a number here, so it has no gradient."),
        ("sqrt(x) + y^2", 0.0, "The gradient is infinite here: (∞, 0)."),
        ("floor(x) + y^2", 0.0, "TensorFlow has no gradient for x here."),
        ("asin(x) + y^2", 2.0, "f is not a number here, so it has no gradient."),
        ("sqrt(x^2) + y^2", 0.0, "The gradient is not a number here."),
    ],
)
def test_the_gradient_is_0_only_where_it_is(ui, open_dialog, text, x, said):
    ui.complete(text)
    ui.sessions.autodiff.set_point({"x": x, "y": 0.0})
    dialog = open_dialog("surface")
    ui.until(lambda: dialog.findChild(QObject, "surfacePoint").text().startswith(said))
    ui.sessions.autodiff.set_point({"x": 1.0, "y": 1.0})


def test_any_two_entries_are_axes(ui, open_dialog):
    ui.complete("W = [[1,2],[3,4]]; x = [1,-1]; s*sum(tanh(W @ x))")
    dialog = open_dialog("surface")
    session = ui.sessions.surface
    ui.until(lambda: session.pair == ("s", "W[0,0]") and session.field is not None)
    assert dialog.findChild(QObject, "surfaceHeld").text() == "Held still: the other entries of W, x = [1, −1]"
    dialog.findChild(QObject, "surfaceAxisX").textActivated.emit("W")
    ui.until(lambda: session.pair == ("W[0,1]", "W[0,0]"))
    dialog.findChild(QObject, "surfaceAxisXEntry").stepDown()
    ui.until(lambda: session.pair == ("W[1,1]", "W[0,0]"))
    ui.until(lambda: ui.sessions.client.waiting == 0 and not session._timer.isActive())
    x, y = np.meshgrid(session.field["x_axis"], session.field["y_axis"])
    np.testing.assert_allclose(session.field["values"], np.tanh(y - 2) + np.tanh(3 - x), rtol=1e-4, atol=1e-5)
    assert dialog.findChild(QObject, "surfaceHeld").text() == "Held still: the other entries of W, x = [1, −1], s = 1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [1,2]; y = [3,4]; softmax(x*y)", "f is 1 everywhere here, apart from rounding."),
        ("sqrt(x) + y", "Where there is no colour, f has no finite value."),
        ("asin(x + 100) + y", "f has no value here."),
        ("1/(x^2 + y^2)^2", "f goes from"),
        ("x*y", ""),
    ],
)
def test_what_the_colours_do_not_say(ui, open_dialog, text, said):
    ui.complete(text)
    dialog = open_dialog("surface")
    ui.until(lambda: ui.sessions.surface.field is not None and ui.sessions.client.waiting == 0)
    ui.until(lambda: dialog.findChild(QObject, "surfaceLevels").text().startswith(said))
    assert bool(dialog.findChild(QObject, "surfaceLevels").text()) == bool(said)
    has_contours = len(dialog._contours.getData()[0]) > 0 if dialog._contours.getData()[0] is not None else False
    assert has_contours == ("everywhere" not in said and "no value" not in said)


@pytest.mark.parametrize(
    ("name", "wrong", "sentence", "right"),
    [
        ("surfaceReach", "-1", "The range must be a number above 0", "4"),
        ("learningRate", "0", "The learning rate must be a number above 0", "0.1"),
    ],
)
def test_a_wrong_field_is_marked_until_it_is_right(ui, surface, name, wrong, sentence, right):
    field, note = surface.findChild(QObject, name), surface.findChild(QObject, "surfaceNote")
    field.setText(wrong)
    field.editingFinished.emit()
    assert note.text().startswith(sentence)
    assert field.property("wrong")
    field.setText(right)
    field.editingFinished.emit()
    ui.until(lambda: not note.text())
    assert not field.property("wrong")
