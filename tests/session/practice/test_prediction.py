"""Questions about hidden numbers: which one is open, what is requested for an answer, and the verdict."""

from math import cos, sin

import numpy as np
import pytest

from explorer.core.lessons.lesson import Exercise, ForeseenMistake
from explorer.core.practice.sample_points import COMPARED_POINT_COUNT
from tests.session.expression_traces import show, trace_reply, values_reply

SEED_QUESTION = "The backward pass begins: what is the gradient of y with respect to itself?"
POINT_COUNT = 1 + COMPARED_POINT_COUNT
GRADIENT = Exercise("gradient", "x", "2*cos(2*x)", (ForeseenMistake("cos(2*x)", "And the inner derivative?"),))


def points_reply(payload):
    """Return the values of all tensors of sin(2*x) at the points of a request, worked out by hand."""

    def values(x):
        outer = cos(2 * x)
        return [x, 2.0, 2 * x, sin(2 * x), np.zeros(0), 1.0, 1.0, outer, outer, 2 * outer, outer, 2.0]

    return {"values": [[np.float32(value) for value in values(float(point["x"]))] for point in payload["points"]]}


def check_reply(holds=True, deviation=2e-7):
    return {"holds": holds, "deviation": deviation, "where": 0.0, "compared": 1000, "undefined": 0}


@pytest.fixture
def client(table_client):
    return table_client({"points": points_reply})


@pytest.fixture
def quiz(prediction, session, client):
    """The questions about the backward pass of sin(2*x) at x = 0.5."""
    show(session, client, "sin(2*x)")
    session.stepper.set_quiz(True)
    client.pending.clear()
    return prediction


def ask_at(quiz, session, step, revealed=0, local_known=False):
    """Open the question about a number of a step."""
    session.stepper.set_step(step)
    for _ in range(revealed):
        session.stepper.reveal_next()
    if local_known:
        session.stepper.reveal_local()


def judge(quiz, client, text):
    """Answer the open question with a text, and return the verdict and the mistake that the answer shows."""
    quiz.check(text)
    client.answer("points")
    return quiz.verdict, quiz.hint_kind


def test_without_a_quiz_there_is_no_question(prediction, session, client):
    assert (prediction.question, prediction.question_id) == ("", None)
    show(session, client, "sin(2*x)")
    assert prediction.question == ""
    client.sent.clear()
    prediction.check("1")
    prediction.reveal()
    assert client.sent == []
    assert (prediction.verdict, prediction.verdicts) == ("", [])


def test_the_question_is_about_the_next_hidden_number(quiz, session):
    assert quiz.question == SEED_QUESTION
    ask_at(quiz, session, 1)
    assert quiz.question == "What is the local derivative of sin(2*x) with respect to 2*x?"
    ask_at(quiz, session, 1, local_known=True)
    assert quiz.question == "What gradient is passed on to 2*x?"
    session.set_text("sin(3*x)")
    assert quiz.question == "", "the trace is of another text"
    assert not quiz.is_done
    session.stepper.set_step(2)
    assert quiz.question == ""
    session.set_text("sin(")
    assert (quiz.question, quiz.is_done) == ("", False)


def test_a_number_is_compared_at_the_present_point_only(quiz, session, client):
    quiz.check("1")
    assert quiz.verdict == "asking"
    (payload,) = client.payloads("points")
    assert payload == {"graph": session.trace.graph, "points": [{"x": 0.5}]}
    client.answer("points")
    assert (quiz.verdict, quiz.message) == ("right", "Right: 1.")
    assert quiz.verdicts == ["right"]
    assert session.stepper.revealed == 1


def test_the_next_step_keeps_the_verdict_on_the_last_answer(quiz, session, client):
    judge(quiz, client, "1")
    assert quiz.is_done
    quiz.next_step()
    assert (session.stepper.step, quiz.verdict) == (1, "right")
    assert not quiz.is_done
    session.stepper.step_forward()
    assert quiz.verdict == ""


def test_a_formula_is_compared_at_many_points(quiz, session, client):
    ask_at(quiz, session, 1)
    assert judge(quiz, client, "cos(2*x)") == ("right", "")
    assert quiz.message == f"Right: 0.5403. TensorFlow's numbers are the same at {POINT_COUNT} points."
    points = client.payloads("points")[0]["points"]
    assert (len(points), points[0]) == (POINT_COUNT, {"x": 0.5})
    assert quiz.question == "What gradient is passed on to 2*x?"


@pytest.mark.parametrize(
    ("text", "verdict"), [("0.54", "right"), ("0.5403", "right"), ("0.55", "wrong"), ("0.5", "wrong")]
)
def test_a_number_may_be_rounded_to_two_digits_or_more(quiz, session, client, text, verdict):
    ask_at(quiz, session, 1)
    assert judge(quiz, client, text)[0] == verdict


