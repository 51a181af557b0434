"""The selected box or edge of a network's graph, and what the engine knows about it."""

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.network_graph import (
    GRAPH_OP,
    GRAPH_TRACE,
    GraphOpPayload,
    GraphOpReply,
    GraphTracePayload,
    GraphTraceReply,
)
from explorer.session.network_graph.requests import GraphRequests
from explorer.session.network_graph.state import NetworkGraphState, SelectedItem


class GraphSelection(QObject):
    """The selection, and the requests for its details.

    item: ("node", id) or ("edge", key), None for no selection.
    details: the engine's reply to ``graph_op`` if an op is selected, None until it is received.
    trace_path: ids of the boxes on the paths from the inputs to the selected box, and of those on the paths from it
    to the loss; None until they are received.
    """

    changed = Signal()
    detailsChanged = Signal()

    def __init__(self, requests: GraphRequests, state: NetworkGraphState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests, self._state = requests, state
        self.item: SelectedItem | None = None
        self.details: GraphOpReply | None = None
        self.trace_path: tuple[frozenset[str], frozenset[str]] | None = None

    @property
    def node(self) -> str | None:
        """The id of the selected box, None if no box is selected."""
        return self.item[1] if self.item is not None and self.item[0] == "node" else None

    @property
    def repeated_blocks(self) -> tuple[str, ...]:
        """The groups that are built like the selected one, itself included; empty if it is the only one."""
        if self._state.info is None or self.node is None:
            return ()
        return next((tuple(blocks) for blocks in self._state.info["repeated_blocks"] if self.node in blocks), ())

    def select(self, kind: str, name: str) -> None:
        """Select a box (kind ``node``) or a bundle of edges (kind ``edge``)."""
        if self.item != (kind, name):
            self._set((kind, name))
            self._request_details()

    def clear(self) -> None:
        """Select nothing."""
        if self.item is not None:
            self._set(None)

    def follow_graph(self) -> None:
        """Find the paths through the selected box among other boxes; deselect what is no longer visible."""
        if self.item is not None and not self._state.contains(self.item):
            self.clear()
        elif self.node is not None:
            self.trace_path = None
            self._request_path(self.node)

    def _set(self, item: SelectedItem | None) -> None:
        self.item, self.details, self.trace_path = item, None, None
        self.changed.emit()

    def _request_details(self) -> None:
        name, visible = self.node, self._state.visible
        if name is None or visible is None:
            return
        self._request_path(name)
        node = next((node for node in visible.nodes if node.id == name), None)
        if node is not None and node.kind in ("op", "helper", "backward"):
            self._requests.request(GRAPH_OP, GraphOpPayload(op=name), self._receive_details)

    def _request_path(self, name: str) -> None:
        payload = GraphTracePayload(**self._state.view_payload(), box=name)
        self._requests.request(GRAPH_TRACE, payload, self._receive_trace_path)

    def _receive_trace_path(self, reply: GraphTraceReply) -> None:
        if self.node == reply["box"]:
            self.trace_path = frozenset(reply["before"]), frozenset(reply["after"])
            self.detailsChanged.emit()

    def _receive_details(self, reply: GraphOpReply) -> None:
        if self.node == reply["op"]["id"]:
            self.details = reply
            self.detailsChanged.emit()
