"""The points of a run's curves, for its file and for the window."""

from typing import Any

import numpy as np

MAX_POINTS = 4000
"""Points of a curve that are kept."""


class RunCurve:
    """Points of epoch, step, loss and accuracy: those of the whole run, and those that were not reported yet."""

    def __init__(self) -> None:
        self._all: list[list[float]] = []
        self._new: list[list[float]] = []

    @property
    def points(self) -> Any:
        """The points of the run, (n, 4) float64; a long run has every second one of its older points."""
        return np.array(self._all, np.float64).reshape(-1, 4)

    def restore(self, points: Any) -> None:
        """Begin with the points of a kept run, (n, 4)."""
        self._all = [list(point) for point in points.tolist()]

    def add(self, point: list[float]) -> None:
        """Add a point."""
        self._new.append(point)
        self._all.append(point)
        if len(self._all) > MAX_POINTS:
            del self._all[1:-1:2]

    def take_new(self) -> dict[str, Any]:
        """Return the points since the last call as ``points`` of a `TrainingEvent`; nothing where there are none."""
        points, self._new = self._new, []
        return {"points": points} if points else {}
