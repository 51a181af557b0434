"""Order and places of the cells of large drawings, in a time that grows little faster than the number of boxes.

The cells of one wire between its ends form one unit with one place: it runs straight, and all rows have the units in
one common order. So wires cross only next to boxes, and places follow from a few passes over the units.
"""

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from explorer.core.graph.rows import Cell, Rows

PASSES = 8
"""How often units move towards their neighbours; each pass takes some microseconds per unit."""

SWEEPS = 8
"""How often units are sorted by the mean of their neighbours; the order with the fewest crossings is kept."""

_Pairs = Sequence[tuple[int, int]]
_Floats = npt.NDArray[np.float64]


@dataclass
class _Unit:
    """Cells that keep their distances: the lanes and the text of a wire, or boxes that stand side by side.

    cells: the cells, and how far each is to the right of the unit's place.
    """

    cells: list[tuple[Cell, float]] = field(default_factory=list)
    first: int = 0
    before: "_Floats" = field(default_factory=lambda: np.empty(0))
    after: "_Floats" = field(default_factory=lambda: np.empty(0))

    def measure(self, spacing: float) -> None:
        """Determine the rows of the unit, and how much space it needs in each on either side of its place."""
        rows = [cell.row for cell, _ in self.cells]
        self.first = min(rows)
        count = max(rows) - self.first + 1
        self.before, self.after = np.full(count, -np.inf), np.full(count, -np.inf)
        for cell, shift in self.cells:
            row = cell.row - self.first
            self.before[row] = max(self.before[row], cell.before - shift + spacing / 2)
            self.after[row] = max(self.after[row], cell.after + shift + spacing / 2)


