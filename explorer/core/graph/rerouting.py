"""Wires after a box was moved: they find a way around boxes and texts, and their texts a free place beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from explorer.core.graph.backward_blocks import connecting_curve
from explorer.core.graph.edge_geometry import Side, backward_line, label_side, sample_curve
from explorer.core.graph.graphviz_layout import Point
from explorer.core.graph.measure import Measure
from explorer.core.graph.picture import Link
from explorer.core.graph.placement import PlacedPicture, link_text_size
from explorer.core.graph.ports import GRADIENT_PORT_SPACING_PX, PORT_SPACING_PX
from explorer.core.graph.rounded_path import CORNER_RADIUS_PX, GRADIENT_CORNER_RADIUS_PX, rounded
from explorer.core.graph.text_places import text_places
from explorer.core.graph.wire_tracks import Port, Tracks

SAMPLE_PX = 4.0
"""Distance between the points of a wire at which collisions are looked for."""

BOX_GAP_PX, TEXT_GAP_PX, FOREIGN_TEXT_GAP_PX = 5.0, 2.0, 9.5
"""Space that wires keep from boxes and texts; the texts of other wires would seem to be theirs if they came closer."""

NEAR_PX = 26.0
"""Distance from a moved box within which wires look for another way."""

CORNER_PX = 12.0
"""Distance of ports from the corners of a box."""

COLLISION_COST = 1000.0
"""Cost of a collision, in pixels of way."""

MAX_REROUTED, MAX_WAYS = 30, 24
"""Wires that find a way at most, and ways along tracks of which several are tried for one wire: each takes 5 ms."""

Floats = npt.NDArray[np.float64]
Path = tuple[Point, ...]


def reroute(placed: PlacedPicture, centres: Mapping[str, Point], width_of: Measure) -> PlacedPicture:
    """Return a placement with boxes at other centres, and wires and texts that collide with nothing if possible.

    Only wires of moved boxes, and those near to them, change. While boxes overlap, wires are drawn straight.
    """
    moved = {name for name, centre in centres.items() if centre != placed.centres[name]}
    placed = replace(placed, centres=dict(centres))
    rects = {name: _rect(centres[name], placed.sizes[name]) for name in centres}
    affected = [link for link in placed.picture.links if _is_affected(link, placed, rects, moved, width_of)]
    if len(affected) > MAX_REROUTED or any(
        _overlaps(rects[name], rects[other], 2) for name in moved for other in rects if other != name
    ):
        return _straight(placed, [link for link in affected if {link.source, link.target} & moved])
    first = _Rerouting(placed, rects, affected, width_of)
    found = first.result()
    if not first.colliding:
        return found
    # Other wires at the same boxes may be in the way: they look for another way, too.
    ends = {name for link in first.colliding for name in (link.source, link.target)}
    more = [link for link in placed.picture.links if link in affected or {link.source, link.target} & ends]
    best, collisions = found, len(first.colliding)
    for is_reversed in (False, True):
        again = _Rerouting(placed, rects, more, width_of, is_reversed=is_reversed)
        found = again.result()
        if len(again.colliding) < collisions:
            best, collisions = found, len(again.colliding)
        if not collisions:
            break
    return best


Rect = tuple[float, float, float, float]


def _rect(centre: Point, size: Point) -> Rect:
    (x, y), (width, height) = centre, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _overlaps(a: Rect, b: Rect, margin: float = 0.0) -> bool:
    return a[0] < b[2] + margin and b[0] < a[2] + margin and a[1] < b[3] + margin and b[1] < a[3] + margin


def _is_affected(
    link: Link, placed: PlacedPicture, rects: Mapping[str, Rect], moved: set[str], width_of: Measure
) -> bool:
    if {link.source, link.target} & moved:
        return True
    label = placed.labels.get(link.key)
    text = _rect(label, link_text_size(link, width_of, placed.density)) if label is not None else None
    points = resampled(sample_curve(placed.curves[link.key]))
    for name in moved:
        left, top, right, bottom = rects[name]
        if text is not None and _overlaps(text, rects[name], NEAR_PX / 2):
            return True
        x, y = points.T
        if ((x > left - NEAR_PX) & (x < right + NEAR_PX) & (y > top - NEAR_PX) & (y < bottom + NEAR_PX)).any():
            return True
    return False


def _straight(placed: PlacedPicture, links: Sequence[Link]) -> PlacedPicture:
    """Return the placement with straight wires."""
    curves, labels = dict(placed.curves), dict(placed.labels)
    for link in links:
        a, b = link.source, link.target
        path = connecting_curve(placed.centres[a], placed.sizes[a], placed.centres[b], placed.sizes[b])
        curves[link.key] = path
        if link.key in labels:
            labels[link.key] = ((path[0][0] + path[3][0]) / 2 + 50, (path[0][1] + path[3][1]) / 2)
    return replace(placed, curves=curves, labels=labels)


class _Rerouting:
    """Routes some wires of a placement, one after the other, among all that stays where it is.

    colliding: links for which no free way was found. is_reversed: the ports of a box are in the opposite order.
    """

    def __init__(
        self, placed: PlacedPicture, rects: Mapping[str, Rect], links: Sequence[Link], width_of: Measure,
        *, is_reversed: bool = False,
    ) -> None:  # fmt: skip
        self._placed, self._rects, self._width_of = placed, rects, width_of
        self._names = {name: number for number, name in enumerate(rects)}
        self._boxes = np.array(list(rects.values()), float).reshape(-1, 4)
        self._links = {link.key: link for link in placed.picture.links}
        self._waiting = sorted(links, key=self._span)
        self.colliding: list[Link] = []
        self._tried = 0
        self._is_reversed = is_reversed
        self._curves, self._labels = dict(placed.curves), dict(placed.labels)
        self._lines: dict[str, Floats] = {}
        self._gradients: dict[str, Floats] = {}
        self._texts: dict[str, Rect] = {}
        self._heads: dict[str, list[Rect]] = {}
        self._ports: dict[tuple[str, Point], list[tuple[str, float, bool]]] = {}
        again = {link.key for link in links}
        for key in self._curves:
            if key not in again:
                self._keep(key, self._curves[key], self._labels.get(key))

    def _span(self, link: Link) -> float:
        (ax, ay), (bx, by) = self._placed.centres[link.source], self._placed.centres[link.target]
        return abs(ax - bx) + abs(ay - by)

    def _keep(self, key: str, path: Path, label: Point | None) -> None:
        """Let other wires avoid a wire and its texts."""
        link = self._links[key]
        self._curves[key] = path
        line = sample_curve(path)
        self._lines[key] = resampled(line)
        if label is not None:
            self._labels[key] = label
            self._texts[key] = _rect(label, link_text_size(link, self._width_of, self._placed.density))
        heads = [_head(self._lines[key][-1], self._lines[key][-4], 6.0, 0.0)]
        if link.gradient is not None:
            beside = resampled(backward_line(line, label_side(line, label)))
            self._gradients[key] = beside
            heads.append(_head(beside[-1], beside[-5], 7.5, 0.0))
        self._heads[key] = heads
        for name, point in ((link.source, path[0]), (link.target, path[-1])):
            for side in ((0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0)):
                left, top, right, bottom = self._rects[name]
                border = {(0.0, 1.0): bottom, (0.0, -1.0): top, (1.0, 0.0): right, (-1.0, 0.0): left}[side]
                if abs(point[1 if side[1] else 0] - border) < 1.0:
                    place = point[0] if side[1] else point[1]
                    shared = link.tensor if point is path[0] and link.gradient is None else key
                    self._ports.setdefault((name, side), []).append((shared, place, link.gradient is not None))

    def result(self) -> PlacedPicture:
        """Return the placement with all wires routed."""
        for link in self._waiting:
            best: tuple[float, Path, Point | None] | None = None
            for path in self._ways(link):
                cost, label = self._cost(link, path)
                if best is None or cost < best[0]:
                    best = cost, path, label
                if best[0] < COLLISION_COST / 2:
                    break
            assert best is not None
            if best[0] >= COLLISION_COST / 2:
                self.colliding.append(link)
            self._keep(link.key, best[1], best[2])
        curves = {key: self._curves[key] for key in self._placed.curves}
        labels = {key: self._labels[key] for key in self._placed.labels}
        return replace(self._placed, curves=curves, labels=labels)

    # -- ways -------------------------------------------------------------------------------------

    def _port_pairs(self, link: Link) -> Iterator[tuple[Port, Port]]:
        """Yield ports at facing sides, the most natural ones first."""
        a, b = self._rects[link.source], self._rects[link.target]
        gaps = {
            (0.0, 1.0): b[1] - a[3], (0.0, -1.0): a[1] - b[3], (1.0, 0.0): b[0] - a[2], (-1.0, 0.0): a[0] - b[2],
        }  # fmt: skip
        preferred = (0.0, 1.0) if self._placed.direction == "TB" else (1.0, 0.0)
        order = sorted(
            gaps, key=lambda side: -(gaps[side] + (60 if side == preferred and link.kind == "forward" else 0))
        )
        for side in order:
            yield self._port(link, side, 0), self._port(link, (-side[0], -side[1]), 1)
        for side in order:  # around what is between them
            yield self._port(link, side, 0), self._port(link, side, 1)

    def _port(self, link: Link, side: Point, end: int) -> Port:
        name, other = (link.source, link.target) if end == 0 else (link.target, link.source)
        axis = 0 if side[1] else 1
        rect, opposite = self._rects[name], self._rects[other]
        low, high = rect[axis] + CORNER_PX, rect[axis + 2] - CORNER_PX
        middle = (opposite[axis] + opposite[axis + 2]) / 2
        own = (rect[axis] + rect[axis + 2]) / 2
        facing = max(low, opposite[axis] + CORNER_PX), min(high, opposite[axis + 2] - CORNER_PX)
        wanted = min(max((middle + own) / 2, facing[0]), facing[1]) if facing[0] <= facing[1] else own
        rank, count = self._rank(link, end, axis)
        if count > 1:
            spacing = GRADIENT_PORT_SPACING_PX if link.gradient is not None else PORT_SPACING_PX
            wanted = min(max(own + (rank - (count - 1) / 2) * min(spacing, (high - low) / (count - 1)), low), high)
        has_gradient = link.gradient is not None
        taken = self._ports.get((name, side), [])
        shared = link.tensor if end == 0 and not has_gradient else link.key
        for tensor, place, _ in taken:
            if tensor == shared:
                return self._at(rect, side, place)
        places = np.unique(np.clip(np.concatenate([[wanted], np.arange(low, high + 1, 4.0)]), low, max(low, high)))
        if taken:
            needed = np.array(
                [GRADIENT_PORT_SPACING_PX if has_gradient or gradient else PORT_SPACING_PX for *_, gradient in taken]
            )
            lack = np.maximum(needed - np.abs(places[:, None] - [place for _, place, _ in taken]), 0).max(1)
        else:
            lack = np.zeros(len(places))
        best = int((np.abs(places - wanted) + 20 * lack).argmin())
        return self._at(rect, side, float(places[best]))

    def _rank(self, link: Link, end: int, axis: int) -> tuple[int, int]:
        """Return which of the wires at its source (end 0) or target a wire is, in their order, and their number."""

        def boxes(other: Link) -> tuple[str, str]:
            return (other.source, other.target) if end == 0 else (other.target, other.source)

        name, _ = boxes(link)
        together = [other for other in self._links.values() if boxes(other)[0] == name]
        if end == 0 and link.gradient is None:  # wires of one tensor leave together
            return 0, 1
        together.sort(key=lambda other: self._placed.centres[boxes(other)[1]][axis])
        rank = together.index(link)
        return (len(together) - 1 - rank if self._is_reversed else rank), len(together)

    @staticmethod
    def _at(rect: Rect, side: Point, place: float) -> Port:
        if side[1]:
            return Port(place, rect[3] if side[1] > 0 else rect[1], *side)
        return Port(rect[2] if side[0] > 0 else rect[0], place, *side)

    def _ways(self, link: Link) -> Iterator[Path]:
        """Yield courses from one box to the other, the most natural ones first."""
        pairs = list(self._port_pairs(link))
        for start, end in pairs:
            along = (end.y - start.y) * start.dy + (end.x - start.x) * start.dx
            across = abs(end.x - start.x) if start.is_upright else abs(end.y - start.y)
            if along > 10 and across < 1.2 * along:
                bend = 0.5 * along
                yield (
                    (start.x, start.y), (start.x + bend * start.dx, start.y + bend * start.dy),
                    (end.x + bend * end.dx, end.y + bend * end.dy), (end.x, end.y),
                )  # fmt: skip
        radius = GRADIENT_CORNER_RADIUS_PX if link.gradient is not None else CORNER_RADIUS_PX
        texts = [*self._texts.values(), *(head for heads in self._heads.values() for head in heads)]
        for clearance in (20.0, 8.0) if link.gradient is not None else (9.0,):
            tracks = Tracks.around(
                self._boxes, np.array(texts, float).reshape(-1, 4), [port for pair in pairs for port in pair], clearance
            )
            band = 12.0 if link.gradient is None else 20.0
            lines = [
                (line[::2], band)
                for key, line in self._lines.items()
                if self._links[key].tensor != link.tensor or link.gradient is not None
            ]
            tracks.avoid(lines + [(line[::2], 9.0) for line in self._gradients.values()])
            for start, end in pairs if self._tried < MAX_WAYS else pairs[:1]:
                self._tried += 1
                yield rounded(tracks.way(start, end), (), radius)
            if self._tried >= MAX_WAYS:
                break

    # -- costs ------------------------------------------------------------------------------------

    def _cost(self, link: Link, path: Path) -> tuple[float, Point | None]:
        """Return the cost of a way with the best place of its texts, and this place."""
        line = sample_curve(path)
        points = resampled(line)
        cost = len(points) * SAMPLE_PX * 0.2 + self._collisions(link, points, 6.0)
        if link.kind != "forward" or link.key not in self._placed.labels:
            return cost, None
        best: tuple[float, Point | None] = (np.inf, None)
        size = link_text_size(link, self._width_of, self._placed.density)
        for sign in (1.0, -1.0):
            band, extra = points, 0.0
            if link.gradient is not None:
                band = resampled(backward_line(line, Side(sign)))
                extra = self._collisions(link, band, 7.5)
            rects, prices = text_places(points, band, size, sign, link.gradient is not None)
            prices = prices + extra + self._text_costs(link, rects, points, band)
            k = int(prices.argmin())
            if prices[k] < best[0]:
                best = float(prices[k]), ((rects[k, 0] + rects[k, 2]) / 2, (rects[k, 1] + rects[k, 3]) / 2)
        return cost + best[0], best[1]

    def _collisions(self, link: Link, points: Floats, half_head: float) -> float:
        """Return the cost of what a line collides with."""
        count = 0.0
        own = [self._names[link.source], self._names[link.target]]
        depth = depths(points, self._boxes)
        stub = round(16 / SAMPLE_PX)
        others = np.delete(depth, own, 1)
        count += float((others > -BOX_GAP_PX).any(0).sum())
        count += float((depth[:, own] > 1.0).any()) + float((depth[stub:-stub, own] > -BOX_GAP_PX).any())
        texts = np.array([rect for key, rect in self._texts.items() if key != link.key], float).reshape(-1, 4)
        count += float((depths(points, texts) > -TEXT_GAP_PX).any(0).sum())
        count += 0.6 * float((depths(points, texts) > -FOREIGN_TEXT_GAP_PX).any(0).sum())
        keys = [key for key in self._heads if key != link.key]
        heads = np.array([head for key in keys for head in self._heads[key]], float).reshape(-1, 4)
        count += float((depths(points, heads) > -TEXT_GAP_PX).any(0).sum())
        head = _head(points[-1], points[-4], half_head, 1.0)
        count += sum(_overlaps(head, tuple(other), 0.0) for other in heads)
        count += sum(_overlaps(head, tuple(other), 0.0) for other in texts)
        count += sum(
            _overlaps(head, rect, 1.0) for name, rect in self._rects.items() if name not in (link.source, link.target)
        )
        for key in keys:
            may_share = self._links[key].tensor == link.tensor and link.gradient is None
            for other in (self._lines[key], self._gradients.get(key)):
                if other is None or not _overlaps(bounds(points), bounds(other), 3.0):
                    continue
                near = _within(other, bounds(points), 10.0)
                if not len(near):
                    continue
                distance = np.full(len(points), np.inf)
                is_near = _is_within(points, bounds(near), 10.0)
                distance[is_near] = np.hypot(*(points[is_near, None] - near).transpose(2, 0, 1)).min(1)
                if not may_share:
                    count += float((distance < 4.5).sum() * SAMPLE_PX > 18)
                count += float((distance[-4:] < half_head).any())
        return COLLISION_COST * count

    def _text_costs(self, link: Link, rects: Floats, points: Floats, band: Floats) -> Floats:
        """Return the costs of texts in rectangles (n, 4)."""
        fixed = np.concatenate([
            self._boxes - [3, 3, -3, -3],
            np.array([rect for key, rect in self._texts.items() if key != link.key], float).reshape(-1, 4),
            np.array([head for key in self._heads for head in self._heads[key]], float).reshape(-1, 4),
            np.array([_head(points[-1], points[-4], 6.0, 1.0), _head(band[-1], band[-5], 7.5, 1.0)], float)
            if band is not points else np.array([_head(points[-1], points[-4], 6.0, 1.0)], float),
        ])  # fmt: skip
        a, b = rects[:, None], fixed[None]
        over = (a[..., 0] < b[..., 2]) & (b[..., 0] < a[..., 2]) & (a[..., 1] < b[..., 3]) & (b[..., 1] < a[..., 3])
        costs = COLLISION_COST * over.sum(1).astype(float)
        own = np.minimum(-depths(points, rects).max(0), -depths(band, rects).max(0))
        costs += COLLISION_COST * (own < TEXT_GAP_PX) + COLLISION_COST * (own > 26)
        area = rects[:, :2].min(0), rects[:, 2:].max(0)
        for line in (*self._lines.values(), *self._gradients.values()):
            near = _within(line, (*area[0], *area[1]), 30.0)
            if not len(near):
                continue
            away = -depths(near, rects).max(0)
            costs += COLLISION_COST * (away < TEXT_GAP_PX) + COLLISION_COST * 0.6 * (away < own - 0.5)
        return np.asarray(costs)


def resampled(line: Sequence[Point]) -> Floats:
    """Return points (n, 2) along a polyline, about `SAMPLE_PX` from each other, at least eight."""
    points = np.array(line, float)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    places = np.linspace(0, length[-1], max(8, int(length[-1] / SAMPLE_PX) + 1))
    return np.stack([np.interp(places, length, points[:, 0]), np.interp(places, length, points[:, 1])], 1)


def depths(points: Floats, rects: Floats) -> Floats:
    """Return (n, m), how deep points (n, 2) are inside rectangles (m, 4); negative outside."""
    x, y = points[:, 0, None], points[:, 1, None]
    left, top, right, bottom = rects.T
    across, down = np.minimum(x - left, right - x), np.minimum(y - top, bottom - y)
    inside = np.minimum(across, down)
    return np.asarray(np.where(inside > 0, inside, -np.hypot(np.maximum(-across, 0), np.maximum(-down, 0))))


def _is_within(points: Floats, rect: Rect, margin: float) -> npt.NDArray[np.bool_]:
    left, top, right, bottom = rect
    x, y = points.T
    return np.asarray((x > left - margin) & (x < right + margin) & (y > top - margin) & (y < bottom + margin))


def _within(points: Floats, rect: Rect, margin: float) -> Floats:
    """Return the points within a distance of a rectangle."""
    return np.asarray(points[_is_within(points, rect, margin)])


def bounds(points: Floats) -> Rect:
    """Return the smallest rectangle around points."""
    low, high = points.min(0), points.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _head(tip: Floats, back: Floats, half: float, margin: float) -> Rect:
    """Return the area of an arrow head at a tip, whose line comes from ``back``."""
    half += margin
    if abs(tip[1] - back[1]) > abs(tip[0] - back[0]):
        return float(tip[0] - half), float(min(tip[1], back[1])), float(tip[0] + half), float(max(tip[1], back[1]))
    return float(min(tip[0], back[0])), float(tip[1] - half), float(max(tip[0], back[0])), float(tip[1] + half)
