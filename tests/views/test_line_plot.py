"""The plots of a run: many lines stay to be seen."""

import pytest
from PySide6.QtGui import QColor

from explorer.views.plot.line_plot import LEGEND_FROM, NAMED, Line, LinePlot


@pytest.mark.parametrize(("count", "named"), [(1, True), (NAMED, True), (NAMED + 1, False)])
def test_a_legend_that_would_cover_the_lines_is_not_shown(qtbot, count, named):
    plot = LinePlot("plot", "Loss")
    qtbot.addWidget(plot)
    plot.attach()
    plot.resize(LEGEND_FROM, 200)
    plot.show()
    plot.setLines({f"run {k}": Line([0, 1], [k, k + 1], QColor("red"), f"run {k}") for k in range(count)})
    legend = plot._plot.getPlotItem().legend
    qtbot.waitUntil(lambda: len(legend.items) == count)
    assert legend.isVisible() == named
    plot.setLines({"run 0": Line([0, 1], [0, 1], QColor("red"), "run 0")})
    qtbot.waitUntil(lambda: len(legend.items) == 1)
    assert legend.isVisible()
    plot.resize(LEGEND_FROM - 1, 200)
    assert not legend.isVisible()
