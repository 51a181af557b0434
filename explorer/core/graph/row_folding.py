"""Folding of rows into columns: how large they would be, and where they are best cut."""

from collections.abc import Sequence
from itertools import accumulate, combinations
from math import comb

from explorer.core.graph.ports import GRADIENT_PORT_SPACING_PX, PORT_SPACING_PX, Point, Wire
from explorer.core.graph.row_layout import CORRIDOR_MARGIN_PX, MIN_ARROW_PX, MIN_TEXT_GAP_PX
from explorer.core.graph.rows import Rows

TURNING_PX = 36.0
"""About the height that wires need between two rows if several end at one box."""

COLUMN_TURN_PX = 40.0
"""About the height that wires to another column need at its border."""


MAX_COMBINATIONS = 400
"""Ways to cut the rows into a number of columns up to which all are estimated; else the columns have equal lengths."""


class FoldEstimate:
    """About how large rows will be, in one or several columns; it does not need the places of cells."""

    def __init__(self, rows: Rows, wires: Sequence[Wire], spacing: float) -> None:
        self._last = max(cell.row for cell in rows.cells.values())
        widths = [-spacing] * (self._last + 1)
        heights = [0.0] * (self._last + 1)
        boxed = set()
        for cell in rows.cells.values():
            widths[cell.row] += cell.before + cell.after + spacing
            heights[cell.row] = max(heights[cell.row], cell.along)
            if cell.is_box:
                boxed.add(cell.row)
        busy = _rows_with_turns(rows, wires)
        self._widths = widths
        self._gaps = [
            MIN_ARROW_PX if {row, row + 1} <= boxed else MIN_TEXT_GAP_PX + (TURNING_PX if row in busy else 0.0)
            for row in range(self._last + 1)
        ]
        self._ends = [0.0, *accumulate(height + gap for height, gap in zip(heights, self._gaps, strict=True))]
        # Texts stay in one column with the boxes that they lead to.
        self._starts = sorted(row if row - 1 in boxed else max(row - 1, 0) for row in boxed)[1:]
        self._lanes = {
            start: sum(
                GRADIENT_PORT_SPACING_PX if wire.has_gradient else PORT_SPACING_PX
                for wire in wires
                if rows.cells[wire.source].row < start <= rows.cells[wire.target].row
            )
            for start in self._starts
        }
        self._columns: dict[tuple[int, int], Point] = {}

    def size(self, cuts: Sequence[int] = ()) -> Point:
        """Return about the size across and along the flow with columns that begin at the cuts."""
        across = along = 0.0
        first = 0
        for after in (*cuts, self._last + 1):
            width, length = self._column(first, after)
            across += width
            along = max(along, length)
            first = after
        return across, along

    def _column(self, first: int, after: int) -> Point:
        """Return the width of the rows from ``first`` to ``after`` with the wires that leave it, and their length."""
        if (first, after) not in self._columns:
            is_last = after > self._last
            width = max(self._widths[first:after]) + (0.0 if is_last else self._lanes[after] + 2 * CORRIDOR_MARGIN_PX)
            turns = COLUMN_TURN_PX * ((first > 0) + (not is_last)) / 2
            length = self._ends[after] - self._ends[first] - self._gaps[after - 1] + turns
            self._columns[first, after] = width, length
        return self._columns[first, after]

    def best_cuts(self, room: Point, max_columns: int, count: int) -> list[tuple[int, ...]]:
        """Return the ``count`` best ways to cut the rows if they are to be as large as possible in a room."""
        ways: set[tuple[int, ...]] = set()
        for columns in range(1, max_columns):
            if comb(len(self._starts), columns) <= MAX_COMBINATIONS:
                ways.update(combinations(self._starts, columns))
            else:
                ways.add(self._even_cuts(columns))
        return sorted(ways, key=lambda cuts: (-zoom_in_room(self.size(cuts), room), cuts))[:count]

    def _even_cuts(self, columns: int) -> tuple[int, ...]:
        """Return cuts that make ``columns + 1`` columns of about the same length."""
        begins = [self._ends[start] for start in self._starts]
        parts = [self._ends[-1] * k / (columns + 1) for k in range(1, columns + 1)]
        nearest = (min(range(len(begins)), key=lambda k: abs(begins[k] - part)) for part in parts)
        return tuple(sorted({self._starts[k] for k in nearest}))


def zoom_in_room(size: Point, room: Point) -> float:
    """Return the zoom at which something of a size fits into a room."""
    return min(room[0] / max(size[0], 1.0), room[1] / max(size[1], 1.0))


def _rows_with_turns(rows: Rows, wires: Sequence[Wire]) -> set[int]:
    """Return the rows below which wires probably turn: several leave one box above, or arrive at one box below."""
    leaving: dict[str, int] = {}
    arriving: dict[str, int] = {}
    for wire in wires:
        leaving[wire.source] = leaving.get(wire.source, 0) + 1
        arriving[wire.target] = arriving.get(wire.target, 0) + 1
    return {rows.cells[name].row for name, count in leaving.items() if count > 1} | {
        rows.cells[name].row - 1 for name, count in arriving.items() if count > 1
    }
