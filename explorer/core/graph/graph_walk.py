"""Walking through a graph with four keys: from node to node, and along edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

ItemKey: TypeAlias = tuple[str, str]
"""("node", id) or ("edge", key)."""


class Move(StrEnum):
    """A step of a walk. NEXT, PREVIOUS: to a neighbour. ALONG, BACK: with an edge or against it."""

    NEXT = "next"
    PREVIOUS = "previous"
    ALONG = "along"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class WalkEdge:
    """An edge between two nodes."""

    key: str
    source: str
    target: str


def walk(nodes: Sequence[str], edges: Sequence[WalkEdge], here: ItemKey | None, move: Move) -> ItemKey | None:
    """Return the item to which a move leads; ``here`` where it leads nowhere, None in an empty graph.

    From a node, ALONG leads to the first edge that leaves it and BACK to the first that enters it; from an edge they
    lead to its ends. The neighbours of a node are the nodes before and after it, those of an edge the edges with the
    same source; after the last comes the first. Without a place the walk begins at the first node, or at the last.
    Every item is reached if each edge begins at a node of the graph.
    """
    if not nodes:
        return None
    edge = next((edge for edge in edges if here == ("edge", edge.key)), None)
    if edge is not None:
        return _from_edge(nodes, edges, edge, move)
    if here is None or here[0] != "node" or here[1] not in nodes:
        return "node", nodes[0 if move in (Move.NEXT, Move.ALONG) else -1]
    name = here[1]
    match move:
        case Move.NEXT | Move.PREVIOUS:
            return "node", _neighbour(nodes, nodes.index(name), move)
        case Move.ALONG:
            keys = [edge.key for edge in edges if edge.source == name]
        case Move.BACK:
            keys = [edge.key for edge in edges if edge.target == name]
    return ("edge", keys[0]) if keys else here


def _from_edge(nodes: Sequence[str], edges: Sequence[WalkEdge], edge: WalkEdge, move: Move) -> ItemKey:
    if move in (Move.NEXT, Move.PREVIOUS):
        keys = [other.key for other in edges if other.source == edge.source]
        return "edge", _neighbour(keys, keys.index(edge.key), move)
    end = edge.target if move == Move.ALONG else edge.source
    return ("node", end) if end in nodes else ("edge", edge.key)


def _neighbour(names: Sequence[str], index: int, move: Move) -> str:
    return names[(index + (1 if move == Move.NEXT else -1)) % len(names)]
