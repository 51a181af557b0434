"""A view of a network's graph in a file, without a window."""

import math
from dataclasses import replace
from pathlib import Path

from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.views.network_graph.network_view import NetworkView
from explorer.views.theme.theme import Theme
from explorer.views.widgets.vector_export import MAX_PIXELS, PNG_SCALE, save_drawing


def save_network_view(seen: VisibleGraph, target: Path, theme: Theme) -> None:
    """Write a view without a window to an SVG, PNG or PDF file; raises OSError."""
    view = NetworkView()
    view.resize(1600, 900)
    view.setTheme(theme)
    view.layoutAsked.connect(lambda asked, wanted: view.setLayout(lay_out_graph(asked, *wanted)))
    without = tuple(replace(node, has_thumbnails=False) for node in seen.nodes)  # there are no numbers
    view.setView("", replace(seen, nodes=without))
    view.finish()
    drawing = view.drawing()
    # Thousands of boxes are painted smaller.
    fits = math.sqrt(MAX_PIXELS / (drawing.size.width() * drawing.size.height()))
    save_drawing(drawing, theme.panel, str(target), min(PNG_SCALE, 0.99 * fits))
