"""The networks of the tutorial as Keras models: inputs are pixels / 255, and each ends in a softmax."""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import keras

from explorer.core.models.architecture import IMAGE_SIDE, LayerSpec, build_layer_specs
from explorer.core.models.layer_shapes import shape_error
from explorer.core.training.callback import TrainingError
from explorer.engine.models.fused_adam import fuse_update_step
from explorer.engine.tf_adapter.keras_layers import restarted_names
from explorer.engine.tf_adapter.keras_optimizers import skip_all_reduce


class BuildLock:
    """A lock that is held while layers are built.

    Their initializers draw from Python's global random generator, which each run seeds. Layers without a name of their
    own get one that does not depend on what was built before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names = ExitStack()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._names.enter_context(restarted_names())

    def __exit__(self, *_error: object) -> None:
        self._names.close()
        self._lock.release()


BUILD_LOCK = BuildLock()


def build_network(settings: Mapping[str, Any]) -> keras.Model:
    """Return a new network for the settings of a run (`core.training.settings`), its weights drawn from the seed.

    Raises TrainingError where the user's own layers do not fit together.
    """
    with BUILD_LOCK:
        return _build(settings)


def _build(settings: Mapping[str, Any]) -> keras.Model:
    keras.utils.set_random_seed(int(settings["seed"]))
    layers = build_layer_specs(settings)
    if message := shape_error(layers):
        raise TrainingError(message)
    stack = [keras.Input((IMAGE_SIDE, IMAGE_SIDE), name="image"), *(_build_layer(layer) for layer in layers)]
    return keras.Sequential(stack, name=settings["model"])


def _build_layer(layer: LayerSpec) -> keras.Layer:
    regularizer = {"kernel_regularizer": keras.regularizers.L2(layer.l2)} if layer.l2 else {}
    return getattr(keras.layers, layer.kind)(name=layer.name, **layer.options, **regularizer)


def build_optimizer(settings: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """Return a new optimizer for the settings of a run."""
    optimizer = _optimizer(settings)
    skip_all_reduce(optimizer)
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
            fuse_update_step(adam)
            return adam
