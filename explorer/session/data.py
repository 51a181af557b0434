"""What the tab "Data" shows: which images, which page of them, which one large."""

from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.session.engine_client import EngineClient

PAGE = 96
"""Images on a page."""


class DataSession(QObject):
    """name: of the data in use. info: the engine's answer about it. page: the images shown. digit: None for all."""

    infoChanged = Signal(object)
    pageChanged = Signal(object)
    selected = Signal(int)
    sentenceChanged = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = "auto"
        self.info: dict[str, Any] | None = None
        self.page: dict[str, Any] | None = None
        self.digit: int | None = None
        self.start = 0
        self._client = client

    def open(self, source: str) -> None:
        """Use other data; what is shown stays where it cannot be read."""
        self._client.request("data_info", {"data": source}, lambda reply: self._take_info(source, reply), lane="data")

    def set_digit(self, digit: int | None) -> None:
        """Show one digit alone, or all."""
        if digit != self.digit:
            self.digit, self.start = digit, 0
            self._ask_page()

    def turn(self, pages: int) -> None:
        """Turn so many pages on, or back."""
        total = self.page["total"] if self.page is not None else 0
        start = min(max(0, self.start + pages * PAGE), max(0, (total - 1) // PAGE * PAGE))
        if start != self.start:
            self.start = start
            self._ask_page()

    def select(self, place: int) -> None:
        """Show the image at a place of the page large."""
        if self.page is not None and 0 <= place < len(self.page["labels"]):
            self.selected.emit(place)

    def _ask_page(self) -> None:
        payload = {"data": self.source, "digit": self.digit, "start": self.start, "count": PAGE}
        self._client.request("data_page", payload, self._take_page, lane="page")

    def _take_info(self, source: str, reply: dict[str, Any]) -> None:
        if (error := reply.get("error")) is not None:
            self.sentenceChanged.emit(str(error.get("message")))
            return
        self.source, self.start = source, 0
        self.info = reply
        self.sentenceChanged.emit("")
        self.infoChanged.emit(reply)
        self._ask_page()

    def _take_page(self, reply: dict[str, Any]) -> None:
        if reply.get("error") is None:
            self.page = reply
            self.pageChanged.emit(reply)
            self.select(0)
