"""What is derived from the state of a network graph: levels, the payload of a view, and what is visible."""

import pytest

from explorer.session.network_graph.state import NetworkGraphState

GROUPS = ("input", "block1", "block1/attention", "block1/attention/heads", "block2")


@pytest.fixture
def state():
    """The closed graph of a network with three levels of groups."""
    return NetworkGraphState(info={"levels": 3, "groups": [{"id": group} for group in GROUPS]})


def test_without_a_graph_there_is_no_level_and_nothing_is_visible():
    state = NetworkGraphState()
    assert (state.level, state.total_steps, state.groups_above(2)) == (None, 0, frozenset())
    assert not state.contains(("node", "block1"))


@pytest.mark.parametrize(
    ("level", "groups"),
    [(0, ()), (1, ("input", "block1", "block2")), (2, ("input", "block1", "block1/attention", "block2")), (3, GROUPS)],
)
def test_all_groups_down_to_a_level(state, level, groups):
    assert state.groups_above(level) == set(groups)
    state.open_groups = frozenset(groups)
    assert state.level == level


def test_groups_that_were_opened_one_by_one_are_no_level(state):
    state.open_groups = frozenset({"block1"})
    assert state.level is None


def test_the_payload_of_a_view(state):
    state.open_groups, state.show_backward = frozenset({"input", "block1"}), True
    assert state.view_payload() == {"open": ["block1", "input"], "helpers": False, "backward": True}


def test_boxes_and_edges_of_the_graph_are_visible(session, client):
    state = session.state
    assert state.contains(("node", "block1"))
    assert not state.contains(("node", "block1/mul"))
    assert all(state.contains(("edge", edge.key)) for edge in state.visible.edges)
    assert not state.contains(("edge", "block1"))
    session.toggle("block1")
    client.answer_all()
    assert state.contains(("node", "block1/mul"))
    assert state.total_steps == len(state.visible.steps) > 0
