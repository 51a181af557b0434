"""The search sends requests for the newest text only."""


def test_hits_are_received(session, client, signals):
    emitted = signals(session.search.changed)
    session.search.search("relu")
    client.answer_all()
    assert session.search.hits == [{"id": "block1/relu"}]
    assert session.search.total == 7
    assert emitted == [0]


def test_hits_for_an_earlier_text_are_dropped(session, client):
    session.search.search("re")
    request = client.pending[-1]
    session.search.search("relu")
    request.on_reply({"text": "re", "hits": [{"id": "x"}], "total": 1})
    assert session.search.hits == []


def test_an_empty_text_has_no_hits_and_no_request(session, client):
    session.search.search("relu")
    client.answer_all()
    client.sent.clear()
    session.search.search("  ")
    assert client.sent == []
    assert (session.search.hits, session.search.total) == ([], 0)


def test_clearing_is_reported_once(session, client, signals):
    session.search.search("relu")
    client.answer_all()
    emitted = signals(session.search.changed)
    session.search.clear()
    session.search.clear()
    assert emitted == [0]
    assert session.search.query == ""
