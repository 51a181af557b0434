"""Where thousands of boxes and wires are: which of them are near a place is asked often, and must cost nothing."""

from array import array
from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF

from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleNode
from explorer.views.network_graph.placement import PlacedGraph

A_TIME = 100
"""So many are looked at in a moment."""

TEXTS = 40.0
"""Height above and below a wire in which its texts are."""


class SpatialIndex:
    """A placed view as rectangles and straight lines.

    nodes, wires: of the view. rects, kinds, steps: of each node. lines: of all wires, a few for each; line_wires: which
    wire each is of.
    """

    def __init__(self, placed: PlacedGraph) -> None:
        self.placed = placed
        self.nodes: Sequence[VisibleNode] = placed.picture.boxes
        self.wires: Sequence[VisibleEdge] = placed.picture.links
        self.rects: list[QRectF] = []
        self.lines: list[QLineF] = []
        # Numbers one after another: to make an array of thousands of rows takes long, and cannot be interrupted.
        self._sides, self._wire_sides, self._line_sides = array("d"), array("d"), array("d")
        self._line_wires = array("q")

    def gather(self) -> Generator[None, None, "SpatialIndex"]:
        """Find out where everything is, a moment at a time."""
        placed = self.placed
        for k, node in enumerate(self.nodes):
            (x, y), (width, height) = placed.centres[node.id], placed.sizes[node.id]
            left, top = x - width / 2, y - height / 2
            self.rects.append(QRectF(left, top, width, height))
            self._sides.extend((left, top, left + width, top + height))
            if k % A_TIME == A_TIME - 1:
                yield
        for k, wire in enumerate(self.wires):
            stations = placed.curves[wire.key][::3]
            for (x0, y0), (x1, y1) in pairwise(stations):
                self.lines.append(QLineF(x0, y0, x1, y1))
                self._line_sides.extend((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
                self._line_wires.append(k)
            xs, ys = [x for x, _ in stations], [y for _, y in stations]
            self._wire_sides.extend((min(xs), min(ys) - TEXTS, max(xs), max(ys) + TEXTS))
            if k % A_TIME == A_TIME - 1:
                yield
        self.node_sides, self.wire_sides = _array(self._sides), _array(self._wire_sides)
        self.line_sides, self.line_wires = _array(self._line_sides), np.array(self._line_wires, np.intp)
        yield
        self.kinds = np.array([node.kind for node in self.nodes] or [""])[: len(self.nodes)]
        self.steps = np.array([node.step for node in self.nodes], np.intp)
        return self

    def piles(self) -> list[list[Any]]:
        """Return all that it consists of, to let go of, see `letting_go`; it stays whole for who still paints it."""
        placed = self.placed
        parts = [list(part) for part in (self.rects, self.lines, self.nodes, self.wires, placed.curves)]
        places = [list(part.values()) for part in (placed.curves, placed.centres, placed.sizes, placed.labels)]
        return [*parts, *places]

    @property
    def bounds(self) -> QRectF:
        """Return where all of it is, with a margin."""
        width, height = self.placed.size
        return QRectF(-40, -40, width + 80, height + 80)

    def near(self, place: QRectF) -> tuple[list[VisibleNode], list[VisibleEdge]]:
        """Return the boxes and wires that are in a rectangle, or reach into it."""
        nodes = np.flatnonzero(within(self.node_sides, place)).tolist()
        wires = np.flatnonzero(within(self.wire_sides, place)).tolist()
        return [self.nodes[k] for k in nodes], [self.wires[k] for k in wires]


def letting_go(piles: list[list[Any]]) -> Generator[None, None, None]:
    """Empty piles a moment at a time: to free all of a crowd at once takes long."""
    for pile in piles:
        while pile:
            del pile[-A_TIME:]
            yield


def within(sides: Any, place: QRectF) -> Any:
    """Return for each row (left, top, right, bottom) whether it and a rectangle have a place in common."""
    return (
        (sides[:, 0] <= place.right())
        & (sides[:, 2] >= place.left())
        & (sides[:, 1] <= place.bottom())
        & (sides[:, 3] >= place.top())
    )


def _array(numbers: "array[float]") -> Any:
    return np.array(numbers, np.float64).reshape(-1, 4)
