"""Small pictures on the boxes of the network's graph: asked for by those who see them, a few at a time."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.session.engine_client.client import EngineClient


class ThumbnailLoader(QObject):
    """arrived: the engine's ``graph_pictures``: pictures by box, and the number of the values that they are of."""

    arrived = Signal(dict)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._graph: int | None = None

    def of(self, graph: int | None) -> None:
        """Ask about this graph from now on."""
        self._graph = graph

    def ask(self, boxes: Sequence[str], gradients: Sequence[str]) -> None:
        """Ask for pictures of what boxes give, and of the gradients of that; the newest question is answered."""
        if self._graph is None:
            return
        graph = self._graph
        wanted = {"graph": graph, "boxes": list(boxes), "gradients": list(gradients)}

        def answered(reply: dict[str, Any]) -> None:
            if graph == self._graph and "pictures" in reply:
                self.arrived.emit(reply)

        self._client.request("graph_pictures", wanted, answered, lane="graph pictures")
