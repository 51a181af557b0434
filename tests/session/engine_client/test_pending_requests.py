"""Which requests are sent and which are superseded, without an engine."""

import pytest

from explorer.core.protocol.autodiff import TRACE
from explorer.session.engine_client.pending_requests import MAX_DEATHS, MAX_IN_PROGRESS, PendingRequests


@pytest.fixture
def requests():
    return PendingRequests()


def add(requests, lane="trace", **options):
    """Add a request and return it."""
    return requests.add(TRACE, {"text": "x"}, lambda _reply: None, lane, **options)


def sent(requests):
    """Send what may be sent and return its numbers."""
    return [request.id for request in requests.to_send()]


def test_a_message_has_number_kind_lane_and_payload(requests):
    assert add(requests).message() == {"text": "x", "id": 1, "kind": "trace", "lane": "trace"}
    assert add(requests, is_prefetch=True).message()["prefetch"] is True


def test_a_request_is_sent_once(requests):
    add(requests)
    assert sent(requests) == [1]
    assert sent(requests) == []


def test_a_newer_request_of_a_lane_replaces_one_that_was_not_sent(requests):
    add(requests)
    add(requests)
    add(requests, lane="values")
    assert sent(requests) == [2, 3]
    assert len(requests) == 2


def test_requests_without_a_lane_are_all_sent(requests):
    for _ in range(2 * MAX_IN_PROGRESS):
        add(requests, lane=None)
    assert len(sent(requests)) == 2 * MAX_IN_PROGRESS


def test_the_newest_of_a_full_lane_waits_for_a_reply(requests):
    for _ in range(MAX_IN_PROGRESS):
        add(requests)
        sent(requests)
    for _ in range(2):
        add(requests)
        assert sent(requests) == []
    assert requests.match({"id": 1, "superseded": True}) is None
    assert sent(requests) == [MAX_IN_PROGRESS + 2]


def test_a_reply_belongs_to_the_request_of_its_number(requests):
    request = add(requests)
    sent(requests)
    assert requests.find(1) is request
    for number in (2, None, "1", 1.0, True):
        assert requests.match({"id": number}) is None
    assert requests.match({"id": 1}) is request
    assert requests.match({"id": 1}) is None
    assert len(requests) == 0


def test_a_reply_older_than_another_of_its_lane_is_stale(requests):
    for lane in ("trace", "trace", "values"):
        add(requests, lane=lane)
        sent(requests)
    assert requests.match({"id": 2}).id == 2
    assert requests.match({"id": 1}) is None
    assert requests.match({"id": 3}).id == 3


def test_only_a_prefetch_hears_that_it_was_superseded(requests):
    add(requests)
    add(requests, lane="prefetch", is_prefetch=True)
    sent(requests)
    assert requests.match({"id": 1, "superseded": True}) is None
    assert requests.match({"id": 2, "superseded": True}).id == 2


def test_prefetches_are_not_counted(requests):
    add(requests, lane="prefetch", is_prefetch=True)
    assert len(requests) == 0


def test_cancelled_requests_are_forgotten(requests):
    add(requests)
    requests.cancel(1)
    requests.cancel(1)
    assert sent(requests) == []
    add(requests, lane="values")
    requests.clear()
    assert (sent(requests), len(requests)) == ([], 0)


def test_a_new_engine_gets_the_newest_request_of_each_lane_and_no_prefetch(requests):
    for lane in ("trace", "trace", "values", None, None):
        add(requests, lane=lane)
        sent(requests)
    add(requests, lane="prefetch", is_prefetch=True)
    assert requests.engine_died(was_working=False) == []
    assert sent(requests) == [2, 3, 4, 5]


def test_a_request_that_was_there_at_two_deaths_is_abandoned(requests):
    request = add(requests)
    for _ in range(MAX_DEATHS - 1):
        sent(requests)
        assert requests.engine_died(was_working=True) == []
    requests.engine_died(was_working=True)  # it was not sent to this engine
    sent(requests)
    requests.engine_died(was_working=False)  # an engine that did not start was not killed by it
    sent(requests)
    assert requests.engine_died(was_working=True) == [request]
    assert len(requests) == 0
