"""A prefetch is abandoned for any real request, and closes no graph that is in use."""

import threading

import numpy as np
import pytest

from explorer.core.protocol.request_kind import Worker
from explorer.engine.server import Server
from explorer.engine.services.autodiff import MAX_OPEN_GRAPHS, RETAINED_GRAPHS


class Engine:
    """A server whose worker for expressions is the thread of the test."""

    def __init__(self):
        self.replies = []
        self.server = Server(self.replies.append)
        self.numbers = iter(range(1, 1000))

    def send(self, kind, **payload):
        """Send a request and return its number."""
        number = next(self.numbers)
        self.server.put({"id": number, "kind": kind, "lane": None, **payload})
        return number

    def send_trace(self, text, **more):
        return self.send("trace", text=text, point={"x": 1.0}, **more)

    def answer(self):
        """Answer the next request and return the latest reply."""
        self.server._answer(self.server._mailboxes[Worker.EXPRESSION].take())
        return self.replies[-1]


@pytest.fixture
def engine():
    made = Engine()
    yield made
    made.server.close()


def test_a_prefetch_is_answered_if_no_real_request_arrives(engine):
    number = engine.send_trace("sin(x)", prefetch=True)
    reply = engine.answer()
    assert (reply["id"], reply["trace"]["expression"]) == (number, "sin(x)")


@pytest.mark.parametrize("kind", ["trace", "curve", "simplify"])
def test_a_prefetch_is_not_started_after_a_real_request(engine, kind):
    number = engine.send_trace("sin(x)", prefetch=True)
    engine.send(kind, text="x", formula="x", point={"x": 1.0})
    assert engine.answer() == {"id": number, "kind": "trace", "superseded": True}


def test_a_prefetch_is_abandoned_while_its_graph_is_built(engine, monkeypatch):
    from explorer.engine.autodiff import tracing

    build = tracing.build_forward
    real = []

    def send_while_building(*arguments):
        if not real:
            real.append(engine.send_trace("cos(x)"))
        return build(*arguments)

    monkeypatch.setattr(tracing, "build_forward", send_while_building)
    number = engine.send_trace("sin(x)", prefetch=True)
    assert engine.answer() == {"id": number, "kind": "trace", "superseded": True}
    reply = engine.answer()
    assert (reply["id"], reply["trace"]["expression"]) == (real[0], "cos(x)")


def test_prefetches_do_not_close_the_visible_graph(engine):
    engine.send_trace("x+1")
    visible = engine.answer()["trace"]["graph"]
    retained = [visible]
    for number in range(MAX_OPEN_GRAPHS + 3):
        assert visible in retained
        engine.send_trace(f"x+{number}", prefetch=True, visible_graph=visible)
        retained = engine.answer()["retained"]
    assert len(retained) == RETAINED_GRAPHS
    engine.send("values", graph=visible, point={"x": 4.0})
    assert any(np.array_equal(value, 4.0) for value in engine.answer()["values"])


def test_retained_graphs_stay_open_for_requests_that_are_on_their_way(engine):
    for number in range(MAX_OPEN_GRAPHS + 2):
        engine.send_trace(f"x+{number}")
        reply = engine.answer()
    retained = reply["retained"]
    for number in range(MAX_OPEN_GRAPHS - RETAINED_GRAPHS):
        engine.send_trace(f"x-{number}")
        engine.answer()
    for graph in retained:
        engine.send("values", graph=graph, point={"x": 4.0})
        assert "error" not in engine.answer()


def test_a_real_request_from_another_thread_abandons_a_prefetch(engine):
    sender = threading.Thread(target=engine.send_trace, args=("cos(x)",))
    number = engine.send_trace("sin(x)", prefetch=True)
    sender.start()
    sender.join()
    assert engine.answer() == {"id": number, "kind": "trace", "superseded": True}
