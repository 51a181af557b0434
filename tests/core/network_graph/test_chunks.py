"""A visible graph in chunks, as it is sent between processes."""

from explorer.core.network_graph.chunks import CHUNK_SIZE, join_chunks, run_to_end, split_into_chunks
from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.visible_graph import build_visible_graph
from tests.core.network_graph.toy_graph import ORDER, op, toy_graph


def test_joined_chunks_are_the_same_graph():
    visible = build_visible_graph(toy_graph(), ("b",), ORDER, helpers=True)
    chunks = split_into_chunks(visible)
    joined = run_to_end(join_chunks(chunks))
    assert joined == visible
    assert split_into_chunks(joined) == chunks  # passed on as it came


def test_a_large_graph_comes_in_several_chunks():
    ops = tuple(op(f"op{k}", "AddN", *([f"op{k - 1}:0"] if k else []), path=("g",)) for k in range(3 * CHUNK_SIZE + 5))
    graph = NetworkGraph("long", ops)
    visible = build_visible_graph(graph, ("g",))
    chunks = split_into_chunks(visible)
    assert len(chunks) == 1 + 4 + 4  # the head, nodes, edges
    assert len(list(join_chunks(chunks))) == 8
    assert run_to_end(join_chunks(chunks)) == visible
