"""Values and profile of what is visible: requested while it is on the screen, and dropped when they are late."""

from explorer.session.network_graph.graph_numbers import FOLLOW_INTERVAL_MS, MAX_FOLLOW_SHARE


def test_at_most_one_request_is_in_progress(session, client):
    session.numbers.request_values()
    session.numbers.request_values()
    assert client.kinds() == ["graph_values"]
    client.answer_all()
    session.numbers.request_values()
    assert len(client.payloads("graph_values")) == 2


def test_nothing_is_requested_for_a_hidden_tab(session, client):
    session.set_visible(False)
    session.numbers.request_values()
    assert client.kinds() == []


def test_values_of_other_boxes_are_dropped(session, client):
    session.numbers.request_values()
    request = client.pending[-1]
    before = session.numbers.values
    session.toggle("block1")
    request.on_reply({"seconds": 0.0, "number": 2})
    assert session.numbers.values is before


def test_slow_values_are_followed_less_often(session, client, table):
    for seconds, interval in ((0.001, FOLLOW_INTERVAL_MS), (3.0, round(3000 / MAX_FOLLOW_SHARE))):
        session.numbers.request_values()
        client.answer("graph_values", {"seconds": seconds, "number": 1})
        assert session.numbers._follow.interval() == interval


def test_the_profile_is_requested_for_its_overlays_only(session, client, signals):
    emitted = signals(session.numbers.profileChanged, session.stateChanged)
    session.set_overlay("gradient")
    assert client.kinds() == []
    session.set_overlay("time")
    assert client.kinds() == ["graph_profile"]
    assert "measures" in session.progress_message
    assert not session.is_settled
    client.answer_all()
    assert session.numbers.profile == {"nodes": {}}
    assert session.is_settled
    assert emitted == [1, 1, 0]
    session.set_overlay("memory")  # the same measurement
    assert client.kinds() == []


def test_the_profile_follows_what_is_visible(session, client):
    session.set_overlay("time")
    client.answer_all()
    session.toggle("block1")
    client.answer("graph_view")
    assert session.numbers.is_profile_pending
    assert session.progress_message == ""  # ops are measured once for each graph
    client.answer_all()
    assert [payload["open"] for payload in client.payloads("graph_profile")] == [[], ["block1"]]


def test_a_profile_that_fails_is_not_waited_for(session, client):
    session.set_overlay("time")
    client.fail("graph_profile", "The profiler is in use.")
    assert session.state.message == "The profiler is in use."
    assert not session.numbers.is_profile_pending


def test_an_error_goes_away_with_what_caused_it(session, client, signals):
    session.set_overlay("time")
    client.fail("graph_profile", "The profiler is in use.")
    session.numbers.request_values()
    client.answer_all()
    assert session.state.message == "The profiler is in use."  # values are another matter
    emitted = signals(session.stateChanged)
    session.set_overlay("none")
    assert session.state.message == ""
    assert emitted == [0]
    session.set_overlay("memory")
    client.fail("graph_profile", "The profiler is in use.")
    session.set_overlay("none")
    session.set_overlay("time")
    client.answer_all()
    assert session.state.message == ""
    assert session.numbers.profile is not None


def test_an_error_of_values_goes_with_the_next_values(session, client):
    session.numbers.request_values()
    client.fail("graph_values", "no memory")
    assert session.state.message == "no memory"
    session.numbers.request_values()
    client.answer_all()
    assert session.state.message == ""
