"""The plot of an expression: curves, range, points, overlay, claims, the draggable point."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, QRect, Qt

from explorer.core.autodiff.output_choice import OutputChoice
from explorer.core.protocol.plot import CURVE
from explorer.views.widgets.fields.shortened_number import has_room


def enter(ui, name, text):
    field = ui.find(name)
    field.setFocus()
    field.setText(text)
    field.setModified(True)
    ui.press(Qt.Key.Key_Return)


def test_curve_and_derivative_come_from_tensorflow(ui):
    ui.complete("sin(2*x)")
    assert ui.find("curvePlot").property("shownCurves") == {"f": 1000, "f′": 1000}
    x, y = ui.sessions.curve.curves["f′"]
    np.testing.assert_allclose(y, 2 * np.cos(2 * np.asarray(x, float)), atol=1e-5)


def test_the_point_waits_for_its_curve_and_a_curve_that_is_awaited_long_is_faded(ui, monkeypatch):
    ui.complete("x^2")
    curve, panel = ui.sessions.curve, ui.window.tab("autodiff").plot
    canvas, client = panel.plot._canvas, curve._client
    held, request = [], client.request

    def hold(*arguments, **options):
        return held.append((arguments, options)) if arguments[0] is CURVE else request(*arguments, **options)

    monkeypatch.setattr(client, "request", hold)
    ui.type("x^2+3")
    ui.until(lambda: held and curve.point == (1, 4, 2))
    assert canvas._point == (1, 1, 2), "it lies on the curve that is drawn"
    ui.until(panel._stale.isVisible)
    monkeypatch.setattr(client, "request", request)
    for arguments, options in held:
        client.request(*arguments, **options)
    ui.until(lambda: canvas._point == (1, 4, 2))
    assert canvas._curves["f"][1].min() == pytest.approx(3, abs=1e-4)
    assert not panel._stale.isVisible()


def test_the_second_derivative_comes_on_demand(ui):
    ui.complete("sin(2*x)")
    ui.click("secondDerivativeButton")
    ui.until(lambda: "f″" in ui.find("curvePlot").property("shownCurves"))
    x, y = ui.sessions.curve.curves["f″"]
    np.testing.assert_allclose(y, -4 * np.sin(2 * np.asarray(x, float)), atol=1e-5)
    ui.click("secondDerivativeButton")
    ui.until(lambda: "f″" not in ui.find("curvePlot").property("shownCurves"))


def test_range_fields_understand_pi_and_the_axis_ticks_in_it(ui):
    ui.complete("sin(x)")
    enter(ui, "rangeLow", "-2*pi")
    enter(ui, "rangeHigh", "2*pi")
    assert (ui.sessions.curve.low, ui.sessions.curve.high) == pytest.approx((-2 * math.pi, 2 * math.pi))
    ui.until(lambda: ui.sessions.curve.curves["f"][0][0] == pytest.approx(-2 * math.pi, rel=1e-6))
    axis = ui.window.tab("autodiff").plot.plot._canvas._bottom
    assert axis.in_pi
    values = axis.tickValues(-2 * math.pi, 2 * math.pi, 350)[0][1]
    assert "−2π" in axis.tickStrings(values, 1, 1)


def marked(ui):
    names = ("rangeLow", "rangeHigh", "pointsField", "overlayEdit", "claimEdit")
    return {name for name in names if ui.find(name).property("wrong")}


@pytest.mark.parametrize(
    ("name", "wrong", "sentence", "right"),
    [
        ("rangeHigh", "-10", "begin below its end", "2"),
        ("rangeLow", "2*", "missing", "-2"),
        ("rangeLow", "[1,2]", "not a single number", "-2"),
        ("pointsField", "1", "at least 2 points", "50"),
        ("overlayEdit", "sni(x)", "did you mean sin", "x"),
        ("claimEdit", "cos(", "missing", "cos(x)"),
        ("claimEdit", "zz", "zz does not occur", "cos(x)"),
    ],
)
def test_a_wrong_field_is_marked_until_it_is_corrected_or_another_expression_comes(ui, name, wrong, sentence, right):
    curve = ui.sessions.curve
    ui.complete("sin(x)")
    state = curve.low, curve.high, curve.points
    before = ui.find(name).text()
    for ends in ("corrected", "another expression"):
        enter(ui, name, wrong)
        ui.until(lambda: sentence in ui.find("claimAnswer").text())
        assert marked(ui) == {name}
        assert ui.find(name).text() == wrong
        assert ui.find("claimAnswer").property("role") == "error"
        assert (curve.low, curve.high, curve.points) == state, "the curve stays"
        if ends == "corrected":
            enter(ui, name, right)
            ui.until(lambda: sentence not in ui.find("claimAnswer").text())
            assert marked(ui) == set()
            enter(ui, name, before)
            ui.until(lambda: ui.sessions.autodiff.is_settled)
        else:
            ui.complete("sin(x)+1")
            assert marked(ui) == set()
            assert not ui.find("claimAnswer").isVisible()
            assert ui.find(name).text() == before
    curve.set_overlay("")


def test_a_wrong_end_of_the_range_may_be_made_right_by_the_other(ui):
    ui.complete("sin(x)")
    enter(ui, "rangeLow", "5")
    assert marked(ui) == {"rangeLow"}
    enter(ui, "rangeHigh", "7")
    assert marked(ui) == set()
    assert (ui.sessions.curve.low, ui.sessions.curve.high) == (5, 7)
    enter(ui, "rangeHigh", "4")
    assert marked(ui) == {"rangeHigh"}
    ui.sessions.curve.set_range(-math.pi, math.pi)  # as zooming does
    assert marked(ui) == set()
    assert (ui.find("rangeLow").text(), ui.find("rangeHigh").text()) == ("-pi", "pi")


def test_a_claim_and_its_verdict_end_with_the_expression(ui):
    ui.complete("sin(2*x)")
    enter(ui, "claimEdit", "2*cos(2*x)")
    ui.until(lambda: "Yes" in ui.find("claimAnswer").text())
    enter(ui, "rangeHigh", "1")
    ui.until(lambda: "Yes" in ui.find("claimAnswer").text() and ui.sessions.autodiff.is_settled)
    enter(ui, "rangeHigh", "-9")
    assert "begin below" in ui.find("claimAnswer").text()
    enter(ui, "rangeHigh", "pi")
    ui.until(lambda: "Yes" in ui.find("claimAnswer").text())
    ui.sessions.autodiff.end_drag()  # the next text is undone by itself, however quickly it follows
    ui.complete("sin(3*x)")
    assert not ui.find("claimAnswer").isVisible()
    assert ui.find("claimEdit").text() == ""
    ui.sessions.autodiff.undo()
    ui.until(lambda: ui.window.isComplete("sin(2*x)"))
    assert ui.find("claimEdit").text() == ""
    assert not ui.find("claimAnswer").isVisible()


def test_a_narrow_field_of_the_range_keeps_the_exponent(ui):
    ui.complete("sin(x)")
    ui.sessions.curve.set_range(-1.23456789e-05, 3.3e-05)
    ui.find("expressionEdit").setFocus()
    low = ui.find("rangeLow")
    assert low.text().endswith("e-05") or low.text() == "-0.0000123456789"
    assert has_room(low, low.text())
    enter(ui, "rangeHigh", "4e-05")
    assert ui.sessions.curve.low == -1.23456789e-05, "an end that was not edited is kept exactly"
    ui.sessions.curve.set_range(-math.pi, math.pi)


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.5])
@pytest.mark.parametrize("text", ["sin(x)", "x*y", "W = [[1,2],[3,4]]; sum(W)"])
def test_the_range_is_never_shown_without_its_exponent(ui, text, scale):
    """Of -1.2345e-20 the field at 1280x720 has shown -1…e-2."""
    ui.window.resize(1280, 720)
    ui.sessions.store.set("scale", scale)
    ui.complete(text)
    ui.find("expressionEdit").setFocus()
    ends = [ui.find(name) for name in ("rangeLow", "rangeHigh")]
    curve, panel = ui.sessions.curve, ui.find("curvePanel")
    for low, high in ((-1.2345e-20, 1.5e-20), (-123456.789, 1e300), (-1.7e-300, 2.5e-299), (-math.pi, math.pi)):
        curve.set_range(low, high)
        ui.until(lambda: ui.window.isComplete(text))
        ui.until(lambda: all(has_room(field, field.text()) for field in ends))
        second = ui.find("secondDerivativeButton").geometry()
        assert second.right() < panel.width() - 12
        assert [field.number() for field in ends] == [low, high]
    ui.sessions.store.set("scale", 1.0)
    ui.until(lambda: ui.find("rangeLow").text() == "-pi")


def test_a_million_points_are_computed_and_downsampled(ui):
    ui.complete("sin(50*x)")
    enter(ui, "pointsField", "1e6")
    ui.until(lambda: ui.find("curvePlot").property("shownCurves").get("f") == 1_000_000)
    x, y = ui.sessions.curve.curves["f"]
    assert len(x) < 10_000
    assert (y.min(), y.max()) == pytest.approx((-1, 1), abs=1e-5)


def test_a_second_expression_is_overlaid(ui):
    ui.complete("sin(x)")
    enter(ui, "overlayEdit", "x - x^3/6")
    ui.until(lambda: "g" in ui.find("curvePlot").property("shownCurves"))
    x, y = ui.sessions.curve.curves["g"]
    x = np.asarray(x, float)
    np.testing.assert_allclose(y, x - x**3 / 6, atol=1e-4)
    enter(ui, "overlayEdit", "sni(x)")
    assert "did you mean sin" in ui.find("claimAnswer").text()


def answer_to(ui, claim, word):
    """Check a claim, wait for an answer with a word, and return the label."""
    label = ui.find("claimAnswer")
    ui.find("claimEdit").setText(claim)
    ui.click("claimButton")
    ui.until(lambda: word in label.text())
    return label


def test_a_claim_is_checked_at_all_points(ui):
    ui.complete("sin(2*x)")
    assert "1,000 points" in answer_to(ui, "2*cos(2*x)", "Yes").text()
    answer = answer_to(ui, "2.0", "No")
    # cos(2x) is −1 at ±π/2: there the claim is wrong by 4.
    assert "deviation is 4" in answer.text()
    assert "f′ is −2, and what you typed is 2." in answer.toolTip()


def test_a_claim_that_is_undefined_somewhere_tells_where(ui):
    ui.complete("x^2")
    answer = answer_to(ui, "2*sqrt(x)^2", "No")
    assert "No: at x = −3.14159 f′ is −6.283, and what you typed is undefined." in answer.toolTip()


def test_an_answer_of_any_length_moves_nothing(ui):
    ui.window.resize(1280, 720)
    ui.complete("x^2")
    plot, answer = ui.find("curvePlot"), ui.find("claimAnswer")

    def area(widget):
        return QRect(widget.mapTo(ui.window, QPoint()), widget.size())

    before = area(plot), area(ui.find("curvePanel"))
    for name, text, sentence in (("claimEdit", "2*x", "Yes"), ("claimEdit", "2.0", "No"), ("rangeHigh", "-9", "begin")):
        enter(ui, name, text)
        ui.until(lambda sentence=sentence: sentence in answer.text())
        ui.until(lambda: answer.height() >= answer.heightForWidth(answer.width()))
        assert answer.height() < 0.35 * plot.height(), "the curves stay in sight"
        assert answer.toolTip().startswith(answer.text().removesuffix(" …"))
        assert (area(plot), area(ui.find("curvePanel"))) == before
        assert area(plot).contains(area(answer)), "all of it can be read"
    enter(ui, "rangeHigh", "pi")
    ui.window.resize(1920, 1080)
    enter(ui, "claimEdit", "2.0")
    ui.until(lambda: answer.text().endswith("what you typed is 2."))
    ui.window.resize(1280, 720)


@pytest.mark.parametrize("text", ["x^2", "x*y+z", "W = [[1,2],[3,4]]; x = [1,2]; b = [0,1]; sum(tanh(W@x+b))"])
def test_the_fields_of_a_plot_take_two_rows_at_1280_by_720(ui, text):
    ui.window.resize(1280, 720)
    for entered in (text, "x^2", text):
        ui.complete(entered)
        ui.until(lambda: ui.find("curvePlot").height() > 110)
        names = ("rangeLow", "overlayEdit", "secondDerivativeButton")
        low, overlay, second = (ui.find(name).geometry() for name in names)
        assert second.center().y() < overlay.bottom(), "no row of its own"
        assert second.right() < ui.find("curvePanel").width() - 12
        assert low.bottom() < overlay.top()


def test_dragging_the_point_changes_x(ui):
    ui.complete("x^2")
    ui.click("stepLastButton")
    canvas = ui.window.tab("autodiff").plot.plot._canvas
    canvas._target.setPos(2.0, 0.5)  # as dragging does
    ui.until(lambda: ui.values["x:0"] == 2)
    ui.until(lambda: canvas._target.pos().y() == pytest.approx(4))
    assert ui.find("input_x").value() == 2
    tangent_x, tangent_y = canvas._tangent.getData()
    assert (tangent_y[1] - tangent_y[0]) / (tangent_x[1] - tangent_x[0]) == pytest.approx(4, rel=1e-5)


def test_another_variable_can_be_on_the_axis(ui):
    ui.complete("x*y^2")
    ui.find("curveVariable").setCurrentText("y")
    ui.find("curveVariable").textActivated.emit("y")
    ui.until(lambda: ui.sessions.curve.variable == "y" and len(ui.sessions.curve.curves) == 2)
    ui.until(lambda: ui.sessions.curve.curves["f"][1][0] == pytest.approx(math.pi**2, rel=1e-5))
    ui.sessions.curve.set_variable("x")


def test_an_expression_without_variable_has_no_plot(ui):
    ui.complete("sin(2)")
    assert "nothing to plot" in ui.find("curveNote").text()
    assert not ui.find("curvePlot").isVisible()
    ui.complete("x")
    assert ui.find("curvePlot").isVisible()


def test_an_entry_of_a_matrix_is_plotted_and_has_a_slider(ui):
    ui.complete("W = [[1,2],[3,4]]; sum(W^2)")
    curve = ui.sessions.curve
    assert curve.variable == "W[0,0]"
    assert ui.find("curveVariable").currentText() == "W"
    ui.find("curveVariableEntry").setValue(3)
    ui.until(lambda: curve.variable == "W[1,1]" and curve.point is not None and curve.point[0] == 4)
    assert curve.point == (4, 30, 8)
    ui.until(lambda: "f" in curve.curves and not curve.is_waiting and ui.sessions.client.waiting == 0)
    x, y = curve.curves["f"]
    np.testing.assert_allclose(y, 14 + np.asarray(x, np.float64) ** 2, rtol=1e-5)
    np.testing.assert_allclose(curve.curves["f′"][1], 2 * np.asarray(curve.curves["f′"][0]), atol=1e-5)
    slider = ui.find("slider_W[1,1]")
    slider.setValue(slider.minimum())
    ui.until(lambda: curve.point is not None and curve.point[0] < 0)
    number = ui.sessions.autodiff.point["W"][1, 1]
    assert curve.point[0] == np.float32(number)
    assert ui.find("input_W[1,1]").value() == number
    assert ui.find("input_W").value()[1] == [3, number]
    ui.find("input_W").setValue([1, 2])
    ui.until(lambda: curve.variable == "W[0]" and ui.window.isComplete(ui.sessions.autodiff.text))
    assert ui.window.findChild(QObject, "slider_W[1,1]") is None
    assert curve.point == (1, 5, 2)


def test_of_an_output_with_several_entries_the_chosen_one_is_plotted(ui):
    ui.complete("x = [1,2]; x^2")
    curve = ui.sessions.curve
    assert ui.find("curveTitle").text() == "Plotted as f: Σ y"
    assert curve.point == (1, 5, 2)
    ui.click("outputKind_entry")
    ui.until(lambda: curve.point == (1, 1, 2))
    ui.until(lambda: ui.find("curveTitle").text() == "Plotted as f: y[0]")
    ui.sessions.autodiff.set_output(OutputChoice(weights=(0.0, 3.0)))
    ui.until(lambda: curve.point == (1, 12, 0))
    ui.until(lambda: ui.find("curveTitle").text() == "Plotted as f: w·y")


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [("1/x", -50, 50), ("tan(x)", -60, 60), ("exp(9*x)", -1e13, 1e14), ("x^9", -2e5, 2e5)],
)
def test_poles_leave_gaps_and_do_not_flatten_the_rest(ui, text, lowest, highest):
    ui.complete(text)
    canvas = ui.window.tab("autodiff").plot.plot._canvas
    _, (low, high) = canvas._box.viewRange()
    assert lowest < low < 0 < high < highest
    x, y = canvas._lines["f"].getOriginalDataset()
    assert np.nanmax(np.abs(y)) < 30 * (high - low), "the painter gets no numbers that are too large for it"
    if "9" in text:
        assert high > np.nanmax(canvas._curves["f"][1]), "a steep function is shown whole"
    else:
        assert np.isnan(y[np.abs(np.asarray(x)) < 2]).any()


@pytest.mark.parametrize("text", ["exp(1/x)", "1/(1+exp(1/x))+exp(1/x)", "exp(2/x)*x"])
def test_no_line_leads_from_a_number_to_infinity(ui, text):
    """To the left of the pole at 0 the function goes to 0, to the right it comes from infinity."""
    ui.complete(text)
    canvas = ui.window.tab("autodiff").plot.plot._canvas
    assert np.isinf(canvas._curves["f"][1]).any()
    x, y = (np.asarray(values) for values in canvas._lines["f"].getOriginalDataset())
    numbers = np.flatnonzero(np.isfinite(y))
    last_left, first_right = numbers[x[numbers] < 0][-1], numbers[x[numbers] > 0][0]
    assert np.isnan(y[last_left + 1 : first_right]).any()
    _, top = canvas._box.viewRange()[1]
    assert y[first_right] > top, "it still comes from beyond the edge"


@pytest.mark.parametrize("text", ["sin(2*x)", "x^2", "cos(x)"])
def test_labels_stay_inside_the_plot_at_any_size(ui, text):
    ui.window.resize(1280, 1000)
    ui.complete(text)
    canvas = ui.find("curvePlot")._canvas
    for height in (1000, 720, 600):
        before = canvas.height()
        ui.window.resize(1280, height)
        ui.until(lambda canvas=canvas: canvas.height() == ui.find("curvePlot").height())
        assert height == 1000 or canvas.height() < before
        bottom, top = canvas._box.viewRange()[1]
        for name, label in canvas._labels.items():
            above = (top - label.pos().y()) / (top - bottom) * canvas._box.height()
            assert above >= label.boundingRect().height() - 5, f"{name} is cut off at the top"  # 5 is its empty margin
    ui.window.resize(1280, 720)


def test_a_hidden_curve_is_drawn_when_it_becomes_visible(ui, monkeypatch):
    ui.complete("x^2")
    canvas = ui.window.tab("autodiff").plot.plot._canvas
    drawn = []
    draw = canvas.set_curves
    monkeypatch.setattr(canvas, "set_curves", lambda curves: (drawn.append(curves), draw(curves)))
    ui.press(Qt.Key.Key_F11)
    ui.window.tab("autodiff").setPanels(("chain",))
    drawn.clear()
    ui.complete("x^3")
    ui.complete("cos(x)")
    assert not ui.find("curvePlot").isVisible()
    assert not drawn
    ui.window.tab("autodiff").setPanels(None)
    ui.press(Qt.Key.Key_F11)
    ui.until(lambda: ui.find("curvePlot").isVisible())
    ui.until(lambda: any("f" in curves for curves in drawn))
    full = [curves for curves in drawn if curves]
    assert len(full) == 1, "outdated curves are not drawn"
    x, y = full[0]["f"]
    np.testing.assert_allclose(y, np.cos(np.asarray(x, float)), atol=1e-6)


def test_the_slope_triangle_is_1_wide_and_f_prime_high(ui):
    ui.complete("x^2")
    canvas = ui.window.tab("autodiff").plot.plot._canvas
    triangle = canvas._triangle
    assert triangle.corners == []
    ui.find("triangleAction").setChecked(True)
    try:
        ui.sessions.autodiff.set_value("x", -1.5)
        ui.until(lambda: triangle.corners == [(-1.5, 2.25), (-0.5, 2.25), (-0.5, -0.75)])
        assert triangle.texts == ("1", "−3")
        ui.sessions.curve.set_range(-1000, 1000)
        ui.until(lambda: ui.sessions.autodiff.is_settled)
        ui.sessions.autodiff.set_value("x", 2.0)
        ui.until(lambda: ui.sessions.curve.point[0] == 2)
        assert triangle.corners == [], "it would be too small"
        ui.sessions.curve.set_range(-math.pi, math.pi)
        ui.find("quizCheck").click()
        assert triangle.corners == [], "f′ is to be found"
        ui.find("quizCheck").click()
    finally:
        ui.find("triangleAction").setChecked(False)
    assert triangle.corners == []


def test_the_point_says_where_float64_has_other_numbers(ui):
    ui.complete("(1-cos(x))/x^2")
    session, curve, plot = ui.sessions.autodiff, ui.sessions.curve, ui.find("curvePlot")
    session.set_value("x", 1e-4)
    ui.until(lambda: curve.point_note)
    canvas = plot._canvas
    ui.until(lambda: canvas._point_place() is not None)
    kind, what = plot.whatIs(canvas._plot.viewport().mapTo(plot, canvas._point_place().toPoint()))
    assert kind == "point"
    x = np.float64(np.float32(1e-4))
    assert f"the value is 0 in float32 but {(1 - np.cos(x)) / x**2:.5g} in float64" in what
    assert "the slope is 10000 in float32 but −1.7045×10⁻⁵ in float64" in what
    assert canvas._target.toolTip()
    assert canvas._target.toolTip() in what
    session.set_value("x", 1.0)
    ui.until(lambda: session.is_current and not canvas._target.toolTip())


@pytest.mark.parametrize("size", [(1024, 600), (1280, 720), (2400, 900)])
def test_as_many_points_are_requested_as_the_plot_can_show(ui, size):
    ui.complete("sin(2*x)")
    ui.window.resize(*size)
    plot, curve = ui.find("curvePlot"), ui.sessions.curve
    ui.until(lambda: 0.6 <= plot.width() * plot.devicePixelRatioF() / curve.pixels <= 1.5)
    curve.set_points(100_000)
    ui.until(lambda: plot.property("shownCurves").get("f") == 100_000 and ui.window.isComplete("sin(2*x)"))
    assert len(curve.curves["f"][0]) <= 2 * curve.pixels
    ui.window.resize(1280, 720)
