"""Curves and claims about them, compared with NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError, UserError
from explorer.engine.autodiff.gradient_check import compare_gradients
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.plot.claim_check import check_claim
from explorer.engine.plot.curves import MIN_PARALLEL_POINTS
from explorer.engine.plot.downsample import decimate
from tests.engine.messages import assert_is_sentence

BASE = {
    "text": "sin(2*x)", "point": {"x": 1.0}, "dtype": "float64", "variable": "x", "tensor": None,
    "low": -3.0, "high": 3.0, "points": 1000, "pixels": 2000, "orders": [0, 1, 2],
}  # fmt: skip


def test_f_and_its_derivatives(curves):
    reply = curves.curve(BASE)
    x = np.linspace(-3, 3, 1000)
    for curve, expected in zip(reply["curves"], (np.sin(2 * x), 2 * np.cos(2 * x), -4 * np.sin(2 * x)), strict=True):
        np.testing.assert_allclose(curve["y"], expected, atol=1e-12)
    assert reply["points"] == 1000


@pytest.mark.parametrize(
    ("text", "low", "note"),
    [
        ("log(x)", -3.0, None),  # there is a value in a part of the range
        ("log(x - 5)", -3.0, "f has no finite value in this range."),
        ("0/(x - x)", -3.0, "f has no finite value in this range."),
        ("exp(x)", 1e4, "f has no finite value in this range."),
    ],
)
def test_a_function_without_a_finite_value_gives_a_note(curves, text, low, note):
    assert curves.curve({**BASE, "text": text, "low": low, "high": low + 6, "points": 101})["note"] == note


def test_a_tensor_of_the_expression(curves):
    reply = curves.curve({**BASE, "tensor": "mul:0"})
    np.testing.assert_allclose(reply["curves"][1]["y"], 2)


@pytest.mark.parametrize("text", ["log(x)", "atanh(x + 1)", "sum([1, 2]*log1p(x - 1))"])
@pytest.mark.parametrize("orders", [[0, 1, 2], [1]])
def test_there_is_no_derivative_where_there_is_no_value(curves, text, orders):
    """TensorFlow's gradients are numbers there: 1/x for log(x) at -1."""
    reply = curves.curve({**BASE, "text": text, "orders": orders, "points": 101})
    domain = {"log(x)": (0, np.inf), "atanh(x + 1)": (-2, 0)}.get(text, (0, np.inf))
    for curve in reply["curves"]:
        x, y = np.asarray(curve["x"]), np.asarray(curve["y"])
        is_inside = (domain[0] < x) & (x < domain[1])
        assert np.all(np.isfinite(y[is_inside]) | np.isnan(x[is_inside]))
        assert not np.any(np.isfinite(y[(x < domain[0]) | (x > domain[1])]))
    lines = curves.table({**BASE, "text": text, "orders": orders, "points": 101, "start": 0, "count": 1})["lines"]
    assert lines.split(b",")[1:] == ([b"nan", b"nan", b"nan\n"] if len(orders) > 1 else [b"nan\n"])


def test_an_expression_with_vectors_has_as_many_points_as_any_other(curves):
    reply = curves.curve({**BASE, "text": "sum([1,2,3]*x^2)", "orders": [0, 1]})
    assert (reply["points"], reply["note"]) == (1000, None)
    np.testing.assert_allclose(reply["curves"][1]["y"], 12 * np.asarray(reply["curves"][1]["x"]), atol=1e-9)


def test_a_missing_gradient_gives_a_note(curves):
    reply = curves.curve({**BASE, "text": "floor(x)", "orders": [0, 1]})
    assert reply["curves"][1]["y"] is None
    assert "no gradient" in reply["note"]


@pytest.mark.parametrize(
    ("claim", "holds", "deviation"), [("2*cos(2*x)", True, 0), ("2.0", False, 4), ("cos(2*x)", False, 1)]
)
def test_claims(curves, claim, holds, deviation):
    reply = curves.check({**BASE, "claim": claim})
    assert reply["holds"] is holds
    assert reply["deviation"] == pytest.approx(deviation, abs=1e-4)
    if not holds:
        worst = abs(2 * np.cos(2 * reply["where"]) - (2.0 if claim == "2.0" else np.cos(2 * reply["where"])))
        assert worst == pytest.approx(reply["deviation"], rel=1e-9)
    assert reply["compared"] == 1000


def test_infinities_of_one_sign_agree(curves):
    x = np.array([0.0, 1.0])
    reply = check_claim(x, np.array([np.inf, 1.0]), np.array([np.inf, 1.0]), 1e-9)
    assert (reply["holds"], reply["compared"], reply["undefined"], reply["deviation"]) == (True, 2, 0, 0)
    assert not check_claim(x, np.array([np.inf, 1.0]), np.array([-np.inf, 1.0]), 1e-9)["holds"]


def test_at_a_pole_and_outside_the_domain_nothing_is_compared(curves):
    reply = curves.check({**BASE, "text": "log(x)", "claim": "1/x", "points": 1001})
    assert (reply["holds"], reply["compared"], reply["undefined"]) == (True, 500, 501)


