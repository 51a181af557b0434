"""A view of a training graph with a place for everything."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.core.graph.graphviz_layout import Point, Size
from explorer.core.network_graph.layout import GraphLayout
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode


@dataclass(frozen=True)
class DisplayedPicture:
    """A view as a picture: boxes and links."""

    boxes: tuple[VisibleNode, ...]
    links: tuple[VisibleEdge, ...]


@dataclass(frozen=True)
class PlacedGraph:
    """A view with a place for everything, as `Stage` wants it."""

    picture: DisplayedPicture
    centres: Mapping[str, Point]
    curves: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    sizes: Mapping[str, Size]
    size: Size


def placed(seen: VisibleGraph, arranged: GraphLayout) -> PlacedGraph:
    """Put a view and its layout together."""
    return PlacedGraph(
        DisplayedPicture(seen.nodes, seen.edges),
        arranged.centres,
        arranged.paths,
        arranged.labels,
        arranged.sizes,
        arranged.size,
    )
