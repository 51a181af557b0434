"""What is visible of a training graph where some groups are open."""

import itertools

import pytest

from explorer.core.network_graph.graph import ROOT, NetworkGraph, ancestry
from explorer.core.network_graph.visible_graph import (
    ENTRY_PREFIX,
    EXIT_PREFIX,
    VisibleGraphBuilder,
    build_visible_graph,
)
from tests.core.network_graph.toy_graph import ORDER, op, toy_graph


def test_edges_between_closed_groups_are_bundled():
    visible = build_visible_graph(toy_graph(), ())
    assert [node.id for node in visible.nodes] == ["input", "a", "b", "loss"]
    edges = {(edge.source, edge.target): edge for edge in visible.edges}
    assert set(edges) == {("input", "a"), ("a", "b"), ("b", "loss")}
    # Both slots of b/mul through the cast, and one of b/add.
    assert edges["a", "b"].count == 3
    assert edges["a", "b"].tensors == ("a/relu:0",)


def test_an_edge_into_an_open_group_passes_its_port():
    visible = build_visible_graph(toy_graph(), ("b", "b/inner"), ORDER)
    edges = {(edge.container, edge.source, edge.target): edge.count for edge in visible.edges}
    assert edges == {
        (ROOT, "input", "a"): 1,
        (ROOT, "a", "b"): 3,
        ("b", f"{ENTRY_PREFIX}b", "b/inner"): 2,
        ("b/inner", f"{ENTRY_PREFIX}b/inner", "b/mul"): 2,
        ("b/inner", "b/mul", f"{EXIT_PREFIX}b/inner"): 1,
        ("b", "b/inner", "b/add"): 1,
        ("b", f"{ENTRY_PREFIX}b", "b/add"): 1,
        ("b", "b/add", f"{EXIT_PREFIX}b"): 1,
        (ROOT, "b", "loss"): 1,
    }
    assert visible.steps == ("loss", "b/add", "b/mul", "a")


def test_a_group_is_open_only_where_those_around_it_are():
    assert build_visible_graph(toy_graph(), ("b/inner",)).open == ()


def test_every_slot_of_a_shown_op_is_drawn_at_the_last_level():
    graph = toy_graph()
    visible = build_visible_graph(graph, graph.open_at_level(graph.max_level))
    ends = sum(edge.count for edge in visible.edges if edge.target in graph.by_name)
    assert ends == len(graph.forward_edges) == 7


def boxes_around(graph, opened, name):
    """Return the boxes around an op, outermost first: its open groups, then a closed one or the op itself."""
    path = []
    for group in ancestry(graph.group_of[name]):
        path.append(group)
        if group not in opened:
            return path
    return [*path, name]


@pytest.mark.parametrize("with_helpers", [False, True])
@pytest.mark.parametrize("with_backward", [False, True])
def test_boxes_and_edges_are_those_found_op_by_op(with_helpers, with_backward):
    graph = toy_graph()
    for count in range(len(graph.groups) + 1):
        for names in itertools.combinations(graph.groups, count):
            visible = build_visible_graph(graph, names, ORDER, helpers=with_helpers, backward=with_backward)
            boxes, between = [], {}
            for one in graph.ops:
                path = boxes_around(graph, visible.open, one.id)
                is_hidden = one.id in graph.helper_kinds
                if path[-1] == one.id and ((is_hidden and not with_helpers) or (one.backward and not with_backward)):
                    path.pop()
                boxes += [name for name in path if name not in boxes]
            assert [node.id for node in visible.nodes if node.kind not in ("entry", "exit")] == boxes
            for edge in graph.edges_between_shown(with_helpers, with_backward):
                source, target = (boxes_around(graph, visible.open, name) for name in (edge.source, edge.target))
                while len(source) > 1 and len(target) > 1 and source[0] == target[0]:
                    del source[0], target[0]
                if source != target:
                    between.setdefault((source[0], target[0]), []).append(edge.tensor)
            across = {}
            for edge in visible.edges:
                if not {edge.source[0], edge.target[0]} & {ENTRY_PREFIX, EXIT_PREFIX}:
                    across[edge.source, edge.target] = across.get((edge.source, edge.target), 0) + edge.count
                    assert set(edge.tensors) <= set(between[edge.source, edge.target])
            assert across == {pair: len(tensors) for pair, tensors in between.items()}


def test_a_builder_gives_the_same_graph_again_and_for_other_options():
    graph = toy_graph()
    builder = VisibleGraphBuilder(graph, ORDER)
    for helpers, backward, opened in itertools.product((False, True), (False, True), ((), ("b",), ("b", "b/inner"))):
        expected = build_visible_graph(graph, opened, ORDER, helpers=helpers, backward=backward)
        assert builder.build(opened, helpers=helpers, backward=backward) == expected
        assert builder.build(opened, helpers=helpers, backward=backward) == expected


def test_helpers_and_backward_ops_can_be_shown():
    graph = toy_graph()
    everything = build_visible_graph(graph, graph.open_at_level(9), ORDER, helpers=True, backward=True)
    ops = {node.id for node in everything.nodes if node.kind in ("op", "helper", "backward")}
    assert ops == {one.id for one in graph.ops}
    ends = sum(edge.count for edge in everything.edges if edge.target in graph.by_name)
    assert ends == graph.edge_count
    beside = {node.id: node.beside for node in everything.nodes if node.kind == "backward"}
    assert beside["gradients/a"] == "a/relu"
    back = [edge for edge in everything.edges if edge.source == "gradients/m"]
    assert [(edge.target, edge.kind) for edge in back] == [(f"{ENTRY_PREFIX}loss", "backward")]


@pytest.mark.parametrize(("helpers", "backward"), [*itertools.product((False, True), repeat=2)])
def test_edges_connect_visible_boxes_of_one_container(helpers, backward):
    graph = toy_graph()
    copies = (op("Identity", "Identity", "gradients/a:0", path=("loss",)),)  # what the traced function returns
    graph = NetworkGraph("toy", graph.ops + copies, graph.layers)
    for level in range(3):
        visible = build_visible_graph(graph, graph.open_at_level(level), ORDER, helpers=helpers, backward=backward)
        containers = {node.id: node.container for node in visible.nodes}
        assert len(containers) == len(visible.nodes)
        for edge in visible.edges:
            assert containers[edge.source] == containers[edge.target] == edge.container
