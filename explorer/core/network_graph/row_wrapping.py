"""Wraps a long layout from left to right into rows, like a line of text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.core.graph.graphviz_layout import Layout, Point, Size

ROW_SPACING_PX = 34.0
"""Height between two rows, through which the paths from one to the next run."""

SIDE_MARGIN_PX = 40.0
"""Width on both sides of the rows in which paths turn."""

MAX_CUT_LINKS = 3
"""Maximum number of paths that may run from one row to the next; a layout is not cut where there are more."""

LEVELLING_DISTANCE_PX = 20.0
"""Distance from a cut within which a path becomes level."""

LANE_SPACING_PX = 7.0
"""Distance between two paths that turn together."""

LABEL_HALF_HEIGHT_PX = 30.0
"""Height above and below the middle of a label that its row must have."""

MIN_ZOOM_GAIN = 1.08
"""Ratio of zooms from which another row is worth the turns of its paths."""

STOP_ZOOM_RATIO = 0.7
"""Ratio of zooms below which even more rows are not tried."""


@dataclass(frozen=True)
class _Cut:
    """Where a layout is cut, and the keys of the paths that cross the cut."""

    x: float
    crossing: tuple[str, ...]


def wrap_into_rows(layout: Layout, sizes: Mapping[str, Size], aspect: float, min_width: float = 0.0) -> Layout:
    """Return a layout in the number of rows with which it is largest in its window.

    Parameters
    ----------
    sizes : width and height of the boxes in pixels, by id.
    aspect : width of the window divided by its height.
    min_width : width in pixels up to which a layout stays in one row.
    """
    width, height = layout.size
    if width <= min_width or width <= aspect * height:
        return layout
    cuts = _possible_cuts(layout, sizes)
    best, best_zoom = layout, _zoom(layout.size, aspect)
    for rows in range(2, len(cuts) + 2):
        chosen = _even_cuts(cuts, width, rows)
        if len(chosen) != rows - 1:
            break
        wrapped = _wrap(layout, sizes, chosen)
        zoom = _zoom(wrapped.size, aspect)
        if zoom < STOP_ZOOM_RATIO * best_zoom:
            break
        if zoom > MIN_ZOOM_GAIN * best_zoom:
            best, best_zoom = wrapped, zoom
    return best


def _zoom(size: Size, aspect: float) -> float:
    """Return the zoom at which a layout fills a window of height 1."""
    return min(aspect / size[0], 1 / size[1])


def _possible_cuts(layout: Layout, sizes: Mapping[str, Size]) -> list[_Cut]:
    """Return cuts between boxes that at most `MAX_CUT_LINKS` paths cross, from left to right."""
    spans = sorted((x - sizes[name][0] / 2, x + sizes[name][0] / 2) for name, (x, _) in layout.centres.items())
    cuts = []
    right = spans[0][1]
    for start, end in spans[1:]:
        if start > right:
            x = (start + right) / 2
            crossing = [key for key, (a, *_, b) in layout.paths.items() if a[0] < x < b[0] or b[0] < x < a[0]]
            if 0 < len(crossing) <= MAX_CUT_LINKS:
                cuts.append(_Cut(x, tuple(crossing)))
        right = max(right, end)
    return cuts


def _even_cuts(cuts: Sequence[_Cut], width: float, rows: int) -> list[_Cut]:
    """Return the cuts that make ``rows`` rows of nearly equal width."""
    chosen: list[_Cut] = []
    for k in range(1, rows):
        x = width * k / rows
        nearest = min((cut for cut in cuts if cut not in chosen), key=lambda cut: abs(cut.x - x), default=None)
        if nearest is not None:
            chosen.append(nearest)
    return sorted(chosen, key=lambda cut: cut.x)


def _wrap(layout: Layout, sizes: Mapping[str, Size], cuts: Sequence[_Cut]) -> Layout:
    """Return a layout in one row more than there are cuts."""
    borders = [0.0, *(cut.x for cut in cuts), layout.size[0]]
    rows = len(borders) - 1

    def row_of(x: float) -> int:
        return max(k for k in range(rows) if k == 0 or x >= borders[k])

    tops, bottoms = [float("inf")] * rows, [float("-inf")] * rows
    for name, (x, y) in layout.centres.items():
        row = row_of(x)
        tops[row] = min(tops[row], y - sizes[name][1] / 2)
        bottoms[row] = max(bottoms[row], y + sizes[name][1] / 2)
    pieces = {key: _pieces(path, cuts, row_of) for key, path in layout.paths.items()}
    for by_row in pieces.values():
        for row, piece in by_row.items():
            tops[row] = min(tops[row], *(y for _, y in piece))
            bottoms[row] = max(bottoms[row], *(y for _, y in piece))
    for x, y in layout.labels.values():
        row = row_of(x)
        tops[row] = min(tops[row], y - LABEL_HALF_HEIGHT_PX)
        bottoms[row] = max(bottoms[row], y + LABEL_HALF_HEIGHT_PX)
    shifts, height = [], 0.0
    for row in range(rows):
        shifts.append(height - tops[row])
        height += bottoms[row] - tops[row] + ROW_SPACING_PX
    width = max(b - a for a, b in pairwise(borders)) + 2 * SIDE_MARGIN_PX

    def moved(point: Point, row: int) -> Point:
        return point[0] - borders[row] + SIDE_MARGIN_PX, point[1] + shifts[row]

    centres = {name: moved(centre, row_of(centre[0])) for name, centre in layout.centres.items()}
    labels = {key: moved(label, row_of(label[0])) for key, label in layout.labels.items()}
    lanes = [sorted(cut.crossing, key=lambda key: pieces[key][row][-1][1]) for row, cut in enumerate(cuts)]
    paths = {}
    for key, by_row in pieces.items():
        points: list[Point] = []
        for row, piece in by_row.items():
            start, *rest = (moved(point, row) for point in piece)
            if not points:
                points = [start, *rest]
                continue
            lane = lanes[row - 1].index(key)
            inner = (
                len(lanes[row - 1]) - 1 - lane
            )  # the outer lane on the right is the inner one on the left: no crossings
            gap = tops[row] + shifts[row] - ROW_SPACING_PX / 2 + LANE_SPACING_PX * (inner - lane) / 2
            points += _straight(points[-1], (width - SIDE_MARGIN_PX, points[-1][1]))
            points += _turn(points[-1], width - SIDE_MARGIN_PX * 0.35 - LANE_SPACING_PX * lane, gap)
            points += _straight(points[-1], (SIDE_MARGIN_PX, gap))
            points += _turn(points[-1], SIDE_MARGIN_PX * 0.35 + LANE_SPACING_PX * inner, start[1])
            points += rest
        goes_back = layout.paths[key][0][0] > layout.paths[key][-1][0]
        paths[key] = tuple(points[::-1] if goes_back else points)
    return Layout(centres, paths, labels, (width, height - ROW_SPACING_PX))


def _pieces(path: Sequence[Point], cuts: Sequence[_Cut], row_of: Callable[[float], int]) -> dict[int, Sequence[Point]]:
    """Return the piece of a path in each row, from left to right."""
    rest = path if path[0][0] <= path[-1][0] else path[::-1]
    pieces: dict[int, Sequence[Point]] = {}
    last = row_of(rest[-1][0])
    for row in range(row_of(rest[0][0]), last):
        pieces[row], rest = _split(rest, cuts[row].x)
    return {**pieces, last: rest}


def _split(path: Sequence[Point], x: float) -> tuple[list[Point], list[Point]]:
    """Split joined Béziers where they first reach ``x``; both parts are level there."""
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
    left, right = _split_bezier(path[k : k + 4], low)
    y = left[-1][1]
    # Level near the cut only: further away the path would leave the way that was found between the boxes.
    left[-2] = max(left[-2][0], x - LEVELLING_DISTANCE_PX), y
    right[1] = min(right[1][0], x + LEVELLING_DISTANCE_PX), y
    return [*path[:k], *left], [*right, *path[k + 4 :]]


def _split_bezier(curve: Sequence[Point], t: float) -> tuple[list[Point], list[Point]]:
    """Split a Bézier at the parameter ``t`` with De Casteljau's algorithm."""
    rows = [list(curve)]
    while len(rows[-1]) > 1:
        rows.append([(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for a, b in pairwise(rows[-1])])
    return [row[0] for row in rows], [row[-1] for row in reversed(rows)]


def _turn(start: Point, x: float, y: float) -> list[Point]:
    """Return a U-turn out to ``x`` and back at the height ``y``, with round corners so that lanes stay apart."""
    x0, y0 = start
    radius = min(abs(x - x0), abs(y - y0) / 2) * (1 if y > y0 else -1)
    above, below = (x, y0 + radius), (x, y - radius)
    bend = x0 + 0.55 * (x - x0)
    return [
        *((bend, y0), (x, y0 + 0.45 * radius), above),
        *_straight(above, below),
        *((x, y - 0.45 * radius), (bend, y), (x0, y)),
    ]


def _straight(a: Point, b: Point) -> list[Point]:
    """Return the control points after ``a`` of a straight Bézier."""
    third = ((b[0] - a[0]) / 3, (b[1] - a[1]) / 3)
    return [(a[0] + third[0], a[1] + third[1]), (b[0] - third[0], b[1] - third[1]), b]
