"""The client with a toy engine: late, wrong, huge and truncated frames, deaths and failures."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QElapsedTimer, QTimer

from explorer.core.errors import ErrorCode
from explorer.core.protocol.autodiff import TRACE
from explorer.core.protocol.conformance import mismatches
from explorer.core.protocol.frames import pack, unpack
from explorer.core.protocol.plot import CURVE
from explorer.core.protocol.request_kind import RequestEnvelope
from explorer.core.protocol.requests import REQUESTS
from explorer.session.engine_client.client import EngineClient, engine_command, engine_environment
from explorer.session.engine_client.pending_requests import PendingRequest

TOY_ENGINE = Path(__file__).with_name("toy_engine.py")
MakeClient = Callable[..., EngineClient]


def toy_command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", str(TOY_ENGINE), *arguments]


@pytest.fixture
def make() -> Iterator[MakeClient]:
    clients: list[EngineClient] = []

    def build(*arguments: str, **options: Any) -> EngineClient:
        clients.append(EngineClient(toy_command(*arguments), **options))
        return clients[-1]

    yield build
    for client in clients:
        client.stop()


@pytest.fixture
def client(make: MakeClient, qtbot: Any) -> EngineClient:
    client = make()
    with qtbot.waitSignal(client.ready):
        client.start()
    return client


class Replies(list):
    """The replies to the requests that are sent with it."""

    def send(self, client: EngineClient, kind: str, **payload: Any) -> int:
        return client.request(REQUESTS[kind], payload, self.append)

    def arrived(self, count: int) -> Callable[[], bool]:
        return lambda: len(self) >= count


def test_start_and_echo(make: MakeClient, qtbot: Any) -> None:
    client = make()
    states: list[str] = []
    client.stateChanged.connect(states.append)
    assert client.state == "starting"
    with qtbot.waitSignal(client.ready) as ready:
        client.start()
        client.start()
    assert ready.args[0]["tensorflow"] == "0.0 (toy)"
    assert client.info == ready.args[0]
    assert states == ["ready"]
    replies = Replies()
    number = replies.send(client, "trace", text="sin(x)", point={"x": 2.0})
    qtbot.waitUntil(replies.arrived(1))
    assert replies == [{"id": number, "kind": "trace", "echo": {"text": "sin(x)", "point": {"x": 2.0}}}]
    assert client.waiting == 0


def test_before_the_engine_runs_only_the_newest_request_of_a_lane_is_pending(make: MakeClient, qtbot: Any) -> None:
    client = make()
    replies = Replies()
    for text in ("s", "si", "sin"):
        replies.send(client, "trace", text=text)
    replies.send(client, "curve_table", formula="a")
    replies.send(client, "curve_table", formula="b")
    client.start()
    qtbot.waitUntil(replies.arrived(3))
    assert [reply["echo"] for reply in replies] == [{"text": "sin"}, {"formula": "a"}, {"formula": "b"}]


def test_late_replies_out_of_order(client: EngineClient, qtbot: Any) -> None:
    replies, others = Replies(), Replies()
    first = replies.send(client, "trace", text="1", do="hold")
    second = replies.send(client, "trace", text="2", do="hold")
    others.send(client, "curve_table", text="a", do="hold")
    others.send(client, "curve_table", text="b", do="hold")
    others.send(client, "curve_table", text="c", do="release")
    qtbot.waitUntil(others.arrived(3))
    assert [reply["id"] for reply in replies] == [second] != [first], "a reply never comes after a newer one"
    assert [reply["echo"]["text"] for reply in others] == ["b", "a", "c"], "requests without a lane are all answered"
    assert client.waiting == 0


def test_the_newest_request_of_a_lane_replaces_the_waiting_one(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    for number in range(50):
        replies.send(client, "values", n=number, do="hold")
    assert client.waiting == 5, "four with the engine, one waits"
    replies.send(client, "curve_table", do="release")
    qtbot.waitUntil(lambda: client.waiting == 1)
    replies.send(client, "curve_table", do="release")
    qtbot.waitUntil(lambda: client.waiting == 0)
    assert [reply["echo"].get("n") for reply in replies if reply["kind"] == "values"] == [3, 49]


def test_a_cached_reply_is_not_requested_again(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    for count, text in enumerate(("a", "b", "a"), 1):
        number = replies.send(client, "trace", text=text, do="trace")
        assert len(replies) == count - 1, "a reply is never delivered before the caller has returned"
        assert client.waiting == 1
        qtbot.waitUntil(replies.arrived(count))
        assert replies[-1]["id"] == number
        assert client.waiting == 0
    assert [reply["trace"]["graph"] for reply in replies] == [1, 2, 1]
    with qtbot.waitSignal(client.ready):
        os.kill(client.pid, signal.SIGKILL)
    for text in ("b", "a"):
        replies.send(client, "trace", text=text, do="trace")
        qtbot.waitUntil(lambda: client.waiting == 0)
    assert [reply["trace"]["graph"] for reply in replies[3:]] == [1, 2], "another engine has none of the graphs"


def test_a_cached_reply_is_newer_than_one_that_is_on_its_way(client: EngineClient, qtbot: Any) -> None:
    replies, others = Replies(), Replies()
    replies.send(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.arrived(1))
    replies.send(client, "trace", text="b", do="hold")
    replies.send(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.arrived(2))
    others.send(client, "curve_table", do="release")
    qtbot.waitUntil(others.arrived(1))
    assert [reply["trace"]["graph"] for reply in replies] == [1, 1], "the reply to the older text is not delivered"
    assert client.waiting == 0


def test_a_cached_reply_that_was_cancelled_or_removed_meanwhile(client: EngineClient, qtbot: Any) -> None:
    replies, more = Replies(), Replies()
    replies.send(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.arrived(1))
    client.cancel(replies.send(client, "trace", text="a", do="trace"))
    assert client.waiting == 0
    more.send(client, "trace", text="a", do="trace")
    client._cache.clear()
    qtbot.waitUntil(more.arrived(1))
    assert more[0]["trace"]["graph"] == 2
    assert len(replies) == 1


@pytest.mark.parametrize("is_prefetch", [False, True])
def test_a_message_is_the_payload_in_the_declared_envelope(is_prefetch: bool) -> None:
    message = PendingRequest(3, TRACE, {"text": "x"}, lambda _reply: None, "trace", is_prefetch).message()
    assert message.pop("text") == "x"
    assert mismatches(RequestEnvelope, message) == []
    assert message.get("prefetch", False) is is_prefetch


def test_a_prefetch_is_cached_and_not_counted_as_waiting(client: EngineClient, qtbot: Any) -> None:
    prefetched, replies = Replies(), Replies()
    client.prefetch(TRACE, {"text": "a", "do": "trace", "visible_graph": 3}, prefetched.append)
    assert client.waiting == 0
    qtbot.waitUntil(prefetched.arrived(1))
    assert prefetched[0]["prefetch"] is True
    assert client.cached_reply(TRACE, {"text": "a", "do": "trace"}) == prefetched[0]
    assert client.cached_reply(TRACE, {"text": "b", "do": "trace"}) is None
    replies.send(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.arrived(1))
    assert replies[0]["trace"] == prefetched[0]["trace"]
    client.prefetch(TRACE, {"text": "b", "do": "supersede"}, prefetched.append)
    qtbot.waitUntil(prefetched.arrived(2))
    assert prefetched[1]["superseded"], "the sender of a prefetch learns that it was abandoned"


def test_superseded_and_cancelled_are_silent(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    replies.send(client, "trace", do="supersede")
    client.cancel(replies.send(client, "curve_table", text="cancelled"))
    replies.send(client, "curve_table", text="last")
    qtbot.waitUntil(replies.arrived(1))
    assert [reply["echo"] for reply in replies] == [{"text": "last"}]
    assert client.waiting == 0


def test_wrong_replies(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    replies.send(client, "trace", do="wrong_id")
    replies.send(client, "curve_table", do="wrong_kind")
    replies.send(client, "curve_table", do="error")
    replies.send(client, "curve_table", do="wrong_error")
    qtbot.waitUntil(replies.arrived(4))
    assert "echo" in replies[0]
    assert replies[1]["error"]["message"] == "TensorFlow's process gave an answer that cannot be read."
    assert replies[1]["error"]["code"] == ErrorCode.UNREADABLE_REPLY
    assert replies[2]["error"] == {"message": "no", "column": 3, "code": "invalid_input"}
    assert replies[3]["error"]["code"] == ErrorCode.UNREADABLE_REPLY
    assert client.state == "ready"


@pytest.mark.parametrize("do", ["garbage", "huge", "truncate", "exit"])
def test_death_in_the_middle_of_a_request(client: EngineClient, qtbot: Any, do: str) -> None:
    replies = Replies()
    pid = client.pid
    messages: list[str] = []
    client.died.connect(messages.append)
    replies.send(client, "trace", text="x", do=do)
    qtbot.waitUntil(replies.arrived(1))
    assert len(messages) == 2
    assert all(message.endswith("starting it again. What you typed is kept.") for message in messages)
    assert client.pid != pid
    assert [reply["error"]["message"] for reply in replies] == [
        "TensorFlow's process ended twice while it computed this, so it is not tried again."
    ]
    replies.send(client, "trace", text="y")
    qtbot.waitUntil(replies.arrived(2))
    assert replies[1]["echo"] == {"text": "y"}


def test_pending_requests_are_sent_to_the_next_engine(client: EngineClient, qtbot: Any, tmp_path: Path) -> None:
    replies = Replies()
    replies.send(client, "trace", text="old", do="hold")
    replies.send(client, "curve_table", formula="a", do="hold")
    with qtbot.waitSignal(client.ready):
        replies.send(client, "trace", text="new", do="exit_once", file=str(tmp_path / "once"))
    qtbot.waitUntil(replies.arrived(1))
    assert replies[0]["echo"]["text"] == "new"
    assert client.waiting == 1, "the new engine holds the other request as well"


def test_killed_from_outside(client: EngineClient, qtbot: Any) -> None:
    with qtbot.waitSignals([client.died, client.ready], order="strict"):
        os.kill(client.pid, signal.SIGKILL)
    assert client.state == "ready"


def test_an_engine_that_dies_too_often_is_not_started_again(
    client: EngineClient, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.session.engine_client.client.monotonic", lambda: 1.0)  # all within the same minute
    client.ready.connect(lambda _info: os.kill(client.pid, signal.SIGKILL))
    with qtbot.waitSignal(client.failed) as failed:
        os.kill(client.pid, signal.SIGKILL)
    assert "again and again" in failed.args[0]
    assert client.pid == 0


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("missing", "the package tensorflow is not installed for this Python (pip install tensorflow)."),
        ("silent", "its process ended with status 7 and said nothing."),
        ("abort", "its process crashed (signal 6)."),
        ("garbage", "speaks"),
        ("old", "speaks version 99 of the protocol, this window speaks 2"),
        ("refuses", "TensorFlow could not be started: no GPU and no CPU."),
    ],
)
def test_messages_of_failures(make: MakeClient, qtbot: Any, behaviour: str, message: str) -> None:
    client = make(behaviour)
    if behaviour == "garbage":
        message = "could not be started"
    with qtbot.waitSignal(client.failed) as failed:
        client.start()
    assert message in failed.args[0]
    assert client.message == failed.args[0]
    assert client.state == "failed"
    assert client.pid == 0


def test_command_that_does_not_exist(qtbot: Any) -> None:
    client = EngineClient(["/no/such/python"])
    with qtbot.waitSignal(client.failed) as failed:
        client.start()
    assert failed.args[0].startswith("TensorFlow's process could not be started: ")


def test_never_ready_then_retry(make: MakeClient, qtbot: Any) -> None:
    client = make("never", start_timeout=700)
    replies = Replies()
    replies.send(client, "trace", text="kept")
    with qtbot.waitSignal(client.failed) as failed:
        client.start()
    assert failed.args[0] == "TensorFlow did not start within 0.7 seconds."
    client._command = toy_command()
    client._start_timer.setInterval(60_000)  # the second engine does start, however busy the machine is
    with qtbot.waitSignal(client.ready):
        client.retry()
    qtbot.waitUntil(replies.arrived(1))
    assert replies[-1]["echo"] == {"text": "kept"}


def test_second_start_succeeds(make: MakeClient, qtbot: Any, tmp_path: Path) -> None:
    client = make("second time", str(tmp_path / "flag"))
    with qtbot.waitSignal(client.ready):
        client.start()


def test_stop_ends_the_engine(client: EngineClient, qtbot: Any) -> None:
    process = psutil.Process(client.pid)
    client.stop()
    assert not process.is_running()
    client.stop()


def test_stop_kills_an_engine_that_does_not_end(
    client: EngineClient, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.session.engine_client.client.STOP_TIMEOUT_MS", 100)
    replies = Replies()
    replies.send(client, "trace", do="stubborn")
    qtbot.waitUntil(replies.arrived(1))
    process = psutil.Process(client.pid)
    client.stop()
    assert not process.is_running()


def test_engine_ends_when_the_window_is_killed(qtbot: Any, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from explorer.session.engine_client.client import EngineClient\n"
        "app = QCoreApplication([])\n"
        f"client = EngineClient({toy_command()!r})\n"
        "client.ready.connect(lambda info: print(client.pid, flush=True))\n"
        "client.start()\n"
        "app.exec()\n"
    )
    environment = {**os.environ, "PYTHONPATH": engine_environment().value("PYTHONPATH")}
    window = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment)
    assert window.stdout is not None
    engine = psutil.Process(int(window.stdout.readline()))
    window.kill()
    window.wait()
    window.stdout.close()
    engine.wait(timeout=60)
    assert not engine.is_running()


def test_a_large_reply_does_not_block_the_event_loop(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    clock, gaps = QElapsedTimer(), [0]
    beat = QTimer(interval=5)
    beat.timeout.connect(lambda: gaps.append(clock.restart()))
    clock.start()
    beat.start()
    client.request(CURVE, {"do": "big", "count": 2_000_000}, replies.append)
    qtbot.waitUntil(replies.arrived(1))
    beat.stop()
    assert replies[0]["data"].shape == (2_000_000,)
    assert replies[0]["data"].dtype == np.float32
    begin = perf_counter()
    unpack(pack({"data": replies[0]["data"]})[4:])
    # Receiving it takes at least as long as unpacking it once; on a busy machine both take longer.
    assert max(gaps) < 50 + 20 * 1e3 * (perf_counter() - begin)


def test_a_request_too_large_to_send(client: EngineClient, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.core.protocol.frames.MAX_FRAME", 1000)
    replies = Replies()
    replies.send(client, "trace", text="x" * 2000)
    assert "too much to send" in replies[0]["error"]["message"]
    assert client.waiting == 0


def test_standard_error_can_be_read(client: EngineClient, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: client.stderr == ["W0000 a warning"])


def test_engine_command() -> None:
    assert engine_command() == [sys.executable, "-P", "-m", "explorer.engine"]
