"""What opens moves, in the time that is left for it: wires that keep their course are carried along."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.network_graph.chunks import run_to_end
from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.views.network_graph import network_view
from explorer.views.network_graph.camera import MOVE, SHORTEST
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.measure import measured
from explorer.views.network_graph.network_view import IN_ALL, NetworkView
from explorer.views.network_graph.placement import placed
from explorer.views.network_graph.scene_items import NetworkSceneItems


def chain(count=6):
    """Layers in a row, of two ops each."""
    ops = [GraphOp("x", "Placeholder", (), ((2, 3),), ("float32",), ("input",))]
    for k in range(count):
        for name, before in ((f"l{k}/mul", ops[-1].id), (f"l{k}/relu", f"l{k}/mul")):
            ops.append(GraphOp(name, "Mul", (f"{before}:0",), ((2, 3),), ("float32",), (f"l{k}",)))
    return NetworkGraph("toy", tuple(ops))


@pytest.fixture(scope="module")
def pictures(qapp):
    """All closed, and with the second layer open."""
    graph = chain()
    seen = build_visible_graph(graph, ()), build_visible_graph(graph, ("l1",))
    return [placed(one, lay_out_graph(one, *run_to_end(measured(one, 100.0)))) for one in seen]


def elements(path):
    return [(path.elementAt(k).x, path.elementAt(k).y) for k in range(path.elementCount())]


def course(item):
    """All points of a wire, of its arrow head, and of what runs beside it, in the scene."""
    item._trace()
    parts = [elements(item._forward), [(p.x(), p.y()) for p in item._head], elements(item._back)]
    return [place for part in parts for x, y in part for place in (x + item.x(), y + item.y())]


def told(item):
    """With a gradient, so that there is a line beside it."""
    item.style = replace(item.style, gradient="1.0")
    return item


def test_a_wire_that_is_carried_ends_as_one_that_is_new(pictures):
    stage = NetworkSceneItems(QGraphicsScene())
    stage.put(pictures[0])
    stage.move(1.0)
    for link in stage.links():
        told(link)._trace()
    stage.put(pictures[1])
    carried = [link for link, *_ in stage._carried]
    assert len(carried) >= 3  # those right of what opens
    stage.move(0.5)
    assert not any(link.pos().isNull() for link in carried)
    stage.move(1.0)
    for link in stage.links():
        new = told(EdgeItem(link.link))
        new.set_points(pictures[1].curves[link.link.key], pictures[1].labels.get(link.link.key))
        assert link.points == new.points
        assert link.label == new.label
        assert course(told(link)) == pytest.approx(course(new), abs=1e-6)
        assert link.boundingRect().contains(new.boundingRect().adjusted(0.1, 0.1, -0.1, -0.1))


def test_a_move_that_is_broken_off_goes_on_from_where_it_is(pictures):
    stage = NetworkSceneItems(QGraphicsScene())
    stage.put(pictures[0])
    stage.move(1.0)
    stage.put(pictures[1])
    stage.move(0.5)
    before = {link.link.key: course(link) for link in stage.links()}
    stage.put(pictures[0])
    for link in stage.links():
        assert course(link) == pytest.approx(before[link.link.key], abs=1e-2)
    stage.move(1.0)
    for link in stage.links():
        assert link.pos().isNull()
        assert link.points == list(pictures[0].curves[link.link.key])


@pytest.mark.parametrize(
    ("work", "lasts"), [(0.0, MOVE), (0.04, MOVE), (0.09, IN_ALL - 90), (0.15, SHORTEST), (60.0, SHORTEST)]
)
def test_the_longer_the_work_took_the_shorter_is_the_move(qtbot, monkeypatch, work, lasts):
    shown = NetworkView()
    qtbot.addWidget(shown)
    shown.resize(800, 500)
    shown.show()
    graph = chain()
    shown.setView("toy", build_visible_graph(graph, ()))
    qtbot.waitUntil(lambda: not shown.isMoving)
    monkeypatch.setattr(network_view, "monotonic", lambda: 1000.0 + work)
    shown.setView("toy", build_visible_graph(graph, ("l1",)), 1000.0)
    shown.finish()
    assert shown.isMoving
    assert shown._move.duration() == lasts
    qtbot.waitUntil(lambda: not shown.isMoving and shown.property("openGroups") == ["l1"])
