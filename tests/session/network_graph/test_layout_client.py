"""Large graphs are laid out by a process: the same layout as here, the newest question only, and it can be ended."""

import os
import signal

import pytest

from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.layout_worker import SIZES_PER_FRAME, LayoutRequestReader, request_frames
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.session.network_graph.layout_client import LayoutClient


def seen_of(count):
    """A ladder of ``count`` layers, each of which gives to the next two."""
    ops = [GraphOp("in", "Placeholder", (), ((2,),), ("float32",), ("layer0",))]
    for k in range(1, count):
        inputs = tuple(f"{ops[j].id}:0" for j in (k - 1, k - 2) if j >= 0)
        ops.append(GraphOp(f"op{k}", "AddN", inputs, ((2,),), ("float32",), (f"layer{k}",)))
    return build_visible_graph(NetworkGraph("ladder", tuple(ops)), ())


def wanted(seen):
    return {node.id: (150.0, 90.0) for node in seen.nodes}, {wire.key: (90.0, 70.0) for wire in seen.edges}, 1.8, {}


@pytest.fixture
def client(qapp):
    made = LayoutClient()
    yield made
    made.stop()


def test_the_layout_is_the_same_as_here(client, qtbot):
    seen = seen_of(40)
    with qtbot.waitSignal(client.done, timeout=30_000) as done:
        number = client.request(seen, *wanted(seen))
    assert done.args[0] == number
    assert done.args[1] == lay_out_graph(seen, *wanted(seen))
    assert not client.is_busy


def test_only_the_newest_question_is_answered(client, qtbot):
    answers = []
    client.done.connect(lambda number, _made: answers.append(number))
    first = client.request(seen_of(140), *wanted(seen_of(140)))
    with qtbot.waitSignal(client.done, timeout=30_000):
        second = client.request(seen_of(12), *wanted(seen_of(12)))
    assert first < second
    assert answers == [second]


def test_a_layout_can_be_given_up(client, qtbot):
    answers = []
    client.done.connect(lambda number, _made: answers.append(number))
    client.request(seen_of(140), *wanted(seen_of(140)))
    client.cancel()
    assert not client.is_busy
    with qtbot.waitSignal(client.done, timeout=30_000):  # and the next one works
        last = client.request(seen_of(10), *wanted(seen_of(10)))
    assert answers == [last]


def test_a_question_comes_in_frames_and_an_unfinished_one_is_forgotten():
    sizes = {f"n{k}": (float(k), 2.0) for k in range(2 * SIZES_PER_FRAME + 1)}
    labels = {"a b forward": (9.0, 8.0)}
    frames = list(request_frames(7, (b"view",), sizes, labels, 1.8, {"group": 3.0}))
    assert len(frames) == 6
    questions = LayoutRequestReader()
    old = list(request_frames(6, (b"old",), {"old": (1.0, 1.0)}, {}, 1.0, {}))
    assert [questions.add(frame) for frame in old][:-1] == [None, None]
    assert questions.add(next(request_frames(5, (), {"older": (1.0, 1.0)}, {}, 1.0, {}))) is None
    assert [questions.add(frame) for frame in frames[:-1]] == [None] * 5
    made = questions.add(frames[-1])
    assert made == {
        "id": 7, "chunks": [b"view"], "aspect": 1.8, "title_widths": {"group": 3.0}, "sizes": sizes,
        "label_sizes": labels,
    }  # fmt: skip


def test_a_process_that_ends_is_a_sentence(client, qtbot):
    client.warm_up()
    qtbot.waitUntil(lambda: client._process.processId() > 0, timeout=10_000)
    client.request(seen_of(140), *wanted(seen_of(140)))
    with qtbot.waitSignal(client.failed, timeout=30_000) as failed:
        os.kill(client._process.processId(), signal.SIGKILL)
    assert "Graphviz ended" in failed.args[0]
    with qtbot.waitSignal(client.done, timeout=30_000):
        client.request(seen_of(10), *wanted(seen_of(10)))