def places_in_sweeps(
    rows: Rows, spacing: float, ordered: Collection[str] = (), near: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Return the place of each cell across the flow, see `explorer.core.graph.row_order.places_across`."""
    units, number = _units(rows, spacing, near or {})
    pairs = _pairs(rows, number)
    order = _order(rows, units, number, pairs, ordered)
    places = _places(units, order, pairs)
    return {cell.id: float(places[k]) + shift for k, unit in enumerate(units) for cell, shift in unit.cells}


def _units(rows: Rows, spacing: float, near: Mapping[str, str]) -> tuple[list[_Unit], dict[str, int]]:
    """Return the units, and the number of the unit of each cell."""
    units: list[_Unit] = []
    number: dict[str, int] = {}
    shifts: dict[str, float] = {}

    def add(cell: Cell, unit: int | None, shift: float = 0.0) -> int:
        if unit is None:
            unit = len(units)
            units.append(_Unit())
        units[unit].cells.append((cell, shift))
        number[cell.id], shifts[cell.id] = unit, shift
        return unit

    right_of = {left: name for name, left in near.items()}
    for leftmost in rows.cells.values():
        if not leftmost.is_box or leftmost.id in near:
            continue
        add(leftmost, None)
        left = leftmost
        while left.id in right_of:
            cell = rows.cells[right_of[left.id]]
            add(cell, number[left.id], shifts[left.id] + left.after + spacing + cell.before)
            left = cell
    for stations in rows.stations.values():
        lane: int | None = None
        for name in stations:
            cell = rows.cells[name]
            if cell.is_box:
                lane = None
            elif name in number:
                lane = number[name]
            else:
                lane = add(cell, lane)
    for unit in units:
        unit.measure(spacing)
    return units, number


def _pairs(rows: Rows, number: Mapping[str, int]) -> _Pairs:
    """Return the units that wires connect, the upper one first."""
    pairs: dict[tuple[int, int], None] = {}
    for stations in rows.stations.values():
        for one, other in pairwise(stations):
            a, b = number[one], number[other]
            if a != b:
                upper, lower = (a, b) if rows.cells[one].row <= rows.cells[other].row else (b, a)
                pairs[upper, lower] = None
    return list(pairs)


def _order(
    rows: Rows, units: Sequence[_Unit], number: Mapping[str, int], pairs: _Pairs, ordered: Collection[str]
) -> list[int]:
    """Return the units from left to right: with few crossings, and the arguments of some boxes in their order."""
    best = places = _places_above(units, pairs)
    channels = _channels(rows, number)
    fewest = _crossings(channels, places)
    for _ in range(SWEEPS):
        if not fewest:
            break
        places = _sorted_by_mean(places, pairs)
        found = _crossings(channels, places)
        if found < fewest:
            best, fewest = places, found
    return _with_arguments(best, _arguments(rows, number, ordered))


def _places_above(units: Sequence[_Unit], pairs: _Pairs) -> list[float]:
    """Return places at which what leads to a unit is around it; wires of a tree do not cross then."""
    above: list[list[int]] = [[] for _ in units]
    has_lower = [False] * len(units)
    for upper, lower in pairs:
        above[lower].append(upper)
        has_lower[upper] = True
    places: list[float | None] = [None] * len(units)
    count = 0
    roots = sorted((k for k in range(len(units)) if not has_lower[k]), key=lambda k: -units[k].first)
    for root in (*roots, *range(len(units))):
        if places[root] is not None:
            continue
        places[root] = count
        path: list[tuple[int, Iterator[int], list[float]]] = [(root, iter(above[root]), [])]
        while path:
            unit, uppers, found = path[-1]
            following = next((upper for upper in uppers if places[upper] is None), None)
            if following is not None:
                places[following] = count
                path.append((following, iter(above[following]), []))
                continue
            path.pop()
            place = sum(found) / len(found) if found else float(count)
            count += not found
            places[unit] = place
            if path:
                path[-1][2].append(place)
    return [place for place in places if place is not None]


def _sorted_by_mean(places: Sequence[float], pairs: _Pairs) -> list[float]:
    """Return the places of the units once they are sorted by the mean of their own place and their neighbours'."""
    sums, counts = list(places), [1] * len(places)
    for upper, lower in pairs:
        sums[upper] += places[lower]
        sums[lower] += places[upper]
        counts[upper] += 1
        counts[lower] += 1
    order = sorted(range(len(places)), key=lambda k: (sums[k] / counts[k], places[k]))
    found = [0.0] * len(places)
    for place, k in enumerate(order):
        found[k] = float(place)
    return found


def _channels(rows: Rows, number: Mapping[str, int]) -> list[npt.NDArray[np.int_]]:
    """Return for each channel an array (2, n) of the units at the upper and the lower ends of its n wires."""
    channels: dict[int, dict[tuple[int, int], None]] = {}
    for stations in rows.stations.values():
        for pair in pairwise(stations):
            upper, lower = sorted(pair, key=lambda name: rows.cells[name].row)
            if rows.cells[upper].row != rows.cells[lower].row:
                channels.setdefault(rows.cells[upper].row, {})[number[upper], number[lower]] = None
    return [np.array(list(wires), dtype=int).T for wires in channels.values()]


def _crossings(channels: Sequence[npt.NDArray[np.int_]], places: Sequence[float]) -> int:
    """Return how often wires cross in all channels."""
    across = np.array(places)
    total = 0
    for upper, lower in channels:
        a, b = across[upper], across[lower]
        total += int((np.subtract.outer(a, a) * np.subtract.outer(b, b) < 0).sum()) // 2
    return total


def _with_arguments(places: Sequence[float], arguments: Collection[tuple[int, int]]) -> list[int]:
    """Return the units in the order of their places, but for each pair of arguments the first one before the second."""
    after: list[list[int]] = [[] for _ in places]
    waiting = [0] * len(places)
    for left, right in arguments:
        after[left].append(right)
        waiting[right] += 1
    free = [(place, k) for k, place in enumerate(places) if not waiting[k]]
    heapq.heapify(free)
    held = iter(sorted((place, k) for k, place in enumerate(places) if waiting[k]))
    order: list[int] = []
    is_done = [False] * len(places)
    while len(order) < len(places):
        _, unit = heapq.heappop(free) if free else next(held)  # the arguments of two boxes may contradict each other
        if is_done[unit]:
            continue
        is_done[unit] = True
        order.append(unit)
        for right in after[unit]:
            waiting[right] -= 1
            if not waiting[right]:
                heapq.heappush(free, (places[right], right))
    return order


def _arguments(rows: Rows, number: Mapping[str, int], ordered: Collection[str]) -> set[tuple[int, int]]:
    """Return units of which the first arrives at a box to the left of the second."""
    arriving: dict[str, list[int]] = {name: [] for name in ordered}
    for stations in rows.stations.values():
        source = stations[-2]
        if stations[-1] in arriving and rows.cells[source].row < rows.cells[stations[-1]].row:
            arriving[stations[-1]].append(number[source])
    return {(a, b) for units in arriving.values() for a, b in pairwise(units) if a != b}


def _places(units: Sequence[_Unit], order: Sequence[int], pairs: _Pairs) -> _Floats:
    """Return the place of each unit: near those that it is connected with, in the order, with space between them."""
    count = len(units)
    last = max(unit.first + len(unit.before) for unit in units)
    uppers = np.array([upper for upper, _ in pairs], dtype=int)
    lowers = np.array([lower for _, lower in pairs], dtype=int)
    degree = np.bincount(uppers, minlength=count) + np.bincount(lowers, minlength=count)

    def packed(wishes: _Floats, sign: float) -> _Floats:
        front = np.full(last, -np.inf)
        found = np.empty(count)
        for k in order if sign > 0 else reversed(order):
            unit = units[k]
            near, far = (unit.before, unit.after) if sign > 0 else (unit.after, unit.before)
            part = front[unit.first : unit.first + len(near)]
            place = max(sign * wishes[k], (part + near).max())
            np.maximum(part, place + far, out=part)
            found[k] = sign * place
        return found

    places = packed(np.full(count, -1e9), 1.0)
    for _ in range(PASSES):
        total = np.bincount(uppers, places[lowers], count) + np.bincount(lowers, places[uppers], count)
        wishes = np.where(degree > 0, total / np.maximum(degree, 1), places)
        # both passes keep the distances, and so does their mean
        places = (packed(wishes, 1.0) + packed(wishes, -1.0)) / 2
    return places
