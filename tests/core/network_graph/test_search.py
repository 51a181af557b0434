"""Searching a training graph, and the paths through one of its boxes."""

from explorer.core.network_graph.connected_boxes import trace_path
from explorer.core.network_graph.search import search_graph, searchable_texts
from explorer.core.network_graph.visible_graph import build_visible_graph
from tests.core.network_graph.toy_graph import toy_graph


def test_search_finds_by_name_type_and_shape():
    graph = toy_graph()
    assert search_graph(graph, "relu")[0][0]["id"] in ("a/relu", "gradients/a")
    assert {hit["id"] for hit in search_graph(graph, "ReluGrad")[0]} == {"gradients/a"}
    inner = {"id": "b/inner", "kind": "group", "type": "Dense", "group": "b", "shape": "", "backward": False}
    assert search_graph(graph, "inner")[0][0] == inner
    hits = {hit["id"]: (hit["backward"], hit["shape"]) for hit in search_graph(graph, "relu")[0]}
    assert hits["gradients/a"] == (True, "2×3")
    assert not hits["a/relu"][0]
    assert search_graph(graph, "2x3", limit=4)[1] == 15
    assert search_graph(graph, "2×3", limit=4)[1] == 15
    assert search_graph(graph, "nothing like it") == ([], 0)


def test_search_with_prepared_texts_finds_the_same():
    graph = toy_graph()
    texts = searchable_texts(graph)
    for query in ("relu", "2x3", "Mul", "scalar", ""):
        assert search_graph(graph, query, op_texts=texts) == search_graph(graph, query)


def test_ancestors_and_descendants_of_a_box():
    visible = build_visible_graph(toy_graph(), ("b",))
    before, after = trace_path(visible, "b/inner")
    assert {"input", "a"} <= before
    assert {"b/add", "loss"} <= after
    assert "loss" not in before
    assert "a" not in after
    assert not {"b/inner"} & (before | after)
    assert trace_path(visible, "unknown") == (set(), set())
