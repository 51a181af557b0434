"""The session opens graphs and groups, and steps through the backward pass."""

import pytest

from explorer.session.network_graph.session import LARGE_GRAPH_OPS, NO_RUN, NetworkGraphSession


def box_ids(session):
    return [node.id for node in session.state.visible.nodes]


def test_the_first_graph_is_requested_when_the_tab_is_shown(client, network):
    session = NetworkGraphSession(client, network)
    assert client.sent == []
    session.set_visible(True)
    assert client.payloads("graph_open") == [{"source": "mlp", "loss": "", "data": ""}]
    assert session.progress_message == "TensorFlow traces the training graph of mlp …"
    client.answer_all()
    assert session.state.source == "mlp"
    assert box_ids(session) == ["input", "block1", "block2"]
    assert session.is_settled
    assert session.progress_message == ""


def test_groups_open_and_close(session, client):
    session.toggle("block1")
    assert not session.is_settled
    client.answer_all()
    assert "block1/mul" in box_ids(session)
    assert session.state.open_groups == {"block1"}
    session.toggle("block1")
    client.answer_all()
    assert "block1/mul" not in box_ids(session)


def test_levels(session, client):
    assert session.state.level == 0
    session.change_level(1)
    client.answer_all()
    assert session.state.level == 1
    assert session.state.open_groups == {"input", "block1", "block2"}
    session.change_level(1)
    assert client.kinds() == []  # there is no deeper level
    session.toggle("block1")
    assert session.state.level is None
    session.change_level(-1)
    assert session.state.level == 0


def test_repeated_blocks_open_and_close_together(session, client):
    session.toggle_repeated_blocks()
    assert session.state.open_groups == frozenset()
    session.selection.select("node", "block1")
    session.toggle_repeated_blocks()
    assert session.state.open_groups == {"block1", "block2"}
    client.answer_all()
    session.toggle_repeated_blocks()
    assert session.state.open_groups == frozenset()


def test_a_view_of_other_groups_than_those_now_open_is_dropped(session, client, table):
    session.toggle("block1")
    late = table["graph_view"](client.pending[-1].payload)
    request = client.pending[-1]
    session.toggle("block2")
    client.answer_all()
    before = session.state.visible
    request.on_reply(late)
    assert session.state.visible is before


def test_steps_stay_in_range_and_are_reported_once(session, signals):
    emitted = signals(session.stepChanged)
    session.set_step(99)
    assert session.state.step == session.state.total_steps == 2
    session.set_step(99)
    session.set_step(-1)
    assert session.state.step == 0
    assert emitted == [0, 0]


def test_the_step_stays_at_its_box_when_groups_open(session, client):
    session.set_step(2)
    assert session.state.visible.steps[1] == "block1"
    session.toggle("block2")
    client.answer_all()
    assert session.state.step == session.state.total_steps == 3


@pytest.mark.parametrize("setter", ["set_helpers", "set_backward"])
def test_helper_and_backward_ops_are_requested_once(session, client, setter):
    getattr(session, setter)(True)
    getattr(session, setter)(True)
    assert len(client.payloads("graph_view")) == 1
    assert client.payloads("graph_view")[0][setter.removeprefix("set_")] is True


def test_going_to_a_hidden_op_opens_its_groups_and_selects_it(session, client):
    session.go_to("block1/relu", "block1")
    assert session.selection.item is None
    client.answer_all()
    assert session.state.open_groups == {"block1"}
    assert session.selection.item == ("node", "block1/relu")
    session.go_to("block2", "")  # visible already
    assert session.selection.item == ("node", "block2")


def test_an_error_leaves_the_graph_that_is_shown(session, client, signals):
    emitted = signals(session.stateChanged)
    session.open("broken.keras")
    assert session.state.requested_source == "broken.keras"
    client.fail("graph_open", "broken.keras is damaged.")
    assert session.state.message == "broken.keras is damaged."
    assert session.state.source == session.state.requested_source == "mlp"
    assert emitted == [0, 0]
    session.open("mlp")  # to choose it again clears the message
    assert session.state.message == ""
    client.answer_all()
    session.open("broken.keras")
    client.fail("graph_open", "broken.keras is damaged.")
    session.toggle("block1")  # so does to go on with the graph that is there
    assert session.state.message == ""


def test_another_graph_starts_closed_without_selection_and_search(session, client):
    session.toggle("block1")
    client.answer_all()
    session.selection.select("node", "block2")
    session.search.search("relu")
    client.answer_all()
    session.set_step(2)
    session.open("cnn")
    client.answer_all()
    assert session.state.open_groups == frozenset()
    assert session.state.step == 0
    assert session.selection.item is None
    assert session.search.hits == []


def test_restoring_a_view_returns_to_its_groups(session, client):
    before = session.state.visible
    session.toggle("block1")
    client.answer_all()
    session.restore("mlp", before)
    assert session.state.visible is before
    assert session.state.open_groups == frozenset()
    client.answer_all()
    assert session.numbers.values["of"] == []
    session.stop()


def test_restoring_a_view_of_another_graph_opens_that_graph(session, client):
    before = session.state.visible
    session.open("cnn")
    client.answer_all()
    session.restore("mlp", before)
    assert client.payloads("graph_open")[-1] == {"source": "mlp", "loss": "", "data": ""}
    session.stop()


