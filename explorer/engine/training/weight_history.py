"""The weights of many moments of a run, within a budget of memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BUDGET = 96_000_000
"""Bytes that the snapshots of a run may take together."""


@dataclass(frozen=True)
class WeightSnapshot:
    """The weights after ``step`` steps of the whole run, in the order of Keras's ``get_weights``."""

    step: int
    weights: tuple[Any, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(int(weight.nbytes) for weight in self.weights)


class WeightHistory:
    """Snapshots in the order of their steps, the newest always among them.

    When the budget is full every second one goes, so that a long run is seen from its first step on, only coarser. Not
    locked: a tuple is replaced whole, so that another thread may read `all` at any time.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.all: tuple[WeightSnapshot, ...] = ()
        self.budget = budget
        self._distance = 0

    def add(self, step: int, weights: Sequence[Any]) -> None:
        """Add the newest weights; they are kept as they are, so they must be copies."""
        new = WeightSnapshot(step, tuple(weights))
        kept = self.all
        # The one before was only there as the newest: it goes when it is too close to the one before it.
        while kept and kept[-1].step >= step:
            kept = kept[:-1]
        if len(kept) > 1 and kept[-1].step - kept[-2].step < self._distance:
            kept = kept[:-1]
        kept = (*kept, new)
        while len(kept) > 3 and len(kept) * new.size > self.budget:
            self._distance = max(1, 2 * self._distance, 2 * (kept[1].step - kept[0].step))
            kept = (*kept[:-1:2], new)
        self.all = kept
