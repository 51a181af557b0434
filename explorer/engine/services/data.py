"""Answers requests about data, and downloads data that is missing."""

import threading
from time import monotonic

import numpy as np

from explorer.core.data.dataset import DataError, Dataset
from explorer.core.data.sources import SOURCES, MissingDataError, load_data
from explorer.core.errors import ErrorCode, UserError
from explorer.core.protocol.data import (
    DATA_FETCH,
    DATA_FETCH_CANCEL,
    DATA_INFO,
    DATA_PAGE,
    ArrayInfo,
    DataFetchPayload,
    DataFetchReply,
    DataInfoPayload,
    DataInfoReply,
    DataPagePayload,
    DataPageReply,
)
from explorer.core.protocol.events import DownloadEvent
from explorer.core.protocol.request_kind import EmptyPayload, EmptyReply, Handlers
from explorer.engine.data.download import CancelledError, Download
from explorer.engine.mailbox import Send

MAX_IMAGES = 400
"""Images in one reply at most."""

MAX_EVENTS_PER_SECOND = 15
"""Events of a download: more could not be followed."""

PARTS = ("train", "validation")


class DataService:
    """Keeps the data that was opened last, so that all who ask for it, training included, share the same arrays."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._name = ""
        self._data: Dataset | None = None
        self._lock = threading.Lock()
        self._download: Download | None = None

    def handlers(self) -> Handlers:
        """Return the functions that answer requests."""
        return dict(
            (
                DATA_INFO.handled_by(self.info),
                DATA_PAGE.handled_by(self.page),
                DATA_FETCH.handled_by(self.fetch),
                DATA_FETCH_CANCEL.handled_by(self.cancel),
            )
        )

    def open(self, name: str) -> Dataset:
        """Return data by name, see `core.data.sources.load_data`; raise DataError and keep what was open."""
        with self._lock:
            if self._data is None or name not in (self._name, self._data.source):
                # The data in use stays until other data has been read completely.
                self._data = load_data(name)
                self._name = name
            return self._data

    def in_use(self) -> Dataset:
        """Return the data that was opened last; raise DataError."""
        with self._lock:
            if self._data is not None:
                return self._data
        return self.open("auto")

    def info(self, request: DataInfoPayload) -> DataInfoReply:
        """Return shapes, dtypes, counts and mean images of the data, or what has to be downloaded for it."""
        try:
            data = self._reopen(str(request.get("data") or "auto"))
        except MissingDataError as error:
            return {"missing": error.source.key, "title": error.source.title, "bytes": error.source.size}
        parts: dict[str, ArrayInfo] = {
            key: {"shape": list(getattr(data, key).shape), "dtype": str(getattr(data, key).dtype)}
            for key in ("x_train", "y_train", "x_validation", "y_validation")
        }
        counts = np.bincount(data.y_train, minlength=10)
        means = np.stack(
            [
                data.x_train[data.y_train == label].mean(axis=0) if counts[label] else np.zeros((28, 28))
                for label in range(10)
            ]
        )
        return {
            "name": data.name,
            "source": data.source,
            "note": data.note,
            "classes": list(data.classes),
            "parts": parts,
            "counts": counts,
            "validation_counts": np.bincount(data.y_validation, minlength=10),
            "means": np.rint(means).astype(np.uint8),
            "stored": [stored.value for stored in data.stored],
        }

    def page(self, request: DataPagePayload) -> DataPageReply:
        """Return up to `MAX_IMAGES` images of a part, of one label or of all."""
        data = self.open(str(request.get("data") or "auto"))
        part = "validation" if request.get("part") == "validation" else "train"
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        digit = request.get("digit")
        found = np.arange(len(y)) if digit is None else np.flatnonzero(y == int(digit))
        start = max(0, int(request.get("start") or 0))
        chosen = found[start : start + min(int(request["count"]), MAX_IMAGES)]
        return {
            "data": request.get("data"),
            "part": part,
            "digit": digit,
            "total": len(found),
            "start": start,
            "numbers": chosen,
            "images": x[chosen],
            "labels": y[chosen],
        }

    def fetch(self, request: DataFetchPayload) -> DataFetchReply:
        """Begin a download; return at once, and report its progress as `DownloadEvent`."""
        source = SOURCES.get(str(request.get("data")))
        if source is None:
            raise UserError("This data cannot be downloaded.")
        self.stop()
        self._download = Download(source, _ProgressReporter(self._send, source.key))
        threading.Thread(target=self._run, args=(self._download,), name=f"download {source.key}", daemon=True).start()
        return {"data": source.key}

    def cancel(self, _request: EmptyPayload) -> EmptyReply:
        """End the download."""
        self.stop()
        return {}

    def stop(self) -> None:
        """End the download in progress, if there is one; the window hears of it at once."""
        download, self._download = self._download, None
        if download is not None:
            download.cancel()
            self._report({"kind": "download", "data": download.source.key, "state": "cancelled"})

    def _run(self, download: Download) -> None:
        event: DownloadEvent = {"kind": "download", "data": download.source.key, "state": "done"}
        try:
            download.run()
        except CancelledError:
            return
        except DataError as error:
            event["state"], event["message"], event["code"] = "failed", error.message, error.code.value
        except Exception as error:  # the engine must live on, and the window must know
            event["state"], event["code"] = "failed", ErrorCode.INTERNAL.value
            event["message"] = f"{download.source.title} could not be downloaded: {error}"
        if self._download is download:
            self._download = None
            self._report(event)

    def _report(self, event: DownloadEvent) -> None:
        self._send({**event})

    def _reopen(self, name: str) -> Dataset:
        """Read data anew, since a file may have changed; keep the arrays if they are the same."""
        data = load_data(name)
        with self._lock:
            if self._data is None or not _is_same(self._data, data):
                self._data = data  # functions compiled for the very same arrays stay usable otherwise
            self._name = name
            return self._data


def _is_same(one: Dataset, other: Dataset) -> bool:
    """Whether names and all arrays are equal."""
    arrays = ("y_train", "y_validation", "x_validation", "x_train")
    return (one.name, one.source, one.note) == (other.name, other.source, other.note) and all(
        np.array_equal(getattr(one, key), getattr(other, key)) for key in arrays
    )


class _ProgressReporter:
    """Sends a download's progress, at most `MAX_EVENTS_PER_SECOND` times a second."""

    def __init__(self, send: Send, key: str) -> None:
        self._send = send
        self._key = key
        self._sent_at = -1.0

    def __call__(self, done: int, total: int) -> None:
        if done in (0, total) or monotonic() - self._sent_at > 1 / MAX_EVENTS_PER_SECOND:
            self._sent_at = monotonic() if done else -1.0  # the first bytes are reported too, however soon they come
            event: DownloadEvent = {
                "kind": "download",
                "data": self._key,
                "state": "running",
                "done": done,
                "total": total,
            }
            self._send({**event})
