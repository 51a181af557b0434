"""A visible graph in Graphviz's language, as Graphviz itself reads and draws it."""

import re
from xml.etree import ElementTree

import pygraphviz
import pytest

from explorer.core.network_graph.dot_export import dot_text
from explorer.core.network_graph.graph import GraphLayer, NetworkGraph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import build_visible_graph
from tests.core.network_graph.toy_graph import ORDER, toy_graph


def drawn_texts(text):
    """Return the texts of boxes, clusters and edges in the picture that Graphviz draws, each as a list of lines."""
    graph = pygraphviz.AGraph(string=text)
    root = ElementTree.fromstring(graph.draw(format="svg", prog="dot"))
    groups = root.iter("{http://www.w3.org/2000/svg}g")
    return [
        [line.text.replace("\xa0", " ") for line in group.findall("{http://www.w3.org/2000/svg}text")]
        for group in groups
        if group.get("class") in ("node", "edge", "cluster")
    ]


def test_dot_is_read_by_graphviz():
    visible = build_visible_graph(toy_graph(), ("b",), ORDER)
    text = dot_text('a "toy"', visible)
    graph = pygraphviz.AGraph(string=text)
    assert graph.name == 'a "toy"'
    assert {"input", "a", "b/inner", "b/add", "loss"} <= set(graph.nodes())
    assert graph.get_subgraph("cluster_b") is not None
    assert len(graph.edges()) == len(visible.edges)
    texts = drawn_texts(text)
    assert any(lines[:3] == ["a", "Dense", "3"] and lines[3].startswith("6 parameters, ") for lines in texts)
    assert ["b (Block)"] in texts
    assert ["AddV2", "add", "2×3 float32"] in texts
    assert ["2×3 float32", "3 edges"] in texts
    assert ["2×3 float32"] in texts


def test_labels_are_readable():
    """No label has the id of an op; each line is a name, a type, a shape or a count."""
    for opened in ((), ("a", "b", "b/inner", "loss")):
        visible = build_visible_graph(toy_graph(), opened, ORDER)
        for lines in drawn_texts(dot_text("toy", visible)):
            assert all("/" not in line and line.strip() for line in lines)
            assert not any(re.search(r"\b1 \w+s\b", line) for line in lines)


ODD_NAMES = [
    'say "hi"', "back\\slash", "ends with \\", "new\\nline", "\\N\\G", "a|b|c", "{x}", "a<b>", "node", "a->b", "a:b:c",
    "ünïcödé Ω", "graph", "#hash", "semi;colon", "per%cent", "&amp;", "[label]",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("is_open", [False, True])
def test_any_name_is_drawn_as_it_is(name, is_open):
    ops = (
        GraphOp("x", "Placeholder", (), ((2, 3),), ("float32",), ("input",)),
        GraphOp("model/op", "Relu", ("x:0",), ((2, 3),), ("float32",), (name,)),
        GraphOp("loss/Mean", "Mean", ("model/op:0",), ((),), ("float32",), ("loss",)),
    )
    graph = NetworkGraph(name, ops, {name: GraphLayer(name, 1, (3,))})
    visible = build_visible_graph(graph, (name,) if is_open else ())
    texts = drawn_texts(dot_text(name, visible))
    if is_open:
        assert [f"{name} ({name})"] in texts
        assert ["Relu", "op", "2×3 float32"] in texts
    else:
        assert [name, name, "3", "1 parameter, 1 op"] in texts
    assert sum(lines == ["2×3 float32"] for lines in texts) >= 2
