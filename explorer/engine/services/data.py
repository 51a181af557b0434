"""Answers what the tab "Data" asks: what the images are, and pages of them; and fetches data that is missing."""

import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import numpy as np

from explorer.core.data.dataset import DataError, Dataset
from explorer.core.data.sources import SOURCES, MissingDataError, open_data
from explorer.core.errors import ExpressionError
from explorer.engine.data.download import CancelledError, Download

PAGE = 400
"""Images in one answer at most."""

EVENTS_A_SECOND = 15
"""Of a download; nobody can follow more."""

PARTS = ("train", "validation")

Send = Callable[[dict[str, Any]], None]


class DataService:
    """Keeps the data that was looked at last, for whoever asks for the same again: so it is also what is trained on.

    What cannot be answered raises ExpressionError with a sentence.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._name = ""
        self._data: Dataset | None = None
        self._opening = threading.Lock()
        self._download: Download | None = None

    def open(self, name: str) -> Dataset:
        """Return data by name (`core.data_sources.open_data`); raises DataError, and keeps what was open."""
        with self._opening:
            if self._data is None or name not in (self._name, self._data.source):
                # The data in use stays until other data has been read whole.
                self._data = open_data(name)
                self._name = name
            return self._data

    def in_use(self) -> Dataset:
        """Return the data that was opened last; raises DataError."""
        with self._opening:
            if self._data is not None:
                return self._data
        return self.open("auto")

    def info(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``data_info``: shapes and dtypes as Python prints them, counts of each digit, mean images.

        Where the data has to be downloaded first: ``missing``, its title and how many bytes that are.
        """
        try:
            data = self._fresh(request)
        except MissingDataError as error:
            return {"missing": error.source.key, "title": error.source.title, "bytes": error.source.size}
        parts = {
            key: {"shape": list(getattr(data, key).shape), "dtype": str(getattr(data, key).dtype)}
            for key in ("x_train", "y_train", "x_validation", "y_validation")
        }
        counts = np.bincount(data.y_train, minlength=10)
        means = np.stack(
            [
                data.x_train[data.y_train == digit].mean(axis=0) if counts[digit] else np.zeros((28, 28))
                for digit in range(10)
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
        }

    def page(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``data_page``: ``count`` images from ``start`` on, of one ``digit`` or of all (None).

        ``part``: ``train`` or ``validation``. ``total``: how many there are to turn through; ``numbers``: their places
        in the part.
        """
        try:
            data = self.open(str(request.get("data") or "auto"))
        except DataError as error:
            raise ExpressionError(str(error)) from error
        part = "validation" if request.get("part") == "validation" else "train"
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        digit = request.get("digit")
        found = np.arange(len(y)) if digit is None else np.flatnonzero(y == int(digit))
        start = max(0, int(request.get("start") or 0))
        chosen = found[start : start + min(int(request["count"]), PAGE)]
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

    def fetch(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``data_fetch``: begins a download of ``data`` and returns at once; events of kind ``download`` follow.

        Each has ``data`` and ``state`` (``running``, ``done``, ``failed``, ``cancelled``); running: ``done`` and
        ``total`` bytes; failed: a ``sentence``.
        """
        source = SOURCES.get(str(request.get("data")))
        if source is None:
            raise ExpressionError("This data cannot be downloaded.")
        self.stop()
        self._download = Download(source, _ProgressReporter(self._send, source.key))
        threading.Thread(target=self._work, args=(self._download,), name=f"download {source.key}", daemon=True).start()
        return {"data": source.key}

    def cancel(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``data_fetch_cancel``: ends the download, at once for the window."""
        self.stop()
        return {}

    def stop(self) -> None:
        """End the download that is under way, if there is one."""
        download, self._download = self._download, None
        if download is not None:
            download.cancel()
            self._send({"kind": "download", "data": download.source.key, "state": "cancelled"})

    def _work(self, download: Download) -> None:
        told: dict[str, Any] = {"kind": "download", "data": download.source.key, "state": "done"}
        try:
            download.run()
        except CancelledError:
            return
        except DataError as error:
            told |= {"state": "failed", "sentence": str(error)}
        except Exception as error:  # the engine must live on, and the window must know
            told |= {"state": "failed", "sentence": f"{download.source.title} could not be downloaded: {error}"}
        if self._download is download:
            self._download = None
            self._send(told)

    def _fresh(self, request: Mapping[str, Any]) -> Dataset:
        """Open data anew: a file may be another one than a while ago."""
        name = str(request.get("data") or "auto")
        try:
            data = open_data(name)
        except MissingDataError:
            raise
        except DataError as error:
            raise ExpressionError(str(error)) from error
        with self._opening:
            if self._data is None or not _is_same(self._data, data):
                self._data = data  # else the next run goes on with what was compiled for the very same arrays
            self._name = name
            return self._data


def _is_same(one: Dataset, other: Dataset) -> bool:
    """Whether nothing has changed."""
    told = [(data.name, data.source, data.note) for data in (one, other)]
    arrays = ("y_train", "y_validation", "x_validation", "x_train")
    return told[0] == told[1] and all(np.array_equal(getattr(one, key), getattr(other, key)) for key in arrays)


class _ProgressReporter:
    """Passes a download's progress on, as often as somebody can follow."""

    def __init__(self, send: Send, key: str) -> None:
        self._send = send
        self._key = key
        self._told_at = -1.0

    def __call__(self, done: int, total: int) -> None:
        if done in (0, total) or monotonic() - self._told_at > 1 / EVENTS_A_SECOND:
            self._told_at = monotonic() if done else -1.0  # the first bytes are told too, however soon they come
            self._send({"kind": "download", "data": self._key, "state": "running", "done": done, "total": total})
