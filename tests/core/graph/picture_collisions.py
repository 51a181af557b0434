"""Finds what cannot be read in the placed graph of an expression: what lies on, or runs through, something else."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from explorer.core.graph.edge_geometry import arrow_corners, backward_line, label_side, sample_curve, trim_line
from explorer.core.graph.placement import link_text_rect, link_text_size

SPACING_PX = 2.0
"""Distance between the points at which a line is examined."""

CLEARANCE_PX = 3.0
"""Distance from a box below which a line runs along its edge."""

STUB_PX = 16.0
"""Length of a line's ends that may be near the box at which they end."""

OVERLAP_PX = 24.0
"""Length from which two lines on each other cannot be told apart."""

MAX_TEXT_DISTANCE_PX = 30.0
"""Distance from its own line, or the gradient beside that, beyond which a text stands alone."""

MARGIN_PX = 16.0
"""Distance by which something may be outside of the area of the graph: the view leaves so much free."""


def collisions(placed, width_of):
    """Yield a kind and two names for everything that collides."""
    yield from _Geometry(placed, width_of).collisions()


def counted(found):
    """Return the number of collisions by kind."""
    return dict(Counter(kind for kind, *_ in found).most_common())


class _Geometry:
    """What is painted, as arrays: rectangles as left, top, right, bottom; lines as points; heads as triangles."""

    def __init__(self, placed, width_of):
        self.placed = placed
        self.links = {link.key: link for link in placed.picture.links}
        self.boxes = {}
        for box in placed.picture.boxes:
            (x, y), (width, height) = placed.centres[box.id], placed.sizes[box.id]
            self.boxes[box.id] = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        self.lines, self.gradients, self.texts, self.heads = {}, {}, {}, {}
        for key, link in self.links.items():
            line, label = sample_curve(placed.curves[key]), placed.labels.get(key)
            side = label_side(line, label)
            self.lines[key] = line
            self.heads[key, "value"] = np.array(arrow_corners(trim_line(line, 0, 1.5), 12))
            if link.gradient is not None:
                beside = backward_line(line, side)
                self.gradients[key] = beside
                self.heads[key, "gradient"] = np.array(arrow_corners(beside, 15))
            if label is not None:
                left, top, width, height = link_text_rect(label, link_text_size(link, width_of, placed.density))
                self.texts[key] = (left, top, left + width, top + height)

        self.lines, self.line_bounds = _dense(self.lines)
        self.gradients, self.gradient_bounds = _dense(self.gradients)
        self.head_bounds = {name: _bounds(corners) for name, corners in self.heads.items()}

    def _kinds_of_lines(self):
        return (("line", self.lines, self.line_bounds), ("gradient", self.gradients, self.gradient_bounds))

    def collisions(self) -> Iterator[tuple[str, str, str]]:
        yield from self._boxes()
        yield from self._lines_and_boxes()
        yield from self._heads()
        yield from self._texts()
        yield from self._lines()
        yield from self._area()

    def _boxes(self):
        for a, b in _near(self.boxes, self.boxes, 0):
            if a < b and _overlap(self.boxes[a], self.boxes[b]):
                yield "boxes overlap", a, b

    def _lines_and_boxes(self):
        for kind, lines, bounds in self._kinds_of_lines():
            for key, name in _near(bounds, self.boxes, CLEARANCE_PX):
                line, rect, link = lines[key], self.boxes[name], self.links[key]
                depth = _depth(line, rect)
                if name not in (link.source, link.target):
                    if depth.max() > -CLEARANCE_PX:
                        yield f"{kind} {'behind' if depth.max() > 0 else 'along'} box", key, name
                    continue
                if (depth > 1.5).any():
                    yield f"{kind} behind its own box", key, name
                stub = round(STUB_PX / SPACING_PX)
                if (depth[stub:-stub] > -CLEARANCE_PX).any():
                    yield f"{kind} along its own box", key, name

    def _heads(self):
        heads = self.head_bounds
        for one, name in _near(heads, self.boxes, 1):
            link = self.links[one[0]]
            if name not in (link.source, link.target) and _overlap(heads[one], _grown(self.boxes[name], 1)):
                yield "head on box", " ".join(one), name
        for kind, lines, bounds in self._kinds_of_lines():
            for one, other in _near(heads, bounds, 0):
                if other != one[0] and _inside_triangle(lines[other], self.heads[one]).any():
                    yield f"{kind} through head", " ".join(one), other
        for one, other in _near(heads, heads, 0):
            if one < other and _triangles_overlap(self.heads[one], self.heads[other]):
                yield "heads collide", " ".join(one), " ".join(other)

    def _texts(self):
        for key, name in _near(self.texts, self.boxes, 0):
            if _overlap(self.texts[key], self.boxes[name]):
                yield "text on box", key, name
        for a, b in _near(self.texts, self.texts, 0):
            if a < b and _overlap(self.texts[a], self.texts[b]):
                yield "texts overlap", a, b
        heads = self.head_bounds
        for key, one in _near(self.texts, heads, 0):
            if _overlap(heads[one], _grown(self.texts[key], -1)):
                yield "head on text", key, " ".join(one)
        nearest = dict.fromkeys(self.texts, np.inf)
        for kind, lines, bounds in self._kinds_of_lines():
            for key, other in _near(self.texts, bounds, MAX_TEXT_DISTANCE_PX):
                depth = _depth(lines[other], self.texts[key]).max()
                if depth > 1:
                    yield f"{kind} through {'its own' if other == key else 'a'} text", other, key
                if other != key:
                    nearest[key] = min(nearest[key], max(-depth, 0.0))
        for key, rect in self.texts.items():
            own = min(_distance(self.lines[key], rect), _distance(self.gradients.get(key, self.lines[key]), rect))
            if own > nearest[key] + 1 or own > MAX_TEXT_DISTANCE_PX:
                yield "text away from its line", key, ""

    def _lines(self):
        drawn = sorted(
            [(key, "value", line, self.links[key].tensor) for key, line in self.lines.items()]
            # wires of one tensor run together, gradients never
            + [(key, "gradient", line, f"gradient {key}") for key, line in self.gradients.items()]
        )
        counts = _close_counts([line for *_, line, _ in drawn], [net for *_, net in drawn], 2.5)
        for (a, b), count in sorted(counts.items()):
            if count * SPACING_PX > OVERLAP_PX:
                yield "lines on each other", " ".join(drawn[a][:2]), " ".join(drawn[b][:2])

    def _area(self):
        area = (-MARGIN_PX, -MARGIN_PX, self.placed.size[0] + MARGIN_PX, self.placed.size[1] + MARGIN_PX)
        lines = [*self.line_bounds.items(), *self.gradient_bounds.items()]
        rects = [*self.boxes.items(), *self.texts.items(), *lines]
        for name, (left, top, right, bottom) in rects:
            if left < area[0] or top < area[1] or right > area[2] or bottom > area[3]:
                yield "outside of the graph", name, ""


