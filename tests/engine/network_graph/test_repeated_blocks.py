"""Blocks that are built alike are known as equal, and only these; names do not depend on what was opened before."""

import keras
import numpy as np
import pytest

from explorer.core.network_graph.repeated_blocks import find_repeated_blocks
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.tracing import trace_network

LAYERS = keras.layers


@keras.saving.register_keras_serializable("tests")
class Block(LAYERS.Layer):
    """A transformer's block, whose layers have no names of their own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.attention = LAYERS.MultiHeadAttention(2, 4)
        self.wide, self.narrow = LAYERS.Dense(16, activation="gelu"), LAYERS.Dense(8)
        self.norms = [LAYERS.LayerNormalization(), LAYERS.LayerNormalization()]

    def call(self, x):
        y = self.norms[0](x)
        x = x + self.attention(y, y)
        return x + self.narrow(self.wide(self.norms[1](x)))


def transformer(blocks):
    source = x = keras.Input((6, 8))
    for _ in range(blocks):
        x = Block()(x)
    return keras.Model(source, LAYERS.Dense(3, activation="softmax")(LAYERS.GlobalAveragePooling1D()(x)))


def blocks_of(model):
    """Return the sets of equal blocks by the ends of their names."""
    found = find_repeated_blocks(trace_network(model, 2).graph)
    return {frozenset(name.rpartition("/")[2] for name in similar) for similar in found.values()}


def convolutions(k, **changed):
    first = {"filters": 4, "kernel_size": 3, "padding": "same", **changed}
    return keras.Sequential(
        [keras.Input((12, 12, 4)), LAYERS.Conv2D(**first), LAYERS.BatchNormalization(), LAYERS.LeakyReLU(0.2)],
        name=f"part{k}",
    )


@pytest.mark.parametrize(
    ("changed", "equal"),
    [
        ({}, True),
        ({"dilation_rate": 2}, False),
        ({"kernel_size": 5}, False),
        ({"use_bias": False}, False),
        ({"activation": "relu"}, False),
        ({"kernel_initializer": "he_normal", "name": "another"}, True),
    ],
)
def test_models_in_a_model_are_equal_if_they_compute_the_same(changed, equal):
    source = x = keras.Input((12, 12, 4))
    for k, options in enumerate(({}, changed, {})):
        x = convolutions(k, **options)(x)
    model = keras.Model(source, LAYERS.Dense(2, activation="softmax")(LAYERS.GlobalAveragePooling2D()(x)))
    assert blocks_of(model) == {frozenset({"part0", "part1", "part2"} if equal else {"part0", "part2"})}


def test_blocks_of_a_transformer_are_equal():
    names = sorted(blocks_of(transformer(3)), key=len)[-1]
    assert len(names) == 3
    assert all("block" in name for name in names)


LISTED = {
    "Xception": [{f"block{k}" for k in range(5, 13)}],
    "ResNet50": [{f"conv4_block{k}" for k in range(2, 7)}, {"conv5_block2", "conv5_block3"}],
    "EfficientNetB0": [{"block4b", "block4c"}, {"block6b", "block6c", "block6d"}],
    "NASNetMobile": [{f"normal_concat_{k}_block" for k in pair} for pair in ((2, 3), (7, 8), (11, 12))],
    "MobileNetV2": [{"block_7", "block_8", "block_9"}],
    "ConvNeXtTiny": [{f"convnext_tiny_stage_2_block_{k}" for k in range(9)}],
}
"""Blocks of which the papers say that they are repeated."""


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTED)
def test_blocks_that_their_papers_repeat_are_equal(name):
    found = blocks_of(create_model(f"keras:{name}"))
    for names in LISTED[name]:
        assert names in found


@pytest.mark.slow
def test_growing_blocks_are_not_equal():
    """Each block of a DenseNet has the outputs of all before it as its input."""
    assert blocks_of(create_model("keras:DenseNet121")) == set()


def names_of(model):
    traced = trace_model(model, "x.keras")
    return [*traced.graph.groups], [op.id for op in traced.graph.ops if op.type != "Placeholder"]


def test_names_do_not_depend_on_what_was_opened_before(monkeypatch):
    """Keras numbers layers without names of their own, also those that other layers have."""
    monkeypatch.setattr(keras.applications, "Blocks", lambda weights: transformer(2), raising=False)
    monkeypatch.setattr(keras.applications, "Convolutions", lambda weights: convolutions(0), raising=False)
    keras.backend.clear_session(free_memory=False)
    alone = [layer.name for layer in transformer(2).layers]
    first = names_of(create_model("keras:Blocks"))
    create_model("keras:Convolutions")
    create_model("cnn")
    opened = create_model("keras:Blocks")
    assert [layer.name for layer in opened.layers] == alone
    assert names_of(opened) == first
    assert "block/dense" in first[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["InceptionV3", "Xception", "MobileNetV3Small"])
def test_names_of_listed_networks_are_those_of_a_new_process(name):
    keras.backend.clear_session(free_memory=False)
    shape = {} if name != "MobileNetV3Small" else {"input_shape": (224, 224, 3)}
    alone = [layer.name for layer in getattr(keras.applications, name)(weights=None, **shape).layers]
    create_model("keras:InceptionV3")
    assert [layer.name for layer in create_model(f"keras:{name}").layers] == alone


def test_parameters_of_a_layer_with_layers_and_weights_of_its_own_are_counted():
    class Scaled(Block):
        def build(self, shape):
            self.scale = self.add_weight(shape=(7, 11))

        def call(self, x):
            return super().call(x) * keras.ops.sum(self.scale)

    source = keras.Input((6, 8))
    model = keras.Model(
        source, LAYERS.Dense(3, activation="softmax")(LAYERS.GlobalMaxPooling1D()(Scaled(name="scaled")(source)))
    )
    graph = trace_network(model, 2).graph
    total = sum(group.parameters for group in graph.groups.values() if group.parent is None)
    assert total == sum(int(np.prod(weight.shape)) for weight in model.weights)
