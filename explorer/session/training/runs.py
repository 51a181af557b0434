"""The training runs of the window, which can be named, hidden, deleted and saved as CSV."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")
"""Names of the curves of a run."""

MAX_POINTS = 4000
"""Maximum number of points of a curve, more than a screen has pixels."""


@dataclass
class Run:
    """A training run.

    Parameters
    ----------
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
    """The runs in the order in which they were started."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.all: list[Run] = []
        self._count = 0

    def add(self, settings: Mapping[str, Any]) -> Run:
        """Add a run with a number and a name, and return it."""
        self._count += 1
        run = Run(self._count, f"{self._count}: {settings['model']}", settings)
        self.all.append(run)
        self.changed.emit()
        return run

    def rename(self, run: Run, name: str) -> None:
        """Rename a run; an empty name is ignored."""
        if name.strip():
            run.name = name.strip()
            self.changed.emit()

    def set_visible(self, run: Run, visible: bool) -> None:
        """Show or hide the curves of a run."""
        run.visible = visible
        self.changed.emit()

    def delete(self, run: Run) -> None:
        """Delete a run."""
        if run in self.all:
            self.all.remove(run)
            self.changed.emit()

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
