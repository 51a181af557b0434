"""Values of expressions in the names of a trace, compared with NumPy."""

import numpy as np
import pytest

from explorer.engine.autodiff.named_values import evaluate_values
from explorer.engine.autodiff.tracing import trace_expression

W, X, B = np.array([[1.0, -2.0], [3.0, 4.0]]), np.array([1.0, 2.0]), np.array([0.5, -1.0])
MATRIX = "W = [[1,-2],[3,4]]; x = [1,2]; b = [0.5,-1]; h = W @ x + b; relu(h)"


def evaluate(sources, text="", point=None, numbers=None, **options):
    traced = trace_expression(text, point or {}, **options) if text else None
    values, messages = evaluate_values(sources, traced, numbers or {})
    if traced is not None:
        traced.close()
    return values, messages


def softmax(z):
    return np.exp(z - z.max()) / np.exp(z - z.max()).sum()


@pytest.mark.parametrize(
    ("text", "point", "source", "truth"),
    [
        ("sin(2*x)", {"x": 0.5}, "sin(2*x)", np.sin(1.0)),
        ("sin(2*x)", {"x": 0.5}, "dy/dx", 2 * np.cos(1.0)),
        ("sin(2*x)", {"x": 0.5}, "df/dx", 2 * np.cos(1.0)),
        ("sin(2*x)", {"x": 0.5}, "dy/dmul", np.cos(1.0)),
        ("sin(2*x)", {"x": 0.5}, "dmul/dx", 2),
        ("sin(2*x)", {"x": 0.5}, "dSin/dmul", np.cos(1.0)),
        ("sin(2*x)", {"x": 0.5}, "y - Sin", 0),
        ("sin(2*x)", {"x": 0.5}, "|dy/dx - 2*cos(2*x)|", 0),
        ("h = x^2; y = h*x", {"x": 3.0}, "dh/dx", 6),
        ("h = x^2; y = h*x", {"x": 3.0}, "dy/dh", 3),
        ("h = x^2; y = h*x", {"x": 3.0}, "dy/dx", 27),
        ("h = x^2; y = h*x", {"x": 3.0}, "h", 9),
        ("dy*dx", {"dy": 6.0, "dx": 2.0}, "dy/dx", 3),
        (MATRIX, {}, "W[1,0]", 3),
        (MATRIX, {}, "h", W @ X + B),
        (MATRIX, {}, "y[1]", 10),
        (MATRIX, {}, "dy/dW", np.outer([0, 1], X)),
        (MATRIX, {}, "dy/dW[1,0]", 1),
        (MATRIX, {}, "softmax(W @ x)", softmax(W @ X)),
        (MATRIX, {}, "softmax(W @ x)[1]", softmax(W @ X)[1]),
        (MATRIX, {}, "sum(W*W)", 30),
        ("z = [2,1,-1]; t = [1,0,0]; -sum(t*log_softmax(z))", {}, "dy/dz - (softmax(z) - t)", np.zeros(3)),
    ],
)
def test_a_value_is_what_numpy_computes(text, point, source, truth):
    values, messages = evaluate([source], text, point)
    assert messages == [""]
    np.testing.assert_allclose(values[0], truth, rtol=2e-6, atol=3e-7)


def test_the_second_derivative_and_a_chosen_output():
    values, _ = evaluate(["y", "dy/dx"], "sin(x)", {"x": 0.5}, differentiated_by=("x",))
    np.testing.assert_allclose(values, [np.cos(0.5), -np.sin(0.5)], rtol=1e-6)
    from explorer.core.autodiff.output_choice import parse_output

    values, _ = evaluate(["dy/dz"], "z = [2,1,-1]; softmax(z)", output=parse_output(1))
    s = softmax(np.array([2.0, 1.0, -1.0]))
    np.testing.assert_allclose(values[0], s[1] * (np.eye(3)[1] - s), rtol=1e-5)


def test_a_value_has_the_precision_of_the_scene():
    (small,), _ = evaluate(["dy/dx"], "sin(x)", {"x": 1.5707963267948966})
    (large,), _ = evaluate(["dy/dx"], "sin(x)", {"x": 1.5707963267948966}, dtype="float64")
    assert (small.dtype, large.dtype) == (np.float32, np.float64)
    assert abs(float(small)) > 1e-9 > abs(float(large))


def test_numbers_of_training_need_no_trace():
    numbers = {"accuracy(1)": 0.75, "accuracy(2)": 0.875, "parameters": 7850}
    values, messages = evaluate(["accuracy(2) - accuracy(1)", "parameters", "1 - accuracy(3)", "x"], numbers=numbers)
    assert values[:2] == [0.125, 7850]
    assert values[2:] == [None, None]
    assert messages[2:] == ["accuracy(3) is not known here.", "There is no x here: the scene shows no expression."]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("q", "There is no q here; there is x, mul, Sin."),
        ("dq/dx", "There is no q here"),
        ("dmul/dSin", "a local derivative there is only where mul is computed from Sin itself"),
        ("x[0]", "x is a single number"),
        ("[1,2] @ [1,2,3]", "has shape"),
        ("sin(", "missing"),
    ],
)
def test_what_cannot_be_computed_says_why_and_does_not_stop_the_others(source, message):
    values, messages = evaluate([source, "x"], "sin(2*x)", {"x": 0.5})
    assert values == [None, 0.5]
    assert message in messages[0]
    assert messages[1] == ""
