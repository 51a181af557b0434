"""Local derivatives of elementwise ops for all pairs of shapes: one for each entry, summed where it was broadcast."""

from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from explorer.core.autodiff.explain_json import explanation
from explorer.core.autodiff.trace import Trace
from explorer.core.errors import ExpressionError
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.values import bind
from explorer.core.ops.table import op_table
from explorer.engine.autodiff.tracing import trace_expression
from explorer.engine.in_process import trace_and_run

SHAPES = [(), (1,), (3,), (1, 1), (1, 3), (2, 1), (2, 3)]

BINARY = {
    "add": ("x + y", lambda x, y: x + y),
    "sub": ("x - y", lambda x, y: x - y),
    "mul": ("x*y", lambda x, y: x * y),
    "div": ("x/y", lambda x, y: x / y),
    "pow": ("x^y", lambda x, y: x**y),
    "atan2": ("atan2(x, y)", tf.atan2),
    "max": ("max(x, y)", tf.maximum),
    "min": ("min(x, y)", tf.minimum),
}

NOT_ELEMENTWISE = {
    "Sum", "Mean", "Max", "Min", "MatMul", "BatchMatMulV2", "Transpose", "Softmax", "LogSoftmax", "ExpandDims",
    "Squeeze", "Reshape", "Tile", "BroadcastTo",
}  # fmt: skip
"""Types of products, reductions and changes of shape, which have a rule and no local derivative."""


def sample(shape, seed):
    """Return numbers between 0.3 and 0.9, all different, inside every domain but that of acosh."""
    return (
        np.random.default_rng(seed).permutation(np.linspace(0.31, 0.9, 2 * 3 + 1))[: int(np.prod(shape))].reshape(shape)
    )


def assert_products_are_what_is_passed_on(trace, values):
    """Check upstream times local, summed by NumPy as told, against the gradients of every step."""
    answer = explanation(trace, values, {})
    shapes = {node.tensor: node.shape for node in trace.nodes}
    for step in answer["steps"]:
        assert step["rule"], step["op"]
        for slot in step["inputs"]:
            if step["type"] in NOT_ELEMENTWISE:
                assert slot["local"] is None
                assert ":" in step["rule"], step["type"]  # the rule's name and formula
                continue
            local = np.array(slot["local"], np.float64)
            assert slot["local"] is not None, step["op"]
            assert local.shape == shapes[f"{step['op']}:0"], step["op"]
            if slot["gradient"] is None:
                assert not np.any(local), step["op"]
                continue
            gradient = np.array(slot["gradient"], np.float64)
            passed = np.array(step["upstream"], np.float64) * local
            summed = passed.sum(axis=tuple(slot.get("summed_axes", ())))
            np.testing.assert_allclose(summed.reshape(gradient.shape), gradient, rtol=1e-9, atol=1e-14)
            assert gradient.shape == shapes[slot["tensor"]]
    for step in trace.steps:
        for slot in step.inputs:
            assert (slot.product_tensor is None) == (not slot.summed_axes)
            if slot.product_tensor is not None:
                passed = values[step.upstream_tensor] * values[slot.local_tensor]
                np.testing.assert_allclose(values[slot.product_tensor], passed, rtol=1e-12)


