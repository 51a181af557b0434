"""Other methods for the same gradient: sums over paths, and forward mode. Pure functions of a trace.

An edge is an argument slot through which a gradient is passed on; a path is a chain of edges from a variable to the
output. The local derivatives of the edges are TensorFlow's; their products and sums are computed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from explorer.core.autodiff.trace import Trace, Values

MAX_PATHS = 100
"""Paths that are listed; the count is exact however many there are."""


@dataclass(frozen=True)
class PathEdge:
    """An edge from ``tensor``, which ``source`` gives, into argument ``slot`` of ``op``, which gives ``output``."""

    source: str
    op: str
    slot: int
    tensor: str
    output: str
    local_tensor: str | None
    local_formula: str | None


@dataclass(frozen=True)
class Path:
    """A chain of edges, from the variable to the output."""

    edges: tuple[PathEdge, ...]

    @property
    def ops(self) -> tuple[str, ...]:
        """Ops on the path, beginning with the variable's placeholder."""
        return (self.edges[0].source, *(edge.op for edge in self.edges)) if self.edges else ()

    def product(self, values: Values) -> float | None:
        """Return the product of the local derivatives; None if one is not a scalar."""
        result = 1.0
        for edge in self.edges:
            value = values.get(edge.local_tensor or "")
            if value is None or np.ndim(value):
                return None
            result *= float(value)
        return result

    @property
    def factors(self) -> tuple[str, ...]:
        """Formulas of the local derivatives, from the output to the variable; factors 1 are left out.

        An op without a formula, because it is not elementwise, is represented by its name with a prime.
        """
        found = [edge.local_formula or f"{edge.op.rpartition('/')[2]}′" for edge in reversed(self.edges)]
        return tuple(factor for factor in found if factor != "1") or ("1",)


@dataclass(frozen=True)
class PathCounts:
    """Size of the paths from a variable to the output.

    paths: number of paths. edges: number of distinct edges on them, each visited once by a pass.
    edge_visits: number of edges visited when the paths are followed one by one.
    """

    paths: int
    edges: int
    edge_visits: int


def gradient_edges(trace: Trace) -> Iterator[PathEdge]:
    """Yield all edges in the order of the backward pass."""
    for step in trace.steps:
        for slot in step.inputs:
            if slot.gradient_tensor is not None:
                yield PathEdge(
                    trace.nodes_by_tensor[slot.tensor].id,
                    step.op,
                    slot.slot,
                    slot.tensor,
                    step.tensor,
                    slot.local_tensor,
                    slot.local_formula,
                )


def count_paths(trace: Trace, variable: str) -> PathCounts:
    """Count paths exactly by dynamic programming; each edge is visited once."""
    source = trace.variables[variable]
    paths: dict[str, int] = {trace.output: 1}  # number of paths from a tensor to the output
    length: dict[str, int] = {trace.output: 0}  # total length of these paths
    for edge in gradient_edges(trace):
        here = paths.get(edge.output, 0)
        paths[edge.tensor] = paths.get(edge.tensor, 0) + here
        length[edge.tensor] = length.get(edge.tensor, 0) + length.get(edge.output, 0) + here
    return PathCounts(paths.get(source, 0), len(edges_from_variable(trace, variable)), length.get(source, 0))


def edges_from_variable(trace: Trace, variable: str) -> list[PathEdge]:
    """Return the edges on paths from ``variable`` in forward order, which a forward-mode pass from it visits."""
    reached, found = {trace.variables[variable]}, []
    for edge in forward_edges(trace):
        if edge.tensor in reached:
            reached.add(edge.output)
            found.append(edge)
    return found


def forward_edges(trace: Trace) -> list[PathEdge]:
    """Return all edges in forward order."""
    place = {node.id: number for number, node in enumerate(trace.nodes)}
    return sorted(gradient_edges(trace), key=lambda edge: (place[edge.op], edge.slot))


def tensors_between(trace: Trace, variable: str) -> list[str]:
    """Return the tensors between a variable and the output, both included, in forward order."""
    between = trace.dependents(trace.variables[variable]) & trace.dependencies(trace.output)
    return [node.tensor for node in trace.nodes if node.tensor in between]


def list_paths(trace: Trace, variable: str, max_paths: int = MAX_PATHS) -> list[Path]:
    """Return the first ``max_paths`` paths from ``variable`` to the output."""
    return list(islice(_iterate_paths(trace, variable), max_paths))


def _iterate_paths(trace: Trace, variable: str) -> Iterator[Path]:
    """Yield the paths, depth first from the output, without entering edges that do not lead to the variable."""
    source = trace.variables[variable]
    into: dict[str, list[PathEdge]] = {}
    for edge in edges_from_variable(trace, variable):
        into.setdefault(edge.output, []).append(edge)
    stack: list[tuple[str, tuple[PathEdge, ...]]] = [(trace.output, ())]
    while stack:
        tensor, behind = stack.pop()
        if tensor == source:
            yield Path(behind)
            continue
        stack.extend((edge.tensor, (edge, *behind)) for edge in reversed(into.get(tensor, ())))


@dataclass(frozen=True)
class PassCounts:
    """Cost of all derivatives of all outputs.

    inputs, outputs: numbers of scalars. edges: number of edges of the graph.
    forward, reverse: products in either mode, one for each edge that a pass visits; forward mode needs a pass for each
    input, reverse mode one for each output.
    """

    inputs: int
    outputs: int
    edges: int
    forward: int
    reverse: int


def count_passes(trace: Trace, values: Values) -> PassCounts:
    """Count inputs, outputs and products of either mode; sizes are taken from ``values``."""
    size = {name: int(np.size(values[tensor])) for name, tensor in trace.variables.items() if tensor in values}
    outputs = int(np.size(values[trace.output])) if trace.output in values else 1
    count = sum(1 for _ in gradient_edges(trace))
    forward = sum(number * len(edges_from_variable(trace, name)) for name, number in size.items())
    return PassCounts(sum(size.values()), outputs, count, forward, outputs * count)
