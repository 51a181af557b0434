"""Thumbnails are requested for the graph that is open."""


def test_thumbnails_are_requested_and_received(session, client):
    received = []
    session.thumbnails.received.connect(received.append)
    session.thumbnails.request(["block1"], ["block2"])
    assert client.payloads("graph_pictures") == [{"graph": 1, "boxes": ["block1"], "gradients": ["block2"]}]
    client.answer_all()
    assert received == [{"pictures": {}, "number": 1}]


def test_a_failed_request_is_ignored(session, client):
    session.thumbnails.request(["block1"], [])
    client.fail("graph_pictures", "no memory")
    assert session.state.message == ""
