"""The methods beside the chain rule: tangents are requested, paths are listed and summed."""

import numpy as np
import pytest

from explorer.session.autodiff.differentiation_methods import CHAIN, PATHS, TANGENTS
from tests.session.expression_traces import show, values_reply


@pytest.fixture
def shown(session, client, methods):
    """The session of methods, with a trace of two variables of which one has two paths."""
    show(session, client, "x*y+sin(x)")
    return methods


def test_the_first_variable_with_a_gradient_is_chosen(shown):
    assert (shown.method, shown.variable, shown.variables) == (CHAIN, "x", ["x", "y"])
    assert shown.tangents is None
    assert shown.paths == []


def test_without_a_variable_there_is_nothing(session, client, methods):
    show(session, client, "3")
    for method in (TANGENTS, PATHS):
        methods.set_method(method)
        assert (methods.variable, methods.reached, methods.paths, methods.gradient) == (None, [], [], None)


def test_the_methods_come_one_after_the_other(shown):
    methods_shown = []
    for _ in range(3):
        methods_shown.append(shown.method)
        shown.next_method()
    assert methods_shown == [CHAIN, TANGENTS, PATHS]
    assert shown.method == CHAIN
    shown.set_method("no such method")
    assert shown.method == CHAIN


def test_tangents_are_requested_and_received(shown, session, client):
    shown.set_method(TANGENTS)
    (payload,) = client.payloads("tangents")
    assert (payload["graph"], payload["variable"]) == (session.trace.graph, "x")
    client.answer("tangents", {"tangents": {"x:0": np.float32(1.0)}})
    assert shown.tangents == shown.shown_tangents == {"x:0": 1.0}
    shown.set_variable("y")
    assert shown.tangents is None
    client.fail("tangents", "TensorFlow cannot push through this.")
    assert (shown.tangents, shown.message) == (None, "TensorFlow cannot push through this.")


def test_tangents_of_another_variable_are_ignored(shown, client):
    shown.set_method(TANGENTS)
    first = client.pending[-1]
    shown.set_variable("y")
    first.on_reply({"tangents": {"x:0": 1.0}})
    assert shown.tangents is None


def test_tangents_are_hidden_while_gradients_are(shown, session, client):
    shown.set_method(TANGENTS)
    client.answer("tangents", {"tangents": {"x:0": np.float32(1.0)}})
    session.stepper.set_quiz(True)
    assert shown.shown_tangents is None


def test_tangents_are_requested_again_once_values_rest(shown, session, client, qtbot):
    shown.set_method(TANGENTS)
    client.answer("tangents", {"tangents": {}})
    session.set_value("x", 1.0)
    client.answer("values", values_reply("x*y+sin(x)"))
    assert len(client.payloads("tangents")) == 1
    qtbot.waitUntil(lambda: len(client.payloads("tangents")) == 2)


def test_the_products_of_all_paths_sum_up_to_the_gradient(shown):
    shown.set_method(PATHS)
    assert shown.counts.paths == len(shown.paths) == 2
    assert shown.total == pytest.approx(float(shown.gradient), rel=1e-6)
    assert shown.gradient == pytest.approx(2.0 + np.cos(0.5), rel=1e-6)


def test_a_chosen_path_is_marked(shown):
    changes = []
    shown.changed.connect(lambda: changes.append(shown.chosen))
    shown.set_method(PATHS)
    shown.choose(1)
    shown.choose(1)
    assert changes == [None, 1]
    assert shown.is_path_marked()
    assert shown.marked_edges[0][0] == "x"
    shown.set_method(CHAIN)
    assert shown.marked_edges == ()


def test_a_gradient_is_complete_when_its_last_summand_has_arrived(shown, session):
    session.stepper.first()
    assert not shown.is_complete("x:0")
    session.stepper.last()
    assert shown.is_complete("x:0")


def test_reached_are_the_tensors_between_variable_and_output(shown, session):
    assert shown.reached[0] == "x:0"
    assert shown.reached[-1] == session.trace.output
    assert "y:0" not in shown.reached


def test_both_modes_need_the_same_products_for_one_input_and_one_output(session, client, methods):
    assert methods.passes is None
    show(session, client, "sin(2*x)")
    assert methods.passes.forward == methods.passes.reverse
