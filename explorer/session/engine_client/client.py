"""The window's end of the pipe to the engine: starts it, asks it, and starts it again when it dies.

Nothing here blocks except `EngineClient.stop`, which is bounded.
"""

import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Qt, QTimer, Signal, SignalInstance

from explorer.core.child_process import python_path
from explorer.core.protocol.frames import PROTOCOL, FrameError, FrameReader, pack
from explorer.session.engine_client.failure_text import died_sentence, failure_sentence
from explorer.session.engine_client.reply_cache import ReplyCache, key_of
from explorer.session.engine_client.requests import OnReply, Reply, Request, Requests

STARTS = 3
"""So many times in a row the engine may end before TensorFlow is ready; then it is a failure."""

BACK_OFF = (0, 400, 1500)
"""Milliseconds to wait before the next start, by the number of failed ones."""

DEATHS_A_MINUTE = 5
"""A running engine that dies more often than this is not started again."""

START_TIMEOUT = 180_000
"""Milliseconds after which an engine that is still not ready is given up."""

GRACE = 1500
"""Milliseconds that an engine has to end by itself when the window does."""

SMALL = 16_384
"""Bytes that a pipe takes at once without blocking."""

STDERR_LINES = 200

NEWEST_WINS = frozenset(
    {"trace", "values", "curve", "check", "field", "descend", "compare"}
    | {"network_info", "weights", "dead_units", "activations", "unit", "image_gradient"}
)
"""Kinds of requests of which only the newest is wanted; a kind is a lane of its own."""

_GIVEN_UP = "TensorFlow's process ended twice while it computed this, so it is not tried again."
_UNREADABLE = "TensorFlow's process gave an answer that cannot be read."


def engine_command() -> list[str]:
    """Return the command that starts the engine; -P keeps the current folder out of its imports."""
    return [sys.executable, "-P", "-m", "explorer.engine"]


def engine_environment() -> QProcessEnvironment:
    """Return the environment of the engine, in which this package can be imported from a checkout too."""
    environment = QProcessEnvironment.systemEnvironment()
    environment.insert("PYTHONPATH", python_path(environment.value("PYTHONPATH")))
    return environment


