"""The first picture of a network is whole at 1280x720, and its texts can be read."""

import pytest

from explorer.core.network_graph.sources import APPLICATIONS, KERAS_PREFIX
from explorer.core.training.settings import MODELS
from explorer.views.graph.items import text_width
from explorer.views.network_graph.camera import READABLE_ZOOM
from explorer.views.network_graph.measure import SIGN_PX, SMALL_PX, TITLE_PX, shown_lines, shown_title
from explorer.views.theme.theme import SANS

MIN_TITLE_PX, MIN_SMALL_PX = 11.0, 8.0
"""Heights on the screen that names and small lines have at least."""

CLEAR_ZOOM = max(MIN_TITLE_PX / TITLE_PX, MIN_SMALL_PX / SMALL_PX)

DENSE = {"NASNetMobile"}
"""Networks whose cells take the outputs of two others, so that boxes stand above one another: their graph may be as
small as the camera shows a whole graph."""


def first_picture(net, source):
    """Open a network in a window of 1280x720 and return its view."""
    window, graph, view = net.window, net.sessions.network_graph, net.find("networkView")
    window.resize(1280, 720)
    graph.open(source)
    net.until(lambda: graph.state.source == source and not graph.state.pending_title)
    net.wait_for_network()
    return view


def check(view, min_zoom=CLEAR_ZOOM):
    whole, index = view.viewport().rect(), view.graph.index
    assert view.transform().m11() >= min_zoom
    for node, rect in zip(index.nodes, index.rects, strict=True):
        assert whole.contains(view.mapFromScene(rect).boundingRect()), node.id
        if node.kind == "group":
            compact = index.placed.is_compact_box(node)
            title = text_width(SANS, TITLE_PX, shown_title(node, compact=compact), bold=True)
            assert title + SIGN_PX + 30 <= rect.width() + 0.5, node.id
            for line in shown_lines(node, compact=compact):
                assert text_width(SANS, SMALL_PX, line) + 26 <= rect.width() + 0.5, node.id
    boxes = [rect for node, rect in zip(index.nodes, index.rects, strict=True) if node.kind == "group"]
    assert not any(a.intersects(b) for k, a in enumerate(boxes) for b in boxes[:k])
    titles = [shown_title(node, compact=index.placed.is_compact) for node in index.nodes if node.kind == "group"]
    assert len(set(titles)) == len(titles)  # shortened names are still different


@pytest.mark.parametrize("source", MODELS)
def test_networks_of_the_tutorial(net, source):
    check(first_picture(net, source))


@pytest.mark.parametrize("scale", [1.5, 2.0, 3.0])
def test_with_large_letters_a_box_has_room_for_the_whole_of_it(net, scale):
    store = net.sessions.store
    store.set("scale", scale)
    try:
        view = first_picture(net, "cnn")
        index, zoom = view.graph.index, view.transform().m11()
        assert zoom >= READABLE_ZOOM * scale
        highest = max(
            rect.height() for node, rect in zip(index.nodes, index.rects, strict=True) if node.kind == "group"
        )
        assert view.viewport().height() >= zoom * highest
    finally:
        store.set("scale", 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_networks_for_photographs(net, name):
    view = first_picture(net, f"{KERAS_PREFIX}{name}")
    if name in DENSE:
        check(view, READABLE_ZOOM)
    else:
        check(view)
