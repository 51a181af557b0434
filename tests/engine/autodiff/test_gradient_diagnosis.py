"""Diagnosis of anomalous gradients, and caveats at kinks, against causes named by hand."""

import pytest

from explorer.core.autodiff.gradient_diagnosis import derivative_caveat, diagnose_gradient
from explorer.engine.in_process import trace_and_run

ODD = [
    # text, point, variable, description, cause
    ("relu(x-3)*y", {}, "x", "is 0", "Relu is inactive: its input -2"),
    ("relu(x-3)*y", {}, "y", "is 0", "mul multiplies it by Relu:0"),
    ("sigmoid(50x)", {"x": 3}, "x", "is 0", "Sigmoid is saturated: at 150"),
    ("0*log(x)", {"x": 0}, "x", "is not a number", "Log has an infinite local derivative at 0"),
    ("floor(x)", {"x": 1.5}, "x", "no gradient", "Floor"),
    ("x-x", {}, "x", "is 0", "x:0 on its 2 paths, 1 and -1, cancels"),
    ("1/x", {"x": 0}, "x", "is infinite", "truediv (RealDiv) at 1 and 0 is -inf"),
    ("z = 3; x*2", {}, "z", "no gradient", "no path leads from it"),
    ("sin(exp(relu(x-3)))", {}, "x", "is 0", "Relu is inactive"),
    ("relu(sin(x)) + 2*y", {"x": -1}, "x", "is 0", "Relu is inactive: its input -0.8415"),
    ("h = x^2 - 2*x; sin(h)", {"x": 1}, "x", "is 0", "x:0 on its 2 paths, -1.081 and 1.081, cancels"),
    ("x*y", {"x": 0}, "y", "is 0", "mul multiplies it by x:0"),
    ("max(x, y)", {"x": 0}, "x", "is 0", "Maximum took its other input"),
    ("min(x, y)", {"y": 0}, "x", "is 0", "Minimum took its other input"),
    ("sign(x)*2", {}, "x", "is 0", "Sign is flat"),
    ("cos(x)", {"x": 0}, "x", "is 0", "Cos at 0 is 0"),
    ("tanh(3x)", {"x": 20}, "x", "is 0", "Tanh is saturated: at 60"),
    ("exp(x)", {"x": -200}, "x", "is 0", "Exp is saturated: at -200"),
    ("2*exp(x)", {"x": 100}, "x", "is infinite", "Exp at 100 is inf"),
    ("sqrt(x)", {"x": 0}, "x", "is infinite", "Sqrt at 0 is inf"),
    ("sqrt(x^2)", {"x": 0}, "x", "is not a number", "Sqrt has an infinite local derivative at 0"),
    ("x^0.5", {"x": -1}, "x", "is not a number", "pow at -1 and 0.5 is nan"),
    ("2*acos(x)", {"x": 2}, "x", "is not a number", "Acos at 2 is nan"),
    ("y*log(x)", {"x": 0, "y": 0}, "y", "is infinite", "mul at 0 and -inf is -inf"),
    ("floor(2*x)*y", {}, "x", "no gradient", "Floor"),
    ("relu(x)*floor(x)", {"x": -1.5}, "x", "is 0", "Relu is inactive: its input -1.5"),
    ("x*floor(x)", {"x": 0.5}, "x", "is 0", "mul multiplies it by Floor:0"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "variable", "kind", "cause"), ODD)
def test_the_diagnosis_names_the_first_op_that_caused_it(text, point, variable, kind, cause):
    message = diagnose_gradient(*trace_and_run(text, point), variable)
    assert f"gradient for {variable}" in message
    assert kind in message
    assert cause in message


@pytest.mark.parametrize(("text", "point", "variable", "kind", "cause"), ODD)
def test_kind_and_cause_of_the_diagnosis(text, point, variable, kind, cause):
    message = diagnose_gradient(*trace_and_run(text, point), variable)
    assert message.endswith(".")
    assert message.startswith("The")
    assert message.count(". ") == 0
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("sin(2*x)", {}), ("x*y", {"y": 2}), ("relu(x-3)*y", {"x": 5}), ("sigmoid(x)", {"x": 3}), ("x*log(x)", {}),
        ("floor(x) + x", {"x": 1.5}), ("x - 2*x", {}), ("1/x", {"x": 4}), ("x + 0*x", {}), ("relu(x) + x", {"x": -1}),
        ("sum(relu(x))", {"x": [-1, 2]}), ("sum(W @ x)", {"W": [[1, 2], [3, 4]], "x": [1, 1]}), ("x", {}),
    ],
)  # fmt: skip
def test_an_ordinary_gradient_has_no_diagnosis(text, point):
    trace, values = trace_and_run(text, point)
    assert {name: diagnose_gradient(trace, values, name) for name in trace.variables} == dict.fromkeys(trace.variables)