def entrywise_by_tape(function, operands, slot):
    """Return the derivative of each entry by TensorFlow, of operands that NumPy has broadcast."""
    tensors = [tf.constant(np.array(copy)) for copy in np.broadcast_arrays(*operands)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = function(*tensors)
    return tape.gradient(y, tensors)[slot].numpy()


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", list(product(SHAPES, SHAPES)), ids=str)
def test_every_pair_of_shapes(name, shapes):
    text, function = BINARY[name]
    x, y = sample(shapes[0], 1), sample(shapes[1], 2) + 0.01
    shape = np.broadcast_shapes(*shapes)
    upstream = sample(shape, 3) - 0.55
    point = {"x": x.tolist(), "y": y.tolist(), "w": upstream.tolist()}
    trace, values = trace_and_run(f"({text})*w", point, "float64")
    assert_products_are_what_is_passed_on(trace, values)
    step = next(step for step in trace.steps if step.type in op_table()[name].tf_types and step.op != trace.steps[0].op)
    for slot in step.inputs:
        local = values[slot.local_tensor]
        np.testing.assert_allclose(local, entrywise_by_tape(function, (x, y), slot.slot), rtol=1e-12, atol=1e-14)
        ends = [
            op_table()[name].numpy(*(value + (k == slot.slot) * h for k, value in enumerate((x, y))))
            for h in (1e-6, -1e-6)
        ]
        np.testing.assert_allclose(local, (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-6)
        formula = parse(slot.local_formula)
        ours = evaluate_program(formula, bind(formula, point))
        np.testing.assert_allclose(np.broadcast_to(ours, shape), local, rtol=1e-9, atol=1e-14)


UNARY = sorted(name for name, row in op_table().items() if row.elementwise and row.arity == 1 and name != "neg")


@pytest.mark.parametrize("name", [*UNARY, "norm"])
@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (2, 3)], ids=str)
def test_every_function_of_one_operand(name, shape):
    x = sample(shape, 4) + (1 if name == "acosh" else 0)
    trace, values = trace_and_run(f"{name}(x)*w", {"x": x.tolist(), "w": 0.7}, "float64")
    assert_products_are_what_is_passed_on(trace, values)
    (first, *rest) = [step for step in trace.steps if step.op != trace.steps[0].op]
    if rest or name == "stop_gradient":  # a composite, or no derivative of its value
        return
    ends = [op_table()[name].numpy(x + h) for h in (1e-6, -1e-6)]
    np.testing.assert_allclose(values[first.inputs[0].local_tensor], (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("sum(relu(w*x+b))", {"x": [-1, 0.5, 2, 3], "w": 2, "b": -1}),
        ("relu(W@x+b)", {"W": [[1, 2], [3, 4]], "x": [1, 2], "b": 0.5}),
        ("x*(y*x)", {"x": [[1], [2]], "y": [1, 2, 3]}),
        ("x*x", {"x": [1, 2]}),
        ("logsumexp(x)*y", {"x": [[1, 2], [3, 4]], "y": [1, 2]}),
        ("norm(x)*x", {"x": [3, 4]}),
        ("mean(x*y)", {"x": [1, 2], "y": 3}),
        ("softmax(x)*y", {"x": [[1, 2], [3, 4]], "y": [1, 2]}),
        ("custom(x^2, 3*x)*y", {"x": [1, 2], "y": [[1], [2]]}),
        ("stop_gradient(x)*x*floor(x)", {"x": [[1.5, 2.5]]}),
        ("transpose(x)+y", {"x": [[1, 2, 3]], "y": 2}),
    ],
)
@pytest.mark.parametrize("differentiated_by", [(), ("x",), ("y",), ("x", "x")], ids=str)
def test_parts_of_functions_and_of_gradients(text, point, differentiated_by):
    if not set(differentiated_by) <= set(parse(text).variables):
        return
    try:
        traced = trace_expression(text, point, "float64", differentiated_by=differentiated_by)
    except ExpressionError as error:
        assert "has no gradient" in error.message  # of what is constant
        return
    trace: Trace = traced.trace
    values = dict(zip(trace.fetches, traced.values, strict=True))
    traced.close()
    assert_products_are_what_is_passed_on(trace, values)


def test_the_bias_of_a_neuron_and_its_four_examples():
    trace, values = trace_and_run("w=2; b=-1; sum(relu(w*x+b))", {"x": [-1, 0.5, 2, 3]})
    step = next(step for step in trace.steps if step.type == "AddV2")
    slot = next(slot for slot in step.inputs if slot.tensor == "b:0")
    assert slot.summed_axes == (0,)
    assert slot.local_formula == "1"
    assert values[step.upstream_tensor].tolist() == [0, 0, 1, 1]
    assert values[slot.local_tensor].tolist() == [1, 1, 1, 1]
    assert values[slot.product_tensor].tolist() == [0, 0, 1, 1]
    assert float(values[slot.gradient_tensor]) == 2
    assert Trace.from_dict(trace.to_dict()) == trace


def test_scalars_need_no_more_ops_than_before():
    trace, _ = trace_and_run("sin(x*y)+x^2/y", {"x": 2, "y": 3})
    assert not any(name.startswith("local/Broadcast") for name in trace.fetches)
    assert all(slot.product_tensor is None for step in trace.steps for slot in step.inputs)
