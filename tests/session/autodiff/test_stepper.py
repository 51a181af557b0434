"""The stepper moves through the steps of a pass, and hides numbers in a quiz."""

import pytest

from explorer.session.autodiff.stepper import Stepper
from explorer.session.autodiff.update_batch import UpdateBatch
from tests.session.expression_traces import trace_of


@pytest.fixture
def trace():
    return trace_of("x*y+sin(x)")[0]


@pytest.fixture
def stepper(qapp, trace):
    return Stepper(lambda: trace, UpdateBatch())


def test_there_are_no_steps_without_a_trace(qapp):
    stepper = Stepper(lambda: None, UpdateBatch())
    stepper.step_forward()
    assert (stepper.step, stepper.new_tensors(), stepper.shown_tensors()) == (0, (), frozenset())
    assert stepper.hidden_tensors() == frozenset()
    assert stepper.hidden_slots() == frozenset()
    assert not stepper.hides_gradients


def test_steps_are_clamped(stepper, trace):
    steps = []
    stepper.stepChanged.connect(lambda pass_, step: steps.append((pass_, step)))
    stepper.step_back()
    stepper.set_step(99)
    assert stepper.step == len(trace.steps)
    assert stepper.is_at_end
    stepper.step_forward()
    stepper.step_back()
    stepper.first()
    assert steps == [("backward", len(trace.steps)), ("backward", len(trace.steps) - 1), ("backward", 0)]


def test_another_pass_begins_at_step_0(stepper):
    stepper.last()
    stepper.set_pass("forward")
    assert (stepper.pass_, stepper.step) == ("forward", 0)
    stepper.last()
    assert stepper.step == stepper.steps_total("forward")


def test_a_new_function_begins_at_step_0_another_trace_of_it_does_not(stepper):
    stepper.last()
    step = stepper.step
    stepper.begin(is_new=False)
    assert stepper.step == step
    stepper.begin(is_new=True)
    assert stepper.step == 0


def test_a_quiz_hides_the_numbers_of_the_step(stepper):
    stepper.set_step(1)
    known = stepper.shown_tensors()
    stepper.set_quiz(True)
    hidden = stepper.hidden_tensors()
    assert set(stepper.new_tensors()) <= hidden
    assert stepper.shown_tensors() == known - hidden
    assert stepper.hidden_slots()
    assert stepper.hides_gradients


def test_numbers_are_revealed_one_by_one_and_then_the_next_step_comes(stepper):
    stepper.set_step(1)
    stepper.set_quiz(True)
    for revealed in range(1, stepper.numbers_of_step() + 1):
        stepper.reveal_next()
        assert (stepper.step, stepper.revealed) == (1, revealed)
    assert stepper.hidden_tensors() == frozenset()
    stepper.reveal_next()
    assert (stepper.step, stepper.revealed) == (2, 0)


def test_revealing_begins_a_quiz(stepper):
    stepper.reveal_next()
    assert (stepper.quiz, stepper.revealed) == (True, 1)


def test_the_local_derivative_is_revealed_before_the_number(stepper):
    stepper.set_quiz(True)
    stepper.last()
    while "local" not in " ".join(stepper.hidden_tensors()) and stepper.step:
        stepper.step_back()
    before = stepper.hidden_tensors()
    stepper.reveal_local()
    assert stepper.local_known
    assert stepper.hidden_tensors() < before


def test_at_the_end_of_the_pass_nothing_is_hidden_beside_the_graph(stepper):
    stepper.set_quiz(True)
    stepper.last()
    assert stepper.hides_gradients
    for _ in range(stepper.numbers_of_step()):
        stepper.reveal_next()
    assert not stepper.hides_gradients