def test_an_unknown_variable_has_no_diagnosis():
    assert diagnose_gradient(*trace_and_run("sin(x)", {}), "y") is None
    assert diagnose_gradient(*trace_and_run("x*floor(y)", {}, wrt=["x"]), "y") is None


def test_a_tiny_gradient_names_the_saturated_op():
    message = diagnose_gradient(*trace_and_run("sigmoid(x)", {"x": 30}, "float64"), "x")
    assert "all but vanishes" in message
    assert "Sigmoid is saturated at 30" in message


@pytest.mark.parametrize(
    ("text", "point", "op"),
    [
        ("relu(W @ x)", {"W": [[-1, -2], [-3, -4]], "x": [1, 1]}, "Relu"),
        ("sum(log(x))", {"x": [0, 1]}, "Log"),
        ("sqrt(sum(x^2))", {"x": [0, 0]}, "Sqrt"),
    ],
)
def test_the_diagnosis_names_the_op_for_vectors_too(text, point, op):
    assert op in diagnose_gradient(*trace_and_run(text, point), "x")


def test_a_summed_softmax_is_not_called_flat():
    """The entries sum to 1, so the gradient of the sum is 0, but the derivative of softmax is not."""
    message = diagnose_gradient(*trace_and_run("softmax(x)", {"x": [1, 1]}), "x")
    assert "Softmax" in message
    assert "local derivative" not in message


# text, x, TensorFlow's choice of the local derivative, caveat
KINKS = [
    ("relu(x)", 0, 0.0, "TensorFlow chose 0"),
    ("abs(x)", 0, 0.0, "TensorFlow chose 0"),
    ("log(x)", 0, float("inf"), "no derivative there"),
    ("log1p(x)", -1, float("inf"), "no derivative there"),
    ("sqrt(x)", 0, float("inf"), "no derivative"),
    ("sign(x)", 0, 0.0, "TensorFlow chose 0"),
    ("leaky_relu(x)", 0, 0.2, "0.2"),
    ("max(x, 2)", 2, 1.0, "all to the first"),
    ("min(x, 2)", 2, 1.0, "all to the first"),
    ("1/x", 0, float("-inf"), "no derivative"),
    ("asin(x)", 1, float("inf"), "no derivative"),
    ("acosh(x)", 1, float("inf"), "no derivative"),
    ("x^0.5", 0, float("inf"), "no finite derivative"),
]


@pytest.mark.parametrize(("text", "x", "local", "caveat"), KINKS)
def test_the_caveat_of_a_kink_gives_tensorflows_choice(text, x, local, caveat):
    trace, values = trace_and_run(text, {"x": x})
    (step,) = trace.steps
    (slot,) = step.inputs
    assert float(values[slot.local_tensor]) == pytest.approx(local, rel=1e-7)
    assert caveat in derivative_caveat(trace, values, step)


@pytest.mark.parametrize("text", ["floor(x)", "ceil(x)", "round(x + 0.5)"])
def test_a_jump_has_a_caveat_too(text):
    trace, values = trace_and_run(text, {"x": 1})
    assert "no derivative" in derivative_caveat(trace, values, trace.steps[0])


@pytest.mark.parametrize("text", [case[0] for case in KINKS] + ["floor(x)", "ceil(x)", "round(x)", "sin(x)", "x^2"])
def test_there_is_no_caveat_beside_a_kink(text):
    x = 1.25 if text == "acosh(x)" else 0.25
    trace, values = trace_and_run(text, {"x": x})
    assert [derivative_caveat(trace, values, step) for step in trace.steps] == [None]


def test_a_kink_deep_inside_belongs_to_its_own_step():
    trace, values = trace_and_run("sin(relu(x - 1)) + y", {"x": 1})
    assert [step.op for step in trace.steps if derivative_caveat(trace, values, step)] == ["Relu"]
