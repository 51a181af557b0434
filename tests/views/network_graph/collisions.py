"""Where a picture of a network's graph cannot be read: a wire or a box on words, or on another box."""

from collections.abc import Iterator

import numpy as np

from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.layout import FRAME_TOP_PX
from explorer.views.graph.items import text_width
from explorer.views.network_graph.labels import wire_text
from explorer.views.network_graph.measure import SMALL, head_width
from explorer.views.network_graph.placement import PlacedGraph
from explorer.views.theme.theme import SANS

AT = np.linspace(0, 1, 33)[:, None]
"""Places on each Bézier that are looked at."""

BORDER = 3.0
"""Pixels by which lines may touch a border, where they end."""


def collisions(made: PlacedGraph) -> Iterator[tuple[str, str, str]]:
    """Tell what stands or runs on something else: two names, and in which way."""
    solid = [node for node in made.picture.boxes if node.kind not in ("open", "entry", "exit")]
    frames = [node for node in made.picture.boxes if node.kind == "open"]
    boxes = _Rects({node.id: _around(*made.centres[node.id], *made.sizes[node.id]) for node in solid})
    yield from ((a, b, "boxes overlap") for a, b in boxes.overlaps())
    edges = {node.id: _around(*made.centres[node.id], *made.sizes[node.id]) for node in frames}
    heads = _Rects({
        name: (left + 10, top + 9, left + head_width(node) - 12, top + FRAME_TOP_PX - 9)
        for node in frames for name, (left, top, _, _) in [(node.id, edges[node.id])]
    })  # fmt: skip
    words = _Rects({
        wire.key: (x - wide / 2, y - 22, x + wide / 2, y - 8)
        for wire in made.picture.links if wire.key in made.labels
        for (x, y), wide in [(made.labels[wire.key], text_width(SANS, SMALL, wire_text(wire)))]
    })  # fmt: skip
    yield from ((a, b, "words overlap") for a, b in words.overlaps())
    for name, rect in words.rects.items():
        yield from ((name, other, "words on a box") for other in boxes.on(np.array(rect).reshape(2, 2)))
        yield from ((name, other, "words on a name") for other in heads.on(np.array(rect).reshape(2, 2)))
    for node in solid:
        left, top, right, bottom = boxes.rects[node.id]
        for outer in ancestry(node.container):
            a, b, c, d = edges[outer]
            if not (a <= left and b + FRAME_TOP_PX - 1 <= top and right <= c and bottom <= d):
                yield node.id, outer, "box out of its frame"
    for wire in made.picture.links:
        if wire.kind != "forward":
            continue
        line = _line(made.curves[wire.key])
        yield from ((wire.key, name, "line on a box") for name in boxes.crossed(line))
        yield from ((wire.key, name, "line on a name") for name in heads.crossed(line))
        yield from ((wire.key, name, "line on words") for name in words.crossed(line))
        for node in frames:
            inside = {wire.source, wire.target} & {node.id, f">{node.id}", f"<{node.id}"}
            if inside or node.id in ancestry(wire.container):
                continue
            if _Rects({node.id: edges[node.id]}).crossed(line):
                yield wire.key, node.id, "line through a frame"


class _Rects:
    """rects: left, top, right and bottom by name."""

    def __init__(self, rects: dict[str, tuple[float, float, float, float]]) -> None:
        self.rects = rects
        self.names = list(rects)
        self.sides = np.array(list(rects.values()), float).reshape(-1, 4)

    def on(self, corners: np.ndarray) -> list[str]:
        """What a rectangle from ``corners[0]`` to ``corners[1]`` lies on."""
        return [self.names[k] for k in np.flatnonzero(self._near(corners[0], corners[1]))]

    def overlaps(self) -> Iterator[tuple[str, str]]:
        """Pairs that lie on each other."""
        for k, name in enumerate(self.names):
            for other in np.flatnonzero(self._near(self.sides[k, :2], self.sides[k, 2:])):
                if other > k:
                    yield name, self.names[other]

    def crossed(self, line: np.ndarray) -> list[str]:
        """What has points of a line (n, 2) within it, further from its border than `BORDER`."""
        near = np.flatnonzero(self._near(line.min(0), line.max(0)))
        found = []
        for k in near:
            left, top, right, bottom = self.sides[k]
            x, y = line.T
            within = (left + BORDER < x) & (x < right - BORDER) & (top + BORDER < y) & (y < bottom - BORDER)
            if within.any():
                found.append(self.names[k])
        return found

    def _near(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        left, top, right, bottom = self.sides.T
        return (left < high[0] - 0.5) & (right > low[0] + 0.5) & (top < high[1] - 0.5) & (bottom > low[1] + 0.5)


def _around(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _line(path: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Points (n, 2) of joined cubic Béziers."""
    points = np.array(path, float)
    a, b, c, d = (points[k : len(points) - 3 + k : 3, None] for k in range(4))
    curve = (1 - AT) ** 3 * a + 3 * (1 - AT) ** 2 * AT * b + 3 * (1 - AT) * AT**2 * c + AT**3 * d
    return curve.reshape(-1, 2)
