"""Geometry of links: the line of the gradient beside a link, arrow heads, and the side of the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import TypeAlias

import numpy as np

Point: TypeAlias = tuple[float, float]

SAMPLES_PER_CURVE = 10
"""Points for each cubic piece of a curve."""

GRADIENT_OFFSET_PX = 13.0
"""Distance between a link and its gradient."""


@dataclass(frozen=True)
class Side:
    """The side of a link on which its texts are: ``sign`` is 1 for the left in its direction, -1 for the right."""

    sign: float = 1.0


def label_side(line: Sequence[Point], label: Point | None) -> Side:
    """Return the side of a line on which the centre of its texts is; the gradient runs between the two."""
    if label is None:
        return Side()
    a, b = min(pairwise(line), key=lambda piece: _distance(label, *piece))
    return Side(-1.0 if (b[0] - a[0]) * (label[1] - a[1]) - (b[1] - a[1]) * (label[0] - a[0]) > 0 else 1.0)


def backward_line(line: Sequence[Point], side: Side) -> list[Point]:
    """Return the line of the gradient, which runs beside ``line`` from its end to its beginning."""
    back = line[::-1]
    return trim_line(_without_hooks(offset_line(back, -side.sign * GRADIENT_OFFSET_PX), back), 8, 8)


def _without_hooks(moved: Sequence[Point], line: Sequence[Point]) -> list[Point]:
    """Return ``moved``, the offset of ``line``, without the hooks that it has inside tight bends.

    In a hook the offset runs backwards and comes closer to the line than elsewhere.
    """
    pieces = list(zip(pairwise(moved), pairwise(line), strict=True))
    folds = [k for k, (a, b) in enumerate(pieces) if _dot(*a, *b) < 0]
    near = {
        k
        for fold in folds
        for k in range(fold - SAMPLES_PER_CURVE, fold + SAMPLES_PER_CURVE + 2)
        if 0 < k < len(line) - 1
    }
    if not near:
        return list(moved)
    # the distance of each of these points from the pieces around it, all at once: there may be thousands of pairs
    numbers = np.array(sorted(near))
    points, places = np.array(moved)[numbers], np.array(line)
    around = np.clip(numbers[:, None] + np.arange(-2 * SAMPLES_PER_CURVE, 2 * SAMPLES_PER_CURVE), 0, len(line) - 2)
    begin = places[around]
    step, away = places[around + 1] - begin, points[:, None] - begin
    square = (step**2).sum(2)
    t = np.clip((step * away).sum(2) / np.where(square, square, 1.0), 0.0, 1.0)
    gap = away - t[..., None] * step
    is_hook = np.hypot(gap[..., 0], gap[..., 1]).min(1) < 0.99 * GRADIENT_OFFSET_PX
    hooks = set(numbers[is_hook].tolist())
    return [point for k, point in enumerate(moved) if k not in hooks]


def _dot(a: Point, b: Point, c: Point, d: Point) -> float:
    """Return the dot product of the vectors from a to b and from c to d; negative for opposite directions."""
    return (b[0] - a[0]) * (d[0] - c[0]) + (b[1] - a[1]) * (d[1] - c[1])


def _distance(point: Point, a: Point, b: Point) -> float:
    """Return the distance of a point from the line segment from a to b."""
    t = _dot(a, point, a, b) / (_dot(a, b, a, b) or 1.0)
    t = min(max(t, 0.0), 1.0)
    return hypot(a[0] + t * (b[0] - a[0]) - point[0], a[1] + t * (b[1] - a[1]) - point[1])


def sample_curve(points: Sequence[Point]) -> list[Point]:
    """Return points along joined cubic Béziers with 1 + 3n control points."""
    found = [points[0]]
    for k in range(0, len(points) - 3, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[k : k + 4]
        for i in range(1, SAMPLES_PER_CURVE + 1):
            t = i / SAMPLES_PER_CURVE
            s = 1 - t
            a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            found.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return found


def offset_line(line: Sequence[Point], distance: float) -> list[Point]:
    """Return the line moved sideways by ``distance``, to the left of its direction if positive."""
    moved = []
    for k, (x, y) in enumerate(line):
        (x0, y0), (x1, y1) = line[max(k - 1, 0)], line[min(k + 1, len(line) - 1)]
        length = hypot(x1 - x0, y1 - y0) or 1.0
        moved.append((x + (y1 - y0) / length * distance, y - (x1 - x0) / length * distance))
    return moved


def trim_line(line: Sequence[Point], start: float, end: float) -> list[Point]:
    """Return the line without its first ``start`` and last ``end`` pixels; a fifth of it remains at least."""
    total = sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line))
    if start + end > 0.8 * total:
        shrink = 0.8 * total / (start + end)
        start, end = start * shrink, end * shrink
    return _trim_start(_trim_start(list(line), start)[::-1], end)[::-1]


def _trim_start(line: list[Point], length: float) -> list[Point]:
    """Return the line without its first ``length`` pixels."""
    for k in range(len(line) - 1):
        (ax, ay), (bx, by) = line[k], line[k + 1]
        piece = hypot(bx - ax, by - ay)
        if piece >= length:
            t = length / piece if piece else 0.0
            return [(ax + (bx - ax) * t, ay + (by - ay) * t), *line[k + 1 :]]
        length -= piece
    return line[-2:]


def arrow_corners(line: Sequence[Point], size: float) -> tuple[Point, Point, Point]:
    """Return the corners of an arrow head of length ``size`` at the end of the line."""
    tip = line[-1]
    back = tip
    for point in reversed(line):
        back = point
        if hypot(tip[0] - point[0], tip[1] - point[1]) > 0.8 * size:
            break
    length = hypot(tip[0] - back[0], tip[1] - back[1]) or 1.0
    ux, uy = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    bx, by = tip[0] - ux * size, tip[1] - uy * size
    half = 0.45 * size
    return tip, (bx - uy * half, by + ux * half), (bx + uy * half, by - ux * half)
