"""A large graph is painted in tiles: they show what the scene would paint, and panning paints only what is new."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from explorer.views.network_graph import level_of_detail
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.node_items import NodeItem

MAX_DIFFERENCE = 0.001
"""Share of pixels that may differ: at the border of a tile the dashes around a box start anew."""


@pytest.fixture
def tiled(net, monkeypatch):
    """The graph of an mlp with its layers open, zoomed in, and painted in tiles as if it were large."""
    monkeypatch.setattr(level_of_detail, "MIN_TILED_BOXES", 0)
    graph, view = net.sessions.network_graph, net.find("networkView")
    graph.set_level(9)
    graph.set_backward(True)
    net.wait_for_network()
    view.zoom_by(1.3 / view.transform().m11())
    net.until(lambda: not view.isMoving)
    wait_for_tiles(net)
    return net


def wait_for_tiles(net):
    view = net.find("networkView")
    view.viewport().repaint()
    net.until(lambda: view.detail.tiles.is_ready)


def pixels(view):
    image = view.viewport().grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB32)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def pixels_of_scene(view, monkeypatch):
    """Return the pixels as Qt paints the scene, without tiles."""
    with monkeypatch.context() as patch:
        patch.setattr(level_of_detail, "MIN_TILED_BOXES", 10**6)
        return pixels(view)


def difference(one, other):
    """Return the share of pixels that differ visibly."""
    return float(np.mean(np.abs(one - other).max(-1) > 24))


def pan(view, by):
    bar = view.horizontalScrollBar()
    bar.setValue(bar.value() + by)


def turn_wheel(view, angle):
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
    tiled.sessions.store.set("theme", theme)
    graph = tiled.sessions.network_graph
    graph.set_step(3)
    graph.selection.select("node", graph.state.visible.steps[3])
    tiled.until(lambda: graph.selection.trace_path is not None and not view.isMoving)
    wait_for_tiles(tiled)
    shown = pixels(view)
    expected = pixels_of_scene(view, monkeypatch)
    assert np.ptp(expected) > 100  # there is something
    assert difference(shown, expected) < MAX_DIFFERENCE


def test_after_panning_and_zooming_the_picture_is_sharp_again(tiled, monkeypatch):
    view = tiled.find("networkView")
    view.viewport().repaint()
    for by in (7, 150, -400, 90):
        pan(view, by)
        view.viewport().repaint()
    tiled.until(lambda: not view.isMoving)
    shown = pixels(view)
    assert difference(shown, pixels_of_scene(view, monkeypatch)) < MAX_DIFFERENCE
    wait_for_tiles(tiled)
    before = view.transform().m11()
    turn_wheel(view, 240)
    assert view.transform().m11() > 1.2 * before
    view.viewport().repaint()
    assert view.isMoving  # the picture is stretched, and is about to be painted anew
    stretched = pixels(view)
    tiled.until(lambda: not view.isMoving)
    sharp = pixels(view)
    assert difference(sharp, pixels_of_scene(view, monkeypatch)) < MAX_DIFFERENCE
    assert difference(stretched, sharp) < 0.5  # it showed the same part


def test_panning_paints_only_what_comes_into_view(tiled, monkeypatch):
    view = tiled.find("networkView")
    view.viewport().repaint()
    tiled.until(lambda: not view.detail.tiles.is_prefetching)  # the tiles around the view have been painted, too
    painted = []
    # `paint` itself is not replaced: PySide goes on to call the function that an item was painted with first.
    for kind, part in ((NodeItem, "_paint_ground"), (NodeItem, "_paint_frame"), (EdgeItem, "_arrow_head")):
        paint = getattr(kind, part)
        monkeypatch.setattr(kind, part, lambda self, *rest, paint=paint: (painted.append(self), paint(self, *rest))[1])
    for _ in range(20):
        pan(view, 3)
        view.viewport().repaint()
    assert not painted
    view.detail.tiles.clear()
    wait_for_tiles(tiled)
    assert len(painted) > 10  # the control: now everything is painted


def test_new_styles_are_visible_in_the_next_frame(tiled):
    view, graph = tiled.find("networkView"), tiled.sessions.network_graph
    before = pixels(view)
    graph.set_step(1)
    view.camera.hold()
    assert difference(pixels(view), before) > 0
