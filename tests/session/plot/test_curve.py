"""The curve is requested for what is on the screen, and no more often than it changes."""

import numpy as np
import pytest

from explorer.core.autodiff.output_choice import OutputChoice
from explorer.core.errors import ExpressionError, UserError
from explorer.session.plot import curve as module
from tests.session.expression_traces import show, trace_reply, values_reply


def curve_reply(payload):
    """Return curves of two points for each order of a request."""
    x = np.array([payload["low"], payload["high"]])
    curves = [{"order": order, "x": x, "y": x + order} for order in payload.get("orders", [0])]
    return {"curves": curves, "points": payload["points"], "note": None}


@pytest.fixture
def curve(client, session, monkeypatch):
    monkeypatch.setattr(module, "CURVE_DELAY_MS", 0)
    client.table["curve"] = curve_reply
    return module.CurveSession(client, session)


@pytest.fixture
def plotted(curve, session, client, qtbot):
    """A curve of sin(2*x) that is on the screen."""
    show(session, client, "sin(2*x)")
    qtbot.waitUntil(lambda: "curve" in client.kinds())
    client.answer("curve")
    return curve


def test_a_new_trace_is_plotted_once_typing_pauses(curve, session, client, qtbot):
    show(session, client, "sin(2*x)")
    assert client.payloads("curve") == []
    assert curve.is_waiting
    qtbot.waitUntil(lambda: len(client.payloads("curve")) == 1)
    (payload,) = client.payloads("curve")
    assert (payload["text"], payload["variable"], payload["orders"]) == ("sin(2*x)", "x", [0, 1])
    client.answer("curve")
    assert list(curve.curves) == ["f", "f′"]
    assert curve.point_counts["f"] == curve.points
    assert curve.title == "sin(2*x)"


def test_the_point_is_that_of_the_values(plotted, session, client):
    x, y, slope = plotted.point
    assert (x, y, slope) == pytest.approx((0.5, np.sin(1.0), 2 * np.cos(1.0)), rel=1e-6)
    session.set_value("x", 1.0)
    client.answer("values", values_reply("sin(2*x)"))
    assert plotted.point[0] == 1.0
    assert client.kinds().count("curve") == 0, "the variable on the axis does not change the curve"


def test_a_point_without_a_value_has_no_slope(plotted, session, client):
    session.values = {**session.values, session.trace.output: np.float32(np.nan)}
    session.valuesChanged.emit(session.values)
    assert np.isnan(plotted.point[1])
    assert plotted.point[2] is None


def test_the_curve_of_another_function_is_outdated_until_its_own_arrives(plotted, session, client, qtbot):
    changes = []
    plotted.outdatedChanged.connect(changes.append)
    assert not plotted.is_outdated
    sent = len(client.payloads("curve"))
    show(session, client, "x*y+sin(x)")
    assert (plotted.is_outdated, changes) == (True, [True])
    qtbot.waitUntil(lambda: len(client.payloads("curve")) == sent + 1)
    assert plotted.is_outdated, "it is only requested"
    client.answer("curve")
    assert (plotted.is_outdated, changes) == (False, [True, False])
    plotted.set_range(-1, 1)
    session.set_value("x", 3.0)
    session.set_value("y", 3.0)
    assert (plotted.is_outdated, changes) == (False, [True, False]), "it is the same function"
    client.answer_all()
    plotted.set_variable("y")
    assert plotted.is_outdated, "the point is at y, but the curve is along x"
    client.fail("curve", "too long")
    assert not plotted.is_outdated


def test_another_variable_changes_the_curve(curve, session, client, qtbot):
    show(session, client, "x*y+sin(x)")
    qtbot.waitUntil(lambda: len(client.payloads("curve")) == 1)
    session.set_value("y", 3.0)
    client.answer("values", values_reply("x*y+sin(x)"))
    assert client.payloads("curve")[-1]["point"]["y"] == 3.0
    curve.set_variable("y")
    assert (curve.default_variable, curve.variable) == ("x", "y")
    assert client.payloads("curve")[-1]["variable"] == "y"


