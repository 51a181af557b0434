"""The queue of a worker."""

from explorer.engine.mailbox import Mailbox


def test_a_request_supersedes_those_of_its_lane_and_no_others():
    replies = []
    mailbox = Mailbox(replies.append)
    for number, lane in enumerate(("simplify x", "simplify y", None, "simplify x", None)):
        mailbox.put({"id": number, "kind": "simplify", "lane": lane})
    assert replies == [{"id": 0, "kind": "simplify", "superseded": True}]
    assert [mailbox.take()["id"] for _ in range(4)] == [1, 2, 3, 4]


def test_on_idle_is_called_once_when_there_are_no_requests():
    idle = []

    def on_idle():
        idle.append(True)
        mailbox.put({"id": 1, "kind": "trace"})

    mailbox = Mailbox(lambda _: None)
    assert mailbox.take(on_idle) == {"id": 1, "kind": "trace"}
    assert idle == [True]


def test_nothing_is_taken_from_a_closed_mailbox():
    mailbox = Mailbox(lambda _: None)
    mailbox.put({"id": 1, "kind": "trace"})
    mailbox.close()
    assert mailbox.take() is None
