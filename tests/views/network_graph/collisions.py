"""Finds where a laid-out graph cannot be read: an edge or a box on a text, or on another box."""

from collections.abc import Iterator

import numpy as np

from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.layout import FRAME_TOP_PX
from explorer.views.graph.items import text_width
from explorer.views.network_graph.item_text import edge_text
from explorer.views.network_graph.measure import SMALL_PX, frame_title_width
from explorer.views.network_graph.spatial_index import PlacedGraph
from explorer.views.theme.theme import SANS

SAMPLES = np.linspace(0, 1, 33)[:, None]
"""Parameters at which each Bézier is sampled."""

BORDER_PX = 3.0
"""Distance by which an edge may overlap the border at which it ends."""


def collisions(placed: PlacedGraph) -> Iterator[tuple[str, str, str]]:
    """Yield what overlaps: two names, and the kind of overlap."""
    layout, visible = placed.layout, placed.visible
    solid = [node for node in visible.nodes if node.kind not in ("open", "entry", "exit")]
    frames = [node for node in visible.nodes if node.kind == "open"]
    boxes = _Rects({node.id: _sides(*layout.centres[node.id], *layout.sizes[node.id]) for node in solid})
    yield from ((a, b, "boxes overlap") for a, b in boxes.overlaps())
    frame_sides = {node.id: _sides(*layout.centres[node.id], *layout.sizes[node.id]) for node in frames}
    heads = _Rects({
        name: (left + 10, top + 9, left + frame_title_width(node) - 12, top + FRAME_TOP_PX - 9)
        for node in frames for name, (left, top, _, _) in [(node.id, frame_sides[node.id])]
    })  # fmt: skip
    texts = _Rects({
        edge.key: (x - width / 2, y - 22, x + width / 2, y - 8)
        for edge in visible.edges if edge.key in layout.labels
        for (x, y), width in [(layout.labels[edge.key], text_width(SANS, SMALL_PX, edge_text(edge)))]
    })  # fmt: skip
    yield from ((a, b, "texts overlap") for a, b in texts.overlaps())
    for name, rect in texts.rects.items():
        corners = np.array(rect).reshape(2, 2)
        yield from ((name, other, "text on a box") for other in boxes.on(corners))
        yield from ((name, other, "text on a name") for other in heads.on(corners))
    for node in solid:
        left, top, right, bottom = boxes.rects[node.id]
        for outer in ancestry(node.container):
            a, b, c, d = frame_sides[outer]
            if not (a <= left and b + FRAME_TOP_PX - 1 <= top and right <= c and bottom <= d):
                yield node.id, outer, "box out of its frame"
    for edge in visible.edges:
        if edge.kind != "forward":
            continue
        line = _sampled(layout.paths[edge.key])
        yield from ((edge.key, name, "line on a box") for name in boxes.crossed(line))
        yield from ((edge.key, name, "line on a name") for name in heads.crossed(line))
        yield from ((edge.key, name, "line on a text") for name in texts.crossed(line))
        for node in frames:
            inside = {edge.source, edge.target} & {node.id, f">{node.id}", f"<{node.id}"}
            if inside or node.id in ancestry(edge.container):
                continue
            if _Rects({node.id: frame_sides[node.id]}).crossed(line):
                yield edge.key, node.id, "line through a frame"


class _Rects:
    """rects: left, top, right and bottom by name."""

    def __init__(self, rects: dict[str, tuple[float, float, float, float]]) -> None:
        self.rects = rects
        self.names = list(rects)
        self.sides = np.array(list(rects.values()), float).reshape(-1, 4)

    def on(self, corners: np.ndarray) -> list[str]:
        """Return what a rectangle from ``corners[0]`` to ``corners[1]`` overlaps."""
        return [self.names[k] for k in np.flatnonzero(self._intersects(corners[0], corners[1]))]

    def overlaps(self) -> Iterator[tuple[str, str]]:
        """Yield pairs that overlap."""
        for k, name in enumerate(self.names):
            for other in np.flatnonzero(self._intersects(self.sides[k, :2], self.sides[k, 2:])):
                if other > k:
                    yield name, self.names[other]

    def crossed(self, line: np.ndarray) -> list[str]:
        """Return what has points of a line (n, 2) inside, further from its border than `BORDER_PX`."""
        found = []
        for k in np.flatnonzero(self._intersects(line.min(0), line.max(0))):
            left, top, right, bottom = self.sides[k]
            x, y = line.T
            is_inside_x = (left + BORDER_PX < x) & (x < right - BORDER_PX)
            is_inside_y = (top + BORDER_PX < y) & (y < bottom - BORDER_PX)
            if (is_inside_x & is_inside_y).any():
                found.append(self.names[k])
        return found

    def _intersects(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        left, top, right, bottom = self.sides.T
        return (left < high[0] - 0.5) & (right > low[0] + 0.5) & (top < high[1] - 0.5) & (bottom > low[1] + 0.5)


def _sides(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _sampled(path: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Return points (n, 2) of joined cubic Béziers."""
    points, t = np.array(path, float), SAMPLES
    a, b, c, d = (points[k : len(points) - 3 + k : 3, None] for k in range(4))
    curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return curve.reshape(-1, 2)
