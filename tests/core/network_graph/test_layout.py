"""The layout of a visible graph: nothing overlaps, long chains are wrapped, cycles of groups are laid out."""

import itertools

import pytest

from explorer.core.graph.graphviz_layout import LayoutEdge, lay_out
from explorer.core.network_graph.graph import NetworkGraph, ancestry
from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.visible_graph import build_visible_graph
from tests.core.network_graph.toy_graph import ORDER, op, toy_graph


@pytest.mark.parametrize("level", range(3))
def test_layout_is_deterministic_and_nothing_overlaps(level):
    graph = toy_graph()
    visible = build_visible_graph(graph, graph.open_at_level(level), ORDER)
    sizes = {node.id: (12.0, 12.0) if node.kind in ("entry", "exit") else (150.0, 70.0) for node in visible.nodes}
    labels = {edge.key: (100.0, 60.0) for edge in visible.edges}
    titles = dict.fromkeys(visible.open, 200.0)
    closed = {name: size for name, size in sizes.items() if name not in visible.open}
    layout = lay_out_graph(visible, closed, labels, 1.8, titles)
    assert layout == lay_out_graph(visible, closed, labels, 1.8, titles)
    assert set(layout.centres) == {node.id for node in visible.nodes}
    assert set(layout.paths) == {edge.key for edge in visible.edges}
    assert all(len(path) % 3 == 1 for path in layout.paths.values())
    by_id = {node.id: node for node in visible.nodes}

    def sides(name):
        (x, y), (width, height) = layout.centres[name], layout.sizes[name]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    for a, b in itertools.combinations([name for name in by_id if by_id[name].kind not in ("entry", "exit")], 2):
        (left_a, top_a, right_a, bottom_a), (left_b, top_b, right_b, bottom_b) = sides(a), sides(b)
        overlap = (
            min(right_a, right_b) > max(left_a, left_b) + 0.5 and min(bottom_a, bottom_b) > max(top_a, top_b) + 0.5
        )
        inside = a in ancestry(by_id[b].container) or b in ancestry(by_id[a].container)
        assert overlap == inside, (a, b)
    for name, node in by_id.items():
        if node.container and node.kind not in ("entry", "exit"):
            (left, top, right, bottom), frame = sides(name), sides(node.container)
            assert frame[0] <= left
            assert frame[1] <= top
            assert right <= frame[2]
            assert bottom <= frame[3]


def test_a_long_chain_is_wrapped_into_rows():
    names = [f"layer{k}" for k in range(12)]
    ops = [op("in", "Placeholder", path=(names[0],))]
    for name in names[1:]:
        ops.append(op(f"{name}/op", "Relu", f"{ops[-1].id}:0", path=(name,)))
    visible = build_visible_graph(NetworkGraph("chain", tuple(ops)), ())
    layout = lay_out_graph(visible, {node.id: (150.0, 90.0) for node in visible.nodes}, {}, 1.8, {})
    assert len({round(y) for _, y in layout.centres.values()}) >= 2
    assert layout.size[0] / layout.size[1] < 4
    for edge in visible.edges:  # paths still begin and end at their boxes
        start, end = layout.paths[edge.key][0], layout.paths[edge.key][-1]
        assert start[0] == pytest.approx(layout.centres[edge.source][0] + 75, abs=2)
        assert end[0] == pytest.approx(layout.centres[edge.target][0] - 75, abs=2)


def test_many_boxes_with_a_cycle_are_laid_out():
    sizes = {f"n{k}": (100.0, 50.0) for k in range(200)}
    edges = [LayoutEdge(f"e{k}", f"n{k}", f"n{k + 1}") for k in range(199)] + [LayoutEdge("back", "n150", "n20")]
    layout = lay_out(sizes, edges, "LR")
    assert all(layout.centres[f"n{k}"][0] < layout.centres[f"n{k + 1}"][0] for k in range(199))
    assert set(layout.paths) == {edge.key for edge in edges}


def test_a_small_graph_with_a_cycle_is_laid_out():
    sizes = dict.fromkeys("abc", (100.0, 50.0))
    edges = [LayoutEdge("1", "a", "b"), LayoutEdge("2", "b", "a"), LayoutEdge("3", "b", "c")]
    layout = lay_out(sizes, edges, "LR")
    assert set(layout.paths) == {"1", "2", "3"}
