"""Groups by name scope: in layers, around layers, in nested models; every op in exactly one, and nothing lost."""

import keras
import pytest
import tensorflow as tf

from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.engine.network_graph.sources import model_of, traced_of
from explorer.engine.network_graph.tracing import trace_network


class Mixing(keras.layers.Layer):
    """Two name scopes in each other, one around a layer, and one that holds a single op."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.dense = keras.layers.Dense(8, name="dense")

    def call(self, flow):
        with tf.name_scope("mix"):
            flow = tf.sin(flow) * tf.cos(flow)
            with tf.name_scope("deep"):
                flow = tf.exp(flow) + tf.sin(flow)
            with tf.name_scope("single"):
                flow = tf.tanh(flow)
            return self.dense(flow)


@pytest.fixture(scope="module")
def graph():
    inner = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(name="flat"), Mixing(name="m")], name="inner")
    image = keras.Input((28, 28))
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax", name="out")(inner(image)), name="outer")
    return trace_network(model, 32).graph


def types(graph, group):
    return sorted(op.type for op in graph.shown_ops if graph.group_of[op.id] == group and not op.backward)


def test_scopes_and_nested_models_are_groups_in_groups(graph):
    assert set(graph.groups) == {
        "input", "truth", "inner", "inner/flat", "inner/m", "inner/m/mix", "inner/m/mix/deep", "inner/m/mix/dense",
        "out", "loss",
    }  # fmt: skip
    assert types(graph, "inner/m/mix/deep") == ["AddV2", "Exp", "Sin"]
    assert types(graph, "inner/m/mix") == ["Cos", "Mul", "Sin", "Tanh"]  # a scope around one op is no group
    assert types(graph, "inner/m/mix/dense") == ["BiasAdd", "MatMul"]
    assert graph.groups["inner/m/mix/dense"].parameters == 784 * 8 + 8
    assert graph.groups["inner"].parameters == 784 * 8 + 8


def test_a_group_is_what_tensorflow_names_its_ops(graph):
    """Against the names themselves: a scope's forward ops are those whose names go on where its name ends."""
    for group, scope in (("inner/m/mix/deep", "mix/deep/"), ("inner/m/mix", "/mix/")):
        named = {op.id for op in graph.shown_ops if scope in op.id and not op.backward}
        held = {
            op.id for op in graph.shown_ops if not op.backward and f"{graph.group_of[op.id]}/".startswith(f"{group}/")
        }
        assert named == held


def test_every_op_is_in_one_group_and_none_is_lost(graph):
    json = graph.to_json()
    assert len(json["nodes"]) + sum(json["hidden"].values()) == json["ops"]
    assert {node["group"] for node in json["nodes"]} <= set(graph.groups)
    children = {}
    for group in graph.groups.values():
        children.setdefault(group.parent, []).append(group)
    assert sum(group.ops for group in children[None]) == json["ops"]
    for name, group in graph.groups.items():  # a group's ops: its own, and those of the groups in it
        own = sum(1 for op in graph.ops if graph.group_of[op.id] == name)
        assert group.ops == own + sum(inner.ops for inner in children.get(name, []))


def test_scopes_open_one_by_one_and_level_by_level(graph):
    assert graph.max_level == 4
    for level in range(graph.max_level + 1):
        seen = build_visible_graph(graph, graph.open_at_level(level))
        assert {node.id for node in seen.nodes if node.kind == "open"} == graph.open_at_level(level)
    one = build_visible_graph(graph, graph.with_ancestors(["inner/m/mix/deep"]))
    kinds = {node.id: node.kind for node in one.nodes if node.kind in ("open", "group")}
    assert kinds["inner/m/mix/deep"] == "open"
    assert kinds["inner/m/mix/dense"] == "group"
    ops = [
        node.id
        for node in build_visible_graph(graph, graph.open_at_level(9), helpers=True, backward=True).nodes
        if node.id in graph.by_name
    ]
    assert sorted(ops) == sorted(op.id for op in graph.ops)  # at the last level each op once


def test_scopes_around_layers_hold_them():
    class Model(keras.Model):
        def __init__(self, *arguments, **settings):
            super().__init__(*arguments, **settings)
            self.first = self.layers[2]

        def call(self, images, training=False):
            flow = tf.reshape(images, (-1, 784))
            with tf.name_scope("encoder"):
                flow = tf.sin(self.first(flow)) + 1.0
            return tf.nn.softmax(flow)

    image = keras.Input((28, 28))
    flow = keras.layers.Dense(10, name="first")(keras.layers.Flatten(name="flat")(image))
    graph = trace_network(Model(image, flow, name="whole"), 32).graph
    assert {"encoder", "encoder/first"} <= set(graph.groups)
    assert types(graph, "encoder") == ["AddV2", "Sin"]
    assert types(graph, "whole") == ["Reshape", "Softmax"]


@pytest.mark.slow
def test_the_scopes_of_batch_normalization_are_groups_in_its_layer():
    graph = traced_of(model_of("keras:ResNet50"), "keras:ResNet50").graph
    assert types(graph, "conv1/conv1_bn/moments").count("Mean") == 2
    assert graph.open_at_level(graph.max_level) == set(graph.groups)
