"""The numbers of a backward step are TensorFlow's, in rows by kind; nothing that is hidden is among them."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.session.autodiff.step_numbers import (
    HEADING,
    LOCAL,
    PASSED_ON,
    RESULT,
    UPSTREAM,
    hides_gradient,
    number_rows,
    product_parts,
)
from tests.session.expression_traces import state_of


def concept_of(name, **fields):
    state = state_of(name, **fields)
    return replace(state, trace=concept_trace(state.trace))


def rows_of(state, symbol="", is_written=False):
    return number_rows(state, state.trace.steps[state.step - 1], symbol, is_written)


def texts(rows):
    return [(row.kind, row.title, *(number.text for number in row.numbers)) for row in rows]


def test_one_input_has_a_column_for_itself():
    state = concept_of("sin(2*x)", step=1)
    local = f"× {np.cos(1.0):.4g}"
    assert texts(rows_of(state)) == [
        (UPSTREAM, "arrived (upstream)", "1"),
        (LOCAL, "local derivative", local),
        (RESULT, "passed on to 2*x", local.removeprefix("× ")),
    ]


def test_several_inputs_have_a_head_each_and_the_result_is_the_last_row():
    state = concept_of("x*y+sin(x)", step=1)
    kinds = [row.kind for row in rows_of(state)]
    assert kinds[0] == HEADING
    assert kinds[-1] == RESULT
    assert set(kinds[1:-1]) <= {LOCAL, PASSED_ON}
    assert all(len(row.numbers) == 2 for row in rows_of(state))


def test_hidden_numbers_are_no_numbers():
    state = concept_of("sin(2*x)", step=1)
    gradient = state.trace.steps[0].inputs[0].gradient_tensor
    hidden = concept_of("sin(2*x)", step=1, hidden=frozenset({gradient}), hidden_slots=frozenset({0}))
    assert hides_gradient(hidden, hidden.trace.steps[0].inputs[0])
    assert not hides_gradient(state, state.trace.steps[0].inputs[0])
    (result,) = (row for row in rows_of(hidden) if row.kind == RESULT)
    assert [number.text for number in result.numbers] == ["?"]
    assert not any(f"({gradient})" in number.tooltip for number in result.numbers)


def test_a_written_product_needs_no_table():
    state = concept_of("relu(W@x+b)", step=3)
    assert rows_of(state, "G", is_written=True) == []


@pytest.mark.parametrize("name", ["", "dy/dW"])
def test_the_factors_of_a_product_stand_before_their_result(name):
    state = concept_of("relu(W@x+b)", step=3)
    step = state.trace.steps[2]
    parts = product_parts(state, step, step.inputs[0], name)
    assert [part.number.text for part in parts] == [f"{name} =".strip(), "[1, 0]", "[1, −1]", "=", "[[1, −1], [0, 0]]"]
    assert [part.role for part in parts] == ["muted", "gradient", "value", "muted", "gradient"]
    assert product_parts(state, state.trace.steps[0], state.trace.steps[0].inputs[0]) == []
