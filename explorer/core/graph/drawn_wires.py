"""What is drawn of wires and their texts, and what of it collides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.core.graph.edge_geometry import arrow_corners, backward_line, label_side, sample_curve, trim_line
from explorer.core.graph.picture import Link
from explorer.core.graph.ports import Point

SAMPLE_PX = 4.0
"""Distance between the points of a line at which collisions are looked for."""

BOX_GAP_PX, TEXT_GAP_PX = 4.0, 1.5
"""Space that lines keep at least from boxes, and from texts."""

HEAD_GAP_PX = 1.5
"""Space between an arrow head and the lines of other wires."""

STUB_POINTS = 4
"""Points at both ends of a line that may be near its own box."""

SAME_PX, MAX_SAME_PX = 2.7, 20.0
"""Distance below which two lines lie on each other, and the length over which they may."""

PIECE_POINTS = 24
"""Points of a line that are compared with others at a time."""

MAX_TEXT_DISTANCE_PX = 26.0
"""Largest distance of a text from its own line."""

HEAD_PX, GRADIENT_HEAD_PX, TIP_GAP_PX = 12.0, 15.0, 1.5
"""Length of the arrow head of a wire, and of a gradient; distance of the former from its box."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Path = tuple[Point, ...]
Rect = tuple[float, float, float, float]

NO_RECTS: Floats = np.empty((0, 4))
NO_POINTS: Floats = np.empty((0, 2))


@dataclass(frozen=True)
class Shape:
    """A wire as it is drawn.

    line, band: points (n, 2) of the wire, and of the gradient beside it. heads, text: rectangles (n, 4) as left, top,
    right, bottom; text has one row at most. distance: of the text from its own line.
    """

    link: Link
    path: Path
    label: Point | None
    line: Floats
    band: Floats
    heads: Floats
    text: Floats
    distance: float


def shape_of(link: Link, path: Path, label: Point | None, text_size: tuple[float, float]) -> Shape:
    """Return the shape of a wire on a path with the centre of its texts."""
    samples = sample_curve(path)
    line = resampled(samples)
    heads = [bounds(np.array(arrow_corners(trim_line(samples, 0, TIP_GAP_PX), HEAD_PX)))]
    band, text, distance = NO_POINTS, NO_RECTS, 0.0
    if link.gradient is not None:
        beside = backward_line(samples, label_side(samples, label))
        band = resampled(beside)
        heads.append(bounds(np.array(arrow_corners(beside, GRADIENT_HEAD_PX))))
    if label is not None:
        (x, y), (width, height) = label, text_size
        text = np.array([(x - width / 2, y - height / 2, x + width / 2, y + height / 2)])
        distance = float(-depths(np.concatenate([line, band]), text).max())
    return Shape(link, path, label, line, band, np.array(heads), text, distance)


