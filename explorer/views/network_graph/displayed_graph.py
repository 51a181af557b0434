"""The graph on the screen."""

from explorer.core.network_graph.layout import GraphLayout
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.views.network_graph.spatial_index import SpatialIndex

MAX_ITEMS = 300
"""Boxes up to which all are items of the scene, and move; of a larger graph only the boxes in view are."""


class DisplayedGraph:
    """Which graph is on the screen. `NetworkView` changes it; its parts read it.

    source: name of the network, "" for none. index: None before the first graph.
    """

    def __init__(self) -> None:
        self.source = ""
        self.index: SpatialIndex | None = None

    def set(self, source: str, index: SpatialIndex) -> None:
        """Replace the graph."""
        self.source, self.index = source, index

    def clear(self) -> None:
        """Remove the graph."""
        self.source, self.index = "", None

    @property
    def visible(self) -> VisibleGraph | None:
        """The boxes and edges, None before the first graph."""
        return self.index.placed.visible if self.index is not None else None

    @property
    def layout(self) -> GraphLayout | None:
        """Their places, None before the first graph."""
        return self.index.placed.layout if self.index is not None else None

    @property
    def is_compact(self) -> bool:
        """Whether the outermost boxes have no thumbnails, and the edges between them no texts; see `PlacedGraph`."""
        return self.index is not None and self.index.placed.is_compact

    @property
    def box_count(self) -> int:
        """Number of boxes, open groups and ports included."""
        return len(self.index.nodes) if self.index is not None else 0

    @property
    def is_large(self) -> bool:
        """Whether there are too many boxes for all of them to be items of the scene."""
        return self.box_count > MAX_ITEMS
