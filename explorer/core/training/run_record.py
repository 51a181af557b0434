"""What is kept of a run, as values of declared types: its record, and the variables from which it can go on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from explorer.core.training.settings import EpochMetrics, run_settings

RunStatus: TypeAlias = Literal["running", "finished", "stopped", "failed"]
"""How a run ended; one that is still "running" in its file was interrupted, or another window trains it."""

MAX_TEXT_LENGTH = 4000
"""Length of a text in a record at most."""

MAX_EPOCHS = 1_000_000
"""Epochs of a run at most: after its end it can go on, time and again."""

_METRICS = tuple(field.name for field in fields(EpochMetrics))


def no_points() -> Any:
    """Return the points of a run that has none, (0, 4)."""
    return np.zeros((0, 4))


@dataclass(frozen=True)
class RunRecord:
    """All of a run but its variables.

    Parameters
    ----------
    settings : settings of the run, the choice of XLA included.
    source : name with which the data is loaded.
    data_name : name of the data that is shown to the user.
    image_counts : number of training and of validation images.
    epochs : metrics of each complete epoch.
    total_epochs : number of epochs at which the run ends.
    step : steps done in the current epoch, 0 at the end of one; in a run that failed, the step that failed.
    status : how the run ended.
    number : the number of the run in the list, which gives it its colour.
    name : a name that the user gave, "" for none.
    message : why it failed, "" if it did not.
    parameters : number of parameters of the network.
    has_variables : whether the variables are kept as well; those of a very large network are not.
    points : epoch, step, loss and accuracy of each point of the curves, (n, 4) float64.
    norms : norm of the gradient of each layer in the latest step.
    confusion, mistakes : as in `events.TrainingEvent`, None before the first epoch ends.
    """

    settings: Mapping[str, Any]
    source: str
    data_name: str
    image_counts: tuple[int, int]
    epochs: Sequence[Mapping[str, float]]
    total_epochs: int = 0
    step: int = 0
    status: RunStatus = "running"
    number: int = 1
    name: str = ""
    message: str = ""
    parameters: int = 0
    has_variables: bool = True
    points: Any = field(default_factory=no_points)
    norms: Mapping[str, float] = field(default_factory=dict)
    confusion: Any = None
    mistakes: Mapping[str, Any] | None = None

    @property
    def steps(self) -> int:
        """Number of steps of an epoch."""
        images = self.image_counts[0]
        return -(-images // min(int(self.settings["batch_size"]), images))

    def to_map(self) -> dict[str, Any]:
        """Return the record for a file."""
        layers, norms = list(self.norms), np.array(list(self.norms.values()), np.float64)
        metrics = np.array([[epoch[key] for key in _METRICS] for epoch in self.epochs]).reshape(-1, len(_METRICS))
        record = {each.name: getattr(self, each.name) for each in fields(self)}
        return record | {
            "settings": dict(self.settings), "image_counts": list(self.image_counts), "epochs": metrics,
            "points": np.asarray(self.points, np.float64).reshape(-1, 4), "layers": layers, "norms": norms,
            "mistakes": None if self.mistakes is None else dict(self.mistakes),
        }  # fmt: skip


def record_from_map(found: Mapping[str, Any]) -> RunRecord:
    """Return the record of a file; raise ValueError, TypeError or KeyError unless everything has its declared type."""
    status = found["status"]
    if status not in get_args(RunStatus):
        raise ValueError("status")
    settings = found["settings"]
    if not isinstance(settings, dict) or not all(isinstance(key, str) for key in settings):
        raise TypeError("settings")
    counts = found["image_counts"]
    if not isinstance(counts, list) or len(counts) != 2:
        raise ValueError("image_counts")
    epochs = _array(found["epochs"], "float64", (None, len(_METRICS)))
    layers = _texts(found["layers"])
    confusion, mistakes = found["confusion"], found["mistakes"]
    return RunRecord(
        settings=run_settings(**settings),
        source=_text(found["source"]),
        data_name=_text(found["data_name"]),
        image_counts=(_whole(counts[0], low=1), _whole(counts[1], low=1)),
        epochs=[asdict(EpochMetrics(*(float(value) for value in row))) for row in epochs],
        total_epochs=_whole(found["total_epochs"], high=MAX_EPOCHS),
        step=_whole(found["step"]),
        status=status,
        number=_whole(found["number"], low=1, high=MAX_EPOCHS),
        name=_text(found["name"]),
        message=_text(found["message"]),
        parameters=_whole(found["parameters"]),
        has_variables=found["has_variables"] is True,
        points=_array(found["points"], "float64", (None, 4)),
        norms=dict(zip(layers, _array(found["norms"], "float64", (len(layers),)).tolist(), strict=True)),
        confusion=None if confusion is None else _array(confusion, "int32", (10, 10)),
        mistakes=None if mistakes is None else _mistakes(mistakes),
    )


@dataclass(frozen=True)
class Variables:
    """The variables of a run.

    Parameters
    ----------
    state : variables of the network and of the optimizer, in the order of the training loop.
    sums : what was added up in the current epoch, by name; empty at the end of one.
    snapshots : step and weights of earlier moments of the run, in the order of Keras's ``get_weights``.
    """

    state: Sequence[Any] = ()
    sums: Mapping[str, float] = field(default_factory=dict)
    snapshots: Sequence[tuple[int, Sequence[Any]]] = ()

    @property
    def size(self) -> int:
        """Bytes of all arrays."""
        arrays = [*self.state, *(array for _, weights in self.snapshots for array in weights)]
        return sum(int(array.nbytes) for array in arrays)

    def to_map(self) -> dict[str, Any]:
        """Return the variables for a file."""
        snapshots = [[int(step), list(weights)] for step, weights in self.snapshots]
        return {"state": list(self.state), "sums": dict(self.sums), "snapshots": snapshots}


def variables_from_map(found: Mapping[str, Any]) -> Variables:
    """Return the variables of a file; raise ValueError, TypeError or KeyError as `record_from_map` does."""
    sums = found["sums"]
    if not isinstance(sums, dict) or not all(isinstance(value, int | float) for value in sums.values()):
        raise TypeError("sums")
    snapshots = []
    for step, weights in _list(found["snapshots"]):
        snapshots.append((_whole(step), [_array(array) for array in _list(weights)]))
    return Variables([_array(array) for array in _list(found["state"])], sums, snapshots)


def _mistakes(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise TypeError("mistakes")
    images = _array(found["images"], "uint8", (None, 28, 28))
    classes = _texts(found["classes"])
    if len(classes) != 10:
        raise ValueError("classes")
    rows = {key: np.asarray(_array(found[key], shape=(len(images),))) for key in ("labels", "predictions")}
    if any(not np.issubdtype(row.dtype, np.integer) or np.any((row < 0) | (row > 9)) for row in rows.values()):
        raise ValueError("labels")
    confidences = _array(found["confidences"], shape=(len(images),))
    return {"images": images, **rows, "confidences": confidences, "classes": classes}


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH:
        raise TypeError("text")
    return value


def _texts(value: Any) -> list[str]:
    return [_text(each) for each in _list(value)]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("list")
    return value


def _whole(value: Any, low: int = 0, high: int = 2**53) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError("whole number")
    return value


def _array(value: Any, dtype: str | None = None, shape: tuple[int | None, ...] | None = None) -> Any:
    """Return an array of this dtype and shape, in which None is any size."""
    if not isinstance(value, np.ndarray) or (dtype is not None and value.dtype.name != dtype):
        raise TypeError("array")
    if shape is not None and value.shape != tuple(
        found if size is None else size for size, found in zip(shape, value.shape, strict=True)
    ):
        raise ValueError("shape")
    return value
