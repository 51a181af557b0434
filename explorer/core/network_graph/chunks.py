"""Splits a visible graph into chunks for the way between processes, so that none takes long to read."""

from collections.abc import Callable, Generator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

import msgpack

from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode

CHUNK_SIZE = 200
"""Nodes or edges in a chunk."""

T = TypeVar("T")

_NODE_FIELDS = tuple(VisibleNode.__dataclass_fields__)
_EDGE_FIELDS = tuple(VisibleEdge.__dataclass_fields__)
_NODE_SHAPE, _EDGE_SHAPE = _NODE_FIELDS.index("shape"), _EDGE_FIELDS.index("shape")
_EDGE_TENSORS, _EDGE_SLOTS = _EDGE_FIELDS.index("tensors"), _EDGE_FIELDS.index("slots")


def split_into_chunks(visible: VisibleGraph) -> tuple[bytes, ...]:
    """Return a visible graph as chunks of msgpack: a head, then nodes, then edges.

    A graph that came in chunks is not packed again.
    """
    if visible.chunks:
        return visible.chunks
    node_chunks = -(-len(visible.nodes) // CHUNK_SIZE)
    head = [visible.open, visible.steps, dict(visible.hidden), visible.helpers, visible.backward, node_chunks]
    chunks = [msgpack.packb(head)]
    for items, fields in ((visible.nodes, _NODE_FIELDS), (visible.edges, _EDGE_FIELDS)):
        values: Callable[[Any], tuple[Any, ...]] = attrgetter(*fields)
        chunks += [
            msgpack.packb([values(item) for item in items[k : k + CHUNK_SIZE]])
            for k in range(0, len(items), CHUNK_SIZE)
        ]
    return tuple(chunks)


def join_chunks(chunks: Sequence[bytes]) -> Generator[None, None, VisibleGraph]:
    """Rebuild a visible graph, yielding after each chunk; the generator returns the graph."""
    opened, steps, hidden, helpers, backward, node_chunks = msgpack.unpackb(chunks[0])
    nodes: list[VisibleNode] = []
    for chunk in chunks[1 : 1 + node_chunks]:
        for values in msgpack.unpackb(chunk):
            values[_NODE_SHAPE] = _shape(values[_NODE_SHAPE])
            nodes.append(VisibleNode(*values))
        yield
    edges: list[VisibleEdge] = []
    for chunk in chunks[1 + node_chunks :]:
        for values in msgpack.unpackb(chunk):
            values[_EDGE_SHAPE] = _shape(values[_EDGE_SHAPE])
            values[_EDGE_TENSORS] = tuple(values[_EDGE_TENSORS])
            values[_EDGE_SLOTS] = tuple((op, slot) for op, slot in values[_EDGE_SLOTS])
            edges.append(VisibleEdge(*values))
        yield
    return VisibleGraph(
        tuple(nodes),
        tuple(edges),
        tuple(opened),
        tuple(steps),
        hidden,
        helpers,
        backward,
        tuple(bytes(chunk) for chunk in chunks),
    )


def run_to_end(work: Generator[None, None, T]) -> T:
    """Run a generator that does its work piece by piece without a break, and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def _shape(sizes: Any) -> tuple[int | None, ...] | None:
    return None if sizes is None else tuple(sizes)
