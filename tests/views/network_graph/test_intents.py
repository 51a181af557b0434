"""Clicks and keys become intents."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt

from explorer.core.network_graph.visible_graph import VisibleNode
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.intents import (
    Intent,
    click_intent,
    double_click_intent,
    key_intent,
)
from explorer.views.network_graph.node_items import NodeItem

NO_MODIFIER, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def box(kind):
    return NodeItem(VisibleNode("box", kind, "", "box", ""), (150.0, 90.0))


@pytest.mark.parametrize("kind", ["group", "open", "op", "helper", "backward"])
def test_a_click_selects_a_box(qapp, kind):
    assert click_intent(box(kind), QPointF(0, 20)) == Intent("select_node", "box")


@pytest.mark.parametrize("kind", ["group", "open"])
def test_a_click_on_its_sign_toggles_a_group(qapp, kind):
    item = box(kind)
    assert click_intent(item, item.sign_rect().center()) == Intent("toggle", "box")


def test_a_click_on_an_edge_selects_it(qapp, visible_graph):
    edge = visible_graph().edges[0]
    assert click_intent(EdgeItem(edge), QPointF()) == Intent("select_edge", edge.key)


def test_a_click_on_a_port_or_on_the_background_clears_the_selection(qapp):
    assert click_intent(box("entry"), QPointF()) == Intent("clear_selection")
    assert click_intent(None, QPointF()) == Intent("clear_selection")


def test_a_double_click_toggles_a_group_or_fits_the_graph(qapp):
    assert double_click_intent(box("group")) == Intent("toggle", "box")
    assert double_click_intent(box("op")) is None
    assert double_click_intent(None) == Intent("fit")


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_toggle_the_selected_group(visible_graph, key):
    visible = visible_graph()
    assert key_intent(key, NO_MODIFIER, visible, "l1") == Intent("toggle", "l1")
    assert key_intent(key, NO_MODIFIER, visible, None) is None
    assert key_intent(key, NO_MODIFIER, None, "l1") is None


def test_other_keys_and_ops_have_no_intent(visible_graph):
    visible = visible_graph(open_groups=("l1",))
    assert key_intent(Qt.Key.Key_Right, NO_MODIFIER, visible, "l1") is None
    assert key_intent(Qt.Key.Key_Return, NO_MODIFIER, visible, "l1/mul") is None


def test_shift_enter_toggles_all_repeated_blocks(visible_graph):
    visible = visible_graph()
    nodes = tuple(replace(node, repeat_count=3 if node.id == "l1" else 0) for node in visible.nodes)
    visible = replace(visible, nodes=nodes)
    assert key_intent(Qt.Key.Key_Return, SHIFT, visible, "l1") == Intent("toggle_repeated_blocks")
    assert key_intent(Qt.Key.Key_Return, NO_MODIFIER, visible, "l1") == Intent("toggle", "l1")
    assert key_intent(Qt.Key.Key_Return, SHIFT, visible, "input") == Intent("toggle", "input")  # it has no other
