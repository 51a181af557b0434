"""Layouts: boxes do not overlap, arguments keep their order, links begin and end at their boxes."""

import math
from itertools import combinations, pairwise

import pytest

from explorer.core.graph.backward_blocks import lay_out_blocks
from explorer.core.graph.graphviz_layout import MAX_DOT_BOXES, LayoutEdge, lay_out

SIZES = dict.fromkeys("abcdef", (120.0, 60.0))
EDGES = [LayoutEdge("ac", "a", "c", (60, 40)), LayoutEdge("bc", "b", "c", (60, 40)), LayoutEdge("cd", "c", "d"),
         LayoutEdge("ce", "c", "e"),
         LayoutEdge("df", "d", "f"), LayoutEdge("ef", "e", "f"), LayoutEdge("aa", "a", "f")]  # fmt: skip


def overlap(layout, sizes):
    for one, other in combinations(sizes, 2):
        (ax, ay), (bx, by) = layout.centres[one], layout.centres[other]
        width = (sizes[one][0] + sizes[other][0]) / 2
        height = (sizes[one][1] + sizes[other][1]) / 2
        if abs(ax - bx) < width - 1 and abs(ay - by) < height - 1:
            return one, other
    return None


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_boxes_do_not_overlap_and_flow_in_the_direction(direction):
    layout = lay_out(SIZES, EDGES, direction)
    assert overlap(layout, SIZES) is None
    axis = 1 if direction == "TB" else 0
    for edge in EDGES:
        assert layout.centres[edge.source][axis] < layout.centres[edge.target][axis]
        start, end = layout.paths[edge.key][0], layout.paths[edge.key][-1]
        for place, name in ((start, edge.source), (end, edge.target)):
            x, y = layout.centres[name]
            assert abs(place[0] - x) <= 62
            assert abs(place[1] - y) <= 32
        assert len(layout.paths[edge.key]) % 3 == 1


def test_space_is_reserved_for_labels():
    layout = lay_out(SIZES, EDGES, "TB")
    assert set(layout.labels) == {"ac", "bc"}
    for key in ("ac", "bc"):
        x, y = layout.labels[key]
        for name in SIZES:
            cx, cy = layout.centres[name]
            assert abs(cx - x) > 60 or abs(cy - y) > 40


def test_parallel_edges_have_different_paths():
    edges = [LayoutEdge("first", "a", "b"), LayoutEdge("second", "a", "b")]
    layout = lay_out({"a": (100, 50), "b": (100, 50)}, edges)
    assert layout.paths["first"] != layout.paths["second"]


def test_ordered_arguments_arrive_from_left_to_right():
    edges = [LayoutEdge("second", "b", "c"), LayoutEdge("first", "a", "c")]
    for in_order in (edges, edges[::-1]):
        layout = lay_out(dict.fromkeys("abc", (80, 40)), in_order, ordered=["c"])
        left, right = (layout.centres[edge.source][0] for edge in in_order)
        assert left < right


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_backward_ops_stand_beside_their_forward_ops(direction):
    sizes = {**SIZES, **{f"g{k}": (90.0, 46.0) for k in range(5)}}
    beside = {"g0": "c", "g1": "c", "g2": "c", "g3": "f", "g4": "d"}
    layout = lay_out_blocks(sizes, EDGES, direction, beside)
    assert overlap(layout, sizes) is None
    for name, owner in beside.items():
        distance = math.dist(layout.centres[name], layout.centres[owner])
        assert distance < 420


def test_very_large_graphs_are_laid_out_by_ranks():
    count = MAX_DOT_BOXES + 50
    sizes = {f"n{k}": (100.0, 50.0) for k in range(count)}
    edges = [LayoutEdge(f"e{k}", f"n{k // 2}", f"n{k}") for k in range(1, count)]
    layout = lay_out(sizes, edges)
    assert overlap(layout, sizes) is None
    assert all(layout.centres[edge.source][1] < layout.centres[edge.target][1] for edge in edges)


def test_an_empty_graph_has_an_empty_layout():
    assert lay_out({}, []).centres == {}


def test_the_ranks_of_a_tall_graph_are_closer():
    def pitch(count):
        names = [f"op{k}" for k in range(count)]
        edges = [LayoutEdge(b, a, b, (60, 40)) for a, b in pairwise(names)]
        centres = lay_out(dict.fromkeys(names, (120, 66)), edges).centres
        return centres["op1"][1] - centres["op0"][1]

    assert pitch(12) < pitch(3) - 3
    assert pitch(12) > 66 + 40  # a box and its label


def test_two_backward_ops_stand_side_by_side_or_in_a_tall_block_stacked():
    sizes = {"a": (120, 66), "b": (120, 66), "one": (150, 48), "two": (150, 48)}
    beside = {"one": "b", "two": "b"}
    flat = lay_out_blocks(sizes, [LayoutEdge("ab", "a", "b")], "TB", beside)
    tall = lay_out_blocks(sizes, [LayoutEdge("ab", "a", "b")], "TB", beside, tall=True)
    assert flat.centres["one"][1] == flat.centres["two"][1]
    assert tall.centres["one"][0] == tall.centres["two"][0]
    assert tall.size[0] < flat.size[0]
    assert overlap(flat, sizes) is None
    assert overlap(tall, sizes) is None
