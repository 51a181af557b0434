"""Large graphs are laid out by a process beside the window: it stays warm, and is ended to cancel what it does."""

import sys
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from explorer.core.network_graph.chunks import split_into_chunks
from explorer.core.network_graph.layout_worker import LayoutReader, request_frames
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.core.protocol.frames import FrameError, FrameReader, pack
from explorer.session.engine_client.client import engine_environment
from explorer.session.time_slicing import TimeSlicedTask

SLOW = 400
"""Milliseconds after which it is told that a layout is under way, and can be cancelled."""

BITE = 32_768
"""Bytes of a layout that are read at a time: a large one would hold the window up."""

LONGEST = 60_000
"""Milliseconds after which a layout is given up."""


class LayoutClient(QObject):
    """done: a layout (`core.network.place.Arranged`) for the newest question, by its number. slow: it takes long.

    failed: why there will be none. Only the newest question is answered.
    """

    done = Signal(int, object)
    slow = Signal(int)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._reader = FrameReader()
        self._parts = LayoutReader()
        self._number = 0
        self._busy = False
        self._writing = TimeSlicedTask(self)
        self._slow = QTimer(self, singleShot=True, interval=SLOW)
        self._slow.timeout.connect(lambda: self.slow.emit(self._number))
        self._patience = QTimer(self, singleShot=True, interval=LONGEST)
        self._patience.timeout.connect(self._too_long)

    @property
    def is_busy(self) -> bool:
        """Whether a layout is under way."""
        return self._busy

    def warm(self) -> None:
        """Start the process, so that it is there when it is needed."""
        if self._process is None:
            process = QProcess(self)
            process.setProcessEnvironment(engine_environment())
            process.setProgram(sys.executable)
            process.setArguments(["-P", "-m", "explorer.core.network_graph.layout_worker"])
            process.readyReadStandardOutput.connect(lambda: self._read(process))
            process.finished.connect(lambda *_: self._ended(process))
            self._reader = FrameReader()
            self._process = process
            process.start()

    def ask(
        self,
        seen: VisibleGraph,
        sizes: Mapping[str, Any],
        labels: Mapping[str, Any],
        aspect: float,
        heads: Mapping[str, float],
    ) -> int:
        """Request a layout, see `core.network_graph.layout.lay_out_graph`; an older one in progress is abandoned."""
        if self._busy:
            self.cancel()
        self.warm()
        self._number += 1
        self._busy = True
        self._parts = LayoutReader()
        frames = request_frames(self._number, split_into_chunks(seen), sizes, labels, aspect, heads)
        self._writing.start(self._written(frames), lambda _none: None)
        self._slow.start()
        self._patience.start()
        return self._number

    def _written(self, frames: Iterator[dict[str, Any]]) -> Generator[None, None, None]:
        for frame in frames:
            assert self._process is not None
            self._process.write(pack(frame))
            yield

    def cancel(self) -> None:
        """Give up what is under way; the process is ended and a new one gets warm."""
        self._rest()
        self._end()
        self.warm()

    def stop(self) -> None:
        """End the process for good."""
        self._rest()
        self._end()

    def _rest(self) -> None:
        self._busy = False
        self._writing.stop()
        self._slow.stop()
        self._patience.stop()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardOutput.disconnect()
            process.finished.disconnect()
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _read(self, process: QProcess) -> None:
        """Read a bite; what is left is read when the window has had time for other things."""
        if process is not self._process:
            return
        try:
            replies = list(self._reader.feed(bytes(process.read(BITE).data())))
        except FrameError:
            self._give_up("The layout could not be read.")
            return
        if process.bytesAvailable():
            QTimer.singleShot(0, process, lambda: self._read(process))
        for reply in replies:
            if self._busy and reply["id"] == self._number and (made := self._parts.take(reply)) is not None:
                self._rest()
                self.done.emit(self._number, made)

    def _ended(self, process: QProcess) -> None:
        if process is self._process:
            self._process = None
            process.deleteLater()
            if self._busy:
                self._give_up("Graphviz ended without a layout.")

    def _too_long(self) -> None:
        self._give_up(f"Graphviz found no layout within {LONGEST // 1000} seconds.")

    def _give_up(self, sentence: str) -> None:
        self._rest()
        self._end()
        self.failed.emit(sentence)
