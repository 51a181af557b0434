"""Random exercises: readable numbers, reproducible by their number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.practice.exercise_values import is_readable
from explorer.core.practice.exercises import LEVELS, make_exercise
from explorer.core.practice.scalar_tape import record_tape
from explorer.engine.autodiff.steps import OPERANDS

levels = st.integers(1, len(LEVELS))
numbers = st.integers(1, 9999)


@given(levels, numbers)
@settings(max_examples=300, deadline=None)
def test_every_exercise_parses_and_has_readable_numbers(level, number):
    exercise = make_exercise(level, number)
    program = parse(exercise.text)
    assert set(exercise.point) == set(program.variables)
    assert np.isfinite(evaluate_program(program, exercise.point))
    tape = record_tape(program, exercise.point)
    assert not tape.kink
    assert all(is_readable(value) for value in tape.numbers())


@given(levels, numbers)
@settings(max_examples=60, deadline=None)
def test_an_exercise_is_reproduced_by_its_number(level, number):
    one, repeated = make_exercise(level, number), make_exercise(level, number)
    assert (one.text, one.point) == (repeated.text, repeated.point)


@pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
def test_each_level_has_many_exercises(level):
    assert len({make_exercise(level, number).text for number in range(60)}) >= (7 if level == len(LEVELS) else 15)


def max_uses(text):
    """Return how many slots read the most used tensor."""
    entries = record_tape(parse(text), point_of_twos(text)).entries
    read = [source for entry in entries for source in entry.sources if entries[source].varies]
    return max(map(read.count, read))


def point_of_twos(text):
    return {name: np.asarray(2.0) for name in parse(text).variables}


@pytest.mark.parametrize("number", range(40))
def test_fan_outs_begin_at_level_5(number):
    assert [max_uses(make_exercise(level, number).text) for level in (1, 2, 3, 4)] == [1, 1, 1, 1]
    assert max_uses(make_exercise(5, number).text) > 1


@pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
def test_exercises_have_other_variables_than_the_rules(level):
    texts = [make_exercise(level, number).text for number in range(80)]
    variables = {name for text in texts for name in parse(text).variables}
    assert not variables & {node.name for node in OPERANDS.values()}
    assert len(variables) >= 5


def test_an_unknown_level_raises():
    with pytest.raises(ValueError, match="There is no level 7; there are 1 to 6"):
        make_exercise(7, 1)
