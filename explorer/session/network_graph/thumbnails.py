"""Thumbnails on the boxes of the network's graph."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.network_graph import GRAPH_PICTURES, GraphPicturesPayload
from explorer.session.network_graph.requests import GraphRequests


class ThumbnailLoader(QObject):
    """Requests thumbnails for the boxes that show them.

    received: the engine's reply to ``graph_pictures``: images by box, and the number of the values they show.
    """

    received = Signal(dict)

    def __init__(self, requests: GraphRequests, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests = requests

    def request(self, boxes: Sequence[str], gradients: Sequence[str]) -> None:
        """Request images of the outputs of ``boxes``, and of the gradients of the outputs of ``gradients``.

        Only the newest request is answered. A failed one is ignored: boxes without an image stay as they are.
        """
        payload = GraphPicturesPayload(boxes=list(boxes), gradients=list(gradients))
        self._requests.request(GRAPH_PICTURES, payload, self.received.emit, on_error=lambda _message: None)
