"""Adam's step in one operation is Keras's own step."""

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
def test_it_is_keras_own_step(xla):
    ours, keras_own = build_optimizer(run_settings(learning_rate=0.02)), keras.optimizers.Adam(0.02)
    told, expected = variables(), variables()
    for optimizer, learning in ((ours, told), (keras_own, expected)):
        optimizer.build(learning)
        step = tf.function(optimizer.apply, jit_compile=xla)  # of the variables for which it was built
        draw = np.random.default_rng(2)
        for _ in range(20):
            step([tf.constant(draw.normal(size=shape).astype(np.float32)) for shape in SHAPES])
    assert int(ours.iterations) == 20
    for one, other in zip([*told, *ours.variables], [*expected, *keras_own.variables], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6, err_msg=other.path)
    assert np.abs(np.subtract(told[1], variables()[1])).max() > 0.1  # it moved


def test_it_is_saved_as_keras_own():
    adam = build_optimizer(run_settings())
    assert type(adam) is keras.optimizers.Adam
    keras_own = keras.optimizers.Adam(0.001, name=adam.name)
    assert keras.optimizers.serialize(adam) == keras.optimizers.serialize(keras_own)
