"""Answers as they are typed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.errors import UserError
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.number_format import format_number, format_value
from explorer.core.practice.answer_text import EMPTY_MESSAGE, parse_answer

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False)


def value_of(text, **names):
    return evaluate_program(parse_answer(text), {name: np.asarray(value) for name, value in names.items()})


@given(NUMBERS)
def test_a_number_is_read_as_it_is_shown(number):
    shown = format_number(number, 9)
    np.testing.assert_allclose(value_of(shown), number, rtol=1e-6)
    np.testing.assert_allclose(value_of(f"y/y = {shown}" if "y" in shown else f"= {shown}"), number, rtol=1e-6)


@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_an_array_is_read_as_it_is_shown(numbers):
    np.testing.assert_allclose(value_of(format_value(np.array(numbers), 9, 1000)), numbers, rtol=1e-6)


@given(st.integers(-(10**9), 10**9))
def test_thousands_are_separated_as_the_program_does(number):
    for text in (f"{number:,}", f"{number:,.1f}", f"({number:,})"):
        assert value_of(text) == number
    assert value_of(f"{number:,} + 1,000*2") == number + 2000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7,850", 7850), ("−7,850", -7850), ("784*10 + 10", 7850), ("7,840+10", 7850), ("[1,234]", [1, 234]),
        ("[1,2]", [1, 2]), ("max(1,234)", 234), ("max((1,234),2)", 1234), ("2×3·4", 24), ("3 × 10⁻²", 0.03),
        ("1e-3", 0.001), ("dy/dx = 2", 2), ("∂y/∂x=2", 2), ("= 2", 2), ("[]", []),
        ("[[1, −2], [3×10⁻², 4]]", [[1, -2], [0.03, 4]]), ("[[1,2]]ᵀ", [[1], [2]]),
    ],
)  # fmt: skip
def test_notations(text, value):
    assert value_of(text).tolist() == value


def test_rules_of_matrices_are_read_as_they_are_shown():
    w, g = np.array([[1.0, 2], [3, 4]]), np.array([[1.0], [5]])
    np.testing.assert_allclose(value_of("Wᵀ G", W=w, G=g), w.T @ g)
    np.testing.assert_allclose(value_of("G xᵀ", x=g, G=g), g @ g.T)
    np.testing.assert_allclose(value_of("(W@W)ᵀ", W=w), (w @ w).T)


@pytest.mark.parametrize("text", ["1,5", "1,50", "12,34", "0,123", "1,2345", "x,000", "1,234,5"])
def test_a_comma_that_separates_no_thousands_has_no_meaning(text):
    with pytest.raises(UserError, match="comma"):
        parse_answer(text)


@pytest.mark.parametrize("text", ["", "  ", "?", " ? ", "="])
def test_what_is_no_answer_asks_for_one(text):
    with pytest.raises(UserError) as caught:
        parse_answer(text)
    assert caught.value.message == EMPTY_MESSAGE
