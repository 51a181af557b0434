"""A long layout from left to right, broken into rows like a line of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.core.layout import Layout, Point, Size

GAP = 34.0
"""Height between two rows, through which the links from one to the next run."""

MARGIN = 40.0
"""Width at both sides of the rows in which links turn."""

CROSSING = 3
"""Links that may go from one row to the next; more than that and a line cannot be broken there."""


@dataclass(frozen=True)
class _Cut:
    x: float
    crossing: tuple[str, ...]


def broken(layout: Layout, sizes: Mapping[str, Size], aspect: float, least: float = 0.0) -> Layout:
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
            crossing = tuple(key for key, path in layout.paths.items() if path[0][0] < x < path[-1][0])
            if 0 < len(crossing) <= CROSSING:
                found.append(_Cut(x, crossing))
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
    for path in layout.paths.values():
        for x, y in path:
            row = row_of(min(max(x, 0.0), layout.size[0]))
            tops[row], bottoms[row] = min(tops[row], y), max(bottoms[row], y)
    for x, y in layout.labels.values():
        row = row_of(x)
        tops[row], bottoms[row] = min(tops[row], y - 30), max(bottoms[row], y + 30)
    shifts, at = [], 0.0
    for row in range(count):
        shifts.append(at - tops[row])
        at += bottoms[row] - tops[row] + GAP
    width = max(b - a for a, b in pairwise(borders)) + 2 * MARGIN

    def moved(point: Point, row: int) -> Point:
        return point[0] - borders[row] + MARGIN, point[1] + shifts[row]

    centres = {name: moved(centre, row_of(centre[0])) for name, centre in layout.centres.items()}
    labels = {key: moved(label, row_of(label[0])) for key, label in layout.labels.items()}
    crossed = {key: k for k, cut in enumerate(cuts) for key in cut.crossing}
    several = {key for k, cut in enumerate(cuts) for key in cut.crossing if crossed[key] != k}
    paths = {}
    for key, path in layout.paths.items():
        first, last = row_of(path[0][0]), row_of(path[-1][0])
        if first == last:
            paths[key] = tuple(moved(point, first) for point in path)
            continue
        lane = cuts[first].crossing.index(key) if key in cuts[first].crossing else 0
        gap = bottoms[first] + shifts[first] + GAP * (0.5 if key not in several else 0.3) + 7 * lane
        start, end = moved(path[0], first), moved(path[-1], last)
        paths[key] = _turned(start, end, gap, width, 7.0 * lane)
        if key in labels:  # it stays in its row, on the line
            row = row_of(layout.labels[key][0])
            labels[key] = (labels[key][0], start[1] if row == first else end[1])
    return Layout(centres, paths, labels, (width, at - GAP))


def _turned(start: Point, end: Point, gap: float, width: float, lane: float) -> tuple[Point, ...]:
    """A link that goes right out of its row, back to the left between the rows, and into the next."""
    right, left = width - MARGIN * 0.35 - lane, MARGIN * 0.35 + lane
    inner_right, inner_left = width - MARGIN, MARGIN
    points: list[Point] = [start]
    if inner_right > start[0]:
        points += _straight(start, (inner_right, start[1]))
    points += [(right + 8, points[-1][1]), (right + 8, gap), (inner_right, gap)]
    points += _straight(points[-1], (inner_left, gap))
    points += [(left - 8, gap), (left - 8, end[1]), (inner_left, end[1])]
    if end[0] > inner_left:
        points += _straight(points[-1], end)
    else:
        points[-1] = end
    return tuple(points)


def _straight(a: Point, b: Point) -> list[Point]:
    third = ((b[0] - a[0]) / 3, (b[1] - a[1]) / 3)
    return [(a[0] + third[0], a[1] + third[1]), (b[0] - third[0], b[1] - third[1]), b]
