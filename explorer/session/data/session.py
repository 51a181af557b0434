"""Which images the window uses, and what the tab "Data" shows of them: which page, which one large."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.protocol.data import (
    DATA_INFO,
    DATA_PAGE,
    DataInfoPayload,
    DataInfoReply,
    DataPagePayload,
    DataPageReply,
)
from explorer.session.data.download import DownloadSession
from explorer.session.engine_client.client import EngineClient

PAGE = 96
"""Images on a page."""

LATER = 1500
"""Milliseconds after TensorFlow's start at which the data is looked at, if nobody wanted to see it before."""

PARTS = ("train", "validation")


class DataSession(QObject):
    """The one owner of the choice of data: both tabs ask it and show it.

    source: the data in use (`core.data_sources.open_data`). wanted: what was asked for and is still being read or
    fetched, else ``source``. info: the engine's answer about the data in use, None before the first. part: ``train``
    or ``validation``. digit: shown alone, None for all. at: the image shown large, counted in what can be turned
    through. page: the images around it.
    """

    wantedChanged = Signal(str)
    infoChanged = Signal(object)
    pageChanged = Signal(object)
    selected = Signal(int)
    filterChanged = Signal()
    messageChanged = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = "auto"
        self.wanted = "auto"
        self.info: DataInfoReply | None = None
        self.page: DataPageReply | None = None
        self.part = "train"
        self.digit: int | None = None
        self.index = 0
        self.message = ""
        self.download = DownloadSession(client, self)
        self._is_requested = False
        self._client = client
        self.download.finished.connect(self._handle_download)
        self.download.ended.connect(self._handle_download_end)
        client.failed.connect(self._set_message)
        client.ready.connect(lambda _info: self._handle_engine_ready())

    # -- which data -------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What the data in use is called; empty as long as nobody knows."""
        return "" if self.info is None else str(self.info["name"])

    @property
    def summary(self) -> str:
        """The data in use, and how many images."""
        return f"{self.name}: {self.split_text}" if self.info is not None else ""

    @property
    def split_text(self) -> str:
        """How many images train, and how many validate."""
        return f"{self.count('train'):,} to train, {self.count('validation'):,} to validate"

    @property
    def source_for_training(self) -> str:
        """The source for a run that begins now: what was chosen, though while it is fetched what is in use."""
        return self.source if self.download.is_running else self.wanted

    @property
    def source_for_code(self) -> str:
        """The source that Keras code for such a run reads: where the program chooses, what it has chosen."""
        source = self.source_for_training
        return str(self.info["source"]) if source == "auto" and self.info is not None else source

    def count(self, part: str) -> int:
        """Return how many images a part has."""
        return 0 if self.info is None else int(self.info["parts"][f"y_{part}"]["shape"][0])

    def load_once(self) -> None:
        """Find out about the data: somebody looks for the first time."""
        if not self._is_requested:
            self.open(self.source)

    def _handle_engine_ready(self) -> None:
        """Ask again where an engine before this one could not answer; else a moment later, when nobody waits for it."""
        if self._is_requested and self.info is None:
            self.open(self.wanted)
        elif not self._is_requested:
            QTimer.singleShot(LATER, self, self.load_once)

    def open(self, source: str) -> None:
        """Use other data, which is fetched where Keras has not got it; what is in use stays until that is there."""
        self._is_requested = True
        if source == self.download.source:
            return
        self.download.cancel()
        try:
            source.encode()
        except UnicodeEncodeError:
            self._refuse("The name of this file is not written in signs that can be read.")
            return
        self._set_wanted(source)
        self._request_info(source)

    def _set_wanted(self, source: str) -> None:
        if source != self.wanted:
            self.wanted = source
            self.wantedChanged.emit(source)

    def _request_info(self, source: str) -> None:
        self._client.request(DATA_INFO, DataInfoPayload(data=source), lambda reply: self._receive_info(source, reply))

    def _receive_info(self, source: str, reply: DataInfoReply) -> None:
        if source != self.wanted:
            return
        if (error := reply.get("error")) is not None:
            self._refuse(error["message"])
        elif "missing" in reply:
            self._set_message("")
            self.download.start(str(reply["missing"]), str(reply["title"]), int(reply["bytes"]))
        else:
            self.source, self.index, self.digit = source, 0, None
            self.info = reply
            self._set_message(str(reply.get("note") or ""))
            self.infoChanged.emit(reply)
            self.filterChanged.emit()
            self._request_page()

    def _handle_download(self, source: str) -> None:
        self._request_info(source)

    def _handle_download_end(self, sentence: str) -> None:
        if sentence:
            self._refuse(f"{sentence} {self.name or 'The sample'} is used instead.")
        else:
            self._set_wanted(self.source)

    def _refuse(self, sentence: str) -> None:
        """Stay with what is in use, and say why."""
        self._set_wanted(self.source)
        self._set_message(sentence)
        if self.info is None:
            self._client.request(DATA_INFO, DataInfoPayload(data="sample"), self._receive_sample)

    def _receive_sample(self, reply: DataInfoReply) -> None:
        """Fall back on the sample, with the sentence that says why still there."""
        if self.info is None and "error" not in reply:
            why = self.message
            self._set_wanted("sample")
            self._receive_info("sample", reply)
            self._set_message(why)

    def _set_message(self, sentence: str) -> None:
        if sentence != self.message:
            self.message = sentence
            self.messageChanged.emit(sentence)

    # -- what is looked at ------------------------------------------------------------------------

    @property
    def page_start(self) -> int:
        """The first image of the page."""
        return self.index // PAGE * PAGE

    @property
    def total(self) -> int:
        """How many images can be turned through."""
        if self.info is None:
            return 0
        if self.digit is None:
            return self.count(self.part)
        return int(self.class_counts[self.digit])

    @property
    def class_counts(self) -> Any:
        """How many images of each digit the part has, (10,)."""
        info: Mapping[str, Any] = self.info or {}
        return info.get("counts" if self.part == "train" else "validation_counts")

    def set_part(self, part: str) -> None:
        """Show images that are trained on, or those that validate."""
        if part != self.part and part in PARTS:
            self._filter(part, self.digit)

    def set_digit(self, digit: int | None) -> None:
        """Show one digit alone, or all."""
        if digit != self.digit:
            self._filter(self.part, digit)

    def _filter(self, part: str, digit: int | None, index: int = 0) -> None:
        self.part, self.digit, self.index = part, digit, index
        self.filterChanged.emit()
        self._request_page()

    def show(self, part: str, digit: int | None, index: int) -> None:
        """Show a part, all digits of it or one, and of these the image at ``index`` large."""
        index = min(max(0, index), max(0, self.count(part) - 1))
        if (part, digit) != (self.part, self.digit) or self.page is None:
            self._filter(part, digit, index)
        else:
            self.show_index(index)

    def turn_pages(self, pages: int) -> None:
        """Turn so many pages on, or back."""
        start = min(max(0, self.page_start + pages * PAGE), max(0, (self.total - 1) // PAGE * PAGE))
        if start != self.page_start:
            self.show_index(start)

    def select_on_page(self, place: int) -> None:
        """Show the image at a place of the page large."""
        if self.page is not None and 0 <= place < len(self.page["labels"]):
            self.show_index(int(self.page["start"]) + place)

    def move(self, by: int) -> None:
        """Show an image so many further on, also beyond the page."""
        if 0 <= self.index + by < self.total:
            self.show_index(self.index + by)

    def show_index(self, index: int) -> None:
        """Show an image large, by its place among all that can be turned through."""
        index = min(max(0, index), max(0, self.total - 1))
        before, self.index = self.page_start, index
        if self.page_start != before or self.page is None:
            self._request_page()
        elif self.page["start"] == self.page_start:
            self.selected.emit(index - self.page_start)

    def show_number(self, number: int) -> None:
        """Show an image by its number in the part; where it is none of the digit shown, all digits are shown."""
        if self.digit is None:
            self.show_index(number)
        elif 0 <= number < self.count(self.part):
            self._filter(self.part, None, number)

    def _request_page(self) -> None:
        payload: DataPagePayload = {
            "data": self.source,
            "part": self.part,
            "digit": self.digit,
            "start": self.page_start,
            "count": PAGE,
        }
        self._client.request(DATA_PAGE, payload, self._receive_page)

    def _is_wanted_page(self, page: DataPageReply) -> bool:
        about = page["data"], page["part"], page["digit"], page["start"]
        return about == (self.source, self.part, self.digit, self.page_start)

    @property
    def is_up_to_date(self) -> bool:
        """Whether the page that is there is the one that is wanted."""
        return self.page is not None and self._is_wanted_page(self.page)

    def _receive_page(self, reply: DataPageReply) -> None:
        if (error := reply.get("error")) is not None:
            self._set_message(error["message"])
            return
        if self._is_wanted_page(reply):  # else another page is on its way
            self.page = reply
            self.pageChanged.emit(reply)
            if len(reply["labels"]):
                self.selected.emit(min(self.index - self.page_start, len(reply["labels"]) - 1))
