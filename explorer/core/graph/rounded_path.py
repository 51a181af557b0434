"""Polylines with rounded corners, as joined cubic Béziers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import dist, hypot

from explorer.core.graph.ports import Point

STUB_PX = 14.0
"""Length of the straight ends of a wire."""

CORNER_RADIUS_PX, GRADIENT_CORNER_RADIUS_PX = 10.0, 18.0
"""Largest radius of rounded corners; a gradient may run beside them on the inside."""

MIN_PIECE_PX = 0.5
"""Length below which a straight piece between two curves is left out: its direction would be uncertain."""

_KAPPA = 0.5523
"""Distance of the control points of a quarter of a circle from its ends, as a share of the radius."""


def rounded(
    corners: Sequence[Point], curves: Collection[int] = (), largest_radius: float = CORNER_RADIUS_PX
) -> tuple[Point, ...]:
    """Return the Béziers along a polyline with rounded corners.

    curves: indices of corners to which a smooth curve leads from the corner before, with upright ends.
    """
    path: list[Point] = [corners[0]]
    pieces = [_Corners()]
    for k, corner in enumerate(corners):
        if k in curves:
            pieces.append(_Corners())
        pieces[-1].points.append(corner)
    for number, piece in enumerate(pieces):
        points = _without_repeats(piece.points)
        if number:
            (ax, ay), (bx, by) = path[-1], points[0]
            path += [(ax, (ay + by) / 2), (bx, (ay + by) / 2), (bx, by)]
        for k in range(1, len(points) - 1):
            before, corner, after = points[k - 1], points[k], points[k + 1]
            one, other = dist(before, corner), dist(corner, after)
            is_first, is_last = k == 1 and not number, k == len(points) - 2 and number == len(pieces) - 1
            radius = min(
                largest_radius,
                one - STUB_PX if is_first else one if k == 1 else one / 2,
                other - STUB_PX if is_last else other if k == len(points) - 2 else other / 2,
            )
            radius = max(radius, min(2.0, one / 2, other / 2))
            begin, end = _towards(corner, before, radius), _towards(corner, after, radius)
            if dist(path[-1], begin) > MIN_PIECE_PX:
                path += _straight(path[-1], begin)
            path += [_towards(begin, corner, _KAPPA * radius), _towards(end, corner, _KAPPA * radius), end]
        if dist(path[-1], points[-1]) > MIN_PIECE_PX or (len(path) == 1 and number == len(pieces) - 1):
            path += _straight(path[-1], points[-1])
    return tuple(path)


@dataclass
class _Corners:
    """Corners of a part of a polyline."""

    points: list[Point] = field(default_factory=list)


def _without_repeats(corners: Sequence[Point]) -> list[Point]:
    """Return the corners of a polyline without those at which it does not turn."""
    kept = [corners[0]]
    for point in corners[1:]:
        if dist(point, kept[-1]) < 0.05:
            continue
        if len(kept) > 1:
            (ax, ay), (bx, by) = kept[-2], kept[-1]
            if (abs(ax - bx) < 0.05 > abs(bx - point[0])) or (abs(ay - by) < 0.05 > abs(by - point[1])):
                kept.pop()
        kept.append(point)
    return kept


def _straight(a: Point, b: Point) -> list[Point]:
    return [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for t in (1 / 3, 2 / 3, 1.0)]


def _towards(a: Point, b: Point, length: float) -> Point:
    """Return the point that is ``length`` from a on the way to b."""
    whole = hypot(b[0] - a[0], b[1] - a[1]) or 1.0
    return a[0] + (b[0] - a[0]) * length / whole, a[1] + (b[1] - a[1]) * length / whole
