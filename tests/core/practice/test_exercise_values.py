"""Values for exercises: readable, in the domain, and reproducible by their seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.practice.exercise_values import EASY_NUMBERS, choose_values, is_readable
from explorer.core.practice.scalar_tape import record_tape

TEXTS = ["sin(2*x)", "x*y + sin(x)", "log(x - 2)", "sqrt(x)/y", "asin(x)", "h = 2*x; sin(h) + h^2", "sigmoid(w*x + b)"]


@pytest.mark.parametrize("text", TEXTS)
@given(seed=st.integers(0, 5000))
@settings(max_examples=25, deadline=None)
def test_all_numbers_are_readable(text, seed):
    program = parse(text)
    point = choose_values(program, seed)
    tape = record_tape(program, point)
    assert np.isfinite(evaluate_program(program, point))
    assert all(is_readable(number) for number in tape.numbers())
    assert set(map(float, point.values())) <= set(EASY_NUMBERS)


@pytest.mark.parametrize("text", TEXTS)
def test_values_depend_only_on_text_and_seed(text):
    program = parse(text)
    one, repeated, other = (choose_values(program, seed) for seed in (3, 3, 4))
    assert one == repeated
    assert one != other


def test_assigned_values_are_kept():
    assert choose_values(parse("x = pi/4; sin(x)"), 5) == {"x": np.float64(np.pi / 4)}


def test_no_finite_values_raise_with_a_message():
    with pytest.raises(ExpressionError, match="No small numbers were found"):
        choose_values(parse("log(-x^2)"), 1)


def test_zeros_are_accepted_if_there_is_nothing_better():
    point = choose_values(parse("sin(x) - sin(x)"), 1)  # every value of it is 0
    assert np.isfinite(point["x"])


@pytest.mark.parametrize("text", TEXTS)
def test_gradients_of_the_tape_agree_with_central_differences(text):
    program = parse(text)
    point = choose_values(program, 2)
    tape = record_tape(program, point)
    for name, place in tape.variables.items():
        h = 1e-6
        up, down = ({**point, name: point[name] + sign * h} for sign in (1, -1))
        slope = (evaluate_program(program, up) - evaluate_program(program, down)) / (2 * h)
        assert tape.totals[place] == pytest.approx(slope, rel=1e-5)
