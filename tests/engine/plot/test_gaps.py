"""A curve is not joined through jumps and poles, and only there it is not: SymPy knows the poles."""

import itertools

import numpy as np
import pytest
import sympy
from numpy.testing import assert_allclose

from explorer.engine.plot.curves import Curves
from explorer.engine.plot.downsample import decimate, mark_gaps
from explorer.engine.plot.gaps import merge_gaps

RANGES = ((-3.0, 3.0), (-np.pi, np.pi), (-7.3, 11.9), (0.2, 4.1))


def plotted(curves, text, low, high, points=1000, dtype="float32", orders=(0, 1), pixels=1000):
    """Return the curves of f, f′ … by order as float64 arrays x and y."""
    request = {"text": text, "point": {"x": 1.0}, "dtype": dtype, "variable": "x", "low": low, "high": high}
    reply = curves.curve({**request, "points": points, "pixels": pixels, "orders": list(orders)})
    assert all(np.all(np.diff(curve["x"]) >= 0) for curve in reply["curves"] if curve["x"] is not None)
    return {
        curve["order"]: (curve["x"].astype(float), curve["y"].astype(float))
        for curve in reply["curves"]
        if curve["y"] is not None
    }


def crossed(x, y, places):
    """Return the places that a drawn line goes over: two finite points in succession, one on either side."""
    drawn = np.isfinite(y[1:]) & np.isfinite(y[:-1])
    return [place for place in places if np.any(drawn & (x[:-1] < place) & (x[1:] > place))]


def poles(text, low, high):
    """Return SymPy's singularities of an expression within a range."""
    x = sympy.Symbol("x", real=True)
    found = sympy.calculus.singularities(sympy.sympify(text.replace("^", "**"), {"x": x}), x, sympy.Interval(-12, 12))
    return [float(place) for place in found if low < place < high]


@pytest.mark.parametrize(
    "text",
    [
        "1/x", "1/x^2", "1/(x-1)", "1/(x-1)^2", "1/(x^2-2)", "x^2/(x^2-1)", "1/(x-1)^3+x", "exp(x)/(x-2)", "tan(x)",
        "1/sin(x)",
    ],
)  # fmt: skip
def test_no_line_goes_through_a_pole(curves, text):
    for (low, high), points, dtype in itertools.product(RANGES, (100, 1000, 12_345), ("float32", "float64")):
        places = poles(text, low, high)
        for order, (x, y) in plotted(curves, text, low, high, points, dtype).items():
            assert crossed(x, y, places) == [], (text, low, high, points, dtype, order)
            gaps = x[np.isnan(y) & (x > low + 1e-6) & (x < high - 1e-6)]
            assert all(np.min(np.abs(np.array(places) - gap)) < 1e-6 * (high - low) for gap in gaps)


def halves(low, high):
    return np.arange(np.ceil(low) - 0.5, high)


@pytest.mark.parametrize(
    ("text", "jumps", "f"),
    [
        ("floor(x)", lambda low, high: np.arange(np.ceil(low), high), np.floor),
        ("ceil(x)", lambda low, high: np.arange(np.ceil(low), high), np.ceil),
        ("round(x)", halves, np.round),
        ("x-floor(x)", lambda low, high: np.arange(np.ceil(low), high), lambda x: x - np.floor(x)),
        ("sign(x)", lambda low, high: [0.0], np.sign),
        ("x/abs(x-1)-1/abs(x-1)", lambda low, high: [1.0], lambda x: np.sign(x - 1)),
        ("x^2+sign(x-1)/9", lambda low, high: [1.0], lambda x: x**2 + np.sign(x - 1) / 9),
        ("floor(5*x)", lambda low, high: np.arange(np.ceil(5 * low), 5 * high) / 5, lambda x: np.floor(5 * x)),
        ("sign(x-1)-sign(x-1.01)", lambda low, high: [1.0, 1.01], lambda x: np.sign(x - 1) - np.sign(x - 1.01)),
        ("atan(1/x)", lambda low, high: [0.0], lambda x: np.arctan(1 / x)),
    ],
)
def test_no_line_goes_over_a_jump(curves, text, jumps, f):
    for (low, high), points, dtype in itertools.product(RANGES, (1000, 12_345), ("float32", "float64")):
        x, y = plotted(curves, text, low, high, points, dtype)[0]
        places = [place for place in jumps(low, high) if low + 1e-6 < place < high - 1e-6]
        assert crossed(x, y, places) == [], (text, low, high, points, dtype)
        inside = (x > low + 1e-6) & (x < high - 1e-6)
        gaps = x[np.isnan(y) & inside]
        assert len(gaps) == len(places), (text, low, high, points, dtype)
        assert_allclose(gaps, places, atol=1e-5)
        beside = np.flatnonzero(np.isnan(y) & inside)
        for side in (-1, 1):
            assert_allclose(y[beside + side], f(np.array(places) + side * 1e-5), atol=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        "sin(2*x)", "exp(x)", "x^9", "tanh(1000*x)", "tanh(1e5*(x-1))", "sigmoid(-500*x)", "exp(-1e4*x^2)",
        "sin(300*x)", "sin(1e4*x)", "sqrt(abs(x))", "abs(x)^0.3", "1/(x^2+1e-6)", "abs(sin(9*x))", "max(x,x^2)",
        "relu(20*x-3)", "x+0*x", "sqrt(abs(x-1))*x", "exp(3*x)",
    ],
)  # fmt: skip
def test_a_continuous_function_has_no_gap(curves, text):
    for (low, high), points, dtype in itertools.product(RANGES, (100, 1000, 5000), ("float32", "float64")):
        x, y = plotted(curves, text, low, high, points, dtype, orders=[0])[0]
        assert np.isfinite(y).all(), (text, low, high, points, dtype)
        assert len(x) <= points


