"""A text whose shapes do not fit becomes valid by values of its variables."""

import numpy as np
import pytest

from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from tests.session.expression_traces import show


@pytest.mark.parametrize("has_trace", [False, True])
def test_values_are_entered_one_by_one(session, client, has_trace):
    if has_trace:
        show(session, client, "sin(2*x)")
    sent = len(client.payloads("trace"))
    session.set_text("relu(W@x+b)")
    assert list(session.entered_point) == ["W", "x", "b"]
    session.set_value("W", [[1, 2], [3, 4]])
    assert session.error is not None
    assert session.entered_point["W"].shape == (2, 2)
    session.set_value("W[0,1]", 7)
    session.set_value("W", "oops(")
    assert session.error.column is None
    assert len(client.payloads("trace")) == sent
    session.set_value("x", "[5, 6]")
    assert session.error is None
    assert len(client.payloads("trace")) == sent + 1
    np.testing.assert_equal(client.payloads("trace")[-1]["point"]["W"], [[1, 7], [3, 4]])
    assert session.entered_point is session.point


def test_another_text_ends_it(session, client):
    show(session, client, "sin(2*x)")
    session.set_text("W@y")
    session.bring_back("W")
    session.set_text("W@y(")
    assert list(session.entered_point) == ["x"]
    session.set_text("W@y")
    session.set_text("sin(2*x)")
    assert session.entered_point is session.point
    session.set_value("x", 2)
    assert session.point["x"] == 2


@pytest.mark.parametrize(
    ("text", "shapes", "advice"),
    [
        ("W@x", {}, "give W and x values such as W = [[1, 2], [3, 4]] and x = [5, 6];"),
        ("x@x", {}, "give x a value such as x = [[1, 2], [3, 4]];"),
        ("W@x", {"W": (2, 3)}, "give x a value such as x = [1, 1, 1];"),
        ("W@x", {"x": (2,)}, "give W a value such as W = [1, 1];"),
        ("W@x", {"x": (20, 3)}, "give W a value such as W = a vector of 20 numbers;"),
        ("(2*x)@x", {}, "a number is multiplied with *."),
    ],
)
def test_the_message_says_which_values_to_give(text, shapes, advice):
    program = parse(text)
    known = dict.fromkeys(program.variables, ()) | shapes
    with pytest.raises(ExpressionError) as caught:
        check_shapes(program, known)
    assert advice in caught.value.message
