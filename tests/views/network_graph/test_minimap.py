"""The minimap shows which part of the graph is in view, and moves the view elsewhere."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest


@pytest.fixture
def zoomed(net):
    """The graph of an mlp with its layers open, zoomed in so that a part of it is in view."""
    net.sessions.network_graph.set_level(9)
    net.wait_for_network()
    view = net.find("networkView")
    view.zoom_by(2.2 / view.transform().m11())
    net.until(lambda: net.find("networkMap").isVisible() and not view.isMoving)
    yield net
    net.sessions.network_graph.selection.clear()
    view.fit()


def visible_part(view):
    """Return left, top, right and bottom of what is in view, as shares of the graph."""
    width, height = view.graph.layout.size
    part = view.mapToScene(view.viewport().rect()).boundingRect()
    sides = part.left() / width, part.top() / height, part.right() / width, part.bottom() / height
    return [min(max(side, 0.0), 1.0) for side in sides]


def painted_frame(minimap):
    """Return the same shares as they are painted: where the frame's colour is on the minimap."""
    image = minimap.grab().toImage()
    ink = minimap.theme.text
    rows = [[image.pixelColor(x, y) == ink for x in range(3, image.width() - 3)] for y in range(3, image.height() - 3)]
    y, x = np.nonzero(np.array(rows))
    size = minimap.width() - 10, minimap.height() - 10
    sides = x.min() - 2, y.min() - 2, x.max() - 2, y.max() - 2
    return [side / size[k % 2] for k, side in enumerate(sides)]


def wait_for_minimap(net):
    view, minimap = net.find("networkView"), net.find("networkMap")
    net.until(lambda: is_current(view, minimap))


def is_current(view, minimap):
    part = view.mapToScene(view.viewport().rect()).boundingRect().intersected(minimap._graph)
    return (minimap.part.topLeft() - part.topLeft()).manhattanLength() < 1


def test_it_is_visible_only_if_a_part_is_in_view(zoomed):
    view, minimap = zoomed.find("networkView"), zoomed.find("networkMap")
    view.fit()
    zoomed.until(lambda: not minimap.isVisible())
    view.zoom_by(4)
    zoomed.until(minimap.isVisible)
    assert view.rect().contains(minimap.geometry())


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_the_frame_is_around_the_visible_part(zoomed, theme):
    view, minimap = zoomed.find("networkView"), zoomed.find("networkMap")
    zoomed.sessions.store.set("theme", theme)
    wait_for_minimap(zoomed)
    part = visible_part(view)
    assert painted_frame(minimap) == pytest.approx(part, abs=0.04)
    assert min(part[2] - part[0], part[3] - part[1]) < 0.8


def test_clicking_and_dragging_move_the_view(zoomed):
    view, minimap = zoomed.find("networkView"), zoomed.find("networkMap")
    width = view.graph.layout.size[0]
    for x, y in ((0.25, 0.5), (0.7, 0.6)):
        point = QPoint(5 + round(x * (minimap.width() - 10)), 5 + round(y * (minimap.height() - 10)))
        QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=point)
        middle = view.mapToScene(view.viewport().rect().center())
        assert middle.x() / width == pytest.approx(x, abs=0.03)
        wait_for_minimap(zoomed)
    QTest.mousePress(minimap, Qt.MouseButton.LeftButton, pos=QPoint(20, minimap.height() // 2))
    before = view.horizontalScrollBar().value()
    QTest.mouseMove(minimap, QPoint(minimap.width() - 30, minimap.height() // 2))
    zoomed.until(lambda: view.horizontalScrollBar().value() > before)
    QTest.mouseRelease(minimap, Qt.MouseButton.LeftButton)


def test_arrow_keys_move_the_view_by_half_of_what_is_in_view(zoomed):
    view, minimap = zoomed.find("networkView"), zoomed.find("networkMap")
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=minimap.rect().center())
    wait_for_minimap(zoomed)
    minimap.setFocus()
    before = view.mapToScene(view.viewport().rect().center()).x()
    width = minimap.part.width()
    zoomed.press(Qt.Key.Key_Right)
    after = view.mapToScene(view.viewport().rect().center()).x()
    assert after - before == pytest.approx(width / 2, abs=2)
    zoomed.press(Qt.Key.Key_Left)
    assert view.mapToScene(view.viewport().rect().center()).x() < after


def test_it_does_not_cover_the_selected_op(zoomed):
    view, minimap, graph = zoomed.find("networkView"), zoomed.find("networkMap"), zoomed.sessions.network_graph
    for node in graph.state.visible.nodes:
        if node.kind == "op":
            graph.selection.select("node", node.id)
            zoomed.until(lambda: is_current(view, minimap) and not view._is_map_late)
            x, y = view.graph.layout.centres[node.id]
            assert not minimap.geometry().contains(view.mapFromScene(x, y)), node.id


def test_it_keeps_the_keyboard_while_a_box_is_below_it(zoomed):
    view, minimap, graph = zoomed.find("networkView"), zoomed.find("networkMap"), zoomed.sessions.network_graph
    op = next(node.id for node in graph.state.visible.nodes if node.kind == "op")
    view.centerOn(*view.graph.layout.centres[op])
    zoomed.until(lambda: not view._is_map_late and minimap.isVisible())
    minimap.setFocus()
    view._map_timer.start()  # so that another place is searched for later
    minimap.move(view.mapFromScene(*view.graph.layout.centres[op]) - minimap.rect().center())
    view._place_overlays()
    assert view._is_map_late, "it covers the op"
    assert minimap.hasFocus()
    zoomed.until(lambda: not view._is_map_late)
    assert minimap.hasFocus()
    assert not minimap.geometry().contains(view.mapFromScene(*view.graph.layout.centres[op]))