def test_without_a_scalar_there_is_a_message(curve, session, client, qtbot):
    show(session, client, "3")
    qtbot.waitUntil(lambda: curve.message != "")
    assert client.payloads("curve") == []
    assert (curve.curves, curve.point) == ({}, None)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (lambda curve: curve.set_range("-2*pi", 1), "high", 1.0),
        (lambda curve: curve.set_points(5000), "points", 5000),
        (lambda curve: curve.set_pixels(3000), "pixels", 3000),
        (lambda curve: curve.set_first(False), "orders", [0]),
        (lambda curve: curve.set_second(True), "orders", [0, 1, 2]),
    ],
)
def test_options_are_requested(plotted, client, change, field, value):
    sent = len(client.payloads("curve"))
    change(plotted)
    change(plotted)
    assert len(client.payloads("curve")) == sent + 1
    assert client.payloads("curve")[-1][field] == value


def test_a_plot_of_nearly_the_same_width_is_not_requested_again(plotted, client):
    sent = len(client.payloads("curve"))
    plotted.set_pixels(plotted.pixels + 100)
    assert len(client.payloads("curve")) == sent


def test_a_range_that_is_none_is_refused(plotted):
    with pytest.raises(UserError):
        plotted.set_range(2, 1)
    with pytest.raises(ExpressionError):
        plotted.set_range("-2*", 1)
    assert (plotted.low, plotted.high) == module.DEFAULT_RANGE


def test_a_hidden_plot_of_another_width_keeps_its_curves_until_it_is_visible_again(plotted, client):
    curves, sent = plotted.curves, len(client.payloads("curve"))
    plotted.set_visible(False)
    plotted.set_pixels(3 * plotted.pixels)
    assert plotted.curves is curves
    assert len(client.payloads("curve")) == sent
    plotted.set_visible(True)
    assert client.payloads("curve")[sent]["pixels"] == plotted.pixels


def test_a_hidden_plot_is_requested_when_it_is_visible_again(plotted, client):
    sent = len(client.payloads("curve"))
    plotted.set_visible(False)
    plotted.set_second(True)
    assert len(client.payloads("curve")) == sent
    assert plotted.curves == {}
    plotted.set_visible(True)
    assert len(client.payloads("curve")) == sent + 1


def test_an_overlay(plotted, client):
    plotted.set_overlay("cos(x)")
    assert client.payloads("curve")[-1]["text"] == "cos(x)"
    client.answer("curve")
    assert "g" in plotted.curves
    with pytest.raises(ExpressionError):
        plotted.set_overlay("cos(")
    assert plotted.overlay == "cos(x)"
    plotted.set_overlay("")
    assert "g" not in plotted.curves


def test_an_overlay_that_cannot_be_computed(plotted, client):
    errors = []
    plotted.overlayErrorChanged.connect(errors.append)
    plotted.set_overlay("cos(x)")
    client.fail("curve", "No.")
    assert errors == ["", "No."]


def test_a_claim_is_checked_with_each_curve(plotted, client):
    answers = []
    plotted.checkChanged.connect(answers.append)
    plotted.check("2*cos(2*x)")
    assert client.payloads("check")[-1]["claim"] == "2*cos(2*x)"
    client.answer("check", {"holds": True})
    assert answers == [{"holds": True}] == [plotted.answer]
    plotted.set_range(0, 1)
    assert client.kinds().count("check") == 1
    plotted.check("")
    assert answers[-1] is None
    client.answer("check", {"holds": False})
    assert plotted.answer is None, "nothing is claimed any more"
    with pytest.raises(ExpressionError):
        plotted.check("2*")


def test_a_selected_op_is_plotted_with_its_own_slope(plotted, session, client):
    session.select_node("mul")
    curve, point = client.payloads("curve")[-2:]
    assert (curve["tensor"], plotted.tensor, plotted.title) == ("mul:0", "mul:0", "2*x")
    assert (point["low"], point["points"], point["orders"]) == (0.5, 2, [0, 1])
    client.answer_all()
    assert plotted.point == (0.5, 0.5, 1.5)
    session.select_node("Sin")
    assert plotted.tensor is None, "the output is the expression itself"


def test_a_derivative_has_a_name(curve, session, client, qtbot):
    show(session, client, "derivative of sin(2*x)")
    assert curve.derivative == "y′"
    qtbot.waitUntil(lambda: len(client.payloads("curve")) == 1)
    assert client.payloads("curve")[-1]["differentiated_by"] == ["x"]
    session.select_node("gradients/Sin_grad/Cos")
    assert curve.tensor is None


