"""The plots of runs remain readable with many lines and with outliers."""

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor

from explorer.views.plot.line_plot import MARKER_SIZE_PX, MAX_MARKERS, LinePlot, PlotLine
from explorer.views.theme.theme import load_theme


@pytest.mark.parametrize(
    ("lines", "top", "title"),
    [
        ([[2.3, 0.5, 0.1, 0.05], [2.2, 0.3, 0.2, 0.1]], 2.3, "Loss"),  # typical runs
        ([[2.3, 0.5, 0.1, 0.05], [2.2, 5e3, 4e4, 123_456]], 2.3, "Loss, ▲ up to 123,456"),  # one diverged
        ([[2.3, 0.5, 0.1, 0.05], [2.2, 5e3, 4e4, 1.2e7]], 2.3, "Loss, ▲ up to 1.2×10⁷"),
        ([[2.2, 5e3, 4e4, 123_456]], 123_456, "Loss"),  # a single run determines the scale
        ([[400.0, *[0.5] * 20]], 0.5, "Loss, ▲ up to 400"),  # an outlier at the start
        ([[2.3, 0.5, 0.1, math.nan]], 2.3, "Loss"),
        ([], 1.0, "Loss"),
    ],
)
def test_a_diverged_run_does_not_flatten_the_others(qtbot, lines, top, title):
    plot = LinePlot("plot", "Loss", typical_max=math.log(10))
    qtbot.addWidget(plot)
    plot.attach()
    plot.setTheme(load_theme("dark"))
    plot.resize(500, 250)
    plot.show()
    item = plot._plot.getPlotItem()
    for drawn in ([[7e8]], lines):  # independent of the previous lines
        plot.setLines({f"{k}": PlotLine(range(len(ys)), ys, QColor("red")) for k, ys in enumerate(drawn)})
        qtbot.waitUntil(lambda: not plot.isLate)
    assert item.titleLabel.text == title
    if lines:
        low, high = item.viewRange()[1]
        assert low < min(min(ys) for ys in lines)
        assert top <= high <= 1.3 * top


@pytest.fixture
def plot(qtbot):
    plot = LinePlot("plot", "Loss", typical_max=math.log(10))
    qtbot.addWidget(plot)
    plot.attach()
    plot.setTheme(load_theme("dark"))
    plot.resize(500, 250)
    plot.show()
    return plot


def draw(qtbot, plot, lines, end=1.0):
    plot.setLines(lines, end)
    qtbot.waitUntil(lambda: not plot.isLate)
    return {symbol: item.getData() for item in plot._plot.getPlotItem().listDataItems()
            if (symbol := item.opts["symbol"]) is not None}  # fmt: skip


@pytest.mark.parametrize("epochs", [1, 2, 20, 21, 500])
def test_markers_of_many_epochs_are_no_band(qtbot, plot, epochs):
    ys = [1 / (k + 1) for k in range(epochs)]
    xs, shown = draw(qtbot, plot, {"val": PlotLine(range(1, epochs + 1), ys, QColor("red"), marker="s")})["s"]
    assert len(xs) == min(epochs, MAX_MARKERS)
    assert (xs[0], xs[-1]) == (1, epochs)
    assert set(np.diff(xs)) <= {(epochs - 1) // (MAX_MARKERS - 1), (epochs - 1) // (MAX_MARKERS - 1) + 1}
    assert [ys[int(x) - 1] for x in xs] == list(shown)


def test_markers_of_a_run_are_no_band_while_it_is_in_progress(qtbot, plot):
    box = plot._plot.getPlotItem().getViewBox()
    for end, epochs in ((500, 1), (500, 10), (500, 60), (500, 499), (3, 2), (100, 100)):
        line = PlotLine(range(1, epochs + 1), [0.5] * epochs, QColor("red"), marker="s")
        xs, _ = draw(qtbot, plot, {"val": line}, end)["s"]
        assert xs[-1] == epochs
        assert min(np.diff(xs), default=end) / box.viewPixelSize()[0] > 1.9 * MARKER_SIZE_PX
    xs, _ = draw(qtbot, plot, {"val": line}, 1000)["s"]  # another run takes longer
    assert np.diff(xs).min() / box.viewPixelSize()[0] > 1.9 * MARKER_SIZE_PX


def test_a_line_that_leaves_the_plot_and_one_that_failed_are_marked(qtbot, plot):
    healthy = PlotLine([0, 1, 2], [2.3, 0.5, 0.1], QColor("red"))
    astray = PlotLine([0, 1, 2], [2.3, 1e9, 1e9], QColor("blue"))
    failed = PlotLine([0, 1, 2], [2.0, 1.5, math.nan], QColor("green"), ends_badly=True)
    marks = draw(qtbot, plot, {"a": healthy, "b": astray, "c": failed})
    assert plot.outside == {"b": 1e9}
    _, top = plot._plot.getPlotItem().viewRange()[1]
    (x,), (y,) = marks["t1"]
    assert x == 1
    assert 0.9 * top < y < top
    assert [list(values) for values in marks["x"]] == [[1.0], [1.5]]


@pytest.mark.parametrize("scale", [1.0, 2.0, 2.6])
def test_the_title_is_whole_and_covers_no_line(qtbot, plot, scale):
    plot.setScale(scale)
    item = plot._plot.getPlotItem()
    lines = {"a": PlotLine([0, 1], [2.3, 0.1], QColor("red")), "b": PlotLine([0, 1], [2.3, 1.2e11], QColor("blue"))}
    for width in (240, 1200):
        plot.resize(round(width * scale), round(250 * scale))
        draw(qtbot, plot, lines)
        assert item.titleLabel.text.replace("<br>", " ") == "Loss, ▲ up to 1.2×10¹¹"
        title = item.titleLabel.item
        box = title.mapRectToScene(title.boundingRect())
        assert box.right() <= plot._plot.width()
        assert box.bottom() <= item.getViewBox().sceneBoundingRect().top() + 1


def test_a_logarithmic_axis(qtbot, plot):
    plot.setLog(True)
    lines = {"a": PlotLine([0, 1, 2, 3], [1.0, 0.1, 0.0, 0.01], QColor("red"))}
    draw(qtbot, plot, lines)
    item = plot._plot.getPlotItem()
    (line,) = item.listDataItems()
    np.testing.assert_allclose(line.getData()[1], [0, -1, np.nan, -2], atol=1e-12)
    low, high = item.viewRange()[1]
    assert low < -2 < 0 < high
    assert item.getAxis("left").tickStrings([-1.0, 2.0], 1.0, 1.0) == ["0.1", "10²"]
    plot.setLog(False)
    draw(qtbot, plot, lines)
    np.testing.assert_allclose(item.listDataItems()[0].getData()[1], [1.0, 0.1, 0.0, 0.01])
