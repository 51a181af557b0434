"""A training run: epochs in chunks, XLA where it is faster, and a message where the loss is not finite."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import tensorflow as tf

from explorer.core.data.dataset import Dataset
from explorer.core.training.callback import Progress, StoppedError, TrainingCallback, TrainingError
from explorer.core.training.checkpoint import Checkpoint, CheckpointError
from explorer.core.training.run_record import RunRecord, Variables
from explorer.core.training.settings import DEFAULT_LEARNING_RATES, EpochMetrics
from explorer.engine.training.compiled_models import acquire_model, release_model
from explorer.engine.training.nan_finder import find_first_nan

CHUNK_SECONDS = 0.045
"""Duration of a chunk, unless one step takes longer: short enough to pause at once, long enough to cost nothing."""

CURVE_POINTS, CONVOLUTIONAL_CURVE_POINTS = 8, 40
"""Points of an epoch's curve, and of that of a network with convolutions, whose epoch takes seconds.

They lie at fixed steps, and each is the mean since the point before, so that a curve does not depend on the machine's
speed.
"""

SNAPSHOT_INTERVAL_S = 0.3
"""Time between copies of the state, from which the first step with a loss that is not finite is searched."""

TRIAL_S = 0.15
"""How long training is timed with and without XLA each, to choose between them."""

_choices: dict[tuple[Any, ...], bool] = {}
"""Earlier choices of XLA by kind: the same settings must give the same curves, and where both are nearly as fast the
timing alone would choose by chance."""


@dataclass
class _PartialEpoch:
    """The part of the current epoch that is done.

    total, correct, images: sums up to the curve's latest point. new_total, new_correct, new_images: sums since then,
    kept apart: in a sum with a loss of 1e19, the losses after it would be lost. snapshot: the loop's state after
    ``snapshot_step`` steps, taken at ``snapshot_time`` seconds.
    """

    total: float = 0.0
    correct: int = 0
    images: int = 0
    new_total: float = 0.0
    new_correct: int = 0
    new_images: int = 0
    seconds: float = 0.0
    step: int = 0
    snapshot: list[Any] | None = None
    snapshot_time: float = 0.0
    snapshot_step: int = 0

    @property
    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy of the images so far."""
        images = self.images + self.new_images
        return (self.total + self.new_total) / images, (self.correct + self.new_correct) / images

    def end_point(self) -> tuple[float, float]:
        """Begin another point of the curve; return mean loss and accuracy of the images since the one before."""
        point = self.new_total / self.new_images, self.new_correct / self.new_images
        self.total, self.new_total = self.total + self.new_total, 0.0
        self.correct, self.new_correct = self.correct + self.new_correct, 0
        self.images, self.new_images = self.images + self.new_images, 0
        return point

    def sums(self) -> dict[str, float]:
        """Return what a checkpoint in the middle of an epoch needs, by name."""
        return {name: getattr(self, name) for name in _SUMS}

    @classmethod
    def from_sums(cls, sums: Mapping[str, float]) -> "_PartialEpoch":
        """Return what `sums` described; raises KeyError."""
        return cls(**{name: kind(sums[name]) for name, kind in _SUMS.items()})


_SUMS: Mapping[str, Callable[[float], Any]] = {
    "total": float, "correct": int, "images": int, "new_total": float, "new_correct": int, "new_images": int,
    "seconds": float, "step": int,
}  # fmt: skip
"""The numbers of a `_PartialEpoch` that a checkpoint has."""


