"""TensorFlow's graph, its gradients and which op belongs to which: compared with a graph built directly."""

import re

import numpy as np
import pytest
import tensorflow as tf

from explorer.core.trace import Trace
from explorer.engine import registry
from explorer.engine.local import explain_once
from explorer.engine.tracing import trace_expression

tf1 = tf.compat.v1

DIRECT = {
    "sin(2*x)": lambda x: tf.sin(2 * x),
    "x*x": lambda x: x * x,
    "x^2": lambda x: x**2,
    "x + x": lambda x: x + x,
    "tanh(x)/x": lambda x: tf.tanh(x) / x,
    "exp(-x^2)": lambda x: tf.exp(-(x**2)),
    "sqrt(1 + x^2)": lambda x: tf.sqrt(1 + x**2),
    "relu(x - 3)": lambda x: tf.nn.relu(x - 3),
    "1/x": lambda x: 1 / x,
    "abs(x)*sigmoid(x)": lambda x: tf.abs(x) * tf.sigmoid(x),
    "min(x, 2)": lambda x: tf.minimum(x, 2.0),
}


def graph_of(text, x=0.7):
    with tf.Graph().as_default() as graph:
        placeholder = tf1.placeholder(tf.float32, (), name="x")
        y = DIRECT[text](placeholder)
        gradient = tf.gradients(y, [placeholder])[0]
        with tf1.Session(graph=graph) as session:
            return graph, y, gradient, session.run([y, gradient], {placeholder: x})


@pytest.mark.parametrize("text", DIRECT)
def test_names_types_inputs_and_values_are_those_of_a_direct_graph(text):
    graph, y, gradient, (value, slope) = graph_of(text)
    trace, values = explain_once(text, {"x": 0.7})
    assert trace.output == y.name
    assert trace.gradients["x"].tensor == gradient.name
    for node in (*trace.nodes, *[node for node in trace.gradient_nodes if node.needed]):
        op = graph.get_operation_by_name(node.id)
        assert node.type == op.type
        assert list(node.inputs) == [tensor.name for tensor in op.inputs]
    assert float(values[trace.output]) == value
    assert float(values[gradient.name]) == slope
    needed = _leading_to(gradient.op)
    shown = {node.id for node in trace.nodes} | {node.id for node in trace.gradient_nodes if node.needed}
    assert needed <= shown


def _leading_to(op):
    found, waiting = set(), [op]
    while waiting:
        one = waiting.pop()
        if one.name not in found:
            found.add(one.name)
            waiting.extend(tensor.op for tensor in one.inputs)
    return found


@pytest.mark.parametrize("text", DIRECT)
def test_backward_ops_belong_to_the_op_that_class_says(text):
    """`_class`, which TensorFlow sets itself, is the second witness; but for an AddN it names the first summand's."""
    graph, *_ = graph_of(text)
    trace, _ = explain_once(text, {"x": 0.7})
    for node in trace.gradient_nodes:
        if not node.needed or node.sums is not None:
            continue
        op = graph.get_operation_by_name(node.id)
        try:
            said = op.get_attr("_class")[0].decode().removeprefix("loc:@")
        except ValueError:
            continue
        assert node.forward == said or said.startswith("gradients/")


@pytest.mark.parametrize(("text", "op"), [("h = 2*x; y = sin(h) + h^2", "mul"), ("tanh(x)/x", "x")])
def test_an_addn_belongs_to_the_op_whose_gradients_it_sums(text, op):
    trace, values = explain_once(text, {"x": 0.7})
    (addn,) = [node for node in trace.gradient_nodes if node.type == "AddN"]
    assert addn.forward == op
    assert addn.sums == f"{op}:0"
    assert trace.tensor_gradients[f"{op}:0"] == addn.tensor
    summands = sum(float(values[name]) for name in addn.inputs)
    assert float(values[addn.tensor]) == pytest.approx(summands, rel=1e-6)


def test_steps_go_backwards_and_leave_constants_out():
    trace, _ = explain_once("sin(2*x) + 3", {})
    assert [step.op for step in trace.steps] == ["add", "Sin", "mul"]
    assert [slot.tensor for slot in trace.steps[2].inputs] == ["x:0"]
    assert [slot.tensor for slot in trace.steps[0].inputs] == ["Sin:0"]


def test_add_hands_on_what_arrives_without_an_op():
    trace, _ = explain_once("x + sin(y)", {})
    add = trace.steps[0]
    assert add.tf_ops == ()
    assert {slot.gradient_tensor for slot in add.inputs} == {add.upstream_tensor}


def test_x_times_x_has_two_slots():
    trace, _ = explain_once("x*x", {"x": 3.0})
    assert [(slot.slot, slot.tensor, slot.accumulated) for slot in trace.steps[0].inputs] == [
        (0, "x:0", True),
        (1, "x:0", True),
    ]


def test_wrt_leaves_others_out():
    trace, _ = explain_once("x*y", {}, wrt=["y"])
    assert list(trace.gradients) == ["y"]
    assert [slot.tensor for slot in trace.steps[0].inputs] == ["y:0"]


def test_a_vector_output_is_summed():
    trace, values = explain_once("x^2", {"x": [1.0, 2.0]})
    assert trace.summed
    np.testing.assert_array_equal(values[trace.gradients["x"].tensor], [2, 4])


def test_float64_is_computed_in_float64():
    trace, values = explain_once("sin(x)", {"x": 1}, "float64")
    assert values["Sin:0"].dtype == np.float64
    assert {node.dtype for node in trace.nodes} == {"float64"}


def test_a_trace_survives_the_pipe():
    trace, _ = explain_once("h = 2*x; y = sin(h) + h^2", {})
    assert Trace.from_wire(trace.to_wire()) == trace


def test_new_values_need_no_new_graph():
    traced = trace_expression("sin(2*x)", {})
    again = dict(zip(traced.trace.fetches, traced.compute({"x": 0.25}), strict=True))
    traced.close()
    assert float(again["Sin:0"]) == pytest.approx(np.sin(0.5), rel=1e-6)


def test_a_replaced_gradient_is_followed():
    """Every number is TensorFlow's: if its look-up table says something else, so does everything here."""
    from tensorflow.python.framework import ops

    table = ops.gradient_registry._registry
    kept = table["Sin"]

    def seven_times(op, grad):
        return grad * 7.0 * tf.cos(op.inputs[0])

    table["Sin"] = {**kept, "type": seven_times}
    try:
        trace, values = explain_once("sin(2*x)", {"x": 1})
    finally:
        table["Sin"] = kept
    (slot,) = trace.steps[0].inputs
    assert float(values[slot.local_tensor]) == pytest.approx(7 * np.cos(2), rel=1e-6)
    assert float(values[trace.gradients["x"].tensor]) == pytest.approx(14 * np.cos(2), rel=1e-6)
    assert "grad * 7.0" in trace.steps[0].source


def test_a_look_up_that_cannot_be_read_is_told_and_nothing_invented(monkeypatch):
    monkeypatch.setattr(registry, "AVAILABLE", False)
    with tf.Graph().as_default():
        op = tf.sin(tf1.placeholder(tf.float32, ())).op
    source, note = registry.source(op)
    assert source is None
    assert note


def test_the_source_is_the_entry_itself():
    trace, _ = explain_once("sin(x)", {})
    assert re.search(r"def _SinGrad\(op.*grad\)", trace.steps[0].source)
    assert "cos" in trace.steps[0].source
