"""Graphs of ops in networkx, their ancestors and descendants."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from explorer.core.autodiff.trace import op_of

if TYPE_CHECKING:
    import networkx as nx


class OpLike(Protocol):
    """Anything with the name of an op and those of its input tensors."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def inputs(self) -> Sequence[str]: ...  # noqa: D102


def op_graph(ops: Iterable[OpLike]) -> "nx.MultiDiGraph[str]":
    """Return the graph of ``ops``, with a node for each op and an edge for each argument slot.

    Keys of edges are slots; edges have an attribute ``tensor``. Inputs that are not in ``ops`` become nodes too.
    """
    import networkx as nx  # takes 0.1 s, which the first paint need not wait for

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for op in ops:
        graph.add_node(op.id)
        for slot, tensor in enumerate(op.inputs):
            graph.add_edge(op_of(tensor), op.id, key=slot, tensor=tensor)
    return graph


def connected_nodes(edges: Iterable[tuple[str, str]], name: str) -> set[str]:
    """Return ``name`` with its ancestors and descendants along ``edges`` (source, target)."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    return _closure(lambda node: before.get(node, ()), [name]) | _closure(lambda node: after.get(node, ()), [name])


def ancestors_of(graph: "nx.MultiDiGraph[str]", targets: Iterable[str]) -> set[str]:
    """Return ``targets`` and all their ancestors."""
    return _closure(graph.predecessors, targets)


def descendants_of(graph: "nx.MultiDiGraph[str]", sources: Iterable[str]) -> set[str]:
    """Return ``sources`` and all their descendants."""
    return _closure(graph.successors, sources)


def _closure(neighbours: Callable[[str], Iterable[str]], starts: Iterable[str]) -> set[str]:
    found = set(starts)
    waiting = list(found)
    while waiting:
        for node in neighbours(waiting.pop()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found
