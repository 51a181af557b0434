"""Repeated blocks are known by what they are made of, and not by their names."""

from dataclasses import replace

import pytest

from explorer.core.network_graph.graph import GraphLayer, NetworkGraph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.repeated_blocks import find_repeated_blocks
from explorer.core.network_graph.visible_graph import build_visible_graph


def block(name, source, width=8, skip=True, kind="Relu"):
    """Ops of a residual block: a product, something, and a sum with what came in."""
    path = ("stage", name)

    def op(called, type_, *inputs, layer):
        layers = (*path, f"{name}_{layer}")
        return GraphOp(f"{name}/{called}", type_, inputs, ((2, width),), ("float32",), layers)

    return [
        op("w", "VarHandleOp", layer="dense"),
        op("mul", "MatMul", source, f"{name}/w:0", layer="dense"),
        op("act", kind, f"{name}/mul:0", layer="act"),
        op("sum", "AddV2", f"{name}/act:0", source if skip else f"{name}/mul:0", layer="add"),
    ]


def network(*blocks):
    """Blocks one after another, each (name, how it differs)."""
    ops = [GraphOp("x", "Placeholder", (), ((2, 8),), ("float32",), ("input",))]
    for name, differs in blocks:
        ops += block(name, f"{ops[-1].id}:0", **differs)
    names = {"/".join(op.path): op.path[-1] for op in ops if len(op.path) == 3}
    return NetworkGraph(
        "toy", tuple(ops), {path: GraphLayer(name.rpartition("_")[2], 8) for path, name in names.items()}
    )


def test_blocks_of_other_names_are_alike():
    graph = network(("first", {}), ("middle", {}), ("end", {}))
    kin = ("stage/first", "stage/middle", "stage/end")
    assert find_repeated_blocks(graph) == dict.fromkeys(kin, kin)
    boxes = {node.id: node.repeat_count for node in build_visible_graph(graph, ("stage",)).nodes}
    assert boxes == {"input": 0, "stage": 0, **dict.fromkeys(kin, 3)} | {name: 0 for name in boxes if name[0] in "<>"}


@pytest.mark.parametrize("differs", [{"width": 9}, {"skip": False}, {"kind": "Tanh"}])
def test_another_shape_connection_or_op_makes_another_block(differs):
    graph = network(("a", {}), ("b", differs), ("c", {}))
    assert find_repeated_blocks(graph) == dict.fromkeys(("stage/a", "stage/c"), ("stage/a", "stage/c"))


def test_other_parameters_make_another_block():
    graph = network(("a", {}), ("b", {}))
    changed = {**graph.layers, "stage/b/b_dense": replace(graph.layers["stage/b/b_dense"], parameters=9)}
    assert find_repeated_blocks(graph)
    assert not find_repeated_blocks(NetworkGraph("toy", graph.ops, changed))


def test_a_block_alone_and_layers_are_not_marked():
    assert not find_repeated_blocks(network(("a", {})))
