"""At a kink, at a jump and outside its domain a step says what TensorFlow chose as its derivative."""

import pytest

from explorer.core.autodiff.causes.cause_text import gradient_sentence
from explorer.core.autodiff.causes.derivative_caveat import derivative_caveat, kink_sentence
from explorer.core.autodiff.concept_trace import concept_trace
from explorer.engine.in_process import trace_and_run
from tests.engine.autodiff.test_cause import traced

# text, x, TensorFlow's choice of the local derivative, caveat, whether it is a kink
KINKS = [
    ("relu(x)", 0, 0.0, "TensorFlow chose 0", True),
    ("abs(x)", 0, 0.0, "TensorFlow chose 0", True),
    ("log(x)", 0, float("inf"), "no derivative there", False),
    ("log1p(x)", -1, float("inf"), "no derivative there", False),
    ("sqrt(x)", 0, float("inf"), "no derivative", False),
    ("sign(x)", 0, 0.0, "TensorFlow chose 0", True),
    ("leaky_relu(x)", 0, 0.2, "0.2", True),
    ("max(x, 2)", 2, 1.0, "all to the first", True),
    ("min(x, 2)", 2, 1.0, "all to the first", True),
    ("1/x", 0, float("-inf"), "no derivative", False),
    ("asin(x)", 1, float("inf"), "no derivative", False),
    ("acosh(x)", 1, float("inf"), "no derivative", False),
    ("x^0.5", 0, float("inf"), "no finite derivative", False),
]


@pytest.mark.parametrize(("text", "x", "local", "caveat", "is_kink"), KINKS)
def test_the_caveat_of_a_kink_gives_tensorflows_choice(text, x, local, caveat, is_kink):
    trace, values = trace_and_run(text, {"x": x})
    (step,) = trace.steps
    (slot,) = step.inputs
    assert float(values[slot.local_tensor]) == pytest.approx(local, rel=1e-7)
    assert caveat in derivative_caveat(trace, values, step)
    assert kink_sentence(trace, values, step) == (derivative_caveat(trace, values, step) if is_kink else None)


@pytest.mark.parametrize("text", ["floor(x)", "ceil(x)", "round(x + 0.5)"])
def test_a_jump_has_a_caveat_too(text):
    trace, values = trace_and_run(text, {"x": 1})
    assert "no derivative" in derivative_caveat(trace, values, trace.steps[0])


@pytest.mark.parametrize("text", [case[0] for case in KINKS] + ["floor(x)", "ceil(x)", "round(x)", "sin(x)", "x^2"])
def test_there_is_no_caveat_beside_a_kink(text):
    x = 1.25 if text == "acosh(x)" else 0.25
    trace, values = trace_and_run(text, {"x": x})
    assert [derivative_caveat(trace, values, step) for step in trace.steps] == [None]


def test_outside_the_domain_a_step_says_that_there_is_no_derivative():
    trace, values = trace_and_run("log(x)", {"x": -1})
    message = "Log is defined only for positive numbers: there is no derivative here."
    assert derivative_caveat(trace, values, trace.steps[0]) == message


@pytest.mark.parametrize(
    ("text", "point", "caveat"),
    [
        ("x^y", {"x": -2, "y": 2}, "The rule of pow for its second operand needs a positive base; TensorFlow chose 0."),
        ("(-3)^x", {"x": 4}, "The rule of pow for its second operand needs a positive base; TensorFlow chose 0."),
        ("x^y", {"x": [2, -1], "y": [3, 2]}, "Entry [1], 1 of 2: The rule of pow for its second operand needs"),
        ("x^y", {"x": 2, "y": 3}, None),
        ("x^2", {"x": -2}, None),
        ("x^y", {"x": -2, "y": 0.5}, "Pow is defined only for a positive base, or a whole exponent: there is no deriv"),
    ],
)
def test_a_step_says_which_local_derivative_tensorflow_chose(text, point, caveat):
    trace, values = trace_and_run(text, point)
    found = derivative_caveat(trace, values, trace.steps[0])
    assert found == caveat if caveat is None else found.startswith(caveat)


def test_a_kink_deep_inside_belongs_to_its_own_step():
    trace, values = trace_and_run("sin(relu(x - 1)) + y", {"x": 1})
    assert [step.op for step in trace.steps if derivative_caveat(trace, values, step)] == ["Relu"]


@pytest.mark.parametrize(("text", "x"), [("max(x, 2)", 2), ("2*min(1, x)", 1), ("atan2(x, -1)", 0)])
def test_a_kink_is_told_in_a_concept_too(text, x):
    """The constant that is the other operand is an argument there."""
    trace, values = traced(text, {"x": x})
    concept = concept_trace(trace)
    assert "Const" in {node.type for node in concept.nodes}
    told = [sentence for step in concept.steps if (sentence := kink_sentence(trace, values, step)) is not None]
    assert told == [gradient_sentence(trace, values, "x")]
