"""Frames per second of a network's graph during panning and zooming: real events, and paints counted."""

from time import perf_counter, thread_time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from explorer.app import create_main_window
from explorer.views.graph.items import GraphItem
from explorer.views.network_graph.node_items import NodeItem

pytestmark = pytest.mark.benchmark

TIMEOUT_MS = 300_000
GOAL_FPS = 60
MIN_NODES = 300
WINDOW_SIZE = 3200, 1800
"""Size of the window in pixels. A smaller one does not hold `MIN_NODES` boxes with readable text."""


class Paints(QObject):
    """Counts the paint events of a widget."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, receiver, event):
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.fixture(scope="module")
def window(qapp):
    made = create_main_window()
    made.resize(1280, 720)
    made.show()
    yield made
    made.close()


def send(view, kind, position, buttons):
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    here = QPointF(position)
    glob = QPointF(view.viewport().mapToGlobal(position))
    QApplication.postEvent(
        view.viewport(), QMouseEvent(kind, here, glob, button, buttons, Qt.KeyboardModifier.NoModifier)
    )


def measured_frames(view, paints, act, cycle, seconds):
    """Return frames per second, and processor milliseconds per frame, while ``act`` posts one event per frame.

    Ends after complete cycles of ``cycle`` events, so that the view is where it was.
    """
    paints.count, begin, used, k = 0, perf_counter(), thread_time(), 0
    while perf_counter() - begin < seconds or k % cycle:
        act(k)
        QApplication.processEvents()
        k += 1
    assert paints.count <= k + 5  # each paint answers an event
    return paints.count / (perf_counter() - begin), 1000 * (thread_time() - used) / max(paints.count, 1)


def panned(view, paints, seconds):
    """Drag back and forth with the mouse, some pixels per event."""
    middle, down = view.viewport().rect().center(), Qt.MouseButton.LeftButton
    send(view, QEvent.Type.MouseButtonPress, middle, down)

    def act(k):
        t = k % 80
        send(view, QEvent.Type.MouseMove, middle + QPoint(6 * (t if t < 40 else 80 - t) + 10, t % 40), down)

    result = measured_frames(view, paints, act, 80, seconds)
    send(view, QEvent.Type.MouseButtonRelease, middle, Qt.MouseButton.NoButton)
    QApplication.processEvents()
    return result


ZOOM_EVENTS = 3
"""Wheel events, each a sixth of a notch, before the wheel turns back: closer, fewer boxes are visible."""


def turn(view, by):
    here = QPointF(view.viewport().rect().center())
    QApplication.postEvent(
        view.viewport(),
        QWheelEvent(
            here, view.viewport().mapToGlobal(here), QPoint(), QPoint(0, by), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def zoomed(view, paints, seconds):
    """Zoom in and out again with the wheel."""
    cycle = 2 * ZOOM_EVENTS
    return measured_frames(view, paints, lambda k: turn(view, 20 if k % cycle < ZOOM_EVENTS else -20), cycle, seconds)


def count_nodes_with_text(view, monkeypatch):
    """Return how many boxes draw text inside the viewport in one frame."""
    wrote = set()
    write = GraphItem.draw_text

    def noted(self, painter, box, flags, text, *rest, **more):
        if text and isinstance(self, NodeItem):
            place = view.mapFromScene(self.mapRectToScene(box)).boundingRect()
            if view.viewport().rect().intersects(place):
                wrote.add(self.node.id)
        write(self, painter, box, flags, text, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(GraphItem, "draw_text", noted)
        view.detail.tiles.clear()  # otherwise cached tiles are only copied
        view.viewport().grab()
    return len(wrote)


def center_on_densest_part(view):
    """Center the view where most boxes are completely visible."""
    index = view.graph.index
    boxes = np.array([node.kind not in ("entry", "exit", "open") for node in index.nodes])
    left, top, right, bottom = index.node_sides[boxes].T
    size = view.mapToScene(view.viewport().rect()).boundingRect()
    places = [
        (int(((left > x) & (top > y) & (right < x + size.width()) & (bottom < y + size.height())).sum()), x, y)
        for x in np.linspace(0, max(index.bounds.width() - size.width(), 1), 50)
        for y in np.linspace(0, max(index.bounds.height() - size.height(), 1), 50)
    ]
    _, x, y = max(places)
    view.centerOn(x + size.width() / 2, y + size.height() / 2)


@pytest.mark.parametrize("name", ["ResNet50", "EfficientNetB7"])
def test_frames(window, qtbot, table, monkeypatch, repetitions, name):
    seconds = repetitions(2.0, 0.3)
    graph, view = window.sessions.network_graph, window.tab("network").view
    window.show_tab("network")
    qtbot.waitUntil(
        lambda: window.property("engineState") == "ready" and graph.state.visible is not None, timeout=TIMEOUT_MS
    )
    paints = Paints(view.viewport())
    results = {}

    def wait():
        QApplication.processEvents()  # visible items are determined by painting
        qtbot.waitUntil(lambda: bool(window.tab("network").property("isComplete")), timeout=TIMEOUT_MS)
        view.viewport().update()
        qtbot.waitUntil(lambda: view.detail.tiles.is_ready or view.detail.is_overview, timeout=TIMEOUT_MS)

    graph.open(f"keras:{name}")
    qtbot.waitUntil(lambda: graph.state.source == f"keras:{name}" and not graph.state.pending_title, timeout=TIMEOUT_MS)
    graph.set_level(9)
    graph.set_helpers(True)
    graph.set_backward(True)
    qtbot.waitUntil(lambda: len(view.property("visibleNodes")) == graph.state.info["ops"], timeout=TIMEOUT_MS)
    wait()
    view.fit()
    wait()
    for what, act in (("pan", panned), ("zoom", zoomed)):
        results[f"{what}, every op in view ({graph.state.info['ops']:,})"] = act(view, paints, seconds)
    window.resize(*WINDOW_SIZE)
    graph.set_helpers(False)  # their names are too small to be drawn at this zoom
    qtbot.waitUntil(lambda: len(view.property("visibleNodes")) < graph.state.info["ops"], timeout=TIMEOUT_MS)
    wait()
    while view.transform().m11() < 0.305:
        view.zoom_by(1.03)
    center_on_densest_part(view)
    wait()
    for what, act in (("pan", panned), ("zoom", zoomed)):
        count = count_nodes_with_text(view, monkeypatch)
        assert count >= MIN_NODES
        wait()
        results[f"{what}, {count} nodes with text in view, {WINDOW_SIZE[0]}x{WINDOW_SIZE[1]}"] = act(
            view, paints, seconds
        )
        wait()
        for _ in range(ZOOM_EVENTS):
            turn(view, 20)
        wait()
        assert count_nodes_with_text(view, monkeypatch) >= MIN_NODES  # also at the closest zoom of the cycle
        for _ in range(ZOOM_EVENTS):
            turn(view, -20)
        wait()
    window.resize(1280, 720)
    graph.set_helpers(False)
    graph.set_backward(False)
    graph.set_level(0)
    for what, (fps, processor_ms) in results.items():
        measured = f"{fps:.0f} frames per second, {processor_ms:.1f} ms of processor time each"
        table(f"{name}: {what}", measured, f"{GOAL_FPS}", fps >= GOAL_FPS)
