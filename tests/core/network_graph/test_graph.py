"""A training graph in groups: helpers, owners, pairs of forward and backward ops, counts."""

import pytest

from tests.core.network_graph.toy_graph import toy_graph


def test_helpers_are_counted_and_have_an_owner():
    graph = toy_graph()
    assert {kind: count for kind, count in graph.hidden_counts.items() if count} == {
        "variables": 1, "reads": 1, "casts": 2, "constants": 1
    }  # fmt: skip
    assert len(graph.shown_ops) + sum(graph.hidden_counts.values()) == len(graph.ops)
    assert graph.owner_of["wa"] == graph.owner_of["a/read"] == "a/mul"
    assert graph.owner_of["b/cast"] == "b/mul"


def test_backward_ops_belong_to_shown_forward_ops():
    graph = toy_graph()
    # A gradient of the cast belongs to the owner of the cast, and an op for which TensorFlow names none to a neighbour.
    assert graph.forward_op_of["gradients/k"] == "b/mul"
    assert graph.forward_op_of["unsaid"] == "a/relu"
    assert graph.group_of["gradients/a"] == graph.group_of["unsaid"] == "a"
    assert graph.group_of["gradients/b"] == "b/inner"


def test_each_op_is_in_one_group():
    groups = toy_graph().groups
    assert {name: group.ops for name, group in groups.items()} == {
        "input": 1, "a": 6, "b": 5, "loss": 4, "b/inner": 4
    }  # fmt: skip
    assert groups["b"].parameters == 4
    assert [group.parent for group in groups.values()] == [None, None, None, None, "b"]


def test_ancestors_of_groups():
    assert toy_graph().with_ancestors(["b/inner"]) == {"b", "b/inner"}
    with pytest.raises(KeyError, match="nothing"):
        toy_graph().with_ancestors(["nothing"])
