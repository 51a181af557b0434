"""Time and memory of each op, from the run metadata of a step that TensorFlow really made."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.data.dataset import sample
from explorer.engine.network_graph.op_profile import _with_weights_fed, profile_ops, read_run_metadata
from explorer.engine.network_graph.sources import model_of, traced_of
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.services.network_graph import NetworkGraphService


@pytest.fixture(scope="module")
def cnn():
    traced = traced_of(model_of("cnn"), "cnn")
    images = np.float32(sample().x_train[:32]).reshape(traced.specs[0].shape) / 255
    return traced, images, np.int32(sample().y_train[:32])


@pytest.fixture(scope="module")
def profile(cnn):
    return profile_ops(*cnn)


def name_of(traced, type_, group):
    return next(op.id for op in traced.graph.ops if op.type == type_ and traced.graph.group_of[op.id] == group)


def test_every_op_that_computes_has_been_measured(cnn, profile):
    """But for what is fed, what no gradient of a weight needs, and what oneDNN takes together with the op after it."""
    traced, *_ = cnn
    missing = [op for op in traced.graph.shown_ops if op.id not in profile]
    not_needed = {"Placeholder", "NoOp", "Softmax", "ZerosLike"}  # the loss takes logits
    for op in missing:
        group = traced.graph.group_of[op.id]
        if op.type == "Conv2DBackpropInput":
            assert group == "conv_1"  # nobody asks for the gradient of the images
        elif op.type in ("Conv2D", "BiasAddGrad"):
            other = {"Conv2D": "BiasAdd", "BiasAddGrad": "Conv2DBackpropFilter"}[op.type]
            assert name_of(traced, other, group) in profile
        else:
            assert op.type in not_needed
    assert len(missing) < len(profile) / 3
    assert all(cost.seconds >= 0 for cost in profile.values())
    assert sum(cost.seconds for cost in profile.values()) > 0


def test_an_op_asks_for_the_memory_of_what_it_gives(cnn, profile):
    """Float32 has four bytes: what a convolution gives is as large as its shape says."""
    traced, *_ = cnn
    names = [name_of(traced, type_, "conv_1") for type_ in ("Conv2D", "BiasAdd")]  # of these two one can be both
    first = next(profile[name] for name in names if name in profile)
    given = 32 * 26 * 26 * 32 * 4
    assert given <= first.bytes < 1.1 * given  # oneDNN takes service for notes of its own, on each processor another
    filters = profile[name_of(traced, "Conv2DBackpropFilter", "conv_2")]
    assert filters.bytes >= 3 * 3 * 32 * 64 * 4


def test_the_step_that_is_measured_is_that_of_the_network(cnn):
    """Its weights are fed to it: the loss is that of the Keras model."""
    traced, images, labels = cnn
    graph, weights = _with_weights_fed(traced)
    assert len(weights) == len(traced.model.weights)
    with tf.compat.v1.Session(graph=graph) as session:
        loss = session.run(f"{traced.loss}:0", {"images:0": images, "labels:0": labels} | weights)
    each = keras.losses.sparse_categorical_crossentropy(labels, traced.model(images, training=True))
    assert loss == pytest.approx(float(np.mean(each)), rel=1e-5)


def test_nothing_is_changed_by_measuring():
    traced = traced_of(model_of("mlp"), "mlp")
    before = [np.array(weight) for weight in traced.model.get_weights()]
    images = np.float32(sample().x_train[:32]).reshape(traced.specs[0].shape) / 255
    profile_ops(traced, images, np.int32(sample().y_train[:32]))
    for one, other in zip(before, traced.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_metadata_say_is_read_as_it_stands(cnn):
    traced, *_ = cnn
    name = name_of(traced, "Conv2D", "conv_1")
    metadata = tf.compat.v1.RunMetadata()
    device = metadata.step_stats.dev_stats.add()
    for told, start, end, count in ((name, 10, 260, 4096), (f"{name}:Conv2D", 300, 350, 100), ("_SOURCE", 0, 9, 1)):
        node = device.node_stats.add(node_name=told, op_start_rel_micros=start, op_end_rel_micros=end)
        node.memory.add(total_bytes=count)
    (cost,) = read_run_metadata(metadata, traced).values()
    assert cost.seconds == pytest.approx(300e-6)
    assert cost.bytes == 4196


def test_groups_have_what_is_in_them():
    data = DataService(lambda _message: None)
    service = NetworkGraphService(ModelService(data), data)
    number = service.open({"source": "cnn"})["graph"]
    closed = service.profile({"graph": number, "level": 0})
    assert sum(told["seconds"] for told in closed["nodes"].values()) == pytest.approx(closed["whole"]["seconds"])
    assert sum(told["bytes"] for told in closed["nodes"].values()) == closed["whole"]["bytes"]
    everything = service.profile({"graph": number, "level": 9, "helpers": True, "backward": True})
    assert everything["whole"] == closed["whole"]  # it was measured once
    ops = service._open.traced.graph
    inside = [told["bytes"] for name, told in everything["nodes"].items() if ops.group_of.get(name) == "conv_2"]
    assert sum(inside) == closed["nodes"]["conv_2"]["bytes"]
