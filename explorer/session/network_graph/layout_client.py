"""The process that lays out large graphs: it is kept running, and killed to cancel a layout."""

import sys
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from explorer.core.graph.graphviz_layout import Size
from explorer.core.network_graph.chunks import split_into_chunks
from explorer.core.network_graph.layout_worker import LayoutReader, request_frames
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.core.protocol.frames import FrameError, FrameReader, pack
from explorer.session.engine_client.client import engine_environment
from explorer.session.time_slicing import TimeSlicedTask
from explorer.session.timers import single_shot_timer

SLOW_AFTER_MS = 400
"""Time after which `LayoutClient.slow` is emitted, so that the user can cancel the layout."""

READ_SIZE_BYTES = 32_768
"""Bytes that are read at once; to decode a large layout in one piece would block the window."""

TIMEOUT_MS = 60_000
"""Time after which a layout is abandoned."""


class LayoutClient(QObject):
    """Requests layouts from the layout process; only the newest request is answered.

    done: the number of the request and the layout, a `core.network_graph.layout.GraphLayout`.
    slow: the number of a request that has not been answered within `SLOW_AFTER_MS`.
    failed: why there will be no layout, as a message for the user.
    """

    done = Signal(int, object)
    slow = Signal(int)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._frames = FrameReader()
        self._reader = LayoutReader()
        self._number = 0
        self._is_busy = False
        self._writing = TimeSlicedTask(self)
        self._slow = single_shot_timer(self, self._report_slow, SLOW_AFTER_MS)
        self._timeout = single_shot_timer(self, self._handle_timeout, TIMEOUT_MS)

    @property
    def is_busy(self) -> bool:
        """Whether a layout is in progress."""
        return self._is_busy

    def warm_up(self) -> None:
        """Start the process, so that it is ready when a layout is requested."""
        if self._process is None:
            process = QProcess(self)
            process.setProcessEnvironment(engine_environment())
            process.setProgram(sys.executable)
            process.setArguments(["-P", "-m", "explorer.core.network_graph.layout_worker"])
            process.readyReadStandardOutput.connect(lambda: self._read(process))
            process.finished.connect(lambda *_: self._handle_exit(process))
            self._frames = FrameReader()
            self._process = process
            process.start()

    def request(
        self,
        visible: VisibleGraph,
        sizes: Mapping[str, Size],
        labels: Mapping[str, Size],
        aspect: float,
        heads: Mapping[str, float],
    ) -> int:
        """Request a layout and return the request's number; an older request in progress is cancelled.

        The arguments are those of `core.network_graph.layout.lay_out_graph`.
        """
        if self._is_busy:
            self.cancel()
        self.warm_up()
        self._number += 1
        self._is_busy = True
        self._reader = LayoutReader()
        frames = request_frames(self._number, split_into_chunks(visible), sizes, labels, aspect, heads)
        self._writing.start(self._write(frames), lambda _none: None)
        self._slow.start()
        self._timeout.start()
        return self._number

    def cancel(self) -> None:
        """Cancel the layout in progress: kill the process, and start a new one for the next request."""
        self._reset()
        self._kill()
        self.warm_up()

    def stop(self) -> None:
        """End the process for good."""
        self._reset()
        self._kill()

    def _write(self, frames: Iterator[dict[str, Any]]) -> Generator[None, None, None]:
        for frame in frames:
            assert self._process is not None
            self._process.write(pack(frame))
            yield

    def _reset(self) -> None:
        self._is_busy = False
        self._writing.stop()
        self._slow.stop()
        self._timeout.stop()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardOutput.disconnect()
            process.finished.disconnect()
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _read(self, process: QProcess) -> None:
        """Read up to `READ_SIZE_BYTES`; the event loop runs before the rest is read."""
        if process is not self._process:
            return
        try:
            replies = list(self._frames.feed(bytes(process.read(READ_SIZE_BYTES).data())))
        except FrameError:
            self._fail("The layout could not be read.")
            return
        if process.bytesAvailable():
            QTimer.singleShot(0, process, lambda: self._read(process))
        for reply in replies:
            if self._is_busy and reply["id"] == self._number and (layout := self._reader.add(reply)) is not None:
                self._reset()
                self.done.emit(self._number, layout)

    def _handle_exit(self, process: QProcess) -> None:
        if process is self._process:
            self._process = None
            process.deleteLater()
            if self._is_busy:
                self._fail("Graphviz ended without a layout.")

    def _report_slow(self) -> None:
        self.slow.emit(self._number)

    def _handle_timeout(self) -> None:
        self._fail(f"Graphviz found no layout within {TIMEOUT_MS // 1000} seconds.")

    def _fail(self, message: str) -> None:
        self._reset()
        self._kill()
        self.failed.emit(message)
