"""Search for the way of one wire around boxes, texts and other wires, with a free place for its own texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.graph.drawn_wires import DrawnWires, Floats, Rect, overlapping
from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX
from explorer.core.graph.picture import Link
from explorer.core.graph.ports import Point
from explorer.core.graph.text_places import GRADIENT_TEXT_GAP_PX, TEXT_GAP_PX
from explorer.core.graph.wire_grid import (
    BLOCKED,
    DOWN,
    LEFT,
    OPPOSITE,
    RIGHT,
    STEPS,
    UP,
    Field,
    Start,
    grid_lines,
    pitch_for,
    points_of,
    reversed_prices,
)

BEND_COST, GRADIENT_BEND_COST = 12.0, 14.0
"""Cost of a bend in pixels of way, without and with a gradient beside the wire."""

CORNER_PX = 12.0
"""Distance of ports from the corners of a box; the gradient beside a wire may be nearer."""

GRADIENT_CORNER_PX = 5.0

STUB_PX, HEAD_STUB_PX, GRADIENT_STUB_PX = 9.0, 18.0, 27.0
"""Length of the straight end of a wire: without an arrow head, with that of the wire, and with that of a gradient."""

CLEARANCE_PX, COMFORT_PX = 5.0, 9.0
"""Distance that lines keep from boxes, and what they keep if there is room."""

HEAD_GAP_PX, TEXT_SPARE_PX = 2.5, 1.0
"""Space around arrow heads, and around texts in addition to what they need."""

WIRE_GAP_PX = 9.0
"""Distance that wires keep from each other where they run side by side."""

COMPANY_COST, CROSSING_COST, COMFORT_COST, OUTSIDE_COST = 8.0, 14.0, 0.5, 3.0
"""Cost of a pixel beside another wire, of crossing one, of a pixel near a box, and of one outside of the graph."""

TAKEN_COST = 60.0
"""Cost of a place that another wire must leave."""

REACH_PX, FAR_REACH_PX = 150.0, 300.0
"""Distance from the boxes at the ends of a wire within which its way is looked for, first and then."""

MAX_WAYS, MAX_WAYS_IN_THE_WAY = 3, 6
"""Ways that are looked for with a gradient on one side of a wire: keeping clear of others, or taking their places."""

BLOCK_PX, TEXT_STEP_PX = 4.0, 30.0
"""Distance from a collision that the next way keeps, and distance of its texts from where they found no place."""

TEXT_REACH_PX = 10.0
"""Distance from other wires of the texts that a wire takes along."""


@dataclass(frozen=True)
class Wanted:
    """The wire for which a way is looked for.

    source, target: rectangles of its boxes. sides: preferred directions (outwards) at which wires leave and arrive.
    places: where its ports would best be on an upper or lower, and on a left or right side; of source and target.
    text_size: of its texts, (0, 0) for none. sign: the side of the wire on which its gradient runs, see `Side`.
    """

    link: Link
    source: Rect
    target: Rect
    sides: tuple[int, int]
    places: tuple[Point, Point]
    text_size: tuple[float, float]
    sign: float = 1.0

    @property
    def offset(self) -> float:
        """Distance of the gradient from the wire, 0 without a gradient."""
        return GRADIENT_OFFSET_PX if self.link.gradient is not None else 0.0


@dataclass(frozen=True)
class Port:
    """A possible end of a wire: on the side of a box in a direction, and what it costs to use it."""

    point: Point
    direction: int
    cost: float


def ports_of(
    wanted: Wanted, drawn: DrawnWires, end: int, lines: tuple[Floats, Floats] | None, taken: float
) -> list[Port]:
    """Return the free ports at the source (end 0) or target of a wire.

    lines: places of the lines of a grid, None for the best places alone. taken: what it costs to use a port that is
    not free; `BLOCKED` to leave it out.
    """
    rect = wanted.source if end == 0 else wanted.target
    found: list[tuple[Point, int, float]] = []
    for d in range(4):
        across = 1 if d in (RIGHT, LEFT) else 0
        low, high = rect[across] + CORNER_PX, rect[across + 2] - CORNER_PX
        shift = wanted.sign * wanted.offset * _beside(d if end == 0 else OPPOSITE[d])[across]
        low = max(low, rect[across] + GRADIENT_CORNER_PX - min(shift, 0.0))
        high = min(high, rect[across + 2] - GRADIENT_CORNER_PX - max(shift, 0.0))
        if low > high:
            low = high = (low + high) / 2
        best = min(max(wanted.places[end][across], low), high)
        places = [best]
        if lines is not None:
            axis = lines[across]
            places = axis[(axis >= low - 0.01) & (axis <= high + 0.01)].tolist()
        edge = rect[(2, 0, 3, 1)[d]]
        for place in places:
            point = (place, edge) if across == 0 else (edge, place)
            cost = 0.5 * abs(place - best) + (0.0 if d == wanted.sides[end] else 25.0)
            found.append((point, d, cost))
    if not found:
        return []
    blocked, used = _stub_collisions(wanted, drawn, end, found)
    return [
        Port(point, d, cost + taken * used[k])
        for k, (point, d, cost) in enumerate(found)
        if not blocked[k] and (not used[k] or taken < BLOCKED)
    ]


def _beside(d: int) -> Point:
    """Return the direction, as (x, y), in which the gradient of sign 1 is beside a wire in a direction."""
    dx, dy = STEPS[d]
    return dy, -dx


def stub_length(wanted: Wanted, end: int) -> float:
    """Return the length of the straight end of a wire at its source (end 0) or target."""
    if end == 1:
        return HEAD_STUB_PX
    return GRADIENT_STUB_PX if wanted.link.gradient is not None else STUB_PX


def _stub_collisions(
    wanted: Wanted, drawn: DrawnWires, end: int, ports: Sequence[tuple[Point, int, float]]
) -> tuple[Floats, Floats]:
    """Return whether each port is blocked by boxes, and by how many kinds of other things that could move."""
    length = stub_length(wanted, end)
    rects = []
    for (x, y), d, _ in ports:
        (ox, oy), (sx, sy) = STEPS[d], _beside(d if end == 0 else OPPOSITE[d])
        half = 6.5 if end == 1 else 3.0
        wide = (half, half) if wanted.offset == 0 else (half, wanted.offset + (7.5 if end == 0 else 3.0))
        a = wanted.sign if wanted.offset else 1.0
        corners = (
            (x - wide[0] * sx * a, y - wide[0] * sy * a),
            (x + length * ox + wide[1] * sx * a, y + length * oy + wide[1] * sy * a),
        )
        low, high = np.minimum(*corners), np.maximum(*corners)
        rects.append((*low, *high))
    stubs = np.array(rects)
    box = wanted.source if end == 0 else wanted.target
    number = drawn.own_boxes(wanted.link)[end]
    around = np.array([box[0] - 40, box[1] - 40, box[2] + 40, box[3] + 40])
    foreign = np.delete(drawn.boxes, number, 0)
    foreign = foreign[overlapping(foreign, around, 0.0)]
    blocked = _overlap(stubs, foreign, 3.5).any(1)
    others = drawn.others(wanted.link.key)
    gaps = np.maximum(others.text_gaps, 2.0)[:, None] * np.array([-1, -1, 1, 1])
    texts = others.texts + gaps
    used = _overlap(stubs, texts[overlapping(texts, around, 0.0)], 0.5).any(1).astype(float)
    used += _overlap(stubs, others.heads[overlapping(others.heads, around, 0.0)], 1.5).any(1)
    points = others.points
    near = (points > around[:2]).all(1) & (points < around[2:]).all(1)
    if end == 0 and wanted.link.gradient is None:
        near &= others.nets != others.net_number(wanted.link.tensor)
    points = points[near]
    places = np.concatenate([points, points], 1)
    directions = np.array([d for _, d, _ in ports])
    for d in range(4):
        side = directions == d
        if side.any():
            here = overlapping(places, (*stubs[side, :2].min(0), *stubs[side, 2:].max(0)), 2.5)
            used[side] += _overlap(stubs[side], places[here], 2.5).any(1)
    return blocked.astype(float), used


def _overlap(rects: Floats, others: Floats, margin: float) -> Floats:
    a, b = rects[:, None], others[None]
    return np.asarray(
        (a[..., 0] < b[..., 2] + margin)
        & (b[..., 0] < a[..., 2] + margin)
        & (a[..., 1] < b[..., 3] + margin)
        & (b[..., 1] < a[..., 3] + margin)
    )


class Search:
    """Looks for ways of one wire on a grid.

    area: the area of the graph, outside of which ways cost more. weights: for each other wire, by key, how much it
    costs to take its place; None to keep clear of all of them.
    """

    def __init__(
        self, wanted: Wanted, drawn: DrawnWires, area: Rect, reach: float, weights: Mapping[str, float] | None
    ) -> None:
        self._wanted, self._drawn, self._weights = wanted, drawn, weights
        a, b = wanted.source, wanted.target
        needed: tuple[list[float], list[float]] = ([], [])
        for end, rect in enumerate((a, b)):
            stub = stub_length(wanted, end)
            for axis in (0, 1):
                needed[axis].extend((rect[axis] - stub, rect[axis + 2] + stub, wanted.places[end][axis]))
        low = [min(a[k], b[k]) - reach for k in (0, 1)]
        high = [max(a[k + 2], b[k + 2]) + reach for k in (0, 1)]
        pitch = pitch_for(high[0] - low[0], high[1] - low[1])
        self.xs, self.ys = (grid_lines(low[k], high[k], needed[k], pitch) for k in (0, 1))
        self._others = drawn.others(wanted.link.key)
        self._blocked = False
        self._bend = BEND_COST if wanted.link.gradient is None else GRADIENT_BEND_COST
        self._prices = self._all_prices(area)
        taken = BLOCKED if weights is None else 4 * TAKEN_COST
        self._ports = [ports_of(wanted, drawn, end, (self.xs, self.ys), taken) for end in (0, 1)]

    # -- ways -------------------------------------------------------------------------------------

    def ways(self) -> Iterator[tuple[list[Point], Point | None]]:
        """Yield the corners of ways, the cheapest one first, and where the texts are to stand beside each.

        What is blocked between two ways is avoided by the second.
        """
        texts = self._text_prices() if self._wanted.text_size[0] else None
        for _ in range(MAX_WAYS if self._weights is None else MAX_WAYS_IN_THE_WAY):
            self._blocked = False
            starts, ends = self._starts(0), self._starts(1)
            if not starts or not ends:
                return
            forward = Field(self._prices, [start for start, _ in starts], [end for end, _ in ends], self._bend)
            if texts is None:
                found = self._cheapest(forward, starts, ends)
                if found is None:
                    return
                yield found, None
                if not self._blocked:
                    return
                continue
            back = Field(
                reversed_prices(self._prices), [end for end, _ in ends], [start for start, _ in starts], self._bend
            )
            total = texts + self._straight_ways(forward, back)
            d, row, column = (int(part) for part in np.unravel_index(int(total.argmin()), total.shape))
            if total[d, row, column] >= BLOCKED / 2:
                return
            first, last = self._straight_piece(d, row, column)
            one, other = forward.way(*first, d), back.way(*last, OPPOSITE[d])
            corners = points_of(self.xs, self.ys, [*one, *other[::-1]])
            x, y = float(self.xs[column]), float(self.ys[row])
            yield self._with_stubs(corners, starts, ends, one[0], other[0]), (x, y)
            if not self._blocked:
                rows, columns = np.abs(self.ys - y) < TEXT_STEP_PX, np.abs(self.xs - x) < TEXT_STEP_PX
                texts[:, rows[:, None] & columns] += BLOCKED

    def block(self, points: Floats) -> None:
        """Let no further way pass some points (n, 2)."""
        self._blocked = len(points) > 0
        reach = BLOCK_PX + self._wanted.offset  # it may be the gradient that collides
        low, high = points - reach, points + reach
        left, right = np.searchsorted(self.xs, low[:, 0]), np.searchsorted(self.xs, high[:, 0])
        top, bottom = np.searchsorted(self.ys, low[:, 1]), np.searchsorted(self.ys, high[:, 1])
        for k in range(0, len(points), 3):
            self._prices[:, top[k] : bottom[k], left[k] : right[k]] += BLOCKED

    def _half_lengths(self, d: int) -> int:
        """Return how many places before and after its texts a wire is straight."""
        width, height = self._wanted.text_size
        lines, length = (self.xs, width / 3) if d in (RIGHT, LEFT) else (self.ys, height / 2)
        return max(1, round(length / float(np.median(np.diff(lines)))))

    def _straight_piece(self, d: int, row: int, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the first and the last place of the straight piece beside which the texts stand."""
        half = self._half_lengths(d)
        dx, dy = (round(part) * half for part in STEPS[d])
        return (row - dy, column - dx), (row + dy, column + dx)

    def _straight_ways(self, forward: Field, back: Field) -> Floats:
        """Return the cost of the cheapest way that is straight around each place, by its direction there."""
        total = np.full(self._prices.shape, np.inf)
        for d in range(4):
            half, axis = self._half_lengths(d), 1 if d in (RIGHT, LEFT) else 0
            if self._prices.shape[1 + axis] <= 2 * half:
                continue
            sums = np.cumsum(self._prices[d], axis)
            low, middle, high = slice(None, -2 * half), slice(half, -half), slice(2 * half, None)
            before, after = (low, high) if d in (RIGHT, DOWN) else (high, low)

            def part(array: Floats, chosen: slice, axis: int = axis) -> Floats:
                return array[:, chosen] if axis else array[chosen]

            part(total[d], middle)[...] = (
                part(forward.costs[d], before)
                + part(back.costs[OPPOSITE[d]], after)
                + part(sums, high)
                - part(sums, low)
            )
        return total

    def _starts(self, end: int) -> list[tuple[Start, Port]]:
        """Return where ways begin, or end, on the grid."""
        stub = stub_length(self._wanted, end)
        found = []
        for port in self._ports[end]:
            (x, y), (dx, dy) = port.point, STEPS[port.direction]
            row = int(np.abs(self.ys - (y + stub * dy)).argmin())
            column = int(np.abs(self.xs - (x + stub * dx)).argmin())
            d = port.direction if end == 0 else OPPOSITE[port.direction]
            cost = port.cost + float(self._prices[d, row, column])  # it moves to this place, too
            if cost < BLOCKED / 2:
                found.append((Start(row, column, port.direction, cost), port))
        return found

    def _cheapest(
        self, field: Field, starts: Sequence[tuple[Start, Port]], ends: Sequence[tuple[Start, Port]]
    ) -> list[Point] | None:
        best: tuple[float, Start, int] | None = None
        for end, _ in ends:
            arriving = OPPOSITE[end.direction]
            for d in range(4):
                if d == end.direction:
                    continue
                cost = float(field.costs[d, end.row, end.column]) + end.cost + (self._bend if d != arriving else 0.0)
                if best is None or cost < best[0]:
                    best = cost, end, d
        if best is None or best[0] >= BLOCKED / 2:
            return None
        _, end, d = best
        way = field.way(end.row, end.column, d)
        corners = points_of(self.xs, self.ys, way)
        return self._with_stubs(corners, starts, [(one, port) for one, port in ends if one is end], way[0], way[-1])

    @staticmethod
    def _with_stubs(
        corners: list[Point], starts: Sequence[tuple[Start, Port]], ends: Sequence[tuple[Start, Port]],
        first: tuple[int, int], last: tuple[int, int],
    ) -> list[Point]:  # fmt: skip
        """Return the corners of a way from one box to the other."""

        def port_at(found: Sequence[tuple[Start, Port]], place: tuple[int, int], away: Point) -> Point:
            here = [(start, port) for start, port in found if (start.row, start.column) == place]
            x, y = corners[0] if found is starts else corners[-1]

            def backwards(port: Port) -> float:
                dx, dy = STEPS[port.direction]
                return (away[0] - x) * dx + (away[1] - y) * dy

            return min(here, key=lambda one: (backwards(one[1]) < -0.1, one[0].cost))[1].point

        distinct = [point for k, point in enumerate(corners) if not k or point != corners[k - 1]]
        second, before = (distinct[1], distinct[-2]) if len(distinct) > 1 else (distinct[0], distinct[0])
        return [port_at(starts, first, second), *distinct, port_at(ends, last, before)]

    # -- prices -----------------------------------------------------------------------------------

    def _all_prices(self, area: Rect) -> Floats:
        """Return what it costs to move to each place in each direction."""
        xs, ys, wanted, drawn, others = self.xs, self.ys, self._wanted, self._drawn, self._others
        shape = len(ys), len(xs)
        outside = (xs < area[0] - 8) | (xs > area[2] + 8) | ((ys < area[1] - 8) | (ys > area[3] + 8))[:, None]
        pixel = 1.0 + OUTSIDE_COST * outside
        steps = (
            np.broadcast_to(np.gradient(xs), shape) * pixel,
            np.broadcast_to(np.gradient(ys)[:, None], shape) * pixel,
        )
        prices = np.stack([steps[0], steps[0], steps[1], steps[1]])
        text_gaps = others.text_gaps + TEXT_SPARE_PX
        box_gaps = np.full(len(drawn.boxes), CLEARANCE_PX)
        comfort = np.full(len(drawn.boxes), COMFORT_PX)
        head_gaps = np.full(len(others.heads), HEAD_GAP_PX)
        soft = self._weights is not None
        for d in range(4):
            normal = _beside(d)
            reach = (wanted.sign * wanted.offset * normal[0], wanted.sign * wanted.offset * normal[1])
            price = prices[d]
            for rows, columns, _ in self._slices(drawn.boxes, comfort, reach):
                price[rows, columns] *= 1.0 + COMFORT_COST
            for rects, gaps, owners in (
                (others.texts, text_gaps, others.text_owners), (others.heads, head_gaps, others.head_owners),
            ):  # fmt: skip
                for rows, columns, k in self._slices(rects, gaps, reach):
                    price[rows, columns] += TAKEN_COST * self._weight(int(owners[k])) if soft else BLOCKED
            for rows, columns, _ in self._slices(drawn.boxes, box_gaps, reach):
                price[rows, columns] += BLOCKED
        self._charge_lines(prices, steps)
        return prices

    def _weight(self, number: int) -> float:
        return (self._weights or {}).get(self._others.keys[number], 1.0)

    def _slices(self, rects: Floats, gaps: Floats, reach: Point) -> Iterator[tuple[slice, slice, int]]:
        """Yield the places from which a wire, or its gradient at ``reach``, is closer to a rectangle than a gap."""
        if not len(rects):
            return
        left = np.searchsorted(self.xs, rects[:, 0] - gaps - max(reach[0], 0.0), side="right")
        right = np.searchsorted(self.xs, rects[:, 2] + gaps - min(reach[0], 0.0), side="left")
        top = np.searchsorted(self.ys, rects[:, 1] - gaps - max(reach[1], 0.0), side="right")
        bottom = np.searchsorted(self.ys, rects[:, 3] + gaps - min(reach[1], 0.0), side="left")
        for k in np.flatnonzero((left < right) & (top < bottom)).tolist():
            yield slice(top[k], bottom[k]), slice(left[k], right[k]), k

    def _charge_lines(self, prices: Floats, steps: tuple[Floats, Floats]) -> None:
        """Charge for running beside other wires, and for crossing them."""
        wanted, others, xs, ys = self._wanted, self._others, self.xs, self.ys
        margin = WIRE_GAP_PX + wanted.offset
        points = others.points
        near = (
            (points[:, 0] > xs[0] - margin)
            & (points[:, 0] < xs[-1] + margin)
            & (points[:, 1] > ys[0] - margin)
            & (points[:, 1] < ys[-1] + margin)
        )
        if wanted.link.gradient is None:  # wires of one tensor run together
            near &= others.nets != others.net_number(wanted.link.tensor)
        if not near.any():
            return
        points, slopes = points[near], np.abs(others.tangents[near])
        for axis in (0, 1):
            along, lines = (xs, ys) if axis == 0 else (ys, xs)
            count = (len(lines) + 1, len(along))
            beside, crossing = slopes[:, axis] > 0.4, slopes[:, axis] < 0.9
            place = _nearest(along, points[:, axis])
            line = _nearest(lines, points[:, 1 - axis])
            crossed = np.zeros((len(lines), len(along)), bool)
            crossed[line[crossing], place[crossing]] = True
            for d in (RIGHT, LEFT) if axis == 0 else (DOWN, UP):
                reach = wanted.sign * wanted.offset * _beside(d)[1 - axis]
                low = np.searchsorted(lines, points[beside, 1 - axis] - WIRE_GAP_PX - max(reach, 0.0))
                high = np.searchsorted(lines, points[beside, 1 - axis] + WIRE_GAP_PX - min(reach, 0.0))
                size = count[0] * count[1]
                changes = np.bincount(low * count[1] + place[beside], minlength=size)
                changes -= np.bincount(high * count[1] + place[beside], minlength=size)
                company = np.cumsum(changes.reshape(count), 0)[:-1] > 0
                if axis == 0:
                    prices[d] += COMPANY_COST * steps[0] * company + CROSSING_COST * crossed
                else:
                    prices[d] += COMPANY_COST * steps[1] * company.T + CROSSING_COST * crossed.T

    def _text_prices(self) -> Floats:
        """Return what it costs that the wire's texts stand beside it at each place, by direction of the wire."""
        wanted, others, drawn = self._wanted, self._others, self._drawn
        width, height = wanted.text_size
        soft = self._weights is not None
        gap = wanted.offset + (GRADIENT_TEXT_GAP_PX if wanted.link.gradient is not None else TEXT_GAP_PX)
        counts = np.zeros((len(self.ys) + 1, len(self.xs) + 1))
        points = others.points
        inside = (
            (points[:, 0] > self.xs[0]) & (points[:, 0] < self.xs[-1])
            & (points[:, 1] > self.ys[0]) & (points[:, 1] < self.ys[-1])
        )  # fmt: skip
        rows, columns = _nearest(self.ys, points[inside, 1]), _nearest(self.xs, points[inside, 0])
        counts[1:, 1:] = np.bincount(rows * len(self.xs) + columns, minlength=len(self.xs) * len(self.ys)).reshape(
            len(self.ys), len(self.xs)
        )
        counts = counts.cumsum(0).cumsum(1)
        prices = np.full((4, len(self.ys), len(self.xs)), np.inf)
        for d in range(4):
            for sign in (wanted.sign,) if wanted.offset else (1.0, -1.0):
                nx, ny = (sign * part for part in _beside(d))
                middle = np.array([nx * (gap + width / 2), ny * (gap + height / 2)])
                half = np.array([width / 2, height / 2])
                (left, top), (right, bottom) = middle - half, middle + half
                price = np.zeros((len(self.ys), len(self.xs)))
                # the texts collide if the place is in a rectangle that is as much larger as they are
                for rects, margin, owners in (
                    (drawn.boxes, 3.0, None), (others.texts, 2.0, others.text_owners),
                    (others.heads, 1.0, others.head_owners),
                ):  # fmt: skip
                    larger = rects - np.array([right, bottom, left, top])
                    for one, other, k in self._slices(larger, np.full(len(rects), margin), (0.0, 0.0)):
                        price[one, other] += (
                            TAKEN_COST * 3 * self._weight(int(owners[k])) if soft and owners is not None else BLOCKED
                        )
                x0 = np.searchsorted(self.xs, self.xs + left - TEXT_REACH_PX)
                x1 = np.searchsorted(self.xs, self.xs + right + TEXT_REACH_PX)
                y0 = np.searchsorted(self.ys, self.ys + top - TEXT_REACH_PX)
                y1 = np.searchsorted(self.ys, self.ys + bottom + TEXT_REACH_PX)
                low, high = counts[y0], counts[y1]
                found = high[:, x1] - high[:, x0] - low[:, x1] + low[:, x0]
                price += np.minimum(found, 12.0) * TAKEN_COST if soft else BLOCKED * (found > 0)
                prices[d] = np.minimum(prices[d], price)
        return prices


def _nearest(lines: Floats, places: Floats) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the index of the line that is nearest to each place."""
    return np.asarray(np.searchsorted((lines[1:] + lines[:-1]) / 2, places))
