"""A large graph is painted in tiles: what is seen is what the scene would paint, and a pan paints only what is new."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from explorer.views.network_graph import network_view
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.node_items import NodeItem

ALIKE = 0.005
"""Of the pixels may differ: where a dashed line is cut by a tile, its dashes begin elsewhere."""


@pytest.fixture
def tiled(net, monkeypatch):
    """The graph of an mlp, its layers open, near enough to be larger than the view, in tiles as a large one."""
    monkeypatch.setattr(network_view, "IN_TILES", 0)
    graph, view = net.sessions.network_graph, net.find("networkView")
    graph.set_level(9)
    graph.set_backward(True)
    net.settle_network()
    view.zoom_by(1.3 / view.transform().m11())
    net.until(lambda: not view.isMoving)
    ready(net)
    return net


def ready(net):
    """Wait until there are tiles to paint with."""
    view = net.find("networkView")
    view.viewport().repaint()
    net.until(lambda: view._tiles.is_ready)


def pixels(view):
    image = view.viewport().grab().toImage().convertToFormat(view.viewport().grab().toImage().Format.Format_RGB32)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def by_the_scene(view, monkeypatch):
    """As Qt paints the scene, without tiles."""
    with monkeypatch.context() as patch:
        patch.setattr(network_view, "IN_TILES", 10**6)
        return pixels(view)


def differ(one, other):
    """The share of pixels that are not nearly alike."""
    return float(np.mean(np.abs(one - other).max(-1) > 24))


def pan(view, by):
    bar = view.horizontalScrollBar()
    bar.setValue(bar.value() + by)


def turn(view, angle):
    here = QPointF(view.viewport().rect().center())
    where, none = view.viewport().mapToGlobal(here), Qt.MouseButton.NoButton
    event = QWheelEvent(
        here,
        where,
        QPoint(),
        QPoint(0, angle),
        none,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_tiles_show_what_the_scene_would(tiled, monkeypatch, theme):
    view = tiled.find("networkView")
    tiled.window.sessions.store.set("theme", theme)
    graph = tiled.window.sessions.network_graph
    graph.set_step(3)
    graph.selection.select("node", graph.state.visible.steps[3])
    tiled.until(lambda: graph.selection.item.trace_path is not None and not view.isMoving)
    ready(tiled)
    shown = pixels(view)
    expected = by_the_scene(view, monkeypatch)
    assert np.ptp(expected) > 100  # there is something
    assert differ(shown, expected) < ALIKE


def test_after_panning_and_zooming_it_is_sharp_again(tiled, monkeypatch):
    view = tiled.find("networkView")
    view.viewport().repaint()
    for by in (7, 150, -400, 90):
        pan(view, by)
        view.viewport().repaint()
    tiled.until(lambda: not view.isMoving)
    shown = pixels(view)
    assert differ(shown, by_the_scene(view, monkeypatch)) < ALIKE
    ready(tiled)
    before = view.transform().m11()
    turn(view, 240)
    assert view.transform().m11() > 1.2 * before
    view.viewport().repaint()
    assert view.isMoving  # it is stretched, and will be painted anew
    stretched = pixels(view)
    tiled.until(lambda: not view.isMoving)
    sharp = pixels(view)
    assert differ(sharp, by_the_scene(view, monkeypatch)) < ALIKE
    assert differ(stretched, sharp) < 0.5  # it was the same place


def test_a_pan_paints_only_what_comes_into_view(tiled, monkeypatch):
    view = tiled.find("networkView")
    view.viewport().repaint()
    tiled.until(lambda: not view._tiles._idle.isActive())  # what is around has been painted, too
    painted = []
    for kind in (NodeItem, EdgeItem):
        paint = kind.paint
        monkeypatch.setattr(
            kind, "paint", lambda self, *rest, paint=paint: (painted.append(self), paint(self, *rest))[1]
        )
    for _ in range(20):
        pan(view, 3)
        view.viewport().repaint()
    assert not painted
    view._tiles.drop()
    ready(tiled)
    assert len(painted) > 10  # the control: now all is painted


def test_a_new_look_is_on_the_next_frame(tiled):
    view, graph = tiled.find("networkView"), tiled.window.sessions.network_graph
    before = pixels(view)
    graph.set_step(1)
    view._fitted = False
    assert differ(pixels(view), before) > 0
