"""Derivatives of higher order are named, requested and left again."""

import pytest

from explorer.session.autodiff import higher_order as module
from tests.session.expression_traces import show, trace_reply


@pytest.fixture
def higher(session):
    return module.HigherOrderSession(session)


def test_before_the_first_trace_there_is_nothing_to_differentiate(higher):
    assert (higher.order, higher.variables) == (0, [])
    assert higher.message == "There is nothing to differentiate yet."
    higher.differentiate()
    higher.back()


def test_differentiate_and_go_back(higher, session, client):
    show(session, client, "sin(2*x)")
    assert (higher.name(0), higher.name(0, "x")) == ("y", "y′")
    higher.differentiate()
    assert client.payloads("trace")[-1]["differentiated_by"] == ["x"]
    client.answer("trace", trace_reply("derivative of sin(2*x)"))
    assert (higher.order, higher.name(1)) == (1, "y′")
    higher.go(5)
    assert higher.order == 1
    higher.back()
    assert client.payloads("trace")[-1]["differentiated_by"] == []


def test_the_default_variable_is_the_previous_or_the_first_one(higher, session, client):
    show(session, client, "x*y+sin(x)")
    higher.differentiate("y")
    assert session.differentiated_by == ("y",)
    session.set_differentiated_by(())
    higher.differentiate("z")
    assert session.differentiated_by == ("x",)


def test_message_says_why_there_is_no_further_derivative(higher, session, client, monkeypatch):
    refused = []
    session.refused.connect(refused.append)
    show(session, client, "3")
    assert "does not change with any variable" in higher.message
    show(session, client, "derivative of sin(2*x)")
    monkeypatch.setattr(module, "MAX_ORDER", 1)
    assert higher.message.startswith("Up to 1 derivatives")
    monkeypatch.setattr(module, "MAX_ORDER", 4)
    monkeypatch.setattr(module, "MAX_OPS", 1)
    higher.differentiate()
    assert len(refused) == 1
    assert "ops" in refused[0]


def test_each_trace_is_reported(higher, session, client):
    changes = []
    higher.changed.connect(lambda: changes.append(higher.order))
    show(session, client, "sin(2*x)")
    assert changes == [0]
