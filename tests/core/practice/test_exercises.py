"""Random exercises: each one can be read, and is found again by its number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.practice.exercise_values import is_readable
from explorer.core.practice.exercises import LEVELS, make_exercise
from explorer.core.practice.scalar_tape import record_tape

levels = st.integers(1, len(LEVELS))
numbers = st.integers(1, 9999)


@given(levels, numbers)
@settings(max_examples=300, deadline=None)
def test_every_exercise_parses_and_all_its_numbers_can_be_read(level, number):
    exercise = make_exercise(level, number)
    program = parse(exercise.text)
    assert set(exercise.point) == set(program.variables)
    assert np.isfinite(evaluate_program(program, exercise.point))
    tape = record_tape(program, exercise.point)
    assert not tape.kink
    assert all(is_readable(value) for value in tape.numbers())


@given(levels, numbers)
@settings(max_examples=60, deadline=None)
def test_an_exercise_is_found_again_by_its_number(level, number):
    one, again = make_exercise(level, number), make_exercise(level, number)
    assert (one.text, one.point) == (again.text, again.point)


@pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
def test_no_level_is_soon_at_its_end(level):
    assert len({make_exercise(level, number).text for number in range(60)}) >= (7 if level == len(LEVELS) else 15)


def uses(text):
    """How many slots read the most used tensor."""
    entries = record_tape(parse(text), practice_at(text)).entries
    read = [source for entry in entries for source in entry.sources if entries[source].varies]
    return max(map(read.count, read))


def practice_at(text):
    return {name: np.asarray(2.0) for name in parse(text).variables}


@pytest.mark.parametrize("number", range(40))
def test_a_fan_out_is_in_level_5_and_not_before(number):
    assert [uses(make_exercise(level, number).text) for level in (1, 2, 3, 4)] == [1, 1, 1, 1]
    assert uses(make_exercise(5, number).text) > 1


def test_there_is_no_level_7():
    with pytest.raises(ValueError, match="There is no level 7; there are 1 to 6"):
        make_exercise(7, 1)