def test_where_both_are_undefined_nothing_is_compared(curves):
    reply = curves.check({**BASE, "text": "x*log(x) - x", "claim": "log(x)", "points": 1000})
    assert (reply["holds"], reply["compared"], reply["undefined"]) == (True, 500, 500)


def test_a_claim_about_another_variable_is_refused(curves):
    with pytest.raises(ExpressionError, match="z"):
        curves.check({**BASE, "claim": "z"})


@pytest.mark.parametrize("invalid", [{"low": 3.0}, {"high": float("nan")}, {"text": "sni(x)"}, {"tensor": "no:0"}])
def test_invalid_requests_raise_an_error(curves, invalid):
    with pytest.raises(UserError):
        curves.curve({**BASE, **invalid})


def test_thinning_keeps_spikes_gaps_and_ends():
    x = np.linspace(0, 1, 100_001)
    y = np.sin(50 * x)
    y[777] = 9.0
    y[40_000:60_000] = np.nan
    xs, ys = decimate(x, y, 500)
    assert len(xs) <= 1010
    assert np.nanmax(ys) == 9.0
    assert xs[np.nanargmax(ys)] == x[777]
    assert (xs[0], xs[-1]) == (0, 1)
    assert np.all(np.diff(xs) >= 0)
    assert np.isnan(ys[(xs > 0.45) & (xs < 0.55)]).all()
    same = np.searchsorted(x, xs)
    np.testing.assert_array_equal(ys, y[same])


def test_three_methods_give_one_gradient():
    worker = SymbolicWorker()
    reply = compare_gradients({"text": "sin(2*x)", "point": {"x": 1.0}, "variable": "x"}, worker)
    worker.close()
    exact = 2 * np.cos(2)
    assert reply["tensorflow"] == pytest.approx(exact, rel=1e-14)
    assert reply["sympy"] == pytest.approx(exact, rel=1e-14)
    assert reply["float32"] == pytest.approx(exact, rel=1e-6)
    errors = {d["h"]: d["error"] for d in reply["differences"]}
    best = min(errors, key=errors.get)
    assert 1e-7 < best < 1e-3  # a larger step is inexact, a smaller one suffers from rounding
    assert errors[best] < 1e-8
    assert errors[max(errors)] > 1e-2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("text", "f", "first", "second"),
    [
        ("x^3 - a*x", lambda x: x**3 - 2 * x, lambda x: 3 * x**2 - 2, lambda x: 6 * x),
        ("exp(-x^2)", lambda x: np.exp(-(x**2)), lambda x: -2 * x * np.exp(-(x**2)),
         lambda x: (4 * x**2 - 2) * np.exp(-(x**2))),
        ("a*x + 5", lambda x: 2 * x + 5, lambda x: 0 * x + 2, None),
    ],
)  # fmt: skip
def test_curves_of_functions_with_a_fixed_variable(curves, text, f, first, second, dtype):
    reply = curves.curve({**BASE, "text": text, "point": {"x": 0, "a": 2}, "dtype": dtype})
    atol = 1e-4 if dtype == "float32" else 1e-11
    for curve, expected in zip(reply["curves"], (f, first, second), strict=True):
        if expected is None:
            assert curve["y"] is None or not np.any(curve["y"])
            continue
        assert curve["x"].dtype == dtype
        np.testing.assert_allclose(curve["y"], expected(np.linspace(-3, 3, 1000)), atol=atol)


def test_a_single_order(curves):
    (curve,) = curves.curve({**BASE, "orders": [2]})["curves"]
    assert curve["order"] == 2
    np.testing.assert_allclose(curve["y"], -4 * np.sin(2 * np.linspace(-3, 3, 1000)), atol=1e-12)


def test_a_gap_in_the_curve_remains_a_gap(curves):
    reply = curves.curve({**BASE, "text": "log(x)", "points": 100_000, "pixels": 400, "orders": [0]})
    (curve,) = reply["curves"]
    assert reply["points"] == 100_000
    assert len(curve["x"]) <= 810
    assert np.isnan(curve["y"][curve["x"] < 0]).all()
    np.testing.assert_allclose(curve["y"][curve["x"] > 0], np.log(curve["x"][curve["x"] > 0]), atol=1e-12)


def test_a_million_points_keep_their_extremes(curves):
    reply = curves.curve({**BASE, "points": 1_000_000, "pixels": 500, "orders": [0, 1]})
    x = np.linspace(-3, 3, 1_000_000)
    for curve, expected in zip(reply["curves"], (np.sin(2 * x), 2 * np.cos(2 * x)), strict=True):
        assert len(curve["y"]) <= 1010
        assert (np.min(curve["y"]), np.max(curve["y"])) == pytest.approx((expected.min(), expected.max()), abs=1e-14)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    y=st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.just(np.inf)), min_size=2, max_size=400),
    pixels=st.integers(2, 60),
)
def test_thinning_keeps_minimum_and_maximum(y, pixels):
    y, x = np.array(y), np.arange(len(y), dtype=float)
    xs, ys = decimate(x, y, pixels)
    assert len(xs) <= 2 * pixels + 4
    assert (xs[0], xs[-1]) == (0, len(y) - 1)
    assert np.all(np.diff(xs) >= 0)
    np.testing.assert_array_equal(ys, y[xs.astype(int)])
    if not np.isnan(y).all():
        assert (np.nanmin(ys), np.nanmax(ys)) == (np.nanmin(y), np.nanmax(y))


