"""Graphs and curves of TensorFlow, which a module of tests shares."""

import pytest

from explorer.engine.plot.curves import Curves
from explorer.engine.plot.graphs import PlotGraphs


@pytest.fixture(scope="module")
def graphs():
    graphs = PlotGraphs()
    yield graphs
    graphs.close()


@pytest.fixture(scope="module")
def curves(graphs):
    curves = Curves(graphs)
    yield curves
    curves.close()
