"""Find the mistake: which rule is broken, how a choice is judged, and what ends the exercise."""

import numpy as np
import pytest

from explorer.core.practice.broken_backward import MISSING_LOCAL, WRONG_SIGN, BrokenBackward
from explorer.core.practice.exercises import make_exercise
from explorer.session.practice import find_mistake as module
from explorer.session.practice.find_mistake import FindMistakeSession
from tests.session.expression_traces import trace_reply, values_reply

CASE, NUMBER = "exercise 13", 13
BROKEN = BrokenBackward(WRONG_SIGN, "Log", 0)
WRONG = {"gradients/Log_grad/mul:0": -0.25, "gradients/AddN:0": 7.75, "gradients/mul_grad/Mul_1:0": 15.5}
"""With h = 2*x = 4, log(h) passes on -1/4 instead of 1/4: at h arrive 8 - 1/4, and at x twice as much."""


@pytest.fixture
def mistake(session):
    """A session without an exercise; ``emitted`` records its signals."""
    mistake = FindMistakeSession(session)
    mistake.emitted = []
    mistake.begun.connect(lambda: mistake.emitted.append("begun"))
    mistake.changed.connect(lambda: mistake.emitted.append("changed"))
    mistake.wrongChanged.connect(lambda wrong: mistake.emitted.append(("wrong", wrong)))
    return mistake


@pytest.fixture
def broken(monkeypatch):
    """The rule that is broken in exercise 13."""
    monkeypatch.setattr(module, "breakable_rules", lambda *_: [BROKEN])
    return BROKEN


@pytest.fixture
def opened(mistake, client, broken):
    """The session with exercise 13, in which the logarithm passes on a gradient with the wrong sign."""
    mistake.begin(NUMBER)
    client.answer("trace", trace_reply(CASE))
    mistake.emitted.clear()
    return mistake


def choose(mistake, session, op):
    """Choose an op, and return whether the mistake is found."""
    session.select_node(op)
    mistake.choose()
    return mistake.found


def test_an_exercise_is_requested(mistake, session, client):
    session.set_depth("full")
    session.stepper.set_pass("forward")
    mistake.begin(NUMBER)
    exercise = make_exercise(5, NUMBER)
    assert client.payloads("trace")[-1]["text"] == session.text == exercise.text
    assert (session.stepper.pass_, session.depth, session.stepper.quiz) == ("backward", "concept", False)
    assert mistake.exercise == exercise
    assert not mistake.is_ready
    assert mistake.emitted[-2:] == ["begun", "changed"]


def test_the_end_of_the_broken_pass_is_shown(opened, session):
    assert opened.is_ready
    assert opened.broken == BROKEN
    assert opened.wrong == pytest.approx(WRONG)
    assert session.stepper.is_at_end
    assert (opened.message, opened.found) == ("", False)


def test_a_number_has_always_the_same_mistake(mistake, client):
    found = []
    for _ in range(2):
        mistake.begin(NUMBER)
        client.answer("trace", trace_reply(CASE))
        found.append(mistake.broken)
    assert found[0] == found[1]


def test_the_selected_op_is_compared(opened, session):
    session.select_node("mul")
    assert "this pass says 7.75, our difference quotient 8.25. They do not agree." in opened.message
    session.select_node("Log")
    assert "this pass says 1, our difference quotient 1. They agree." in opened.message
    session.clear_selection()
    assert opened.message == ""


def test_a_choice_needs_an_op(opened, session):
    opened.choose()
    assert opened.message == "Select an op first: click it, or use the arrow keys."
    session.select_edge("mul:0")
    opened.choose()
    assert opened.message.startswith("Select an op first")
    assert (opened.tried, opened.right, opened.at_once) == (0, 0, 0)


def test_a_mistake_found_on_the_first_try(opened, session):
    assert choose(opened, session, "Log")
    assert opened.message.startswith("✓ Right. What log(2*x) passes on to h has the wrong sign")
    assert (opened.tried, opened.right, opened.at_once) == (1, 1, 1)
    message = opened.message
    assert choose(opened, session, "pow"), "it is found already"
    assert (opened.message, opened.tried) == (message, 1)


