"""What is painted of each level of the tutorial's networks stands where it belongs, in both themes."""

import importlib.util
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF

from explorer.core.training.settings import MODELS
from explorer.views.graph.items import text_width
from explorer.views.network_graph.labels import box_lines
from explorer.views.network_graph.measure import SIGN, SMALL, TITLE, head_text
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


def room_of_texts(item):
    """Whether what stands on a box fits into it without being made smaller."""
    box, width = item.box, item.rect().width()
    title = text_width(SANS, TITLE, box.title, bold=True)
    if box.kind == "open":
        return SIGN + 18 + title + 10 + text_width(SANS, SMALL, head_text(box)) + 12 <= width
    if box.kind == "group":
        lines = max(text_width(SANS, SMALL, line) for line in box_lines(box))
        return title + SIGN + 4 + 26 <= width + 0.5 and lines + 26 <= width + 0.5
    return title + 25 <= width + 0.5


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("level", [0, 1])
def test_each_level(model, level, theme):
    graph, view = model.window.sessions.network_graph, model.find("networkView")
    model.window.sessions.store.set("theme", theme)
    graph.set_level(level)
    model.settle_network()
    view.fit()
    picture = view.viewport().grab().toImage()
    assert picture.pixelColor(2, 2) == view._theme.panel  # nothing at the edge
    boxes = {item.box.id: item for item in view._stage.boxes()}
    rects = {name: item.mapRectToScene(item.rect()) for name, item in boxes.items()}
    view_rect = view.mapToScene(view.viewport().rect()).boundingRect()
    for name, rect in rects.items():
        assert view_rect.contains(rect), name
        if boxes[name].box.kind not in ("entry", "exit"):
            assert room_of_texts(boxes[name]), name
        outer = boxes[name].box.container
        if outer and boxes[name].box.kind not in ("entry", "exit"):
            assert rects[outer].contains(rect), name
    solid = [name for name, item in boxes.items() if item.box.kind not in ("open", "entry", "exit")]
    for a, b in combinations(solid, 2):
        assert not rects[a].intersects(rects[b]), (a, b)
    assert list(collisions(view._placed)) == []
    links = [link for link in view._stage.links() if link.link.kind == "forward"]
    texts = [link._text_box() for link in links if link.label is not None]
    for a, b in combinations(texts, 2):
        assert not a.adjusted(2, 2, -2, -2).intersects(b.adjusted(2, 2, -2, -2))
    for text in texts:
        middle = QRectF(text.left() + 4, text.center().y() - 22, text.width() - 8, 14)
        assert not any(middle.intersects(rects[name]) for name in solid)
    for link in links:
        for point, name in ((link.points[0], link.link.source), (link.points[-1], link.link.target)):
            assert rects[name].adjusted(-8, -8, 8, 8).contains(*point), link.link.key


@pytest.mark.slow
@pytest.mark.parametrize("level", range(5))
def test_each_level_of_resnet50(net, level):
    """Texts have the same place in both themes; what cannot be seen whole is looked at where it begins."""
    graph, view = net.sessions.network_graph, net.find("networkView")
    graph.open("keras:ResNet50")
    net.until(lambda: graph.state.source == "keras:ResNet50" and not graph.state.pending_title)
    graph.set_level(level)
    net.settle_network()
    assert list(collisions(view._placed)) == []
    first = next(node.id for node in graph.state.visible.nodes if node.kind not in ("open", "entry", "exit"))
    assert view.viewport().rect().contains(view.mapFromScene(*view._placed.centres[first]))


@pytest.mark.parametrize("what", ["line on a box", "line on words", "boxes overlap"])
def test_a_picture_that_cannot_be_read_is_found(net, what):
    """The test of the test: a box, or a text, is put where a line of it was."""
    net.sessions.network_graph.set_level(1)
    net.settle_network()
    made = net.find("networkView")._placed
    first, *_, last = [node.id for node in made.picture.boxes if node.kind == "op"]
    wire = next(wire.key for wire in made.picture.links if wire.key in made.labels)
    x, y = made.labels[wire]
    if what == "line on a box":
        made = replace(made, centres={**made.centres, last: (x, y)})
    elif what == "line on words":
        made = replace(made, labels={**made.labels, wire: (x, y + 15)})
    else:
        made = replace(made, centres={**made.centres, last: made.centres[first]})
    assert what in {kind for _, _, kind in collisions(made)}
