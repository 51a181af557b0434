"""Formulas are requested when the user stops typing, and received for the present trace only."""

import pytest

from explorer.session.autodiff import simplifier as module
from tests.session.expression_traces import trace_of

POINT = {}


@pytest.fixture
def current():
    return [trace_of("x*y+sin(x)")[0]]


@pytest.fixture
def simplifier(client, current):
    return module.Simplifier(client, lambda: current[0])


def test_one_request_for_each_gradient(simplifier, client):
    simplifier.request(POINT, typing=False)
    assert client.kinds() == ["simplify", "simplify"]
    received = []
    simplifier.changed.connect(received.append)
    client.answer("simplify", {"simplified": "y + cos(x)", "note": None})
    assert simplifier.simplified == {"x": "y + cos(x)"} == received[0]
    client.answer("simplify", {"simplified": None, "note": "Too slow."})
    assert simplifier.simplified == {"x": "y + cos(x)"}


def test_formulas_are_replaced_and_never_changed_in_place(simplifier, client):
    simplifier.request(POINT, typing=False)
    client.answer("simplify", {"simplified": "y + cos(x)"})
    before = simplifier.simplified
    client.answer("simplify", {"simplified": "x"})
    assert before == {"x": "y + cos(x)"}
    assert simplifier.simplified == {"x": "y + cos(x)", "y": "x"}


def test_while_the_user_types_it_waits(simplifier, client, monkeypatch, qtbot):
    monkeypatch.setattr(module, "TYPING_DELAY_MS", 1)
    simplifier.request(POINT, typing=True)
    assert simplifier.is_waiting
    assert client.kinds() == []
    qtbot.waitUntil(lambda: client.kinds() == ["simplify", "simplify"])
    simplifier.request(POINT, typing=True)
    simplifier.stop()
    assert not simplifier.is_waiting


def test_formulas_of_another_graph_are_ignored(simplifier, client, current):
    simplifier.request(POINT, typing=False)
    current[0] = trace_of("sin(2*x)")[0]
    client.answer("simplify", {"simplified": "y + cos(x)"})
    current[0] = None
    client.answer("simplify", {"simplified": "x"})
    assert simplifier.simplified == {}


def test_nothing_is_requested_for_an_outdated_trace(simplifier, client, current):
    current[0] = None
    simplifier.request(POINT, typing=False)
    assert client.kinds() == []
