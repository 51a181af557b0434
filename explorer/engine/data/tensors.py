"""Images and labels as tensors, made once for each data set however many runs train on it."""

from typing import Any
from weakref import WeakKeyDictionary

import tensorflow as tf

from explorer.core.data.dataset import Dataset

_made: WeakKeyDictionary[Dataset, tuple[Any, Any]] = WeakKeyDictionary()


def training_tensors(data: Dataset) -> tuple[Any, Any]:
    """Return the images to train on, (n, 28, 28) uint8, and their labels, (n,) int32."""
    if data not in _made:
        _made[data] = tf.constant(data.x_train), tf.constant(data.y_train, tf.int32)
    return _made[data]
