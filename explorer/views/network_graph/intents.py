"""What clicks and keys on a network's graph ask for, beyond what they do on every graph."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, Qt

from explorer.core.network_graph.visible_graph import VisibleGraph, VisibleNode
from explorer.views.graph.items import GraphItem
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.node_items import NodeItem

OPEN_KEYS = Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space


@dataclass(frozen=True)
class Intent:
    """What the user wants. name: id of a box, or key of an edge; "" where the action needs none."""

    action: Literal["select_node", "select_edge", "clear_selection", "toggle", "toggle_repeated_blocks", "fit"]
    name: str = ""


def click_intent(item: GraphItem | None, point: QPointF) -> Intent:
    """Return what a click on an item, at a point in its coordinates, asks for; None is the background.

    The sign of a group opens or closes it; any other click selects.
    """
    if isinstance(item, NodeItem) and not _is_port(item.node):
        if _is_group(item.node) and item.sign_rect().contains(point):
            return Intent("toggle", item.node.id)
        return Intent("select_node", item.node.id)
    if isinstance(item, EdgeItem):
        return Intent("select_edge", item.edge.key)
    return Intent("clear_selection")


def double_click_intent(item: GraphItem | None) -> Intent | None:
    """Return what a double click asks for: a group opens or closes, and on the background the graph is fitted."""
    if isinstance(item, NodeItem) and _is_group(item.node):
        return Intent("toggle", item.node.id)
    return Intent("fit") if item is None else None


def key_intent(
    key: int, modifiers: Qt.KeyboardModifier, visible: VisibleGraph | None, selected: str | None
) -> Intent | None:
    """Return what a key asks for; None if it means what it does on every graph.

    Enter and Space open or close the selected group, with Shift all that are built like it. ``selected``: id of the
    selected box, None for none.
    """
    if key not in OPEN_KEYS or visible is None:
        return None
    node = next((node for node in visible.nodes if node.id == selected), None)
    if node is None or not _is_group(node):
        return None
    if node.repeat_count and modifiers & Qt.KeyboardModifier.ShiftModifier:
        return Intent("toggle_repeated_blocks")
    return Intent("toggle", node.id)


def _is_group(node: VisibleNode) -> bool:
    return node.kind in ("group", "open")


def _is_port(node: VisibleNode) -> bool:
    return node.kind in ("entry", "exit")
