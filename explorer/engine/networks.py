"""The networks of the tutorial as Keras models. Inputs are pixels / 255; every model ends in softmax."""

import threading
from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

BUILDING = threading.Lock()
"""Held while layers are made: they draw from Python's one random generator, whose seed must not be another's."""


def build_network(settings: Mapping[str, Any]) -> keras.Model:
    """Return a new network for the settings of a run (`core.training.SETTINGS`), its weights drawn from the seed."""
    with BUILDING:
        return _build(settings)


def _build(settings: Mapping[str, Any]) -> keras.Model:
    keras.utils.set_random_seed(int(settings["seed"]))
    regularizer = keras.regularizers.L2(settings["l2"]) if settings["l2"] else None
    hidden = {"activation": settings["activation"], "kernel_regularizer": regularizer}
    stack: list[Any] = [keras.Input((28, 28), name="image")]
    match settings["model"]:
        case "logistic":
            stack += [layers.Flatten()]
        case "perceptron" | "mlp":
            stack += [layers.Flatten(), layers.Dense(settings["hidden"], **hidden)]
        case "cnn":
            filters = settings["filters"]
            stack += [layers.Reshape((28, 28, 1))]
            for count in (filters, 2 * filters):
                stack += [layers.Conv2D(count, 3, **hidden), layers.MaxPooling2D(2)]
            stack += [layers.Flatten(), layers.Dense(settings["hidden"], **hidden)]
    if settings["dropout"] and settings["model"] != "logistic":
        stack += [layers.Dropout(settings["dropout"], seed=int(settings["seed"]))]
    stack += [layers.Dense(10, activation="softmax", kernel_regularizer=regularizer, name="probabilities")]
    return keras.Sequential(stack, name=settings["model"])


def build_optimizer(settings: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """Return the optimizer for the settings of a run."""
    rate = float(settings["learning_rate"])
    match settings["optimizer"]:
        case "sgd":
            return keras.optimizers.SGD(rate)
        case "momentum":
            return keras.optimizers.SGD(rate, momentum=0.9)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate)
        case _:
            return keras.optimizers.Adam(rate)
