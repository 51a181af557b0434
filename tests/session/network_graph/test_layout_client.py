"""The layout process returns the same layout as this process would, for the newest request, and can be cancelled."""

import os
import signal

import pytest

from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.layout_worker import SIZES_PER_FRAME, LayoutRequestReader, request_frames
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.session.network_graph.layout_client import LayoutClient


def ladder(count):
    """Return a graph of ``count`` layers, each of which is an input of the next two."""
    ops = [GraphOp("in", "Placeholder", (), ((2,),), ("float32",), ("layer0",))]
    for k in range(1, count):
        inputs = tuple(f"{ops[j].id}:0" for j in (k - 1, k - 2) if j >= 0)
        ops.append(GraphOp(f"op{k}", "AddN", inputs, ((2,),), ("float32",), (f"layer{k}",)))
    return build_visible_graph(NetworkGraph("ladder", tuple(ops)), ())


def measurements(visible):
    sizes = {node.id: (150.0, 90.0) for node in visible.nodes}
    return sizes, {edge.key: (90.0, 70.0) for edge in visible.edges}, 1.8, {}


@pytest.fixture
def client(qapp):
    made = LayoutClient()
    yield made
    made.stop()


def test_the_layout_is_the_same_as_in_this_process(client, qtbot):
    visible = ladder(40)
    with qtbot.waitSignal(client.done) as done:
        number = client.request(visible, *measurements(visible))
    assert done.args[0] == number
    assert done.args[1] == lay_out_graph(visible, *measurements(visible))
    assert not client.is_busy


def test_only_the_newest_request_is_answered(client, qtbot):
    numbers = []
    client.done.connect(lambda number, _layout: numbers.append(number))
    first = client.request(ladder(140), *measurements(ladder(140)))
    with qtbot.waitSignal(client.done):
        second = client.request(ladder(12), *measurements(ladder(12)))
    assert first < second
    assert numbers == [second]


def test_a_layout_can_be_cancelled(client, qtbot):
    numbers = []
    client.done.connect(lambda number, _layout: numbers.append(number))
    client.request(ladder(140), *measurements(ladder(140)))
    client.cancel()
    assert not client.is_busy
    with qtbot.waitSignal(client.done):  # the next one works
        last = client.request(ladder(10), *measurements(ladder(10)))
    assert numbers == [last]


def test_a_request_comes_in_frames_and_an_unfinished_one_is_dropped():
    sizes = {f"n{k}": (float(k), 2.0) for k in range(2 * SIZES_PER_FRAME + 1)}
    labels = {"a b forward": (9.0, 8.0)}
    frames = list(request_frames(7, (b"view",), sizes, labels, 1.8, {"group": 3.0}))
    assert len(frames) == 6
    reader = LayoutRequestReader()
    old = list(request_frames(6, (b"old",), {"old": (1.0, 1.0)}, {}, 1.0, {}))
    assert [reader.add(frame) for frame in old][:-1] == [None, None]
    assert reader.add(next(request_frames(5, (), {"older": (1.0, 1.0)}, {}, 1.0, {}))) is None
    assert [reader.add(frame) for frame in frames[:-1]] == [None] * 5
    assert reader.add(frames[-1]) == {
        "id": 7, "chunks": [b"view"], "aspect": 1.8, "title_widths": {"group": 3.0}, "sizes": sizes,
        "label_sizes": labels,
    }  # fmt: skip


def test_a_process_that_ends_is_reported(client, qtbot):
    client.warm_up()
    qtbot.waitUntil(lambda: client._process.processId() > 0)
    client.request(ladder(140), *measurements(ladder(140)))
    with qtbot.waitSignal(client.failed) as failed:
        os.kill(client._process.processId(), signal.SIGKILL)
    assert "Graphviz ended" in failed.args[0]
    with qtbot.waitSignal(client.done):
        client.request(ladder(10), *measurements(ladder(10)))
