"""Values survive typing; a value in the text counts until it is overridden."""

import pytest

from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.session.autodiff.variable_values import VariableValues


def bound(values, text):
    program = parse(text)
    values.adopt(program)
    return {name: float(value) for name, value in values.bind(program).items()}


def test_a_variable_is_1_until_it_is_set():
    values = VariableValues()
    assert bound(values, "x") == {"x": 1.0}
    values.set("x", "pi")
    assert bound(values, "x+y") == {"x": pytest.approx(3.14159, rel=1e-5), "y": 1.0}
    assert set(values.free) == {"x"}


def test_the_text_sets_a_value_until_it_is_overridden():
    values = VariableValues()
    assert bound(values, "x = 2; x^2") == {"x": 2.0}
    values.set("x", 5)
    assert bound(values, "x = 2; x^2+1") == {"x": 5.0}
    assert bound(values, "x = 3; x^2") == {"x": 3.0}, "the number in the text was edited"
    assert values.free == {}


def test_a_text_that_is_no_value_is_refused():
    with pytest.raises(ExpressionError):
        VariableValues().set("x", "hello there")


def test_a_copy_is_equal_until_it_is_changed():
    values = VariableValues()
    values.adopt(parse("x = 2; x*y"))
    values.set("x", float("nan"))
    values.set("y", [1.0, 2.0])
    copy = values.copy()
    assert copy == values
    copy.set("y", 5.0)
    assert copy != values
    assert values.free["y"].tolist() == [1, 2]
    assert values != 3
