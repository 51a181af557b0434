"""Blocks that are repeated: groups side by side that are made of the same ops, with the same shapes and connections."""

from collections.abc import Hashable, Mapping, Sequence

from explorer.core.network_graph.graph import GraphLayer, Group, NetworkGraph, ancestry
from explorer.core.network_graph.ops import GraphOp


def alike(graph: NetworkGraph) -> dict[str, tuple[str, ...]]:
    """Return for each block of several layers, with others like it, all of these and itself, in their order.

    Names say nothing: a block is known by its forward ops, their shapes and dtypes, what kinds of layers they are in,
    how many parameters these have, and from which op each takes its inputs.
    """
    blocks = _blocks(graph.groups, graph.layers)
    members: dict[str, list[GraphOp]] = {block: [] for block in blocks}
    for op in graph.ops:
        for group in () if op.backward else ancestry(graph.group_of[op.id]):
            if group in members:
                members[group].append(op)
    found: dict[Hashable, list[str]] = {}
    for block, ops in members.items():
        made_of = graph.groups[block].parent, _structure(block, ops, graph.group_of, graph.layers)
        found.setdefault(made_of, []).append(block)
    return {block: tuple(kin) for kin in found.values() if len(kin) > 1 for block in kin}


def _blocks(groups: Mapping[str, Group], layers: Mapping[str, GraphLayer]) -> list[str]:
    """The groups in which there are several layers: single ones are alike everywhere."""
    inside = dict.fromkeys(groups, 0)
    for name, group in groups.items():
        if group.parent is not None and name in layers:
            inside[group.parent] += 1
    return [name for name, count in inside.items() if count > 1]


def _structure(
    block: str, ops: Sequence[GraphOp], group_of: Mapping[str, str], layers: Mapping[str, GraphLayer]
) -> tuple[Hashable, ...]:
    """What a block is made of, in numbers instead of names: of its ops, of what it takes, and of the groups in it."""
    places = {op.id: place for place, op in enumerate(ops)}
    taken: dict[str, int] = {}
    scopes: dict[str, int] = {}
    within: dict[str, tuple[Hashable, Hashable]] = {}
    rows: list[Hashable] = []
    depth = len(ancestry(block))
    for op in ops:
        group = group_of[op.id]
        if group not in within:
            inner = ancestry(group)[depth:]
            path = tuple(scopes.setdefault(name, len(scopes)) for name in inner)
            told = (layers.get(name) for name in inner)
            within[group] = path, tuple((one.kind, one.parameters, one.activation) for one in told if one)
        inputs: list[Hashable] = []
        for tensor in op.inputs:
            source, _, index = tensor.partition(":")
            if source in places:
                inputs.append((places[source], index))
            else:
                inputs.append(("from outside", taken.setdefault(tensor, len(taken))))
        rows.append((op.type, op.shapes, op.dtypes, tuple(inputs), within[group]))
    return tuple(rows)
