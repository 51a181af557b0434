"""Which numbers are on the graph at a step."""

import pytest

from explorer.core.graph.picture import OUTPUT_ID, concept_picture
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.graph.visible_numbers import (
    SUM,
    VisibleNumbers,
    numbers_with_tangents,
    shown_values,
    tangent_name,
    visible_numbers,
)


def test_without_a_trace_there_are_none():
    assert visible_numbers(ExpressionViewState()) == VisibleNumbers()


def test_the_backward_pass_begins_at_the_output_with_all_values(state_of):
    state = state_of("sin(2*x)")
    numbers = visible_numbers(state)
    assert numbers.active == {OUTPUT_ID}
    assert {node.tensor for node in state.trace.nodes} <= numbers.known
    assert numbers.hidden == frozenset()


def test_the_forward_pass_begins_with_nothing(state_of):
    numbers = visible_numbers(state_of("sin(2*x)", pass_="forward"))
    assert (numbers.known, numbers.active) == (frozenset(), frozenset())
    numbers = visible_numbers(state_of("sin(2*x)", pass_="forward", step=1))
    assert numbers.known == {f"{op}:0" for op in numbers.active}


def test_a_sum_is_shown_when_it_is_complete(state_of):
    state = state_of("x*y+sin(x)")
    total = len(state.trace.steps)
    complete = [visible_numbers(state_of("x*y+sin(x)", step=step)).badges for step in range(total + 1)]
    assert complete[0] == {}
    assert list(complete[total]) == ["x:0"]
    assert visible_numbers(state).badge_sign == SUM


def test_a_quiz_hides_values_and_gradients_of_the_step(state_of):
    state = state_of("x*y+sin(x)", quiz=True, step=1)
    numbers = visible_numbers(state)
    links = [link for link in concept_picture(state.trace).links if numbers.hides_gradient(link)]
    assert links
    assert all(link.target in numbers.active for link in links)
    revealed = visible_numbers(state_of("x*y+sin(x)", quiz=True, step=1, revealed=9))
    assert revealed.hidden_links == frozenset()


def test_tangents_are_badges_of_the_forward_pass(state_of):
    fields = {"tangents": {"x:0": 1.0, "mul:0": 2.0}, "tangent_sign": "d/dx"}
    state = state_of("sin(2*x)", pass_="forward", step=1, **fields)
    numbers = visible_numbers(state)
    assert (numbers.badges, numbers.badge_sign) == ({"x:0": tangent_name("x:0")}, "d/dx")
    assert numbers_with_tangents(state)[tangent_name("mul:0")] == 2.0
    assert numbers_with_tangents(state_of("sin(2*x)")).keys() == state.values.keys()


@pytest.mark.parametrize("quiz", [False, True])
def test_shown_values_are_those_that_can_be_read(state_of, quiz):
    state = state_of("sin(2*x)", step=1, quiz=quiz)
    shown = shown_values(concept_picture(state.trace), visible_numbers(state), state)
    assert shown["x:0"] == 0.5
    gradient = state.trace.steps[0].inputs[0].gradient_tensor
    assert (gradient in shown) is not quiz
