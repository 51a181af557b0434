"""A long layout from left to right, broken into rows like a line of text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.core.graph.graphviz_layout import Layout, Point, Size

ROW_SPACING_PX = 34.0
"""Height between two rows, through which the links from one to the next run."""

SIDE_MARGIN_PX = 40.0
"""Width at both sides of the rows in which links turn."""

MAX_CUT_LINKS = 3
"""Links that may go from one row to the next; more than that and a line cannot be broken there."""


LEVELLING_DISTANCE_PX = 20.0
"""Pixels within which a link becomes level where a line is broken."""

LANE_SPACING_PX = 7.0
"""Pixels between two links that turn together."""


@dataclass(frozen=True)
class _Cut:
    """x: where. crossing: the links that go over it."""

    x: float
    crossing: tuple[str, ...]


def wrap_into_rows(layout: Layout, sizes: Mapping[str, Size], aspect: float, least: float = 0.0) -> Layout:
    """Return a layout in as many rows as make it largest in a view ``aspect`` times as wide as high.

    A layout narrower than ``least`` pixels stays in one row.
    """
    width, height = layout.size
    if width <= least or width <= aspect * height:
        return layout
    cuts = _cuts(layout, sizes)
    best, best_zoom = layout, _zoom(layout.size, aspect)
    for count in range(2, len(cuts) + 2):
        chosen = _choose(cuts, width, count)
        if len(chosen) != count - 1:
            break
        made = _in_rows(layout, sizes, chosen)
        zoom = _zoom(made.size, aspect)
        if zoom < 0.7 * best_zoom:
            break
        if zoom > 1.08 * best_zoom:
            best, best_zoom = made, zoom
    return best


def _zoom(size: Size, aspect: float) -> float:
    return min(aspect / size[0], 1 / size[1])


def _cuts(layout: Layout, sizes: Mapping[str, Size]) -> list[_Cut]:
    """Where no box stands, and few links go."""
    spans = sorted((x - sizes[name][0] / 2, x + sizes[name][0] / 2) for name, (x, _) in layout.centres.items())
    found = []
    right = spans[0][1]
    for start, end in spans[1:]:
        if start > right:
            x = (start + right) / 2
            crossing = [key for key, (a, *_, b) in layout.paths.items() if a[0] < x < b[0] or b[0] < x < a[0]]
            if 0 < len(crossing) <= MAX_CUT_LINKS:
                found.append(_Cut(x, tuple(crossing)))
        right = max(right, end)
    return found


def _choose(cuts: Sequence[_Cut], width: float, rows: int) -> list[_Cut]:
    """The cuts that make ``rows`` rows of nearly one width."""
    chosen: list[_Cut] = []
    for k in range(1, rows):
        wanted = width * k / rows
        near = min((cut for cut in cuts if cut not in chosen), key=lambda cut: abs(cut.x - wanted), default=None)
        if near is not None:
            chosen.append(near)
    return sorted(chosen, key=lambda cut: cut.x)


def _in_rows(layout: Layout, sizes: Mapping[str, Size], cuts: Sequence[_Cut]) -> Layout:
    borders = [0.0, *(cut.x for cut in cuts), layout.size[0]]
    count = len(borders) - 1

    def row_of(x: float) -> int:
        return max(k for k in range(count) if k == 0 or x >= borders[k])

    tops, bottoms = [float("inf")] * count, [float("-inf")] * count
    for name, (x, y) in layout.centres.items():
        row = row_of(x)
        tops[row] = min(tops[row], y - sizes[name][1] / 2)
        bottoms[row] = max(bottoms[row], y + sizes[name][1] / 2)
    pieces = {key: _pieces(path, cuts, row_of) for key, path in layout.paths.items()}
    for found in pieces.values():
        for row, piece in found.items():
            tops[row] = min(tops[row], *(y for _, y in piece))
            bottoms[row] = max(bottoms[row], *(y for _, y in piece))
    for x, y in layout.labels.values():
        row = row_of(x)
        tops[row], bottoms[row] = min(tops[row], y - 30), max(bottoms[row], y + 30)
    shifts, top = [], 0.0
    for row in range(count):
        shifts.append(top - tops[row])
        top += bottoms[row] - tops[row] + ROW_SPACING_PX
    width = max(b - a for a, b in pairwise(borders)) + 2 * SIDE_MARGIN_PX

    def moved(point: Point, row: int) -> Point:
        return point[0] - borders[row] + SIDE_MARGIN_PX, point[1] + shifts[row]

    centres = {name: moved(centre, row_of(centre[0])) for name, centre in layout.centres.items()}
    labels = {key: moved(label, row_of(label[0])) for key, label in layout.labels.items()}
    lanes = [sorted(cut.crossing, key=lambda key: pieces[key][row][-1][1]) for row, cut in enumerate(cuts)]
    paths = {}
    for key, found in pieces.items():
        points: list[Point] = []
        for row, piece in found.items():
            start, *rest = (moved(point, row) for point in piece)
            if not points:
                points = [start, *rest]
                continue
            lane = lanes[row - 1].index(key)
            inner = len(lanes[row - 1]) - 1 - lane  # without at the right is within at the left, so none cross
            gap = tops[row] + shifts[row] - ROW_SPACING_PX / 2 + LANE_SPACING_PX * (inner - lane) / 2
            points += _straight(points[-1], (width - SIDE_MARGIN_PX, points[-1][1]))
            points += _turn(points[-1], width - SIDE_MARGIN_PX * 0.35 - LANE_SPACING_PX * lane, gap)
            points += _straight(points[-1], (SIDE_MARGIN_PX, gap))
            points += _turn(points[-1], SIDE_MARGIN_PX * 0.35 + LANE_SPACING_PX * inner, start[1])
            points += rest
        goes_back = layout.paths[key][0][0] > layout.paths[key][-1][0]
        paths[key] = tuple(points[::-1] if goes_back else points)
    return Layout(centres, paths, labels, (width, top - ROW_SPACING_PX))


def _pieces(path: Sequence[Point], cuts: Sequence[_Cut], row_of: Callable[[float], int]) -> dict[int, Sequence[Point]]:
    """What of a link is in each row, from left to right."""
    rest = path if path[0][0] <= path[-1][0] else path[::-1]
    found: dict[int, Sequence[Point]] = {}
    last = row_of(rest[-1][0])
    for row in range(row_of(rest[0][0]), last):
        found[row], rest = _split(rest, cuts[row].x)
    return {**found, last: rest}


def _split(path: Sequence[Point], x: float) -> tuple[list[Point], list[Point]]:
    """Cut joined Béziers where they first come to ``x``; both parts are level there."""
    k = next(k for k in range(0, len(path) - 1, 3) if path[k][0] <= x <= path[k + 3][0])
    a, b, c, d = (point[0] for point in path[k : k + 4])
    low, high = 0.0, 1.0
    for _ in range(16):
        t = (low + high) / 2
        u = 1 - t
        if u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d < x:
            low = t
        else:
            high = t
    left, right = _halves(path[k : k + 4], low)
    level = left[-1][1]
    # Near the cut only: further away it would leave the way that was found between the boxes.
    left[-2], right[1] = (
        (max(left[-2][0], x - LEVELLING_DISTANCE_PX), level),
        (min(right[1][0], x + LEVELLING_DISTANCE_PX), level),
    )
    return [*path[:k], *left], [*right, *path[k + 4 :]]


def _halves(curve: Sequence[Point], t: float) -> tuple[list[Point], list[Point]]:
    """De Casteljau's two parts of a Bézier."""
    rows = [list(curve)]
    while len(rows[-1]) > 1:
        rows.append([(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for a, b in pairwise(rows[-1])])
    return [row[0] for row in rows], [row[-1] for row in reversed(rows)]


def _turn(start: Point, x: float, y: float) -> list[Point]:
    """Out to ``x``, up or down there, and back at the height ``y``; corners are round, so that lanes stay apart."""
    x0, y0 = start
    radius = min(abs(x - x0), abs(y - y0) / 2) * (1 if y > y0 else -1)
    above, below = (x, y0 + radius), (x, y - radius)
    bent = x0 + 0.55 * (x - x0)
    return [
        *((bent, y0), (x, y0 + 0.45 * radius), above),
        *_straight(above, below),
        *((x, y - 0.45 * radius), (bent, y), (x0, y)),
    ]


def _straight(a: Point, b: Point) -> list[Point]:
    third = ((b[0] - a[0]) / 3, (b[1] - a[1]) / 3)
    return [(a[0] + third[0], a[1] + third[1]), (b[0] - third[0], b[1] - third[1]), b]
