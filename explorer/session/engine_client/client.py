"""The window's side of the engine: starts its process, sends requests, and restarts it when it dies.

Nothing here blocks except `EngineClient.stop`, which is bounded.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar, cast

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Qt, QTimer, Signal, SignalInstance

from explorer.core.errors import ErrorCode
from explorer.core.protocol import events
from explorer.core.protocol.frames import PROTOCOL, FrameError, FrameReader, pack
from explorer.core.protocol.request_kind import Message, RequestKind, wire_error
from explorer.session.engine_client.failure_text import death_message, failure_message
from explorer.session.engine_client.pending_requests import PendingRequest, PendingRequests
from explorer.session.engine_client.reply_cache import ReplyCache, cache_key

MAX_STARTS = 3
"""Starts in a row that may end before TensorFlow is ready; then the engine has failed."""

RESTART_DELAYS_MS = (0, 400, 1500)
"""Delay before the next start, by the number of failed ones."""

MAX_DEATHS_PER_MINUTE = 5
"""A running engine that dies more often is not started again."""

START_TIMEOUT_MS = 180_000
"""Time after which an engine that is not ready is killed."""

STOP_TIMEOUT_MS = 1500
"""Time that an engine has to end by itself when the window closes."""

PIPE_BYTES = 16_384
"""What a pipe takes at once without blocking."""

MAX_STDERR_LINES = 200

PREFETCH_LANE = "prefetch"

P = TypeVar("P")
R = TypeVar("R")


def engine_command() -> list[str]:
    """Return the command that starts the engine; -P keeps the current folder out of its imports."""
    return [sys.executable, "-P", "-m", "explorer.engine"]


def engine_environment() -> QProcessEnvironment:
    """Return the environment of the engine, in which this package can be imported from a checkout too."""
    environment = QProcessEnvironment.systemEnvironment()
    folder = Path(__file__).resolve().parents[3]
    if folder.name not in ("site-packages", "dist-packages"):
        others = environment.value("PYTHONPATH")
        environment.insert("PYTHONPATH", f"{folder}{os.pathsep}{others}" if others else str(folder))
    return environment


class EngineClient(QObject):
    """Starts the engine's process and sends it requests.

    state: ``starting``, ``ready`` or ``failed``. info: the engine's `ReadyEvent`, empty before the first. message: why
    it failed, or what happened to the last one. command: another engine, for tests.

    ready, training, download: the events of `core.protocol.events`. died: a message; the engine is started again.
    failed: a message; it is not.
    """

    stateChanged = Signal(str)
    ready = Signal(dict)
    died = Signal(str)
    failed = Signal(str)
    training = Signal(dict)
    download = Signal(dict)
    _cachedReplyDue = Signal(int)

    def __init__(
        self,
        command: Sequence[str] | None = None,
        parent: QObject | None = None,
        *,
        start_timeout: int = START_TIMEOUT_MS,
    ) -> None:
        super().__init__(parent)
        self.state = "starting"
        self.info: dict[str, Any] = {}
        self.message = ""
        self._command = list(command) if command is not None else engine_command()
        self._requests = PendingRequests()
        self._cache = ReplyCache()
        # A cached reply is delivered like any other, after the caller has returned: only earlier than a paint.
        self._cachedReplyDue.connect(self._deliver_cached, Qt.ConnectionType.QueuedConnection)
        self._process: QProcess | None = None
        self._ended: list[QProcess] = []
        self._reader = FrameReader()
        self._hello_received = False
        self._stderr: deque[str] = deque(maxlen=MAX_STDERR_LINES)
        self._stderr_rest = b""
        self._failures = 0
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS_PER_MINUTE)
        self._started_at = 0.0
        self._restart_timer = QTimer(self, singleShot=True)
        self._restart_timer.timeout.connect(self._launch)
        self._start_timer = QTimer(self, singleShot=True, interval=start_timeout)
        self._start_timer.timeout.connect(self._start_timed_out)

    # -- lifetime ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine; do nothing while one runs or is about to."""
        if self._process is None and not self._restart_timer.isActive():
            self._launch()

    def retry(self) -> None:
        """Start again after a failure; the requests made meanwhile are still sent."""
        if self.state == "failed":
            self._failures = 0
            self._deaths.clear()
            self._launch()

    def stop(self) -> None:
        """End the engine: close its standard input, wait at most `STOP_TIMEOUT_MS`, then kill it."""
        self._restart_timer.stop()
        self._start_timer.stop()
        self._requests.clear()
        process = self._release()
        if process is not None and process.state() != QProcess.ProcessState.NotRunning:
            process.closeWriteChannel()
            if not process.waitForFinished(STOP_TIMEOUT_MS):
                process.kill()
        for ended in self._ended:
            if ended.state() != QProcess.ProcessState.NotRunning:
                ended.waitForFinished(STOP_TIMEOUT_MS)
        self._delete_ended()

    @property
    def pid(self) -> int:
        """The engine's process id, 0 if there is no process."""
        return self._process.processId() if self._process is not None else 0

    @property
    def stderr(self) -> list[str]:
        """The last lines that the engine wrote to its standard error."""
        rest = [self._stderr_rest.decode(errors="replace")] if self._stderr_rest else []
        return [*self._stderr, *rest]

    @property
    def seconds(self) -> float:
        """Seconds since the engine was started."""
        return monotonic() - self._started_at if self._started_at else 0.0

    # -- requests ---------------------------------------------------------------------------------

    def request(self, kind: RequestKind[P, R], payload: P, on_reply: Callable[[R], None], sublane: str = "") -> int:
        """Send a request and return its number; ``on_reply`` receives the reply, perhaps with ``error``.

        sublane: divides the lane of the kind, for requests that do not replace each other. A request waits until there
        is an engine. A reply that is cached is not requested again, but delivered from the event loop.
        """
        lane = f"{kind.lane} {sublane}" if sublane else kind.lane
        fields = cast("Message", payload)
        request = self._requests.add(kind, fields, on_reply, lane)
        request.key = cache_key(kind, fields)
        if self._cache.get(kind, request.key) is not None:
            request.is_sent = True
            self._cachedReplyDue.emit(request.id)
        else:
            self._send()
        return request.id

    def prefetch(self, kind: RequestKind[P, R], payload: P, on_reply: Callable[[R], None]) -> None:
        """Request what will be needed soon, one at a time; the reply is cached for those who request the same.

        The engine abandons it for any other request: then the reply is ``superseded``.
        """
        fields = cast("Message", payload)
        request = self._requests.add(kind, fields, on_reply, PREFETCH_LANE, is_prefetch=True)
        request.key = cache_key(kind, fields)
        self._send()

    def cached_reply(self, kind: RequestKind[P, R], payload: P) -> R | None:
        """Return the cached reply to a request, None if it would have to be sent."""
        return cast("R | None", self._cache.get(kind, cache_key(kind, cast("Message", payload))))

    def cancel(self, number: int) -> None:
        """Drop the reply to a request."""
        self._requests.cancel(number)

    @property
    def waiting(self) -> int:
        """Number of requests without a reply, not counting prefetches."""
        return len(self._requests)

    def _send(self) -> None:
        if self._process is None or not self._hello_received:
            return
        for request in self._requests.to_send():
            try:
                frame = pack(request.message())
            except FrameError as error:
                self.cancel(request.id)
                message = f"This is too much to send to TensorFlow: {error}."
                request.on_reply(_error_reply(request, message, ErrorCode.UNSENDABLE))
                continue
            self._process.write(frame)
            if len(frame) < PIPE_BYTES:
                # Qt would write it when we return to the event loop; the engine can work while we still repaint.
                self._process.waitForBytesWritten(0)

    # -- the process ------------------------------------------------------------------------------

    def _launch(self) -> None:
        self._delete_ended()
        process = QProcess(self)
        process.setProcessEnvironment(engine_environment())
        process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        for signal, slot in self._connections(process):
            signal.connect(slot)
        self._process = process
        self._reader = FrameReader()
        self._hello_received = False
        self._stderr.clear()
        self._stderr_rest = b""
        self._started_at = monotonic()
        self._set_state("starting")
        self._start_timer.start()
        process.start(self._command[0], self._command[1:])

    def _connections(self, process: QProcess) -> list[tuple[SignalInstance, Callable[..., None]]]:
        return [
            (process.readyReadStandardOutput, self._read),
            (process.readyReadStandardError, self._read_stderr),
            (process.finished, self._finished),
            (process.errorOccurred, self._error_occurred),
        ]

    def _release(self) -> QProcess | None:
        """Let go of the process and ignore what it still sends."""
        process, self._process = self._process, None
        if process is not None:
            for signal, slot in self._connections(process):
                signal.disconnect(slot)
            self._ended.append(process)
        return process

    def _release_and_kill(self) -> None:
        process = self._release()
        if process is not None:
            process.kill()

    def _delete_ended(self) -> None:
        # Not from the process's own signals: it must outlive the slots that they call.
        for process in [old for old in self._ended if old.state() == QProcess.ProcessState.NotRunning]:
            self._ended.remove(process)
            process.deleteLater()

    def _read(self) -> None:
        process = self._process
        if process is None:
            return
        try:
            for message in self._reader.feed(bytes(process.readAllStandardOutput().data())):
                self._receive(message)
                if self._process is not process:
                    return
        except FrameError:
            self._lose_process("sent something that cannot be read", 0, False)
            process.kill()

    def _read_stderr(self) -> None:
        if self._process is not None:
            # A line may arrive in pieces: one without its end waits for the rest.
            self._stderr_rest += bytes(self._process.readAllStandardError().data())
            *lines, self._stderr_rest = self._stderr_rest.split(b"\n")
            self._stderr.extend(line.decode(errors="replace").rstrip() for line in lines)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_stderr()
        if self._process is not None:
            self._lose_process("ended unexpectedly", code, status is QProcess.ExitStatus.CrashExit)

    def _error_occurred(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            reason = self._process.errorString()
            self._release()
            self._fail(f"TensorFlow's process could not be started: {reason}.")

    def _lose_process(self, reason: str, code: int, crashed: bool) -> None:
        """Start another process, or fail if that happened too often."""
        was_ready = self.state == "ready"
        self._release()
        self._cache.clear()
        self._start_timer.stop()
        abandoned = self._requests.engine_died(was_working=was_ready)
        if was_ready:
            self._failures = 0
            self._deaths.append(monotonic())
            self.message = death_message(reason)
            self.died.emit(self.message)
            if len(self._deaths) == MAX_DEATHS_PER_MINUTE and self._deaths[-1] - self._deaths[0] < 60:
                self._fail("TensorFlow's process ended again and again, so it is not started any more.")
            else:
                self._launch_later()
        else:
            self._failures += 1
            if self._failures >= MAX_STARTS:
                self._fail(failure_message(self.stderr, code, crashed))
            else:
                self._launch_later()
        for request in abandoned:
            message = "TensorFlow's process ended twice while it computed this, so it is not tried again."
            request.on_reply(_error_reply(request, message, ErrorCode.ENGINE_ENDED))

    def _launch_later(self) -> None:
        self._set_state("starting")
        self._restart_timer.start(RESTART_DELAYS_MS[min(self._failures, len(RESTART_DELAYS_MS) - 1)])

    def _start_timed_out(self) -> None:
        self._release_and_kill()
        self._fail(f"TensorFlow did not start within {self._start_timer.interval() / 1000:g} seconds.")

    def _reject(self, message: str) -> None:
        """Fail because of an engine that would fail again after a restart."""
        self._release_and_kill()
        self._requests.engine_died(was_working=False)
        self._fail(message)

    def _fail(self, message: str) -> None:
        self._start_timer.stop()
        self.message = message
        self._set_state("failed")
        self.failed.emit(message)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)

    # -- replies and events -----------------------------------------------------------------------

    def _receive(self, message: Message) -> None:
        if not self._hello_received:
            self._receive_hello(message)
        elif "id" in message:
            self._receive_reply(message)
        else:
            self._receive_event(message)

    def _receive_hello(self, message: Message) -> None:
        if message.get("kind") != events.HELLO or message.get("protocol") != PROTOCOL:
            self._reject(
                f"TensorFlow's process speaks version {message.get('protocol')} of the protocol, "
                f"this window speaks {PROTOCOL}: both must come from one installation."
            )
            return
        self._hello_received = True
        self._send()

    def _receive_event(self, event: Message) -> None:
        match event.get("kind"):
            case events.READY:
                self._start_timer.stop()
                self._failures = 0
                self.info = event
                self._set_state("ready")
                self.ready.emit(event)
            case events.FAILED:
                self._reject(f"TensorFlow could not be started: {event.get('message')}")
            case events.TRAINING:
                self.training.emit(event)
            case events.DOWNLOAD:
                self.download.emit(event)

    def _deliver_cached(self, number: int) -> None:
        """Deliver a cached reply, unless the request was cancelled; send the request if the reply is gone."""
        request = self._requests.find(number)
        if request is None:
            return
        reply = self._cache.get(request.kind, request.key)
        if reply is None:
            request.is_sent = False
            self._send()
        else:
            self._receive_reply({**reply, "id": number})

    def _receive_reply(self, reply: Message) -> None:
        self._cache.remove_closed_graphs(reply)
        request = self._requests.match(reply)
        self._send()
        if request is None:
            return
        if reply.get("kind") != request.kind.name or not _is_error_readable(reply):
            message = "TensorFlow's process gave an answer that cannot be read."
            reply = _error_reply(request, message, ErrorCode.UNREADABLE_REPLY)
        self._cache.add(request.kind, request.key, reply)
        request.on_reply(reply)


def _is_error_readable(reply: Message) -> bool:
    """Whether a reply has no error, or one with message and code."""
    if "error" not in reply:
        return True
    error = reply["error"]
    return isinstance(error, dict) and all(isinstance(error.get(key), str) for key in ("message", "code"))


def _error_reply(request: PendingRequest, message: str, code: ErrorCode) -> Message:
    return {"id": request.id, "kind": request.kind.name, "error": wire_error(message, code)}
