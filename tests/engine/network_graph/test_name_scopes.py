"""Groups of name scopes in layers, around layers and in nested models: every op is in exactly one group."""

import keras
import pytest
import tensorflow as tf

from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.tracing import trace_network


class Mixing(keras.layers.Layer):
    """A layer with nested name scopes, one around an inner layer, and one with a single op."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.dense = keras.layers.Dense(8, name="dense")

    def call(self, x):
        with tf.name_scope("mix"):
            x = tf.sin(x) * tf.cos(x)
            with tf.name_scope("deep"):
                x = tf.exp(x) + tf.sin(x)
            with tf.name_scope("single"):
                x = tf.tanh(x)
            return self.dense(x)


@pytest.fixture(scope="module")
def graph():
    inner = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(name="flat"), Mixing(name="m")], name="inner")
    image = keras.Input((28, 28))
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax", name="out")(inner(image)), name="outer")
    return trace_network(model).graph


def forward_types(graph, group):
    return sorted(op.type for op in graph.shown_ops if graph.group_of[op.id] == group and not op.backward)


def test_scopes_and_nested_models_are_groups_in_groups(graph):
    assert set(graph.groups) == {
        "input", "truth", "inner", "inner/flat", "inner/m", "inner/m/mix", "inner/m/mix/deep", "inner/m/mix/dense",
        "out", "loss",
    }  # fmt: skip
    assert forward_types(graph, "inner/m/mix/deep") == ["AddV2", "Exp", "Sin"]
    assert forward_types(graph, "inner/m/mix") == ["Cos", "Mul", "Sin", "Tanh"]  # a scope with a single op is no group
    assert forward_types(graph, "inner/m/mix/dense") == ["BiasAdd", "MatMul"]
    assert graph.groups["inner/m/mix/dense"].parameters == 784 * 8 + 8
    assert graph.groups["inner"].parameters == 784 * 8 + 8


def test_a_group_has_the_ops_whose_names_are_in_its_scope(graph):
    for group, scope in (("inner/m/mix/deep", "mix/deep/"), ("inner/m/mix", "/mix/")):
        named = {op.id for op in graph.shown_ops if scope in op.id and not op.backward}
        grouped = {
            op.id for op in graph.shown_ops if not op.backward and f"{graph.group_of[op.id]}/".startswith(f"{group}/")
        }
        assert named == grouped


def test_every_op_is_in_exactly_one_group(graph):
    json = graph.to_json()
    assert len(json["nodes"]) + sum(json["hidden"].values()) == json["ops"]
    assert {node["group"] for node in json["nodes"]} <= set(graph.groups)
    children = {}
    for group in graph.groups.values():
        children.setdefault(group.parent, []).append(group)
    assert sum(group.ops for group in children[None]) == json["ops"]
    for name, group in graph.groups.items():  # a group counts its own ops and those of the groups in it
        own = sum(1 for op in graph.ops if graph.group_of[op.id] == name)
        assert group.ops == own + sum(inner.ops for inner in children.get(name, []))


def test_scopes_open_one_by_one_and_level_by_level(graph):
    assert graph.max_level == 4
    for level in range(graph.max_level + 1):
        visible = build_visible_graph(graph, graph.open_at_level(level))
        assert {node.id for node in visible.nodes if node.kind == "open"} == graph.open_at_level(level)
    one = build_visible_graph(graph, graph.with_ancestors(["inner/m/mix/deep"]))
    kinds = {node.id: node.kind for node in one.nodes if node.kind in ("open", "group")}
    assert kinds["inner/m/mix/deep"] == "open"
    assert kinds["inner/m/mix/dense"] == "group"
    ops = [
        node.id
        for node in build_visible_graph(graph, graph.open_at_level(9), helpers=True, backward=True).nodes
        if node.id in graph.by_name
    ]
    assert sorted(ops) == sorted(op.id for op in graph.ops)  # at the last level each op is shown once


def test_scopes_around_layers_contain_them():
    class Model(keras.Model):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.first = self.layers[2]

        def call(self, images, training=False):
            x = tf.reshape(images, (-1, 784))
            with tf.name_scope("encoder"):
                x = tf.sin(self.first(x)) + 1.0
            return tf.nn.softmax(x)

    image = keras.Input((28, 28))
    x = keras.layers.Dense(10, name="first")(keras.layers.Flatten(name="flat")(image))
    graph = trace_network(Model(image, x, name="whole")).graph
    assert {"encoder", "encoder/first"} <= set(graph.groups)
    assert forward_types(graph, "encoder") == ["AddV2", "Sin"]
    assert forward_types(graph, "whole") == ["Reshape", "Softmax"]


@pytest.mark.slow
def test_the_scopes_of_batch_normalization_are_groups_in_its_layer():
    graph = trace_model(create_model("keras:ResNet50"), "keras:ResNet50").graph
    assert forward_types(graph, "conv1/conv1_bn/moments").count("Mean") == 2
    assert graph.open_at_level(graph.max_level) == set(graph.groups)
