"""The boxes, edges and texts of the tutorial's networks do not overlap, at each level and in both themes."""

import importlib.util
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF

from explorer.core.training.settings import MODELS
from explorer.views.graph.items import text_width
from explorer.views.network_graph.item_text import group_lines
from explorer.views.network_graph.measure import SIGN_PX, SMALL_PX, TITLE_PX, frame_subtitle
from explorer.views.network_graph.spatial_index import PlacedGraph
from explorer.views.theme.theme import SANS

SPEC = importlib.util.spec_from_file_location("network_collisions", Path(__file__).parent / "collisions.py")
network_collisions = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(network_collisions)
collisions = network_collisions.collisions


@pytest.fixture(params=MODELS)
def model(net, request):
    graph = net.sessions.network_graph
    graph.open(request.param)
    net.until(lambda: graph.state.source == request.param and not graph.state.pending_title)
    return net


def texts_fit(item):
    """Return whether the texts of a box fit into it without being made smaller."""
    node, width = item.node, item.rect().width()
    title = text_width(SANS, TITLE_PX, node.title, bold=True)
    if node.kind == "open":
        return SIGN_PX + 18 + title + 10 + text_width(SANS, SMALL_PX, frame_subtitle(node)) + 12 <= width
    if node.kind == "group":
        lines = max(text_width(SANS, SMALL_PX, line) for line in group_lines(node))
        return title + SIGN_PX + 4 + 26 <= width + 0.5 and lines + 26 <= width + 0.5
    return title + 25 <= width + 0.5


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("level", [0, 1])
def test_each_level(model, level, theme):
    graph, view = model.sessions.network_graph, model.find("networkView")
    model.sessions.store.set("theme", theme)
    graph.set_level(level)
    model.wait_for_network()
    view.fit()
    picture = view.viewport().grab().toImage()
    assert picture.pixelColor(2, 2) == view.styler.theme.panel  # nothing at the edge
    boxes = {item.node.id: item for item in view.scene_items.boxes()}
    rects = {name: item.mapRectToScene(item.rect()) for name, item in boxes.items()}
    view_rect = view.mapToScene(view.viewport().rect()).boundingRect()
    for name, rect in rects.items():
        assert view_rect.contains(rect), name
        if boxes[name].node.kind not in ("entry", "exit"):
            assert texts_fit(boxes[name]), name
        outer = boxes[name].node.container
        if outer and boxes[name].node.kind not in ("entry", "exit"):
            assert rects[outer].contains(rect), name
    solid = [name for name, item in boxes.items() if item.node.kind not in ("open", "entry", "exit")]
    for a, b in combinations(solid, 2):
        assert not rects[a].intersects(rects[b]), (a, b)
    assert list(collisions(view.graph.index.placed)) == []
    edges = [edge for edge in view.scene_items.links() if edge.edge.kind == "forward"]
    texts = [edge.text_rect() for edge in edges if edge.label is not None]
    for a, b in combinations(texts, 2):
        assert not a.adjusted(2, 2, -2, -2).intersects(b.adjusted(2, 2, -2, -2))
    for text in texts:
        middle = QRectF(text.left() + 4, text.center().y() - 22, text.width() - 8, 14)
        assert not any(middle.intersects(rects[name]) for name in solid)
    for edge in edges:
        for point, name in ((edge.points[0], edge.edge.source), (edge.points[-1], edge.edge.target)):
            assert rects[name].adjusted(-8, -8, 8, 8).contains(*point), edge.edge.key


@pytest.mark.slow
@pytest.mark.parametrize("level", range(5))
def test_each_level_of_resnet50(net, level):
    """Nothing overlaps, and a graph that is larger than the view is shown from its first box."""
    graph, view = net.sessions.network_graph, net.find("networkView")
    graph.open("keras:ResNet50")
    net.until(lambda: graph.state.source == "keras:ResNet50" and not graph.state.pending_title)
    graph.set_level(level)
    net.wait_for_network()
    assert list(collisions(view.graph.index.placed)) == []
    first = next(node.id for node in graph.state.visible.nodes if node.kind not in ("open", "entry", "exit"))
    assert view.viewport().rect().contains(view.mapFromScene(*view.graph.layout.centres[first]))


@pytest.mark.parametrize("kind", ["line on a box", "line on a text", "boxes overlap"])
def test_collisions_are_found(net, kind):
    """The test of the test: a box or a text is moved onto an edge."""
    net.sessions.network_graph.set_level(1)
    net.wait_for_network()
    placed = net.find("networkView").graph.index.placed
    layout = placed.layout
    first, *_, last = [node.id for node in placed.visible.nodes if node.kind == "op"]
    edge = next(edge.key for edge in placed.visible.edges if edge.key in layout.labels)
    x, y = layout.labels[edge]
    if kind == "line on a box":
        layout = replace(layout, centres={**layout.centres, last: (x, y)})
    elif kind == "line on a text":
        layout = replace(layout, labels={**layout.labels, edge: (x, y + 15)})
    else:
        layout = replace(layout, centres={**layout.centres, last: layout.centres[first]})
    assert kind in {found for _, _, found in collisions(PlacedGraph(placed.visible, layout))}
