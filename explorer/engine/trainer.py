"""A training run: epochs in chunks, XLA where it is faster, a sentence where the loss is no number."""

import math
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.dataset import Dataset
from explorer.core.training import Epoch
from explorer.engine.loop import Evaluator, Loop
from explorer.engine.networks import build_network, build_optimizer

CHUNK = 0.045
"""Seconds that a chunk takes: short enough to pause at once, long enough to cost nothing."""

TRIAL = 0.15
"""Seconds for which each way is tried when XLA is chosen or not."""

EpochDone = Callable[[int, Mapping[str, float], Any], None]

Progress = Callable[[int, int, float, float], bool]
"""Called after each chunk with epoch, step, mean loss and accuracy so far in the epoch; False ends the run."""


class TrainingError(RuntimeError):
    """A run that cannot go on, with a sentence that says why and what to try."""


class Trainer:
    """Trains one network on one data set. ``xla`` None: both ways are timed and the faster one is used.

    pace: asked before each chunk of so many steps; returns how many to run, may wait, and ends the run by 0.
    """

    def __init__(self, settings: Mapping[str, Any], data: Dataset, xla: bool | None = None) -> None:
        self.settings = dict(settings)
        self.data = data
        self.model = build_network(settings)
        batch, seed = settings["batch_size"], settings["seed"]
        self.loop = Loop(self.model, build_optimizer(settings), data.x_train, data.y_train, batch, seed)
        self._evaluator = Evaluator(self.model, data.x_validation, data.y_validation)
        self.epochs: list[Epoch] = []
        self.pace: Callable[[int], int] = lambda count: count
        self.stopped = False
        begin = perf_counter()
        self.xla, self._rate = self._choose(xla)
        self._evaluator.evaluate()
        self.compile_seconds = perf_counter() - begin

    @property
    def parameters(self) -> int:
        """How many weights the network has."""
        return int(self.model.count_params())

    def train(self, progress: Progress = lambda *_: True, epoch_done: EpochDone = lambda *_: None) -> None:
        """Run all epochs that are left; raises TrainingError where the loss is no number.

        epoch_done: called with the epoch's number from 0, its metrics, and the confusion matrix (10, 10) of the
        validation images, true digit by guessed digit.
        """
        for epoch in range(len(self.epochs), self.settings["epochs"]):
            if self.stopped:
                return
            self._epoch(epoch, progress)
            if len(self.epochs) > epoch:
                epoch_done(epoch, self.epochs[epoch].to_wire(), self._evaluator.confusion)

    def _epoch(self, epoch: int, progress: Progress) -> None:
        total, right, seen, seconds, step = 0.0, 0, 0, 0.0, 0
        while step < self.loop.steps:
            count = max(1, min(round(CHUNK * self._rate), self.loop.steps - step))
            count = min(self.pace(count), self.loop.steps - step)
            if not count:
                self.stopped = True
                return
            begin = perf_counter()
            total, right, images = self.loop.run(epoch, step, count, self.xla, (total, right))
            taken = perf_counter() - begin
            seconds += taken
            self._rate = 0.7 * self._rate + 0.3 * count / max(taken, 1e-6)
            step += count
            seen += images
            if not math.isfinite(total):
                raise TrainingError(self._why_not_finite())
            if not progress(epoch, step, total / seen, right / seen):
                self.stopped = True
                if step < self.loop.steps:
                    return
        val_loss, val_accuracy = self._evaluator.evaluate()
        rate = seen / max(seconds, 1e-9)
        self.epochs.append(Epoch(total / seen, right / seen, val_loss, val_accuracy, seconds, rate))

    def _choose(self, xla: bool | None) -> tuple[bool, float]:
        """Compile, and time both ways on weights that are put back; returns the choice and steps a second."""
        kept = self.loop.state()
        rates: dict[bool, float] = {}
        for way in (False, True) if xla is None else (xla,):
            try:
                self.loop.compile(way)
                rates[way] = self._time(way)
            except (tf.errors.OpError, ValueError, NotImplementedError):
                if way is False:
                    raise
            self.loop.set_state(kept)
        best = max(rates, key=lambda way: rates[way])
        return best, rates[best]

    def _time(self, way: bool) -> float:
        count, steps, begin = 1, 0, perf_counter()
        self.loop.run(0, 0, 1, way)
        begin = perf_counter()
        while (taken := perf_counter() - begin) < TRIAL:
            count = min(2 * count, self.loop.steps)
            self.loop.run(0, 0, count, way)
            steps += count
        return steps / taken

    def _why_not_finite(self) -> str:
        """Name the first layer whose weights or outputs are no numbers."""
        images = tf.cast(self.data.x_train[:64], tf.float32) / 255.0
        for layer in self.model.layers:
            images = layer(images, training=False)
            weights = [weight.value.numpy() for weight in layer.weights]
            if not all(np.all(np.isfinite(weight)) for weight in weights) or not np.all(np.isfinite(images)):
                return (
                    f"The loss is no longer a number: it began in the layer {layer.name}. Try a smaller learning rate."
                )
        return "The loss is no longer a number. Try a smaller learning rate."


def save_whole(model: keras.Model, path: str) -> None:
    """Save a model as ``.keras``, beside and then renamed: whole or not at all. Raises OSError."""
    import os

    part = f"{path}.part.keras"
    try:
        model.save(part)
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)
