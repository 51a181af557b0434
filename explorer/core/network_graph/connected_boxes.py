"""The boxes on the paths through a box: its ancestors, from the inputs on, and its descendants, up to the loss."""

import networkx as nx

from explorer.core.network_graph.visible_graph import ENTRY_PREFIX, EXIT_PREFIX, VisibleGraph


def trace_path(visible: VisibleGraph, box: str) -> tuple[set[str], set[str]]:
    """Return the ancestors and the descendants of a box along the forward edges, the box itself in neither."""
    paths = nx.DiGraph()
    paths.add_node(box)
    paths.add_edges_from((edge.source, edge.target) for edge in visible.edges if edge.kind == "forward")
    for group in visible.open:  # a path into a frame continues at its entry, and one out of it begins at its exit
        paths.add_edge(group, f"{ENTRY_PREFIX}{group}")
        paths.add_edge(f"{EXIT_PREFIX}{group}", group)
    return nx.ancestors(paths, box), nx.descendants(paths, box)