def test_rounding_is_no_jump(curves):
    """In float32 (1-cos(x))/x^2 loses its digits at 0, in steps as large as the curve; float64 tells."""
    for points in (300, 1001):
        y = plotted(curves, "(1-cos(x))/x^2", -1e-3, 1e-3, points, orders=[0])[0][1]
        assert np.count_nonzero(np.isnan(y)) <= 1  # 0/0 at 0
        assert np.nanmax(y) - np.nanmin(y) > 0.4


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("abs(x)", [0]),
        ("relu(x-1)", [1]),
        ("max(x,x^2)", [0, 1]),
        ("floor(x)+x^2", [-2, -1, 0, 1, 2]),
        ("sqrt(abs(x))", [0]),
        ("x*abs(x-2)", [2]),
        ("sqrt(x)", [0]),
        ("tan(x)", [-np.pi / 2, np.pi / 2]),
    ],
)
@pytest.mark.parametrize("points", [1000, 1001])
def test_a_derivative_is_not_drawn_where_it_does_not_exist(curves, text, places, points):
    """With 1001 points TensorFlow is asked at 0 itself, where it chooses a number."""
    x, y = plotted(curves, text, -3, 3, points)[1]
    assert crossed(x, y, places) == []
    assert not any(np.isfinite(y[x == place]).any() for place in places)


def test_where_the_derivative_jumps_the_second_does_not_exist(curves):
    found = plotted(curves, "x*abs(x)", -3, 3, orders=(0, 1, 2))
    assert np.isfinite(found[0][1]).all()
    assert np.isfinite(found[1][1]).all()
    x, y = found[2]
    assert crossed(x, y, [0]) == []
    assert_allclose(y[np.isfinite(y)], 2 * np.sign(x[np.isfinite(y)]))


def test_an_expression_with_vectors_has_gaps_too(curves):
    x, y = plotted(curves, "sum(floor([1,2]*x))", -1.7, 1.6)[0]
    assert crossed(x, y, [-1.5, -1, -0.5, 0, 0.5, 1, 1.5]) == []


def test_a_million_points_have_gaps_and_lose_no_speed_on_smooth_curves(curves, monkeypatch):
    x, y = plotted(curves, "tan(x)+floor(x)", -3, 3, 1_000_000)[0]
    assert crossed(x, y, [-np.pi / 2, np.pi / 2, -2, -1, 1, 2]) == []
    assert len(x) < 2100
    evaluated = []
    monkeypatch.setattr(Curves, "_evaluate_float64", lambda *_: evaluated.append)
    plotted(curves, "sin(3*x)*exp(-x^2/9)+tanh(x)", -3, 3, 1_000_000)
    assert evaluated == []


def test_a_narrow_gap_survives_thinning():
    x = np.linspace(0, 1, 100_001)
    y = np.where(np.abs(x - 0.50003) < 3e-5, np.nan, x)
    xs, ys = mark_gaps(*decimate(x, y, 500), x, y)
    assert np.isnan(ys[np.abs(xs - 0.5) < 1e-4]).any()
    assert np.all(np.diff(xs) >= 0)
    whole = decimate(x, x, 500)
    assert mark_gaps(*whole, x, x) == whole


def test_intervals_that_touch_are_one():
    assert merge_gaps([[3, 4], [0, 1]], [[1, 2]]).tolist() == [[0, 2], [3, 4]]
    assert merge_gaps(np.empty((0, 2))).tolist() == []


def test_a_claim_is_not_compared_where_there_is_no_derivative(curves):
    request = {"text": "abs(x)", "point": {"x": 1.0}, "variable": "x", "low": -3.0, "high": 3.0, "points": 1001}
    for claim in ("x/abs(x)", "sign(x)", "sign(x)+0*abs(x)"):
        reply = curves.check({**request, "claim": claim})
        assert (reply["holds"], reply["compared"], reply["undefined"]) == (True, 1000, 1)


def test_a_wrong_claim_tells_both_numbers(curves):
    request = {"text": "x^3", "point": {"x": 1.0}, "dtype": "float64", "variable": "x", "low": -3.0, "high": 3.0}
    reply = curves.check({**request, "points": 601, "claim": "2*x^2"})
    assert (reply["holds"], abs(reply["where"])) == (False, 3.0)
    assert (reply["gradient"], reply["claimed"]) == pytest.approx((27, 18))
    reply = curves.check({**request, "points": 601, "claim": "3*sqrt(x)^4"})
    assert (reply["holds"], reply["deviation"]) == (False, None)
    assert reply["gradient"] == pytest.approx(3 * reply["where"] ** 2)
    assert np.isnan(reply["claimed"])
