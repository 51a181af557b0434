"""The box of the step, and the selected one, stay in view when they are walked through with keys, however one zooms."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from explorer.core.network_graph.graph import ancestry


@pytest.fixture
def walk(net):
    """A window with all groups of an mlp open; what was selected and zoomed is forgotten afterwards."""
    net.window.resize(1280, 720)
    net.sessions.network_graph.set_level(9)
    net.wait_for_network()
    view = net.find("networkView")
    view.fit()
    view.setFocus()
    yield net
    net.sessions.network_graph.set_step(0)
    net.sessions.network_graph.selection.clear()
    view.fit()


def assert_in_view(view, name):
    """The whole box is in view; of one that is larger than the view, its middle."""
    item, area = view.scene_items.box(name), view.viewport().rect()
    rect = item.mapRectToScene(item.rect() if item.node.kind != "open" else item.sign_rect())
    shown = view.mapFromScene(rect).boundingRect()
    if shown.width() < area.width() - 20 and shown.height() < area.height() - 20:
        assert area.contains(shown.adjusted(2, 2, -2, -2)), (name, shown, area)
    else:
        assert area.intersects(shown), name


@pytest.mark.parametrize("presses", [0, 4, 9])
def test_each_step_is_in_view(walk, presses):
    graph, view = walk.sessions.network_graph, walk.find("networkView")
    QTest.mouseMove(view.viewport(), QPoint(3, 3))
    for _ in range(presses):
        walk.press(Qt.Key.Key_Plus)
    for key, count in ((Qt.Key.Key_PageDown, graph.state.total_steps), (Qt.Key.Key_PageUp, 5)):
        for _ in range(count):
            walk.press(key)
            walk.until(lambda: view.property("shownStep") == graph.state.step)
            assert_in_view(view, graph.state.visible.steps[graph.state.step - 1])
    for key in [Qt.Key.Key_Plus] * 4 + [Qt.Key.Key_Minus] * 12:
        walk.press(key)
        assert_in_view(view, graph.state.visible.steps[graph.state.step - 1])


@pytest.mark.parametrize("presses", [0, 6])
def test_each_selected_box_is_in_view(walk, presses):
    graph, view = walk.sessions.network_graph, walk.find("networkView")
    for _ in range(presses):
        walk.press(Qt.Key.Key_Plus)
    for _ in range(len(graph.state.visible.nodes)):
        walk.press(Qt.Key.Key_Right)
        walk.until(lambda: graph.selection.node is not None and view.styler.selected_node == graph.selection.node)
        assert_in_view(view, graph.selection.node)


@pytest.mark.parametrize("step", [1, 4, 7, 99])
def test_the_step_is_in_view_when_the_group_around_it_is_closed_and_opened(walk, step):
    graph, view = walk.sessions.network_graph, walk.find("networkView")
    graph.set_step(step)
    for _ in range(8):
        walk.press(Qt.Key.Key_Plus)
    box = graph.state.visible.steps[graph.state.step - 1]
    container = next(node.container for node in graph.state.visible.nodes if node.id == box)
    group = ancestry(container)[0]
    for _ in range(2):
        graph.toggle(group)
        walk.wait_for_network()
        assert_in_view(view, graph.state.visible.steps[graph.state.step - 1])
