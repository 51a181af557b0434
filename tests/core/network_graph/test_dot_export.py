"""A visible graph in Graphviz's language."""

import pygraphviz

from explorer.core.network_graph.dot_export import dot_text
from explorer.core.network_graph.visible_graph import build_visible_graph
from tests.core.network_graph.toy_graph import ORDER, toy_graph


def test_dot_is_read_by_graphviz():
    visible = build_visible_graph(toy_graph(), ("b",), ORDER)
    graph = pygraphviz.AGraph(string=dot_text('a "toy"', visible))
    assert {"input", "a", "b/inner", "b/add", "loss"} <= set(graph.nodes())
    assert graph.get_edge("a", ">b").attr["label"] == "3 edges"
    assert graph.get_subgraph("cluster_b") is not None
