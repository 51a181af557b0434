"""Saves the backward pass as an HTML page, in a separate process."""

import sys

from PySide6.QtCore import QObject, QProcess, Signal

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.protocol.frames import FrameError, FrameReader
from explorer.core.sharing.html_page import HtmlPageOptions
from explorer.core.sharing.html_worker import pack_request
from explorer.session.engine_client.client import engine_environment


class HtmlSaver(QObject):
    """Saves pages; `messageReported` says whether one was saved."""

    messageReported = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._processes: list[QProcess] = []

    def save(self, path: str, trace: Trace, values: Values, options: HtmlPageOptions) -> None:
        """Write the page to ``path``, completely or not at all; `messageReported` follows."""
        process = QProcess(self)
        process.setProcessEnvironment(engine_environment())
        process.setProgram(sys.executable)
        process.setArguments(["-P", "-m", "explorer.core.sharing.html_worker"])
        process.finished.connect(lambda *_: self._handle_exit(process, path))
        process.errorOccurred.connect(lambda kind: self._handle_process_error(process, kind))
        self._processes.append(process)
        process.start()
        process.write(pack_request(path, trace, values, options))
        process.closeWriteChannel()

    def stop(self) -> None:
        """Abandon the pages that are being written."""
        processes, self._processes = self._processes, []
        for process in processes:
            process.kill()
            process.waitForFinished(1000)

    def _handle_exit(self, process: QProcess, path: str) -> None:
        if process not in self._processes:
            return
        self._processes.remove(process)
        process.deleteLater()
        error: str | None = "the page could not be made"
        try:
            for reply in FrameReader().feed(bytes(process.readAllStandardOutput().data())):
                error = reply["error"]
        except FrameError:
            pass
        self.messageReported.emit(f"Saved: {path}" if error is None else f"Not saved: {error}")

    def _handle_process_error(self, process: QProcess, kind: QProcess.ProcessError) -> None:
        if kind == QProcess.ProcessError.FailedToStart and process in self._processes:
            self._processes.remove(process)
            process.deleteLater()
            self.messageReported.emit("Not saved: the process that makes pages could not be started")
