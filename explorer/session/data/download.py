"""A download of a data set in the engine: its progress and its end."""

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.data import DATA_FETCH, DATA_FETCH_CANCEL, DataFetchPayload, DataFetchReply
from explorer.core.protocol.events import DownloadEvent
from explorer.core.protocol.request_kind import EmptyPayload
from explorer.session.engine_client.client import EngineClient


class DownloadSession(QObject):
    """The current download.

    ``source`` and ``title`` are the key and the name of the data set, ``source`` is "" while there is no download.
    ``bytes_done`` and ``bytes_total`` are its progress.

    Signals: `finished` with the source when the data is in Keras's cache; `ended` with a message when the download
    failed, with "" when it was cancelled; `changed` for the progress and the rest.
    """

    changed = Signal()
    finished = Signal(str)
    ended = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = ""
        self.title = ""
        self.bytes_done = self.bytes_total = 0
        self._client = client
        client.download.connect(self._handle_event)
        client.died.connect(self._handle_engine_death)

    @property
    def is_running(self) -> bool:
        """Whether there is a download."""
        return bool(self.source)

    def start(self, source: str, title: str, total: int) -> None:
        """Start a download of ``total`` bytes; it replaces the current one."""
        self.source, self.title, self.bytes_done, self.bytes_total = source, title, 0, total
        self._client.request(DATA_FETCH, DataFetchPayload(data=source), self._receive_reply)
        self.changed.emit()

    def cancel(self) -> None:
        """Cancel the download; incomplete files are deleted."""
        if self.is_running:
            self._client.request(DATA_FETCH_CANCEL, EmptyPayload(), lambda _reply: None)
            self._end("")

    def _receive_reply(self, reply: DataFetchReply) -> None:
        if (error := reply.get("error")) is not None and self.is_running:
            self._end(error["message"])

    def _handle_event(self, event: DownloadEvent) -> None:
        if not self.is_running or event["data"] != self.source:
            return
        match event["state"]:
            case "running":
                self.bytes_done, self.bytes_total = int(event["done"]), int(event["total"])
                self.changed.emit()
            case "done":
                source, self.source = self.source, ""
                self.changed.emit()
                self.finished.emit(source)
            case "failed":
                self._end(event["message"])

    def _handle_engine_death(self, _message: str) -> None:
        if self.is_running:
            self._end(f"TensorFlow's process ended while it fetched {self.title}; nothing of it was kept.")

    def _end(self, message: str) -> None:
        self.source = ""
        self.changed.emit()
        self.ended.emit(message)
