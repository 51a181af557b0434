"""Replies are cached by their complete payload, as long as they are valid, up to a limit."""

import numpy as np
import pytest

from explorer.core.protocol.requests import REQUESTS
from explorer.session.engine_client.reply_cache import CACHE_SIZES, ReplyCache, cache_key


def trace_payload(x=1.0, dtype="float32", text="sin(x)"):
    return {"text": text, "point": {"x": np.asarray(x)}, "dtype": dtype, "wrt": None, "differentiated_by": []}


def trace_reply(graph=1, **more):
    return {"id": 5, "kind": "trace", "trace": {"graph": graph}, "values": [], **more}


def add(cache, kind, payload, reply):
    cache.add(REQUESTS[kind], cache_key(REQUESTS[kind], payload), reply)


def cached(cache, kind, payload):
    return cache.get(REQUESTS[kind], cache_key(REQUESTS[kind], payload))


def test_the_same_payload_has_the_same_reply():
    cache = ReplyCache()
    assert cached(cache, "trace", trace_payload()) is None
    add(cache, "trace", trace_payload(), trace_reply())
    assert cached(cache, "trace", trace_payload()) == trace_reply()
    assert cached(cache, "trace", {**trace_payload(), "visible_graph": 7}) == trace_reply(), (
        "the visible graph makes no difference"
    )


@pytest.mark.parametrize(
    "other",
    [
        trace_payload(np.nextafter(1.0, 2)),
        trace_payload(-0.0),
        trace_payload([1.0]),
        trace_payload(dtype="float64"),
        trace_payload(text="sin( x)"),
    ],
)
def test_another_payload_has_no_cached_reply(other):
    cache = ReplyCache()
    add(cache, "trace", trace_payload(), trace_reply())
    add(cache, "trace", trace_payload(0.0), trace_reply())
    assert cached(cache, "trace", other) is None
    assert cached(cache, "curve", trace_payload()) is None


def test_payloads_with_nan_are_cached():
    cache = ReplyCache()
    add(cache, "trace", trace_payload(np.nan), trace_reply())
    assert cached(cache, "trace", trace_payload(np.nan)) == trace_reply()


def test_errors_time_outs_and_other_kinds_are_not_cached():
    cache = ReplyCache()
    add(cache, "trace", trace_payload(), trace_reply(error={"message": "no"}))
    add(cache, "values", {"graph": 1}, {"values": []})
    add(cache, "simplify", {"formula": "x"}, {"simplified": None, "note": "SymPy did not finish within a second."})
    assert cached(cache, "trace", trace_payload()) is None
    assert cached(cache, "values", {"graph": 1}) is None
    assert cached(cache, "simplify", {"formula": "x"}) is None


def test_traces_of_closed_graphs_are_removed():
    cache = ReplyCache()
    for graph in (1, 2, 3):
        add(cache, "trace", trace_payload(graph), trace_reply(graph))
    add(cache, "simplify", {"formula": "x"}, {"simplified": "x"})
    cache.remove_closed_graphs(trace_reply(4, retained=[2, 4]))
    assert [cached(cache, "trace", trace_payload(graph)) is not None for graph in (1, 2, 3)] == [False, True, False]
    assert cached(cache, "simplify", {"formula": "x"}) is not None
    add(cache, "trace", trace_payload(4), trace_reply(4, retained=[2, 4]))
    reply = cached(cache, "trace", trace_payload(4))
    add(cache, "trace", trace_payload(5), trace_reply(5))
    cache.remove_closed_graphs(reply)
    assert cached(cache, "trace", trace_payload(5)) is not None, (
        "a cached reply says nothing about which graphs are open now"
    )
    cache.clear()
    assert cached(cache, "trace", trace_payload(2)) is None
    assert cached(cache, "simplify", {"formula": "x"}) is None


def test_the_least_recently_used_reply_is_removed():
    cache = ReplyCache()
    size = CACHE_SIZES["trace"]
    for graph in range(size):
        add(cache, "trace", trace_payload(graph), trace_reply(graph))
    assert cached(cache, "trace", trace_payload(0)) is not None
    add(cache, "trace", trace_payload(size), trace_reply(size))
    is_cached = [cached(cache, "trace", trace_payload(graph)) is not None for graph in range(size + 1)]
    assert is_cached == [True, False, *[True] * (size - 1)]
