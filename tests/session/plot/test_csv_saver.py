"""A table is requested chunk by chunk, and written completely or not at all."""

import pytest

from explorer.session.plot import csv_saver as module
from explorer.session.plot.curve import CurveSession
from tests.session.expression_traces import show


@pytest.fixture
def curve(client, session):
    curve = CurveSession(client, session)
    show(session, client, "sin(2*x)")
    return curve


@pytest.fixture
def export(client, curve):
    """The export, with the list of its messages as ``messages``."""
    export = module.CsvSaver(client, curve)
    export.messages = []
    export.messageReported.connect(export.messages.append)
    return export


def test_a_table_of_several_chunks(export, client, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_SIZE", 2)
    export.save(str(tmp_path / "f.csv"))
    client.answer("curve_table", {"lines": b"0,0,2\n1,0.9,-0.8\n", "points": 3})
    assert [payload["start"] for payload in client.payloads("curve_table")] == [0, 2]
    assert not (tmp_path / "f.csv").exists()
    export.save(str(tmp_path / "g.csv"))
    assert "is still being written" in export.messages.pop()
    client.answer("curve_table", {"lines": b"2,-0.8,-1.3\n", "points": 3})
    assert (tmp_path / "f.csv").read_text() == "x,f,f'\n0,0,2\n1,0.9,-0.8\n2,-0.8,-1.3\n"
    assert export.messages == [f"Saved: {tmp_path / 'f.csv'}, 3 points"]


def test_an_error_leaves_no_file(export, client, tmp_path):
    export.save(str(tmp_path / "f.csv"))
    client.fail("curve_table", "TensorFlow's process ended.")
    assert list(tmp_path.iterdir()) == []
    assert export.messages[0].startswith("Not saved: ")
    export.save(str(tmp_path / "missing" / "f.csv"))
    assert len(export.messages) == 2


def test_what_cannot_be_saved_is_a_message(export, curve, session, client, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_POINTS", 2)
    export.save(str(tmp_path / "f.csv"))
    show(session, client, "3")
    export.save(str(tmp_path / "f.csv"))
    assert [message.partition(":")[0] for message in export.messages] == ["Not saved", "Not saved"]
    assert client.payloads("curve_table") == []
