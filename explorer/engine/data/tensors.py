"""Training images and labels as tensors, created once for each data set and shared by all runs on it."""

from typing import Any
from weakref import WeakKeyDictionary

import tensorflow as tf

from explorer.core.data.dataset import Dataset

_cache: WeakKeyDictionary[Dataset, tuple[Any, Any]] = WeakKeyDictionary()


def training_tensors(data: Dataset) -> tuple[Any, Any]:
    """Return the training images, (n, 28, 28) uint8, and their labels, (n,) int32."""
    if data not in _cache:
        _cache[data] = tf.constant(data.x_train), tf.constant(data.y_train, tf.int32)
    return _cache[data]
