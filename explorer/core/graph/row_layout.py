"""Layout of rows: heights of the channels between them, the course of each wire, and the places of the texts.

Wires run only in channels and in cells of their own, so that none passes behind a box or through a text.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from explorer.core.graph.channels import (
    BARE_PORTS,
    GRADIENT_PORTS,
    PORTS,
    TEXTS,
    Border,
    Channel,
    Piece,
    fill_channel,
)
from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX
from explorer.core.graph.graphviz_layout import Layout
from explorer.core.graph.ports import GRADIENT_PORT_SPACING_PX, PORT_SPACING_PX, Point, Wire, spread
from explorer.core.graph.rounded_path import CORNER_RADIUS_PX, GRADIENT_CORNER_RADIUS_PX, rounded
from explorer.core.graph.rows import Cell, Rows

MIN_ARROW_PX = 34.0
"""Smallest height of a channel between two rows of boxes."""

MIN_TEXT_GAP_PX = 4.0
"""Smallest height of a channel beside a row of texts."""

CORNER_PX = 9.0
"""Distance of ports from the corners of a box."""

LEVEL_PORT_SPACING_PX = 13.0
"""Distance between two wires between the facing sides of two neighbours in a row."""

MAX_SWAPS, CORRIDOR_LEVEL_PX = 6, 24.0
"""Times that wires between two columns are swapped, and the distance below which two of them would meet there."""

CORRIDOR_MARGIN_PX, CORRIDOR_WIRE_PX = 8.0, 8.0
"""Space on both sides of the wires between two blocks of rows, and on both sides of each."""


class _Passage(NamedTuple):
    """A wire in a channel."""

    channel: tuple[int, int]
    piece: Piece


def with_space_for_ports(
    sizes: Mapping[str, Point], row_of: Mapping[str, int], wires: Sequence[Wire]
) -> dict[str, Point]:
    """Return sizes of boxes (across, along), long enough across for the wires at each of their sides."""
    needed: dict[tuple[str, bool], float] = {}
    seen: set[tuple[str, str, bool]] = set()
    for wire in wires:
        first, last = row_of[wire.source], row_of[wire.target]
        # Both ends of a wire in one row are at the lower sides.
        for name, side, is_source in ((wire.source, last >= first, True), (wire.target, last <= first, False)):
            shared = wire.tensor if is_source and wire.tensor and not wire.has_gradient else f"{wire.key} {is_source}"
            if (name, shared, side) not in seen:
                seen.add((name, shared, side))
                spacing = GRADIENT_PORT_SPACING_PX if wire.has_gradient else PORT_SPACING_PX
                needed[name, side] = needed.get((name, side), 0.0) + spacing
    margin = 2 * CORNER_PX - PORT_SPACING_PX
    return {
        name: (max(across, needed.get((name, True), 0.0) + margin, needed.get((name, False), 0.0) + margin), along)
        for name, (across, along) in sizes.items()
    }


class RowLayouter:
    """Lays out rows from top to bottom whose cells have places across.

    places: where each cell is, across the flow. cuts: rows at which a further column of rows begins, to the right of
    the one before.
    """

    def __init__(
        self, rows: Rows, places: Mapping[str, float], wires: Sequence[Wire], cuts: Sequence[int] = ()
    ) -> None:
        self.rows = rows
        self.wires = {wire.key: wire for wire in wires}
        self.last = max(cell.row for cell in rows.cells.values())
        self.block = {row: bisect_right(cuts, row) for row in range(self.last + 1)}
        self.first_row: dict[int, int] = {}
        for row, block in self.block.items():
            self.first_row.setdefault(block, row)
        self.last_row = {block: row for row, block in self.block.items()}
        self.order = {
            block: sorted(
                (key for key in rows.stations if self._blocks(key)[0] <= block < self._blocks(key)[1]),
                key=lambda key: rows.cells[rows.stations[key][0]].row,
            )
            for block in self.first_row
            if cuts
        }
        self.down: frozenset[tuple[str, int]] = frozenset()
        self.spare: dict[int, tuple[float, float]] = {}
        for _ in range(MAX_SWAPS):
            self._lay_out(places)
            ends, spare = self._column_ends(), self._space_for_detours()
            down = frozenset(one for one, (begin, end) in ends.items() if end > begin)
            if (down, spare) != (self.down, self.spare):
                self.down, self.spare = down, spare
            elif not self._swap_columns(ends):
                break

    def _lay_out(self, places: Mapping[str, float]) -> None:
        self.places = dict(places)
        self.corridors: dict[tuple[str, int], float] = {}
        self._place_blocks()
        self.ports: dict[tuple[str, int], float] = {}
        self.is_level: dict[str, bool] = {}
        self._place_ports()
        self.passages = {key: self._passages(key) for key in self.rows.stations}
        self.channels = self._channels()
        self.tops = self._row_tops()

    def _space_for_detours(self) -> dict[int, tuple[float, float]]:
        """Return how far detours go beyond the first and the last cell of a block, where they do."""
        space: dict[int, tuple[float, float]] = {}
        for (block, _), channel in self.channels.items():
            for part, _ in channel.detours.values():
                left, right = self.edges[block]
                margin = GRADIENT_OFFSET_PX if part.has_gradient else 0.0
                before, after = space.get(block, (0.0, 0.0))
                before, after = max(before, left - part.b + margin), max(after, part.b + margin - right)
                if before or after:
                    space[block] = before, after
        return space

    def _column_ends(self) -> dict[tuple[str, int], tuple[float, float]]:
        """Return where each wire between columns of rows begins and ends there, along the flow."""
        return {
            (key, block): (levels[0], levels[-1])
            for (key, block), column in self.corridors.items()
            if (
                levels := [
                    self.begins[one.channel] + self.channels[one.channel].levels[part]
                    for one in self.passages[key]
                    for part in self.channels[one.channel].parts(one.piece)
                    if column in (part.a, part.b)
                ]
            )
        }

    def _swap_columns(self, ends: Mapping[tuple[str, int], tuple[float, float]]) -> bool:
        """Swap two wires between columns if they would lie on each other there; return whether any were swapped.

        One of them comes from the left, beyond where the other one leaves to the right, at about the same height.
        """
        for block, order in self.order.items():
            for k, j in combinations(range(len(order)), 2):
                if abs(ends[order[k], block][1] - ends[order[j], block][0]) < CORRIDOR_LEVEL_PX:
                    order[k], order[j] = order[j], order[k]
                    return True
        return False

    # -- places across ----------------------------------------------------------------------------

    def _place_blocks(self) -> None:
        """Move the cells of each block of rows to the right of the block before."""
        edge = 0.0
        self.edges: dict[int, tuple[float, float]] = {}
        for block in sorted(self.first_row):
            before, after = self.spare.get(block, (0.0, 0.0))
            cells = [cell for cell in self.rows.cells.values() if self.block[cell.row] == block]
            left = min(self.places[cell.id] - cell.before for cell in cells)
            right = max(self.places[cell.id] + cell.after for cell in cells)
            edge += before
            for cell in cells:
                self.places[cell.id] += edge - left
            self.edges[block] = edge, edge + right - left
            edge += right - left + after
            if block + 1 not in self.first_row:
                break
            edge += CORRIDOR_MARGIN_PX
            for key in self.order[block]:
                # A gradient runs to the left of its wire in the direction of this, upwards in most cases.
                sides = [CORRIDOR_WIRE_PX, CORRIDOR_WIRE_PX]
                if self.wires[key].has_gradient:
                    sides[(key, block) in self.down] += GRADIENT_OFFSET_PX
                self.corridors[key, block] = edge + sides[0]
                edge += sum(sides)
            edge += CORRIDOR_MARGIN_PX
        self.width = edge

    def _blocks(self, key: str) -> tuple[int, int]:
        """Return the blocks in which a wire begins and ends."""
        stations = self.rows.stations[key]
        return self.block[self.rows.cells[stations[0]].row], self.block[self.rows.cells[stations[-1]].row]

    def _place_ports(self) -> None:
        """Choose where each wire leaves and enters its boxes, spread over their sides."""
        ends: dict[tuple[str, str], list[tuple[str, int, float]]] = {}
        for key, stations in self.rows.stations.items():
            source, target = self.rows.cells[stations[0]], self.rows.cells[stations[-1]]
            if source.row == target.row:
                self.is_level[key] = self._are_neighbours(source, target)
                sides = ("right", "left") if self.places[source.id] < self.places[target.id] else ("left", "right")
                sides = sides if self.is_level[key] else ("bottom", "bottom")
            else:
                sides = ("bottom", "top") if source.row < target.row else ("top", "bottom")
            for end, (name, other) in enumerate(((stations[0], stations[1]), (stations[-1], stations[-2]))):
                ends.setdefault((name, sides[end]), []).append((key, end, self._seen_from(key, name, other)))
        for (name, side), group in ends.items():
            cell = self.rows.cells[name]
            is_level = side in ("left", "right")
            slots: dict[object, list[tuple[str, int, float]]] = {}
            for key, end, wanted in group:
                wire = self.wires[key]
                shared = wire.tensor if end == 0 and wire.tensor and not wire.has_gradient else (key, end)
                slots.setdefault(shared, []).append((key, end, wanted))
            chosen = sorted(slots.values(), key=lambda slot: sum(wanted for *_, wanted in slot) / len(slot))
            gaps = [
                LEVEL_PORT_SPACING_PX
                if is_level
                else GRADIENT_PORT_SPACING_PX
                if self.wires[one[0][0]].has_gradient or self.wires[other[0][0]].has_gradient
                else PORT_SPACING_PX
                for one, other in pairwise(chosen)
            ]
            if is_level:
                low, high, wishes = -cell.along / 2 + 6, cell.along / 2 - 6, [0.0] * len(chosen)
            else:
                low = self.places[name] - cell.before + CORNER_PX
                high = self.places[name] + cell.after - CORNER_PX
                if any(self.wires[key].has_gradient for key, *_ in chosen[-1]):
                    high -= GRADIENT_OFFSET_PX
                wishes = [sum(min(max(wanted, low), high) for *_, wanted in slot) / len(slot) for slot in chosen]
            for slot, place in zip(chosen, spread(wishes, gaps, low, high), strict=True):
                self.ports |= {(key, end): place for key, end, _ in slot}
        for key, level in self.is_level.items():  # both ends at one height
            if level:
                self.ports[key, 0] = self.ports[key, 1]

    def _are_neighbours(self, one: Cell, other: Cell) -> bool:
        """Return whether no cell of their row is between two cells."""
        low, high = sorted((self.places[one.id], self.places[other.id]))
        row = (cell for cell in self.rows.cells.values() if cell.row == one.row)
        return not any(low < self.places[cell.id] < high for cell in row)

    def _seen_from(self, key: str, name: str, other: str) -> float:
        """Return where a wire goes from a station, as a place across."""
        here, there = self.block[self.rows.cells[name].row], self.block[self.rows.cells[other].row]
        return self.places[other] if here == there else self.corridors[key, here if here < there else here - 1]

    # -- channels ---------------------------------------------------------------------------------

    def _passages(self, key: str) -> list[_Passage]:
        """Return the pieces of a wire in the channels that it passes, from its source to its target."""
        stations = self.rows.stations[key]
        if self.is_level.get(key):
            return []
        places = [self.ports[key, 0], *(self.places[name] for name in stations[1:-1]), self.ports[key, 1]]
        wire = self.wires[key]
        found: list[_Passage] = []
        net = wire.tensor if wire.tensor and not wire.has_gradient else key

        def passage(block: int, row: int, a: float, b: float, a_above: bool, b_above: bool) -> None:
            found.append(_Passage((block, row), Piece(net, a, b, a_above, b_above, wire.has_gradient)))

        rows = [self.rows.cells[name].row for name in stations]
        for (a, b), (p, q) in zip(pairwise(rows), pairwise(places), strict=True):
            one, other = self.block[a], self.block[b]
            if a == b:
                passage(one, a, p, q, True, True)
            elif one == other:
                passage(one, min(a, b), p, q, a < b, b < a)
            else:  # through the corridors on the right of each column, above those in between
                columns = [self.corridors[key, block] for block in range(one, other)]
                passage(one, a, p, columns[0], True, True)
                for block, (x, y) in enumerate(pairwise(columns), one + 1):
                    passage(block, self.first_row[block] - 1, x, y, False, False)
                passage(other, b - 1, columns[-1], q, False, False)
        return found

    def _channels(self) -> dict[tuple[int, int], Channel]:
        pieces: dict[tuple[int, int], dict[Piece, None]] = {}
        for passages in self.passages.values():
            for passage in passages:
                pieces.setdefault(passage.channel, {})[passage.piece] = None
        has_boxes = {cell.row for cell in self.rows.cells.values() if cell.is_box}
        gradient = any(wire.has_gradient for wire in self.wires.values())
        channels = {}
        for block in self.first_row:
            for row in range(self.first_row[block] - 1, self.last_row[block] + 1):
                inside = list(pieces.get((block, row), ()))
                upper, lower = row in has_boxes and row >= self.first_row[block], row + 1 in has_boxes
                arrows = any(not piece.a_above or not piece.b_above for piece in inside)
                top = (GRADIENT_PORTS if gradient else self._upper(inside)) if upper else TEXTS
                bottom = (PORTS if arrows else BARE_PORTS) if lower else TEXTS
                outer = row < self.first_row[block] or row == self.last_row[block]
                minimum = 0.0 if outer else MIN_ARROW_PX if upper and lower else MIN_TEXT_GAP_PX
                channels[block, row] = (
                    Channel(0.0, {}, (0.0, 0.0)) if outer and not inside else fill_channel(inside, top, bottom, minimum)
                )
        return channels

    @staticmethod
    def _upper(pieces: Sequence[Piece]) -> Border:
        """Return the border below a row of boxes without gradients: arrows may arrive there from below."""
        return PORTS if pieces else BARE_PORTS

    def _row_tops(self) -> dict[int, float]:
        """Return where each row begins along the flow; the blocks begin at the same height."""
        self.heights = dict.fromkeys(range(self.last + 1), 0.0)
        for cell in self.rows.cells.values():
            self.heights[cell.row] = max(self.heights[cell.row], cell.along)
        tops: dict[int, float] = {}
        self.begins: dict[tuple[int, int], float] = {}
        self.length = 0.0
        for block, first in self.first_row.items():
            along = 0.0
            self.begins[block, first - 1] = 0.0
            along += self.channels[block, first - 1].height
            for row in range(first, self.last_row[block] + 1):
                tops[row] = along
                along += self.heights[row]
                self.begins[block, row] = along
                along += self.channels[block, row].height
            self.length = max(self.length, along)
        return tops

    # -- result -----------------------------------------------------------------------------------

    @property
    def size(self) -> Point:
        """Size across and along the flow, in pixels."""
        return self.width, self.length

    def layout(self, text_gap: Mapping[str, float]) -> Layout:
        """Return the layout; text_gap: space between a wire and the middle of its texts, by wire."""
        middles = {row: top + self.heights[row] / 2 for row, top in self.tops.items()}
        centres = {
            name: (self.places[name], middles[cell.row]) for name, cell in self.rows.cells.items() if cell.is_box
        }
        paths = {key: self._path(key, middles) for key in self.rows.stations}
        texts = {
            cell.text: (self.places[name] + text_gap[cell.text], middles[cell.row])
            for name, cell in self.rows.cells.items()
            if cell.text
        }
        return Layout(centres, paths, texts, self.size)

    def _path(self, key: str, middles: Mapping[int, float]) -> tuple[Point, ...]:
        stations = self.rows.stations[key]
        source, target = self.rows.cells[stations[0]], self.rows.cells[stations[-1]]
        if self.is_level.get(key):
            sign = 1.0 if self.places[source.id] < self.places[target.id] else -1.0
            along = middles[source.row] + self.ports[key, 0]
            start = self.places[source.id] + sign * source.after
            end = self.places[target.id] - sign * target.before
            return rounded([(start, along), (end, along)])
        passages = self.passages[key]
        begin = self._border(source, middles, passages[0].piece.a_above)
        end = self._border(target, middles, passages[-1].piece.b_above)
        corners: list[Point] = [(self.ports[key, 0], begin)]
        curves: set[int] = set()
        for passage in passages:
            piece, channel = passage.piece, self.channels[passage.channel]
            top = self.begins[passage.channel]
            if piece.is_straight:
                continue
            parts = channel.parts(piece)
            if parts[0] not in channel.levels:
                ends = channel.curves if piece.a_above else channel.curves[::-1]
                corners += [(piece.a, top + ends[0]), (piece.b, top + ends[1])]
                curves.add(len(corners) - 1)
                continue
            for part in parts:
                level = top + channel.levels[part]
                corners += [(part.a, level), (part.b, level)]
        corners.append((self.ports[key, 1], end))
        radius = GRADIENT_CORNER_RADIUS_PX if self.wires[key].has_gradient else CORNER_RADIUS_PX
        return rounded(corners, curves, radius)

    @staticmethod
    def _border(cell: Cell, middles: Mapping[int, float], below: bool) -> float:
        """Return where a wire leaves or enters a box, at its lower or upper border."""
        return middles[cell.row] + (cell.along / 2 if below else -cell.along / 2)
