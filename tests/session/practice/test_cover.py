"""What an exercise covers: decided in one place, by the kind of the exercise, until it is answered."""

import pytest

from explorer.core.autodiff.visible_steps import BACKWARD, FORWARD
from explorer.core.lessons.lesson import Exercise
from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.session.autodiff.view_state import ViewOptions, resolve
from explorer.session.practice.cover import AnswerCover
from explorer.session.practice.find_mistake import FindMistakeSession
from explorer.session.practice.session import PracticeSession
from tests.session.expression_traces import show


@pytest.fixture
def cover(session):
    cover = AnswerCover(session)
    cover.count = 0

    def count():
        cover.count += 1

    cover.changed.connect(count)
    return cover


@pytest.mark.parametrize(
    ("kind", "covered"),
    [
        ("gradient", (True, False, False)), ("derivative", (True, False, False)), ("label", (False, True, False)),
        ("parameters", (False, False, True)), ("next", (False, False, False)),
    ],
)  # fmt: skip
def test_each_kind_covers_what_tells_its_answer(cover, session, kind, covered):
    cover.begin(Exercise(kind, "x"))
    assert (cover.gradients, cover.label, cover.parameters) == covered
    assert session.stepper.covered == covered[0]
    cover.end()
    assert (cover.gradients, cover.label, cover.parameters) == (False, False, False)
    assert not session.stepper.covered
    cover.end()
    assert cover.count == (2 if any(covered) or kind == "next" else 0)


def test_the_forward_pass_is_shown_and_then_what_was_before(cover, client, session):
    show(session, client, "sin(2*x)")
    stepper = session.stepper
    stepper.set_pass(BACKWARD)
    stepper.set_step(1)
    session.set_depth("full")
    session.select_edge("gradients/mul_grad/Mul_1:0")
    depths, refused = [], []
    session.depthChanged.connect(depths.append)
    session.refused.connect(refused.append)
    cover.begin(Exercise("gradient", "x"))
    assert (stepper.pass_, stepper.step) == (FORWARD, stepper.steps_total(FORWARD))
    assert (session.shown_depth, session.selection, depths) == ("concept", None, ["concept"])
    assert stepper.hides_gradients
    stepper.set_pass(BACKWARD)
    assert (stepper.pass_, refused) == (FORWARD, ["Gradients are covered until the exercise is answered."])
    stepper.set_step(0)
    stepper.last()
    cover.end()
    assert (stepper.pass_, stepper.step, session.shown_depth) == (BACKWARD, 1, "full")
    assert not stepper.hides_gradients


def test_a_new_expression_is_shown_with_its_values(cover, client, session):
    cover.begin(Exercise("gradient", "x"))
    show(session, client, "sin(2*x)")
    stepper = session.stepper
    assert (stepper.pass_, stepper.step) == (FORWARD, stepper.steps_total(FORWARD))
    assert session.notice == ""


def test_the_state_of_the_tab_says_that_it_is_covered(cover, client, session):
    methods = MethodSession(client, session)
    show(session, client, "sin(2*x)")
    cover.begin(Exercise("derivative", "x"))
    state = resolve(session, methods, ViewOptions())
    assert (state.covered, state.pass_, state.depth, state.tangents) == (True, FORWARD, "concept", None)


def test_practice_begins_from_a_covered_exercise(client, session, prediction):
    practice = PracticeSession(session, prediction)
    show(session, client, "sin(2*x)")
    prediction.set_exercise(Exercise("gradient", "x"))
    assert session.stepper.covered
    practice.begin(1, 7)
    assert practice.exercise is not None
    assert not session.stepper.covered
    assert session.stepper.quiz


def test_find_the_mistake_begins_from_a_covered_exercise(client, session, prediction):
    mistakes = FindMistakeSession(session)
    show(session, client, "sin(2*x)")
    prediction.set_exercise(Exercise("gradient", "x"))
    mistakes.begin(3)
    prediction.set_exercise(None)
    assert mistakes.exercise is not None
    assert session.stepper.pass_ == BACKWARD