def test_a_mistake_found_on_the_second_try(opened, session):
    assert not choose(opened, session, "pow")
    assert opened.message.startswith("✗ No: ")
    assert (opened.tried, opened.right, opened.at_once) == (1, 0, 0)
    assert choose(opened, session, "Log")
    assert (opened.tried, opened.right, opened.at_once) == (1, 1, 0)


def test_the_score_counts_each_exercise_once_and_begins_anew_after_the_end(opened, session, client):
    choose(opened, session, "Log")
    opened.begin(NUMBER)
    client.answer("trace", trace_reply(CASE))
    choose(opened, session, "Log")
    assert (opened.tried, opened.right, opened.at_once) == (1, 1, 1)
    opened.end()
    opened.begin(NUMBER)
    assert (opened.tried, opened.right, opened.at_once) == (0, 0, 0)


def test_the_next_exercise(mistake, client, session, monkeypatch):
    monkeypatch.setattr(module, "breakable_rules", lambda *_: [BrokenBackward(MISSING_LOCAL, "mul", 1)])
    mistake.begin(NUMBER - 1)
    client.answer("trace", trace_reply("exercise 12"))
    # The local derivative of 4*x is missing: 0.0602 arrives at x instead of four times as much.
    assert mistake.wrong["gradients/mul_grad/Mul_1:0"] == pytest.approx(0.0602108, rel=1e-4)
    mistake.next()
    assert (mistake.exercise.number, mistake.broken, mistake.wrong) == (NUMBER, None, {})
    assert [emitted for emitted in mistake.emitted if emitted[0] == "wrong"][-1] == ("wrong", None)


def test_an_exercise_without_a_noticeable_mistake_is_skipped(mistake, client, monkeypatch):
    monkeypatch.setattr(module, "breakable_rules", lambda *_: [])
    mistake.begin(NUMBER - 1)
    client.answer("trace", trace_reply("exercise 12"))
    assert mistake.exercise.number == NUMBER
    assert client.payloads("trace")[-1]["text"] == make_exercise(5, NUMBER).text


def test_the_wrong_numbers_follow_the_values(opened, session, client):
    session.set_value("x", 4.0)
    client.answer("values", values_reply(CASE, 2.0))
    # All values are doubled: the seed 1, the local derivative 1 of the sum, and that of the logarithm, 0.25.
    assert opened.wrong["gradients/Log_grad/mul:0"] == pytest.approx(-2.0 * 2.0 * 0.5)
    assert opened.broken == BROKEN


@pytest.mark.parametrize(
    "leave",
    [
        lambda mistake, session: mistake.end(),
        lambda mistake, session: session.set_text("x+1"),
        lambda mistake, session: session.set_depth("full"),
        lambda mistake, session: session.stepper.set_quiz(True),
    ],
)
def test_the_exercise_ends_and_no_number_is_wrong(opened, session, leave):
    leave(opened, session)
    assert (opened.exercise, opened.broken, opened.wrong, opened.message) == (None, None, {}, "")
    assert opened.emitted[-2:] == [("wrong", None), "changed"]
    emitted = len(opened.emitted)
    opened.end()
    opened.choose()
    session.select_node("Log")
    assert len(opened.emitted) == emitted


def test_a_higher_derivative_ends_the_exercise(opened, session, client):
    session.set_differentiated_by(("x",))
    client.answer("trace", trace_reply("derivative of sin(2*x)"))
    assert opened.exercise is None


def test_the_trace_of_another_text_is_not_broken(mistake, session, client, broken):
    mistake.begin(NUMBER)
    old = client.pending[-1]
    assert old.kind == "trace"
    mistake.end()
    old.on_reply(trace_reply(CASE))
    assert (mistake.broken, mistake.wrong) == (None, {})
    assert np.isclose(session.values["gradients/AddN:0"], 8.25)
