"""The map of the whole graph: there when not all is in view, right about where that is, and a way to go elsewhere."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest


@pytest.fixture
def near(net):
    """The graph of an mlp with its layers open, so near that a part of it is in view."""
    net.sessions.network_graph.set_level(9)
    net.settle_network()
    view = net.find("networkView")
    view.zoom_by(2.2 / view.transform().m11())
    net.until(lambda: net.find("networkMap").isVisible() and not view.isMoving)
    yield net
    net.sessions.network_graph.selection.clear()
    view.fit()


def shares(view):
    """Left, top, right and bottom of what is in view, as shares of the graph."""
    width, height = view._placed.size
    part = view.mapToScene(view.viewport().rect()).boundingRect()
    sides = part.left() / width, part.top() / height, part.right() / width, part.bottom() / height
    return [min(max(side, 0.0), 1.0) for side in sides]


def framed(sheet):
    """The same, as they are painted: where the map's ink is that frames the part in view."""
    image = sheet.grab().toImage()
    ink = sheet.theme.text
    rows = [[image.pixelColor(x, y) == ink for x in range(3, image.width() - 3)] for y in range(3, image.height() - 3)]
    down, across = np.nonzero(np.array(rows))
    room = sheet.width() - 10, sheet.height() - 10
    sides = across.min() - 2, down.min() - 2, across.max() - 2, down.max() - 2
    return [side / room[k % 2] for k, side in enumerate(sides)]


def wait_for(net):
    view, sheet = net.find("networkView"), net.find("networkMap")
    net.until(lambda: is_current(view, sheet))


def is_current(view, sheet):
    part = view.mapToScene(view.viewport().rect()).boundingRect()
    whole = part.intersected(sheet._graph)
    return (sheet.part.topLeft() - whole.topLeft()).manhattanLength() < 1


def test_it_is_there_only_when_not_all_is_in_view(near):
    view, sheet = near.find("networkView"), near.find("networkMap")
    view.fit()
    near.until(lambda: not sheet.isVisible())
    view.zoom_by(4)
    near.until(sheet.isVisible)
    assert view.rect().contains(sheet.geometry())


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_the_frame_is_where_the_visible_part_is(near, theme):
    view, sheet = near.find("networkView"), near.find("networkMap")
    near.window.sessions.store.set("theme", theme)
    wait_for(near)
    assert framed(sheet) == pytest.approx(shares(view), abs=0.04)
    assert min(shares(view)[2] - shares(view)[0], shares(view)[3] - shares(view)[1]) < 0.8


def test_a_click_goes_there_and_a_drag_along(near):
    view, sheet = near.find("networkView"), near.find("networkMap")
    width = view._placed.size[0]
    for x, y in ((0.25, 0.5), (0.7, 0.6)):
        place = QPoint(5 + round(x * (sheet.width() - 10)), 5 + round(y * (sheet.height() - 10)))
        QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=place)
        middle = view.mapToScene(view.viewport().rect().center())
        assert middle.x() / width == pytest.approx(x, abs=0.03)
        wait_for(near)
    QTest.mousePress(sheet, Qt.MouseButton.LeftButton, pos=QPoint(20, sheet.height() // 2))
    before = view.horizontalScrollBar().value()
    QTest.mouseMove(sheet, QPoint(sheet.width() - 30, sheet.height() // 2))
    near.until(lambda: view.horizontalScrollBar().value() > before)
    QTest.mouseRelease(sheet, Qt.MouseButton.LeftButton)


def test_arrow_keys_move_by_half_of_what_is_in_view(near):
    view, sheet = near.find("networkView"), near.find("networkMap")
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.rect().center())
    wait_for(near)
    sheet.setFocus()
    before = view.mapToScene(view.viewport().rect().center()).x()
    part = sheet.part.width()
    near.press(Qt.Key.Key_Right)
    after = view.mapToScene(view.viewport().rect().center()).x()
    assert after - before == pytest.approx(part / 2, abs=2)
    near.press(Qt.Key.Key_Left)
    assert view.mapToScene(view.viewport().rect().center()).x() < after


def test_it_does_not_cover_what_was_gone_to(near):
    view, sheet, graph = near.find("networkView"), near.find("networkMap"), near.window.sessions.network_graph
    for node in graph.state.visible.nodes:
        if node.kind == "op":
            graph.selection.select("node", node.id)
            near.until(lambda: is_current(view, sheet))
            x, y = view._placed.centres[node.id]
            assert not sheet.geometry().contains(view.mapFromScene(x, y)), node.id
