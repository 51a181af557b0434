"""What is asked ahead of its time gives way to everything else, and closes no graph that is in use."""

import threading

import numpy as np
import pytest

from explorer.core.protocol.request_kind import Worker
from explorer.engine.server import Server
from explorer.engine.services.autodiff import MAX_OPEN_GRAPHS, RETAINED_GRAPHS


class Engine:
    """A server whose quick worker is this thread."""

    def __init__(self):
        self.told = []
        self.server = Server(self._tell)
        self.numbers = iter(range(1, 1000))

    def _tell(self, reply):
        self.told.append(reply)

    def ask(self, kind, **payload):
        number = next(self.numbers)
        self.server.put({"id": number, "kind": kind, "lane": None, **payload})
        return number

    def trace(self, text, **more):
        return self.ask("trace", text=text, point={"x": 1.0}, **more)

    def work(self):
        """Answer the next request and return the reply."""
        self.server._answer(self.server._mailboxes[Worker.EXPRESSION].take())
        return self.told[-1]


@pytest.fixture
def engine():
    made = Engine()
    yield made
    made.server.close()


def test_it_is_answered_while_nothing_else_is_asked(engine):
    number = engine.trace("sin(x)", prefetch=True)
    reply = engine.work()
    assert (reply["id"], reply["trace"]["expression"]) == (number, "sin(x)")


@pytest.mark.parametrize("kind", ["trace", "curve", "simplify"])
def test_it_is_not_even_begun_once_something_else_was_asked(engine, kind):
    number = engine.trace("sin(x)", prefetch=True)
    engine.ask(kind, text="x", formula="x", point={"x": 1.0})
    assert engine.work() == {"id": number, "kind": "trace", "superseded": True}


def test_it_is_given_up_in_the_middle(engine, monkeypatch):
    from explorer.engine.autodiff import tracing

    build = tracing.build
    typed = []

    def while_it_builds(*arguments):
        if not typed:
            typed.append(engine.trace("cos(x)"))
        return build(*arguments)

    monkeypatch.setattr(tracing, "build", while_it_builds)
    number = engine.trace("sin(x)", prefetch=True)
    assert engine.work() == {"id": number, "kind": "trace", "superseded": True}
    reply = engine.work()
    assert (reply["id"], reply["trace"]["expression"]) == (typed[0], "cos(x)")


def test_the_graph_that_is_seen_is_the_last_to_be_closed(engine):
    engine.trace("x+1")
    seen = engine.work()["trace"]["graph"]
    lasting = [seen]
    for number in range(MAX_OPEN_GRAPHS + 3):
        assert seen in lasting
        engine.trace(f"x+{number}", prefetch=True, visible_graph=seen)
        lasting = engine.work()["retained"]
    assert len(lasting) == RETAINED_GRAPHS
    engine.ask("values", graph=seen, point={"x": 4.0})
    assert any(np.array_equal(value, 4.0) for value in engine.work()["values"])


def test_what_lasts_outlives_as_many_new_graphs_as_can_be_on_their_way(engine):
    for number in range(MAX_OPEN_GRAPHS + 2):
        engine.trace(f"x+{number}")
        reply = engine.work()
    lasting = reply["retained"]
    for number in range(MAX_OPEN_GRAPHS - RETAINED_GRAPHS):
        engine.trace(f"x-{number}")
        engine.work()
    for graph in lasting:
        engine.ask("values", graph=graph, point={"x": 4.0})
        assert "error" not in engine.work()


def test_another_thread_may_ask_at_any_time(engine):
    asked = threading.Thread(target=engine.trace, args=("cos(x)",))
    number = engine.trace("sin(x)", prefetch=True)
    asked.start()
    asked.join()
    assert engine.work() == {"id": number, "kind": "trace", "superseded": True}
