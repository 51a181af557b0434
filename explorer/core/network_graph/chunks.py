"""A view on its way between processes: in parts, so that nobody has to read thousands of boxes at once."""

from collections.abc import Callable, Generator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

import msgpack

from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode

PART = 200
"""Boxes, or bundles of edges, in a part."""

T = TypeVar("T")

_NODE = tuple(VisibleNode.__dataclass_fields__)
_WIRE = tuple(VisibleEdge.__dataclass_fields__)
_SHAPE_OF_NODE, _SHAPE_OF_WIRE = _NODE.index("shape"), _WIRE.index("shape")
_TENSORS, _SLOTS = _WIRE.index("tensors"), _WIRE.index("slots")


def parts_of(seen: VisibleGraph) -> tuple[bytes, ...]:
    """Return a view in parts; those that it came in, if it did."""
    if seen.parts:
        return seen.parts
    head = [seen.open, seen.steps, dict(seen.hidden), seen.helpers, seen.backward, -(-len(seen.nodes) // PART)]
    packed = [msgpack.packb(head)]
    for items, fields in ((seen.nodes, _NODE), (seen.wires, _WIRE)):
        plain: Callable[[Any], tuple[Any, ...]] = attrgetter(*fields)
        packed += [msgpack.packb([plain(one) for one in items[k : k + PART]]) for k in range(0, len(items), PART)]
    return tuple(packed)


def reading(parts: Sequence[bytes]) -> Generator[None, None, VisibleGraph]:
    """Put a view together, a part at a time; the generator returns it."""
    opened, steps, hidden, helpers, backward, count = msgpack.unpackb(parts[0])
    nodes: list[VisibleNode] = []
    for part in parts[1 : 1 + count]:
        for values in msgpack.unpackb(part):
            values[_SHAPE_OF_NODE] = _tuple(values[_SHAPE_OF_NODE])
            nodes.append(VisibleNode(*values))
        yield
    wires: list[VisibleEdge] = []
    for part in parts[1 + count :]:
        for values in msgpack.unpackb(part):
            values[_SHAPE_OF_WIRE] = _tuple(values[_SHAPE_OF_WIRE])
            values[_TENSORS] = tuple(values[_TENSORS])
            values[_SLOTS] = tuple((op, slot) for op, slot in values[_SLOTS])
            wires.append(VisibleEdge(*values))
        yield
    return VisibleGraph(
        tuple(nodes),
        tuple(wires),
        tuple(opened),
        tuple(steps),
        hidden,
        helpers,
        backward,
        tuple(bytes(p) for p in parts),
    )


def whole(work: Generator[None, None, T]) -> T:
    """Do all of a work now that could be done piece by piece, and return what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def _tuple(shape: Any) -> tuple[int | None, ...] | None:
    return None if shape is None else tuple(shape)
