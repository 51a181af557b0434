"""The networks of the tutorial as Keras models. Inputs are pixels / 255; every model ends in softmax."""

import threading
from collections.abc import Mapping
from typing import Any

import keras

from explorer.core.models.architecture import SIDE, LayerSpec, architecture
from explorer.core.models.layer_shapes import problem_of
from explorer.core.training.callback import TrainingError
from explorer.engine.models.fused_adam import step_at_once

BUILDING = threading.Lock()
"""Held while layers are made: they draw from Python's one random generator, whose seed must not be another's."""


def build_network(settings: Mapping[str, Any]) -> keras.Model:
    """Return a new network for the settings of a run (`core.training.SETTINGS`), its weights drawn from the seed.

    Raises TrainingError where the user's own layers do not fit.
    """
    with BUILDING:
        return _build(settings)


def _build(settings: Mapping[str, Any]) -> keras.Model:
    keras.utils.set_random_seed(int(settings["seed"]))
    layers = architecture(settings)
    if problem := problem_of(layers):
        raise TrainingError(problem)
    stack = [keras.Input((SIDE, SIDE), name="image"), *(_layer(layer) for layer in layers)]
    return keras.Sequential(stack, name=settings["model"])


def _layer(layer: LayerSpec) -> keras.Layer:
    extra = {"kernel_regularizer": keras.regularizers.L2(layer.l2)} if layer.l2 else {}
    made: keras.Layer = getattr(keras.layers, layer.kind)(name=layer.name, **layer.options, **extra)
    return made


def build_optimizer(settings: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """Return the optimizer for the settings of a run."""
    optimizer = _optimizer(settings)
    # There is one device, so there is nothing to sum over devices. Keras's sum registers a gradient of its own for each
    # traced function, which TensorFlow keeps forever, and with it the graph and all data of the run.
    optimizer._all_reduce_sum_gradients = list
    return optimizer


def _optimizer(settings: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    rate = float(settings["learning_rate"])
    match settings["optimizer"]:
        case "sgd":
            return keras.optimizers.SGD(rate)
        case "momentum":
            return keras.optimizers.SGD(rate, momentum=0.9)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate)
        case _:
            adam = keras.optimizers.Adam(rate)
            step_at_once(adam)
            return adam
