"""How good a network is on images that it does not learn from, and where it is most wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.engine.tf_adapter.parallelism import part_count, split_batch


@dataclass(frozen=True)
class Evaluation:
    """loss: mean, regularization included, as Keras has it. accuracy: from 0 to 1.

    confusion: (10, 10) int32, true digit by guessed digit. worst: places of the images that were taken for another
    digit, the largest loss first, (n,); said: what they were taken for, (n,); sure: with which probability, (n,).
    """

    loss: float
    accuracy: float
    confusion: Any
    worst: Any
    said: Any
    sure: Any


class Evaluator:
    """Loss, accuracy and mistakes of a network on images (n, 28, 28) uint8 with labels (n,) uint8."""

    BATCH = 250
    """Small enough that a pause need not wait for it, also with a CNN."""

    WORST = 12
    """So many mistakes are told."""

    def __init__(self, model: keras.Model, images: Any, labels: Any) -> None:
        self._images = tf.constant(np.asarray(images, np.uint8))
        self._truth = np.asarray(labels, np.int32)
        self._labels = tf.constant(self._truth)
        self._model = model
        self._function = tf.function(self._batch)

    def compile(self) -> None:
        """Trace and compile: a batch of each size is evaluated."""
        count = len(self._truth)
        for size in {min(self.BATCH, count), count % self.BATCH} - {0}:
            self._function(self._images[:size], self._labels[:size])

    def evaluate(self, breathe: Callable[[], bool] = lambda: True) -> Evaluation | None:
        """Evaluate all images. ``breathe`` is called between batches; it may wait, and ends it (None) by False."""
        parts = []
        for start in range(0, len(self._truth), self.BATCH):
            if not breathe():
                return None
            end = start + self.BATCH
            parts.append([part.numpy() for part in self._function(self._images[start:end], self._labels[start:end])])
        losses, guessed, sure = (np.concatenate(part) for part in zip(*parts, strict=True))
        confusion = np.zeros((10, 10), np.int32)
        np.add.at(confusion, (self._truth, guessed), 1)
        wrong = np.flatnonzero(guessed != self._truth)
        worst = wrong[np.argsort(-losses[wrong], kind="stable")][: self.WORST]
        extra = float(sum(float(loss) for loss in self._model.losses))
        loss = float(losses.mean(dtype=np.float64)) + extra
        accuracy = int(np.trace(confusion)) / len(self._truth)
        return Evaluation(loss, accuracy, confusion, worst, guessed[worst], sure[worst])

    def _batch(self, images: Any, labels: Any) -> tuple[Any, ...]:
        parts = split_batch(part_count(self._model, len(images)), images, labels)
        return tuple(tf.concat(told, 0) for told in zip(*(self._part(*part) for part in parts), strict=True))

    def _part(self, images: Any, labels: Any) -> tuple[Any, Any, Any]:
        probabilities = self._model(tf.cast(images, tf.float32) / 255.0, training=False)
        losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
        guessed = tf.argmax(probabilities, axis=1, output_type=tf.int32)
        return losses, guessed, tf.reduce_max(probabilities, axis=1)
