"""The client against a toy engine: late, wrong, huge and truncated frames, deaths and failures."""

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
from explorer.core.protocol.frames import pack, unpack
from explorer.core.protocol.plot import CURVE
from explorer.core.protocol.requests import REQUESTS
from explorer.session.engine_client.client import EngineClient, engine_command, engine_environment

TOY = Path(__file__).with_name("toy_engine.py")
Start = Callable[..., EngineClient]


def toy(*arguments: str) -> list[str]:
    return [sys.executable, "-P", str(TOY), *arguments]


@pytest.fixture
def make() -> Iterator[Start]:
    clients: list[EngineClient] = []

    def build(*arguments: str, **options: Any) -> EngineClient:
        clients.append(EngineClient(toy(*arguments), **options))
        return clients[-1]

    yield build
    for client in clients:
        client.stop()


@pytest.fixture
def client(make: Start, qtbot: Any) -> EngineClient:
    client = make()
    with qtbot.waitSignal(client.ready, timeout=10_000):
        client.start()
    return client


class Replies(list):
    def ask(self, client: EngineClient, kind: str, **payload: Any) -> int:
        return client.request(REQUESTS[kind], payload, self.append)

    def got(self, count: int) -> Callable[[], bool]:
        return lambda: len(self) >= count


def test_start_and_echo(make: Start, qtbot: Any) -> None:
    client = make()
    states: list[str] = []
    client.stateChanged.connect(states.append)
    assert client.state == "starting"
    with qtbot.waitSignal(client.ready, timeout=10_000) as ready:
        client.start()
        client.start()
    assert ready.args[0]["tensorflow"] == "0.0 (toy)"
    assert client.info == ready.args[0]
    assert states == ["ready"]
    replies = Replies()
    number = replies.ask(client, "trace", text="sin(x)", point={"x": 2.0})
    qtbot.waitUntil(replies.got(1))
    assert replies == [{"id": number, "kind": "trace", "echo": {"text": "sin(x)", "point": {"x": 2.0}}}]
    assert client.waiting == 0


def test_requests_before_the_engine_runs_are_kept_newest_only(make: Start, qtbot: Any) -> None:
    client = make()
    replies = Replies()
    for text in ("s", "si", "sin"):
        replies.ask(client, "trace", text=text)
    replies.ask(client, "curve_table", formula="a")
    replies.ask(client, "curve_table", formula="b")
    client.start()
    qtbot.waitUntil(replies.got(3), timeout=10_000)
    assert [reply["echo"] for reply in replies] == [{"text": "sin"}, {"formula": "a"}, {"formula": "b"}]


def test_late_replies_out_of_order(client: EngineClient, qtbot: Any) -> None:
    replies, others = Replies(), Replies()
    first = replies.ask(client, "trace", text="1", do="hold")
    second = replies.ask(client, "trace", text="2", do="hold")
    others.ask(client, "curve_table", text="a", do="hold")
    others.ask(client, "curve_table", text="b", do="hold")
    others.ask(client, "curve_table", text="c", do="release")
    qtbot.waitUntil(others.got(3))
    assert [reply["id"] for reply in replies] == [second] != [first], "a reply never comes after a newer one"
    assert [reply["echo"]["text"] for reply in others] == ["b", "a", "c"], "those that do not compete are all wanted"
    assert client.waiting == 0


