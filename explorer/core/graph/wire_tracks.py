"""Tracks between boxes: a grid of lines along which a wire finds its cheapest way around them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.core.graph.ports import Point

CLEARANCE_PX, TEXT_CLEARANCE_PX = 6.0, 10.0
"""Distance that a wire keeps from boxes, and from texts and arrow heads."""

STUB_PX = 18.0
"""Length of the straight ends of a wire, which hold the arrow heads."""

TRACK_SPACING_PX = 11.0
MAX_TRACKS = 3
"""Tracks beside each box, and the space between them."""

BLOCKED = 1e5
"""Cost of the way through a box."""

CROSSING_COST, BEND_COST, COMPANY_COST = 14.0, 12.0, 8.0
"""Cost in pixels of crossing another wire, and of two bends; cost of each pixel beside another wire."""

MAX_ROWS = 20
"""About the number of level tracks that are tried for each of the two level pieces of a way."""

REACH_PX = 240.0
"""Distance from a wire's ends within which its way is looked for."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Port:
    """The end of a wire at the side of a box; (dx, dy) points outwards."""

    x: float
    y: float
    dx: float
    dy: float

    @property
    def is_upright(self) -> bool:
        """Whether the wire leaves upwards or downwards."""
        return self.dy != 0


@dataclass
class Tracks:
    """A grid around boxes, with the cost of each piece between two of its points.

    xs, ys: places of the upright and of the level tracks. across, down: cost of a piece of a level track (ys, xs - 1)
    and of an upright one (xs, ys - 1).
    """

    xs: Floats
    ys: Floats
    across: Floats
    down: Floats

    @classmethod
    def around(cls, boxes: Floats, texts: Floats, ports: Sequence[Port], clearance: float) -> "Tracks":
        """Return the tracks around boxes and texts (n, 4: left, top, right, bottom) that lead to all ports.

        clearance: distance from boxes and texts in pixels that wires keep if they can.
        """
        ends = np.array([stub_end(port) for port in ports])
        low, high = ends.min(0) - REACH_PX, ends.max(0) + REACH_PX
        boxes, texts = (rects[(rects[:, :2] < high).all(1) & (rects[:, 2:] > low).all(1)] for rects in (boxes, texts))
        everything = np.concatenate([boxes, texts])
        xs, ys = (
            places[(places >= low[axis]) & (places <= high[axis])]
            for axis, places in (
                (axis, _places(everything[:, [axis, axis + 2]], ends[:, axis].tolist())) for axis in (0, 1)
            )
        )
        turned = [1, 0, 3, 2]
        across = _costs(xs, ys, boxes, everything, clearance) + BLOCKED * 0.1 * _near(xs, ys, texts, TEXT_CLEARANCE_PX)
        down = _costs(ys, xs, boxes[:, turned], everything[:, turned], clearance)
        down += BLOCKED * 0.1 * _near(ys, xs, texts[:, turned], TEXT_CLEARANCE_PX)
        return cls(xs, ys, across, down)

    def avoid(self, lines: Sequence[tuple[Floats, float]]) -> None:
        """Charge for running beside lines of points (n, 2), within a distance given for each, and for crossing."""
        if not lines:
            return
        starts = np.concatenate([line[:-1] for line, _ in lines])
        steps = np.abs(np.concatenate([np.diff(line, axis=0) for line, _ in lines]))
        bands = np.concatenate([np.full(len(line) - 1, band) for line, band in lines])
        low, high = np.array([self.xs[0], self.ys[0]]), np.array([self.xs[-1], self.ys[-1]])
        is_near = ((starts > low) & (starts < high)).all(1)
        starts, steps, bands = starts[is_near], steps[is_near], bands[is_near]
        self.across += _charges(self.xs, self.ys, starts, steps, bands)
        self.down += _charges(self.ys, self.xs, starts[:, ::-1], steps[:, ::-1], bands)

    def way(self, start: Port, end: Port) -> list[Point]:
        """Return the corners of the cheapest way of at most five pieces; both ports are upright, or neither is."""
        if start.is_upright:
            return _way(self.xs, self.ys, self.across, self.down, start, end)
        turned = [Port(port.y, port.x, port.dy, port.dx) for port in (start, end)]
        corners = _way(self.ys, self.xs, self.down, self.across, turned[0], turned[1])
        return [(x, y) for y, x in corners]


def stub_end(port: Port) -> Point:
    """Return where the straight end of a wire at a port ends."""
    return port.x + STUB_PX * port.dx, port.y + STUB_PX * port.dy


def _places(sides: Floats, ends: Sequence[float]) -> Floats:
    """Return the places of tracks: those that lead to ports, and others beside boxes that are not too close to them."""
    steps = TRACK_SPACING_PX * (np.arange(MAX_TRACKS) + 0.9)
    beside = np.concatenate([(sides[:, :1] - steps).ravel(), (sides[:, 1:] + steps).ravel()])
    fixed = np.unique(np.round(ends, 1))
    chosen: list[float] = []
    for place in np.sort(beside):
        if not chosen or place - chosen[-1] >= 0.6 * TRACK_SPACING_PX:
            chosen.append(float(place))
    others = np.array(chosen)
    near = np.abs(others[:, None] - fixed).min(1) if len(fixed) else np.full(len(others), np.inf)
    return np.sort(np.concatenate([fixed, others[near >= 0.4 * TRACK_SPACING_PX]]))


