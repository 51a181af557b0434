"""Requests about a graph carry its number, and replies about another graph are dropped."""

import pytest

from explorer.core.errors import ErrorCode
from explorer.core.protocol.network_graph import GRAPH_OP
from explorer.session.network_graph.requests import GraphRequests


@pytest.fixture
def requests(table_client):
    made = GraphRequests(table_client({"graph_op": {"op": 1}}))
    made.graph = 3
    return made


def send(requests, **more):
    replies = []
    requests.request(GRAPH_OP, {"op": "a"}, replies.append, **more)
    return replies


def test_the_number_of_the_graph_is_sent(requests):
    replies = send(requests)
    assert requests._client.payloads("graph_op") == [{"op": "a", "graph": 3}]
    requests._client.answer_all()
    assert replies == [{"op": 1}]


def test_without_a_graph_nothing_is_sent(requests):
    requests.graph = None
    send(requests)
    assert requests._client.sent == []


@pytest.mark.parametrize("graph", [4, None])
def test_replies_about_another_graph_are_dropped(requests, graph):
    replies = send(requests)
    requests.graph = graph
    requests._client.answer_all()
    assert replies == []


def test_a_superseded_reply_is_dropped_and_ends_the_request(requests):
    ends = []
    replies = send(requests, on_end=lambda: ends.append(True))
    requests._client.answer("graph_op", {"superseded": True})
    assert replies == []
    assert ends == [True]


def test_errors_are_reported_unless_the_sender_handles_them(requests, signals):
    failed = []
    requests.failed.connect(failed.append)
    assert send(requests) == []
    requests._client.fail("graph_op", "no memory")
    assert failed == ["no memory"]
    handled = []
    send(requests, on_error=handled.append)
    requests._client.fail("graph_op", "no memory")
    assert handled == ["no memory"]
    assert failed == ["no memory"]


def test_that_the_graph_has_been_closed_is_no_message(requests):
    failed = []
    requests.failed.connect(failed.append)
    send(requests)
    requests._client.fail("graph_op", "This graph is no longer open.", ErrorCode.GRAPH_CLOSED)
    assert failed == []
