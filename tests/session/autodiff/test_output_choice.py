"""The session keeps the chosen output while its shape stays, and undoes the choice like a text."""

import numpy as np
import pytest

from explorer.core.autodiff.output_choice import SUM, OutputChoice, parse_output
from tests.session.expression_traces import show

VECTOR = {"x": [1.0, 2.0, 3.0]}
ENTRY = OutputChoice((1,))


@pytest.fixture
def vector(session):
    session.begin("x^2", VECTOR)
    return session


def requested(client):
    return client.payloads("trace")[-1]["output"]


def test_a_choice_is_traced(vector, client):
    assert (vector.output_shape, requested(client)) == ((3,), "sum")
    vector.set_output(parse_output(-1))
    assert (vector.output_choice, requested(client)) == (OutputChoice((2,)), "2")
    vector.set_output(parse_output([1, 2, 3]))
    assert requested(client) == "[1,2,3]"
    sent = len(client.sent)
    vector.set_output(parse_output([1, 2, 3]))
    assert len(client.sent) == sent


def test_a_choice_that_does_not_fit_is_refused_with_a_message(vector, client):
    messages = []
    vector.refused.connect(messages.append)
    vector.set_output(OutputChoice((3,)))
    assert messages == ["The entries of the output are counted from 0 to 2, so there is no entry 3."]
    assert vector.output_choice == SUM


def test_a_choice_is_kept_while_the_shape_stays(vector, client):
    vector.set_output(ENTRY)
    vector.set_text("x^3")
    assert requested(client) == "1"
    vector.set_value("x", [1.0, 0.0, 0.0])
    assert vector.output_choice == ENTRY
    vector.set_value("x", [1.0, 0.0])
    assert (vector.output_choice, vector.output_shape, requested(client)) == (SUM, (2,), "sum")


def test_a_choice_is_undone_and_redone_with_its_text(vector, client):
    vector.set_output(ENTRY)
    vector.set_output(OutputChoice((2,)))
    vector.undo()
    assert (vector.text, vector.output_choice) == ("x^2", ENTRY)
    vector.undo()
    assert (vector.text, vector.output_choice) == ("x^2", SUM)
    vector.redo()
    vector.redo()
    assert (vector.output_choice, requested(client)) == (OutputChoice((2,)), "2")
    vector.set_text("sum(x)")
    assert vector.output_shape == ()
    vector.undo()
    assert (vector.text, vector.output_choice) == ("x^2", OutputChoice((2,)))


def test_a_choice_is_brought_back_with_the_values_that_it_was_made_for(vector):
    vector.set_output(ENTRY)
    vector.set_text("x^3")
    vector.set_value("x", 2.0)
    assert vector.output_choice == SUM
    vector.undo()
    assert (vector.text, vector.point["x"].shape) == ("x^3", (3,))
    vector.undo()
    assert (vector.text, vector.output_choice) == ("x^2", ENTRY)


def test_the_gradient_of_a_number_has_entries(session, client):
    session.begin("sum(x^2)", VECTOR)
    assert session.output_shape == ()
    session.set_differentiated_by(("x",))
    assert session.output_shape == (3,)
    session.set_output(ENTRY)
    session.set_differentiated_by(("x", "x"))
    assert (session.output_choice, requested(client)) == (ENTRY, "1")
    session.set_differentiated_by(())
    assert session.output_choice == SUM


def test_a_number_has_no_entries(session, client):
    show(session, client, "x^2")
    messages = []
    session.refused.connect(messages.append)
    session.set_output(OutputChoice((0,)))
    assert messages == ["The output is a single number, so there is no entry to choose."]


def test_the_change_is_reported_once(vector):
    changes = []
    vector.outputChanged.connect(lambda: changes.append((vector.output_choice, vector.output_shape)))
    vector.set_output(ENTRY)
    vector.set_value("x", np.ones((2, 2)))
    assert changes == [(ENTRY, (3,)), (SUM, (2, 2))]
