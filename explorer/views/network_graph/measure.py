"""Sizes of the boxes and labels of a network's graph."""

from collections.abc import Generator
from functools import lru_cache
from typing import TypeAlias

from explorer.core.graph.graphviz_layout import Size
from explorer.core.network_graph.graph import ROOT
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

GRADIENT_ROW_PX = 20.0
"""Height that a compact op has for the gradient; a compact group has it in place of the second small line."""

MAX_COMPACT_TITLE_PX, MAX_COMPACT_LINE_PX = 165.0, 150.0
"""Widths beyond which the name of a compact box is shortened, and the class of its layer is left out."""

COMPACT_GAP_PX = 8.0
"""Width that an edge between compact boxes has beside what separates all boxes: enough for its arrow heads."""

WIDEST_VALUE, WIDEST_NORM = "−0.888 ± 0.888", "|g| 0.000888"
"""Texts as wide as any value or norm: space for them is reserved, so that nothing moves while a network trains."""

CHUNK_SIZE = 10
"""Boxes or edges that are measured between two yields."""

Measurements: TypeAlias = tuple[dict[str, Size], dict[str, Size], float, dict[str, float]]
"""Sizes of boxes, sizes of edge labels, aspect of the view, and widths of the names of open groups."""


def node_size(node: VisibleNode, *, compact: bool = False) -> Size:
    """Return the size of a box that is no open group; it does not depend on values.

    compact: without thumbnails and with a row for the gradient, which edges then have no space for.
    """
    if node.kind in ("entry", "exit"):
        return PORT_PX, PORT_PX
    title = text_width(SANS, TITLE_PX, shown_title(node, compact=compact), bold=True)
    thumbnails = THUMBNAIL_PX + 6 if node.has_thumbnails and not compact else 0.0
    if node.kind == "group":
        lines = max(text_width(SANS, SMALL_PX, line) for line in shown_lines(node, compact=compact))
        value = text_width(SANS, VALUE_PX, f"{LOGITS} {WIDEST_VALUE}", bold=True) + 28 if node.logits else 0.0
        return max(150.0, title + SIGN_PX + 34, lines + 28, value), GROUP_HEIGHT_PX + thumbnails
    if node.kind == "helper":
        return max(70.0, text_width(SANS, SMALL_PX, node.title) + 22), HELPER_HEIGHT_PX
    name = min(text_width(SANS, SMALL_PX, node.name), 150.0)
    value = text_width(SANS, VALUE_PX, WIDEST_VALUE, bold=True)
    height = OP_HEIGHT_PX + thumbnails + (GRADIENT_ROW_PX if compact and node.kind == "op" else 0.0)
    return max(title + 28, name + 28, value + 28), height


def shown_title(node: VisibleNode, *, compact: bool) -> str:
    """Return the name of a box as it is painted; that of a compact group is shortened in its middle."""
    return shortened(node.title, MAX_COMPACT_TITLE_PX) if compact and node.kind == "group" else node.title


def shown_lines(node: VisibleNode, *, compact: bool) -> tuple[str, ...]:
    """Return the small lines of a closed group; a compact one has only the first, and if need be without the class."""
    lines = group_lines(node)
    if not compact:
        return lines
    first = lines[0]
    if text_width(SANS, SMALL_PX, first) > MAX_COMPACT_LINE_PX and " → " in first:
        first = f"→ {first.rpartition(' → ')[2]}"
    return (first,)


@lru_cache(maxsize=2000)
def shortened(title: str, width: float) -> str:
    """Return a name that is at most so many pixels wide, with "…" in its middle if it has to be shortened."""
    if text_width(SANS, TITLE_PX, title, bold=True) <= width:
        return title
    for kept in range(len(title) - 1, 1, -1):
        short = f"{title[: kept // 2]}…{title[len(title) - (kept - kept // 2) :]}"
        if text_width(SANS, TITLE_PX, short, bold=True) <= width:
            return short
    return "…"


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


def measure_graph(
    visible: VisibleGraph, aspect: float, *, compact: bool = False
) -> Generator[None, None, Measurements]:
    """Measure a graph for `core.network_graph.layout.lay_out_graph`, yielding after each `CHUNK_SIZE` texts.

    compact: the outermost boxes are compact (see `node_size`), and the edges between them have a little space instead
    of labels.
    """
    sizes: dict[str, Size] = {}
    labels: dict[str, Size] = {}
    heads: dict[str, float] = {}
    for k, node in enumerate(visible.nodes):
        if node.kind == "open":
            heads[node.id] = frame_title_width(node)
        else:
            sizes[node.id] = node_size(node, compact=compact and node.container == ROOT)
        if k % CHUNK_SIZE == 0:
            yield
    for k, edge in enumerate(visible.edges):
        if edge_text(edge):
            is_compact = compact and edge.container == ROOT
            labels[edge.key] = (COMPACT_GAP_PX, COMPACT_GAP_PX) if is_compact else edge_label_size(edge)
        if k % CHUNK_SIZE == 0:
            yield
    return sizes, labels, aspect, heads
