"""Boxes move to their new places in the time that is left; edges that keep their form are only shifted."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.network_graph.chunks import run_to_end
from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.views.network_graph import camera
from explorer.views.network_graph.camera import MAX_TRANSITION_MS, MIN_TRANSITION_MS, RESPONSE_MS
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.measure import measure_graph
from explorer.views.network_graph.network_view import NetworkView
from explorer.views.network_graph.scene_items import NetworkSceneItems
from explorer.views.network_graph.spatial_index import PlacedGraph


def chain(count=6):
    """Return a graph of layers in a row, of two ops each."""
    ops = [GraphOp("x", "Placeholder", (), ((2, 3),), ("float32",), ("input",))]
    for k in range(count):
        for name, before in ((f"l{k}/mul", ops[-1].id), (f"l{k}/relu", f"l{k}/mul")):
            ops.append(GraphOp(name, "Mul", (f"{before}:0",), ((2, 3),), ("float32",), (f"l{k}",)))
    return NetworkGraph("toy", tuple(ops))


@pytest.fixture(scope="module")
def placed(qapp):
    """The graph with all layers closed, and with the second layer open."""
    graphs = [build_visible_graph(chain(), open_groups) for open_groups in ((), ("l1",))]
    return [PlacedGraph(graph, lay_out_graph(graph, *run_to_end(measure_graph(graph, 100.0)))) for graph in graphs]


@pytest.fixture
def items():
    return NetworkSceneItems(QGraphicsScene())


def elements(path):
    return [(path.elementAt(k).x, path.elementAt(k).y) for k in range(path.elementCount())]


def course(edge):
    """Return all coordinates of an edge, its arrow head and its gradient's line, in the scene."""
    parts = [elements(edge._line), [(p.x(), p.y()) for p in edge._arrow_head()], elements(edge._gradient_arrow()[0])]
    return [coordinate for part in parts for x, y in part for coordinate in (x + edge.x(), y + edge.y())]


def with_gradient(edge):
    edge.set_style(replace(edge.style, gradient="1.0"))
    return edge


def test_a_shifted_edge_ends_like_a_new_one(placed, items):
    items.put(placed[0])
    items.move(1.0)
    for edge in items.links():
        course(with_gradient(edge))
    items.put(placed[1])
    shifted = [edge for edge, *_ in items._edge_shifts]
    assert len(shifted) >= 3  # those right of the layer that opens
    items.move(0.5)
    assert not any(edge.pos().isNull() for edge in shifted)
    items.move(1.0)
    layout = placed[1].layout
    for edge in items.links():
        new = with_gradient(EdgeItem(edge.edge))
        new.set_points(layout.paths[edge.edge.key], layout.labels.get(edge.edge.key))
        assert edge.points == new.points
        assert edge.label == new.label
        assert course(with_gradient(edge)) == pytest.approx(course(new), abs=1e-6)
        assert edge.boundingRect().contains(new.boundingRect().adjusted(0.1, 0.1, -0.1, -0.1))


def test_an_interrupted_transition_continues_from_where_it_is(placed, items):
    items.put(placed[0])
    items.move(1.0)
    items.put(placed[1])
    items.move(0.5)
    before = {edge.edge.key: course(edge) for edge in items.links()}
    items.put(placed[0])
    for edge in items.links():
        assert course(edge) == pytest.approx(before[edge.edge.key], abs=1e-2)
    items.move(1.0)
    for edge in items.links():
        assert edge.pos().isNull()
        assert edge.points == list(placed[0].layout.paths[edge.edge.key])


@pytest.mark.parametrize(
    ("work", "duration"),
    [
        (0.0, MAX_TRANSITION_MS),
        (0.04, MAX_TRANSITION_MS),
        (0.09, RESPONSE_MS - 90),
        (0.15, MIN_TRANSITION_MS),
        (60.0, MIN_TRANSITION_MS),
    ],
)
def test_the_longer_the_work_took_the_shorter_is_the_transition(qtbot, monkeypatch, work, duration):
    view = NetworkView()
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show()
    graph = chain()
    view.setGraph("toy", build_visible_graph(graph, ()))
    qtbot.waitUntil(lambda: not view.isMoving)
    monkeypatch.setattr(camera, "monotonic", lambda: 1000.0 + work)
    view.setGraph("toy", build_visible_graph(graph, ("l1",)), 1000.0)
    view.finish()
    assert view.isMoving
    assert view.transition.duration_ms == duration
    qtbot.waitUntil(lambda: not view.isMoving and view.property("openGroups") == ["l1"])
