"""TensorFlow's look-up table of gradients: what it says is what is shown, and what it hides is not invented."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from explorer.core.ops.table import ops_by_type
from explorer.engine.in_process import explain_once
from explorer.engine.tf_adapter import gradient_registry

tf1 = tf.compat.v1


@contextmanager
def entry(kind, function):
    """Another gradient function in TensorFlow's own table, for a while."""
    table = ops.gradient_registry._registry
    kept = table[kind]
    table[kind] = {**kept, "type": function}
    try:
        yield
    finally:
        table[kind] = kept


def seven(op, grad):
    return grad * 7


def numbers(text, point, dtype="float32"):
    trace, values = explain_once(text, point, dtype)
    (slot,) = trace.steps[0].inputs
    return trace, float(values[slot.local_tensor]), float(values[trace.gradients["x"].tensor])


def test_a_replaced_entry_is_followed_and_the_old_one_returns():
    with entry("Sin", seven):
        trace, local, gradient = numbers("sin(2*x)", {"x": 1})
    assert (local, gradient) == (7.0, 14.0)
    assert trace.steps[0].source == "def seven(op, grad):\n    return grad * 7\n"
    assert trace.steps[0].source_note is None
    trace, local, gradient = numbers("sin(2*x)", {"x": 1})
    assert (local, gradient) == pytest.approx((np.cos(2), 2 * np.cos(2)), rel=1e-6)
    assert "_SinGrad" in trace.steps[0].source


def test_a_replaced_entry_shows_its_own_ops():
    with entry("Sin", seven):
        trace, _, _ = numbers("sin(2*x)", {"x": 1})
    built = [node.type for node in trace.gradient_nodes if node.forward == "Sin" and node.id in trace.steps[0].tf_ops]
    assert "Mul" in built
    assert "Cos" not in built
    assert all(name.startswith("gradients/Sin_grad/") for name in trace.steps[0].tf_ops)


def test_the_symbol_stays_ours():
    with entry("Sin", seven):
        trace, _, _ = numbers("sin(2*x)", {"x": 1})
    assert trace.steps[0].inputs[0].local_formula == "cos(2*x)"


def test_an_upstream_of_ones_asks_the_entry_at_every_entry_of_a_vector():
    with entry("Sin", seven):
        trace, values = explain_once("sin(x)", {"x": [1.0, 2.0, 3.0]})
    np.testing.assert_array_equal(values[trace.steps[0].inputs[0].local_tensor], [7, 7, 7])


def test_a_function_without_readable_source_gets_a_note():
    made = {}
    exec("def hidden(op, grad):\n    return grad * 3", made)
    with entry("Sin", made["hidden"]):
        trace, local, gradient = numbers("sin(2*x)", {"x": 1})
    assert trace.steps[0].source is None
    assert "Sin" in trace.steps[0].source_note
    assert "cannot be read" in trace.steps[0].source_note
    assert (local, gradient) == (3.0, 6.0)


def test_no_entry_is_a_note():
    with tf.Graph().as_default():
        op = tf1.placeholder(tf.float32, (), name="x").op
        asked = tf.raw_ops.Bincount(arr=[1], size=2, weights=[1.0]).op
    assert gradient_registry.gradient_function(asked) is None
    source, note = gradient_registry.gradient_source(asked)
    assert source is None
    assert "Bincount" in note
    assert gradient_registry.gradient_source(op)[0] is None


def test_a_flat_op_has_no_gradient_and_says_so():
    trace, _ = explain_once("floor(x)", {"x": 1.5})
    assert trace.steps[0].inputs[0].gradient_tensor is None
    assert trace.gradients["x"].tensor is None
    assert "Floor" in trace.gradients["x"].note


def test_a_recording_tells_upstream_gradients_and_ops():
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


def test_nothing_is_recorded_outside_or_in_another_thread():
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


def test_a_recording_ends_with_an_error():
    def differentiate(calls):
        with gradient_registry.record_calls() as now:
            calls.append(now)
            raise ValueError

    seen = []
    with pytest.raises(ValueError, match=r"^$"):
        differentiate(seen)
    with tf.Graph().as_default():
        x = tf1.placeholder(tf.float32, ())
        tf.gradients(tf.sin(x), [x])
    assert seen == [[]]


def test_a_tensorflow_without_the_table_still_has_gradients(monkeypatch):
    monkeypatch.setattr(ops, "get_gradient_function", gradient_registry._look_up)
    monkeypatch.setattr(gradient_registry, "_look_up", None)
    monkeypatch.setattr(gradient_registry, "AVAILABLE", False)
    trace, values = explain_once("sin(2*x)", {"x": 1})
    assert float(values[trace.gradients["x"].tensor]) == pytest.approx(2 * np.cos(2), rel=1e-6)
    assert trace.gradients["x"].chain is None
    assert trace.gradients["x"].note == gradient_registry.NOT_AVAILABLE_MESSAGE


def test_the_sources_of_all_rows_are_read_beforehand():
    gradient_registry._sources.clear()
    gradient_registry.preload_sources(list(ops_by_type()))
    assert any("def _SinGrad(" in source for source in gradient_registry._sources.values())
    assert len(gradient_registry._sources) > 30
