"""Finds where a loss first stopped being a number: the step, and the layer."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.engine.training.loop import Loop


def first_not_finite(loop: Loop, epoch: int, start: int, count: int, xla: bool, before: list[Any]) -> tuple[int, str]:
    """Return the first step from ``start`` whose loss is no number, and the name of the layer it began in.

    before: the loop's state at ``start``. The loop is left in the state just before that step.
    """
    low, high = 0, count  # the loss is a number after ``low`` steps and none after ``high``
    while high - low > 1:
        middle = (low + high) // 2
        loop.set_state(before)
        total, _, _ = loop.run(epoch, start, middle, xla)
        low, high = (middle, high) if math.isfinite(total) else (low, middle)
    loop.set_state(before)
    if low:
        loop.run(epoch, start, low, xla)
    return start + low, _layer(loop.model, *loop.batch_of(epoch, start + low))


def _layer(model: keras.Model, x: Any, labels: Any) -> str:
    """Return the first layer, forward and then backward, in which a number is none."""
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        outputs = x
        for layer in model.layers:
            outputs = layer(outputs, training=True)
            if not all(np.all(np.isfinite(told)) for told in (outputs, *layer.losses)):
                return str(layer.name)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, outputs))
        loss = tf.add_n([loss, *model.losses])
    found = zip(variables, tape.gradient(loss, variables), strict=True)
    wrong = {id(variable) for variable, gradient in found if not np.all(np.isfinite(gradient))}
    for layer in reversed(model.layers):
        if any(id(variable) in wrong for variable in layer.trainable_variables):
            return str(layer.name)
    return str(model.layers[-1].name)
