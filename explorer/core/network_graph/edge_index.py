"""Edges indexed by the groups that they connect, so that those of a closed group are not looked at one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from explorer.core.network_graph.graph import GraphEdge, NetworkGraph

GroupPair: TypeAlias = tuple[str, str, str]
"""The innermost group of an edge's source, that of its target, and the kind of the edge."""


@dataclass(frozen=True)
class GroupEdgeIndex:
    """Edges between shown ops in TensorFlow's order, and the indices in ``edges`` of those of each `GroupPair`."""

    edges: Sequence[GraphEdge]
    between: Mapping[GroupPair, Sequence[int]]


def index_group_edges(graph: NetworkGraph, edges: Sequence[GraphEdge]) -> GroupEdgeIndex:
    """Index edges of a graph by the groups at their ends."""
    between: dict[GroupPair, list[int]] = {}
    group_of = graph.group_of
    for index, edge in enumerate(edges):
        key = group_of[edge.source], group_of[edge.target], _edge_kind(graph, edge)
        between.setdefault(key, []).append(index)
    return GroupEdgeIndex(edges, between)


def _edge_kind(graph: NetworkGraph, edge: GraphEdge) -> str:
    from_backward, to_backward = graph.by_name[edge.source].backward, graph.by_name[edge.target].backward
    if from_backward:  # also into the copy of a gradient that the traced function returns
        return "backward"
    return "uses" if to_backward else "forward"
