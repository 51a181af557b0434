"""What mouse and keys do to a network's graph beyond what they do to every graph: groups open and close."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent

from explorer.views.graph.items import GraphItem
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.labels import node_tip, wire_tip
from explorer.views.network_graph.node_items import NodeItem
from explorer.views.network_graph.styler import DressedView


class HandledView(DressedView):
    """toggled: open or close this group. alikeToggled: the selected one and all that are made like it."""

    toggled = Signal(str)
    alikeToggled = Signal()

    def click(self, item: GraphItem | None, point: QPoint) -> None:
        """Select what was clicked; the sign of a group opens or closes it."""
        if isinstance(item, NodeItem) and item.box.kind not in ("entry", "exit"):
            if item.box.kind in ("group", "open") and item.sign().contains(item.mapFromScene(self.mapToScene(point))):
                self.toggled.emit(item.box.id)
            else:
                self.nodeSelected.emit(item.box.id)
        elif isinstance(item, EdgeItem):
            self.edgeSelected.emit(item.link.key)
        else:
            self.selectionCleared.emit()

    def double_click(self, item: GraphItem | None) -> None:
        """Open or close a group; beside everything, show the whole graph."""
        if isinstance(item, NodeItem) and item.box.kind in ("group", "open"):
            self.toggled.emit(item.box.id)
        elif item is None:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens or closes the selected group, with Shift all like it; the rest is as in every graph."""
        opens = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if opens and self._selection is not None and self._selection[0] == "node" and self._seen is not None:
            node = next((node for node in self._seen.nodes if node.id == self._selection[1]), None)
            if node is not None and node.kind in ("group", "open"):
                if node.repeat_count and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                    self.alikeToggled.emit()
                else:
                    self.toggled.emit(node.id)
                return
        super().keyPressEvent(event)

    def move_selection(self, offset: int) -> None:
        """Select the next box or the one before, in forward order."""
        if self._seen is None or self._placed is None:
            return
        names = [node.id for node in self._seen.nodes if node.kind not in ("entry", "exit")]
        self.select_among(names, self._selection[1] if self._selection is not None else None, offset)

    def item_tooltip(self, item: GraphItem | None) -> str:
        """Return all that is known of what is under the pointer."""
        values = self._values or {}
        if isinstance(item, NodeItem) and item.box.kind not in ("entry", "exit"):
            return node_tip(item.box, values.get("nodes", {}).get(item.box.id))
        if isinstance(item, EdgeItem):
            return wire_tip(item.link, values.get("edges", {}).get(item.link.key))
        return ""
