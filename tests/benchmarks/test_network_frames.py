"""Frames of a network's graph while a hand pans and zooms: real events through the event loop, and paints counted."""

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

START = 300_000
SECONDS = 2.0
FRAMES = 60
NODES = 300
SCREEN = 3200, 1800
"""Of the window: boxes have so much room for what stands on their wires that fewer are in a smaller one."""


class Paints(QObject):
    """Counts the paints of a widget."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
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


def second_of(view, paints, act, cycle):
    """Frames a second while ``act`` posts an event for each, and milliseconds of the processor for each.

    Ends where it began: after whole cycles of so many events.
    """
    paints.count, begin, used, k = 0, perf_counter(), thread_time(), 0
    while perf_counter() - begin < SECONDS or k % cycle:
        act(k)
        QApplication.processEvents()
        k += 1
    assert paints.count <= k + 5  # each of them is the answer to an event, not a repaint of its own
    return paints.count / (perf_counter() - begin), 1000 * (thread_time() - used) / max(paints.count, 1)


def panned(view, paints):
    """Drag to and fro, as a hand does, by some pixels for each event."""
    middle, down = view.viewport().rect().center(), Qt.MouseButton.LeftButton
    send(view, QEvent.Type.MouseButtonPress, middle, down)

    def act(k):
        t = k % 80
        send(view, QEvent.Type.MouseMove, middle + QPoint(6 * (t if t < 40 else 80 - t) + 10, t % 40), down)

    reached = second_of(view, paints, act, 80)
    send(view, QEvent.Type.MouseButtonRelease, middle, Qt.MouseButton.NoButton)
    QApplication.processEvents()
    return reached


IN = 3
"""Turns of the wheel, each a sixth of a notch, before it is turned back: nearer, fewer boxes are in view."""


def turn(view, by):
    here = QPointF(view.viewport().rect().center())
    QApplication.postEvent(
        view.viewport(),
        QWheelEvent(
            here, view.viewport().mapToGlobal(here), QPoint(), QPoint(0, by), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def zoomed(view, paints):
    """Turn the wheel in and out again."""
    return second_of(view, paints, lambda k: turn(view, 20 if k % (2 * IN) < IN else -20), 2 * IN)


def with_text(view, monkeypatch):
    """Boxes that write in a frame something that is read, and stand in view with the whole of it."""
    wrote = set()
    write = GraphItem.draw_text

    def noted(self, painter, box, flags, text, *rest, **more):
        if text and isinstance(self, NodeItem):
            place = view.mapFromScene(self.mapRectToScene(box)).boundingRect()
            if view.viewport().rect().intersects(place):
                wrote.add(self.box.id)
        write(self, painter, box, flags, text, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(GraphItem, "draw_text", noted)
        view._tiles.drop()  # else what was painted before would only be copied
        view.viewport().grab()
    return len(wrote)


def go_to_most(view):
    """Look where most boxes are in view, as near as they fit."""
    crowd = view._crowd
    boxes = np.array([node.kind not in ("entry", "exit", "open") for node in crowd.nodes])
    left, top, right, bottom = crowd.node_sides[boxes].T
    size = view.mapToScene(view.viewport().rect()).boundingRect()
    places = [
        (int(((left > x) & (top > y) & (right < x + size.width()) & (bottom < y + size.height())).sum()), x, y)
        for x in np.linspace(0, max(crowd.bounds.width() - size.width(), 1), 50)
        for y in np.linspace(0, max(crowd.bounds.height() - size.height(), 1), 50)
    ]
    _, x, y = max(places)
    view.centerOn(x + size.width() / 2, y + size.height() / 2)


@pytest.mark.parametrize("name", ["ResNet50", "EfficientNetB7"])
def test_frames(window, qtbot, table, monkeypatch, name):
    graph, view = window.sessions.network_graph, window.tab("network").view
    window.show_tab("network")
    qtbot.waitUntil(
        lambda: window.property("engineState") == "ready" and graph.state.visible is not None, timeout=START
    )
    paints = Paints(view.viewport())
    told = {}

    def wait():
        QApplication.processEvents()  # what comes into view is found out when it is painted
        qtbot.waitUntil(lambda: bool(window.tab("network").property("isComplete")), timeout=START)
        view.viewport().update()
        qtbot.waitUntil(lambda: view._tiles.is_ready or view._far, timeout=START)

    graph.open(f"keras:{name}")
    qtbot.waitUntil(lambda: graph.state.source == f"keras:{name}" and not graph.state.pending_title, timeout=START)
    graph.set_level(9)
    graph.set_helpers(True)
    graph.set_backward(True)
    qtbot.waitUntil(lambda: len(view.property("visibleNodes")) == graph.state.info["ops"], timeout=START)
    wait()
    view.fit()
    wait()
    for what, act in (("pan", panned), ("zoom", zoomed)):
        told[f"{what}, every op in view ({graph.state.info['ops']:,})"] = act(view, paints)
    window.resize(*SCREEN)
    graph.set_helpers(False)  # their names are small: from so far away they are not written
    qtbot.waitUntil(lambda: len(view.property("visibleNodes")) < graph.state.info["ops"], timeout=START)
    wait()
    while view.transform().m11() < 0.305:
        view.zoom_by(1.03)
    go_to_most(view)
    wait()
    for what, act in (("pan", panned), ("zoom", zoomed)):
        count = with_text(view, monkeypatch)
        assert count >= NODES
        wait()
        told[f"{what}, {count} nodes with text in view, {SCREEN[0]}x{SCREEN[1]}"] = act(view, paints)
        wait()
        for _ in range(IN):
            turn(view, 20)
        wait()
        assert with_text(view, monkeypatch) >= NODES  # and where the zoom is nearest, and until the end
        for _ in range(IN):
            turn(view, -20)
        wait()
    window.resize(1280, 720)
    graph.set_helpers(False)
    graph.set_backward(False)
    graph.set_level(0)
    for what, (reached, used) in told.items():
        measured = f"{reached:.0f} frames a second, {used:.1f} ms of the processor each"
        table(f"{name}: {what}", measured, f"{FRAMES}", reached >= FRAMES)
