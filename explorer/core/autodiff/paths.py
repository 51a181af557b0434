"""Other ways to the same gradient: along single paths, and forward instead of backward. Pure functions of a trace.

An edge is an argument slot through which a gradient is passed on; a path is a chain of them from a variable to the
output. Local derivatives on the edges are TensorFlow's; products and sums of them are made here, and say so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from explorer.core.autodiff.trace import Step, StepInput, Trace, Values

MAX_PATHS = 100
"""So many paths are listed; their number is exact however many there are."""


@dataclass(frozen=True)
class PathEdge:
    """One argument slot: from ``tensor`` into op ``op``, whose first output is ``output``."""

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
        """The ops that it runs through, the variable's placeholder first."""
        return (self.edges[0].tensor.partition(":")[0], *(edge.op for edge in self.edges)) if self.edges else ()

    def product(self, values: Values) -> float | None:
        """Return the product of the local derivatives; None where one is no single number."""
        result = 1.0
        for edge in self.edges:
            value = values.get(edge.local_tensor or "")
            if value is None or np.ndim(value):
                return None
            result *= float(value)
        return result

    @property
    def factors(self) -> tuple[str, ...]:
        """Our symbols for the local derivatives, from the output back; a 1 is left out.

        Where an op has none, because it does not work entry by entry, its name stands there with a prime.
        """
        found = [edge.local_formula or f"{edge.op.rpartition('/')[2]}′" for edge in reversed(self.edges)]
        return tuple(factor for factor in found if factor != "1") or ("1",)


@dataclass(frozen=True)
class PathCounts:
    """paths: from the variable to the output. edges: those on them, each of which a pass touches once.

    on_paths: how many edges one touches who walks the paths one by one.
    """

    paths: int
    edges: int
    on_paths: int


def gradient_edges(trace: Trace) -> Iterator[PathEdge]:
    """Yield the edges in the order of the backward pass."""
    for step in trace.steps:
        for slot in step.inputs:
            if slot.gradient_tensor is not None:
                yield _edge(step, slot)


def _edge(step: Step, slot: StepInput) -> PathEdge:
    return PathEdge(step.op, slot.slot, slot.tensor, f"{step.op}:0", slot.local_tensor, slot.local_formula)


def count_paths(trace: Trace, variable: str) -> PathCounts:
    """Count by dynamic programming, with whole numbers of any size: each edge is looked at once."""
    source = trace.variables[variable]
    ways: dict[str, int] = {trace.output: 1}  # paths from a tensor to the output
    length: dict[str, int] = {trace.output: 0}  # and the edges of all of them
    for edge in gradient_edges(trace):
        here = ways.get(edge.output, 0)
        ways[edge.tensor] = ways.get(edge.tensor, 0) + here
        length[edge.tensor] = length.get(edge.tensor, 0) + length.get(edge.output, 0) + here
    return PathCounts(ways.get(source, 0), len(edges_from_variable(trace, variable)), length.get(source, 0))


def edges_from_variable(trace: Trace, variable: str) -> list[PathEdge]:
    """Return the edges on some path from ``variable``, in forward order: what a forward pass from it touches."""
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


def list_paths(trace: Trace, variable: str, most: int = MAX_PATHS) -> list[Path]:
    """Return the first paths from ``variable`` to the output, at most ``most``."""
    return list(islice(_iterate_paths(trace, variable), most))


def _iterate_paths(trace: Trace, variable: str) -> Iterator[Path]:
    """Depth first from the output back, never into what does not lead to the variable."""
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
    """What all derivatives of all outputs need. inputs, outputs: single numbers that go in and come out.

    edges: of the whole graph. forward, reverse: products of either mode, one for each edge that a pass touches; forward
    mode needs a pass for each input, reverse mode one for each output.
    """

    inputs: int
    outputs: int
    edges: int
    forward: int
    reverse: int


def count_passes(trace: Trace, values: Values) -> PassCounts:
    """Count passes and products of either mode; sizes are those of ``values``."""
    size = {name: int(np.size(values[tensor])) for name, tensor in trace.variables.items() if tensor in values}
    outputs = int(np.size(values[trace.output])) if trace.output in values else 1
    count = sum(1 for _ in gradient_edges(trace))
    forward = sum(number * len(edges_from_variable(trace, name)) for name, number in size.items())
    return PassCounts(sum(size.values()), outputs, count, forward, outputs * count)
