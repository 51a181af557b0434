"""Answers that are kept: by all that was asked, as long as they are right, and no more than a few."""

import numpy as np
import pytest

from explorer.core.protocol.requests import REQUESTS
from explorer.session.engine_client.reply_cache import CACHE_SIZES, ReplyCache, cache_key


def question(x=1.0, dtype="float32", text="sin(x)"):
    return {"text": text, "point": {"x": np.asarray(x)}, "dtype": dtype, "wrt": None, "differentiated_by": []}


def answer(graph=1, **more):
    return {"id": 5, "kind": "trace", "trace": {"graph": graph}, "values": [], **more}


def keep(cache, kind, payload, reply):
    cache.add(REQUESTS[kind], cache_key(REQUESTS[kind], payload), reply)


def got(cache, kind, payload):
    return cache.get(REQUESTS[kind], cache_key(REQUESTS[kind], payload))


def test_the_same_question_has_the_same_answer():
    cache = ReplyCache()
    assert got(cache, "trace", question()) is None
    keep(cache, "trace", question(), answer())
    assert got(cache, "trace", question()) == answer()
    assert got(cache, "trace", {**question(), "visible_graph": 7}) == answer(), "which graph is seen is not asked"


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
    cache = ReplyCache()
    keep(cache, "trace", question(), answer())
    keep(cache, "trace", question(0.0), answer())
    assert got(cache, "trace", other) is None
    assert got(cache, "curve", question()) is None


def test_nan_is_a_value_like_any_other():
    cache = ReplyCache()
    keep(cache, "trace", question(np.nan), answer())
    assert got(cache, "trace", question(np.nan)) == answer()


def test_no_error_is_kept_nor_what_was_not_found_in_time_nor_what_depends_on_more():
    cache = ReplyCache()
    keep(cache, "trace", question(), answer(error={"message": "no"}))
    keep(cache, "values", {"graph": 1}, {"values": []})
    keep(cache, "simplify", {"formula": "x"}, {"simplified": None, "note": "SymPy did not finish within a second."})
    assert got(cache, "trace", question()) is None
    assert got(cache, "values", {"graph": 1}) is None
    assert got(cache, "simplify", {"formula": "x"}) is None


def test_cache_about_graphs_that_may_be_closed_are_forgotten():
    cache = ReplyCache()
    for graph in (1, 2, 3):
        keep(cache, "trace", question(graph), answer(graph))
    keep(cache, "simplify", {"formula": "x"}, {"simplified": "x"})
    cache.remove_closed_graphs(answer(4, retained=[2, 4]))
    assert [got(cache, "trace", question(graph)) is not None for graph in (1, 2, 3)] == [False, True, False]
    assert got(cache, "simplify", {"formula": "x"}) is not None
    keep(cache, "trace", question(4), answer(4, retained=[2, 4]))
    known = got(cache, "trace", question(4))
    keep(cache, "trace", question(5), answer(5))
    cache.remove_closed_graphs(known)
    assert got(cache, "trace", question(5)) is not None, "what lasted when that was answered is not what lasts now"
    cache.clear()
    assert got(cache, "trace", question(2)) is None
    assert got(cache, "simplify", {"formula": "x"}) is None


def test_there_are_never_more_than_a_few_and_the_one_least_used_goes():
    cache = ReplyCache()
    most = CACHE_SIZES["trace"]
    for graph in range(most):
        keep(cache, "trace", question(graph), answer(graph))
    assert got(cache, "trace", question(0)) is not None
    keep(cache, "trace", question(most), answer(most))
    known = [got(cache, "trace", question(graph)) is not None for graph in range(most + 1)]
    assert known == [True, False, *[True] * (most - 1)]