def _near(xs: Floats, ys: Floats, boxes: Floats, distance: float) -> npt.NDArray[np.bool_]:
    """Return which pieces of the level tracks, (len(ys), len(xs) - 1), come closer than a distance to a box."""
    left, top, right, bottom = boxes.T
    is_beside = (ys[:, None] > top - distance) & (ys[:, None] < bottom + distance)
    is_along = (xs[1:, None] > left - distance + 0.1) & (xs[:-1, None] < right + distance - 0.1)
    return np.asarray(is_beside.astype(np.float32) @ is_along.T.astype(np.float32) > 0)


def _costs(xs: Floats, ys: Floats, boxes: Floats, everything: Floats, clearance: float) -> Floats:
    """Return the cost of each piece of the level tracks, (len(ys), len(xs) - 1)."""
    lengths = np.diff(xs)
    return np.asarray(
        lengths * (1.0 + 2.0 * _near(xs, ys, everything, clearance) + 0.3 * _near(xs, ys, everything, clearance + 8))
        + BLOCKED * _near(xs, ys, boxes, CLEARANCE_PX)
    )


def _charges(xs: Floats, ys: Floats, starts: Floats, steps: Floats, bands: Floats) -> Floats:
    """Return what level pieces, (len(ys), len(xs) - 1), cost for company of short steps and for crossing them."""
    is_level = steps[:, 0] >= steps[:, 1]
    columns = np.searchsorted(xs, starts[:, 0]) - 1
    rows = np.abs(ys[:, None] - starts[:, 1]) < np.where(is_level, bands, 0.75 * steps[:, 1] + 0.1)
    prices = np.where(is_level, COMPANY_COST * steps[:, 0], CROSSING_COST)
    is_there = columns[:, None] == np.arange(len(xs) - 1)
    return np.asarray((rows * prices).astype(np.float32) @ is_there.astype(np.float32))


def _way(xs: Floats, ys: Floats, across: Floats, down: Floats, start: Port, end: Port) -> list[Point]:
    """Return the cheapest way between upright ports: down, across, down, across, down (or up)."""
    (sx, sy), (ex, ey) = stub_end(start), stub_end(end)
    reach = REACH_PX
    columns = np.flatnonzero((xs >= min(sx, ex) - reach) & (xs <= max(sx, ex) + reach))
    rows = np.flatnonzero((ys >= min(sy, ey) - reach) & (ys <= max(sy, ey) + reach))
    xs, ys = xs[columns], ys[rows]
    across = across[rows][:, columns[:-1]]
    down = down[columns][:, rows[:-1]]
    along_rows = np.concatenate([np.zeros((len(ys), 1)), np.cumsum(across, 1)], 1)
    along_columns = np.concatenate([np.zeros((len(xs), 1)), np.cumsum(down, 1)], 1)
    first, last = (int(np.abs(xs - x).argmin()) for x in (sx, ex))
    top, bottom = (int(np.abs(ys - y).argmin()) for y in (sy, ey))
    begin = np.arange(top, len(ys)) if start.dy > 0 else np.arange(top + 1)
    finish = np.arange(bottom + 1) if end.dy < 0 else np.arange(bottom, len(ys))
    out = np.abs(along_columns[first, begin] - along_columns[first, top])[:, None]
    out = out + np.abs(along_rows[begin] - along_rows[begin, first][:, None])
    into = np.abs(along_columns[last, finish] - along_columns[last, bottom])[:, None]
    into = into + np.abs(along_rows[finish] - along_rows[finish, last][:, None])
    indices = np.arange(len(xs))
    out = out + BEND_COST * (indices != first)
    into = into + BEND_COST * (indices != last)
    near, far = _some_rows(out), _some_rows(into)  # the three-dimensional table below is the expensive part
    out, begin, into, finish = out[near], begin[near], into[far], finish[far]
    middle = np.abs(along_columns[:, begin][:, :, None] - along_columns[:, finish][:, None, :])
    total = out.T[:, :, None] + middle + into.T[:, None, :]
    best = int(total.argmin())
    column, one, other = np.unravel_index(best, total.shape)
    y1, y2, x = float(ys[begin[one]]), float(ys[finish[other]]), float(xs[column])
    return [(start.x, start.y), (start.x, y1), (x, y1), (x, y2), (end.x, y2), (end.x, end.y)]


def _some_rows(costs: Floats) -> npt.NDArray[np.int64]:
    """Return the rows of a table that are cheapest at their best place, and some of the others, far apart."""
    order = np.argsort(costs.min(1), kind="stable")
    others = order[MAX_ROWS // 2 :]
    return np.concatenate([order[: MAX_ROWS // 2], others[:: max(1, len(others) // (MAX_ROWS // 2))]])
