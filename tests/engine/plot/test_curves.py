"""Curves, claims, fields and descent, against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError
from explorer.engine.autodiff.gradient_check import compare
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.plot.curves import MANY_POINTS, Curves
from explorer.engine.plot.downsample import decimate

BASE = {
    "text": "sin(2*x)", "point": {"x": 1.0}, "dtype": "float64", "variable": "x", "tensor": None,
    "low": -3.0, "high": 3.0, "points": 1000, "pixels": 2000, "orders": [0, 1, 2],
}  # fmt: skip


@pytest.fixture
def curves():
    made = Curves()
    yield made
    made.close()


def test_f_and_its_derivatives(curves):
    reply = curves.curve(BASE)
    x = np.linspace(-3, 3, 1000)
    for curve, expected in zip(reply["curves"], (np.sin(2 * x), 2 * np.cos(2 * x), -4 * np.sin(2 * x)), strict=True):
        np.testing.assert_allclose(curve["y"], expected, atol=1e-12)
    assert reply["points"] == 1000


def test_a_part_of_the_expression(curves):
    reply = curves.curve({**BASE, "tensor": "mul:0"})
    np.testing.assert_allclose(reply["curves"][1]["y"], 2)


def test_through_a_vector_point_by_point(curves):
    reply = curves.curve({**BASE, "text": "sum([1,2,3]*x^2)", "orders": [0, 1]})
    assert reply["note"]
    np.testing.assert_allclose(reply["curves"][1]["y"], 12 * np.asarray(reply["curves"][1]["x"]), atol=1e-9)


def test_no_gradient_is_told(curves):
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
    reply = curves.check({**BASE, "text": "log(x)", "claim": "1/x", "points": 1001})
    assert (reply["holds"], reply["compared"], reply["undefined"]) == (True, 1001, 0)


def test_where_both_are_undefined_nothing_is_compared(curves):
    reply = curves.check({**BASE, "text": "x*log(x) - x", "claim": "log(x)", "points": 1000})
    assert (reply["holds"], reply["compared"], reply["undefined"]) == (True, 500, 500)


def test_a_claim_about_another_variable_is_refused(curves):
    with pytest.raises(ExpressionError, match="z"):
        curves.check({**BASE, "claim": "z"})


def test_a_field_is_numpys(curves):
    request = {
        **BASE,
        "text": "x^2 + 3*y",
        "point": {},
        "x": "x",
        "y": "y",
        "x_range": [-1, 1],
        "y_range": [0, 2],
        "n": 21,
    }
    reply = curves.field(request)
    x, y = np.meshgrid(reply["x_axis"], reply["y_axis"])
    np.testing.assert_allclose(reply["values"], x**2 + 3 * y, atol=1e-12)


def test_descent_comes_to_the_minimum(curves):
    request = {
        **BASE,
        "text": "(x-1)^2 + (y+2)^2",
        "point": {},
        "variables": ["x", "y"],
        "start": [3.0, 3.0],
        "rate": 0.1,
        "steps": 200,
    }
    reply = curves.descend(request)
    path = reply["path"]
    np.testing.assert_allclose(path[1], [3 - 0.1 * 4, 3 - 0.1 * 10])
    np.testing.assert_allclose(path[-1], [1, -2], atol=1e-6)
    assert np.all(np.diff(reply["values"]) <= 0)


def test_descent_that_runs_away_says_so(curves):
    request = {
        **BASE,
        "text": "x^2 + y^2",
        "point": {},
        "variables": ["x", "y"],
        "start": [1.0, 1.0],
        "rate": 3.0,
        "steps": 500,
    }
    assert "too large" in curves.descend(request)["note"]


@pytest.mark.parametrize("wrong", [{"low": 3.0}, {"high": float("nan")}, {"text": "sni(x)"}, {"tensor": "no:0"}])
def test_what_is_wrong_is_a_sentence(curves, wrong):
    with pytest.raises(ExpressionError):
        curves.curve({**BASE, **wrong})


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


def test_three_ways_to_one_gradient():
    worker = SymbolicWorker()
    reply = compare({"text": "sin(2*x)", "point": {"x": 1.0}, "variable": "x"}, worker)
    worker.close()
    exact = 2 * np.cos(2)
    assert reply["tensorflow"] == pytest.approx(exact, rel=1e-14)
    assert reply["sympy"] == pytest.approx(exact, rel=1e-14)
    assert reply["float32"] == pytest.approx(exact, rel=1e-6)
    errors = {d["h"]: d["error"] for d in reply["differences"]}
    best = min(errors, key=errors.get)
    assert 1e-7 < best < 1e-3  # too large a step is inexact, too small a one drowns in rounding
    assert errors[best] < 1e-8
    assert errors[max(errors)] > 1e-2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("text", "f", "slope", "bend"),
    [
        ("x^3 - a*x", lambda x: x**3 - 2 * x, lambda x: 3 * x**2 - 2, lambda x: 6 * x),
        ("exp(-x^2)", lambda x: np.exp(-(x**2)), lambda x: -2 * x * np.exp(-(x**2)),
         lambda x: (4 * x**2 - 2) * np.exp(-(x**2))),
        ("a*x + 5", lambda x: 2 * x + 5, lambda x: 0 * x + 2, None),
    ],
)  # fmt: skip
def test_curves_of_other_functions_beside_a_fixed_variable(curves, text, f, slope, bend, dtype):
    reply = curves.curve({**BASE, "text": text, "point": {"x": 0, "a": 2}, "dtype": dtype})
    near = 1e-4 if dtype == "float32" else 1e-11
    for curve, expected in zip(reply["curves"], (f, slope, bend), strict=True):
        if expected is None:
            assert curve["y"] is None or not np.any(curve["y"])
            continue
        assert curve["x"].dtype == dtype
        np.testing.assert_allclose(curve["y"], expected(np.linspace(-3, 3, 1000)), atol=near)


def test_one_order_alone(curves):
    (curve,) = curves.curve({**BASE, "orders": [2]})["curves"]
    assert curve["order"] == 2
    np.testing.assert_allclose(curve["y"], -4 * np.sin(2 * np.linspace(-3, 3, 1000)), atol=1e-12)


def test_a_gap_in_the_curve_stays_a_gap(curves):
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


@pytest.mark.parametrize("place", [0, 1, 2, 99_000, 100_000, 100_198, 100_199, 100_200])
@pytest.mark.parametrize("sign", [1, -1])
def test_thinning_keeps_a_spike_at_either_end(place, sign):
    x = np.arange(100_201.0)
    y = np.cos(x / 9)
    y[place] = 7.0 * sign
    xs, ys = decimate(x, y, 500)
    assert ys[xs == place].tolist()[0] == 7.0 * sign
    assert np.max(-sign * ys) == np.max(-sign * y)


def test_a_claim_names_the_worst_place(curves):
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
    """The last curve is kept for the claim; it must not outlive the value that it was drawn with."""
    for a in (2, 5):
        request = {**BASE, "text": "a*x", "point": {"x": 1, "a": a}, "orders": [0, 1]}
        curves.curve(request)
        assert [curves.check({**request, "claim": claim})["holds"] for claim in ("2", "5")] == [a == 2, a == 5]


def test_a_claim_that_is_undefined_does_not_hold(curves):
    reply = curves.check({**BASE, "text": "x^2", "claim": "2*sqrt(x)^2"})
    assert (reply["holds"], reply["undefined"]) == (False, 500)


def field_request(text, **more):
    return {
        **BASE,
        "text": text,
        "point": {},
        "x": "x",
        "y": "y",
        "x_range": [-2, 1],
        "y_range": [0.5, 2],
        "n": 13,
        **more,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(x)*log(y) + x^2", lambda x, y: np.sin(x) * np.log(y) + x**2),
        ("y - x/y", lambda x, y: y - x / y),
        ("x^2 + 0*y", lambda x, y: x**2),
    ],
)
def test_other_fields_are_numpys(curves, text, expected):
    reply = curves.field(field_request(text))
    x, y = np.meshgrid(np.linspace(-2, 1, 13), np.linspace(0.5, 2, 13))
    assert reply["values"].shape == (13, 13)
    np.testing.assert_allclose(reply["values"], expected(x, y), atol=1e-12)


def descent_request(text, **more):
    request = {
        **BASE,
        "text": text,
        "point": {},
        "variables": ["x", "y"],
        "start": [3.0, 3.0],
        "rate": 0.1,
        "steps": 50,
    }
    return {**request, **more}


def test_every_point_of_a_descent(curves):
    reply = curves.descend(descent_request("(x-1)^2 + (y+2)^2"))
    shrink = 0.8 ** np.arange(51)  # a bowl: each step leaves 1 - 2*rate of the way
    np.testing.assert_allclose(reply["path"], np.stack([1 + 2 * shrink, -2 + 5 * shrink], axis=1), atol=1e-12)
    np.testing.assert_allclose(reply["values"], 29 * shrink**2, atol=1e-12)


def test_a_descent_at_the_minimum_rests(curves):
    reply = curves.descend(descent_request("(x-1)^2 + (y+2)^2", start=[1.0, -2.0]))
    assert "come to rest" in reply["note"]
    np.testing.assert_array_equal(reply["path"], [[1, -2]])


@pytest.mark.parametrize(
    ("call", "request_", "words"),
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
        ("field", field_request("sum([1,2]*x) + y"), "vectors"),
        ("field", field_request("x +"), "missing"),
        ("descend", descent_request("x^2 + sni(y)"), "sni"),
    ],
)
def test_errors_are_sentences(curves, call, request_, words):
    with pytest.raises(ExpressionError) as caught:
        getattr(curves, call)(request_)
    said = str(caught.value)
    assert words in said
    assert said.rstrip()[-1] in ".?"
    assert "Traceback" not in said
    assert "\n" not in said


def test_many_points_are_shared_by_the_cores_and_come_in_order(curves):
    points = MANY_POINTS + 1
    x, results = curves._computed({**BASE, "points": points}, [0, 1])
    np.testing.assert_array_equal(x, np.linspace(-3, 3, points))
    np.testing.assert_allclose(results[0][1], np.sin(2 * x), atol=1e-12)
    np.testing.assert_allclose(results[1][1], 2 * np.cos(2 * x), atol=1e-12)


def test_many_points_of_what_does_not_depend_on_them(curves):
    points = MANY_POINTS + 1
    _, results = curves._computed({**BASE, "text": "7+0*a", "point": {"a": 1.0}, "points": points}, [0, 1])
    assert results[0][1].shape == (points,)
    assert (results[0][1] == 7).all()
    assert results[1][1] is None
