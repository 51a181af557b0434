"""Finds the step and the layer in which a loss first became NaN or infinite."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.engine.training.loop import Loop


def find_first_nan(loop: Loop, epoch: int, start: int, count: int, xla: bool, before: list[Any]) -> tuple[int, str]:
    """Return the first step from ``start`` on whose loss is not finite, and the name of the layer where that began.

    before: the loop's state at ``start``; the loss is not finite within ``count`` steps. The loop is left in the state
    just before the step that was found.
    """
    low, high = 0, count  # the loss is finite after ``low`` steps and not after ``high``
    while high - low > 1:
        middle = (low + high) // 2
        loop.set_state(before)
        total, _, _ = loop.run(epoch, start, middle, xla)
        low, high = (middle, high) if math.isfinite(total) else (low, middle)
    loop.set_state(before)
    if low:
        loop.run(epoch, start, low, xla)
    return start + low, _find_layer(loop.model, *loop.batch(epoch, start + low))


def _find_layer(model: keras.Model, x: Any, labels: Any) -> str:
    """Return the first layer, forward and then backward, with a number that is not finite."""
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        outputs = x
        for layer in model.layers:
            outputs = layer(outputs, training=True)
            if not all(np.all(np.isfinite(value)) for value in (outputs, *layer.losses)):
                return str(layer.name)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, outputs))
        loss = tf.add_n([loss, *model.losses])
    gradients = zip(variables, tape.gradient(loss, variables), strict=True)
    wrong = {id(variable) for variable, gradient in gradients if not np.all(np.isfinite(gradient))}
    for layer in reversed(model.layers):
        if any(id(variable) in wrong for variable in layer.trainable_variables):
            return str(layer.name)
    return str(model.layers[-1].name)
