"""Curves, claims, fields and descent, against NumPy."""

import numpy as np
import pytest

from explorer.core.errors import ExpressionError
from explorer.engine.compare import compare
from explorer.engine.curves import Curves
from explorer.engine.decimate import decimate
from explorer.engine.symbolic import SymbolicWorker

BASE = {
    "text": "sin(2*x)", "at": {"x": 1.0}, "dtype": "float64", "variable": "x", "tensor": None, "low": -3.0, "high": 3.0,
    "points": 1000, "pixels": 2000, "orders": [0, 1, 2],
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
        "at": {},
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
        "at": {},
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
        "at": {},
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
    reply = compare({"text": "sin(2*x)", "at": {"x": 1.0}, "variable": "x"}, worker)
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
