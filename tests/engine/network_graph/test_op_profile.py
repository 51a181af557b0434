"""Time and memory of each op, from the run metadata of a step that TensorFlow ran."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.data.dataset import load_sample
from explorer.core.errors import UserError
from explorer.engine.network_graph.op_profile import _graph_with_variables, profile_ops, read_run_metadata
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.tracing import trace_network
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.services.network_graph import NetworkGraphService


@pytest.fixture(scope="module")
def cnn():
    traced = trace_model(create_model("cnn"), "cnn")
    images = np.float32(load_sample().x_train[:32]).reshape(traced.specs[0].shape) / 255
    return traced, images, np.int32(load_sample().y_train[:32])


@pytest.fixture(scope="module")
def profile(cnn):
    return profile_ops(*cnn)


def find_op(traced, type_, group):
    return next(op.id for op in traced.graph.ops if op.type == type_ and traced.graph.group_of[op.id] == group)


def test_every_op_that_runs_has_a_profile(cnn, profile):
    """Exceptions are placeholders, ops that no gradient of a weight needs, and ops that oneDNN fuses with the next."""
    traced, *_ = cnn
    missing = [op for op in traced.graph.shown_ops if op.id not in profile]
    not_needed = {"Placeholder", "NoOp", "Softmax", "ZerosLike"}  # the loss is computed from logits
    for op in missing:
        group = traced.graph.group_of[op.id]
        if op.type == "Conv2DBackpropInput":
            assert group == "conv_1"  # the gradient of the images is not requested
        elif op.type in ("Conv2D", "BiasAddGrad"):
            other = {"Conv2D": "BiasAdd", "BiasAddGrad": "Conv2DBackpropFilter"}[op.type]
            assert find_op(traced, other, group) in profile
        else:
            assert op.type in not_needed
    assert len(missing) < len(profile) / 3
    assert all(cost.seconds >= 0 for cost in profile.values())
    assert sum(cost.seconds for cost in profile.values()) > 0


def test_an_op_requests_the_memory_of_its_output(cnn, profile):
    """The output of a convolution has four bytes for each number of its shape."""
    traced, *_ = cnn
    names = [find_op(traced, type_, "conv_1") for type_ in ("Conv2D", "BiasAdd")]  # oneDNN may fuse the two
    first = next(profile[name] for name in names if name in profile)
    output_bytes = 32 * 26 * 26 * 32 * 4
    assert output_bytes <= first.bytes < 1.1 * output_bytes  # oneDNN's own memory depends on the processor
    filters = profile[find_op(traced, "Conv2DBackpropFilter", "conv_2")]
    assert filters.bytes >= 3 * 3 * 32 * 64 * 4


def loss_of_profiled_step(traced, images, labels):
    graph, assign, feeds = _graph_with_variables(traced)
    with tf.compat.v1.Session(graph=graph) as session:
        for operation, value in assign:
            session.run(operation, {operation.inputs[1]: value})
        return session.run(
            f"{traced.loss}:0", {f"{traced.specs[0].name}:0": images, f"{traced.specs[1].name}:0": labels} | feeds
        )


def keras_loss(traced, images, labels):
    return np.mean(keras.losses.sparse_categorical_crossentropy(labels, traced.model(images, training=True)))


def test_the_profiled_step_has_the_weights_of_the_network(cnn):
    """Its loss is that of the Keras model."""
    assert loss_of_profiled_step(*cnn) == pytest.approx(float(keras_loss(*cnn)), rel=1e-5)


LAYERS = keras.layers

LOOPS = {
    "LSTM": lambda: LAYERS.LSTM(6),
    "GRU": lambda: LAYERS.GRU(6, return_sequences=True),
    "SimpleRNN, backwards": lambda: LAYERS.SimpleRNN(6, go_backwards=True),
    "Bidirectional": lambda: LAYERS.Bidirectional(LAYERS.LSTM(3, return_sequences=True)),
    "RNN of cells": lambda: LAYERS.RNN([LAYERS.LSTMCell(4), LAYERS.GRUCell(6)]),
    "TimeDistributed": lambda: LAYERS.TimeDistributed(LAYERS.Dense(6)),
}


class Captures(LAYERS.Layer):
    """A layer with a condition, and with a large constant, which its graph captures."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 6))
        self.constant = tf.constant(np.linspace(0, 1, shape[1] * 600, dtype=np.float32).reshape(shape[1], 600))

    def call(self, x):
        y = tf.matmul(x, self.kernel)
        y = tf.cond(
            tf.reduce_sum(y) > 0, lambda: tf.sin(y), lambda: tf.matmul(y, tf.transpose(self.kernel) @ self.kernel)
        )
        return y * tf.reduce_sum(self.constant)


def sequence_network(layer, words=False):
    x = source = keras.Input((9,), dtype="int32") if words else keras.Input((9, 5))
    x = layer(LAYERS.Embedding(11, 5)(x) if words else x)
    return keras.Model(source, LAYERS.Dense(3, activation="softmax")(LAYERS.Flatten()(x)))


QUICK = [("LSTM", True), ("Bidirectional", False)]


