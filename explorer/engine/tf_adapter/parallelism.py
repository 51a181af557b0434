"""How work is shared between the processor's cores.

TensorFlow spreads every operation over all cores, and waits for the slowest at the end of each. On two cores a
convolutional network learns 1.3 times faster when an operation stays on one core and each core has images of its own.
More cores are left to TensorFlow: what cannot be shared by images, such as a batch normalisation, would have one only.
"""

import os
from typing import Any

import keras
import tensorflow as tf

FEW = 2
"""So many cores, or fewer, are shared by images."""

SMALLEST = 8
"""Images that a part of a batch has at least."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_cores() -> None:
    """Tell TensorFlow, before it computes anything, how this module wants operations to be run."""
    if cores() <= FEW and not tf.config.list_physical_devices("GPU"):
        tf.config.threading.set_intra_op_parallelism_threads(1)


def parts_of(model: keras.Model, size: int) -> int:
    """Return into how many equal parts a batch of ``size`` images is cut, each of which goes through on its own.

    Only where it is both faster and the same: convolutions take long enough, and the statistics of a batch
    normalisation are those of the whole batch.
    """
    kinds = {type(layer) for layer in model.layers}
    if (
        tf.config.threading.get_intra_op_parallelism_threads() != 1
        or keras.layers.Conv2D not in kinds
        or keras.layers.BatchNormalization in kinds
    ):
        return 1
    return FEW if size % FEW == 0 and size // FEW >= SMALLEST else 1


def cut(parts: int, *tensors: Any) -> list[tuple[Any, ...]]:
    """Return the parts of tensors whose first dimension is the batch: [(x1, y1), (x2, y2), …]."""
    return list(zip(*(tf.split(tensor, parts) for tensor in tensors), strict=True))
