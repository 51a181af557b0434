"""A training run: epochs in chunks, XLA where it is faster, a sentence where the loss is no number."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import tensorflow as tf

from explorer.core.data.dataset import Dataset
from explorer.core.training.callback import Progress, StoppedError, TrainingCallback, TrainingError
from explorer.core.training.checkpoint import Checkpoint
from explorer.core.training.settings import LEARNING_RATES, Epoch
from explorer.engine.training.compiled_models import give_back, take_machine
from explorer.engine.training.nan_finder import first_not_finite

CHUNK = 0.045
"""Seconds that a chunk takes, if a step is not longer: short enough to pause at once, long enough to cost nothing."""

POINTS, SLOW_POINTS = 8, 40
"""Points of an epoch's curve, and of that of a network with convolutions, which takes seconds. They lie at fixed steps,
and each is the mean since the one before: a curve does not depend on how fast the machine was just then."""

REWIND = 0.3
"""Seconds after which the state is copied anew, from which a loss that is no number is looked for."""

TRIAL = 0.15
"""Seconds for which each way is tried when XLA is chosen or not."""

_chosen: dict[tuple[Any, ...], bool] = {}
"""What was chosen before: the same settings must give the same curves, and two ways that are nearly as fast would be
chosen by chance."""


@dataclass
class _TimedPart:
    """What was done of an epoch that is under way. total: sum of the losses. point: total, right and seen as they were
    at the curve's latest point. kept: the loop's state after ``kept_step`` steps, at ``kept_at`` seconds."""

    total: float = 0.0
    right: int = 0
    seen: int = 0
    point: tuple[float, int, int] = (0.0, 0, 0)
    seconds: float = 0.0
    step: int = 0
    kept: list[Any] | None = None
    kept_at: float = 0.0
    kept_step: int = 0


class Trainer:
    """Trains one network on one data set.

    settings: as given, with ``xla`` decided (``yes`` or ``no``). parameters: how many weights there are. epochs: those
    that are whole. stopped: whether `train` ended before its last epoch; called again it goes on where it was.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        data: Dataset,
        watcher: TrainingCallback | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Build and compile; raises StoppedError as soon as the watcher does not want it any more."""
        self.data = data
        self._watcher = watcher or TrainingCallback()
        begin = perf_counter()
        self._machine = take_machine(settings, data)
        self.model, self.loop, self._evaluator = self._machine.model, self._machine.loop, self._machine.evaluator
        self.parameters = int(self.model.count_params())
        self.epochs: list[Epoch] = []
        self.stopped = False
        self._part = _TimedPart()
        points = SLOW_POINTS if any("Conv" in type(layer).__name__ for layer in self.model.layers) else POINTS
        self._between = -(-self.loop.steps // points)
        self._evaluation_seconds = 0.0
        try:
            self._go_on_or_stop()
            self.xla, self._rate = self._choose(settings)
            self._go_on_or_stop()
            self._evaluator.compile()
            self._go_on_or_stop()
        except StoppedError:
            self.release()
            raise
        self.settings = {**settings, "xla": "yes" if self.xla else "no"}
        if checkpoint is not None:
            self.loop.set_state(list(checkpoint.state))
            self.epochs = [Epoch(**epoch) for epoch in checkpoint.epochs]
        self.compile_seconds = perf_counter() - begin

    def release(self) -> None:
        """Let the next run have what was compiled; this one does not go on."""
        give_back(self._machine)

    @property
    def step(self) -> int:
        """Steps done since the beginning of the run."""
        return len(self.epochs) * self.loop.steps + self._part.step

    def checkpoint(self, source: str) -> Checkpoint:
        """Return the run as it is at the end of an epoch; ``source`` is what its data was asked for by."""
        images = len(self.data.x_train), len(self.data.x_validation)
        epochs = [epoch.to_wire() for epoch in self.epochs]
        return Checkpoint(self.settings, source, self.data.name, images, epochs, self.loop.state())

    def train(self, epochs: int) -> None:
        """Go on until there are so many epochs; raises TrainingError where the loss is no number."""
        self.stopped = False
        while len(self.epochs) < epochs and not self.stopped:
            self._epoch(len(self.epochs), epochs)

    def _epoch(self, epoch: int, epochs: int) -> None:
        part, steps = self._part, self.loop.steps
        while part.step < steps:
            to_point = min(self._between - part.step % self._between, steps - part.step)
            asked = min(max(1, round(CHUNK * self._rate)), to_point)
            count = min(self._watcher.pace(asked), asked)
            if not count:
                self.stopped = True
                return
            # Whoever wants to see fewer steps at a time also wants to see them.
            self._watcher.progressed(self._chunk(epoch, count, epochs, count == to_point or count < asked))
        begin = perf_counter()
        evaluation = self._evaluator.evaluate(self._watcher.breathe)
        if evaluation is None:
            self.stopped = True
            return
        self._evaluation_seconds = perf_counter() - begin
        rate = part.seen / max(part.seconds, 1e-9)
        loss, accuracy = part.total / part.seen, part.right / part.seen
        self.epochs.append(Epoch(loss, accuracy, evaluation.loss, evaluation.accuracy, part.seconds, rate))
        self._part = _TimedPart()
        self._watcher.epoch_done(epoch, self.epochs[epoch], evaluation)

    def _chunk(self, epoch: int, count: int, epochs: int, is_point: bool) -> Progress:
        part, batch = self._part, self.loop.batch
        if part.kept is None or perf_counter() - part.kept_at > REWIND:
            part.kept, part.kept_at, part.kept_step = self.loop.state(), perf_counter(), part.step
        begin = perf_counter()
        total, right, images = self.loop.run(epoch, part.step, count, self.xla, (part.total, part.right))
        taken = perf_counter() - begin
        if not math.isfinite(total):
            raise TrainingError(self._why_not_finite(epoch, part.step + count))
        self._rate = 0.7 * self._rate + 0.3 * count / max(taken, 1e-6)
        part.total, part.right = total, right
        part.seconds += taken
        part.step += count
        part.seen += images
        left = (epochs - epoch) * (self.loop.steps / self._rate + self._evaluation_seconds) - part.step / self._rate
        means = total / part.seen, right / part.seen
        point = None
        if is_point:
            total_then, right_then, seen_then = part.point
            since = part.seen - seen_then
            point = (total - total_then) / since, (right - right_then) / since
            part.point = total, right, part.seen
        return Progress(epoch, part.step, *means, point, self._rate * batch, left)

    def _why_not_finite(self, epoch: int, end: int) -> str:
        part = self._part
        assert part.kept is not None
        count = end - part.kept_step
        part.step, layer = first_not_finite(self.loop, epoch, part.kept_step, count, self.xla, part.kept)
        rate, usual = self.settings["learning_rate"], LEARNING_RATES[self.settings["optimizer"]]
        smaller = f"a smaller learning rate, such as {usual if rate > usual else rate / 10:g}"
        return (
            f"The loss is no longer a number, at step {part.step + 1:,} of epoch {epoch + 1}: it began in the layer "
            f"{layer}. Try {smaller}{', or a smaller L2' if self.settings['l2'] else ''}."
        )

    def _go_on_or_stop(self) -> None:
        if not self._watcher.breathe():
            raise StoppedError

    def _choose(self, settings: Mapping[str, Any]) -> tuple[bool, float]:
        """Compile, and time both ways on weights that are put back; returns the choice and steps a second."""
        kind = self._machine.kind
        known = _chosen.get(kind) if settings["xla"] == "auto" else settings["xla"] == "yes"
        kept = self.loop.state()
        rates = self._machine.rates
        for way in (False, True) if known is None else (known,):
            if way in rates:
                continue
            try:
                self.loop.compile(way)
                rates[way] = self._time(way)
            except (tf.errors.OpError, ValueError, NotImplementedError):
                if way is False:
                    raise
            self.loop.set_state(kept)
            self._go_on_or_stop()
        if known is not None and known not in rates:
            return self._choose({**settings, "xla": "no"})  # XLA cannot do it
        best = max(rates, key=lambda way: rates[way]) if known is None else known
        if settings["xla"] == "auto":
            _chosen[kind] = best
        return best, rates[best]

    def _time(self, way: bool) -> float:
        """Return steps a second of the quickest of some calls: what else the machine did just then does not count."""
        count, best = 1, 0.0
        self.loop.run(0, 0, 1, way)
        begin = perf_counter()
        while (now := perf_counter()) - begin < TRIAL:
            count = min(2 * count, self.loop.steps)
            self.loop.run(0, 0, count, way)
            best = max(best, count / (perf_counter() - now))
        return best