def _near(one, other, distance):
    """Return the pairs of names whose rectangles are within a distance, a name with itself excluded."""
    if not one or not other:
        return []
    names, others = list(one), list(other)
    a, b = np.array(list(one.values()))[:, None], np.array(list(other.values()))[None]
    near = (a[..., 0] < b[..., 2] + distance) & (b[..., 0] < a[..., 2] + distance)
    near &= (a[..., 1] < b[..., 3] + distance) & (b[..., 1] < a[..., 3] + distance)
    return [(names[k], others[j]) for k, j in np.argwhere(near).tolist() if names[k] != others[j]]


def _close_counts(lines, nets, distance):
    """Return by (a, b), a < b, how many points of line a are closer than a distance to one of b, of another net.

    Points are sorted into cells as large as the distance, so that only those of neighbouring cells are compared.
    """
    if not lines:
        return {}
    points = np.concatenate(lines)
    owners = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    numbers = {net: number for number, net in enumerate(nets)}
    net_of = np.array([numbers[net] for net in nets])[owners]
    cells = np.floor((points - points.min(0)) / distance).astype(np.int64) + 1
    width = int(cells[:, 1].max()) + 2
    keys = cells[:, 0] * width + cells[:, 1]
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    found = [np.empty(0, np.int64)]
    for column in (-1, 0, 1):  # three cells of a column follow each other
        low = np.searchsorted(ordered, keys + column * width - 1, side="left")
        high = np.searchsorted(ordered, keys + column * width + 1, side="right")
        sizes = high - low
        one = np.repeat(np.arange(len(points)), sizes)
        other = order[np.arange(len(one)) + np.repeat(low - (np.cumsum(sizes) - sizes), sizes)]
        foreign = (owners[one] < owners[other]) & (net_of[one] != net_of[other])
        one, other = one[foreign], other[foreign]
        near = np.hypot(*(points[one] - points[other]).T) < distance
        found.append(one[near] * len(lines) + owners[other[near]])
    pairs = np.unique(np.concatenate(found))  # each point counts once for each line that it is close to
    codes, counts = np.unique(owners[pairs // len(lines)] * len(lines) + pairs % len(lines), return_counts=True)
    return {divmod(code, len(lines)): count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


def _dense(lines):
    """Return points along polylines by name, `SPACING_PX` from each other, and the rectangle around each.

    All lines are one after the other, with a gap between two of them, so that one interpolation does for all.
    """
    if not lines:
        return {}, {}
    points = np.concatenate([np.array(line, float) for line in lines.values()])
    ends = np.cumsum([len(line) for line in lines.values()])
    steps = np.hypot(*np.diff(points, axis=0).T)
    steps[ends[:-1] - 1] = 1.0
    length = np.concatenate([[0], np.cumsum(steps)])
    first, last = length[np.concatenate([[0], ends[:-1]])], length[ends - 1]
    counts = np.maximum(2, np.round((last - first) / SPACING_PX)).astype(int)
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    shares = (np.arange(counts.sum()) - np.repeat(begins, counts)) / np.repeat(counts - 1, counts)
    places = np.repeat(first, counts) + shares * np.repeat(last - first, counts)
    dense = np.stack([np.interp(places, length, points[:, 0]), np.interp(places, length, points[:, 1])], 1)
    low, high = np.minimum.reduceat(dense, begins), np.maximum.reduceat(dense, begins)
    return (
        dict(zip(lines, np.split(dense, begins[1:]), strict=True)),
        dict(zip(lines, map(tuple, np.concatenate([low, high], 1).tolist()), strict=True)),
    )


def _depth(points, rect):
    """Return how deep each point is inside a rectangle; negative outside."""
    left, top, right, bottom = rect
    x, y = points.T
    inside = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
    dx, dy = np.maximum(np.maximum(left - x, x - right), 0), np.maximum(np.maximum(top - y, y - bottom), 0)
    return np.where(inside > 0, inside, -np.hypot(dx, dy))


def _distance(points, rect):
    return -min(_depth(points, rect).max(), 0.0)


def _bounds(points):
    return (*points.min(0), *points.max(0))


def _grown(rect, by):
    return rect[0] - by, rect[1] - by, rect[2] + by, rect[3] + by


def _overlap(a, b):
    return a[0] < b[2] - 0.5 and b[0] < a[2] - 0.5 and a[1] < b[3] - 0.5 and b[1] < a[3] - 0.5


def _inside_triangle(points, corners):
    signs = []
    for k in range(3):
        a, b = corners[k], corners[(k + 1) % 3]
        signs.append((b[0] - a[0]) * (points[:, 1] - a[1]) - (b[1] - a[1]) * (points[:, 0] - a[0]))
    signs = np.array(signs)
    return (signs > 0.5).all(0) | (signs < -0.5).all(0)


def _triangles_overlap(one, other):
    """Return whether two triangles overlap: no side of either separates them."""
    for corners in (one, other):
        for k in range(3):
            edge = corners[(k + 1) % 3] - corners[k]
            normal = np.array([-edge[1], edge[0]]) / (np.hypot(*edge) or 1.0)
            a, b = one @ normal, other @ normal
            if a.max() < b.min() + 0.5 or b.max() < a.min() + 0.5:
                return False
    return True
