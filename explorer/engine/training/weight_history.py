"""The weights after many steps of a run, within a memory budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MEMORY_BUDGET_BYTES = 96_000_000
"""Memory that all snapshots of a run may take together."""


@dataclass(frozen=True)
class WeightSnapshot:
    """The weights after ``step`` steps of the run, in the order of Keras's ``get_weights``."""

    step: int
    weights: tuple[Any, ...]

    @property
    def size(self) -> int:
        """Bytes of all weights."""
        return sum(int(weight.nbytes) for weight in self.weights)


class WeightHistory:
    """Snapshots in the order of their steps, always including the newest.

    When the budget is used up, every second snapshot is dropped, so that a long run remains covered from its first step
    on, only more coarsely. Not locked: `all` is a tuple that is replaced, so other threads may read it at any time.
    """

    def __init__(self, budget: int = MEMORY_BUDGET_BYTES) -> None:
        self.all: tuple[WeightSnapshot, ...] = ()
        self.budget = budget
        self._min_distance = 0

    def add(self, step: int, weights: Sequence[Any]) -> None:
        """Add the newest weights, which must be copies."""
        newest = WeightSnapshot(step, tuple(weights))
        snapshots = self.all
        while snapshots and snapshots[-1].step >= step:
            snapshots = snapshots[:-1]
        # The previous snapshot was included because it was the newest; it is dropped if too close to the one before.
        if len(snapshots) > 1 and snapshots[-1].step - snapshots[-2].step < self._min_distance:
            snapshots = snapshots[:-1]
        snapshots = (*snapshots, newest)
        while len(snapshots) > 3 and len(snapshots) * newest.size > self.budget:
            self._min_distance = max(1, 2 * self._min_distance, 2 * (snapshots[1].step - snapshots[0].step))
            snapshots = (*snapshots[:-1:2], newest)
        self.all = snapshots

    def select(self, size: int) -> list[WeightSnapshot]:
        """Return snapshots from before the newest, from the first on and evenly, as many as have ``size`` bytes."""
        *before, newest = self.all
        count = min(len(before), size // max(newest.size, 1))
        chosen = sorted({round(index) for index in np.linspace(0, len(before) - 1, count)}) if count else []
        return [before[index] for index in chosen]
