"""Pen stroke to the repainted prediction bars, while the engine is idle and while it trains."""

from time import perf_counter

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest

from explorer.app import create_main_window

pytestmark = pytest.mark.benchmark

EVENT_INTERVAL_S = 0.016
"""Seconds between two mouse events."""

GOAL_S = 0.033


def wait(condition, interval=1):
    loop, timer = QEventLoop(), QTimer(interval=interval)
    timer.timeout.connect(lambda: condition() and loop.quit())
    timer.start()
    loop.exec()
    timer.stop()


@pytest.fixture(scope="module")
def window(qapp):
    window = create_main_window()
    window.show()
    wait(lambda: window.property("engineState") == "ready", 20)
    window.sessions.data.source = "sample"
    window.tabs.setCurrentWidget(window.tab("activations"))
    yield window
    window.close()


@pytest.mark.parametrize("trains", [False, True], ids=["idle", "training"])
@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_from_the_pen_to_the_bars(window, table, repetitions, model, trains):
    session, training, tab = window.sessions.activations, window.sessions.training, window.tab("activations")
    batch = 128 if model == "cnn" else 32
    training.start({"model": model, "epochs": 1000 if trains else 1, "batch_size": batch}, "sample")
    wait(lambda: training.state == ("running" if trains else "finished"), 20)
    canvas = tab.draw.canvas
    canvas.clear()
    wait(lambda: tab.isComplete or (trains and session.outputs is not None), 20)
    shown, seconds, rng, position = [-1], [], np.random.default_rng(0), np.array([60.0, 60.0])

    def painted():
        shown[0] = session._done_versions["activations"]

    tab.bars.painted.connect(painted)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    for _ in range(repetitions(200, 30)):
        position = np.clip(position + rng.normal(0, 14, 2), 20, 230)
        begin = perf_counter()
        QTest.mouseMove(canvas, QPoint(*(int(x) for x in position)))
        version = session._version
        wait(lambda version=version: shown[0] >= version)
        seconds.append(perf_counter() - begin)
        wait(lambda begin=begin: perf_counter() - begin > EVENT_INTERVAL_S)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton)
    tab.bars.painted.disconnect(painted)
    if trains:
        training.stop()
        wait(lambda: not training.is_active, 20)
    median, worst = np.median(seconds), np.percentile(seconds, 95)
    what = f"pen stroke to the ten bars repainted, {model}, {'while it trains' if trains else 'idle'}"
    measured = f"p95 {1000 * worst:.1f} ms (median {1000 * median:.1f})"
    table(what, measured, f"{1000 * GOAL_S:.0f} ms", bool(worst <= GOAL_S))
