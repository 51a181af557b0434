"""The data set in use, and what is shown of it: requests, replies, messages, and the end of the engine."""

import numpy as np
import pytest

from explorer.session.data.session import PAGE_SIZE, DataSession

TRAIN, VALIDATION = 250, 40


def info(payload):
    """Return the engine's reply about a data set of 250 training and 40 validation images."""
    counts = np.full(10, 25)
    return {
        "source": "sample" if payload["data"] == "auto" else payload["data"],
        "name": f"name of {payload['data']}",
        "classes": list("0123456789"),
        "parts": {"y_train": {"shape": [TRAIN]}, "y_validation": {"shape": [VALIDATION]}},
        "counts": counts,
        "validation_counts": counts - 21,
    }


def page(payload):
    """Return the engine's reply with a page of images."""
    total = TRAIN if payload["part"] == "train" else VALIDATION
    labels = np.zeros(max(0, min(payload["count"], total - payload["start"])), np.uint8)
    return {**payload, "total": total, "labels": labels}


@pytest.fixture
def client(table_client):
    return table_client({"data_info": info, "data_page": page})


@pytest.fixture
def data(client):
    """A session with the automatic data set and its first page; ``emitted`` records signals."""
    session = DataSession(client)
    session.emitted = []
    for name in ("requestedSourceChanged", "infoChanged", "pageChanged", "selected", "filterChanged", "messageChanged"):
        getattr(session, name).connect(lambda *_, name=name: session.emitted.append(name))
    session.load_once()
    client.answer_all()
    client.sent.clear()
    session.emitted.clear()
    return session


def test_the_data_is_loaded_once(client):
    session = DataSession(client)
    assert (session.name, session.summary, session.total) == ("", "", 0)
    session.load_once()
    session.load_once()
    assert client.payloads("data_info") == [{"data": "auto"}]
    client.answer_all()
    assert session.summary == "name of auto: 250 to train, 40 to validate"
    assert session.is_up_to_date
    assert session.source_for_code == "sample"  # what was chosen for "auto"


def test_the_page_follows_the_index(client, data):
    data.show_index(5)
    assert client.payloads("data_page") == []  # it is on the page already
    assert data.emitted == ["selected"]
    data.turn_pages(1)
    assert (data.index, data.page_start) == (PAGE_SIZE, PAGE_SIZE)
    assert not data.is_up_to_date
    client.answer_all()
    assert data.is_up_to_date
    assert data.emitted == ["selected", "pageChanged", "selected"]
    data.turn_pages(9)  # to the last page
    client.answer_all()
    assert data.page_start == 2 * PAGE_SIZE
    data.move(1000)  # there is no such image
    data.turn_pages(1)
    assert len(client.payloads("data_page")) == 2


def test_only_the_requested_page_is_shown(client, data):
    data.turn_pages(1)
    old = client.pending[0]
    data.set_part("validation")
    old.on_reply(page(old.payload))
    assert data.page["start"] == 0
    assert data.emitted == ["filterChanged"]
    client.answer_all()
    assert (data.page["part"], data.total) == ("validation", VALIDATION)


def test_filters_change_only_on_real_change(client, data):
    data.set_part("train")
    data.set_part("nonsense")
    data.set_digit(None)
    assert data.emitted == []
    data.set_digit(3)
    assert (data.emitted, data.total) == (["filterChanged"], 25)
    data.show_number(7)  # of all digits
    assert (data.digit, data.index) == (None, 7)
    data.show_number(-1)
    assert data.index == 0


def test_another_data_set_replaces_the_old_one_when_it_is_there(client, data):
    data.open("fashion")
    assert (data.source, data.requested_source) == ("auto", "fashion")
    assert data.source_for_training == "fashion"
    client.answer("data_info")
    assert data.source == "fashion"
    assert data.emitted == ["requestedSourceChanged", "infoChanged", "filterChanged"]


def test_a_reply_about_an_earlier_requested_data_set_is_ignored(client, data):
    data.open("fashion")
    old = client.pending[0]
    data.open("mnist")
    old.on_reply(info(old.payload))
    assert data.source == "auto"
    client.answer_all()
    assert data.source == "mnist"


def test_a_data_set_that_cannot_be_used_leaves_the_old_one(client, data):
    data.open("broken.npz")
    client.fail("data_info", "broken.npz is damaged.")
    assert (data.source, data.requested_source, data.message) == ("auto", "auto", "broken.npz is damaged.")
    assert client.pending == []
    data.open("\ud800.npz")
    assert client.pending == []
    assert "cannot be read" in data.message


def test_without_any_data_the_sample_is_used_and_the_message_stays(client):
    session = DataSession(client)
    session.open("broken.npz")
    client.fail("data_info", "broken.npz is damaged.")
    client.answer_all()
    assert (session.source, session.requested_source) == ("sample", "sample")
    assert session.message == "broken.npz is damaged."


def test_missing_data_is_downloaded_and_then_used(client, data):
    data.open("mnist")
    client.answer("data_info", {"missing": "mnist", "title": "MNIST", "bytes": 11})
    assert data.download.is_running
    assert (data.source, data.source_for_training) == ("auto", "auto")
    data.open("mnist")  # is being downloaded already
    assert client.payloads("data_fetch") == [{"data": "mnist"}]
    client.download.emit({"data": "mnist", "state": "done"})
    client.answer_all()
    assert data.source == "mnist"


def test_a_failed_download_is_reported_and_a_cancelled_one_is_not(client, data):
    data.open("mnist")
    client.answer("data_info", {"missing": "mnist", "title": "MNIST", "bytes": 11})
    client.download.emit({"data": "mnist", "state": "failed", "message": "There is no network."})
    assert data.message == "There is no network. name of auto is used instead."
    assert data.requested_source == "auto"
    data.open("fashion")
    client.answer("data_info", {"missing": "fashion", "title": "Fashion-MNIST", "bytes": 30})
    assert data.message == ""
    data.download.cancel()
    assert (data.message, data.requested_source) == ("", "auto")


def test_unanswered_requests_are_sent_to_a_new_engine(client, data):
    client.ready.emit({})
    assert client.sent == []  # it is known already
    session = DataSession(client)
    session.open("mnist")
    client.sent.clear()
    client.ready.emit({})
    assert client.payloads("data_info") == [{"data": "mnist"}]


def test_an_error_about_a_page_is_a_message(client, data):
    data.turn_pages(1)
    client.fail("data_page", "The data is gone.")
    assert data.message == "The data is gone."
    client.failed.emit("TensorFlow cannot be started.")
    assert data.message == "TensorFlow cannot be started."
