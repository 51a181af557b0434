"""What is painted of each level of the tutorial's networks stands where it belongs, in both themes."""

from itertools import combinations

import pytest
from PySide6.QtCore import QRectF

from explorer.core.training import MODELS
from explorer.views.graph.items import text_width
from explorer.views.network.items import SIGN, SMALL, TITLE, head_text
from explorer.views.network.words import box_lines
from explorer.views.theme import SANS


@pytest.fixture(params=MODELS)
def model(net, request):
    graph = net.window.network_graph
    graph.open(request.param)
    net.until(lambda: graph.source == request.param and not graph.waits_for)
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
    graph, view = model.window.network_graph, model.find("networkView")
    model.window.set_setting("theme", theme)
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
