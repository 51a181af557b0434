"""TensorFlow's table of gradient functions: its entries are shown, and nothing is invented where they are hidden."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from explorer.core.ops.table import ops_by_type
from explorer.engine.in_process import trace_and_run
from explorer.engine.tf_adapter import gradient_registry

tf1 = tf.compat.v1


@contextmanager
def replaced_entry(kind, function):
    """Replace a gradient function in TensorFlow's own table."""
    table = ops.gradient_registry._registry
    original = table[kind]
    table[kind] = {**original, "type": function}
    try:
        yield
    finally:
        table[kind] = original


def times_seven(op, grad):
    return grad * 7


def explain(text, point, dtype="float32"):
    trace, values = trace_and_run(text, point, dtype)
    (slot,) = trace.steps[0].inputs
    return trace, float(values[slot.local_tensor]), float(values[trace.gradients["x"].tensor])


def test_a_replaced_entry_is_used_until_it_is_restored():
    with replaced_entry("Sin", times_seven):
        trace, local, gradient = explain("sin(2*x)", {"x": 1})
    assert (local, gradient) == (7.0, 14.0)
    assert trace.steps[0].source == "def times_seven(op, grad):\n    return grad * 7\n"
    assert trace.steps[0].source_note is None
    trace, local, gradient = explain("sin(2*x)", {"x": 1})
    assert (local, gradient) == pytest.approx((np.cos(2), 2 * np.cos(2)), rel=1e-6)
    assert "_SinGrad" in trace.steps[0].source


def test_a_replaced_entry_shows_its_own_ops():
    with replaced_entry("Sin", times_seven):
        trace, _, _ = explain("sin(2*x)", {"x": 1})
    built = [node.type for node in trace.gradient_nodes if node.forward == "Sin" and node.id in trace.steps[0].tf_ops]
    assert "Mul" in built
    assert "Cos" not in built
    assert all(name.startswith("gradients/Sin_grad/") for name in trace.steps[0].tf_ops)


def test_the_formula_is_that_of_our_own_table():
    with replaced_entry("Sin", times_seven):
        trace, _, _ = explain("sin(2*x)", {"x": 1})
    assert trace.steps[0].inputs[0].local_formula == "cos(2*x)"


def test_local_derivatives_of_a_vector_are_computed_for_each_entry():
    with replaced_entry("Sin", times_seven):
        trace, values = trace_and_run("sin(x)", {"x": [1.0, 2.0, 3.0]})
    np.testing.assert_array_equal(values[trace.steps[0].inputs[0].local_tensor], [7, 7, 7])


def test_a_function_without_readable_source_gets_a_note():
    namespace = {}
    exec("def hidden(op, grad):\n    return grad * 3", namespace)
    with replaced_entry("Sin", namespace["hidden"]):
        trace, local, gradient = explain("sin(2*x)", {"x": 1})
    assert trace.steps[0].source is None
    assert "Sin" in trace.steps[0].source_note
    assert "cannot be read" in trace.steps[0].source_note
    assert (local, gradient) == (3.0, 6.0)


def test_a_missing_entry_gives_a_note():
    with tf.Graph().as_default():
        op = tf1.placeholder(tf.float32, (), name="x").op
        bincount = tf.raw_ops.Bincount(arr=[1], size=2, weights=[1.0]).op
    assert gradient_registry.gradient_function(bincount) is None
    source, note = gradient_registry.gradient_source(bincount)
    assert source is None
    assert "Bincount" in note
    assert gradient_registry.gradient_source(op)[0] is None


def test_a_step_function_has_no_gradient_and_a_note():
    trace, _ = trace_and_run("floor(x)", {"x": 1.5})
    assert trace.steps[0].inputs[0].gradient_tensor is None
    assert trace.gradients["x"].tensor is None
    assert "Floor" in trace.gradients["x"].note


def test_a_recording_has_upstream_gradients_and_built_ops():
    with tf.Graph().as_default() as graph:
        x = tf1.placeholder(tf.float32, (), name="x")
        y = tf.sin(x * x)
        with gradient_registry.record_calls() as calls:
            (slope,) = tf.gradients(y, [x])
    assert [call.op.type for call in calls] == ["Sin", "Mul"]
    sine, product = calls
    assert [len(sine.upstream), len(product.upstream)] == [1, 1]
    assert product.upstream[0] is sine.gradients[0]
    assert [gradient.op.name for gradient in product.gradients] == [t.op.name for t in slope.op.inputs]
    for call in calls:
        assert call.built_ops
        assert {graph.get_operation_by_name(name).get_attr("_class")[0] for name in call.built_ops} == {
            f"loc:@{call.op.name}".encode()
        }


def test_nothing_is_recorded_after_its_end_or_in_another_thread():
    def differentiate():
        with tf.Graph().as_default():
            x = tf1.placeholder(tf.float32, ())
            tf.gradients(tf.sin(x), [x])

    with gradient_registry.record_calls() as calls:
        thread = threading.Thread(target=differentiate)
        thread.start()
        thread.join()
    differentiate()
    assert calls == []


def test_an_error_ends_a_recording():
    def differentiate(calls):
        with gradient_registry.record_calls() as recorded:
            calls.append(recorded)
            raise ValueError

    recordings = []
    with pytest.raises(ValueError, match=r"^$"):
        differentiate(recordings)
    with tf.Graph().as_default():
        x = tf1.placeholder(tf.float32, ())
        tf.gradients(tf.sin(x), [x])
    assert recordings == [[]]


def test_a_tensorflow_without_the_table_still_has_gradients(monkeypatch):
    monkeypatch.setattr(ops, "get_gradient_function", gradient_registry._look_up)
    monkeypatch.setattr(gradient_registry, "_look_up", None)
    monkeypatch.setattr(gradient_registry, "AVAILABLE", False)
    trace, values = trace_and_run("sin(2*x)", {"x": 1})
    assert float(values[trace.gradients["x"].tensor]) == pytest.approx(2 * np.cos(2), rel=1e-6)
    assert trace.gradients["x"].chain is None
    assert trace.gradients["x"].note == gradient_registry.NOT_AVAILABLE_MESSAGE


def test_the_sources_of_all_ops_are_preloaded():
    gradient_registry._sources.clear()
    gradient_registry.preload_sources(list(ops_by_type()))
    assert any("def _SinGrad(" in source for source in gradient_registry._sources.values())
    assert len(gradient_registry._sources) > 30