class EngineClient(QObject):
    """Starts the engine and asks it.

    state: ``starting``, ``ready`` or ``failed``. info: what the engine said when it was ready. sentence: why it
    failed, or what became of the last one. command: another engine, for tests.
    """

    stateChanged = Signal(str)
    ready = Signal(dict)
    died = Signal(str)
    failed = Signal(str)
    training = Signal(dict)
    download = Signal(dict)
    _known = Signal(int)

    def __init__(
        self, command: Sequence[str] | None = None, parent: QObject | None = None, *, start_timeout: int = START_TIMEOUT
    ) -> None:
        super().__init__(parent)
        self.state = "starting"
        self.info: dict[str, Any] = {}
        self.sentence = ""
        self._command = list(command) if command is not None else engine_command()
        self._requests = Requests()
        self._answers = ReplyCache()
        # An answer that is here comes like any other, after whoever asked has done: only earlier than a paint.
        self._known.connect(self._answer_known, Qt.ConnectionType.QueuedConnection)
        self._process: QProcess | None = None
        self._ended: list[QProcess] = []
        self._reader = FrameReader()
        self._greeted = False
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._stderr_rest = b""
        self._failures = 0
        self._deaths: deque[float] = deque(maxlen=DEATHS_A_MINUTE)
        self._started_at = 0.0
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._launch)
        self._patience = QTimer(self, singleShot=True, interval=start_timeout)
        self._patience.timeout.connect(self._lost_patience)

    # -- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine; does nothing while one runs or is about to."""
        if self._process is None and not self._again.isActive():
            self._launch()

    def retry(self) -> None:
        """Start anew after a failure; what was asked meanwhile is still wanted."""
        if self.state == "failed":
            self._failures = 0
            self._deaths.clear()
            self._launch()

    def stop(self) -> None:
        """End the engine: close its standard input, wait at most `GRACE` ms, then kill it."""
        self._again.stop()
        self._patience.stop()
        self._requests.clear()
        process = self._release()
        if process is not None and process.state() != QProcess.ProcessState.NotRunning:
            process.closeWriteChannel()
            if not process.waitForFinished(GRACE):
                process.kill()
        for ended in self._ended:
            if ended.state() != QProcess.ProcessState.NotRunning:
                ended.waitForFinished(GRACE)
        self._clear_away()

    @property
    def pid(self) -> int:
        """Number of the engine's process, 0 if there is none."""
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

    # -- asking -----------------------------------------------------------------------------------

    def request(self, kind: str, payload: Mapping[str, Any], on_reply: OnReply, lane: str | None = None) -> int:
        """Ask the engine and return the request's number; ``on_reply`` gets the reply, perhaps with ``error``.

        lane: requests with the same lane compete, the newest wins and older replies never come after newer ones;
        left out, it is the kind for those in `NEWEST_WINS`. A request waits until there is an engine. What was asked
        before, and has but one answer, is not sent again.
        """
        if lane is None and kind in NEWEST_WINS:
            lane = kind
        request = self._requests.add(kind, payload, on_reply, lane)
        request.key = key_of(kind, payload)
        if self._answers.get(kind, request.key) is not None:
            request.sent = True
            self._known.emit(request.id)
        else:
            self._send()
        return request.id

    def ask_ahead(self, kind: str, payload: Mapping[str, Any], on_reply: OnReply) -> None:
        """Ask for what will be wanted soon, one at a time; the answer is kept for whoever asks the same.

        The engine gives it up for anything else that it is asked: then ``on_reply`` gets ``superseded``.
        """
        self._requests.add(kind, payload, on_reply, "ahead", ahead=True).key = key_of(kind, payload)
        self._send()

    def known(self, kind: str, payload: Mapping[str, Any]) -> Reply | None:
        """Return what the engine has answered to this question, None if it must be asked."""
        return self._answers.get(kind, key_of(kind, payload))

    def cancel(self, number: int) -> None:
        """Drop the reply to a request."""
        self._requests.cancel(number)

    @property
    def waiting(self) -> int:
        """How many requests have no reply yet, without what was asked ahead."""
        return len(self._requests)

    def _send(self) -> None:
        if self._process is None or not self._greeted:
            return
        for request in self._requests.to_send():
            try:
                frame = pack(request.message())
            except FrameError as error:
                self.cancel(request.id)
                request.on_reply(_error(f"This is too much to send to TensorFlow: {error}.", request))
                continue
            self._process.write(frame)
            if len(frame) < SMALL:
                # Qt would write it when we return to the event loop; the engine can work while we still repaint.
                self._process.waitForBytesWritten(0)

    # -- the process ------------------------------------------------------------------------------

    def _launch(self) -> None:
        self._clear_away()
        process = QProcess(self)
        process.setProcessEnvironment(engine_environment())
        process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        for signal, slot in self._ears(process):
            signal.connect(slot)
        self._process = process
        self._reader = FrameReader()
        self._greeted = False
        self._stderr.clear()
        self._stderr_rest = b""
        self._started_at = monotonic()
        self._set_state("starting")
        self._patience.start()
        process.start(self._command[0], self._command[1:])

    def _ears(self, process: QProcess) -> list[tuple[SignalInstance, Callable[..., None]]]:
        return [
            (process.readyReadStandardOutput, self._read),
            (process.readyReadStandardError, self._read_errors),
            (process.finished, self._finished),
            (process.errorOccurred, self._error_occurred),
        ]

    def _release(self) -> QProcess | None:
        """Let go of the process: nothing it says from now on is heard."""
        process, self._process = self._process, None
        if process is not None:
            for signal, slot in self._ears(process):
                signal.disconnect(slot)
            self._ended.append(process)
        return process

    def _clear_away(self) -> None:
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
            self._end("sent something that cannot be read")

    def _read_errors(self) -> None:
        if self._process is not None:
            # A line may come in pieces: what has no end yet waits for its rest.
            self._stderr_rest += bytes(self._process.readAllStandardError().data())
            *lines, self._stderr_rest = self._stderr_rest.split(b"\n")
            self._stderr.extend(line.decode(errors="replace").rstrip() for line in lines)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_errors()
        if self._process is not None:
            self._gone("ended unexpectedly", code, status is QProcess.ExitStatus.CrashExit)

    def _error_occurred(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            reason = self._process.errorString()
            self._release()
            self._fail(f"TensorFlow's process could not be started: {reason}.")

    def _end(self, reason: str) -> None:
        """Kill a process that cannot be talked to any more."""
        process = self._process
        self._gone(reason, 0, False)
        if process is not None:
            process.kill()

    def _gone(self, reason: str, code: int, crashed: bool) -> None:
        was_ready = self.state == "ready"
        self._release()
        self._answers.clear()
        self._patience.stop()
        given_up = self._requests.process_died(blame=was_ready)
        if was_ready:
            self._failures = 0
            self._deaths.append(monotonic())
            self.sentence = died_sentence(reason)
            self.died.emit(self.sentence)
            if len(self._deaths) == DEATHS_A_MINUTE and self._deaths[-1] - self._deaths[0] < 60:
                self._fail("TensorFlow's process ended again and again, so it is not started any more.")
            else:
                self._launch_later()
        else:
            self._failures += 1
            if self._failures >= STARTS:
                self._fail(failure_sentence(self.stderr, code, crashed))
            else:
                self._launch_later()
        for request in given_up:
            request.on_reply(_error(_GIVEN_UP, request))

    def _launch_later(self) -> None:
        self._set_state("starting")
        self._again.start(BACK_OFF[min(self._failures, len(BACK_OFF) - 1)])

    def _lost_patience(self) -> None:
        process = self._release()
        if process is not None:
            process.kill()
        self._fail(f"TensorFlow did not start within {self._patience.interval() / 1000:g} seconds.")

    def _fail(self, sentence: str) -> None:
        self._patience.stop()
        self.sentence = sentence
        self._set_state("failed")
        self.failed.emit(sentence)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)

    # -- what it says -----------------------------------------------------------------------------

    def _receive(self, message: Reply) -> None:
        kind = message.get("kind")
        if not self._greeted:
            self._greet(message)
        elif "id" in message:
            self._receive_reply(message)
        elif kind == "ready":
            self._patience.stop()
            self._failures = 0
            self.info = message
            self._set_state("ready")
            self.ready.emit(message)
        elif kind == "failed":
            self._refuse(f"TensorFlow could not be started: {message.get('message')}")
        elif kind == "training":
            self.training.emit(message)
        elif kind == "download":
            self.download.emit(message)

    def _greet(self, message: Reply) -> None:
        if message.get("kind") != "hello" or message.get("protocol") != PROTOCOL:
            self._refuse(
                f"TensorFlow's process speaks version {message.get('protocol')} of the protocol, "
                f"this window speaks {PROTOCOL}: both must come from one installation."
            )
            return
        self._greeted = True
        self._send()

    def _refuse(self, sentence: str) -> None:
        """Give up an engine that starting again would not make better."""
        process = self._release()
        if process is not None:
            process.kill()
        self._requests.process_died(blame=False)
        self._fail(sentence)

    def _answer_known(self, number: int) -> None:
        """Answer a request with what is known, if nobody has taken either away meanwhile."""
        request = self._requests.find(number)
        if request is None:
            return
        reply = self._answers.get(request.kind, request.key)
        if reply is None:
            request.sent = False
            self._send()
        else:
            self._receive_reply({**reply, "id": number})

    def _receive_reply(self, reply: Reply) -> None:
        self._answers.hear(reply)
        request = self._requests.answer(reply)
        self._send()
        if request is None:
            return
        if reply.get("kind") != request.kind or not isinstance(reply.get("error", {}), dict):
            reply = _error(_UNREADABLE, request)
        self._answers.keep(request.kind, request.key, reply)
        request.on_reply(reply)


def _error(sentence: str, request: Request) -> Reply:
    return {"id": request.id, "kind": request.kind, "error": {"message": sentence, "column": None}}
