"""What float32 loses is found by the same graph in float64; the oracle is NumPy on the same rounded numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.autodiff.causes.cause import Causes
from explorer.core.autodiff.causes.cause_text import cause_sentence, gradient_sentence
from explorer.core.autodiff.precision import is_different
from explorer.engine.autodiff.precision import Float64Graph
from explorer.engine.autodiff.tracing import trace_expression
from explorer.engine.in_process import different_values_of


def compared(text, point, **options):
    traced = trace_expression(text, point, **options)
    try:
        values = dict(zip(traced.trace.fetches, traced.values, strict=True))
        return traced.trace, values, different_values_of(traced)
    finally:
        traced.close()


LOST = [
    ("(1-cos(x))/x^2", {"x": 1e-4}, "x", "Sub"),
    ("(1-cos(x))/x^2*y", {"x": 1e-4}, "y", "Sub"),
    ("1/(1-cos(x))", {"x": 1e-4}, "x", "Sub"),
    ("(sqrt(x^2+1)-x)*y", {"x": 1e5}, "y", "Sub"),
    ("(exp(x)-1)/x*y", {"x": 1e-9}, "y", "Sub"),
    ("(x+1e8-1e8)*y", {"x": 1}, "y", "Sub"),
    ("y*sum([1e8, 1, -1e8]*x)", {"x": 1}, "y", "Sum"),
    ("log(1+exp(-x))*y", {"x": 20}, "y", "Log"),
]


@pytest.mark.parametrize(("text", "point", "variable", "op"), LOST)
def test_the_first_op_that_differs_is_the_cause(text, point, variable, op):
    trace, values, different = compared(text, point)
    cause = Causes(trace, values, different).of_variable(variable)
    assert (cause.kind, cause.op) == ("precision", op)
    sentence = gradient_sentence(trace, values, variable, different)
    assert " in float32 but " in sentence
    assert sentence.endswith(" in float64.")


def test_the_sentence_has_both_numbers_and_the_op():
    trace, values, different = compared("(1-cos(x))/x^2", {"x": 1e-4})
    sentence = cause_sentence(trace, values, Causes(trace, values, different).of_output(), None, different)
    assert sentence == (
        "The value is 0 in float32 but 0.5 in float64; "
        "the first op whose numbers differ is sub (Sub): 0 in float32 but 5e-09 in float64."
    )


def test_an_op_of_the_backward_pass_is_called_so():
    trace, values, different = compared("asin(sin(x))", {"x": np.pi / 2})
    sentence = gradient_sentence(trace, values, "x", different)
    assert (
        "; the first op whose numbers differ is gradients/Asin_grad/Sqrt, in the backward pass of Asin: 0 in "
        in sentence
    )


def test_a_sum_of_gradients_is_called_so():
    trace, values, different = compared("sqrt(x+1)-sqrt(x)", {"x": 1e10})
    assert gradient_sentence(trace, values, "x", different) == (
        "The gradient for x is 0 in float32 but -2.5e-16 in float64: gradients/AddN, which sums the gradients of x, is "
        "the first op whose numbers differ."
    )


def test_an_entry_of_a_vector_is_named():
    trace, values, different = compared("sum((1-cos(x))/x^2*y)", {"x": [1.0, 1e-4], "y": [1.0, 1.0]})
    cause = Causes(trace, values, different).of_variable("y")
    assert (cause.kind, cause.op, cause.entry, cause.count, cause.total) == ("precision", "Sub", (1,), 1, 2)


KEPT = [
    ("sin(2*x)", {"x": 1.0}),
    ("0.1*x+pi", {"x": 0.3}),  # constants are rounded to float32 first, as TensorFlow does
    ("x*[0.1, 0.2]@[0.3, 0.7]", {"x": 1e-3}),
    ("sin(pi*x)", {"x": 1.0}),
    ("softmax(x)@[1, 2, 3]", {"x": [0.1, 0.7, -0.3]}),
    ("softmax(x)", {"x": [1.0, 2.5, -0.3]}),  # the gradient of its sum is 0 in both, apart from rounding in float64
    ("softmax(W@x)", {"W": [[1, 2, 3], [3, 4, 1], [0, 1, 2]], "x": [1, 2, -1]}),
    ("mean((x-mean(x))^2)", {"x": [0.52, 0.59, 0.52]}),  # a sum that is 0 but for rounding is reshaped
    ("(x-mean(x))/sqrt(mean((x-mean(x))^2)+0.001)", {"x": [1.31, -0.27, 0.92]}),
    ("sin(x)", {"x": 1e39}),  # infinite in float32 as it was typed, so in both
    ("log(x)", {"x": -1.0}),
    ("1/x", {"x": 0.0}),
]


@pytest.mark.parametrize(("text", "point"), KEPT)
def test_nothing_differs_where_float32_is_right(text, point):
    assert compared(text, point)[2] == {}


CAUSED_OTHERWISE = [
    ("a*(a*x)", {"a": 1e-23}, "x", "underflow"),
    ("exp(x)", {"x": 89.0}, "x", "overflow"),
    ("x^100", {"x": 10.0}, "x", "overflow"),
    ("tanh(x)", {"x": 15.0}, "x", "saturated"),
]


@pytest.mark.parametrize(("text", "point", "variable", "kind"), CAUSED_OTHERWISE)
def test_what_is_too_large_or_small_keeps_its_cause(text, point, variable, kind):
    trace, values, different = compared(text, point)
    assert different
    assert Causes(trace, values, different).of_variable(variable).kind == kind


@pytest.mark.parametrize("text", ["softmax(x)", "log_softmax(x)", "sum(softmax(W@x))"])
def test_what_rounding_leaves_of_0_in_both_types_cancels(text):
    point = {"x": [1, 1, 1], "W": [[1, 2, 3], [1, 2, 3], [1, 2, 3]]}
    trace, values, different = compared(text, {name: point[name] for name in point if name in text})
    cause = Causes(trace, values, different).of_variable("x")
    assert (cause.kind, cause.op) == ("cancels", "LogSoftmax" if "log" in text else "Softmax")


def test_an_output_that_is_0_because_an_op_on_the_way_was_too_small_is_underflow():
    trace, values, different = compared("x^2/1e-30", {"x": 1e-25})
    cause = Causes(trace, values, different).of_output()
    assert (cause.kind, cause.op) == ("underflow", "Pow")
    assert cause_sentence(trace, values, cause, None, different).startswith("The value is 0: pow at 1e-25 and 2 is too")


def test_second_derivatives_and_chosen_outputs_are_compared_as_well():
    trace, _, different = compared("(1-cos(x))/x^2", {"x": 1e-3}, differentiated_by=["x"])
    assert trace.output in different
    assert compared("softmax(x)", {"x": [1.0, 2.0]}, output=trace.output_choice)[2] == {}


@pytest.mark.parametrize(
    ("text", "point", "again"),
    [
        ("y*sin(x)", {"x": 0, "y": 2}, ["x"]),
        ("x*y*sin(x*y)", {"x": 1.3, "y": 2}, ["x", "x", "y"]),
        ("x^y*tanh(x*z)", {"x": 1.3, "y": 2, "z": 0.7}, ["x", "z"]),
        ("sum(w*x^3*w)", {"x": [1, 2], "w": 0.3}, ["x", "w"]),
        ("relu(W@x)*sigmoid(x)", {"W": [[1, 2], [3, 4]], "x": [1, 2]}, []),
    ],
)
def test_in_float64_every_op_has_the_same_operands(text, point, again):
    """TensorFlow's gradient of a product has them in another order there, which higher derivatives inherit."""
    traced = trace_expression(text, point, differentiated_by=again)
    wide = Float64Graph(traced)
    try:
        narrow, other = (
            {op.name: (op.type, [tensor.name for tensor in op.inputs]) for op in graph.get_operations()}
            for graph in (traced.session.graph, wide.graph)
        )
        assert other == narrow
        assert wide.different_values(traced.trace.point) == {}
    finally:
        wide.close()
        traced.close()


def test_float64_is_the_same_graph_with_the_numbers_that_numpy_gives():
    x = 1e-4
    _, _, different = compared("(1-cos(x))/x^2", {"x": x})
    wide = np.float64(np.float32(x))
    assert different["sub:0"] == pytest.approx(1 - np.cos(wide), rel=1e-12)
    expected = np.sin(wide) / wide**2 - 2 * (1 - np.cos(wide)) / wide**3
    assert different["gradients/AddN:0"] == pytest.approx(expected, rel=1e-6)


numbers = st.floats(width=32, allow_nan=True, allow_infinity=True)


@given(numbers, st.floats(-0.01, 0.01))
@settings(max_examples=200)
def test_a_thousandth_is_the_limit(value, relative):
    with np.errstate(all="ignore"):
        wide = np.float64(value) * (1 + relative)
    expected = bool(np.isfinite(value) and abs(wide - value) > 1e-3 * max(abs(wide), abs(value)))
    assert bool(is_different(np.float32(value), wide)) == expected


@pytest.mark.parametrize("pair", [(np.inf, 1e39), (np.nan, 1.0), (0.0, 1e-50), (np.inf, -np.inf)])
def test_what_is_not_a_number_in_one_of_them_differs(pair):
    assert is_different(*pair)
