"""Equal questions have equal payloads, so that a prefetched reply is found."""

import pytest

from explorer.core.expression.parser import parse
from explorer.session.autodiff.payloads import scene_payload, simplify_payloads, trace_payload
from tests.session.expression_traces import show, trace_of

SCENE = {"expression": "sin(2*x)", "at": {"x": 0.5}, "dtype": "float32", "again": ()}


def test_a_scene_is_requested_as_by_the_session(session, client):
    show(session, client, "sin(2*x)")
    assert scene_payload(SCENE) == client.payloads("trace")[0]
    assert scene_payload({**SCENE, "expression": ""}) is None


def test_a_trace_is_requested_with_point_and_order():
    payload = trace_payload(parse("x"), {"x": 2.0}, "float64", ("x",))
    assert payload == {
        "text": "x", "point": {"x": 2.0}, "dtype": "float64", "wrt": None, "differentiated_by": ["x"],
        "output": "sum",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "variables"), [("x*y+sin(x)", ["x", "y"]), ("3", [])])
def test_each_gradient_is_simplified_by_itself(name, variables):
    trace, _ = trace_of(name)
    payloads = simplify_payloads(trace, {})
    assert list(payloads) == variables
    assert all(payload["formula"] == trace.gradients[name].chain for name, payload in payloads.items())