class DrawnWires:
    """The shapes of wires among boxes (n, 4), by key of link."""

    def __init__(self, boxes: Mapping[str, Rect]) -> None:
        self.numbers = {name: number for number, name in enumerate(boxes)}
        self.boxes = np.array(list(boxes.values()), float).reshape(-1, 4)
        self.shapes: dict[str, Shape] = {}
        self._others: Others | None = None

    def put(self, shape: Shape) -> None:
        """Draw a wire."""
        self.shapes[shape.link.key] = shape
        self._others = None

    def remove(self, key: str) -> None:
        """Remove a wire."""
        del self.shapes[key]
        self._others = None

    def others(self, key: str) -> "Others":
        """Return what all wires but one are drawn of."""
        if self._others is None or key in self.shapes:
            found = Others.of([shape for other, shape in self.shapes.items() if other != key])
            if key in self.shapes:
                return found
            self._others = found
        return self._others

    def own_boxes(self, link: Link) -> list[int]:
        """Return the numbers of the boxes at the ends of a link."""
        return [self.numbers[link.source], self.numbers[link.target]]

    def hits_boxes(self, shape: Shape) -> bool:
        """Return whether a wire or its text collides with a box, or with another part of itself."""
        own = self.own_boxes(shape.link)
        foreign = np.delete(self.boxes, own, 0)
        for points in (shape.line, shape.band):
            if not len(points):
                continue
            if _reached(points, foreign, np.full(len(foreign), BOX_GAP_PX))[0].any():
                return True
            depth = depths(points, self.boxes[own])
            if (depth > 1.0).any() or (depth[STUB_POINTS:-STUB_POINTS] > -BOX_GAP_PX).any():
                return True
        if any(overlapping(foreign, tuple(head), 1.5).any() for head in shape.heads):
            return True
        if len(shape.band) and (_distances(shape.band, shape.line) < SAME_PX).sum() * SAMPLE_PX > MAX_SAME_PX:
            return True
        if not len(shape.text):
            return False
        text = tuple(shape.text[0])
        return bool(
            overlapping(self.boxes, text, 1.0).any()
            or overlapping(shape.heads, text, 0.0).any()
            or not TEXT_GAP_PX < shape.distance <= MAX_TEXT_DISTANCE_PX
        )

    def conflicts(self, shape: Shape) -> "Conflicts":
        """Return with which other wires a wire collides, and where."""
        others = self.others(shape.link.key)
        found: set[int] = set()
        places = [NO_POINTS]
        drawn = np.concatenate([shape.line, shape.band])
        # its lines with the texts and heads of others
        for rects, gaps, owners in (
            (others.texts, others.text_gaps, others.text_owners),
            (others.heads, np.full(len(others.heads), HEAD_GAP_PX), others.head_owners),
        ):
            reached, points = _reached(drawn, rects, gaps)
            found.update(owners[reached].tolist())
            places.append(points)
        # its heads and its text with those of others
        for k, rect in enumerate((*shape.heads, *shape.text)):
            met = {
                *others.text_owners[overlapping(others.texts, tuple(rect), 0.5)].tolist(),
                *others.head_owners[overlapping(others.heads, tuple(rect), 0.5)].tolist(),
            }
            if met and k < len(shape.heads):
                places.append((rect[:2] + rect[2:]).reshape(1, 2) / 2)
            found |= met
        # the lines of others with its heads, text and lines
        near = _is_within(others.points, bounds(drawn), max(10.0, shape.distance))
        if len(shape.text):
            near |= _is_within(others.points, tuple(shape.text[0]), shape.distance)
        points, owners, nets = others.points[near], others.owners[near], others.nets[near]
        if len(points):
            hit = np.any([_is_within(points, tuple(head), HEAD_GAP_PX) for head in shape.heads], 0)
            places.append(points[hit])
            if len(shape.text):
                around = _is_within(points, tuple(shape.text[0]), shape.distance + TEXT_GAP_PX)
                gap = max(TEXT_GAP_PX, shape.distance - 0.5)
                hit[around] |= depths(points[around], shape.text)[:, 0] > -gap
            found.update(owners[hit].tolist())
            for line, net in ((shape.line, shape.link.tensor), (shape.band, "")):
                if len(line):
                    close = _distances(points, line) < SAME_PX
                    close &= (nets != others.net_number(net)) | (net == "")
                    counts = np.bincount(owners[close], minlength=len(others.keys))
                    same = counts * SAMPLE_PX > MAX_SAME_PX
                    found.update(np.flatnonzero(same).tolist())
                    places.append(points[close & same[owners]])
        return Conflicts({others.keys[number] for number in found}, np.concatenate(places))


@dataclass(frozen=True)
class Conflicts:
    """With which other wires, by key, a wire collides, and the points (n, 2) at which its lines do."""

    keys: set[str]
    places: Floats


