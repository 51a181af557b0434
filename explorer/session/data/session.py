"""The data set in use, and the page and the image of it that the tab "Data" shows."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.data.dataset import StoredPixels
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

PAGE_SIZE = 96
"""Number of images on a page."""

LOAD_DELAY_MS = 1500
"""Delay after TensorFlow's start until the data is loaded, unless it is shown before."""

PARTS = ("train", "validation")
"""Parts of a data set."""


class DataSession(QObject):
    """The data set in use, which several tabs share, and what is shown of it.

    Parameters
    ----------
    source : name of the data set in use, see `core.data.sources.load_data`.
    requested_source : name of the data set that is being loaded or downloaded, else ``source``.
    info : the engine's reply about the data set in use, None before the first.
    part : "train" or "validation".
    digit : the only digit that is shown, None for all.
    index : index of the current image among those that are shown.
    page : the engine's reply with the images around it, None before the first.
    message : why the data could not be used, or a note about it; "" for none.

    Signals: `selected` with the index on the page when the current image or its page changes; the others when their
    attribute changes.
    """

    requestedSourceChanged = Signal(str)
    infoChanged = Signal(object)
    pageChanged = Signal(object)
    selected = Signal(int)
    filterChanged = Signal()
    messageChanged = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = "auto"
        self.requested_source = "auto"
        self.info: DataInfoReply | None = None
        self.page: DataPageReply | None = None
        self.part = "train"
        self.digit: int | None = None
        self.index = 0
        self.message = ""
        self.download = DownloadSession(client, self)
        self._is_requested = self._is_refusal = False
        self._client = client
        self.download.finished.connect(self._handle_download)
        self.download.ended.connect(self._handle_download_end)
        client.failed.connect(self._set_message)
        client.ready.connect(lambda _info: self._handle_engine_ready())

    # -- the data set -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the data set in use, "" before it is loaded."""
        return "" if self.info is None else str(self.info["name"])

    @property
    def summary(self) -> str:
        """Name and size of the data set in use, "" before it is loaded."""
        return f"{self.name}: {self.split_text}" if self.info is not None else ""

    @property
    def split_text(self) -> str:
        """Numbers of training and validation images as text."""
        return f"{self.count('train'):,} to train, {self.count('validation'):,} to validate"

    @property
    def source_for_training(self) -> str:
        """The source for a run that starts now: the chosen one, but during its download the one in use."""
        return self.source if self.download.is_running else self.requested_source

    @property
    def source_for_code(self) -> str:
        """The source for Keras code of such a run: for "auto", the one that was chosen automatically."""
        source = self.source_for_training
        return str(self.info["source"]) if source == "auto" and self.info is not None else source

    @property
    def stored_for_code(self) -> tuple[StoredPixels, StoredPixels]:
        """How the pixels of `source_for_code` for training and for validation are stored."""
        info = self.info
        if info is None or info["source"] != self.source_for_code:
            return StoredPixels.WHOLE, StoredPixels.WHOLE
        one, other = info["stored"]
        return StoredPixels(one), StoredPixels(other)

    def count(self, part: str) -> int:
        """Return the number of images of a part."""
        return 0 if self.info is None else int(self.info["parts"][f"y_{part}"]["shape"][0])

    def load_once(self) -> None:
        """Load the data set if that was not requested yet."""
        if not self._is_requested:
            self.open(self.source)

    def _handle_engine_ready(self) -> None:
        """Request again what an earlier engine did not answer; else load the data after a delay."""
        if self._is_requested and self.info is None:
            self.open(self.requested_source)
        elif not self._is_requested:
            QTimer.singleShot(LOAD_DELAY_MS, self, self.load_once)

    def open(self, source: str) -> None:
        """Use another data set, after a download if it is not in Keras's cache; the old one stays in use until then."""
        self._is_requested = True
        if source == self.download.source:
            return
        self.download.cancel()
        self._set_message("")  # of the source before
        try:
            source.encode()
        except UnicodeEncodeError:
            self._refuse("The name of this file has characters that cannot be read.")
            return
        self._set_requested_source(source)
        self._request_info(source)

    def _set_requested_source(self, source: str) -> None:
        if source != self.requested_source:
            self.requested_source = source
            self.requestedSourceChanged.emit(source)

    def _request_info(self, source: str) -> None:
        self._client.request(DATA_INFO, DataInfoPayload(data=source), lambda reply: self._receive_info(source, reply))

    def _receive_info(self, source: str, reply: DataInfoReply) -> None:
        if source != self.requested_source:
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

    def _handle_download_end(self, message: str) -> None:
        if message:
            self._refuse(f"{message} {self.name or 'The sample'} is used instead.")
        else:
            self._set_requested_source(self.source)

    def dismiss_refusal(self) -> None:
        """Remove the message about images that could not be used, because others are used now."""
        if self._is_refusal:
            self._set_message("")

    def _refuse(self, message: str) -> None:
        """Keep the data set in use, and report why; without one, load the sample."""
        self._set_requested_source(self.source)
        self._set_message(message)
        self._is_refusal = True
        if self.info is None:
            self._client.request(DATA_INFO, DataInfoPayload(data="sample"), self._receive_sample)

    def _receive_sample(self, reply: DataInfoReply) -> None:
        """Use the sample, but keep the message about why."""
        if self.info is None and "error" not in reply:
            message = self.message
            self._set_requested_source("sample")
            self._receive_info("sample", reply)
            self._set_message(message)

    def _set_message(self, message: str) -> None:
        self._is_refusal = False
        if message != self.message:
            self.message = message
            self.messageChanged.emit(message)

    # -- the page and the image ------------------------------------------------------------------------

    @property
    def page_start(self) -> int:
        """Index of the first image of the page."""
        return self.index // PAGE_SIZE * PAGE_SIZE

    @property
    def total(self) -> int:
        """Number of images of the part and the digit."""
        if self.info is None:
            return 0
        if self.digit is None:
            return self.count(self.part)
        return int(self.class_counts[self.digit])

    @property
    def class_counts(self) -> Any:
        """Number of images of each digit in the part, (10,); None before the data is loaded."""
        info: Mapping[str, Any] = self.info or {}
        return info.get("counts" if self.part == "train" else "validation_counts")

    def set_part(self, part: str) -> None:
        """Show training or validation images."""
        if part != self.part and part in PARTS:
            self._set_filter(part, self.digit)

    def set_digit(self, digit: int | None) -> None:
        """Show the images of one digit, or of all for None."""
        if digit != self.digit:
            self._set_filter(self.part, digit)

    def _set_filter(self, part: str, digit: int | None, index: int = 0) -> None:
        self.part, self.digit, self.index = part, digit, index
        self.filterChanged.emit()
        self._request_page()

    def show(self, part: str, digit: int | None, index: int) -> None:
        """Show the image at an index among those of a part and of a digit, or of all digits for None."""
        index = min(max(0, index), max(0, self.count(part) - 1))
        if (part, digit) != (self.part, self.digit) or self.page is None:
            self._set_filter(part, digit, index)
        else:
            self.show_index(index)

    def turn_pages(self, pages: int) -> None:
        """Go forward by a number of pages, or back if it is negative."""
        start = min(max(0, self.page_start + pages * PAGE_SIZE), max(0, (self.total - 1) // PAGE_SIZE * PAGE_SIZE))
        if start != self.page_start:
            self.show_index(start)

    def select_on_page(self, index: int) -> None:
        """Show the image at an index on the page."""
        if self.page is not None and 0 <= index < len(self.page["labels"]):
            self.show_index(int(self.page["start"]) + index)

    def move(self, offset: int) -> None:
        """Show the image at an offset from the current one, on another page if need be."""
        if 0 <= self.index + offset < self.total:
            self.show_index(self.index + offset)

    def show_index(self, index: int) -> None:
        """Show the image at an index among those of the part and the digit."""
        index = min(max(0, index), max(0, self.total - 1))
        before, self.index = self.page_start, index
        if self.page_start != before or self.page is None:
            self._request_page()
        if self.is_up_to_date:  # also where the page of the image before has not arrived
            self.selected.emit(index - self.page_start)

    def show_number(self, number: int) -> None:
        """Show an image by its number in the part, with all digits."""
        if self.digit is None:
            self.show_index(number)
        elif 0 <= number < self.count(self.part):
            self._set_filter(self.part, None, number)

    def _request_page(self) -> None:
        payload: DataPagePayload = {
            "data": self.source,
            "part": self.part,
            "digit": self.digit,
            "start": self.page_start,
            "count": PAGE_SIZE,
        }
        self._client.request(DATA_PAGE, payload, self._receive_page)

    def _is_requested_page(self, page: DataPageReply) -> bool:
        key = page["data"], page["part"], page["digit"], page["start"]
        return key == (self.source, self.part, self.digit, self.page_start)

    @property
    def is_up_to_date(self) -> bool:
        """Whether ``page`` is the requested one."""
        return self.page is not None and self._is_requested_page(self.page)

    def _receive_page(self, reply: DataPageReply) -> None:
        if (error := reply.get("error")) is not None:
            self._set_message(error["message"])
            return
        if self._is_requested_page(reply):  # else the reply to a newer request will follow
            self.page = reply
            self.pageChanged.emit(reply)
            if len(reply["labels"]):
                self.selected.emit(min(self.index - self.page_start, len(reply["labels"]) - 1))
