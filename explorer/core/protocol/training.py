"""Requests that start and control a run. What happens in it arrives as `events.TrainingEvent`."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from explorer.core.protocol.request_kind import EmptyPayload, Reply, RequestKind, Worker

RunState: TypeAlias = Literal["compiling", "running", "paused", "finished", "stopped", "failed"]
RunCommand: TypeAlias = Literal["pause", "continue", "step", "epoch", "stop", "discard", "slow"]


class TrainPayload(TypedDict):
    """Either ``settings`` and ``data``, or ``go_on_from``, the path of a checkpoint.

    run: a number for the run, by which its events are recognized. checkpoint: the file in which to keep the run, at the
    end of each epoch and of the run. number, name: those of the run in the window's list, to keep with it. command:
    ``step`` or ``epoch`` to pause after that. speed: steps a second, 0 for as many as possible. show_only: whether the
    network of the checkpoint is only made the current one; a command then lets the run go on.
    """

    run: NotRequired[int]
    title: NotRequired[str]
    settings: NotRequired[Mapping[str, Any]]
    data: NotRequired[str]
    go_on_from: NotRequired[str]
    checkpoint: NotRequired[str]
    number: NotRequired[int]
    name: NotRequired[str]
    show_only: NotRequired[bool]
    command: NotRequired[RunCommand]
    speed: NotRequired[float]


class TrainControlPayload(TypedDict):
    """``discard`` stops a run and deletes what was kept of it.

    speed: steps a second for the command ``slow``, 0 for as many as possible; other commands have none."""

    command: RunCommand
    speed: NotRequired[float]


class RunReply(Reply):
    """run: the number of the run."""

    run: int


class PrepareTrainingReply(Reply):
    """keras: its version."""

    keras: str


TRAIN = RequestKind("train", TrainPayload, RunReply, "training", Worker.READER, lane="train", errors=())
TRAIN_CONTROL = RequestKind("train_control", TrainControlPayload, RunReply, "training", Worker.READER, errors=())
PREPARE_TRAINING = RequestKind(
    "prepare_training", EmptyPayload, PrepareTrainingReply, "training", Worker.MODEL, "prepare_training", errors=()
)

KINDS = (TRAIN, TRAIN_CONTROL, PREPARE_TRAINING)
