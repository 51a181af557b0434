"""Repeated blocks: sibling groups of layers with the same ops, shapes and connections."""

from collections.abc import Hashable, Mapping, Sequence

from explorer.core.network_graph.graph import GraphLayer, Group, NetworkGraph, ancestry
from explorer.core.network_graph.ops import GraphOp


def find_repeated_blocks(graph: NetworkGraph) -> dict[str, tuple[str, ...]]:
    """Return for each repeated block all blocks with its structure, itself included, in their order.

    A block is a group of several layers. Names do not count: blocks are compared by their forward ops, the shapes and
    dtypes of these, the kinds, parameters and settings of the layers around them, and the ops from which each takes its
    inputs.
    """
    blocks = _groups_of_layers(graph.groups, graph.layers)
    members: dict[str, list[GraphOp]] = {block: [] for block in blocks}
    for op in graph.ops:
        for group in () if op.backward else ancestry(graph.group_of[op.id]):
            if group in members:
                members[group].append(op)
    by_structure: dict[Hashable, list[str]] = {}
    for block, ops in members.items():
        structure = graph.groups[block].parent, _structure(block, ops, graph.group_of, graph.layers)
        by_structure.setdefault(structure, []).append(block)
    return {block: tuple(similar) for similar in by_structure.values() if len(similar) > 1 for block in similar}


def _groups_of_layers(groups: Mapping[str, Group], layers: Mapping[str, GraphLayer]) -> list[str]:
    """Return the groups that have several layers in them, at any depth; single layers are similar everywhere."""
    layer_counts = dict.fromkeys(groups, 0)
    for name in layers:
        for outer in ancestry(name)[:-1] if name in groups else ():
            layer_counts[outer] += 1
    return [name for name, count in layer_counts.items() if count > 1]


def _structure(
    block: str, ops: Sequence[GraphOp], group_of: Mapping[str, str], layers: Mapping[str, GraphLayer]
) -> tuple[Hashable, ...]:
    """Return the structure of a block, in which its ops, inputs and groups are numbered instead of named."""
    indices = {op.id: index for index, op in enumerate(ops)}
    outer_tensors: dict[str, int] = {}
    scopes: dict[str, int] = {}
    layer_paths: dict[str, tuple[Hashable, Hashable]] = {}
    rows: list[Hashable] = []
    depth = len(ancestry(block))
    for op in ops:
        group = group_of[op.id]
        if group not in layer_paths:
            inner = ancestry(group)[depth:]
            path = tuple(scopes.setdefault(name, len(scopes)) for name in inner)
            known = (layers.get(name) for name in inner)
            layer_paths[group] = (
                path,
                tuple((layer.kind, layer.parameters, layer.activation, layer.settings) for layer in known if layer),
            )
        inputs: list[Hashable] = []
        for tensor in op.inputs:
            source, _, output = tensor.partition(":")
            if source in indices:
                inputs.append((indices[source], output))
            else:
                inputs.append(("from outside", outer_tensors.setdefault(tensor, len(outer_tensors))))
        rows.append((op.type, op.shapes, op.dtypes, tuple(inputs), layer_paths[group]))
    return tuple(rows)
