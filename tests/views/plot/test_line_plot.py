"""The plots of runs remain readable with many lines and with outliers."""

import math

import pytest
from PySide6.QtGui import QColor

from explorer.views.plot.line_plot import MAX_LEGEND_ENTRIES, MIN_LEGEND_WIDTH_PX, LinePlot, PlotLine
from explorer.views.theme.theme import load_theme


@pytest.mark.parametrize(("count", "named"), [(1, True), (MAX_LEGEND_ENTRIES, True), (MAX_LEGEND_ENTRIES + 1, False)])
def test_a_large_legend_is_hidden(qtbot, count, named):
    plot = LinePlot("plot", "Loss")
    qtbot.addWidget(plot)
    plot.attach()
    plot.resize(MIN_LEGEND_WIDTH_PX, 200)
    plot.show()
    plot.setLines({f"run {k}": PlotLine([0, 1], [k, k + 1], QColor("red"), f"run {k}") for k in range(count)})
    legend = plot._plot.getPlotItem().legend
    qtbot.waitUntil(lambda: len(legend.items) == count)
    assert legend.isVisible() == named
    plot.setLines({"run 0": PlotLine([0, 1], [0, 1], QColor("red"), "run 0")})
    qtbot.waitUntil(lambda: len(legend.items) == 1)
    assert legend.isVisible()
    plot.resize(MIN_LEGEND_WIDTH_PX - 1, 200)
    assert not legend.isVisible()


@pytest.mark.parametrize(
    ("lines", "top", "title"),
    [
        ([[2.3, 0.5, 0.1, 0.05], [2.2, 0.3, 0.2, 0.1]], 2.3, "Loss"),  # typical runs
        ([[2.3, 0.5, 0.1, 0.05], [2.2, 5e3, 4e4, 123_456]], 6.9, "Loss, at times 123,456"),  # one diverged
        ([[2.3, 0.5, 0.1, 0.05], [2.2, 5e3, 4e4, 1.2e7]], 6.9, "Loss, at times 1.2×10⁷"),
        ([[2.2, 5e3, 4e4, 123_456]], 123_456, "Loss"),  # a single run determines the scale
        ([[400.0, *[0.5] * 20]], 6.9, "Loss, at times 400"),  # an outlier at the start
        ([[2.3, 0.5, 0.1, math.nan]], 2.3, "Loss"),
        ([], 1.0, "Loss"),
    ],
)
def test_a_diverged_run_does_not_flatten_the_others(qtbot, lines, top, title):
    plot = LinePlot("plot", "Loss", typical_max=math.log(10))
    qtbot.addWidget(plot)
    plot.attach()
    plot.setTheme(load_theme("dark"))
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
