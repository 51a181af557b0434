"""Selecting a box requests its paths, and for an op its details."""


def test_a_group_has_paths_and_an_op_details_too(session, client):
    session.selection.select("node", "block1")
    assert client.kinds() == ["graph_trace"]
    client.answer_all()
    assert session.selection.trace_path == ({"input"}, {"block2"})
    session.toggle("block1")
    client.answer_all()
    session.selection.select("node", "block1/relu")
    assert client.kinds() == ["graph_trace", "graph_op"]
    assert session.selection.details is None
    client.answer_all()
    assert session.selection.details == {"op": {"id": "block1/relu"}}


def test_an_edge_has_neither(session, client):
    session.selection.select("edge", session.state.visible.edges[0].key)
    assert client.kinds() == []
    assert session.selection.node is None


def test_selecting_the_same_again_changes_nothing(session, signals):
    emitted = signals(session.selection.changed)
    session.selection.select("node", "block1")
    session.selection.select("node", "block1")
    session.selection.clear()
    session.selection.clear()
    assert emitted == [0, 0]


def test_details_of_an_earlier_selection_are_dropped(session, client):
    session.selection.select("node", "block1")
    request = client.pending[-1]
    session.selection.select("node", "block2")
    request.on_reply({"box": "block1", "before": [], "after": []})
    assert session.selection.trace_path is None


def test_a_selected_box_that_disappears_is_deselected(session, client):
    session.toggle("block1")
    client.answer_all()
    session.selection.select("node", "block1/relu")
    session.toggle("block1")
    client.answer_all()
    assert session.selection.item is None


def test_the_paths_are_found_again_when_groups_open_and_close(session, client):
    client.table["graph_trace"] = lambda payload: {"box": payload["box"], "before": [], "after": list(payload["open"])}
    session.selection.select("node", "block1")
    client.answer_all()
    for group, opened in (("block2", ["block2"]), ("block1", ["block1", "block2"]), ("block1", ["block2"])):
        session.toggle(group)
        client.answer_all()
        assert session.selection.node == "block1"
        assert session.selection.trace_path == (frozenset(), frozenset(opened))
    assert len(client.payloads("graph_trace")) == 4
    session.selection.select("edge", session.state.visible.edges[0].key)
    session.toggle("block1")
    client.answer_all()
    assert len(client.payloads("graph_trace")) == 4  # an edge has no paths


def test_repeated_blocks_are_those_of_the_selected_group(session):
    assert session.selection.repeated_blocks == ()
    session.selection.select("node", "block2")
    assert session.selection.repeated_blocks == ("block1", "block2")
    session.selection.select("node", "input")
    assert session.selection.repeated_blocks == ()
