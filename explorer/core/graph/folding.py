"""Folding of a long layout into columns or rows, as a long line of text is broken into several."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from explorer.core.graph.edge_geometry import sample_curve
from explorer.core.graph.graphviz_layout import Layout, Point, Size

LANE_PX, GRADIENT_LANE_PX = 14.0, 26.0
"""Width that a link takes between two columns: alone, and with a gradient beside it."""

CORNER_PX = 12.0
"""Radius of the corners of links between two columns."""

MIN_GAP_PX = 4.0
"""Height of a strip without boxes and labels through which a layout can be cut."""

MAX_COLUMNS = 4

CUT_LINK_COST = 0.01
"""Share of the zoom by which a link across a cut makes a fold worse."""

_ARC = 0.5523
"""Distance of the control points of a quarter of a circle from its ends, for radius 1."""

Cubic = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class _FoldCut:
    """A horizontal line through a layout that meets no box and no label.

    y: its place. lanes: distance from the column on the left to the lane of each link that crosses the cut.
    width: width of all lanes.
    """

    y: float
    lanes: Mapping[str, float]
    width: float


def fold_layout(
    layout: Layout,
    sizes: Mapping[str, Size],
    label_sizes: Mapping[str, Size],
    with_gradient: frozenset[str],
    direction: str,
    room: Size,
) -> Layout:
    """Return a layout in the number of columns (``TB``) or rows (``LR``) with which it is largest in a room.

    Within a column everything stays as it was. A link to the next column leaves below the one, runs upwards between
    both, and enters above the other; no such link crosses another.

    label_sizes: space of the labels by link. with_gradient: keys of the links that have a gradient beside them.
    room: width and height. Returns the layout itself if no fold makes it larger.
    """
    if direction == "LR":
        turned = fold_layout(
            _transposed(layout),
            {name: (height, width) for name, (width, height) in sizes.items()},
            {key: (height, width) for key, (width, height) in label_sizes.items()},
            with_gradient,
            "TB",
            (room[1], room[0]),
        )
        return _transposed(turned)
    strips = _FoldStrips(layout, _rects(layout, sizes, label_sizes), with_gradient)
    cuts = strips.best_cuts(room)
    return _folded(layout, strips, cuts) if cuts else layout


def _transposed(layout: Layout) -> Layout:
    def turn(point: Point) -> Point:
        return point[1], point[0]

    return Layout(
        {name: turn(place) for name, place in layout.centres.items()},
        {key: tuple(turn(point) for point in path) for key, path in layout.paths.items()},
        {key: turn(place) for key, place in layout.labels.items()},
        turn(layout.size),
    )


Rect = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def _rects(layout: Layout, sizes: Mapping[str, Size], label_sizes: Mapping[str, Size]) -> list[Rect]:
    """Return the areas of boxes and labels."""
    areas = [(layout.centres[name], sizes[name]) for name in layout.centres]
    areas += [(layout.labels[key], label_sizes[key]) for key in layout.labels if key in label_sizes]
    return [(x - width / 2, y - height / 2, x + width / 2, y + height / 2) for (x, y), (width, height) in areas]


def _cut_at(layout: Layout, y: float, with_gradient: frozenset[str]) -> _FoldCut | None:
    """Return the cut at a height; None if a link crosses it more than once.

    The link that leaves furthest to the right has the nearest lane, so that no link crosses another.
    """
    links = []
    for key, path in layout.paths.items():
        heights = [point[1] for point in path]
        if max(heights) <= y or min(heights) >= y:
            continue
        places = [place for cubic in _cubics(path) if (place := _crossing(cubic, y)) is not None]
        if not heights[0] < y < heights[-1]:
            if places:
                return None
            continue
        if len(places) != 1:
            return None
        links.append((places[0][1][0], key))
    lanes: dict[str, float] = {}
    width = 0.0
    for _, key in sorted(links, reverse=True):
        lane = GRADIENT_LANE_PX if key in with_gradient else LANE_PX
        lanes[key] = width + lane / 2
        width += lane
    return _FoldCut(y, lanes, width)


def _cubics(path: Sequence[Point]) -> list[Cubic]:
    return [(path[k], path[k + 1], path[k + 2], path[k + 3]) for k in range(0, len(path) - 3, 3)]


def _crossing(cubic: Cubic, y: float) -> tuple[float, Point] | None:
    """Return parameter and point at which a curve crosses a height downwards or upwards; None if it does not."""
    if (cubic[0][1] < y) == (cubic[3][1] < y):
        return None
    low, high = 0.0, 1.0
    is_down = cubic[0][1] < y
    for _ in range(30):
        middle = (low + high) / 2
        if (_point_at(cubic, middle)[1] < y) == is_down:
            low = middle
        else:
            high = middle
    return low, _point_at(cubic, low)


def _point_at(cubic: Cubic, t: float) -> Point:
    return _split(cubic, t)[0][3]


def _split(cubic: Cubic, t: float) -> tuple[Cubic, Cubic]:
    """Return the two parts of a curve, by de Casteljau's algorithm."""

    def mix(p: Point, q: Point) -> Point:
        return p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t

    a, b, c, d = cubic
    ab, bc, cd = mix(a, b), mix(b, c), mix(c, d)
    abc, bcd = mix(ab, bc), mix(bc, cd)
    middle = mix(abc, bcd)
    return (a, ab, abc, middle), (middle, bcd, cd, d)


