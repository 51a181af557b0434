"""TensorFlow's forward graph as a networkx graph: order, paths and what leads where are computed on it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import networkx as nx


class OpLike(Protocol):
    """Anything with an op's name and the names of its input tensors."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def inputs(self) -> Sequence[str]: ...  # noqa: D102


def op_of(tensor: str) -> str:
    """Return the name of the op that produces ``tensor``: ``mul:0`` comes from ``mul``."""
    return tensor.partition(":")[0]


def op_graph(ops: Iterable[OpLike]) -> "nx.MultiDiGraph[str]":
    """Return the graph of ``ops``: one node for each op, one edge for each argument slot (key: the slot).

    Edges carry ``tensor``. Inputs that are no op of the list become nodes as well.
    """
    import networkx as nx  # a tenth of a second that the window need not pay before its first paint

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for op in ops:
        graph.add_node(op.id)
        for slot, tensor in enumerate(op.inputs):
            graph.add_edge(op_of(tensor), op.id, key=slot, tensor=tensor)
    return graph


def connected_nodes(edges: Iterable[tuple[str, str]], name: str) -> set[str]:
    """Return all nodes that lead to ``name`` or that it leads to, along ``edges`` (source, target)."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    return _closure(lambda node: before.get(node, ()), [name]) | _closure(lambda node: after.get(node, ()), [name])


def ancestors_of(graph: "nx.MultiDiGraph[str]", targets: Iterable[str]) -> set[str]:
    """Return all nodes from which one of ``targets`` is reached, themselves included."""
    return _closure(graph.predecessors, targets)


def descendants_of(graph: "nx.MultiDiGraph[str]", sources: Iterable[str]) -> set[str]:
    """Return all nodes that are reached from one of ``sources``, themselves included."""
    return _closure(graph.successors, sources)


def _closure(neighbours, starts: Iterable[str]) -> set[str]:  # type: ignore[no-untyped-def]
    found = set(starts)
    waiting = list(found)
    while waiting:
        for node in neighbours(waiting.pop()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found
