"""The traced graph, its gradients and the forward op of each backward op, compared with a graph built directly."""

import itertools
import re

import numpy as np
import pytest
import tensorflow as tf

from explorer.core.autodiff.trace import Trace
from explorer.core.errors import ExpressionError
from explorer.core.graph.op_graph import op_graph
from explorer.engine.autodiff.tracing import trace_expression
from explorer.engine.in_process import trace_and_run
from explorer.engine.tf_adapter import gradient_registry

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
def test_names_types_inputs_and_values_equal_those_of_a_direct_graph(text):
    graph, y, gradient, (value, slope) = graph_of(text)
    trace, values = trace_and_run(text, {"x": 0.7})
    assert trace.output == y.name
    assert trace.gradients["x"].tensor == gradient.name
    for node in (*trace.nodes, *[node for node in trace.gradient_nodes if node.needed]):
        op = graph.get_operation_by_name(node.id)
        assert node.type == op.type
        assert list(node.inputs) == [tensor.name for tensor in op.inputs]
    assert float(values[trace.output]) == value
    assert float(values[gradient.name]) == slope
    needed = _ancestors(gradient.op)
    shown = {node.id for node in trace.nodes} | {node.id for node in trace.gradient_nodes if node.needed}
    assert needed <= shown


def _ancestors(op):
    found, waiting = set(), [op]
    while waiting:
        one = waiting.pop()
        if one.name not in found:
            found.add(one.name)
            waiting.extend(tensor.op for tensor in one.inputs)
    return found


@pytest.mark.parametrize("text", DIRECT)
def test_backward_ops_belong_to_the_op_that_class_names(text):
    """TensorFlow sets `_class` itself; for an AddN it names the op of the first summand."""
    graph, *_ = graph_of(text)
    trace, _ = trace_and_run(text, {"x": 0.7})
    for node in trace.gradient_nodes:
        if not node.needed or node.sums is not None:
            continue
        op = graph.get_operation_by_name(node.id)
        try:
            forward = op.get_attr("_class")[0].decode().removeprefix("loc:@")
        except ValueError:
            continue
        assert node.forward == forward or forward.startswith("gradients/")


@pytest.mark.parametrize(("text", "op"), [("h = 2*x; y = sin(h) + h^2", "mul"), ("tanh(x)/x", "x")])
def test_an_addn_belongs_to_the_op_whose_gradients_it_sums(text, op):
    trace, values = trace_and_run(text, {"x": 0.7})
    (addn,) = [node for node in trace.gradient_nodes if node.type == "AddN"]
    assert addn.forward == op
    assert addn.sums == f"{op}:0"
    assert trace.tensor_gradients[f"{op}:0"] == addn.tensor
    summands = sum(float(values[name]) for name in addn.inputs)
    assert float(values[addn.tensor]) == pytest.approx(summands, rel=1e-6)


def test_steps_go_backwards_without_constants():
    trace, _ = trace_and_run("sin(2*x) + 3", {})
    assert [step.op for step in trace.steps] == ["add", "Sin", "mul"]
    assert [slot.tensor for slot in trace.steps[2].inputs] == ["x:0"]
    assert [slot.tensor for slot in trace.steps[0].inputs] == ["Sin:0"]


def test_add_passes_its_gradient_on_without_an_op():
    trace, _ = trace_and_run("x + sin(y)", {})
    add = trace.steps[0]
    assert add.tf_ops == ()
    assert {slot.gradient_tensor for slot in add.inputs} == {add.upstream_tensor}


def test_x_times_x_has_two_slots():
    trace, _ = trace_and_run("x*x", {"x": 3.0})
    assert [(slot.slot, slot.tensor, slot.accumulated) for slot in trace.steps[0].inputs] == [
        (0, "x:0", True),
        (1, "x:0", True),
    ]


def test_wrt_omits_other_variables():
    trace, _ = trace_and_run("x*y", {}, wrt=["y"])
    assert list(trace.gradients) == ["y"]
    assert [slot.tensor for slot in trace.steps[0].inputs] == ["y:0"]


def test_a_vector_output_is_summed():
    trace, values = trace_and_run("x^2", {"x": [1.0, 2.0]})
    assert trace.summed
    np.testing.assert_array_equal(values[trace.gradients["x"].tensor], [2, 4])


