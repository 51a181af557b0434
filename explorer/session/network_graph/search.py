"""The search for ops and groups of a network's graph."""

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.network_graph import GRAPH_SEARCH, GraphSearchPayload, GraphSearchReply, Hit
from explorer.session.network_graph.requests import GraphRequests


class GraphSearch(QObject):
    """The text that is searched for, and the hits.

    hits: as in the engine's reply to ``graph_search``, the first of them only. total: number of all hits.
    """

    changed = Signal()

    def __init__(self, requests: GraphRequests, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests = requests
        self.query = ""
        self.hits: list[Hit] = []
        self.total = 0

    def search(self, text: str) -> None:
        """Search for ops and groups whose name, type or shape contains a text."""
        self.query = text
        if self._requests.graph is None or not text.strip():
            self.hits, self.total = [], 0
            self.changed.emit()
            return
        self._requests.request(GRAPH_SEARCH, GraphSearchPayload(text=text), self._receive_hits)

    def clear(self) -> None:
        """Remove the hits; they are those of another graph."""
        if self.query or self.hits:
            self.query, self.hits, self.total = "", [], 0
            self.changed.emit()

    def _receive_hits(self, reply: GraphSearchReply) -> None:
        if reply["text"] == self.query:
            self.hits, self.total = reply["hits"], int(reply["total"])
            self.changed.emit()