class Trainer:
    """Trains one network on one data set.

    settings: as passed, with ``xla`` decided (``yes`` or ``no``). parameters: the number of weights. epochs: those that
    are complete. stopped: whether `train` ended before its last epoch; the next call continues there. failed_step: the
    step of the current epoch, counted from 1, whose loss was not finite; 0 for none.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        data: Dataset,
        callback: TrainingCallback | None = None,
        checkpoint: Checkpoint | None = None,
        compile_later: bool = False,
    ) -> None:
        """Build and compile; raises StoppedError as soon as the callback stops the run.

        checkpoint: of the run that goes on here; CheckpointError is raised where it does not fit the network.
        compile_later: whether to compile at the beginning of `train`, because the run is only to be looked at.
        """
        self.data = data
        self._callback = callback or TrainingCallback()
        begin = perf_counter()
        self._compiled = acquire_model(settings, data)
        self.model, self.loop, self._evaluator = self._compiled.model, self._compiled.loop, self._compiled.evaluator
        self.parameters = int(self.model.count_params())
        self.epochs: list[EpochMetrics] = []
        self.stopped = False
        self.failed_step = 0
        self._partial = _PartialEpoch()
        is_convolutional = any("Conv" in type(layer).__name__ for layer in self.model.layers)
        points = CONVOLUTIONAL_CURVE_POINTS if is_convolutional else CURVE_POINTS
        self._steps_per_point = -(-self.loop.steps // points)
        self._evaluation_seconds = 0.0
        self.settings = dict(settings)
        self.xla, self._rate = settings["xla"] == "yes", 0.0
        self.compile_seconds = 0.0
        self.is_compiled = False
        try:
            if checkpoint is not None:
                self._restore(checkpoint)
            if not compile_later:
                self.compile()
        except (StoppedError, CheckpointError):
            self.release()
            raise
        self.compile_seconds = perf_counter() - begin

    def _restore(self, checkpoint: Checkpoint) -> None:
        variables = checkpoint.variables
        try:
            self.loop.set_state(list(variables.state))
            if variables.sums:
                self._partial = _PartialEpoch.from_sums(variables.sums)
                if not 0 < self._partial.step <= self.loop.steps:
                    raise ValueError("step")
        except (ValueError, TypeError, KeyError, tf.errors.OpError) as error:
            raise CheckpointError("The weights of this run do not fit its network, so it cannot go on.") from error
        self.epochs = [EpochMetrics(**epoch) for epoch in checkpoint.record.epochs]

    def compile(self) -> None:
        """Compile, unless that was done; raises StoppedError as soon as the callback stops the run."""
        if self.is_compiled:
            return
        begin = perf_counter()
        self._check_stopped()
        self.xla, self._rate = self._choose_xla(self.settings)
        self._check_stopped()
        self._evaluator.compile()
        self._check_stopped()
        self.settings["xla"] = "yes" if self.xla else "no"
        self.is_compiled = True
        self.compile_seconds = perf_counter() - begin

    def release(self) -> None:
        """Give what was compiled to the next run; this one must not continue."""
        release_model(self._compiled)

    @property
    def step(self) -> int:
        """Steps done since the beginning of the run."""
        return len(self.epochs) * self.loop.steps + self._partial.step

    def variables(self, snapshots: Sequence[tuple[int, Sequence[Any]]] = ()) -> Variables:
        """Return the variables, between chunks of steps, with ``snapshots`` of the weights from before."""
        sums = self._partial.sums() if self._partial.step else {}
        return Variables(self.loop.state(), sums, snapshots)

    def record(self, source: str) -> RunRecord:
        """Return the record of the run; ``source`` is the name by which its data was opened."""
        images = len(self.data.x_train), len(self.data.x_validation)
        return RunRecord(
            self.settings,
            source,
            self.data.name,
            images,
            [epoch.to_dict() for epoch in self.epochs],
            step=self.failed_step or self._partial.step,
            parameters=self.parameters,
            norms=dict(zip(self.loop.layers, self.loop.gradient_norms.tolist(), strict=True)),
        )

    def train(self, epochs: int) -> None:
        """Train until there are ``epochs`` epochs; raises TrainingError where the loss is not finite."""
        self.compile()
        self.stopped = False
        while len(self.epochs) < epochs and not self.stopped:
            self._train_epoch(len(self.epochs), epochs)

    def _train_epoch(self, epoch: int, epochs: int) -> None:
        partial, steps = self._partial, self.loop.steps
        while partial.step < steps:
            to_point = min(self._steps_per_point - partial.step % self._steps_per_point, steps - partial.step)
            proposed = min(max(1, round(CHUNK_SECONDS * self._rate)), to_point)
            count = min(self._callback.on_chunk_begin(proposed), proposed)
            if not count:
                self.stopped = True
                return
            # A callback that asks for fewer steps at a time wants a point of the curve for each chunk.
            is_point = count == to_point or count < proposed
            self._callback.on_chunk_end(self._run_chunk(epoch, count, epochs, is_point))
        begin = perf_counter()
        evaluation = self._evaluator.evaluate(self._callback.wait_while_paused)
        if evaluation is None:
            self.stopped = True
            return
        self._evaluation_seconds = perf_counter() - begin
        rate = partial.images / max(partial.seconds, 1e-9)
        loss, accuracy = partial.means
        self.epochs.append(EpochMetrics(loss, accuracy, evaluation.loss, evaluation.accuracy, partial.seconds, rate))
        self._partial = _PartialEpoch()
        self._callback.on_epoch_end(epoch, self.epochs[epoch], evaluation)

    def _run_chunk(self, epoch: int, count: int, epochs: int, is_point: bool) -> Progress:
        partial = self._partial
        if partial.snapshot is None or perf_counter() - partial.snapshot_time > SNAPSHOT_INTERVAL_S:
            partial.snapshot = self.loop.state()
            partial.snapshot_time, partial.snapshot_step = perf_counter(), partial.step
        begin = perf_counter()
        sums = partial.new_total, partial.new_correct
        total, correct, images = self.loop.run(epoch, partial.step, count, self.xla, sums)
        seconds = perf_counter() - begin
        if not math.isfinite(total):
            raise TrainingError(self._not_finite_message(epoch, partial.step + count))
        self._rate = 0.7 * self._rate + 0.3 * count / max(seconds, 1e-6)
        partial.new_total, partial.new_correct = total, correct
        partial.new_images += images
        partial.seconds += seconds
        partial.step += count
        seconds_per_epoch = self.loop.steps / self._rate + self._evaluation_seconds
        left = (epochs - epoch) * seconds_per_epoch - partial.step / self._rate
        means = partial.means
        point = partial.end_point() if is_point else None
        return Progress(epoch, partial.step, *means, point, self._rate * self.loop.batch_size, left)

    def _not_finite_message(self, epoch: int, end: int) -> str:
        partial = self._partial
        assert partial.snapshot is not None
        start = partial.snapshot_step
        partial.step, layer = find_first_nan(self.loop, epoch, start, end - start, self.xla, partial.snapshot)
        self.failed_step = partial.step + 1
        rate, usual = self.settings["learning_rate"], DEFAULT_LEARNING_RATES[self.settings["optimizer"]]
        advice = f"a smaller learning rate, such as {usual if rate > usual else rate / 10:g}"
        return (
            f"The loss is no longer a number, at step {self.failed_step:,} of epoch {epoch + 1}: it began in the layer "
            f"{layer}. Try {advice}{', or a smaller L2' if self.settings['l2'] else ''}."
        )

    def _check_stopped(self) -> None:
        if not self._callback.wait_while_paused():
            raise StoppedError

    def _choose_xla(self, settings: Mapping[str, Any]) -> tuple[bool, float]:
        """Compile, and time training without and with XLA on weights that are restored afterwards.

        Return whether XLA is used, and steps per second.
        """
        kind = self._compiled.kind
        known = _choices.get(kind) if settings["xla"] == "auto" else settings["xla"] == "yes"
        state = self.loop.state()
        rates = self._compiled.rates
        for xla in (False, True) if known is None else (known,):
            if xla in rates:
                continue
            try:
                self.loop.compile(xla)
                rates[xla] = self._measure_rate(xla)
            except (tf.errors.OpError, ValueError, NotImplementedError):
                if not xla:
                    raise
            self.loop.set_state(state)
            self._check_stopped()
        if known is not None and known not in rates:
            return self._choose_xla({**settings, "xla": "no"})  # XLA cannot compile this network
        best = max(rates, key=lambda xla: rates[xla]) if known is None else known
        if settings["xla"] == "auto":
            _choices[kind] = best
        return best, rates[best]

    def _measure_rate(self, xla: bool) -> float:
        """Return steps per second of the fastest of several calls, which other load on the machine affects least."""
        count, best = 1, 0.0
        self.loop.run(0, 0, 1, xla)
        begin = perf_counter()
        while (now := perf_counter()) - begin < TRIAL_S:
            count = min(2 * count, self.loop.steps)
            self.loop.run(0, 0, count, xla)
            best = max(best, count / (perf_counter() - now))
        return best
