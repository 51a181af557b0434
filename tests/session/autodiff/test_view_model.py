"""Each change of the sessions updates the views once."""

import pytest

from explorer.core.errors import ExpressionError
from explorer.session.autodiff.differentiation_methods import PATHS, TANGENTS
from explorer.session.autodiff.view_model import ExpressionViewModel
from tests.session.expression_traces import show, trace_reply, values_reply


@pytest.fixture
def model(session, methods):
    return ExpressionViewModel(session, methods)


@pytest.fixture
def updates(model):
    """The fields that each update has changed."""
    changes, before = [], [model.state]

    def record(state):
        changes.append(state.changes(before[0]))
        before[0] = state

    model.stateChanged.connect(record)
    return changes


def test_a_trace_is_one_update_with_its_step_and_layout(session, client, updates):
    show(session, client, "sin(2*x)")
    session.stepper.last()
    session.begin("x*y+sin(x)", {"x": 0.5, "y": 2.0}, layout=("full", "LR"))
    updates.clear()
    client.answer("trace", trace_reply("x*y+sin(x)"))
    assert len(updates) == 1
    assert {"trace", "values", "step", "depth", "direction"} <= updates[0]


def test_a_step_during_the_arrival_of_a_trace_belongs_to_its_update(session, client, model, updates):
    session.traceChanged.connect(lambda *_: session.stepper.last())  # as an exercise does
    session.set_text("sin(2*x)")
    updates.clear()
    client.answer("trace", trace_reply("sin(2*x)"))
    assert len(updates) == 1
    assert (model.state.trace, model.state.step) == (session.trace, 2)


@pytest.mark.parametrize("method", ["chain", TANGENTS, PATHS])
def test_a_step_is_one_update_whatever_the_method(session, client, methods, updates, method):
    show(session, client, "sin(2*x)")
    methods.set_method(method)
    updates.clear()
    session.stepper.step_forward()
    assert updates == [{"step"}]


def test_values_are_one_update(session, client, updates):
    show(session, client, "sin(2*x)")
    updates.clear()
    session.set_value("x", 2.0)
    client.answer("values", values_reply("sin(2*x)"))
    assert updates == [{"point"}, {"values"}]


def test_changes_of_a_batch_are_one_update(session, client, updates):
    show(session, client, "sin(2*x)")
    updates.clear()
    with session.batch:
        session.select_node("Sin")
        session.set_direction("LR")
        session.stepper.last()
    assert updates == [{"selection", "direction", "step"}]


def test_what_changes_nothing_is_no_update(session, client, model, updates):
    show(session, client, "sin(2*x)")
    updates.clear()
    session.stepper.emit_changed()
    model.set_digits(model.state.digits)
    assert updates == []


def test_options_are_part_of_the_state(model, updates):
    model.set_theme("dark")
    model.set_digits(6)
    model.set_show_unneeded(True)
    model.set_wrong({})
    model.set_shown_error(ExpressionError("No."))
    assert updates == [{"theme"}, {"digits"}, {"show_unneeded"}, {"wrong"}, {"shown_error"}]


def test_a_view_may_change_a_session_while_it_is_updated(session, client, model, updates):
    show(session, client, "sin(2*x)")
    model.stateChanged.connect(lambda state: session.set_depth("full"))
    updates.clear()
    session.stepper.step_forward()
    assert updates == [{"step"}, {"depth"}]
    assert model.state.depth == "full"
