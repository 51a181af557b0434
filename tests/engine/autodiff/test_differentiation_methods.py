"""Tangents compared with `tf.autodiff.ForwardAccumulator`, paths with networkx, sums with GradientTape."""

import networkx as nx
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.autodiff.paths import (
    MAX_PATHS,
    count_passes,
    count_paths,
    edges_from_variable,
    gradient_edges,
    list_paths,
)
from explorer.core.autodiff.trace import op_of
from explorer.engine.autodiff.forward_mode import compute_tangents
from explorer.engine.autodiff.tracing import trace_expression
from explorer.engine.in_process import trace_and_run


def fan(x, y):
    p = x * y
    s = tf.sin(p)
    return {"mul:0": p, "Sin:0": s, "add:0": p + s}


def deep(x, y):
    h = tf.tanh(x) * y
    e = tf.exp(h)
    return {"Tanh:0": tf.tanh(x), "mul:0": h, "Exp:0": e, "truediv:0": e / x}


def vectors(x, y):
    p = x * y
    return {"mul:0": p, "Softmax:0": tf.nn.softmax(p), "mul_1:0": tf.nn.softmax(p) * x}


CASES = [
    ("h = x*y; h + sin(h)", fan, {"x": 0.6, "y": 1.4}),
    ("exp(tanh(x)*y)/x", deep, {"x": 0.6, "y": 1.4}),
    ("softmax(x*y)*x", vectors, {"x": [0.5, -1.0, 2.0], "y": 1.4}),
]


@pytest.mark.parametrize(("text", "function", "point"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("variable", ["x", "y"])
def test_tangents_equal_those_of_a_forward_accumulator(text, function, point, variable):
    inputs = {name: tf.constant(value, tf.float64) for name, value in point.items()}
    with tf.autodiff.ForwardAccumulator(inputs[variable], tf.ones_like(inputs[variable])) as accumulator:
        tensors = function(**inputs)
    expected = {name: accumulator.jvp(tensor) for name, tensor in tensors.items()}
    traced = trace_expression(text, point, "float64")
    found = compute_tangents(traced, variable, point)
    for name, tangent in expected.items():
        if tangent is None:
            assert name not in found
        else:
            np.testing.assert_allclose(found[name], tangent.numpy(), rtol=1e-10, atol=1e-13)
    assert np.all(found[traced.trace.variables[variable]] == 1)
    moved = {**point, variable: (np.asarray(point[variable]) + 0.5).tolist()}  # the same graph at another point
    inputs[variable] = tf.constant(moved[variable], tf.float64)
    with tf.autodiff.ForwardAccumulator(inputs[variable], tf.ones_like(inputs[variable])) as accumulator:
        last = list(function(**inputs).items())[-1]
    tangents = compute_tangents(traced, variable, moved)
    np.testing.assert_allclose(tangents[last[0]], accumulator.jvp(last[1]).numpy(), rtol=1e-10, atol=1e-13)
    traced.close()


def test_no_tangent_passes_a_stop_gradient_and_a_custom_gradient_gives_its_own():
    traced = trace_expression("custom(x^2, 3*x) + stop_gradient(x)", {"x": 2.0}, "float64")
    found = compute_tangents(traced, "x", {"x": 2.0})
    assert "StopGradient:0" not in found
    assert float(found["add:0"]) == 6.0
    traced.close()


def test_a_derivative_has_tangents():
    traced = trace_expression("x^3", {"x": 2.0}, "float64", differentiated_by=["x"])
    found = compute_tangents(traced, "x", {"x": 2.0})
    assert float(found[traced.trace.output]) == 12.0  # 6x
    traced.close()


PATHS = ["x*x", "x*y + sin(x*y)", "a = x*x; b = a*sin(a); b*b", "x + floor(x)*x", "x*stop_gradient(x)", "sin(2*x)"]


@pytest.mark.parametrize("text", PATHS)
def test_paths_equal_those_of_networkx(text):
    trace, values = trace_and_run(text, {"x": 0.6, "y": 1.4}, "float64")
    graph = nx.MultiDiGraph()
    for step in trace.steps:
        for slot in step.inputs:
            if slot.gradient_tensor is not None:
                graph.add_edge(op_of(slot.tensor), step.op, key=slot.slot, local=float(values[slot.local_tensor]))
    for variable, info in trace.gradients.items():
        if info.tensor is None:
            continue
        source, target = op_of(trace.variables[variable]), op_of(trace.output)
        simple = list(nx.all_simple_edge_paths(graph, source, target))
        listed = list_paths(trace, variable)
        ours = {tuple((op_of(edge.tensor), edge.op, edge.slot) for edge in path.edges) for path in listed}
        assert ours == {tuple(path) for path in simple}
        counts = count_paths(trace, variable)
        assert counts.paths == len(simple) == len(listed)
        assert counts.edge_visits == sum(map(len, simple))
        assert counts.edges == len({edge for path in simple for edge in path})
        products = [path.product(values) for path in listed]
        expected = [float(np.prod([graph.edges[edge]["local"] for edge in path])) for path in simple]
        assert sorted(products) == pytest.approx(sorted(expected))
        assert sum(products) == pytest.approx(float(values[info.tensor]))
        assert {path.ops[0] for path in listed} == {source}


def test_the_sum_over_all_paths_equals_the_gradient_of_a_tape():
    text = "a = x*x; b = a*sin(a) + a; b*b*x"
    x = tf.constant(0.7, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        a = x * x
        b = a * tf.sin(a) + a
        y = b * b * x
    trace, values = trace_and_run(text, {"x": 0.7}, "float64")
    products = [path.product(values) for path in list_paths(trace, "x")]
    assert sum(products) == pytest.approx(float(tape.gradient(y, x)), rel=1e-12)


def test_the_number_of_paths_is_exact_for_large_numbers():
    depth = 90
    text = "; ".join(["a0 = x*x", *(f"a{k} = a{k - 1}*a{k - 1}" for k in range(1, depth)), f"a{depth - 1}"])
    trace, _ = trace_and_run(text, {"x": 1.0})
    counts = count_paths(trace, "x")
    assert counts.paths == 2**depth  # each squaring doubles them
    assert counts.edges == 2 * depth
    assert counts.edge_visits == depth * 2**depth
    assert len(list_paths(trace, "x")) == MAX_PATHS


def test_passes_and_products_of_both_modes_are_counted():
    trace, values = trace_and_run("x*y + sin(x*y)", {"x": 0.6, "y": 1.4})
    # mul, mul_1 and add have two argument slots each, sin one; x reaches five of the seven, and so does y.
    assert [len(edges_from_variable(trace, name)) for name in "xy"] == [5, 5]
    counts = count_passes(trace, values)
    assert (counts.inputs, counts.outputs, counts.edges, counts.forward, counts.reverse) == (2, 1, 7, 10, 7)
    trace, values = trace_and_run("sin(W @ x)", {"W": [[1, 2], [3, 4], [5, 6]], "x": [1, 2]})
    counts = count_passes(trace, values)
    assert (counts.inputs, counts.outputs) == (8, 3)
    assert counts.reverse == 3 * len(list(gradient_edges(trace)))