@pytest.mark.parametrize(
    ("text", "hint_kind", "message"),
    [
        ("cos(2*x)", "inner", "That is the upstream gradient alone. Multiply it by the derivative of 2*x, too."),
        ("2", "outer", "That is the local derivative"),
        ("-2*cos(2*x)", "sign", "the sign is not"),
        ("2*cos(2*x) + 1", "", "Not yet. Multiply the upstream gradient by the local derivative of this op."),
        ("1.0806046 + 0*x", "", "Right for these values, but not for others"),
        ("[1, 2]", "", "The answer has the shape (), this one (2,)."),
    ],
)
def test_a_wrong_answer_is_explained_and_reveals_nothing(quiz, session, client, text, hint_kind, message):
    ask_at(quiz, session, 2, local_known=True)
    assert judge(quiz, client, text) == ("wrong", hint_kind)
    assert message in quiz.message
    assert quiz.verdicts == ["wrong"]
    assert session.stepper.revealed == 0


@pytest.mark.parametrize(("text", "message"), [("z", "There is no z here; there is x."), ("cos(", "")])
def test_an_answer_that_cannot_be_understood_is_not_sent(quiz, client, text, message):
    quiz.check(text)
    assert quiz.verdict == "unclear"
    assert message in quiz.message != ""
    assert client.payloads("points") == []
    assert quiz.verdicts == []


def test_an_answer_whose_shapes_do_not_fit_is_wrong(quiz, client):
    assert judge(quiz, client, "dot([1, 2], [1, 2, 3]) + 0*x")[0] == "wrong"


def test_an_error_of_the_engine_is_no_verdict(quiz, client):
    quiz.check("1")
    client.fail("points", "There is no such graph.")
    assert (quiz.verdict, quiz.message) == ("unclear", "There is no such graph.")
    assert quiz.verdicts == []


def test_a_number_that_is_not_finite_cannot_be_compared(quiz, client):
    quiz.check("1")
    client.answer("points", {"values": [[np.float32(np.nan)] * 12]})
    assert quiz.verdict == "unclear"
    assert "no number here" in quiz.message


def test_only_the_newest_answer_is_judged(quiz, client):
    quiz.check("2")
    old = client.pending[0]
    quiz.check("1")
    old.on_reply(points_reply(old.payload))
    assert quiz.verdict == "asking"
    client.answer("points")
    assert quiz.verdict == "right"
    old.on_reply(points_reply(old.payload))
    assert quiz.verdicts == ["right"]


def test_an_answer_to_a_question_that_is_no_longer_open_is_not_judged(quiz, session, client):
    quiz.check("1")
    session.stepper.set_step(1)
    client.answer("points")
    assert (quiz.verdict, quiz.verdicts) == ("", [])
    assert session.stepper.revealed == 0, "the number of this step was not answered"


def test_an_answer_is_not_judged_after_another_expression_was_typed(quiz, session, client):
    ask_at(quiz, session, 1)
    quiz.check("0.54")
    session.begin("x-x", {"x": 1.0})
    client.answer("trace", trace_reply("x-x"))
    client.answer("points")
    assert (quiz.verdict, quiz.verdicts) == ("", [])
    assert session.stepper.revealed == 0


def test_a_revealed_number_is_no_answer(quiz, session, client):
    ask_at(quiz, session, 1)
    quiz.check("3")
    old = client.pending[0]
    quiz.reveal()
    assert (quiz.verdict, quiz.message, quiz.verdicts) == ("shown", "It is 0.5403.", ["shown"])
    assert session.stepper.local_known
    assert session.stepper.revealed == 0
    old.on_reply(points_reply(old.payload))
    assert quiz.verdicts == ["shown"]
    quiz.reveal()
    assert session.stepper.revealed == 1


def test_other_values_end_the_verdict(quiz, session, client):
    judge(quiz, client, "5")
    session.set_value("x", 1.0)
    client.answer("values", values_reply("sin(2*x)"))
    assert (quiz.verdict, quiz.message) == ("", "")


def test_the_question_about_a_gradient_of_a_lesson(prediction, session, client):
    prediction.set_exercise(GRADIENT)
    assert prediction.question == ""
    show(session, client, "sin(2*x)")
    assert prediction.question == "What is dy/dx?"
    assert judge(prediction, client, "cos(2*x)") == ("wrong", "")
    assert prediction.message == "And the inner derivative?"
    assert judge(prediction, client, "2*cos(2*x)") == ("right", "")
    assert session.stepper.revealed == 0, "an exercise of a lesson is not about a hidden number"
    prediction.reveal()
    assert prediction.message == "It is 2*cos(2*x), here 1.081."
    prediction.set_exercise(None)
    assert (prediction.question, prediction.verdict) == ("", "")


