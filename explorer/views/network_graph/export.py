"""A network's graph in a file, without a window."""

import math
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize

from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.views.network_graph.measure import Measurements
from explorer.views.network_graph.network_view import NetworkView
from explorer.views.painting.drawing_export import MAX_PIXELS, PNG_SCALE, save_drawing
from explorer.views.theme.theme import Theme

VIEW_SIZE = QSize(1600, 900)
"""Size of the view for which the graph is laid out."""


def save_network_view(visible: VisibleGraph, target: Path, theme: Theme) -> None:
    """Write a graph to an SVG, PNG or PDF file; raises OSError."""
    view = NetworkView()
    view.resize(VIEW_SIZE)
    view.setTheme(theme)

    def lay_out(graph: VisibleGraph, measurements: Measurements) -> None:
        view.setGraphLayout(lay_out_graph(graph, *measurements))

    view.layoutRequested.connect(lay_out)
    # There are no numbers, so there are no thumbnails either.
    nodes = tuple(replace(node, has_thumbnails=False) for node in visible.nodes)
    view.setGraph("", replace(visible, nodes=nodes))
    view.finish()
    drawing = view.drawing()
    # A graph of thousands of boxes is painted smaller, to limit the memory of a PNG.
    max_scale = 0.99 * math.sqrt(MAX_PIXELS / (drawing.size.width() * drawing.size.height()))
    save_drawing(drawing, theme.panel, str(target), min(PNG_SCALE, max_scale))
