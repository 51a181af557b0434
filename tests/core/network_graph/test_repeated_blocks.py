"""Repeated blocks are found by their structure, whatever their names."""

from dataclasses import replace

import pytest

from explorer.core.network_graph.graph import GraphLayer, NetworkGraph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.repeated_blocks import find_repeated_blocks
from explorer.core.network_graph.visible_graph import build_visible_graph


def block(name, source, width=8, skip=True, similard="Relu"):
    """Return the ops of a residual block: a product, an activation, and a sum with its input."""
    path = ("stage", name)

    def op(title, type_, *inputs, layer):
        layers = (*path, f"{name}_{layer}")
        return GraphOp(f"{name}/{title}", type_, inputs, ((2, width),), ("float32",), layers)

    return [
        op("w", "VarHandleOp", layer="dense"),
        op("mul", "MatMul", source, f"{name}/w:0", layer="dense"),
        op("act", similard, f"{name}/mul:0", layer="act"),
        op("sum", "AddV2", f"{name}/act:0", source if skip else f"{name}/mul:0", layer="add"),
    ]


def network(*blocks):
    """Return a graph of blocks in a row, each given by its name and its differences."""
    ops = [GraphOp("x", "Placeholder", (), ((2, 8),), ("float32",), ("input",))]
    for name, differences in blocks:
        ops += block(name, f"{ops[-1].id}:0", **differences)
    names = {"/".join(op.path): op.path[-1] for op in ops if len(op.path) == 3}
    return NetworkGraph(
        "toy", tuple(ops), {path: GraphLayer(name.rpartition("_")[2], 8) for path, name in names.items()}
    )


def test_blocks_with_other_names_are_repeated():
    graph = network(("first", {}), ("middle", {}), ("end", {}))
    similar = ("stage/first", "stage/middle", "stage/end")
    assert find_repeated_blocks(graph) == dict.fromkeys(similar, similar)
    boxes = {node.id: node.repeat_count for node in build_visible_graph(graph, ("stage",)).nodes}
    assert boxes == {"input": 0, "stage": 0, **dict.fromkeys(similar, 3)} | {
        name: 0 for name in boxes if name[0] in "<>"
    }


@pytest.mark.parametrize("differences", [{"width": 9}, {"skip": False}, {"similard": "Tanh"}])
def test_another_shape_connection_or_op_makes_another_block(differences):
    graph = network(("a", {}), ("b", differences), ("c", {}))
    assert find_repeated_blocks(graph) == dict.fromkeys(("stage/a", "stage/c"), ("stage/a", "stage/c"))


def test_other_parameters_make_another_block():
    graph = network(("a", {}), ("b", {}))
    changed = {**graph.layers, "stage/b/b_dense": replace(graph.layers["stage/b/b_dense"], parameters=9)}
    assert find_repeated_blocks(graph)
    assert not find_repeated_blocks(NetworkGraph("toy", graph.ops, changed))


def test_blocks_of_groups_are_repeated():
    """In Xception a block has no layer of its own: its layers are in groups, each a separable convolution."""
    graph = network(("first", {}), ("middle", {}))
    ops = tuple(
        replace(op, path=(op.path[0], op.path[1], f"{op.path[1]}_{k}", *op.path[2:])) if len(op.path) == 3 else op
        for k, op in enumerate(graph.ops)
    )
    layers = {"/".join(op.path): graph.layers["/".join((*op.path[:2], op.path[3]))] for op in ops if len(op.path) == 4}
    similar = ("stage/first", "stage/middle")
    assert find_repeated_blocks(NetworkGraph("toy", ops, layers)) == dict.fromkeys(similar, similar)


def test_other_settings_make_another_block():
    """A dilated convolution has the same op, shape and parameters as another one."""
    graph = network(("a", {}), ("b", {}))
    changed = {**graph.layers, "stage/b/b_dense": replace(graph.layers["stage/b/b_dense"], settings="dilation_rate 2")}
    assert find_repeated_blocks(graph)
    assert not find_repeated_blocks(NetworkGraph("toy", graph.ops, changed))


def test_a_single_block_and_single_layers_are_not_repeated():
    assert not find_repeated_blocks(network(("a", {})))
