"""Wires after a box was moved: they find a way around boxes and texts, and their texts a free place beside them."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from explorer.core.graph.backward_blocks import connecting_curve
from explorer.core.graph.drawn_wires import (
    MAX_TEXT_DISTANCE_PX,
    DrawnWires,
    Floats,
    Path,
    Rect,
    Shape,
    bounds,
    depths,
    overlapping,
    resampled,
    shape_of,
)
from explorer.core.graph.edge_geometry import Side, backward_line, sample_curve
from explorer.core.graph.graphviz_layout import Point
from explorer.core.graph.measure import Measure
from explorer.core.graph.picture import Link
from explorer.core.graph.placement import PlacedPicture, link_text_size
from explorer.core.graph.ports import GRADIENT_PORT_SPACING_PX, PORT_SPACING_PX
from explorer.core.graph.rounded_path import CORNER_RADIUS_PX, GRADIENT_CORNER_RADIUS_PX, rounded
from explorer.core.graph.text_places import text_places
from explorer.core.graph.wire_grid import BLOCKED, DOWN, LEFT, OPPOSITE, RIGHT, STEPS, UP
from explorer.core.graph.wire_search import FAR_REACH_PX, REACH_PX, Search, Wanted, ports_of

SPARE_SEARCHES = 14
"""Wires that may look for another way, because they are in the way of others, before it is given up."""

TEXT_REACH_PX = 60.0
"""Distance from the place that was found for the texts of a wire within which the best one is taken."""

MAX_TRIED = 2
"""Ways that are compared for a wire without a free one, for each side on which its gradient may run."""

MAX_MOVES = 4
"""How often one wire leaves its place to others."""


def reroute(placed: PlacedPicture, centres: Mapping[str, Point], width_of: Measure) -> PlacedPicture:
    """Return a placement with boxes at other centres, and wires and texts that collide with nothing if possible.

    Only wires of moved boxes change, those that moved boxes cover, and those that leave their places to the others.
    While a moved box overlaps another one, its wires are straight; the wires of both find their ways once it does not.
    """
    moved = {name for name, centre in centres.items() if centre != placed.centres[name]}
    if not moved:
        return placed
    before = _overlapping(placed)
    placed = replace(placed, centres=dict(centres))
    if _overlapping(placed) & moved:
        return _straight(placed, [link for link in placed.picture.links if {link.source, link.target} & moved])
    rects = {name: _rect(centres[name], placed.sizes[name]) for name in centres}
    return _Rerouting(placed, rects, width_of).result(moved | before)


def _overlapping(placed: PlacedPicture) -> set[str]:
    """Return the boxes that overlap others."""
    names = list(placed.centres)
    boxes = np.array([_rect(placed.centres[name], placed.sizes[name]) for name in names]).reshape(-1, 4)
    return {names[k] for k in np.flatnonzero(_count(boxes, boxes) > 1).tolist()}


def _rect(centre: Point, size: Point) -> Rect:
    (x, y), (width, height) = centre, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _straight(placed: PlacedPicture, links: Sequence[Link]) -> PlacedPicture:
    """Return the placement with straight wires."""
    curves, labels = dict(placed.curves), dict(placed.labels)
    for link in links:
        path = _straight_path(placed, link)
        curves[link.key] = path
        if link.key in labels:
            labels[link.key] = ((path[0][0] + path[3][0]) / 2 + 50, (path[0][1] + path[3][1]) / 2)
    return replace(placed, curves=curves, labels=labels)


def _straight_path(placed: PlacedPicture, link: Link) -> Path:
    a, b = link.source, link.target
    return connecting_curve(placed.centres[a], placed.sizes[a], placed.centres[b], placed.sizes[b])


class _Rerouting:
    """Finds ways for wires, one after the other; a wire without a free way takes the place of others, which move on."""

    def __init__(self, placed: PlacedPicture, rects: Mapping[str, Rect], width_of: Measure) -> None:
        self._placed, self._rects, self._width_of = placed, rects, width_of
        self._links = {link.key: link for link in placed.picture.links}
        self._drawn = DrawnWires(rects)
        left, top = np.minimum(self._drawn.boxes[:, :2].min(0), 0.0)
        right, bottom = np.maximum(self._drawn.boxes[:, 2:].max(0), placed.size)
        self._area: Rect = (float(left), float(top), float(right), float(bottom))
        self._moves: Counter[str] = Counter()

    def result(self, moved: set[str]) -> PlacedPicture:
        """Return the placement in which all wires go around the moved boxes."""
        affected = []
        for link in self._links.values():
            shape = shape_of(link, self._placed.curves[link.key], self._placed.labels.get(link.key), self._size(link))
            if {link.source, link.target} & moved or self._is_covered(shape, moved):
                affected.append(link)
            else:
                self._drawn.put(shape)
        waiting = deque(sorted(affected, key=self._span))
        searches = len(affected) + SPARE_SEARCHES
        while waiting:
            link = waiting.popleft()
            searches -= 1
            free = self._free(link, is_last=searches <= 0)
            shape, others = (free, set[str]()) if free is not None else self._shape_in_the_way(link)
            self._drawn.put(shape)
            if searches > 0:
                for key in sorted(others):
                    if self._moves[key] < MAX_MOVES:
                        self._moves[key] += 1
                        self._drawn.remove(key)
                        waiting.append(self._links[key])
        shapes = self._drawn.shapes
        curves = {key: shapes[key].path for key in self._placed.curves}
        labels = {key: label for key in self._placed.labels if (label := shapes[key].label) is not None}
        return replace(self._placed, curves=curves, labels=labels)

    def _size(self, link: Link) -> tuple[float, float]:
        return link_text_size(link, self._width_of, self._placed.density)

    def _span(self, link: Link) -> float:
        (ax, ay), (bx, by) = self._placed.centres[link.source], self._placed.centres[link.target]
        return abs(ax - bx) + abs(ay - by)

    def _is_covered(self, shape: Shape, moved: set[str]) -> bool:
        """Return whether a moved box covers a wire, or is so close to it that the two cannot be told apart."""
        boxes = np.array([self._rects[name] for name in moved])
        if len(shape.text) and overlapping(boxes, tuple(shape.text[0]), 2.0).any():
            return True
        if any(overlapping(boxes, tuple(head), 3.0).any() for head in shape.heads):
            return True
        for line in (shape.line, shape.band):
            if len(line) and overlapping(boxes, bounds(line), 5.0).any() and (depths(line, boxes) > -5.0).any():
                return True
        return False

    # -- one wire ---------------------------------------------------------------------------------

    def _free(self, link: Link, is_last: bool) -> Shape | None:
        """Return a shape of a wire that collides with nothing; None if none was found."""
        for wanted in self._wishes(link):
            for path in self._curves(wanted):
                shape = self._shape(wanted, path)
                if shape is not None and not self._drawn.conflicts(shape).keys:
                    return shape
        if is_last:
            return None
        for wanted in self._wishes(link):
            search = Search(wanted, self._drawn, self._area, REACH_PX, None)
            for corners, place in search.ways():
                shape = self._shape(wanted, self._rounded(link, corners), place)
                if shape is None:
                    continue
                conflicts = self._drawn.conflicts(shape)
                if not conflicts.keys:
                    return shape
                search.block(conflicts.places)
        return None

    def _shape_in_the_way(self, link: Link) -> tuple[Shape, set[str]]:
        """Return a shape of a wire that goes around the boxes, and the keys of the wires that it collides with."""
        weights = {key: 1.0 + 2.0 * self._moves[key] for key in self._links}
        best: tuple[float, Shape, set[str]] | None = None
        for wanted in self._wishes(link):
            search, tried = Search(wanted, self._drawn, self._area, FAR_REACH_PX, weights), 0
            for corners, place in search.ways():
                shape = self._shape(wanted, self._rounded(link, corners), place, soft=True)
                if shape is None:
                    continue
                conflicts = self._drawn.conflicts(shape)
                cost = sum(weights[key] for key in conflicts.keys)
                if best is None or cost < best[0]:
                    best = cost, shape, conflicts.keys
                tried += 1
                if not cost or tried == MAX_TRIED:
                    break
                search.block(conflicts.places)
            if best is not None and not best[0]:
                break
        if best is not None:
            return best[1], best[2]
        path = _straight_path(self._placed, link)
        middle = (path[0][0] + path[3][0]) / 2 + 50, (path[0][1] + path[3][1]) / 2
        label = middle if link.key in self._placed.labels else None
        return shape_of(link, path, label, self._size(link)), set()

    @staticmethod
    def _rounded(link: Link, corners: Sequence[Point]) -> Path:
        return rounded(corners, (), GRADIENT_CORNER_RADIUS_PX if link.gradient is not None else CORNER_RADIUS_PX)

    def _wishes(self, link: Link) -> Iterator[Wanted]:
        """Yield a wire with its gradient on either side."""
        sides = (DOWN, UP) if self._placed.direction == "TB" else (RIGHT, LEFT)
        places = self._best_places(link, 0), self._best_places(link, 1)
        source, target = self._rects[link.source], self._rects[link.target]
        size = self._size(link) if link.key in self._placed.labels else (0.0, 0.0)
        for sign in (1.0, -1.0) if link.gradient is not None else (1.0,):
            yield Wanted(link, source, target, sides, places, size, sign)

    def _best_places(self, link: Link, end: int) -> Point:
        """Return where the port of a wire would best be on an upper or lower side, and on a left or right one."""
        name, other = (link.source, link.target) if end == 0 else (link.target, link.source)
        rect, opposite = self._rects[name], self._rects[other]
        found = []
        for axis in (0, 1):
            own = (rect[axis] + rect[axis + 2]) / 2
            middle = (opposite[axis] + opposite[axis + 2]) / 2
            low, high = max(rect[axis], opposite[axis]) + 12, min(rect[axis + 2], opposite[axis + 2]) - 12
            place = min(max((middle + own) / 2, low), high) if low <= high else own
            rank, count = self._rank(link, end, axis)
            if count > 1:
                spacing = GRADIENT_PORT_SPACING_PX if link.gradient is not None else PORT_SPACING_PX
                place = own + (rank - (count - 1) / 2) * spacing
            found.append(place)
        return found[0], found[1]

    def _rank(self, link: Link, end: int, axis: int) -> tuple[int, int]:
        """Return which of the wires at its source (end 0) or target a wire is, in their order, and their number."""

        def boxes(other: Link) -> tuple[str, str]:
            return (other.source, other.target) if end == 0 else (other.target, other.source)

        if end == 0 and link.gradient is None:  # wires of one tensor leave together
            return 0, 1
        name, _ = boxes(link)
        together = [other for other in self._links.values() if boxes(other)[0] == name]
        together.sort(key=lambda other: self._placed.centres[boxes(other)[1]][axis])
        return together.index(link), len(together)

    def _curves(self, wanted: Wanted) -> Iterator[Path]:
        """Yield smooth curves between facing sides, the most natural ones first."""
        starts = {port.direction: port for port in ports_of(wanted, self._drawn, 0, None, BLOCKED)}
        ends = {port.direction: port for port in ports_of(wanted, self._drawn, 1, None, BLOCKED)}
        found = []
        for d, start in starts.items():
            end = ends.get(OPPOSITE[d])
            if end is None:
                continue
            (ax, ay), (bx, by), (dx, dy) = start.point, end.point, STEPS[d]
            along = (bx - ax) * dx + (by - ay) * dy
            across = abs(bx - ax) if dx == 0 else abs(by - ay)
            if along > 10 and across < 1.2 * along:
                bend = 0.5 * along
                path = (ax, ay), (ax + bend * dx, ay + bend * dy), (bx - bend * dx, by - bend * dy), (bx, by)
                found.append((start.cost + end.cost + 0.5 * across, path))
        yield from (path for _, path in sorted(found))

    def _shape(self, wanted: Wanted, path: Path, place: Point | None = None, soft: bool = False) -> Shape | None:
        """Return the shape of a wire on a path with the best place of its texts; None if it collides with boxes.

        place: where on the path the texts are to stand, None for anywhere. soft: they may collide with other wires.
        """
        link = wanted.link
        label = None
        if wanted.text_size[0]:
            label = self._text_place(wanted, path, place, soft)
            if label is None:
                return None
        shape = shape_of(link, path, label, self._size(link))
        return None if self._drawn.hits_boxes(shape) else shape

    def _text_place(self, wanted: Wanted, path: Path, place: Point | None, soft: bool) -> Point | None:
        """Return the centre of the texts of a wire on a path; None if there is no free place."""
        line = sample_curve(path)
        points = resampled(line)
        has_gradient = wanted.link.gradient is not None
        best: tuple[float, Point] | None = None
        others = self._drawn.others(wanted.link.key)
        for sign in (wanted.sign,) if has_gradient else (1.0, -1.0):
            band = resampled(backward_line(line, Side(sign))) if has_gradient else points
            rects, prices = text_places(points, band, wanted.text_size, sign, has_gradient)
            if place is not None:
                near = overlapping(rects, (*place, *place), TEXT_REACH_PX)
                rects, prices = rects[near], prices[near]
                if not len(rects):
                    continue
            ends = shape_of(wanted.link, path, None, (0.0, 0.0)).heads
            fixed = np.concatenate([self._drawn.boxes - [2, 2, -2, -2], ends])
            own = np.minimum(-depths(points, rects).max(0), -depths(band, rects).max(0))
            prices = prices + BLOCKED * (_count(rects, fixed) + (own < 2.0) + (own > MAX_TEXT_DISTANCE_PX - 1))
            taken = _count(rects, others.texts - [1, 1, -1, -1]) + _count(rects, others.heads)
            area = (*rects[:, :2].min(0), *rects[:, 2:].max(0))
            near = overlapping(np.concatenate([others.points, others.points], 1), area, 12.0)
            if near.any():
                taken = taken + (-depths(others.points[near], rects) < np.maximum(own, 2.0)).sum(0)
            prices = prices + (60.0 if soft else BLOCKED) * taken
            k = int(prices.argmin())
            if prices[k] < BLOCKED / 2 and (best is None or prices[k] < best[0]):
                best = float(prices[k]), ((rects[k, 0] + rects[k, 2]) / 2, (rects[k, 1] + rects[k, 3]) / 2)
        return best[1] if best is not None else None


def _count(rects: Floats, others: Floats) -> Floats:
    """Return how many of some rectangles each rectangle overlaps."""
    a, b = rects[:, None], others[None]
    over = (a[..., 0] < b[..., 2]) & (b[..., 0] < a[..., 2]) & (a[..., 1] < b[..., 3]) & (b[..., 1] < a[..., 3])
    return np.asarray(over.sum(1), float)