def test_float64_is_computed_in_float64():
    trace, values = trace_and_run("sin(x)", {"x": 1}, "float64")
    assert values["Sin:0"].dtype == np.float64
    assert {node.dtype for node in trace.nodes} == {"float64"}


def test_a_trace_survives_the_pipe():
    trace, _ = trace_and_run("h = 2*x; y = sin(h) + h^2", {})
    assert Trace.from_dict(trace.to_dict()) == trace


def test_nodes_steps_and_slots_are_found_by_name_and_tensor():
    trace, _ = trace_and_run("h = sin(x)\nh*h + x*y", {"x": 0.5, "y": 2})
    before = trace.to_dict()
    for node in trace.nodes:
        assert trace.nodes_by_name[node.id] is trace.nodes_by_tensor[node.tensor] is node
    for step in trace.steps:
        assert trace.steps_by_op[step.op] is step
    tensors = {slot.tensor for step in trace.steps for slot in step.inputs}
    for tensor in tensors:
        standing = [(n, slot) for n, step in enumerate(trace.steps, 1) for slot in step.inputs if slot.tensor == tensor]
        assert trace.slots_of(tensor) == tuple(slot for _, slot in standing)
        assert trace.last_step_of(tensor) == standing[-1][0]
    assert (trace.slots_of(trace.output), trace.last_step_of(trace.output)) == ((), 0)
    assert trace.variable_of(trace.variables["y"]) == "y"
    assert trace.variable_of(trace.output) is None
    assert trace.to_dict() == before  # what was looked up is not sent


def test_new_values_need_no_new_graph():
    traced = trace_expression("sin(2*x)", {})
    values = dict(zip(traced.trace.fetches, traced.compute({"x": 0.25}), strict=True))
    traced.close()
    assert float(values["Sin:0"]) == pytest.approx(np.sin(0.5), rel=1e-6)


@pytest.mark.parametrize("failure", ["abandoned", "refused"])
def test_a_failed_trace_leaves_no_gradient_in_the_table(monkeypatch, failure):
    """A custom gradient that stays registered would keep its graph alive."""
    from tensorflow.python.framework import ops

    def raising(*_arguments):
        raise ExpressionError("no")

    checks = iter([lambda: None, raising]) if failure == "abandoned" else itertools.repeat(lambda: None)
    if failure == "refused":
        monkeypatch.setattr("explorer.engine.autodiff.tracing.call_session", raising)
    before = set(ops.gradient_registry._registry)
    with pytest.raises(ExpressionError):
        trace_expression("custom(sin(x), 2*x)", {}, check_abandoned=lambda: next(checks)())
    assert set(ops.gradient_registry._registry) == before


def test_a_replaced_gradient_function_is_used():
    """All numbers are TensorFlow's: they follow a changed entry of its table."""
    from tensorflow.python.framework import ops

    table = ops.gradient_registry._registry
    original = table["Sin"]

    def seven_times(op, grad):
        return grad * 7.0 * tf.cos(op.inputs[0])

    table["Sin"] = {**original, "type": seven_times}
    try:
        trace, values = trace_and_run("sin(2*x)", {"x": 1})
    finally:
        table["Sin"] = original
    (slot,) = trace.steps[0].inputs
    assert float(values[slot.local_tensor]) == pytest.approx(7 * np.cos(2), rel=1e-6)
    assert float(values[trace.gradients["x"].tensor]) == pytest.approx(14 * np.cos(2), rel=1e-6)
    assert "grad * 7.0" in trace.steps[0].source


def test_an_unreadable_table_gives_a_note_and_no_source(monkeypatch):
    monkeypatch.setattr(gradient_registry, "AVAILABLE", False)
    with tf.Graph().as_default():
        op = tf.sin(tf1.placeholder(tf.float32, ())).op
    source, note = gradient_registry.gradient_source(op)
    assert source is None
    assert note


def test_the_source_is_that_of_the_table_entry():
    trace, _ = trace_and_run("sin(x)", {})
    assert re.search(r"def _SinGrad\(op.*grad\)", trace.steps[0].source)
    assert "cos" in trace.steps[0].source


VECTOR, MATRIX = [0.5, -1.5], [[1.0, -2.0], [3.0, 0.25]]

