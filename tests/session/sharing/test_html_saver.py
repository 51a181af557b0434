"""Saving a page: what is reported for each end of the process that writes it."""

import pytest

from explorer.core.protocol.frames import pack
from explorer.session.sharing import html_saver
from explorer.session.sharing.html_saver import HtmlSaver


@pytest.fixture
def saver(qapp, monkeypatch):
    """A saver whose process runs a script of the test; ``reported`` has its messages."""
    made = HtmlSaver()
    made.reported = []
    made.messageReported.connect(made.reported.append)
    monkeypatch.setattr(html_saver, "pack_request", lambda *_: b"request")
    yield made
    made.stop()


def run_script(saver, monkeypatch, tmp_path, output=b"", program="/bin/sh"):
    """Let the next process write some bytes instead of a page."""
    script = tmp_path / "worker"
    (tmp_path / "output").write_bytes(output)
    script.write_text(f"#!/bin/sh\ncat > /dev/null\ncat {tmp_path / 'output'}\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(html_saver.sys, "executable", str(script) if program else str(tmp_path / "nowhere"))
    saver.save("page.html", None, None, None)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (pack({"error": None}), "Saved: page.html"),
        (pack({"error": "the disk is full"}), "Not saved: the disk is full"),
        (b"", "Not saved: the page could not be made"),
        (b"\xff" * 12, "Not saved: the page could not be made"),
    ],
)
def test_the_end_of_the_process_is_reported(saver, monkeypatch, tmp_path, qtbot, output, message):
    run_script(saver, monkeypatch, tmp_path, output)
    qtbot.waitUntil(lambda: bool(saver.reported))
    assert saver.reported == [message]


def test_a_process_that_cannot_be_started_is_reported(saver, monkeypatch, tmp_path, qtbot):
    run_script(saver, monkeypatch, tmp_path, program="")
    qtbot.waitUntil(lambda: bool(saver.reported))
    assert saver.reported == ["Not saved: the process that makes pages could not be started"]


def test_a_stopped_saver_reports_nothing(saver, monkeypatch, tmp_path, qtbot):
    run_script(saver, monkeypatch, tmp_path, pack({"error": None}))
    saver.stop()
    assert saver.reported == []
    assert saver._processes == []
