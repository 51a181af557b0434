"""Backward passes with one broken rule, against TensorFlow with the same mistake."""

import pytest
import tensorflow as tf

from explorer.core.practice.broken_backward import (
    MISSING_LOCAL,
    OVERWRITTEN,
    WRONG_SIGN,
    breakable_rules,
    comparison_message,
    difference_quotient,
    verdict,
    wrong_values,
)
from explorer.core.practice.exercises import make_exercise
from explorer.engine.in_process import trace_and_run

TEXTS = {
    "u*v + sin(u)": {"u": 3, "v": -0.8},
    "h = 2*x; sin(h) + h^2": {"x": 0.5},
    "h = x*y; h*exp(h)": {"x": 0.5, "y": 0.4},
    "(tanh(w*x + b) - t)^2": {"w": 0.3, "x": 2, "b": 0.1, "t": 0.2},
    "x*x*x": {"x": 1.5},
}
FUNCTIONS = {
    "Mul": tf.multiply, "AddV2": tf.add, "Sub": tf.subtract, "Sin": tf.sin, "Cos": tf.cos, "Exp": tf.exp,
    "Tanh": tf.tanh, "Pow": tf.pow,
}  # fmt: skip


def with_scaled_gradient(value, factor):
    """Return ``value`` with its gradient multiplied by ``factor``."""

    @tf.custom_gradient
    def same(x):
        return tf.identity(x), lambda upstream: upstream * factor

    return same(value)


def gradients_by_tensorflow(trace, values, broken):
    """Return TensorFlow's gradients of all variables in a graph with the broken rule."""
    factors = {}
    for step in trace.steps:
        for slot in step.inputs:
            local = float(values[slot.local_tensor])
            if (step.op, slot.slot) == (broken.op, broken.slot):
                factors[step.op, slot.slot] = -1.0 if broken.kind == WRONG_SIGN else 1.0 / local
    if broken.kind == OVERWRITTEN:
        slots = [
            (step.op, slot.slot) for step in trace.steps for slot in step.inputs if slot.tensor == f"{broken.op}:0"
        ]
        factors = dict.fromkeys(slots[:-1], 0.0)  # only the last one remains
    variables = {tensor: tf.Variable(trace.point[name], dtype=tf.float64) for name, tensor in trace.variables.items()}
    with tf.GradientTape() as tape:
        known = {}
        for node in trace.nodes:
            if node.tensor in variables:
                known[node.tensor] = tf.identity(variables[node.tensor])
            elif not node.inputs:
                known[node.tensor] = tf.constant(values[node.tensor], tf.float64)
            else:
                arguments = [
                    with_scaled_gradient(known[t], factors[node.id, k]) if (node.id, k) in factors else known[t]
                    for k, t in enumerate(node.inputs)
                ]
                known[node.tensor] = FUNCTIONS[node.type](*arguments)
        y = known[trace.output]
    gradients = tape.gradient(y, [variables[tensor] for tensor in trace.variables.values()])
    return dict(zip(trace.variables, map(float, gradients), strict=True))


@pytest.mark.parametrize("text", TEXTS)
def test_wrong_values_are_those_of_tensorflow_with_the_same_mistake(text):
    trace, values = trace_and_run(text, TEXTS[text], "float64")
    rules = breakable_rules(trace, values)
    assert rules
    for broken in rules:
        wrong = wrong_values(trace, values, broken)
        expected = gradients_by_tensorflow(trace, values, broken)
        for name, info in trace.gradients.items():
            assert wrong.get(info.tensor, values[info.tensor]) == pytest.approx(expected[name], rel=1e-9)
        # Everything before the broken rule is TensorFlow's.
        before = [step.op for step in trace.steps].index(broken.op) if broken.slot >= 0 else 0
        for step in trace.steps[:before]:
            assert not {slot.gradient_tensor for slot in step.inputs} & set(wrong)


def test_all_three_kinds_of_broken_rules_occur():
    trace, values = trace_and_run("u*v + sin(u)", TEXTS["u*v + sin(u)"])
    assert {broken.kind for broken in breakable_rules(trace, values)} == {WRONG_SIGN, MISSING_LOCAL, OVERWRITTEN}


@pytest.mark.parametrize("text", TEXTS)
def test_a_difference_quotient_agrees_with_tensorflow_at_every_node(text):
    trace, values = trace_and_run(text, TEXTS[text], "float64")
    for tensor, gradient in trace.tensor_gradients.items():
        assert difference_quotient(trace, values, tensor) == pytest.approx(float(values[gradient]), rel=1e-5)


@pytest.mark.parametrize("number", range(1, 31))
def test_difference_quotients_locate_the_broken_rule(number):
    """The rule is broken exactly where a gradient is right and one computed from it is wrong."""
    exercise = make_exercise((3, 4, 5, 5, 6)[number % 5], number)
    trace, values = trace_and_run(exercise.text, exercise.point)
    for broken in breakable_rules(trace, values):
        wrong = wrong_values(trace, values, broken)
        ops = [node.id for node in trace.nodes]
        judged = {op: verdict(trace, values, broken, op) for op in ops}
        assert [op for op in ops if judged[op][0]] == [broken.op]
        signs = {op: comparison_message(trace, values, wrong, op)[0] for op in ops}
        assert "✗" in signs.values()
        if broken.kind != OVERWRITTEN:
            assert signs[broken.op] == "✓"
        else:
            assert signs[broken.op] == "✗"
        assert all(message.endswith(".") for _, message in judged.values())


def test_the_verdicts_describe_the_mistake():
    trace, values = trace_and_run("u*v + sin(u)", TEXTS["u*v + sin(u)"])
    messages = {
        (broken.kind, broken.op): verdict(trace, values, broken, broken.op)[1]
        for broken in breakable_rules(trace, values)
    }
    assert messages[OVERWRITTEN, "u"] == (
        "Right. At u arrive −0.99 and −0.8: the last one overwrote what was there, instead of being added."
    )
    assert messages[WRONG_SIGN, "Sin"] == (
        "Right. What sin(u) passes on to u has the wrong sign: 1 times −0.99 is −0.99."
    )
    assert (
        "its local derivative 3 is missing"
        in messages[MISSING_LOCAL, "mul"]
        + verdict(
            trace,
            values,
            next(b for b in breakable_rules(trace, values) if b.kind == MISSING_LOCAL and b.slot == 1),
            "mul",
        )[1]
    )


def test_arrays_have_no_breakable_rules():
    assert breakable_rules(*trace_and_run("x = [1, 2]; sum(sin(x))", {})) == []