# text: the same by hand from a map of placeholders, and where.
SEVERAL = {
    "h = 2*x; y = sin(h) + h^2": (lambda v: tf.sin(h := 2 * v["x"]) + h**2, {"x": 0.7}),
    "sin(x)*cos(y)": (lambda v: tf.sin(v["x"]) * tf.cos(v["y"]), {"x": 0.7, "y": 1.9}),
    "x^y": (lambda v: v["x"] ** v["y"], {"x": 0.7, "y": 1.9}),
    "sqrt(x^2 + y^2)": (lambda v: tf.sqrt(v["x"] ** 2 + v["y"] ** 2), {"x": 3.0, "y": 4.0}),
    "a = x*y; a*a + sin(a)": (lambda v: (a := v["x"] * v["y"]) * a + tf.sin(a), {"x": 0.7, "y": 1.9}),
    "max(x, y)*x - y": (lambda v: tf.maximum(v["x"], v["y"]) * v["x"] - v["y"], {"x": 0.7, "y": 1.9}),
    "atan2(y, x)/x": (lambda v: tf.atan2(v["y"], v["x"]) / v["x"], {"y": 1.9, "x": 0.7}),
    "x*x*x": (lambda v: v["x"] * v["x"] * v["x"], {"x": 0.7}),
    "softplus(x*y) - log(y)": (
        lambda v: tf.math.softplus(v["x"] * v["y"]) - tf.math.log(v["y"]), {"x": 0.7, "y": 1.9},
    ),
    "2*x + sin(y) + 3": (lambda v: 2 * v["x"] + tf.sin(v["y"]) + 3, {"x": 0.7, "y": 1.9}),
    "sum(x^2)*y": (lambda v: tf.reduce_sum(v["x"] ** 2) * v["y"], {"x": VECTOR, "y": 1.9}),
    "sum(tanh(W @ x + b))": (
        lambda v: tf.reduce_sum(tf.tanh(tf.linalg.matvec(v["W"], v["x"]) + v["b"])),
        {"W": MATRIX, "x": VECTOR, "b": [0.1, 0.2]},
    ),
    "x*sin(y)": (lambda v: v["x"] * tf.sin(v["y"]), {"x": VECTOR, "y": VECTOR}),
}  # fmt: skip


class Direct:
    """The same graph, built directly with TensorFlow, with all its ops and their values."""

    def __init__(self, text, wrt=None, dtype=tf.float32):
        make, self.point = SEVERAL[text]
        with tf.Graph().as_default() as self.graph:
            self.variables = {name: tf1.placeholder(dtype, np.shape(v), name=name) for name, v in self.point.items()}
            self.y = make(self.variables)
            self.forward = {op.name for op in self.graph.get_operations()}
            wrt_variables = [self.variables[name] for name in wrt or self.variables]
            self.gradients = tf.gradients(self.y, wrt_variables)
            self.ops = {op.name: op for op in self.graph.get_operations() if op.outputs}
            with tf1.Session(graph=self.graph) as session:
                tensors = {name: op.outputs[0] for name, op in self.ops.items()}
                self.values = session.run(tensors, {self.variables[name]: v for name, v in self.point.items()})

    def needed(self):
        return set().union(*[_ancestors(gradient.op) for gradient in self.gradients]) - self.forward


