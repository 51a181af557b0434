"""A small graph with its layout, for tests of the view's parts: no engine, no main window."""

import pytest
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.network_graph.chunks import run_to_end
from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.views.graph.canvas import GraphCanvas
from explorer.views.network_graph.displayed_graph import DisplayedGraph
from explorer.views.network_graph.measure import measure_graph
from explorer.views.network_graph.overview import Overview
from explorer.views.network_graph.scene_items import NetworkSceneItems
from explorer.views.network_graph.spatial_index import PlacedGraph, SpatialIndex
from explorer.views.theme.theme import load_theme


def chain(count):
    """Return a graph of layers in a row, of two ops each, with a backward pass through the first ops."""
    ops = [GraphOp("x", "Placeholder", (), ((2, 3),), ("float32",), ("input",))]
    for k in range(count):
        for name, before in ((f"l{k}/mul", ops[-1].id), (f"l{k}/relu", f"l{k}/mul")):
            ops.append(GraphOp(name, "Mul", (f"{before}:0",), ((2, 3),), ("float32",), (f"l{k}",)))
    return NetworkGraph("toy", tuple(ops))


def build_visible(count=3, open_groups=()):
    order = {f"l{k}/mul": count - k for k in range(count)}
    return build_visible_graph(chain(count), open_groups, order)


def build_index(visible):
    layout = lay_out_graph(visible, *run_to_end(measure_graph(visible, 1.9)))
    return run_to_end(SpatialIndex(PlacedGraph(visible, layout)).build())


@pytest.fixture
def visible_graph():
    """The function that builds a visible graph of layers, of which some are open."""
    return build_visible


@pytest.fixture
def spatial_index(qapp):
    """The function that lays out and indexes a visible graph."""
    return build_index


class Parts:
    """A canvas with a graph, its items and its overview, as `NetworkView` composes them."""

    def __init__(self, qtbot):
        self.canvas = GraphCanvas()
        qtbot.addWidget(self.canvas)
        self.canvas.resize(800, 500)
        self.graph = DisplayedGraph()
        self.scene = QGraphicsScene()
        self.items = NetworkSceneItems(self.scene)
        self.overview = Overview()
        self.overview.hide()
        self.scene.addItem(self.overview)
        self.overview.theme = load_theme("dark")

    def show(self, count=3, open_groups=(), source="toy"):
        """Show a graph of layers, with an item for each box."""
        index = build_index(build_visible(count, open_groups))
        self.graph.set(source, index)
        self.overview.set_index(index)
        self.items.put(index.placed)
        self.items.move(1.0)
        return index


@pytest.fixture
def parts(qtbot):
    made = Parts(qtbot)
    made.show()
    return made