def test_without_a_run_its_graph_cannot_be_opened(session, client):
    session.open("run")
    assert session.state.message == NO_RUN
    assert session.state.requested_source == "mlp"
    assert client.kinds() == []


def test_a_run_is_opened_when_its_network_arrives_and_removed_with_it(session, client, network, signals):
    network.number = 4
    network.networkChanged.emit({})
    assert client.kinds() == []  # another graph is shown
    session.open("run")
    client.answer_all()
    assert session.state.source == "run"
    emitted = signals(session.infoChanged, session.visibleChanged, session.numbers.valuesChanged)
    network.number = 0
    network.networkChanged.emit(None)
    assert session.state.visible is None
    assert session.state.message == NO_RUN
    assert emitted == [0, 1, 2]
    network.number = 5
    network.networkChanged.emit({})
    client.answer_all()
    assert session.state.source == "run"
    session.stop()


def test_a_run_that_ends_before_it_is_compiled_is_reported(session, network):
    network.is_compiling = True
    session.open("run")
    assert "still compiling" in session.progress_message
    network.is_compiling = False
    network.compileEndedWithoutNetwork.emit()
    assert "no network yet" in session.state.message
    assert session.state.requested_source == "mlp"


def test_new_weights_are_followed_only_while_the_tab_is_shown(session, client, network, qtbot):
    network.number = 4
    session.open("run")
    client.answer_all()
    client.sent.clear()
    session.numbers._follow.setInterval(0)
    session.set_visible(False)
    network.weightsChanged.emit()
    assert not session.numbers._follow.isActive()
    session.set_visible(True)
    client.answer_all()
    session.numbers._follow.setInterval(0)
    count = len(client.payloads("graph_values"))
    network.weightsChanged.emit()
    qtbot.waitUntil(lambda: len(client.payloads("graph_values")) == count + 1)


def test_after_the_engine_has_died_the_graph_is_opened_again(session, client):
    client.died.emit("TensorFlow's process ended.")
    assert session.state.info is None
    assert box_ids(session)  # the picture stays
    client.answer_all()
    assert session.state.info["model"] == "mlp"
    assert session.is_settled


def test_the_values_of_a_large_graph_are_requested_later(session, client, table, qtbot):
    table_reply = client.table["graph_open"]({"source": "cnn"})
    client.table["graph_open"] = {**table_reply, "ops": LARGE_GRAPH_OPS + 1}
    session.numbers._delay.setInterval(0)
    session.open("cnn")
    client.answer_all()
    session.layouts.stop()
    assert session.numbers.values is None
    qtbot.waitUntil(lambda: "graph_values" in client.kinds())


def test_a_loss_and_a_file_are_kept_until_another_network_is_chosen(session, client):
    session.toggle("block1")
    client.answer_all()
    session.set_loss("huber")
    client.answer_all()
    session.set_data("digits.npz")
    client.answer_all()
    assert client.payloads("graph_open") == [
        {"source": "mlp", "loss": "huber", "data": ""},
        {"source": "mlp", "loss": "huber", "data": "digits.npz"},
    ]
    assert session.state.open_groups == {"block1"}  # the graph is that of the same network
    session.open("cnn")
    assert client.payloads("graph_open")[-1] == {"source": "cnn", "loss": "", "data": ""}


def test_a_loss_that_is_refused_leaves_the_one_before_and_its_message_goes_with_the_next(session, client):
    opened = client.table["graph_open"]
    client.table["graph_open"] = {"error": {"code": "invalid_input", "message": "It does not fit."}}
    session.set_loss("ctc")
    client.answer_all()
    assert session.state.message == "It does not fit."
    assert (session.state.loss, session.state.requested_loss) == ("", "")
    client.table["graph_open"] = opened
    session.set_loss("mean_squared_error")
    assert session.state.message == ""
    client.answer_all()
    assert (session.state.loss, session.state.message) == ("mean_squared_error", "")


def test_new_images_are_sent_through_at_once_or_when_the_tab_is_shown(session, client):
    session.set_loss("huber")
    client.answer_all()
    client.sent.clear()
    session.handle_images("the sample")  # that of the batch
    assert client.payloads("graph_open") == []
    session.handle_images("clothes")
    session.handle_images("clothes")
    assert client.payloads("graph_open") == [{"source": "mlp", "loss": "huber", "data": ""}]
    client.answer_all()
    client.sent.clear()
    session.set_visible(False)
    session.handle_images("letters")
    assert client.payloads("graph_open") == []
    session.set_visible(True)
    assert len(client.payloads("graph_open")) == 1
    client.answer_all()
    session.set_data("digits.npz")
    client.answer_all()
    client.sent.clear()
    session.handle_images("clothes")
    assert client.payloads("graph_open") == []  # the batch is that of the file


def test_a_file_that_is_opened_before_the_tab_is_shown_is_the_first_graph(client, network):
    session = NetworkGraphSession(client, network)
    session.open("mine.keras")
    session.set_visible(True)
    assert [payload["source"] for payload in client.payloads("graph_open")] == ["mine.keras"]
