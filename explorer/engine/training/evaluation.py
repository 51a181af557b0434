"""Loss, accuracy and worst mistakes of a network on images that it is not trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.engine.tf_adapter.parallelism import part_count, split_batch

BATCH_SIZE = 250
"""Images of an evaluation's batch: few enough that a pause need not wait for it, with a CNN as well."""

MAX_MISTAKES = 12
"""Mistakes in an evaluation at most."""


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation.

    loss: the mean, regularization included, as Keras has it. accuracy: from 0 to 1. confusion: (10, 10) int32, rows are
    true digits, columns predicted ones. worst: indices of the misclassified images, the largest loss first, (n,);
    predictions: what they were taken for, (n,); confidences: the probabilities of these, (n,).
    """

    loss: float
    accuracy: float
    confusion: Any
    worst: Any
    predictions: Any
    confidences: Any


class Evaluator:
    """Evaluates a network on images (n, 28, 28) uint8 with labels (n,) uint8."""

    def __init__(self, model: keras.Model, images: Any, labels: Any) -> None:
        self._images = tf.constant(np.asarray(images, np.uint8))
        self._truth = np.asarray(labels, np.int32)
        self._labels = tf.constant(self._truth)
        self._model = model
        self._function = tf.function(self._evaluate_batch)

    def compile(self) -> None:
        """Trace and compile for each size of batch."""
        count = len(self._truth)
        for size in {min(BATCH_SIZE, count), count % BATCH_SIZE} - {0}:
            self._function(self._images[:size], self._labels[:size])

    def evaluate(self, may_continue: Callable[[], bool] = lambda: True) -> Evaluation | None:
        """Evaluate all images; None if stopped.

        may_continue: called before each batch; it may wait, and stops the evaluation by returning False.
        """
        batches = []
        for start in range(0, len(self._truth), BATCH_SIZE):
            if not may_continue():
                return None
            end = start + BATCH_SIZE
            batches.append([x.numpy() for x in self._function(self._images[start:end], self._labels[start:end])])
        losses, predicted, probabilities = (np.concatenate(part) for part in zip(*batches, strict=True))
        confusion = np.zeros((10, 10), np.int32)
        np.add.at(confusion, (self._truth, predicted), 1)
        wrong = np.flatnonzero(predicted != self._truth)
        worst = wrong[np.argsort(-losses[wrong], kind="stable")][:MAX_MISTAKES]
        regularization = float(sum(float(loss) for loss in self._model.losses))
        loss = float(losses.mean(dtype=np.float64)) + regularization
        accuracy = int(np.trace(confusion)) / len(self._truth)
        return Evaluation(loss, accuracy, confusion, worst, predicted[worst], probabilities[worst])

    def _evaluate_batch(self, images: Any, labels: Any) -> tuple[Any, ...]:
        parts = split_batch(part_count(self._model, len(images)), images, labels)
        return tuple(tf.concat(results, 0) for results in zip(*(self._evaluate_part(*p) for p in parts), strict=True))

    def _evaluate_part(self, images: Any, labels: Any) -> tuple[Any, Any, Any]:
        probabilities = self._model(tf.cast(images, tf.float32) / 255.0, training=False)
        losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
        predicted = tf.argmax(probabilities, axis=1, output_type=tf.int32)
        return losses, predicted, tf.reduce_max(probabilities, axis=1)