def _split_path(path: Sequence[Point], heights: Sequence[float]) -> list[list[Point]]:
    """Return the parts of a path between heights, each of which it crosses once, in this order."""
    parts: list[list[Point]] = [[path[0]]]
    waiting = list(heights)
    for cubic in _cubics(path):
        rest = cubic
        while waiting and (found := _crossing(rest, waiting[0])) is not None:
            first, rest = _split(rest, found[0])
            parts[-1] += first[1:]
            parts.append([first[3]])
            waiting.pop(0)
        parts[-1] += rest[1:]
    return parts


class _FoldStrips:
    """A layout between the places where it can be cut, with the left and the right end of each strip."""

    def __init__(self, layout: Layout, rects: Sequence[Rect], with_gradient: frozenset[str]) -> None:
        self._height = layout.size[1]
        gaps = _gaps(rects)
        self._cuts = [cut for y in gaps if (cut := _cut_at(layout, y, with_gradient)) is not None]
        self._bounds = [0.0, *(cut.y for cut in self._cuts), self._height]
        count = len(self._cuts) + 1
        self._lefts, self._rights = [float("inf")] * count, [float("-inf")] * count
        for left, top, right, bottom in rects:
            self._extend((top + bottom) / 2, left, right)
        for path in layout.paths.values():
            for x, y in sample_curve(path):
                self._extend(y, x, x)

    def _extend(self, y: float, left: float, right: float) -> None:
        strip = bisect_left([cut.y for cut in self._cuts], y)
        self._lefts[strip], self._rights[strip] = min(self._lefts[strip], left), max(self._rights[strip], right)

    def extents(self, cuts: Sequence[_FoldCut]) -> list[tuple[float, float]]:
        """Return the left and the right end of each column between cuts."""
        ends = [0, *(self._cuts.index(cut) + 1 for cut in cuts), len(self._lefts)]
        return [(min(self._lefts[a:b]), max(self._rights[a:b])) for a, b in pairwise(ends)]

    def size(self, cuts: Sequence[_FoldCut]) -> Size:
        """Return width and height of the layout that is folded at cuts."""
        lanes = [cut.width for cut in cuts]
        width = sum(right - left for left, right in self.extents(cuts)) + sum(lanes) + LANE_PX * len(cuts)
        bounds = [0.0, *(cut.y for cut in cuts), self._height]
        heights = [low - high for high, low in pairwise(bounds)]
        return width, max(map(sum, zip([0.0, *lanes], heights, [*lanes, 0.0], strict=True)))

    def best_cuts(self, room: Size) -> tuple[_FoldCut, ...]:
        """Return the cuts with which the layout is largest in a room, none if it is largest as it is."""

        def zoom(cuts: Sequence[_FoldCut]) -> float:
            width, height = self.size(cuts)
            return min(room[0] / width, room[1] / height) * (1 - CUT_LINK_COST * sum(len(cut.lanes) for cut in cuts))

        best: tuple[_FoldCut, ...] = ()
        for columns in range(2, MAX_COLUMNS + 1):
            found = max(combinations(self._near_cuts(columns), columns - 1), key=zoom, default=None)
            if found is None or zoom(found) <= zoom(best):
                break
            best = found
        return best

    def _near_cuts(self, columns: int) -> list[_FoldCut]:
        """Return the cuts near to those into columns of the same height, so that there are few combinations."""
        if columns == 2:
            return self._cuts
        targets = [self._height * number / columns for number in range(1, columns)]
        near = sorted(self._cuts, key=lambda cut: min(abs(cut.y - target) for target in targets))
        return sorted(near[: 4 * (columns - 1)], key=lambda cut: cut.y)


