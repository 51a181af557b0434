"""The state is resolved from the sessions, and states are compared field by field."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.core.errors import ExpressionError
from explorer.session.autodiff.differentiation_methods import TANGENTS
from explorer.session.autodiff.view_state import ExpressionViewState, ViewOptions, resolve
from tests.session.expression_traces import show, values_reply


@pytest.fixture
def state(session, client, methods):
    """A function that resolves the state with some options."""
    return lambda **options: resolve(session, methods, ViewOptions(**options))


def test_an_empty_session(state):
    assert state().changes(ExpressionViewState()) <= {
        "point",
        "values",
        "simplified",
        "different",
        "tangent_sign",
    }


def test_what_a_session_shows(state, session, client):
    show(session, client, "sin(2*x)")
    session.stepper.set_step(1)
    session.select_node("Sin")
    shown = state(theme="light", digits=6)
    assert (shown.trace, shown.values, shown.program) == (session.trace, session.values, session.program)
    assert (shown.pass_, shown.step, shown.total_steps) == ("backward", 1, 2)
    assert (shown.selection, shown.theme, shown.digits) == (("node", "Sin"), "light", 6)
    assert (shown.hidden, shown.hidden_slots) == (frozenset(), frozenset())


def test_a_quiz_hides_numbers(state, session, client):
    show(session, client, "sin(2*x)")
    session.stepper.set_quiz(True)
    assert (state().quiz, state().revealed, state().hidden_slots) == (True, 0, frozenset({0}))
    assert state().hidden == session.stepper.hidden_tensors()


def test_tangents_have_a_sign(state, session, client, methods):
    show(session, client, "sin(2*x)")
    assert state().tangents is None
    methods.set_method(TANGENTS)
    client.answer("tangents", {"tangents": {"x:0": np.float32(1)}})
    assert (state().tangents, state().tangent_sign) == ({"x:0": 1}, "d/dx")


def test_wrong_gradients_take_the_place_of_tensorflows(state, session, client):
    show(session, client, "sin(2*x)")
    shown = state(wrong={"x:0": 7.0})
    assert shown.numbers["x:0"] == 7.0
    assert shown.values["x:0"] == np.float32(0.5)
    assert state().numbers is state().values


def test_an_error_makes_the_state_outdated(state):
    assert state(shown_error=ExpressionError("No.")).is_outdated
    assert not state().is_outdated


def test_nothing_differs_between_two_resolutions(state, session, client):
    show(session, client, "sin(2*x)")
    assert state().changes(state()) == frozenset()


def test_what_differs_is_named(state, session, client):
    show(session, client, "sin(2*x)")
    before = state()
    session.stepper.step_forward()
    assert state().changes(before) == {"step"}
    before = state()
    session.set_value("x", 1.0)
    client.answer("values", values_reply("sin(2*x)"))
    assert state().changes(before) == {"point", "values"}


def test_objects_are_compared_by_identity_and_plain_values_by_value():
    values = {"x:0": np.zeros(2)}
    one = ExpressionViewState(values=values, path=(("a", "b", 0),), text="x")
    assert not replace(one, path=(("a", "b", 0),)).changes(one)
    assert replace(one, values=dict(values)).changes(one) == {"values"}
