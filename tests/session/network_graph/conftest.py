"""A small network whose graph a `TableClient` answers for."""

import pytest

from explorer.core.network_graph.chunks import split_into_chunks
from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.network_graph.session import NetworkGraphSession

BLOCKS = ("block1", "block2")


def small_graph():
    """Two blocks of two ops each: ``block1/mul``, ``block1/relu``, ``block2/mul``, ``block2/relu``."""
    ops = [GraphOp("x", "Placeholder", (), ((2, 3),), ("float32",), ("input",))]
    for block in BLOCKS:
        for name, source in ((f"{block}/mul", ops[-1].id), (f"{block}/relu", f"{block}/mul")):
            ops.append(GraphOp(name, "Mul", (f"{source}:0",), ((2, 3),), ("float32",), (block,)))
    return NetworkGraph("small", tuple(ops))


def graph_info(graph=1, model="mlp", ops=5):
    """Return a reply to ``graph_open``."""
    groups = [{"id": group} for group in ("input", *BLOCKS)]
    return {
        "graph": graph, "model": model, "title": model, "ops": ops, "levels": 1, "groups": groups,
        "repeated_blocks": [BLOCKS],
        "batch": {
            "source": "data", "count": 32, "description": "the first 32 of the sample", "title": "32 of the sample",
            "is_random": False,
        },
    }  # fmt: skip


def visible(open_groups=()):
    order = {"block2/relu": 0, "block2/mul": 1, "block1/relu": 2, "block1/mul": 3}
    return build_visible_graph(small_graph(), open_groups, order)


def graph_values(payload):
    return {"seconds": 0.001, "number": 1, "nodes": {}, "edges": {}, "loss": 2.3, "message": "", "of": payload["open"]}


@pytest.fixture
def table():
    """The replies to all kinds of requests about the small graph."""
    return {
        "graph_open": lambda payload: graph_info(model=payload["source"]),
        "graph_view": lambda payload: {"chunks": split_into_chunks(visible(payload["open"]))},
        "graph_values": graph_values,
        "graph_profile": {"nodes": {}},
        "graph_trace": lambda payload: {"box": payload["box"], "before": ["input"], "after": ["block2"]},
        "graph_op": lambda payload: {"op": {"id": payload["op"]}},
        "graph_search": lambda payload: {"text": payload["text"], "hits": [{"id": "block1/relu"}], "total": 7},
        "graph_pictures": {"pictures": {}, "number": 1},
    }


@pytest.fixture
def client(table_client, table):
    return table_client(table)


@pytest.fixture
def network(client):
    return CurrentNetworkSession(client)


@pytest.fixture
def session(client, network):
    """A session whose tab is on the screen, with the closed graph of the first network."""
    made = NetworkGraphSession(client, network)
    made.set_visible(True)
    client.answer_all()
    client.sent.clear()
    return made


@pytest.fixture
def signals():
    """Connect to signals with ``signals(signal, ...)``; returns a list that gets the index of each that is emitted."""

    def recorded(*connected):
        emitted = []
        for index, signal in enumerate(connected):
            signal.connect(lambda *_, index=index: emitted.append(index))
        return emitted

    return recorded