def _gaps(rects: Sequence[Rect]) -> list[float]:
    """Return the middles of the horizontal strips that meet no rectangle."""
    gaps: list[float] = []
    end: float | None = None
    for _, top, _, bottom in sorted(rects, key=lambda rect: rect[1]):
        if end is not None and top - end >= MIN_GAP_PX:
            gaps.append((end + top) / 2)
        end = bottom if end is None else max(end, bottom)
    return gaps


def _folded(layout: Layout, strips: _FoldStrips, cuts: Sequence[_FoldCut]) -> Layout:
    """Return the layout in the columns between cuts."""
    places = [cut.y for cut in cuts]
    shifts: list[Point] = []
    gutters: list[float] = []
    x = 0.0
    tops = [0.0, *(cut.width for cut in cuts)]
    for top, begin, (left, right), cut in zip(tops, [0.0, *places], strips.extents(cuts), [*cuts, None], strict=True):
        shifts.append((x - left, top - begin))
        x += right - left
        gutters.append(x)
        x += cut.width + LANE_PX if cut is not None else 0.0

    def moved(point: Point, column: int) -> Point:
        return point[0] + shifts[column][0], point[1] + shifts[column][1]

    def in_column(point: Point) -> Point:
        return moved(point, bisect_left(places, point[1]))

    def folded_path(key: str, path: Sequence[Point]) -> tuple[Point, ...]:
        column = bisect_left(places, path[0][1])
        parts = _split_path(path, [y for y in places if path[0][1] < y < path[-1][1]])
        result = [moved(point, column) for point in parts[0]]
        for part in parts[1:]:
            lane, width = cuts[column].lanes[key], cuts[column].width
            start, end = result[-1], moved(part[0], column + 1)
            across, low, high = gutters[column] + LANE_PX / 2 + lane, start[1] + lane, end[1] - (width - lane)
            result += _rounded([start, (start[0], low), (across, low), (across, high), (end[0], high), end])
            column += 1
            result += [moved(point, column) for point in part[1:]]
        return tuple(result)

    return Layout(
        {name: in_column(place) for name, place in layout.centres.items()},
        {key: folded_path(key, path) for key, path in layout.paths.items()},
        {key: in_column(place) for key, place in layout.labels.items()},
        strips.size(cuts),
    )


def _rounded(corners: Sequence[Point]) -> list[Point]:
    """Return the control points, without the first, of straight lines through points with rounded corners."""
    path: list[Point] = []
    here = corners[0]
    last = len(corners) - 3
    for index, ((ax, ay), (bx, by), (cx, cy)) in enumerate(zip(corners, corners[1:], corners[2:], strict=False)):
        before, after = abs(bx - ax) + abs(by - ay), abs(cx - bx) + abs(cy - by)
        radius = min(CORNER_PX, before / (1 if index == 0 else 2), after / (1 if index == last else 2))
        into = ((bx - ax) / (before or 1), (by - ay) / (before or 1))
        out = ((cx - bx) / (after or 1), (cy - by) / (after or 1))
        begin = (bx - into[0] * radius, by - into[1] * radius)
        finish = (bx + out[0] * radius, by + out[1] * radius)
        path += _line(here, begin)
        inner = radius * (1 - _ARC)
        path += [
            (bx - into[0] * inner, by - into[1] * inner),
            (bx + out[0] * inner, by + out[1] * inner),
            finish,
        ]
        here = finish
    return [*path, *_line(here, corners[-1])]


def _line(a: Point, b: Point) -> list[Point]:
    """Return the control points, without the first, of a straight line.

    A long one has a short piece at each end: the line of a gradient beside it leaves out whole pieces at tight corners.
    """
    length = abs(b[0] - a[0]) + abs(b[1] - a[1])
    share = CORNER_PX / length if length > 4 * CORNER_PX else 0.0
    ends = [0.0, share, 1 - share, 1.0] if share else [0.0, 1.0]

    def at(t: float) -> Point:
        return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t

    return [at(t + (u - t) * part) for t, u in pairwise(ends) for part in (1 / 3, 2 / 3, 1.0)]
