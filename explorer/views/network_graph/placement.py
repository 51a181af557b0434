"""A view of a training graph with a place for everything."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.core.graph.graphviz_layout import Point, Size
from explorer.core.network_graph.layout import Arranged
from explorer.core.network_graph.visible_graph import Node, View, Wire


@dataclass(frozen=True)
class Shown:
    """A view as a picture: boxes and links."""

    boxes: tuple[Node, ...]
    links: tuple[Wire, ...]


@dataclass(frozen=True)
class PlacedView:
    """A view with a place for everything, as `Stage` wants it."""

    picture: Shown
    centres: Mapping[str, Point]
    curves: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    sizes: Mapping[str, Size]
    size: Size


def placed(seen: View, arranged: Arranged) -> PlacedView:
    """Put a view and its layout together."""
    return PlacedView(
        Shown(seen.nodes, seen.wires), arranged.centres, arranged.paths, arranged.labels, arranged.sizes, arranged.size
    )
