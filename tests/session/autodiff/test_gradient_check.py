"""The comparison of gradients is requested while it is visible."""

import pytest

from explorer.core.autodiff.output_choice import OutputChoice
from explorer.session.autodiff import gradient_check as module
from tests.session.expression_traces import show, trace_reply, values_reply


@pytest.fixture
def check(client, session, monkeypatch):
    monkeypatch.setattr(module, "COMPARE_DELAY_MS", 0)
    return module.GradientCheckSession(client, session)


def test_nothing_is_requested_before_it_is_visible(check, session, client):
    show(session, client, "sin(2*x)")
    assert client.payloads("compare") == []
    check.set_visible(True)
    (payload,) = client.payloads("compare")
    assert (payload["text"], payload["variable"]) == ("sin(2*x)", "x")
    received = []
    check.changed.connect(received.append)
    client.answer("compare", {"tensorflow": 1.0})
    assert received == [{"tensorflow": 1.0}] == [check.reply]


def test_new_values_are_compared_again(check, session, client, qtbot):
    show(session, client, "sin(2*x)")
    check.set_visible(True)
    session.set_value("x", 2.0)
    client.answer("values", values_reply("sin(2*x)"))
    qtbot.waitUntil(lambda: len(client.payloads("compare")) == 2)
    check.set_visible(False)
    session.set_value("x", 3.0)
    client.answer("values", values_reply("sin(2*x)"))
    assert not check._timer.isActive()


def test_another_variable(check, session, client):
    show(session, client, "x*y+sin(x)")
    check.set_visible(True)
    assert list(check.point_values) == ["x", "y"]
    assert check.variable == "x"
    check.set_variable("y")
    assert client.payloads("compare")[-1]["variable"] == "y"


def test_an_entry_of_a_vector_and_the_chosen_output(check, session, client):
    session.begin("x^2", {"x": [1.0, 2.0]})
    client.answer("trace", trace_reply("x^2"))
    check.set_visible(True)
    assert (client.payloads("compare")[-1]["variable"], check.output_name) == ("x[0]", "Σ y")
    check.set_variable("x[1]")
    session.set_output(OutputChoice((1,)))
    check.set_variable("x[1]")
    assert client.payloads("compare")[-1] == {**client.payloads("compare")[-1], "variable": "x[1]", "output": "1"}
    assert check.output_name == "y[1]"
    check.set_variable("x[7]")
    assert client.payloads("compare")[-1]["variable"] == "x[0]"


def test_without_a_variable_there_is_a_message(check, session, client):
    show(session, client, "3")
    check.set_visible(True)
    assert client.payloads("compare") == []
    assert check.reply is None
    assert check.message == "There is no variable to compare for."


def test_of_a_derivative_the_typed_expression_is_compared(check, session, client):
    show(session, client, "sin(2*x)")
    assert check.typed_expression == ""
    show(session, client, "derivative of sin(2*x)")
    assert check.typed_expression == "sin(2*x)"