def test_slopes_are_hidden_while_gradients_are(plotted, session):
    emitted = []
    plotted.curvesChanged.connect(emitted.append)
    session.stepper.set_quiz(True)
    assert plotted.hides_slope
    assert len(emitted) == 1
    session.stepper.set_quiz(False)
    assert not plotted.hides_slope
    assert len(emitted) == 2


def test_an_error_is_a_message(plotted, client):
    messages = []
    plotted.messageChanged.connect(messages.append)
    plotted.set_range(0, 1)
    client.fail("curve", "Too many points.")
    assert messages == ["Too many points."] == [plotted.message]
    assert plotted.curves == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda session, client: show(session, client, "x*y+sin(x)"),
        lambda session, client: show(session, client, "derivative of sin(2*x)"),
        lambda session, client: session.set_text("sin(3*x)"),
    ],
)
def test_a_claim_ends_with_its_function(plotted, session, client, change):
    answers, options = [], []
    plotted.check("2*cos(2*x)")
    client.answer("check", {"holds": True})
    plotted.checkChanged.connect(answers.append)
    plotted.optionsChanged.connect(lambda: options.append(plotted.claim))
    change(session, client)
    assert (plotted.claim, plotted.answer) == ("", None)
    assert (answers, options) == ([None], [""])


def test_a_claim_outlives_values_and_a_text_that_is_wrong(plotted, session, client):
    plotted.check("2*cos(2*x)")
    session.set_value("x", 3.0)
    session.set_text("sin(2*x")
    assert plotted.claim
    session.set_text("sin(2*x)")
    assert plotted.claim
    session.undo()
    assert plotted.claim, "undone is the value"


def test_an_entry_on_the_axis_moves_along_its_curve(curve, session, client, qtbot):
    session.begin("x^2", {"x": [1.0, 2.0, 3.0]})
    client.answer("trace", vector_reply())
    qtbot.waitUntil(lambda: len(client.payloads("curve")) == 1)
    assert (curve.default_variable, curve.variable) == ("x[0]", "x[0]")
    curve.set_variable("x[-1]")
    assert client.payloads("curve")[-1]["variable"] == "x[2]"
    client.answer("curve", curve_reply(client.payloads("curve")[-1]))
    assert curve.point == (3, 14, 6), "the sum is plotted"
    sent = len(client.payloads("curve"))
    session.set_value("x[2]", 5.0)
    assert np.array_equal(session.point["x"], [1, 2, 5])
    client.answer("values", {"graph": session.trace.graph, "values": vector_reply()["values"]})
    assert len(client.payloads("curve")) == sent, "it moves along the same curve"
    session.set_value("x[0]", 5.0)
    client.answer("values", {"graph": session.trace.graph, "values": vector_reply()["values"]})
    assert len(client.payloads("curve")) == sent + 1
    session.set_value("x", [1.0])
    client.answer("trace", vector_reply())
    assert curve.variable == "x[0]"


def test_the_chosen_entry_is_plotted(curve, session, client):
    session.begin("x^2", {"x": [1.0, 2.0, 3.0]}, output=OutputChoice((2,)))
    client.answer("trace", vector_reply(output_choice="2", summed=False))
    assert curve.part == "y[2]"
    assert curve.payload["output"] == "2"
    assert curve.point == (1, 9, 2)


@pytest.mark.parametrize("value", ["1,2", "[1,2]", "x", [1.0, 2.0]])
def test_an_entry_is_a_single_number(curve, session, client, value):
    session.begin("x^2", {"x": [1.0, 2.0, 3.0]})
    session.set_value("x[1]", value)
    assert session.error is not None
    assert np.array_equal(session.point["x"], [1, 2, 3])


def vector_reply(**changes):
    """Return the reply to the trace of x^2 for the vector [1, 2, 3]."""
    reply = trace_reply("x^2")
    trace = reply["trace"] = {**reply["trace"], "summed": True, **changes}
    values = dict(zip(trace["fetches"], reply["values"], strict=True))
    x = np.array([1, 2, 3], np.float32)
    values |= {trace["output"]: x**2, trace["gradients"]["x"]["tensor"]: 2 * x}
    return {**reply, "values": list(values.values())}
