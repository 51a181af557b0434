"""The numbers of the plot as a file: every point as TensorFlow computed it, not thinned to the screen."""

from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write, save_error_message
from explorer.core.protocol.plot import CURVE_TABLE, CurvePayload, CurveTablePayload, CurveTableReply
from explorer.session.engine_client.client import EngineClient
from explorer.session.plot.curve import CurveSession

PART = 10_000
"""Points that are asked for at a time: the engine may answer something else in between."""

MOST = 2_000_000
"""Points that a table may have."""

NAMES = ("f", "f'", "f''")
"""Heads of the columns, by order of the derivative; plain letters, which every program reads."""


class CsvExport(QObject):
    """Saves one table at a time. told: what became of it, in a sentence."""

    told = Signal(str)

    def __init__(self, client: EngineClient, curve: CurveSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client, self._curve = client, curve
        self._stack: ExitStack | None = None
        self._file: BinaryIO | None = None
        self._path = ""
        self._wanted: CurvePayload | None = None
        self._done = 0

    def save(self, path: str) -> None:
        """Write x, f and the derivatives that are plotted to ``path``, whole or not at all; `told` follows."""
        wanted = self._curve.wanted
        if self._stack is not None:
            self.told.emit(f"Not saved: {self._path} is still being written.")
        elif wanted is None:
            self.told.emit("Not saved: there is no variable with a single number, so there is no plot.")
        elif wanted["points"] > MOST:
            self.told.emit(f"Not saved: a table may have {MOST:,} points, and this plot has {wanted['points']:,}.")
        else:
            self._begin(path, wanted)

    def _begin(self, path: str, wanted: CurvePayload) -> None:
        self._path, self._wanted, self._done = path, wanted, 0
        stack = ExitStack()
        try:
            part = stack.enter_context(atomic_write(Path(path)))
            self._file = stack.enter_context(part.open("wb"))
            heads = [wanted["variable"], *(NAMES[order] for order in wanted["orders"])]
            self._file.write((",".join(heads) + "\n").encode())
        except OSError as error:
            self._fail(stack, error)
            return
        self._stack = stack
        self._ask()

    def _ask(self) -> None:
        if self._wanted is not None:
            payload = CurveTablePayload(**self._wanted, start=self._done, count=PART)
            self._client.request(CURVE_TABLE, payload, self._take)

    def _take(self, reply: CurveTableReply) -> None:
        stack, file = self._stack, self._file
        if stack is None or file is None:
            return
        try:
            if (error := reply.get("error")) is not None:
                raise OSError(error["message"])
            file.write(reply["lines"])
            self._done += PART
            if self._done < int(reply["points"]):
                self._ask()
                return
            stack.close()
        except OSError as error:
            self._fail(stack, error)
            return
        self._stack = self._file = None
        self.told.emit(f"Saved: {self._path}, {int(reply['points']):,} points")

    def _fail(self, stack: ExitStack, error: OSError) -> None:
        """Leave nothing behind and say why."""
        self._stack = self._file = None
        try:
            with stack:
                raise error
        except OSError:
            self.told.emit(save_error_message(self._path, error))
