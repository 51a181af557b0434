"""The download of a data set: its progress and all its possible ends."""

import pytest

from explorer.session.data.download import DownloadSession


@pytest.fixture
def download(client):
    """A session that downloads MNIST, with its signals recorded in ``emitted``."""
    session = DownloadSession(client)
    session.emitted = []
    session.changed.connect(lambda: session.emitted.append("changed"))
    session.finished.connect(lambda source: session.emitted.append(("finished", source)))
    session.ended.connect(lambda message: session.emitted.append(("ended", message)))
    session.start("mnist", "MNIST", 1000)
    return session


def test_a_download_is_requested(client, download):
    assert client.payloads("data_fetch") == [{"data": "mnist"}]
    assert (download.is_running, download.title) == (True, "MNIST")
    assert (download.bytes_done, download.bytes_total) == (0, 1000)
    assert download.emitted == ["changed"]


def test_progress_and_end(client, download):
    client.answer("data_fetch", {})
    client.download.emit({"data": "mnist", "state": "running", "done": 400, "total": 900})
    assert (download.bytes_done, download.bytes_total) == (400, 900)
    client.download.emit({"data": "mnist", "state": "done"})
    assert not download.is_running
    assert download.emitted == ["changed", "changed", "changed", ("finished", "mnist")]


def test_events_of_another_download_are_ignored(client, download):
    client.download.emit({"data": "fashion", "state": "running", "done": 5, "total": 9})
    client.download.emit({"data": "fashion", "state": "done"})
    assert (download.source, download.bytes_done) == ("mnist", 0)
    assert download.emitted == ["changed"]


def test_a_failed_download_ends_with_the_message(client, download):
    client.download.emit({"data": "mnist", "state": "failed", "message": "There is no network."})
    assert not download.is_running
    assert download.emitted[-1] == ("ended", "There is no network.")


def test_a_refused_request_ends_the_download(client, download):
    client.fail("data_fetch", "There is no such data.")
    assert download.emitted[-1] == ("ended", "There is no such data.")


def test_a_cancelled_download_ends_without_a_message(client, download):
    download.cancel()
    assert client.payloads("data_fetch_cancel") == [{}]
    assert download.emitted[-1] == ("ended", "")
    client.download.emit({"data": "mnist", "state": "done"})  # it was already on its way
    assert download.emitted[-1] == ("ended", "")
    download.cancel()
    assert len(client.payloads("data_fetch_cancel")) == 1


def test_the_end_of_the_engine_ends_the_download(client, download):
    client.died.emit("gone")
    assert download.emitted[-1][0] == "ended"
    assert "while it fetched MNIST" in download.emitted[-1][1]
    client.died.emit("gone")
    assert download.emitted.count(download.emitted[-1]) == 1
