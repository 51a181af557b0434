"""The gradient for an entry and of a chosen output by three methods, compared with NumPy."""

import numpy as np
import pytest

from explorer.core.errors import ExpressionError
from explorer.engine.autodiff.gradient_check import compare_gradients

W, X, B = np.array([[0.3, -0.7], [0.2, 0.9]]), np.array([0.6, -0.2]), np.array([0.1, 0.2])
POINT = {"W": W, "x": X, "b": B, "s": 0.5}
S = np.exp(W @ X) / np.sum(np.exp(W @ X))


@pytest.mark.parametrize(
    ("text", "variable", "output", "exact"),
    [
        ("W@x", "W[0,1]", "sum", X[1]),
        ("W@x", "W[0,1]", "1", 0),
        ("W@x", "x[-1]", "[2,-1]", 2 * W[0, 1] - W[1, 1]),
        ("tanh(W@x + b)", "b[1]", "1", 1 - np.tanh((W @ X + B)[1]) ** 2),
        ("softmax(W@x)", "W[1,0]", "1", S[1] * (1 - S[1]) * X[0]),
        ("sum((W@x)^2)", "x[0]", "sum", 2 * (W @ X) @ W[:, 0]),
        ("s^2*[1,2,3]", "s", "2", 3 * 2 * 0.5),
        ("sum([1,2,3]*s)", "s", "sum", 6),
    ],
)
def test_an_entry_is_checked_in_three_ways(worker, text, variable, output, exact):
    reply = compare_gradients({"text": text, "variable": variable, "output": output, "point": POINT}, worker)
    assert reply["tensorflow"] == pytest.approx(exact, rel=1e-13, abs=1e-15)
    assert reply["float32"] == pytest.approx(exact, rel=1e-5, abs=1e-6)
    assert reply["sympy"] == pytest.approx(exact, rel=1e-13, abs=1e-15)
    assert min(each["error"] for each in reply["differences"]) < 1e-8


def test_what_sympy_cannot_check_is_said(worker):
    large = {"W": np.ones((60, 60)), "x": np.linspace(0, 1, 60)}
    request = {"text": "tanh(W@W)@x", "variable": "W[0,0]", "point": large}
    reply = compare_gradients(request, worker)
    assert reply["sympy"] is None
    assert reply["sympy_note"].startswith("SymPy checks expressions that are not too long")
    assert min(each["error"] for each in reply["differences"]) < 1e-6


@pytest.mark.parametrize(
    ("variable", "output", "message"),
    [
        ("W", "sum", "choose an entry, such as W"),
        ("W[2,0]", "sum", "there is no entry 2,0"),
        ("z", "sum", "z does not occur"),
        ("x[0]", "5", "there is no entry 5"),
    ],
)
def test_what_cannot_be_checked(worker, variable, output, message):
    with pytest.raises(ExpressionError, match=message):
        compare_gradients({"text": "W@x", "variable": variable, "output": output, "point": POINT}, worker)
