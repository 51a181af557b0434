"""Answers that are kept: by all that was asked, as long as they are right, and no more than a few."""

import numpy as np
import pytest

from explorer.session.engine_client.reply_cache import KEPT, ReplyCache, key_of


def question(x=1.0, dtype="float32", text="sin(x)"):
    return {"text": text, "point": {"x": np.asarray(x)}, "dtype": dtype, "wrt": None, "differentiated_by": []}


def answer(graph=1, **more):
    return {"id": 5, "kind": "trace", "trace": {"graph": graph}, "values": [], **more}


def keep(answers, kind, payload, reply):
    answers.keep(kind, key_of(kind, payload), reply)


def got(answers, kind, payload):
    return answers.get(kind, key_of(kind, payload))


def test_the_same_question_has_the_same_answer():
    answers = ReplyCache()
    assert got(answers, "trace", question()) is None
    keep(answers, "trace", question(), answer())
    assert got(answers, "trace", question()) == answer()
    assert got(answers, "trace", {**question(), "hold": 7}) == answer(), "which graph is seen is not asked"


@pytest.mark.parametrize(
    "other",
    [
        question(np.nextafter(1.0, 2)),
        question(-0.0),
        question([1.0]),
        question(dtype="float64"),
        question(text="sin( x)"),
    ],
)
def test_another_question_has_none(other):
    answers = ReplyCache()
    keep(answers, "trace", question(), answer())
    keep(answers, "trace", question(0.0), answer())
    assert got(answers, "trace", other) is None
    assert got(answers, "curve", question()) is None


def test_nan_is_a_value_like_any_other():
    answers = ReplyCache()
    keep(answers, "trace", question(np.nan), answer())
    assert got(answers, "trace", question(np.nan)) == answer()


def test_no_error_is_kept_nor_what_was_not_found_in_time_nor_what_depends_on_more():
    answers = ReplyCache()
    keep(answers, "trace", question(), answer(error={"message": "no"}))
    keep(answers, "values", {"graph": 1}, {"values": []})
    keep(answers, "simplify", {"formula": "x"}, {"simplified": None, "note": "SymPy did not finish within a second."})
    assert got(answers, "trace", question()) is None
    assert got(answers, "values", {"graph": 1}) is None
    assert got(answers, "simplify", {"formula": "x"}) is None


def test_answers_about_graphs_that_may_be_closed_are_forgotten():
    answers = ReplyCache()
    for graph in (1, 2, 3):
        keep(answers, "trace", question(graph), answer(graph))
    keep(answers, "simplify", {"formula": "x"}, {"simplified": "x"})
    answers.hear(answer(4, lasting=[2, 4]))
    assert [got(answers, "trace", question(graph)) is not None for graph in (1, 2, 3)] == [False, True, False]
    assert got(answers, "simplify", {"formula": "x"}) is not None
    keep(answers, "trace", question(4), answer(4, lasting=[2, 4]))
    known = got(answers, "trace", question(4))
    keep(answers, "trace", question(5), answer(5))
    answers.hear(known)
    assert got(answers, "trace", question(5)) is not None, "what lasted when that was answered is not what lasts now"
    answers.clear()
    assert got(answers, "trace", question(2)) is None
    assert got(answers, "simplify", {"formula": "x"}) is None


def test_there_are_never_more_than_a_few_and_the_one_least_used_goes():
    answers = ReplyCache()
    most = KEPT["trace"]
    for graph in range(most):
        keep(answers, "trace", question(graph), answer(graph))
    assert got(answers, "trace", question(0)) is not None
    keep(answers, "trace", question(most), answer(most))
    known = [got(answers, "trace", question(graph)) is not None for graph in range(most + 1)]
    assert known == [True, False, *[True] * (most - 1)]
