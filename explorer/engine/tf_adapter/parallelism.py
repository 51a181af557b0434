"""How work is divided between the processor's cores.

TensorFlow spreads every operation over all cores and waits for the slowest of them at its end. On two cores a
convolutional network learns 1.3 times faster when each operation stays on one core and each core has images of its own.
More cores are left to TensorFlow: operations that cannot be divided by images, such as batch normalization, would run
on a single one.
"""

import os
from typing import Any

import keras
import tensorflow as tf

MAX_DIVIDED_CORES = 2
"""Number of cores up to which a batch is divided between them."""

MIN_PART_SIZE = 8
"""Images in a part of a batch at least; smaller parts gain nothing."""


def core_count() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def configure_threads() -> None:
    """Let each operation use one core where batches are divided; must run before TensorFlow computes anything."""
    if core_count() <= MAX_DIVIDED_CORES and not tf.config.list_physical_devices("GPU"):
        tf.config.threading.set_intra_op_parallelism_threads(1)


def part_count(model: keras.Model, size: int) -> int:
    """Return the number of equal parts into which a batch of ``size`` images is divided.

    More than one only where that is faster and gives the same numbers: convolutions take long enough, and the
    statistics of a batch normalization need the entire batch.
    """
    kinds = {type(layer) for layer in model.layers}
    if (
        tf.config.threading.get_intra_op_parallelism_threads() != 1
        or keras.layers.Conv2D not in kinds
        or keras.layers.BatchNormalization in kinds
    ):
        return 1
    return MAX_DIVIDED_CORES if size % MAX_DIVIDED_CORES == 0 and size // MAX_DIVIDED_CORES >= MIN_PART_SIZE else 1


def split_batch(parts: int, *tensors: Any) -> list[tuple[Any, ...]]:
    """Return the parts of tensors whose first dimension is the batch: [(x1, y1), (x2, y2), …]."""
    return list(zip(*(tf.split(tensor, parts) for tensor in tensors), strict=True))
