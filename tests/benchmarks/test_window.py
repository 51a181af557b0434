"""Key to paint, slider to paint, heartbeat of the window, a million points, memory."""

import itertools
import random
import statistics
from time import perf_counter

import numpy as np
import psutil
import pytest
import tensorflow as tf
from PySide6.QtCore import QEventLoop

from explorer.engine.autodiff.tf_session import session_config

pytestmark = pytest.mark.benchmark
tf1 = tf.compat.v1

FUNCTIONS = ("sin", "cos", "exp", "tanh", "sigmoid", "sqrt", "softplus")


def expressions(seed):
    """Yield distinct expressions of ten ops: three functions, four products, three sums or differences."""
    draw = random.Random(seed)
    for number in itertools.count():
        a, b, c = draw.sample(FUNCTIONS, 3)
        yield f"{a}({draw.randint(2, 9)}*x)+{b}(y*x)*{c}(x+{draw.randint(2, 9)})-{number + 2}*x"


def percentile(values, share):
    return float(np.percentile(values, share))


def test_key_to_paint_heartbeat_and_memory(bench, table, repetitions):
    count = repetitions(200, 20)
    texts = expressions(1)
    for text in itertools.islice(texts, repetitions(20, 5)):
        bench.type(text)
        bench.turn(60)
    bench.gaps.clear()
    times = []
    for text in itertools.islice(texts, count):
        times.append(bench.type(text) * 1e3)
        assert len(bench.window.sessions.autodiff.trace.nodes) >= 10
        bench.turn(100)
    median, high = statistics.median(times), percentile(times, 95)
    gap = max(bench.gaps) * 1e3
    table("key to painted graph with values, ten ops", f"median {median:.0f} ms, p95 {high:.0f} ms", "40 ms, 60 ms",
          median <= 40 and high <= 60)  # fmt: skip
    table(f"longest gap of a 5 ms heartbeat, {count} expressions", f"{gap:.0f} ms", "50 ms", gap <= 50)
    own, engine = psutil.Process(), psutil.Process(bench.window.sessions.client.pid)
    # This process also holds TensorFlow for the peer below: test_memory measures the window's own size.
    own_before, engine_before = bench.memory(own), bench.memory(engine)
    for text in itertools.islice(texts, count):
        bench.type(text)
    grown = bench.memory(own) - own_before
    for text in itertools.islice(texts, 3 * count):
        bench.type(text)
    bench.turn(1000)
    engine_grown = bench.memory(engine) - engine_before
    table(f"window's growth from {count} to {2 * count} expressions", f"{grown:.1f} MB", "under 5 MB", grown < 5)
    table(
        f"engine's growth from {count} to {5 * count:,} expressions",
        f"{engine_grown:.1f} MB",
        "under 20 MB",
        engine_grown < 20,
    )
    assert grown < 50
    assert engine_grown < 200


def test_slider_to_paint(bench, table, repetitions):
    bench.type(next(expressions(7)))
    bench.turn(500)
    field = bench.window.findChild(object, "input_x")
    times = []
    for k in range(repetitions(300, 40)):
        x = round(1 + 0.01 * k, 3)
        seconds = bench.until_painted(
            lambda x=x: field.setValue(x), lambda x=x: bench.view.property("shownValues").get("x:0") == pytest.approx(x)
        )
        times.append(seconds * 1e3)
        bench.turn(8)
    median, high = statistics.median(times), percentile(times, 95)
    table("slider to all values painted", f"median {median:.1f} ms, p95 {high:.1f} ms", "p95 6 ms", high <= 6)


def test_a_million_points_against_session_run(bench, table, repetitions):
    text = "sin(3*x)*exp(-x^2/9)+tanh(x)"
    bench.type(text)
    bench.wait(lambda: bench.window.isComplete(text))
    points = 1_000_000
    with tf.Graph().as_default() as graph:
        x = tf1.placeholder(tf.float32, (None,))
        y = tf.sin(3 * x) * tf.exp(-(x**2) / 9) + tf.tanh(x)
        slope = tf.gradients(y, [x])[0]
        session = tf1.Session(graph=graph, config=session_config())
    data = np.linspace(-3, 3, points, dtype=np.float32)
    curve, plot = bench.window.sessions.curve, bench.window.tab("autodiff").plot.plot
    curve.set_points(points)
    bench.wait(lambda: plot.property("shownCurves").get("f") == points)
    drawn, checked = [], []
    curve.check("cos(x)")
    curve.checkChanged.connect(checked.append)
    painted = plot._canvas.painted
    painted.connect(lambda: drawn.append(perf_counter()))

    def ours(k):
        checked.clear()
        drawn.clear()
        loop = QEventLoop()
        new_curves = []

        def look(*_):
            # Drawn means a paint after the new curves have come, checked an answer for all points.
            if new_curves and checked and drawn and drawn[-1] > new_curves[0]:
                loop.quit()

        came = curve.curvesChanged.connect(lambda _: new_curves.append(perf_counter()))
        ends = [curve.checkChanged.connect(look), painted.connect(look)]
        begin = perf_counter()
        curve.set_range(-3 - 1e-3 * k, 3)
        loop.exec()
        seconds = perf_counter() - begin
        curve.curvesChanged.disconnect(came)
        curve.checkChanged.disconnect(ends[0])
        painted.disconnect(ends[1])
        assert checked[0]["compared"] == points
        return seconds

    def bare():
        begin = perf_counter()
        session.run([y, slope], {x: data})
        return perf_counter() - begin

    ours(0), bare()
    pairs = [(ours(k + 1), bare()) for k in range(repetitions(15, 4))]
    session.close()
    mine, peer = statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)
    ratio = mine / peer
    what = "1,000,000 points of f and f′, checked and on the screen / Session.run"
    table(what, f"{ratio:.2f} ({mine * 1e3:.0f} ms / {peer * 1e3:.0f} ms)", "2 or less", ratio <= 2)
    curve.set_points(1000)
    curve.check("")
    assert ratio < 6
