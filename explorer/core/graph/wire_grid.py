"""A grid of places on which a wire finds its cheapest way, with any number of bends.

Directions are numbered: to the right, to the left, down, up. Arrays have the shape (rows, columns), or one more axis
for the direction in front.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from explorer.core.graph.ports import Point

RIGHT, LEFT, DOWN, UP = range(4)

OPPOSITE = (LEFT, RIGHT, UP, DOWN)

STEPS = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))
"""Where each direction leads, as (x, y)."""

PITCH_PX, WIDE_PITCH_PX, MIN_PITCH_PX = 6.0, 12.0, 2.5
"""Distance between two lines of the grid, in a very large area, and next to a line that is needed at least."""

PLACES = 12000
"""Number of places from which the lines of a grid are farther from each other."""

BLOCKED = 1e6
"""Cost of a place through which no way leads."""

MAX_SWEEPS = 5
"""How often costs are passed on along rows and columns at most: a way has up to twice as many bends."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Start:
    """Where a way may begin: a place of the grid, the direction in which it leaves from there, and what that costs."""

    row: int
    column: int
    direction: int
    cost: float


def pitch_for(width: float, height: float) -> float:
    """Return the distance between two lines of a grid for an area."""
    return min(max(sqrt(width * height / PLACES), PITCH_PX), WIDE_PITCH_PX)


def grid_lines(low: float, high: float, needed: Sequence[float], pitch: float = PITCH_PX) -> Floats:
    """Return sorted places of lines from low to high: all that are needed, and others between them."""
    fixed = np.unique(np.round([place for place in needed if low <= place <= high], 2))
    others = np.arange(low, high + pitch, pitch)
    if len(fixed):
        others = others[np.abs(others[:, None] - fixed).min(1) >= MIN_PITCH_PX]
    return np.sort(np.concatenate([fixed, others]))


class Field:
    """The cost of the cheapest way from any of some starts to each place of a grid, by the direction of arrival."""

    def __init__(self, prices: Floats, starts: Sequence[Start], goals: Sequence[Start], bend: float) -> None:
        """Find all ways, until those to the goals become no cheaper.

        prices (4, rows, columns): what it costs to move to each place in each direction. bend: cost of a bend.
        """
        self._bend = bend
        self._sums = [np.cumsum(_ahead(prices[d], d), _axis(d)) for d in range(4)]
        self._starts = np.full(prices.shape, np.inf)
        for start in starts:
            place = start.direction, start.row, start.column
            self._starts[place] = min(self._starts[place], start.cost)
        self.costs = np.full(prices.shape, np.inf)
        for d in range(4):
            self._spread(d, self._starts[d])
        rows, columns = [goal.row for goal in goals], [goal.column for goal in goals]
        best = np.inf
        for _ in range(MAX_SWEEPS):
            upright = np.minimum(self.costs[DOWN], self.costs[UP]) + bend
            for d in (RIGHT, LEFT):
                self._spread(d, np.minimum(self._starts[d], upright))
            level = np.minimum(self.costs[RIGHT], self.costs[LEFT]) + bend
            for d in (DOWN, UP):
                self._spread(d, np.minimum(self._starts[d], level))
            cost = float(self.costs[:, rows, columns].min())
            if cost > best - 0.1 and cost < BLOCKED / 2:
                break
            best = cost

    def _spread(self, d: int, begin: Floats) -> None:
        """Set the costs in one direction from what it costs to begin to go there, at each place.

        A piece leads to another place: without a length it would only turn the way around.
        """
        sums, axis = self._sums[d], _axis(d)
        best = np.minimum.accumulate(_ahead(begin, d) - sums, axis)
        costs = np.full(sums.shape, np.inf)
        if axis:
            costs[:, 1:] = best[:, :-1] + sums[:, 1:]
        else:
            costs[1:] = best[:-1] + sums[1:]
        self.costs[d] = np.minimum(_ahead(costs, d), self._starts[d])

    def way(self, row: int, column: int, direction: int) -> list[tuple[int, int]]:
        """Return the places (row, column) of the corners of the cheapest way to a place, from its start."""
        corners = [(row, column)]
        for _ in range(4 * MAX_SWEEPS):
            is_level = direction in (RIGHT, LEFT)
            k = column if is_level else row
            line = (slice(row, row + 1), slice(None)) if is_level else (slice(None), slice(column, column + 1))
            starts = self._starts[direction][line].ravel()
            if starts[k] <= self.costs[direction, row, column]:
                break
            turn = np.minimum(*self.costs[DOWN:] if is_level else self.costs[:DOWN])[line].ravel() + self._bend
            sums = _ahead(self._sums[direction], direction)[line].ravel()
            begin = np.minimum(starts, turn) - sums
            passed = slice(None, k) if direction in (RIGHT, DOWN) else slice(k + 1, None)
            if not len(begin[passed]):
                break
            found = int(begin[passed].argmin()) + (passed.start or 0)
            row, column = (row, found) if is_level else (found, column)
            corners.append((row, column))
            if starts[found] <= turn[found]:
                break
            ways = (DOWN, UP) if is_level else (RIGHT, LEFT)
            direction = min(ways, key=lambda d: float(self.costs[d, row, column]))
        return corners[::-1]


def reversed_prices(prices: Floats) -> Floats:
    """Return the prices for ways that are found from their end."""
    return prices[list(OPPOSITE)]


def _axis(d: int) -> int:
    return 1 if d in (RIGHT, LEFT) else 0


def _ahead(array: Floats, d: int) -> Floats:
    """Return an array so that the direction leads to higher indices; applied twice, it is as before."""
    if d == LEFT:
        return array[:, ::-1]
    return array[::-1] if d == UP else array


def points_of(xs: Floats, ys: Floats, corners: Sequence[tuple[int, int]]) -> list[Point]:
    """Return the points of corners of a way."""
    return [(float(xs[column]), float(ys[row])) for row, column in corners]
