"""The training runs of the window, which can be named, hidden, deleted and saved as CSV."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write
from explorer.core.training.run_names import run_names
from explorer.core.training.run_record import RunRecord, RunStatus

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")
"""Names of the curves of a run."""

MAX_POINTS = 4000
"""Maximum number of points of a curve, more than a screen has pixels."""


@dataclass
class Run:
    """A training run.

    Parameters
    ----------
    number : its number, which gives it its colour.
    name : what it is called in plots and lists: ``given_name``, else what differs from the other runs.
    given_name : the name that the user gave, "" for none.
    source : name with which its data is loaded, "" if it is not known.
    status : how it ended; "running" until then.
    message : why it failed, "" if it did not.
    path : the file in which it is kept, None if it is not.
    is_kept : whether that was possible when it was last tried, None if that is not known.
    data : name of the data set that is shown to the user.
    steps : number of steps in an epoch.
    visible : whether its curves are shown.
    curves : by name, the x values in epochs and the y values.
    epochs : metrics of each complete epoch.
    """

    number: int
    name: str
    settings: Mapping[str, Any]
    data: str = ""
    steps: int = 0
    visible: bool = True
    curves: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)
    epochs: list[Mapping[str, float]] = field(default_factory=list)
    given_name: str = ""
    source: str = ""
    status: RunStatus = "running"
    message: str = ""
    path: Path | None = None
    is_kept: bool | None = None

    @property
    def has_file(self) -> bool:
        """Whether its network can be shown again."""
        return self.path is not None and self.path.is_file()

    @property
    def is_lost_at_close(self) -> bool:
        """Whether there is something that is not in its file."""
        return bool(self.curves) and self.path is not None and (self.is_kept is False or not self.has_file)

    def take_up(self, record: RunRecord) -> None:
        """Take curves, metrics and state from a kept run."""
        self.data, self.steps, self.source = record.data_name, record.steps, record.source
        self.status, self.message = record.status, record.message
        for epoch, step, loss, accuracy in record.points.tolist():
            self.add_point("loss", epoch + step / self.steps, loss)
            self.add_point("accuracy", epoch + step / self.steps, accuracy)
        for number, metrics in enumerate(record.epochs):
            self.add_epoch(number, metrics)

    def add_point(self, name: str, x: float, value: float) -> None:
        """Add a point to a curve, unless it does not lie behind the last one: then it is known already."""
        xs, ys = self.curves.setdefault(name, ([], []))
        if not xs or x > xs[-1]:
            xs.append(x)
            ys.append(value)
        if len(xs) > MAX_POINTS:
            del xs[1:-1:2], ys[1:-1:2]  # the curve of a long run becomes coarser, but stays complete

    def add_epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Add the metrics of an epoch, numbered from 0; those of it and of later epochs that are known are replaced."""
        self.epochs[number:] = [metrics]
        for name in ("val_loss", "val_accuracy"):
            self.add_point(name, number + 1.0, metrics[name])

    def rows(self) -> list[list[Any]]:
        """Return a row for each x: name of the run, epoch as float, step, and the values of `CURVES`, "" for none."""
        rows: dict[float, dict[str, float]] = {}
        for name in CURVES:
            for x, y in zip(*self.curves.get(name, ([], [])), strict=True):
                rows.setdefault(x, {})[name] = y
        return [
            [self.name, x, round(x * self.steps), *(point.get(name, "") for name in CURVES)]
            for x, point in sorted(rows.items())
        ]


class RunList(QObject):
    """The runs in the order in which they were started.

    Signals: `renamed` and `deleted` with the run, after `changed`.
    """

    changed = Signal()
    renamed = Signal(object)
    deleted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.all: list[Run] = []
        self._count = 0

    def add(self, settings: Mapping[str, Any]) -> Run:
        """Add a run with a number and a name, and return it."""
        return self._insert(Run(self._count + 1, "", settings))

    def restore(self, record: RunRecord, path: Path) -> Run:
        """Add a kept run with its number, or the next one where that is taken, and return it."""
        number = self._count + 1 if any(run.number == record.number for run in self.all) else record.number
        run = Run(number, "", record.settings, given_name=record.name, path=path, is_kept=record.has_variables)
        run.take_up(record)
        return self._insert(run)

    def _insert(self, run: Run) -> Run:
        self._count = max(self._count, run.number)
        self.all.append(run)
        self.update_names()
        return run

    def update_names(self) -> None:
        """Name each run by what differs from the others."""
        names = run_names([(run.settings, run.data) for run in self.all])
        for run, name in zip(self.all, names, strict=True):
            run.name = run.given_name or f"{run.number}: {name}"
        self.changed.emit()

    def rename(self, run: Run, name: str) -> None:
        """Rename a run; an empty name is ignored."""
        if name.strip() and name.strip() != run.name:
            run.given_name = name.strip()
            self.update_names()
            self.renamed.emit(run)

    def set_visible(self, run: Run, visible: bool) -> None:
        """Show or hide the curves of a run."""
        run.visible = visible
        self.changed.emit()

    def delete(self, run: Run) -> None:
        """Delete a run."""
        if run in self.all:
            self.all.remove(run)
            if not self.all:
                self._count = 0
            self.update_names()
            self.deleted.emit(run)

    def csv(self) -> str:
        """Return all runs as CSV with a header."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["run", "epoch", "step", *CURVES])
        for run in self.all:
            writer.writerows(run.rows())
        return text.getvalue()

    def save_csv(self, path: Path) -> None:
        """Save all runs as CSV; raises OSError."""
        with atomic_write(path) as part:
            part.write_text(self.csv(), encoding="utf-8")
