"""Saves the plotted curves as CSV: every point that TensorFlow computes, not only those on the screen."""

from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write, save_error_message
from explorer.core.protocol.plot import CURVE_TABLE, CurvePayload, CurveTablePayload, CurveTableReply
from explorer.session.engine_client.client import EngineClient
from explorer.session.plot.curve import CurveSession

CHUNK_SIZE = 10_000
"""Points of one request: the engine can answer other requests in between."""

MAX_POINTS = 2_000_000
"""Largest number of points of a table."""

COLUMN_NAMES = ("f", "f'", "f''")
"""Names of the columns by order of the derivative, in ASCII, which every program reads."""


class CsvSaver(QObject):
    """Saves one table at a time. messageReported: the result, as a message."""

    messageReported = Signal(str)

    def __init__(self, client: EngineClient, curve: CurveSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client, self._curve = client, curve
        self._stack: ExitStack | None = None
        self._file: BinaryIO | None = None
        self._path = ""
        self._payload: CurvePayload | None = None
        self._done = 0

    def save(self, path: str) -> None:
        """Write x, f and the plotted derivatives to ``path``, completely or not at all."""
        payload = self._curve.payload
        if self._stack is not None:
            self.messageReported.emit(f"Not saved: {self._path} is still being written.")
        elif payload is None:
            self.messageReported.emit("Not saved: there is no variable, so there is no plot.")
        elif payload["points"] > MAX_POINTS:
            self.messageReported.emit(
                f"Not saved: a table may have {MAX_POINTS:,} points, and this plot has {payload['points']:,}."
            )
        else:
            self._begin(path, payload)

    def _begin(self, path: str, payload: CurvePayload) -> None:
        self._path, self._payload, self._done = path, payload, 0
        stack = ExitStack()
        try:
            part = stack.enter_context(atomic_write(Path(path)))
            self._file = stack.enter_context(part.open("wb"))
            axis = payload["variable"]  # that of an entry of a matrix has a comma
            columns = [f'"{axis}"' if "," in axis else axis, *(COLUMN_NAMES[order] for order in payload["orders"])]
            self._file.write((",".join(columns) + "\n").encode())
        except OSError as error:
            self._fail(stack, error)
            return
        self._stack = stack
        self._request_chunk()

    def _request_chunk(self) -> None:
        if self._payload is not None:
            payload = CurveTablePayload(**self._payload, start=self._done, count=CHUNK_SIZE)
            self._client.request(CURVE_TABLE, payload, self._receive)

    def _receive(self, reply: CurveTableReply) -> None:
        stack, file = self._stack, self._file
        if stack is None or file is None:
            return
        try:
            if (error := reply.get("error")) is not None:
                raise OSError(error["message"])
            file.write(reply["lines"])
            self._done += CHUNK_SIZE
            if self._done < int(reply["points"]):
                self._request_chunk()
                return
            stack.close()
        except OSError as error:
            self._fail(stack, error)
            return
        self._stack = self._file = None
        self.messageReported.emit(f"Saved: {self._path}, {int(reply['points']):,} points")

    def _fail(self, stack: ExitStack, error: OSError) -> None:
        """Remove the incomplete file and report why."""
        self._stack = self._file = None
        try:
            with stack:
                raise error
        except OSError:
            self.messageReported.emit(save_error_message(self._path, error))
