"""Events: what the engine sends without being asked. Their ``kind`` tells them apart; they have no ``id``."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

from explorer.core.errors import ErrorCode
from explorer.core.protocol.data import Download
from explorer.core.protocol.training import RunState

HELLO, READY, FAILED, TRAINING, DOWNLOAD = "hello", "ready", "failed", "training", "download"


class HelloEvent(TypedDict):
    """The first message of an engine, sent before TensorFlow is imported. protocol: `frames.PROTOCOL`."""

    kind: Literal["hello"]
    protocol: int
    pid: int


class ReadyEvent(TypedDict):
    """TensorFlow is imported. device: the first of ``devices``. seconds: how long the import took."""

    kind: Literal["ready"]
    tensorflow: str
    device: str
    devices: list[str]
    seconds: float


class FailedEvent(TypedDict):
    """TensorFlow cannot be imported. The engine ends. code: see `ERRORS`."""

    kind: Literal["failed"]
    message: str
    code: NotRequired[str]


class Mistakes(TypedDict):
    """The images that a network gets wrong with the most confidence.

    images: (n, 28, 28) uint8. labels, predictions: (n,), the true and the predicted label. confidences: (n,), the
    probability of the predicted one. classes: what the ten labels mean.
    """

    images: Any
    labels: Any
    predictions: Any
    confidences: Any
    classes: list[str]


class TrainingEvent(TypedDict):
    """News of a run. A key is left out where there is nothing new.

    run: its number.
    Before compiling: data (its name), images, validation (sizes).
    When the run begins: steps (of an epoch), epochs (at the end), parameters, layers, settings, compile_seconds,
    network (its number).
    Progress: epoch, step, rate (images a second), left (seconds), norms (of each layer's gradient, float32), points
    (epoch, step, loss and accuracy of each chunk since the event before).
    At the end of an epoch: epoch_done, metrics, confusion (10, 10), mistakes.
    checkpoint (whether the run was kept, with its variables): at the end of an epoch and of the run.
    message, code: why the run failed; see `ERRORS`.
    """

    kind: Literal["training"]
    run: int
    state: RunState
    data: NotRequired[str]
    images: NotRequired[int]
    validation: NotRequired[int]
    steps: NotRequired[int]
    epochs: NotRequired[int]
    parameters: NotRequired[int]
    layers: NotRequired[list[str]]
    settings: NotRequired[dict[str, Any]]
    compile_seconds: NotRequired[float]
    network: NotRequired[int]
    epoch: NotRequired[int]
    step: NotRequired[int]
    rate: NotRequired[float]
    left: NotRequired[float]
    norms: NotRequired[Any]
    points: NotRequired[list[list[float]]]
    epoch_done: NotRequired[int]
    metrics: NotRequired[dict[str, float]]
    confusion: NotRequired[Any]
    mistakes: NotRequired[Mistakes]
    checkpoint: NotRequired[bool]
    message: NotRequired[str]
    code: NotRequired[str]


class DownloadEvent(TypedDict):
    """News of a download. done, total: bytes, while it runs. message, code: why it failed; see `ERRORS`."""

    kind: Literal["download"]
    data: str
    state: Download
    done: NotRequired[int]
    total: NotRequired[int]
    message: NotRequired[str]
    code: NotRequired[str]


EVENTS: Mapping[str, type] = {
    HELLO: HelloEvent,
    READY: ReadyEvent,
    FAILED: FailedEvent,
    TRAINING: TrainingEvent,
    DOWNLOAD: DownloadEvent,
}

ERRORS: Mapping[str, tuple[ErrorCode, ...]] = {
    FAILED: (ErrorCode.INTERNAL,),
    TRAINING: (ErrorCode.FILE_UNUSABLE, ErrorCode.TRAINING_FAILED, ErrorCode.INTERNAL),
    DOWNLOAD: (ErrorCode.FILE_UNUSABLE, ErrorCode.INTERNAL),
}
"""The values of ``code`` in the events that report a failure."""