def test_a_derivative_is_compared_along_the_curve_too(prediction, session, client):
    show(session, client, "sin(2*x)")
    prediction.set_exercise(Exercise("derivative"))
    assert prediction.question == "What is dy/dx? It is compared at 1,000 points of the plot."
    prediction.check("2*cos(2*x)")
    assert client.payloads("check") == []
    client.answer("points")
    assert client.payloads("check")[-1]["claim"] == "2*cos(2*x)"
    assert prediction.verdict == "asking"
    client.answer("check", check_reply())
    assert (prediction.verdict, prediction.message) == (
        "right",
        "Right, at all 1,000 points: the largest deviation is 2×10⁻⁷.",
    )


def test_a_wrong_derivative_is_explained_by_its_values_at_the_points(prediction, session, client):
    show(session, client, "sin(2*x)")
    prediction.set_exercise(Exercise("derivative"))
    prediction.check("-2*cos(2*x)")
    client.answer("points")
    client.answer("check", check_reply(holds=False, deviation=4.0))
    assert (prediction.verdict, prediction.hint_kind) == ("wrong", "sign")


def test_a_derivative_without_a_plot_is_compared_at_points_alone(prediction, session, client):
    """No variable is a scalar, so that there is no curve whose reply could be waited for."""
    show(session, client, "sum(x^2)")
    prediction.set_exercise(Exercise("derivative"))
    assert prediction.question == "What is dy/dx (2 numbers)?"
    for text, verdict in (("[2, 4]", "right"), ("[2, 5]", "wrong"), ("2*x", "wrong")):
        prediction.check(text)
        points = client.payloads("points")[-1]["points"]
        assert len(points) == POINT_COUNT
        client.answer("points", {"values": [trace_reply("sum(x^2)")["values"]] * POINT_COUNT})
        assert prediction.verdict == verdict, text  # the reply has the same gradient everywhere
    assert client.payloads("check") == []


def test_a_derivative_whose_curve_has_no_value_is_compared_at_points(prediction, session, client):
    show(session, client, "sin(2*x)")
    prediction.set_exercise(Exercise("derivative"))
    prediction.check("2*cos(2*x)")
    client.answer("points")
    client.answer("check", check_reply(holds=False, deviation=None))
    assert prediction.verdict == "right"


def test_a_claim_about_the_curve_is_in_the_variables(prediction, session, client):
    show(session, client, "exercise 13")  # h = 2*x; log(h) + h^2
    prediction.set_exercise(Exercise("derivative"))
    prediction.check("2/h + 4*h")
    client.answer("points", {"values": [trace_reply("exercise 13")["values"]] * POINT_COUNT})
    assert client.payloads("check")[-1]["claim"] == "2/(2*x)+4*(2*x)"


def test_a_curve_that_cannot_be_computed_is_no_verdict(prediction, session, client):
    show(session, client, "sin(2*x)")
    prediction.set_exercise(Exercise("derivative"))
    prediction.check("2*cos(2*x)")
    client.answer("points")
    client.fail("check", "Too many points.")
    assert (prediction.verdict, prediction.message) == ("unclear", "Too many points.")


def test_facts_are_compared_without_a_request(prediction, client):
    known = {"parameters": None}
    exercise = Exercise("parameters", foreseen_mistakes=(ForeseenMistake("784*10", "And the biases?"),))
    prediction.set_exercise(exercise, known.get)
    assert prediction.question == "How many parameters has this network?"
    prediction.check("7850")
    assert (prediction.verdict, prediction.verdicts) == ("unclear", [])
    assert "not known yet" in prediction.message
    known["parameters"] = 7850.0
    for text, verdict, message in (
        ("784*10 + 10", "right", "Right: 7,850."),
        ("7,850", "right", "Right: 7,850."),
        ("= 7,850", "right", "Right: 7,850."),
        ("?", "unclear", "Enter a number or a formula."),
        ("7840", "wrong", "And the biases?"),
        ("7", "wrong", "Not yet. Look again."),
        ("x", "unclear", "Enter a number."),
    ):
        prediction.check(text)
        assert (prediction.verdict, prediction.message) == (verdict, message)
    prediction.reveal()
    assert prediction.message == "It is 7,850."
    assert client.sent == []


def test_the_exercise_next_asks_for_the_hidden_numbers_of_the_step(quiz):
    quiz.set_exercise(Exercise("next"))
    assert quiz.exercise is None
    assert quiz.question == SEED_QUESTION
