"""Messages about the step and the selection reveal nothing that is hidden."""

import numpy as np
import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.session.autodiff.messages import (
    details,
    forward_message,
    forward_step_text,
    kink_message,
    selection_details,
)
from explorer.session.autodiff.view_state import ExpressionViewState
from tests.session.expression_traces import state_of, trace_of


def test_steps_of_the_forward_pass():
    trace, values = trace_of("x*y+sin(x)")
    assert forward_step_text(trace, values, 0).startswith("TensorFlow has built the graph.")
    assert forward_step_text(trace, values, 1) == "The inputs are fed: x = 0.5, y = 2."
    assert forward_step_text(trace, values, 2) == "× takes 0.5 and 2 and gives 1."
    trace, values = trace_of("3")
    assert forward_step_text(trace, values, 1) == "There is no input: only constants."


def test_a_hidden_result_is_asked_for():
    state = state_of("sin(2*x)", pass_="forward", step=2, hidden=frozenset({"mul:0"}))
    assert forward_message(state) == "What comes out here?"
    assert forward_message(ExpressionViewState()) == ""


def test_numbers_have_the_digits_of_the_state():
    state = state_of("sin(2*x)", pass_="forward", step=3, digits=7)
    assert "0.841471" in forward_message(state)


def test_a_kink_is_explained_at_its_step():
    assert kink_message(state_of("relu(x)", step=1)) is not None
    assert kink_message(state_of("relu(x)", step=0)) is None
    assert kink_message(state_of("relu(x)", step=1, pass_="forward")) is None
    assert kink_message(state_of("sin(2*x)", step=1)) is None


@pytest.mark.parametrize("selection", [None, ("node", "no such op")])
def test_no_selection_has_no_details(selection):
    assert details(state_of("sin(2*x)", selection=selection)) == ("", "")
    assert details(ExpressionViewState(selection=selection)) == ("", "")


def test_details_of_an_op_and_a_tensor():
    title, body = details(state_of("sin(2*x)", selection=("node", "Sin")))
    assert "Sin" in title
    assert "computes sin(2*x)" in body
    assert "the output" in body
    _, body = details(state_of("sin(2*x)", selection=("edge", "mul:0")))
    assert "made by mul (Mul)" in body
    assert "used by Sin (argument 1)" in body
    assert "value = 1" in body


def test_details_show_no_hidden_number():
    hidden = state_of(
        "sin(2*x)", selection=("edge", "mul:0"), quiz=True, pass_="forward", step=2, hidden=frozenset({"mul:0"})
    )
    assert "value" not in details(hidden)[1]


@pytest.mark.parametrize(
    ("step", "values"), [(0, (False, False)), (1, (False, False)), (2, (True, False)), (3, (True, True))]
)
def test_details_show_no_value_that_the_forward_pass_has_not_computed_yet(step, values):
    for tensor, is_known in zip(("mul:0", "Sin:0"), values, strict=True):
        state = state_of("sin(2*x)", selection=("edge", tensor), pass_="forward", step=step)
        assert ("value = " in details(state)[1]) == is_known


def test_details_name_the_ops_that_are_folded():
    trace, values = trace_of("relu(W@x+b)")
    state = ExpressionViewState(trace=concept_trace(trace), values=values, selection=("node", "MatVec/MatMul"))
    title, body = details(state)
    assert title == "<tf.Operation 'MatVec/MatMul' type=MatMul>"
    assert (
        "with ExpandDims, Squeeze and a constant: MatVec/ExpandDims/dim, MatVec/ExpandDims and MatVec/Squeeze" in body
    )
    assert 'gives Tensor("MatVec/Squeeze:0", shape=(2,), dtype=float32) = [−1, −1]' in body


def test_the_shape_of_a_large_tensor_stands_in_the_details_once():
    trace, values = trace_of("relu(W@x+b)")
    values = {**values, "W:0": np.arange(60, dtype=np.float32).reshape(20, 3)}
    for selection in (("node", "W"), ("edge", "W:0")):
        title, text = selection_details(trace, values, selection)
        assert "20×3" not in title + text
        assert "value ·" not in text
        assert "= " not in text.replace("shape=", "").replace("dtype=", "")