@dataclass(frozen=True)
class Others:
    """What wires are drawn of, in arrays: points of lines, texts with the space that lines keep from them, and heads.

    owners, text_owners, head_owners: which of ``keys`` each belongs to. nets: the number of the tensor of each point of
    a wire, -1 of a gradient. tangents: direction of the line at each point.
    """

    keys: list[str]
    net_numbers: Mapping[str, int]
    points: Floats
    tangents: Floats
    owners: Ints
    nets: Ints
    texts: Floats
    text_gaps: Floats
    text_owners: Ints
    heads: Floats
    head_owners: Ints

    @classmethod
    def of(cls, shapes: Sequence[Shape]) -> "Others":
        """Return the arrays of shapes."""
        numbers: dict[str, int] = {}
        lines, owners, nets = [NO_POINTS], [0], [0]
        for k, shape in enumerate(shapes):
            net = numbers.setdefault(shape.link.tensor, len(numbers))
            for line, number in ((shape.line, net), (shape.band, -1)):
                if len(line):
                    lines.append(line)
                    owners.append(k)
                    nets.append(number)
        lengths = [len(line) for line in lines]
        points = np.concatenate(lines)
        texts = [(k, shape) for k, shape in enumerate(shapes) if len(shape.text)]
        return cls(
            [shape.link.key for shape in shapes],
            numbers,
            points,
            _tangents(points, np.array(lengths)),
            np.repeat(owners, lengths),
            np.repeat(nets, lengths),
            np.concatenate([NO_RECTS, *(shape.text for _, shape in texts)]),
            np.array([max(TEXT_GAP_PX, shape.distance - 0.5) for _, shape in texts], float),
            np.array([k for k, _ in texts], np.int64),
            np.concatenate([NO_RECTS, *(shape.heads for shape in shapes)]),
            np.repeat(np.arange(len(shapes)), [len(shape.heads) for shape in shapes]),
        )

    def net_number(self, tensor: str) -> int:
        """Return the number of a tensor in ``nets``; -2 if it has none."""
        return self.net_numbers.get(tensor, -2)


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


def overlapping(rects: Floats, rect: Iterable[float], margin: float) -> npt.NDArray[np.bool_]:
    """Return which rectangles (n, 4) overlap another one, or are closer to it than a margin."""
    left, top, right, bottom = rect
    return np.asarray(
        (rects[:, 0] < right + margin)
        & (rects[:, 2] > left - margin)
        & (rects[:, 1] < bottom + margin)
        & (rects[:, 3] > top - margin)
    )


def bounds(points: Floats) -> Rect:
    """Return the smallest rectangle around points."""
    low, high = points.min(0), points.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _reached(points: Floats, rects: Floats, gaps: Floats) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return which rectangles (n, 4) are closer to any of some points than a gap given for each, and these points."""
    found = overlapping(rects, bounds(points), MAX_TEXT_DISTANCE_PX)
    if found.sum() > 3:  # the rectangles around short pieces have few others near them
        starts = np.arange(0, len(points), PIECE_POINTS)
        low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
        found[found] = [
            bool(((low <= rect[2:] + gap) & (high >= rect[:2] - gap)).all(1).any())
            for rect, gap in zip(rects[found], gaps[found], strict=True)
        ]
    if not found.any():
        return found, NO_POINTS
    close = depths(points, rects[found]) > -gaps[found]
    found[found] = close.any(0)
    return found, points[close.any(1)]


def _is_within(points: Floats, rect: Rect, margin: float) -> npt.NDArray[np.bool_]:
    left, top, right, bottom = rect
    x, y = points.T
    return np.asarray((x > left - margin) & (x < right + margin) & (y > top - margin) & (y < bottom + margin))


def _distances(points: Floats, line: Floats) -> Floats:
    """Return the distance of each point (n, 2) from the nearest point of a line, infinite if it is far away."""
    distance = np.full(len(points), np.inf)
    for k in range(0, len(line) - 1, PIECE_POINTS):  # the rectangle around a short piece has few points near it
        piece = line[k : k + PIECE_POINTS + 1]
        near = np.flatnonzero(_is_within(points, bounds(piece), SAME_PX))
        if len(near):
            begin, step = piece[:-1], np.diff(piece, axis=0)
            away = points[near, None] - begin
            square = np.maximum((step**2).sum(1), 1e-9)
            share = np.clip((away * step).sum(2) / square, 0.0, 1.0)
            gap = away - share[..., None] * step
            closest = np.hypot(gap[..., 0], gap[..., 1]).min(1)
            distance[near] = np.minimum(distance[near], closest)
    return distance


def _tangents(points: Floats, lengths: Ints) -> Floats:
    """Return the unit direction (n, 2) at each point of lines that follow each other in an array."""
    ends = np.cumsum(lengths)
    numbers = np.arange(len(points))
    before = np.maximum(numbers - 1, np.repeat(ends - lengths, lengths))
    after = np.minimum(numbers + 1, np.repeat(ends - 1, lengths))
    steps = points[after] - points[before]
    return np.asarray(steps / np.maximum(np.hypot(*steps.T), 1e-9)[:, None])
