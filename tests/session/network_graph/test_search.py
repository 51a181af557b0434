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


def hit(name, group="block1", **more):
    return {"id": name, "name": name, "group": group, "hidden": False, "backward": False, **more}


def test_going_on_from_hit_to_hit_returns_to_the_first(session, client, signals):
    session.search.search("relu")
    client.pending[-1].on_reply({"text": "relu", "hits": [hit("a"), hit("b"), hit("c")], "total": 9})
    chosen = []
    session.search.hitChosen.connect(lambda hit: chosen.append(hit["id"]))
    moved = signals(session.search.positionChanged)
    for offset in (1, 1, 1, 1, -1, -1):
        session.search.choose_next(offset)
    assert chosen == ["a", "b", "c", "a", "c", "b"]
    assert session.search.position == 1
    assert len(moved) == 6
    session.search.choose(2)
    session.search.choose_next()
    assert session.search.position == 0


def test_from_no_hit_one_goes_back_to_the_last_and_without_hits_nowhere(session, client):
    session.search.choose_next()
    assert session.search.position is None
    session.search.search("relu")
    client.pending[-1].on_reply({"text": "relu", "hits": [hit("a"), hit("b")], "total": 2})
    session.search.choose_next(-1)
    assert session.search.position == 1
    session.search.search("re")
    client.pending[-1].on_reply({"text": "re", "hits": [hit("a")], "total": 1})
    assert session.search.position is None


def test_a_hit_that_is_a_helper_or_a_backward_op_shows_these_ops(session, client):
    hits = [hit("block1/relu"), hit("block1/cast", hidden=True), hit("gradients/relu", backward=True)]
    client.table["graph_search"] = {"text": "relu", "hits": hits, "total": 3}
    session.search.search("relu")
    client.answer_all()
    for shown in ((False, False), (True, False), (True, True)):
        session.search.choose_next()
        client.answer_all()
        assert (session.state.show_helpers, session.state.show_backward) == shown
        assert "block1" in session.state.open_groups