@pytest.mark.parametrize("text", SEVERAL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_by_all_variables_equal_those_of_tf_gradients(text, dtype):
    direct = Direct(text, dtype=getattr(tf, dtype))
    trace, values = trace_and_run(text, direct.point, dtype)
    needed = [node for node in trace.gradient_nodes if node.needed]
    assert {node.id for node in trace.nodes} == direct.forward
    assert {node.id for node in needed} == direct.needed()
    assert [info.tensor for info in trace.gradients.values()] == [tensor.name for tensor in direct.gradients]
    assert list(trace.gradients) == list(direct.point)
    for node in (*trace.nodes, *needed):
        op = direct.ops[node.id]
        assert (node.type, list(node.inputs)) == (op.type, [tensor.name for tensor in op.inputs])
        assert values[node.tensor].dtype == direct.values[node.id].dtype
        np.testing.assert_allclose(values[node.tensor], direct.values[node.id], rtol=1e-6)


@pytest.mark.parametrize("text", [text for text, (_, point) in SEVERAL.items() if len(point) > 1])
def test_only_the_ops_for_the_requested_variable_are_needed(text):
    name = list(SEVERAL[text][1])[-1]
    direct = Direct(text, [name])
    trace, values = trace_and_run(text, direct.point, wrt=[name])
    assert {node.id for node in trace.gradient_nodes if node.needed} == direct.needed()
    expected = direct.values[direct.gradients[0].op.name]
    np.testing.assert_allclose(values[trace.gradients[name].tensor], expected, rtol=1e-6)  # float32: one rounding


@pytest.mark.parametrize("text", SEVERAL)
def test_forward_ops_agree_with_class_and_name_scope(text):
    """TensorFlow's names and its attribute `_class` show independently which forward op a backward op belongs to."""
    direct = Direct(text)
    trace, _ = trace_and_run(text, direct.point)
    witnessed = 0
    for node in trace.gradient_nodes:
        scope = re.match(r"gradients/(\w+)_grad/", node.id)
        if not node.needed or not scope:
            continue
        assert node.forward == scope[1]
        named = [name.decode() for name in direct.ops[node.id].get_attr("_class")] if _has_class(direct, node) else []
        assert named in ([], [f"loc:@{node.forward}"])
        witnessed += len(named)
    assert witnessed


def _has_class(direct, node):
    return "_class" in direct.ops[node.id].node_def.attr


@pytest.mark.parametrize("text", SEVERAL)
def test_every_addn_sums_the_gradients_of_its_tensor(text):
    direct = Direct(text)
    trace, values = trace_and_run(text, direct.point)
    for node in trace.gradient_nodes:
        if node.type != "AddN" or not node.needed:
            assert node.sums is None
            continue
        assert node.sums == f"{node.forward}:0"
        arriving = [slot.gradient_tensor for step in trace.steps for slot in step.inputs if slot.tensor == node.sums]
        assert sorted(arriving) == sorted(node.inputs)
        with direct.graph.as_default(), tf1.Session() as session:
            total = tf.gradients(direct.y, [direct.graph.get_tensor_by_name(node.sums)])[0]
            expected = session.run(total, {direct.variables[name]: v for name, v in direct.point.items()})
        np.testing.assert_allclose(values[node.tensor], expected, rtol=1e-6)


@pytest.mark.parametrize("text", SEVERAL)
def test_steps_are_all_ops_on_a_path_with_the_latest_first(text):
    direct = Direct(text)
    trace, values = trace_and_run(text, direct.point)
    variables = set(direct.point)
    on_path = [op for name, op in direct.ops.items() if name in direct.forward and _ancestors(op) & variables]
    assert [step.op for step in trace.steps] == [op.name for op in reversed(on_path) if op.name not in variables]
    for step in trace.steps:
        inputs = direct.ops[step.op].inputs
        assert [slot.slot for slot in step.inputs] == [
            slot for slot, tensor in enumerate(inputs) if _ancestors(tensor.op) & variables
        ]
        assert [slot.tensor for slot in step.inputs] == [inputs[slot.slot].name for slot in step.inputs]
        assert set(step.tf_ops) == {name for name in direct.needed() if name.startswith(f"gradients/{step.op}_grad/")}
        with direct.graph.as_default(), tf1.Session() as session:
            upstream = tf.gradients(direct.y, [direct.ops[step.op].outputs[0]])[0]
            expected = session.run(upstream, {direct.variables[name]: v for name, v in direct.point.items()})
        np.testing.assert_allclose(values[step.upstream_tensor], expected, rtol=1e-6)


@pytest.mark.parametrize("text", SEVERAL)
def test_nodes_come_after_their_inputs(text):
    trace, _ = trace_and_run(text, SEVERAL[text][1])
    earlier = set()
    for node in trace.nodes:
        assert set(node.inputs) <= earlier
        earlier.add(node.tensor)


def test_x_times_x_has_two_edges():
    trace, _ = trace_and_run("x*x", {})
    assert op_graph(trace.nodes).number_of_edges("x", "mul") == 2


def test_the_gradient_of_the_output_is_one():
    trace, values = trace_and_run("x*sin(y)", {"x": VECTOR, "y": VECTOR})
    assert trace.summed
    np.testing.assert_array_equal(values[trace.steps[0].upstream_tensor], [1, 1])
