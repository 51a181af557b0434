"""The faster forward pass for training gives the numbers of Keras's own pass."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.models.user_network import LAYER_KINDS
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.engine.training.forward_pass import MONOTONIC_GRADIENTS, build_forward_pass, required_sides


def network(**settings):
    return build_network(run_settings(filters=4, hidden=8, **settings))


def user_network(*rows):
    return {"model": "own", "layers": [LAYER_KINDS[kind].make_config(**options) for kind, options in rows]}


def outputs_and_gradients(model, compute):
    """Return the probabilities for images of noise, and the gradients of all trainable variables."""
    images = tf.random.stateless_uniform((6, 28, 28), (1, 2))
    with tf.GradientTape() as tape:
        probabilities = compute(images)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(np.arange(6), probabilities))
    return probabilities, tape.gradient(loss, model.trainable_variables)


EXPENSIVE_OPS = ("Conv2D", "MaxPool", "ReluGrad")

NETWORKS = {
    "logistic": {"model": "logistic"},
    "mlp, dropout": {"model": "mlp", "dropout": 0.3},
    "cnn": {"model": "cnn"},
    "cnn, tanh": {"model": "cnn", "activation": "tanh"},
    "cnn, sigmoid": {"model": "cnn", "activation": "sigmoid"},
    "cnn, elu": {"model": "cnn", "activation": "elu"},
    "cnn, silu, which is not monotonic": {"model": "cnn", "activation": "silu"},
    "cnn, batch norm and dropout": {"model": "cnn", "batch_norm": True, "dropout": 0.3},
    "zero padding": user_network(
        ("Conv2D", {"filters": 2}), ("MaxPooling2D", {"pool_size": 3}), ("Conv2D", {"filters": 3, "padding": "same"}),
        ("MaxPooling2D", {"pool_size": 3}), ("Flatten", {}),
    ),
    "average pools": user_network(
        ("Conv2D", {"filters": 2, "kernel_size": 4}), ("AveragePooling2D", {"pool_size": 3}),
        ("Conv2D", {"filters": 3, "kernel_size": 2}),
        ("AveragePooling2D", {"pool_size": 2}), ("GlobalAveragePooling2D", {}),
    ),
    "pools only": user_network(("MaxPooling2D", {"pool_size": 3}), ("MaxPooling2D", {"pool_size": 4}), ("Flatten", {})),
    "pools after other layers": user_network(
        ("Conv2D", {"filters": 2}), ("Dropout", {}), ("MaxPooling2D", {"pool_size": 4}), ("BatchNormalization", {}),
        ("Conv2D", {"filters": 2}), ("Flatten", {}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS)
def test_outputs_and_gradients_equal_those_of_keras(settings):
    ours, keras_own = network(**settings), network(**settings)
    expected = outputs_and_gradients(keras_own, lambda images: keras_own(images, training=True))
    result = outputs_and_gradients(ours, build_forward_pass(ours))
    np.testing.assert_allclose(result[0], expected[0], rtol=1e-5)
    for one, other, variable in zip(result[1], expected[1], ours.trainable_variables, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6, rtol=1e-4, err_msg=variable.path)
    for one, other in zip(ours.variables, keras_own.variables, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, err_msg=one.path)  # statistics of a batch normalization


def test_the_cnn_needs_26_rows_and_columns():
    model = network(model="cnn")
    needed = dict(zip((layer.name for layer in model.layers), required_sides(model), strict=True))
    assert [needed[name] for name in ("conv_1", "pool_1", "conv_2", "pool_2")] == [26, 24, 12, 10]
    images = tf.random.stateless_uniform((2, 28, 28), (1, 2))
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.reduce_sum(tf.square(model(images)))
    gradient = tape.gradient(loss, images).numpy()
    assert not gradient[:, 26:].any()
    assert not gradient[:, :, 26:].any()
    assert gradient[:, 25].any()
    assert gradient[:, :, 25].any()


def test_nothing_superfluous_is_computed():
    model = network(model="cnn")

    @tf.function
    def gradients(images):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(build_forward_pass(model)(images))
        return tape.gradient(loss, model.trainable_variables)

    compute = gradients.get_concrete_function(tf.TensorSpec((3, 28, 28), tf.float32))
    built = [(op.type, op.outputs[0].shape[1]) for op in compute.graph.get_operations() if op.type in EXPENSIVE_OPS]
    sides = {kind: [side for type_, side in built if type_ == kind] for kind in EXPENSIVE_OPS}
    # Gradients of activations have the sizes of the pools' outputs, 5 and 12, and of the 8 hidden units.
    assert sides == {"Conv2D": [24, 10], "MaxPool": [12, 5], "ReluGrad": [8, 5, 12]}


@pytest.mark.parametrize("activation", MONOTONIC_GRADIENTS, ids=lambda activation: activation.__name__)
def test_monotonic_activations_never_decrease(activation):
    values = activation(tf.linspace(-30.0, 30.0, 100_001)).numpy()
    assert np.diff(values).min() > -1e-6  # up to the last bit