def test_newest_wins_when_many_are_under_way(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    for number in range(50):
        replies.ask(client, "values", n=number, do="hold")
    assert client.waiting == 5, "four with the engine, one waits"
    replies.ask(client, "curve_table", do="release")
    qtbot.waitUntil(lambda: client.waiting == 1)
    replies.ask(client, "curve_table", do="release")
    qtbot.waitUntil(lambda: client.waiting == 0)
    assert [reply["echo"].get("n") for reply in replies if reply["kind"] == "values"] == [3, 49]


def test_what_is_known_is_not_asked_again(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    for count, text in enumerate(("a", "b", "a"), 1):
        number = replies.ask(client, "trace", text=text, do="trace")
        assert len(replies) == count - 1, "a reply never comes before whoever asked has done"
        assert client.waiting == 1
        qtbot.waitUntil(replies.got(count))
        assert replies[-1]["id"] == number
        assert client.waiting == 0
    assert [reply["trace"]["graph"] for reply in replies] == [1, 2, 1]
    with qtbot.waitSignal(client.ready, timeout=10_000):
        os.kill(client.pid, signal.SIGKILL)
    for text in ("b", "a"):
        replies.ask(client, "trace", text=text, do="trace")
        qtbot.waitUntil(lambda: client.waiting == 0)
    assert [reply["trace"]["graph"] for reply in replies[3:]] == [1, 2], "another engine knows none of the graphs"


def test_a_known_answer_is_newer_than_one_that_is_on_its_way(client: EngineClient, qtbot: Any) -> None:
    replies, others = Replies(), Replies()
    replies.ask(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.got(1))
    replies.ask(client, "trace", text="b", do="hold")
    replies.ask(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.got(2))
    others.ask(client, "curve_table", do="release")
    qtbot.waitUntil(others.got(1))
    assert [reply["trace"]["graph"] for reply in replies] == [1, 1], "the text that was typed before does not come back"
    assert client.waiting == 0


def test_what_is_known_and_cancelled_or_taken_away_meanwhile(client: EngineClient, qtbot: Any) -> None:
    replies, more = Replies(), Replies()
    replies.ask(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.got(1))
    client.cancel(replies.ask(client, "trace", text="a", do="trace"))
    assert client.waiting == 0
    more.ask(client, "trace", text="a", do="trace")
    client._cache.clear()
    qtbot.waitUntil(more.got(1))
    assert more[0]["trace"]["graph"] == 2
    assert len(replies) == 1


def test_what_is_asked_ahead_is_no_work_that_anybody_waits_for(client: EngineClient, qtbot: Any) -> None:
    ahead, replies = Replies(), Replies()
    client.prefetch(TRACE, {"text": "a", "do": "trace", "visible_graph": 3}, ahead.append)
    assert client.waiting == 0
    qtbot.waitUntil(ahead.got(1))
    assert ahead[0]["prefetch"] is True
    assert client.cached_reply(TRACE, {"text": "a", "do": "trace"}) == ahead[0]
    assert client.cached_reply(TRACE, {"text": "b", "do": "trace"}) is None
    replies.ask(client, "trace", text="a", do="trace")
    qtbot.waitUntil(replies.got(1))
    assert replies[0]["trace"] == ahead[0]["trace"]
    client.prefetch(TRACE, {"text": "b", "do": "supersede"}, ahead.append)
    qtbot.waitUntil(ahead.got(2))
    assert ahead[1]["superseded"], "whoever asks ahead is told that it was given up"


def test_superseded_and_cancelled_are_silent(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    replies.ask(client, "trace", do="supersede")
    client.cancel(replies.ask(client, "curve_table", text="cancelled"))
    replies.ask(client, "curve_table", text="last")
    qtbot.waitUntil(replies.got(1))
    assert [reply["echo"] for reply in replies] == [{"text": "last"}]
    assert client.waiting == 0


def test_wrong_replies(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    replies.ask(client, "trace", do="wrong_id")
    replies.ask(client, "curve_table", do="wrong_kind")
    replies.ask(client, "curve_table", do="error")
    replies.ask(client, "curve_table", do="wrong_error")
    qtbot.waitUntil(replies.got(4))
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
    sentences: list[str] = []
    client.died.connect(sentences.append)
    replies.ask(client, "trace", text="x", do=do)
    qtbot.waitUntil(replies.got(1), timeout=10_000)
    assert len(sentences) == 2
    assert all(sentence.endswith("starting it again. What you typed is kept.") for sentence in sentences)
    assert client.pid != pid
    assert [reply["error"]["message"] for reply in replies] == [
        "TensorFlow's process ended twice while it computed this, so it is not tried again."
    ]
    replies.ask(client, "trace", text="y")
    qtbot.waitUntil(replies.got(2))
    assert replies[1]["echo"] == {"text": "y"}


def test_wanted_requests_are_sent_again(client: EngineClient, qtbot: Any, tmp_path: Path) -> None:
    replies = Replies()
    replies.ask(client, "trace", text="old", do="hold")
    replies.ask(client, "curve_table", formula="a", do="hold")
    with qtbot.waitSignal(client.ready, timeout=10_000):
        replies.ask(client, "trace", text="new", do="exit_once", file=str(tmp_path / "once"))
    qtbot.waitUntil(replies.got(1))
    assert replies[0]["echo"]["text"] == "new"
    assert client.waiting == 1, "the formula is held by the new engine too"


def test_killed_from_outside(client: EngineClient, qtbot: Any) -> None:
    with qtbot.waitSignals([client.died, client.ready], timeout=10_000, order="strict"):
        os.kill(client.pid, signal.SIGKILL)
    assert client.state == "ready"


def test_an_engine_that_dies_again_and_again_is_left(client: EngineClient, qtbot: Any) -> None:
    client.ready.connect(lambda _info: os.kill(client.pid, signal.SIGKILL))
    with qtbot.waitSignal(client.failed, timeout=20_000) as failed:
        os.kill(client.pid, signal.SIGKILL)
    assert "again and again" in failed.args[0]
    assert client.pid == 0


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("missing", "the package tensorflow is not installed for this Python (pip install tensorflow)."),
        ("silent", "its process ended with status 7 and said nothing."),
        ("abort", "its process crashed (signal 6)."),
        ("garbage", "speaks"),
        ("old", "speaks version 99 of the protocol, this window speaks 2"),
        ("refuses", "TensorFlow could not be started: no GPU and no CPU."),
    ],
)
def test_failures_speak_in_a_sentence(make: Start, qtbot: Any, behaviour: str, sentence: str) -> None:
    client = make(behaviour)
    if behaviour == "garbage":
        sentence = "could not be started"
    with qtbot.waitSignal(client.failed, timeout=20_000) as failed:
        client.start()
    assert sentence in failed.args[0]
    assert client.message == failed.args[0]
    assert client.state == "failed"
    assert client.pid == 0


def test_command_that_does_not_exist(qtbot: Any) -> None:
    client = EngineClient(["/no/such/python"])
    with qtbot.waitSignal(client.failed) as failed:
        client.start()
    assert failed.args[0].startswith("TensorFlow's process could not be started: ")


def test_never_ready_then_retry(make: Start, qtbot: Any) -> None:
    client = make("never", start_timeout=700)
    replies = Replies()
    replies.ask(client, "trace", text="kept")
    with qtbot.waitSignal(client.failed, timeout=10_000) as failed:
        client.start()
    assert failed.args[0] == "TensorFlow did not start within 0.7 seconds."
    client._command = toy()
    client._start_timer.setInterval(10_000)  # the second one does start, however busy the machine is
    with qtbot.waitSignal(client.ready, timeout=10_000):
        client.retry()
    qtbot.waitUntil(replies.got(1))
    assert replies[-1]["echo"] == {"text": "kept"}


def test_second_start_succeeds(make: Start, qtbot: Any, tmp_path: Path) -> None:
    client = make("second time", str(tmp_path / "flag"))
    with qtbot.waitSignal(client.ready, timeout=10_000):
        client.start()


def test_stop_ends_the_engine(client: EngineClient, qtbot: Any) -> None:
    process = psutil.Process(client.pid)
    client.stop()
    assert not process.is_running()
    client.stop()


def test_stop_kills_an_engine_that_stays(client: EngineClient, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.session.engine_client.client.STOP_TIMEOUT_MS", 100)
    replies = Replies()
    replies.ask(client, "trace", do="stubborn")
    qtbot.waitUntil(replies.got(1))
    process = psutil.Process(client.pid)
    client.stop()
    assert not process.is_running()


def test_engine_ends_when_the_window_is_killed(qtbot: Any, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from explorer.session.engine_client.client import EngineClient\n"
        "app = QCoreApplication([])\n"
        f"client = EngineClient({toy()!r})\n"
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
    engine.wait(timeout=10)
    assert not engine.is_running()


def test_a_large_reply_does_not_stop_the_heart(client: EngineClient, qtbot: Any) -> None:
    replies = Replies()
    clock, gaps = QElapsedTimer(), [0]
    beat = QTimer(interval=5)
    beat.timeout.connect(lambda: gaps.append(clock.restart()))
    clock.start()
    beat.start()
    client.request(CURVE, {"do": "big", "count": 2_000_000}, replies.append)
    qtbot.waitUntil(replies.got(1))
    beat.stop()
    assert replies[0]["data"].shape == (2_000_000,)
    assert replies[0]["data"].dtype == np.float32
    begin = perf_counter()
    unpack(pack({"data": replies[0]["data"]})[4:])
    # To take it in cannot cost less than to read it once; on a busy machine both take longer.
    assert max(gaps) < 50 + 20 * 1e3 * (perf_counter() - begin)


def test_a_request_too_large_to_send(client: EngineClient, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.core.protocol.frames.MAX_FRAME", 1000)
    replies = Replies()
    replies.ask(client, "trace", text="x" * 2000)
    assert "too much to send" in replies[0]["error"]["message"]
    assert client.waiting == 0


def test_standard_error_is_kept(client: EngineClient, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: client.stderr == ["W0000 a warning"])


def test_engine_command() -> None:
    assert engine_command() == [sys.executable, "-P", "-m", "explorer.engine"]
