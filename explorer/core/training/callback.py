"""The callback of a training run: it sets the pace, and is told of the progress."""

from dataclasses import dataclass
from typing import Any

from explorer.core.errors import ErrorCode, UserError
from explorer.core.training.settings import EpochMetrics


class TrainingError(UserError):
    """A run that cannot continue; the message says why and what to try."""

    code = ErrorCode.TRAINING_FAILED


class StoppedError(Exception):
    """The run was stopped before its first step."""


@dataclass(frozen=True)
class Progress:
    """The state of a run after a chunk of steps.

    Parameters
    ----------
    epoch : index of the epoch, from 0.
    step : number of steps done in the epoch.
    loss, accuracy : means over the epoch so far.
    curve_point : mean loss and accuracy since the previous point of the curve, None where the curve has no point here.
    images_per_second : current speed.
    seconds_left : estimated time until the end of the run.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float
    curve_point: tuple[float, float] | None
    images_per_second: float
    seconds_left: float


class TrainingCallback:
    """A callback that lets a run go on and does nothing; to be overridden."""

    def on_chunk_begin(self, count: int) -> int:
        """Return how many of the next ``count`` steps to run at once, 0 to stop the run; may block while paused."""
        return count

    def wait_while_paused(self) -> bool:
        """Block while paused, and return whether to go on.

        Called between the batches of an evaluation and between the stages of compiling.
        """
        return True

    def on_chunk_end(self, progress: Progress) -> None:
        """Handle the end of a chunk of steps."""

    def on_epoch_end(self, number: int, epoch: EpochMetrics, evaluation: Any) -> None:
        """Handle the end of an epoch, numbered from 0, with its `engine.training.evaluation.Evaluation`."""