@pytest.mark.parametrize("index", [0, 1, 2, 99_000, 100_000, 100_198, 100_199, 100_200])
@pytest.mark.parametrize("sign", [1, -1])
def test_thinning_keeps_a_spike_at_either_end(index, sign):
    x = np.arange(100_201.0)
    y = np.cos(x / 9)
    y[index] = 7.0 * sign
    xs, ys = decimate(x, y, 500)
    assert ys[xs == index].tolist()[0] == 7.0 * sign
    assert np.max(-sign * ys) == np.max(-sign * y)


def test_a_false_claim_reports_the_largest_deviation(curves):
    reply = curves.check({**BASE, "text": "x^3", "claim": "3*x^2 + x/100", "points": 601})
    assert reply["holds"] is False
    assert reply["deviation"] == pytest.approx(0.03, rel=1e-9)
    assert abs(reply["where"]) == 3.0


@pytest.mark.parametrize(("claim", "holds"), [("3*x^2", True), ("3*x^2 + 1e-3", False), ("3*x*x + a - 2", True)])
def test_a_claim_in_float32_and_with_a_variable(curves, claim, holds):
    request = {**BASE, "text": "x^3 + a", "point": {"x": 0, "a": 2}, "dtype": "float32", "points": 100_000}
    reply = curves.check({**request, "claim": claim})
    assert (reply["holds"], reply["compared"], reply["undefined"]) == (holds, 100_000, 0)


def test_a_claim_follows_a_change_of_another_variable(curves):
    """The latest curve is cached for a claim, but not for other values of the variables."""
    for a in (2, 5):
        request = {**BASE, "text": "a*x", "point": {"x": 1, "a": a}, "orders": [0, 1]}
        curves.curve(request)
        assert [curves.check({**request, "claim": claim})["holds"] for claim in ("2", "5")] == [a == 2, a == 5]


def test_a_claim_that_is_undefined_does_not_hold(curves):
    reply = curves.check({**BASE, "text": "x^2", "claim": "2*sqrt(x)^2"})
    assert (reply["holds"], reply["undefined"]) == (False, 500)


@pytest.mark.parametrize(
    ("method", "request_", "text"),
    [
        ("curve", {**BASE, "low": 3.0}, "range"),
        ("curve", {**BASE, "high": float("inf")}, "range"),
        ("curve", {**BASE, "text": "sni(x)"}, "did you mean sin"),
        ("curve", {**BASE, "tensor": "no:0"}, "no:0"),
        ("curve", {**BASE, "text": "sum(x)", "point": {"x": [1, 2]}}, "x is no single number"),
        ("curve", {**BASE, "text": "x + [1,2] @ [1,2,3]"}, "shape"),
        ("check", {**BASE, "claim": "2*cos("}, "missing"),
        ("check", {**BASE, "claim": "q"}, "q does not occur"),
        ("check", {**BASE, "text": "floor(x)", "claim": "0"}, "no gradient"),
    ],
)
def test_error_messages_are_sentences(curves, method, request_, text):
    with pytest.raises(UserError) as caught:
        getattr(curves, method)(request_)
    assert text in caught.value.message
    assert_is_sentence(caught.value.message)


def test_many_points_are_divided_between_cores_and_stay_in_order(curves):
    points = MIN_PARALLEL_POINTS + 1
    computed = curves._compute({**BASE, "points": points}, [0, 1])
    x = computed.x
    np.testing.assert_array_equal(x, np.linspace(-3, 3, points))
    np.testing.assert_allclose(computed.columns[0], np.sin(2 * x), atol=1e-12)
    np.testing.assert_allclose(computed.columns[1], 2 * np.cos(2 * x), atol=1e-12)


def test_many_points_of_a_constant_function(curves):
    points = MIN_PARALLEL_POINTS + 1
    columns = curves._compute({**BASE, "text": "7+0*a", "point": {"a": 1.0}, "points": points}, [0, 1]).columns
    assert columns[0].shape == (points,)
    assert (columns[0] == 7).all()
    assert columns[1] is None


def test_a_claim_about_an_entry(curves):
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    request = {**BASE, "text": "s*sum(W^2)", "point": {"W": w, "s": 3.0}, "variable": "W[0,1]", "claim": "6"}
    assert not curves.check(request)["holds"]
    assert curves.check({**request, "text": "s*sum(W)", "claim": "s"})["holds"]
    assert not curves.check({**request, "text": "s*sum(W)", "claim": "2*s"})["holds"]
    with pytest.raises(ExpressionError, match="f′ is one number at each point, and this has several entries"):
        curves.check({**request, "claim": "2*W*s"})
