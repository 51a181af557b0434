"""Whoever goes along with a training run: sets its pace, and hears how it goes."""

from dataclasses import dataclass
from typing import Any

from explorer.core.errors import ErrorCode, UserError
from explorer.core.training.settings import Epoch


class TrainingError(UserError):
    """A run that cannot continue; the message says why and what to try."""

    code = ErrorCode.TRAINING_FAILED


class StoppedError(Exception):
    """The run was stopped before its first step."""


@dataclass(frozen=True)
class Progress:
    """After a chunk: steps done in the epoch, mean loss and accuracy so far in it, images a second, seconds left.

    point: mean loss and accuracy since the curve's point before, None where the curve has no point here.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float
    point: tuple[float, float] | None
    images_per_second: float
    left: float


class TrainingCallback:
    """Lets a run go on and says nothing; to be overridden."""

    def pace(self, count: int) -> int:
        """Say before a chunk of ``count`` steps how many to run; may wait, and stops the run by 0."""
        return count

    def breathe(self) -> bool:
        """Say between two batches of an evaluation, or two stages of compiling, whether to go on; may wait."""
        return True

    def progressed(self, progress: Progress) -> None:
        """Hear of a chunk that was run."""

    def epoch_done(self, number: int, epoch: Epoch, evaluation: Any) -> None:
        """Hear of a whole epoch, numbered from 0, and of its `engine.evaluator.Evaluation`."""
