"""Private parts of Keras's layers: nested layers, producing operations, the name scopes of their calls.

Written for Keras 3.6 to 3.15. Where a private part is missing, AttributeError is raised.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf


def all_layers(layer: keras.Layer, include_self: bool = True) -> list[keras.Layer]:
    """Return the layers nested in ``layer``, at any depth. Uses ``Layer._flatten_layers``."""
    return list(layer._flatten_layers(include_self=include_self, recursive=True))


def producing_operation(tensor: Any) -> Any:
    """Return the layer or operation that computes a symbolic Keras tensor. Uses ``KerasTensor._keras_history``."""
    return tensor._keras_history.operation


@contextmanager
def record_name_scopes(model: keras.Model) -> Iterator[dict[str, keras.Layer]]:
    """Record the layer that is called first in each name scope while ``model`` is traced, as a dict.

    Keras numbers its name scopes, so that their names alone do not identify a layer. The method ``call`` of each layer
    is replaced meanwhile, past Keras's own ``__setattr__``, which would track the function as a part of the layer.
    """
    scopes: dict[str, keras.Layer] = {}
    layers = all_layers(model)

    def replace_call(layer: keras.Layer) -> None:
        call = layer.call

        def recorded(*args: Any, **kwargs: Any) -> Any:
            scopes.setdefault(tf.compat.v1.get_default_graph().get_name_scope(), layer)
            return call(*args, **kwargs)

        object.__setattr__(layer, "call", recorded)

    for layer in layers:
        replace_call(layer)
    try:
        yield scopes
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")
