"""The search for groups, weights and ops of a network's graph."""

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.network_graph import GRAPH_SEARCH, GraphSearchPayload, GraphSearchReply, Hit
from explorer.session.network_graph.requests import GraphRequests


class GraphSearch(QObject):
    """The text that is searched for, the hits, and which of them was gone to.

    hits: as in the engine's reply to ``graph_search``, the first of them only. total: number of all hits. position:
    index of the hit that was chosen last, None before the first.

    hitChosen: a hit that is to be shown.
    """

    changed = Signal()
    positionChanged = Signal()
    hitChosen = Signal(object)

    def __init__(self, requests: GraphRequests, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests = requests
        self.query = ""
        self.hits: list[Hit] = []
        self.total = 0
        self.position: int | None = None

    def search(self, text: str) -> None:
        """Search for what all words of a text match."""
        self.query = text
        if self._requests.graph is None or not text.strip():
            self._set_hits([], 0)
            return
        self._requests.request(GRAPH_SEARCH, GraphSearchPayload(text=text), self._receive_hits)

    def clear(self) -> None:
        """Remove the hits; they are those of another graph."""
        if self.query or self.hits:
            self.query = ""
            self._set_hits([], 0)

    def choose(self, position: int) -> None:
        """Go to a hit; positions beyond the ends count from the other end."""
        if self.hits:
            self.position = position % len(self.hits)
            self.positionChanged.emit()
            self.hitChosen.emit(self.hits[self.position])

    def choose_next(self, offset: int = 1) -> None:
        """Go to the hit ``offset`` places after the one that was chosen last; from none, to the first or last."""
        if self.position is None:
            self.choose(0 if offset > 0 else -1)
        else:
            self.choose(self.position + offset)

    def _receive_hits(self, reply: GraphSearchReply) -> None:
        if reply["text"] == self.query:
            self._set_hits(reply["hits"], int(reply["total"]))

    def _set_hits(self, hits: list[Hit], total: int) -> None:
        self.hits, self.total, self.position = hits, total, None
        self.changed.emit()
        self.positionChanged.emit()
