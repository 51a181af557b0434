"""Private parts of Keras's optimizers: their slot variables, and the sum over devices.

Written for Keras 3.6 to 3.15. Where the slot variables are missing, AttributeError is raised.
"""

from typing import Any

import keras

_SLOTS = {"momentum": ("momentums",), "adam": ("_momentums", "_velocities"), "rmsprop": ("_velocities",)}
"""Attributes of Keras's optimizers that hold a slot variable for each trainable variable, by the run's setting."""


def skip_all_reduce(optimizer: keras.optimizers.Optimizer) -> None:
    """Skip the sum of gradients over devices, of which there is one.

    Keras's sum registers a gradient for each traced function, which TensorFlow keeps forever, and with it the graph and
    all data of the run. Replaces ``_all_reduce_sum_gradients``; where Keras does not use that name nothing changes.
    """
    optimizer._all_reduce_sum_gradients = list


def slot_variables(optimizer: keras.optimizers.Optimizer, kind: str, index: int) -> list[Any]:
    """Return the slot variables of the trainable variable ``index``, empty for an optimizer without any.

    kind: ``sgd``, ``momentum``, ``adam`` or ``rmsprop``. The optimizer must be built.
    """
    return [getattr(optimizer, name)[index] for name in _SLOTS.get(kind, ())]


def adam_slots(adam: keras.optimizers.Adam, variable: Any) -> list[Any]:
    """Return the first and the second moment that ``adam`` keeps of ``variable``."""
    return slot_variables(adam, "adam", adam._get_variable_index(variable))
