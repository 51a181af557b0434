"""Practice: which exercise is open, what ends it, and how answers are counted."""

import pytest

from explorer.core.practice.exercises import make_exercise
from explorer.session.practice import session as module
from explorer.session.practice.session import LAST_NUMBER, PracticeSession
from tests.session.expression_traces import show, trace_reply

CASE, LEVEL, NUMBER = "exercise 13", 5, 13
ANSWERS = ["1", "1", "8", "8", "0.25", "0.25", "8.25", "2", "16.5"]
"""Answers to all questions about log(h) + h^2 with h = 2*x at x = 2: both arguments of the sum; the local derivative of
the square and what it passes on, 2*h; those of the logarithm, 1/h; their sum; and both for h, which doubles x."""


@pytest.fixture
def practice(session, prediction):
    """A session without an exercise; ``emitted`` records its signals."""
    practice = PracticeSession(session, prediction)
    practice.emitted = []
    practice.begun.connect(lambda: practice.emitted.append("begun"))
    practice.changed.connect(lambda: practice.emitted.append("changed"))
    return practice


@pytest.fixture
def opened(practice, client, qapp):
    """The session with exercise 13 of level 5, at its first question."""
    practice.begin(LEVEL, NUMBER)
    client.answer("trace", trace_reply(CASE))
    qapp.processEvents()
    practice.emitted.clear()
    return practice


def counts(practice):
    return practice.questions, practice.right, practice.at_once


def test_an_exercise_is_requested_and_begins_after_the_seed(practice, session, prediction, client):
    practice.begin(LEVEL, NUMBER)
    exercise = make_exercise(LEVEL, NUMBER)
    (payload,) = client.payloads("trace")
    assert (payload["text"], payload["point"]) == (exercise.text, exercise.point)
    assert practice.emitted == ["changed", "begun"]
    assert session.stepper.quiz
    assert not practice.is_done
    client.answer("trace", trace_reply(CASE))
    assert session.stepper.step == 1
    assert prediction.question == "What gradient is passed on to log(2*x)?"
    assert counts(practice) == (0, 0, 0)


def test_a_random_number_is_chosen_where_none_is_given(practice, monkeypatch):
    monkeypatch.setattr(module.random, "randint", lambda low, high: (low + high) // 2)
    practice.begin(2)
    assert (practice.exercise.level, practice.exercise.number) == (2, (1 + LAST_NUMBER) // 2)


def test_all_answers_are_counted_to_the_end(opened, session, prediction, answer, qapp):
    for number, text in enumerate(ANSWERS, 1):
        assert not opened.is_done
        answer(text, CASE)
        assert counts(opened) == (number, number, number)
        qapp.processEvents()
    assert opened.is_done
    assert prediction.question == ""
    assert session.stepper.is_at_end
    assert opened.emitted


def test_the_next_step_follows_once_the_last_number_of_a_step_is_found(opened, session, prediction, answer, qapp):
    for text in ANSWERS[:2]:
        assert session.stepper.step == 1
        answer(text, CASE)
        qapp.processEvents()
    assert session.stepper.step == 2
    assert prediction.verdict == "right", "the verdict on the last answer stays"


def test_a_second_try_is_right_but_not_at_once(opened, prediction, answer):
    answer("7", CASE)
    assert (prediction.verdict, counts(opened)) == ("wrong", (0, 0, 0))
    answer("1", CASE)
    assert counts(opened) == (1, 1, 0)
    answer("1", CASE)
    assert counts(opened) == (2, 2, 1)


def test_a_revealed_number_counts_as_not_found(opened, session):
    opened.reveal()
    assert counts(opened) == (1, 0, 0)
    assert session.stepper.revealed == 1


def test_a_question_that_is_answered_again_counts_once(opened, session, answer, qapp):
    for text in ANSWERS[:2]:
        answer(text, CASE)
    qapp.processEvents()
    session.stepper.set_step(1)
    answer("1", CASE)
    assert counts(opened) == (2, 2, 2)


def test_without_an_exercise_numbers_are_revealed_and_not_counted(practice, session, client, answer):
    show(session, client, CASE)
    practice.reveal()
    assert (session.stepper.quiz, session.stepper.revealed) == (True, 1)
    session.stepper.set_step(1)
    answer("1", CASE)
    assert counts(practice) == (0, 0, 0)
    assert practice.emitted == []


def test_the_next_exercise_continues_the_score(practice, session, client, answer):
    practice.begin(LEVEL, NUMBER - 1)
    client.answer("trace", trace_reply("exercise 12"))
    answer("0.4", "exercise 12")  # the local derivative of tanh(4*x)*x by its first factor is x
    practice.next()
    assert (practice.exercise.number, session.text) == (NUMBER, make_exercise(LEVEL, NUMBER).text)
    assert counts(practice) == (1, 1, 1)
    client.answer("trace", trace_reply(CASE))
    assert session.stepper.step == 1
    practice.begin(LEVEL, NUMBER)
    assert counts(practice) == (0, 0, 0)


def test_the_first_exercise_follows_the_last(practice):
    practice.begin(1, LAST_NUMBER)
    practice.next()
    assert practice.exercise.number == 1


def test_level_and_number_change_only_on_real_change(opened, client):
    client.sent.clear()
    for level in (LEVEL, 0, 7):
        opened.set_level(level)
    for number in (NUMBER, 0, LAST_NUMBER + 1):
        opened.set_number(number)
    assert (client.sent, opened.emitted) == ([], [])
    opened.set_level(1)
    assert (opened.level, opened.exercise.number) == (1, NUMBER)
    opened.set_number(4)
    assert (opened.level, opened.exercise.number) == (1, 4)
    assert [payload["text"] for payload in client.payloads("trace")] == [
        make_exercise(1, NUMBER).text,
        make_exercise(1, 4).text,
    ]
    assert "begun" not in opened.emitted


def test_nothing_changes_without_an_exercise(practice, client):
    practice.next()
    practice.set_level(3)
    practice.set_number(3)
    practice.end()
    assert (practice.exercise, practice.level, practice.emitted, client.sent) == (None, 1, [], [])


@pytest.mark.parametrize(
    "leave",
    [
        lambda practice, session: practice.end(),
        lambda practice, session: session.set_text("x+1"),
        lambda practice, session: session.stepper.set_quiz(False),
    ],
)
def test_an_exercise_ends_and_its_numbers_are_shown(opened, session, leave):
    leave(opened, session)
    assert opened.exercise is None
    assert not opened.is_done
    assert opened.level == LEVEL
    assert not session.stepper.quiz
    assert "changed" in opened.emitted


def test_a_higher_derivative_ends_the_exercise(opened, session, client):
    session.set_differentiated_by(("x",))
    assert opened.exercise is not None
    client.answer("trace", trace_reply("derivative of sin(2*x)"))
    assert opened.exercise is None


def test_the_trace_of_an_exercise_that_was_left_does_not_begin_another(practice, session, client):
    practice.begin(LEVEL, NUMBER)
    practice.end()
    client.answer("trace", trace_reply(CASE))
    assert (practice.exercise, session.stepper.step, session.stepper.quiz) == (None, 0, False)


def test_a_new_engine_does_not_end_the_exercise(opened, client, answer):
    client.died.emit("TensorFlow's process ended.")
    client.ready.emit({})
    assert opened.exercise is not None
    answer("1", CASE)
    assert counts(opened) == (1, 1, 1)
