"""Adam's update as a single op equals Keras's own update."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_optimizer

SHAPES = ((3, 3, 1, 4), (20, 10), (10,))


def variables():
    draw = np.random.default_rng(1)
    return [keras.Variable(draw.normal(size=shape).astype(np.float32)) for shape in SHAPES]


@pytest.mark.parametrize("xla", [False, True])
def test_the_update_equals_keras_own(xla):
    ours, keras_own = build_optimizer(run_settings(learning_rate=0.02)), keras.optimizers.Adam(0.02)
    result, expected = variables(), variables()
    for optimizer, trained in ((ours, result), (keras_own, expected)):
        optimizer.build(trained)
        step = tf.function(optimizer.apply, jit_compile=xla)  # for the variables for which it was built
        draw = np.random.default_rng(2)
        for _ in range(20):
            step([tf.constant(draw.normal(size=shape).astype(np.float32)) for shape in SHAPES])
    assert int(ours.iterations) == 20
    for one, other in zip([*result, *ours.variables], [*expected, *keras_own.variables], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6, err_msg=other.path)
    assert np.abs(np.subtract(result[1], variables()[1])).max() > 0.1  # the variables have changed


def test_the_optimizer_is_saved_as_keras_own():
    adam = build_optimizer(run_settings())
    assert type(adam) is keras.optimizers.Adam
    keras_own = keras.optimizers.Adam(0.001, name=adam.name)
    assert keras.optimizers.serialize(adam) == keras.optimizers.serialize(keras_own)
