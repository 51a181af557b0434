"""Sizes of the boxes and labels of a network's graph."""

from collections.abc import Generator
from typing import TypeAlias

from explorer.core.graph.graphviz_layout import Size
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode
from explorer.views.graph.items import text_width
from explorer.views.network_graph.item_text import LOGITS, edge_text, group_lines
from explorer.views.theme.theme import SANS

TITLE_PX, SMALL_PX, VALUE_PX = 17, 12.5, 15
"""Heights of texts at scale 1."""

GROUP_HEIGHT_PX, OP_HEIGHT_PX, HELPER_HEIGHT_PX, PORT_PX = 96.0, 74.0, 40.0, 12.0
"""Heights of boxes at scale 1; a port is a square."""

THUMBNAIL_PX = 36.0
"""Height of the thumbnails on a box."""

SIGN_PX = 22.0
"""Side of the sign that opens and closes a group."""

EDGE_LABEL_HEIGHT_PX = 72.0
"""Height of the texts of an edge, above and below the line."""

WIDEST_VALUE, WIDEST_NORM = "−0.888 ± 0.888", "|g| 0.000888"
"""Texts as wide as any value or norm: space for them is reserved, so that nothing moves while a network trains."""

CHUNK_SIZE = 10
"""Boxes or edges that are measured between two yields."""

Measurements: TypeAlias = tuple[dict[str, Size], dict[str, Size], float, dict[str, float]]
"""Sizes of boxes, sizes of edge labels, aspect of the view, and widths of the names of open groups."""


def node_size(node: VisibleNode) -> Size:
    """Return the size of a box that is no open group; it does not depend on values."""
    if node.kind in ("entry", "exit"):
        return PORT_PX, PORT_PX
    title = text_width(SANS, TITLE_PX, node.title, bold=True)
    thumbnails = THUMBNAIL_PX + 6 if node.has_thumbnails else 0.0
    if node.kind == "group":
        lines = max(text_width(SANS, SMALL_PX, line) for line in group_lines(node))
        value = text_width(SANS, VALUE_PX, f"{LOGITS} {WIDEST_VALUE}", bold=True) + 28 if node.logits else 0.0
        return max(150.0, title + SIGN_PX + 34, lines + 28, value), GROUP_HEIGHT_PX + thumbnails
    if node.kind == "helper":
        return max(70.0, text_width(SANS, SMALL_PX, node.title) + 22), HELPER_HEIGHT_PX
    name = min(text_width(SANS, SMALL_PX, node.name), 150.0)
    value = text_width(SANS, VALUE_PX, WIDEST_VALUE, bold=True)
    return max(title + 28, name + 28, value + 28), OP_HEIGHT_PX + thumbnails


def frame_title_width(node: VisibleNode) -> float:
    """Return the width of the name of an open group, with its sign and its subtitle."""
    subtitle = text_width(SANS, SMALL_PX, frame_subtitle(node))
    return SIGN_PX + text_width(SANS, TITLE_PX, node.title, bold=True) + subtitle + 40


def frame_subtitle(node: VisibleNode) -> str:
    """Return the text beside the name of an open group."""
    return " · ".join(part for part in group_lines(node) if part)


def edge_label_size(edge: VisibleEdge) -> Size:
    """Return the size of the texts of an edge; (0, 0) if it has none."""
    text = edge_text(edge)
    if not text:
        return 0.0, 0.0
    widths = text_width(SANS, SMALL_PX, text), text_width(SANS, VALUE_PX, WIDEST_NORM, bold=True)
    return max(widths) + 22, EDGE_LABEL_HEIGHT_PX


def measure_graph(visible: VisibleGraph, aspect: float) -> Generator[None, None, Measurements]:
    """Measure a graph for `core.network_graph.layout.lay_out_graph`, yielding after each `CHUNK_SIZE` texts."""
    sizes: dict[str, Size] = {}
    labels: dict[str, Size] = {}
    heads: dict[str, float] = {}
    for k, node in enumerate(visible.nodes):
        if node.kind == "open":
            heads[node.id] = frame_title_width(node)
        else:
            sizes[node.id] = node_size(node)
        if k % CHUNK_SIZE == 0:
            yield
    for k, edge in enumerate(visible.edges):
        if edge_text(edge):
            labels[edge.key] = edge_label_size(edge)
        if k % CHUNK_SIZE == 0:
            yield
    return sizes, labels, aspect, heads
