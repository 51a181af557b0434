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
    stack: list[Any] = [keras.Input((28, 28), name="image")]
    match settings["model"]:
        case "logistic":
            stack += [layers.Flatten(name="flatten")]
        case "perceptron" | "mlp":
            stack += [layers.Flatten(name="flatten"), *_hidden(settings)]
        case "cnn":
            stack += [layers.Reshape((28, 28, 1), name="channel")]
            for number in (1, 2):
                stack += _convolution(settings, number)
            stack += [layers.Flatten(name="flatten"), *_hidden(settings)]
    stack += [layers.Dense(10, activation="softmax", kernel_regularizer=_regularizer(settings), name="probabilities")]
    return keras.Sequential(stack, name=settings["model"])


def _hidden(settings: Mapping[str, Any]) -> list[Any]:
    activation, regularizer = settings["activation"], _regularizer(settings)
    stack = [layers.Dense(settings["hidden"], activation=activation, kernel_regularizer=regularizer, name="hidden")]
    if settings["batch_norm"]:
        stack.append(layers.BatchNormalization(name="hidden_norm"))
    if settings["dropout"]:
        stack.append(layers.Dropout(settings["dropout"], seed=int(settings["seed"]), name="dropout"))
    return stack


def _convolution(settings: Mapping[str, Any], number: int) -> list[Any]:
    """Return one convolution with what follows it; the second has twice the filters of the first."""
    activation, regularizer, name = settings["activation"], _regularizer(settings), f"conv_{number}"
    count = settings["filters"] * number
    stack = [layers.Conv2D(count, 3, activation=activation, kernel_regularizer=regularizer, name=name)]
    if settings["batch_norm"]:
        stack.append(layers.BatchNormalization(name=f"{name}_norm"))
    return [*stack, layers.MaxPooling2D(2, name=f"pool_{number}")]


def _regularizer(settings: Mapping[str, Any]) -> Any:
    return keras.regularizers.L2(settings["l2"]) if settings["l2"] else None


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
