"""A graph's ops and edges by the groups that they are in: of a closed group nobody has to look at each one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from explorer.core.network_graph.graph import GraphEdge, NetworkGraph

Between: TypeAlias = tuple[str, str, str]
"""The innermost group of an edge's source, that of its target, and its kind."""


@dataclass(frozen=True)
class GroupEdgeIndex:
    """edges: between shown ops, in TensorFlow's order. between: the numbers of those from one group to another."""

    edges: Sequence[GraphEdge]
    between: Mapping[Between, Sequence[int]]


def crossings(graph: NetworkGraph, edges: Sequence[GraphEdge]) -> GroupEdgeIndex:
    """Sort edges by the groups at their ends."""
    between: dict[Between, list[int]] = {}
    group_of = graph.group_of
    for number, edge in enumerate(edges):
        key = group_of[edge.source], group_of[edge.target], _kind(graph, edge)
        between.setdefault(key, []).append(number)
    return GroupEdgeIndex(edges, between)


def _kind(graph: NetworkGraph, edge: GraphEdge) -> str:
    from_backward, to_backward = graph.by_name[edge.source].backward, graph.by_name[edge.target].backward
    if from_backward:  # also into a copy of it that the function gives back
        return "backward"
    return "uses" if to_backward else "forward"
