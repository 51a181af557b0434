"""What the user looks for in a network's graph, and picks: search, selection, and what is told of that."""

from typing import Any

from explorer.session.network_graph.state import NetworkGraphState


class GraphSelection(NetworkGraphState):
    """Has a selection, and asks what is told of it."""

    @property
    def repeated_blocks(self) -> tuple[str, ...]:
        """The blocks that are made like the selected group, with itself; none where it has no others."""
        if self.head is None or self.selection is None or self.selection[0] != "node":
            return ()
        return next((tuple(kin) for kin in self.head["repeated_blocks"] if self.selection[1] in kin), ())

    def select(self, kind: str, name: str) -> None:
        """Select a box or a bundle of edges."""
        if self.selection == (kind, name):
            return
        self.selection, self.details, self.trail = (kind, name), None, None
        self.selectionChanged.emit()
        self._ask_details()

    def clear_selection(self) -> None:
        """Select nothing."""
        if self.selection is not None:
            self.selection, self.details, self.trail = None, None, None
            self.selectionChanged.emit()

    def search(self, text: str) -> None:
        """Look for ops and groups."""
        self.sought = text
        if self.head is None or not text.strip():
            self.hits, self.total = [], 0
            self.hitsChanged.emit()
            return
        self._request("graph_search", {"text": text}, self._take_hits, lane="graph search")

    def _ask_details(self) -> None:
        if self.selection is None or self.selection[0] != "node" or self.shown is None:
            return
        name = self.selection[1]
        self._request("graph_trace", {**self._seen(), "box": name}, self._take_trail, lane="graph trace")
        node = next((node for node in self.shown.nodes if node.id == name), None)
        if node is not None and node.kind in ("op", "helper", "backward"):
            self._request("graph_op", {"op": name}, self._take_details, lane="graph op")

    def _take_trail(self, reply: dict[str, Any]) -> None:
        if self.selection == ("node", reply["box"]):
            self.trail = frozenset(reply["before"]), frozenset(reply["after"])
            self.detailsChanged.emit()

    def _take_details(self, reply: dict[str, Any]) -> None:
        if self.selection == ("node", reply["op"]["id"]):
            self.details = reply
            self.detailsChanged.emit()

    def _take_hits(self, reply: dict[str, Any]) -> None:
        if reply["text"] == self.sought:
            self.hits, self.total = reply["hits"], int(reply["total"])
            self.hitsChanged.emit()
