"""A graph with a place for everything, and an index that finds quickly what is in a rectangle."""

from array import array
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF

from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.layout import FRAME_TOP_PX, GraphLayout
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode

CHUNK_SIZE = 100
"""Boxes or edges that are processed between two yields."""

TEXT_HEIGHT_PX = 40.0
"""Height above and below an edge in which its texts are painted."""

MARGIN_PX = 40.0
"""Free space around the graph."""


@dataclass(frozen=True)
class PlacedGraph:
    """A visible graph and its layout.

    is_compact: whether the outermost boxes have no thumbnails, and the edges between them no texts.
    """

    visible: VisibleGraph
    layout: GraphLayout
    is_compact: bool = False

    def is_compact_box(self, node: VisibleNode) -> bool:
        """Whether a box is one of the outermost ones of a compact graph."""
        return self.is_compact and node.container == ROOT


class SpatialIndex:
    """The boxes and edges of a placed graph as rectangles and straight lines; complete after `build`.

    Parameters
    ----------
    nodes, edges : of the visible graph; all other attributes refer to them by index.
    rects : rectangle of each box.
    node_sides, edge_sides, line_sides : arrays (n, 4) with left, top, right and bottom of each box, edge or line.
    kinds, steps : kind and step of each box.
    lines : straight lines along the edges, some for each.
    line_edges : index of the edge to which each line belongs.
    """

    node_sides: Any
    edge_sides: Any
    line_sides: Any
    line_edges: Any
    kinds: Any
    steps: Any

    def __init__(self, placed: PlacedGraph) -> None:
        self.placed = placed
        self.nodes: Sequence[VisibleNode] = placed.visible.nodes
        self.edges: Sequence[VisibleEdge] = placed.visible.edges
        self.rects: list[QRectF] = []
        self.lines: list[QLineF] = []

    def build(self) -> Generator[None, None, "SpatialIndex"]:
        """Compute everything, yielding after each `CHUNK_SIZE` boxes or edges; the generator returns this index."""
        layout = self.placed.layout
        # Flat arrays of numbers: to convert thousands of rows at the end would take long, and cannot be interrupted.
        node_sides, edge_sides, line_sides, line_edges = array("d"), array("d"), array("d"), array("q")
        for k, node in enumerate(self.nodes):
            (x, y), (width, height) = layout.centres[node.id], layout.sizes[node.id]
            left, top = x - width / 2, y - height / 2
            self.rects.append(QRectF(left, top, width, height))
            node_sides.extend((left, top, left + width, top + height))
            if k % CHUNK_SIZE == CHUNK_SIZE - 1:
                yield
        for k, edge in enumerate(self.edges):
            points = layout.paths[edge.key][::3]
            for (x0, y0), (x1, y1) in pairwise(points):
                self.lines.append(QLineF(x0, y0, x1, y1))
                line_sides.extend((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
                line_edges.append(k)
            xs, ys = [x for x, _ in points], [y for _, y in points]
            edge_sides.extend((min(xs), min(ys) - TEXT_HEIGHT_PX, max(xs), max(ys) + TEXT_HEIGHT_PX))
            if k % CHUNK_SIZE == CHUNK_SIZE - 1:
                yield
        self.node_sides, self.edge_sides = _as_rows(node_sides), _as_rows(edge_sides)
        self.line_sides, self.line_edges = _as_rows(line_sides), np.array(line_edges, np.intp)
        yield
        self.kinds = np.array([node.kind for node in self.nodes] or [""])[: len(self.nodes)]
        self.steps = np.array([node.step for node in self.nodes], np.intp)
        return self

    @cached_property
    def solid_sides(self) -> Any:
        """The sides of what is filled: closed groups, ops, and the strips with the names of open groups; (n, 4)."""
        is_frame = self.kinds == "open"
        heads = self.node_sides[is_frame].copy()
        heads[:, 3] = np.minimum(heads[:, 3], heads[:, 1] + FRAME_TOP_PX)
        is_box = ~is_frame & (self.kinds != "entry") & (self.kinds != "exit")
        return np.concatenate([self.node_sides[is_box], heads])

    @property
    def bounds(self) -> QRectF:
        """The rectangle of the whole graph, with a margin."""
        width, height = self.placed.layout.size
        return QRectF(-MARGIN_PX, -MARGIN_PX, width + 2 * MARGIN_PX, height + 2 * MARGIN_PX)

    def find(self, area: QRectF) -> tuple[list[VisibleNode], list[VisibleEdge]]:
        """Return the boxes and edges that intersect a rectangle."""
        nodes = np.flatnonzero(intersecting(self.node_sides, area)).tolist()
        edges = np.flatnonzero(intersecting(self.edge_sides, area)).tolist()
        return [self.nodes[k] for k in nodes], [self.edges[k] for k in edges]

    def parts(self) -> list[list[Any]]:
        """Return lists of all objects that the index refers to, for `free_gradually`; the index itself stays usable."""
        layout = self.placed.layout
        parts = [list(part) for part in (self.rects, self.lines, self.nodes, self.edges, layout.paths)]
        mappings = layout.paths, layout.centres, layout.sizes, layout.labels
        return [*parts, *(list(mapping.values()) for mapping in mappings)]


def free_gradually(parts: list[list[Any]]) -> Generator[None, None, None]:
    """Empty lists, yielding after each `CHUNK_SIZE` objects: to free thousands at once would block the window."""
    for part in parts:
        while part:
            del part[-CHUNK_SIZE:]
            yield


def intersecting(sides: Any, area: QRectF) -> Any:
    """Return for each row (left, top, right, bottom) whether it intersects a rectangle."""
    return (
        (sides[:, 0] <= area.right())
        & (sides[:, 2] >= area.left())
        & (sides[:, 1] <= area.bottom())
        & (sides[:, 3] >= area.top())
    )


def _as_rows(numbers: "array[float]") -> Any:
    return np.array(numbers, np.float64).reshape(-1, 4)