@pytest.mark.parametrize(
    ("kind", "words"),
    [*QUICK, *(pytest.param(kind, kind != "LSTM", marks=pytest.mark.slow) for kind in LOOPS)],
)
def test_a_network_with_a_loop_has_a_profile(kind, words):
    """Each loop has the time of its iterations, and at least the memory of what its products return."""
    traced = trace_network(sequence_network(LOOPS[kind](), words), 4)
    rng = np.random.default_rng(2)
    images = rng.integers(0, 11, (4, 9)) if words else rng.normal(size=(4, 9, 5)).astype(np.float32)
    images, labels = images.astype(traced.specs[0].dtype.as_numpy_dtype), np.int32(rng.integers(0, 3, 4))
    profile = profile_ops(traced, images, labels)
    assert loss_of_profiled_step(traced, images, labels) == pytest.approx(
        float(keras_loss(traced, images, labels)), rel=1e-5
    )
    loops = [op.id for op in traced.graph.ops if "While" in op.type]
    assert loops or kind == "TimeDistributed"
    for name in loops:
        assert profile[name].seconds > 0
        assert profile[name].bytes >= 9 * 4 * 3 * 4  # iterations, batch, the smallest cell, bytes of a number
    others = [op for op in traced.graph.shown_ops if op.id not in profile]
    assert len(others) < len(profile)


@pytest.mark.parametrize(
    ("sign", "forward_numbers", "backward_numbers"),
    [
        (1, 4 * 9 * 6, 0),  # the sine; the one of its gradient needs no memory of its own
        (-1, 6 * 5 + 6 * 6 + 4 * 9 * 6, 4 * 9 * 6 + 6 * 6 + 2 * 5 * 6),  # a transpose and two products
    ],
    ids=["the sine runs", "the products run"],
)
def test_a_network_with_a_condition_and_captured_constants_has_a_profile(sign, forward_numbers, backward_numbers):
    """Each condition has at least the memory of what the ops of the branch that ran return."""
    network, rng = sequence_network(Captures()), np.random.default_rng(2)
    images = rng.uniform(0.1, 1, (4, 9, 5)).astype(np.float32)
    kernel = sign * rng.uniform(0.1, 0.5, (5, 6))  # the sum in the condition has its sign
    network.set_weights([kernel, rng.normal(0, 1e-3, (54, 3)), np.zeros(3)])  # a loss of about 10
    traced = trace_network(network, 4)
    labels = np.zeros(4, np.int32)
    profile = profile_ops(traced, images, labels)
    assert loss_of_profiled_step(traced, images, labels) == pytest.approx(
        float(keras_loss(traced, images, labels)), rel=1e-5
    )
    conditions = [op.id for op in traced.graph.ops if op.type in ("If", "StatelessIf")]
    assert len(conditions) == 2  # and the one of the backward pass
    assert all(name in profile for name in conditions)
    backward, forward = sorted(conditions, key=lambda name: not name.startswith("gradients/"))
    assert profile[forward].bytes >= 4 * forward_numbers
    assert profile[backward].bytes >= 4 * backward_numbers


def test_a_network_with_a_table_is_refused_in_a_sentence():
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1, 2], [0.5, 0.25]), 1.0)
    source = keras.Input((9,), dtype="int32")
    looked_up = LAYERS.Lambda(lambda x: table.lookup(x), output_shape=(9,), name="words")(source)
    traced = trace_network(keras.Model(source, LAYERS.Dense(3, activation="softmax")(looked_up)), 4)
    with pytest.raises(UserError) as refused:
        profile_ops(traced, np.zeros((4, 9), np.int32), np.zeros(4, np.int32))
    assert str(refused.value) == (
        "Time and memory of this network are not measured, because the layer “words” uses a look-up table, or another "
        "resource that is no variable. Save the model without it, and feed the numbers that it gives."
    )


def test_profiling_changes_no_weight():
    traced = trace_model(create_model("mlp"), "mlp")
    before = [np.array(weight) for weight in traced.model.get_weights()]
    images = np.float32(load_sample().x_train[:32]).reshape(traced.specs[0].shape) / 255
    profile_ops(traced, images, np.int32(load_sample().y_train[:32]))
    for one, other in zip(before, traced.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_run_metadata_are_added_up_by_op(cnn):
    traced, *_ = cnn
    name = find_op(traced, "Conv2D", "conv_1")
    metadata = tf.compat.v1.RunMetadata()
    device = metadata.step_stats.dev_stats.add()
    for node_name, start, end, size in ((name, 10, 260, 4096), (f"{name}:Conv2D", 300, 350, 100), ("_SOURCE", 0, 9, 1)):
        node = device.node_stats.add(node_name=node_name, op_start_rel_micros=start, op_end_rel_micros=end)
        node.memory.add(total_bytes=size)
    (profile,) = read_run_metadata(metadata, traced).values()
    assert profile.seconds == pytest.approx(300e-6)
    assert profile.bytes == 4196


def test_a_group_has_the_sum_of_its_ops():
    data = DataService(lambda _message: None)
    service = NetworkGraphService(ModelService(data), data)
    number = service.open({"source": "cnn"})["graph"]
    closed = service.profile({"graph": number, "level": 0})
    assert sum(node["seconds"] for node in closed["nodes"].values()) == pytest.approx(closed["total"]["seconds"])
    assert sum(node["bytes"] for node in closed["nodes"].values()) == closed["total"]["bytes"]
    everything = service.profile({"graph": number, "level": 9, "helpers": True, "backward": True})
    assert everything["total"] == closed["total"]  # measured once
    ops = service._open.traced.graph
    inside = [node["bytes"] for name, node in everything["nodes"].items() if ops.group_of.get(name) == "conv_2"]
    assert sum(inside) == closed["nodes"]["conv_2"]["bytes"]
