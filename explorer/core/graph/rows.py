"""Rows of a layered drawing: boxes in rows, and in the rows between, a cell for each wire that passes or has a text.

All lengths are in pixels. ``along`` is the direction of the flow, ``across`` the other one: a graph from left to right
is laid out like one from top to bottom, with the two swapped.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from explorer.core.graph.ports import Wire

LANE_PX = 12.0
"""Width of a wire's lane."""

GRADIENT_LANE_PX = 28.0
"""Width of the lane of a wire with its gradient."""


class Cell(NamedTuple):
    """Something in a row: a box, or where a wire passes it.

    before, after: lengths across, from the middle of a box or from a wire to the borders of the cell. along: length
    along the flow. text: key of the wire whose text stands in the cell.
    """

    id: str
    row: int
    before: float
    after: float
    along: float = 0.0
    is_box: bool = False
    text: str = ""


@dataclass
class Rows:
    """A layered drawing before its cells have places.

    stations: the cells that each wire passes, from its source to its target.
    """

    cells: dict[str, Cell] = field(default_factory=dict)
    stations: dict[str, list[str]] = field(default_factory=dict)

    def add(self, cell: Cell) -> str:
        """Add a cell unless it is there, and return its id."""
        self.cells.setdefault(cell.id, cell)
        return cell.id

    def topology(self, *groups: Iterable[str]) -> tuple[Any, ...]:
        """Return what is left of a drawing, and of groups of its cells, without the names and sizes of cells."""
        number = {name: k for k, name in enumerate(self.cells)}
        cells = tuple((cell.row, cell.is_box, cell.before == cell.after) for cell in self.cells.values())
        lists = (*self.stations.values(), *groups)
        return cells, tuple(tuple(number[name] for name in names) for names in lists)

    def parts(self, cuts: Sequence[int]) -> list["Rows"]:
        """Return the rows of each column, with the parts of the wires in it."""
        if not cuts:
            return [self]
        parts = [Rows() for _ in range(len(cuts) + 1)]
        number = {name: bisect_right(cuts, cell.row) for name, cell in self.cells.items()}
        for name, cell in self.cells.items():
            parts[number[name]].cells[name] = cell
        for key, stations in self.stations.items():
            for name in stations:
                parts[number[name]].stations.setdefault(key, []).append(name)
        return parts


def ranks(names: Iterable[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the rank of each box: after everything that it uses, and what uses nothing close before its first user."""
    before: dict[str, list[str]] = {name: [] for name in names}
    after: dict[str, list[str]] = {name: [] for name in before}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    waiting = {name: len(sources) for name, sources in before.items()}
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for target in after[name]:
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    rank: dict[str, int] = {}
    for name in order:
        rank[name] = max((rank[source] + 1 for source in before[name]), default=0)
    for name in reversed(order):  # fewer long wires: a box moves towards its users if more wires become shorter
        if after[name] and len(set(after[name])) >= len(set(before[name])) + (1 if before[name] else 0):
            rank[name] = min(rank[target] for target in after[name]) - 1
    lowest = min(rank.values(), default=0)
    return {name: rank.get(name, lowest) - lowest for name in before}


def build_rows(
    sizes: Mapping[str, tuple[float, float]],
    row_of: Mapping[str, int],
    wires: Sequence[Wire],
    texts: Mapping[str, tuple[float, float]],
    cuts: Sequence[int] = (),
) -> Rows:
    """Return rows of boxes with sizes (across, along), and of all cells between the ends of wires.

    row_of: row of each box; with texts, boxes are in even rows and texts in odd ones. texts: size of the texts of a
    wire (across, along), the space between them and the wire included. cuts: rows at which a further column of rows
    begins; a wire from one column to another passes no rows, because it runs between the columns.
    """
    rows = Rows()
    for name, (across, along) in sizes.items():
        rows.add(Cell(name, row_of[name], across / 2, across / 2, along, is_box=True))
    for wire in wires:
        first, last = row_of[wire.source], row_of[wire.target]
        step = 1 if last > first else -1
        between = list(range(first + step, last, step))
        if bisect_right(cuts, first) != bisect_right(cuts, last):
            between = [row for row in (last - 1,) if wire.key in texts]
        text = texts.get(wire.key)
        odd = [row for row in between if row % 2]
        text_row = odd[-1] if text is not None and odd else None
        stations = [wire.source]
        for row in between:
            # Wires of one tensor run together where no gradients run back beside them.
            shared = wire.tensor and not wire.has_gradient and text is None
            name = f"lane {wire.tensor if shared else wire.key} {'down' if step > 0 else 'up'} {row}"
            width = GRADIENT_LANE_PX if wire.has_gradient else LANE_PX
            if row == text_row and text is not None:
                cell = Cell(f"text {wire.key}", row, LANE_PX / 2, text[0], text[1], text=wire.key)
            else:
                cell = Cell(name, row, LANE_PX / 2, width - LANE_PX / 2)
            stations.append(rows.add(cell))
        rows.stations[wire.key] = [*stations, wire.target]
    return rows
