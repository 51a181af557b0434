"""Four keys lead from node to node and along edges, and reach everything."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.graph.graph_walk import Move, WalkEdge, walk

NODES = ["x", "mul", "sin"]
EDGES = [WalkEdge("x0", "x", "mul"), WalkEdge("x1", "x", "mul"), WalkEdge("m", "mul", "sin")]


@pytest.mark.parametrize(
    ("here", "move", "there"),
    [
        (None, Move.NEXT, ("node", "x")),
        (None, Move.BACK, ("node", "sin")),
        (("node", "gone"), Move.ALONG, ("node", "x")),
        (("node", "x"), Move.NEXT, ("node", "mul")),
        (("node", "x"), Move.PREVIOUS, ("node", "sin")),
        (("node", "x"), Move.ALONG, ("edge", "x0")),
        (("node", "x"), Move.BACK, ("node", "x")),
        (("node", "sin"), Move.ALONG, ("node", "sin")),
        (("node", "mul"), Move.BACK, ("edge", "x0")),
        (("edge", "x0"), Move.NEXT, ("edge", "x1")),
        (("edge", "x1"), Move.NEXT, ("edge", "x0")),
        (("edge", "x1"), Move.ALONG, ("node", "mul")),
        (("edge", "x1"), Move.BACK, ("node", "x")),
    ],
)
def test_moves(here, move, there):
    assert walk(NODES, EDGES, here, move) == there


def test_an_empty_graph_has_no_place():
    assert walk([], [], None, Move.NEXT) is None


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_everything_is_reached_from_everywhere(graph):
    count, pairs = graph
    nodes = [f"n{k}" for k in range(count)]
    edges = [WalkEdge(f"e{k}", f"n{a}", f"n{b}") for k, (a, b) in enumerate(pairs)]
    items = [*(("node", name) for name in nodes), *(("edge", edge.key) for edge in edges)]
    moves = nx.DiGraph((here, walk(nodes, edges, here, move)) for here in items for move in Move)
    assert set(moves) == set(items)
    assert nx.is_strongly_connected(moves)
