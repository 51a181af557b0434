"""How much room the boxes and wires of a network's graph need: it does not depend on values."""

from collections.abc import Generator

from explorer.core.graph.graphviz_layout import Size
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode
from explorer.views.graph.items import text_width
from explorer.views.network_graph.labels import LOGITS, box_lines, wire_text
from explorer.views.theme.theme import SANS

TITLE, SMALL, VALUE = 17, 12.5, 15
"""Heights of texts, in pixels at scale 1."""

GROUP_HEIGHT, OP_HEIGHT, HELPER_HEIGHT, PORT = 96.0, 74.0, 40.0, 12.0
TILE = 36.0
"""Height of the pictures on a box."""

A_TIME = 10
"""Boxes that are measured in a moment."""

WIDEST = "−0.888 ± 0.888"
"""A value that needs as much room as any."""

SIGN = 22.0
"""Side of the sign that opens and closes a group."""


def node_size(node: VisibleNode) -> tuple[float, float]:
    """Return the size of a box; it does not depend on values, so that nothing moves while a network trains."""
    if node.kind in ("entry", "exit"):
        return PORT, PORT
    title = text_width(SANS, TITLE, node.title, bold=True)
    pictures = TILE + 6 if node.has_thumbnails else 0.0
    if node.kind == "group":
        lines = max(text_width(SANS, SMALL, line) for line in box_lines(node))
        value = text_width(SANS, VALUE, f"{LOGITS} {WIDEST}", bold=True) + 28 if node.logits else 0.0
        return max(150.0, title + SIGN + 34, lines + 28, value), GROUP_HEIGHT + pictures
    if node.kind == "helper":
        return max(70.0, text_width(SANS, SMALL, node.title) + 22), HELPER_HEIGHT
    name = min(text_width(SANS, SMALL, node.name), 150.0)
    value = text_width(SANS, VALUE, WIDEST, bold=True)
    return max(title + 28, name + 28, value + 28), OP_HEIGHT + pictures


def head_width(node: VisibleNode) -> float:
    """Return the room that the name of an open group needs."""
    said = text_width(SANS, SMALL, head_text(node))
    return SIGN + text_width(SANS, TITLE, node.title, bold=True) + said + 40


def head_text(node: VisibleNode) -> str:
    """Return what stands beside the name of an open group."""
    return " · ".join(part for part in box_lines(node) if part)


def wire_label(wire: VisibleEdge) -> tuple[float, float]:
    """Return the room that a wire's texts need over and under its line."""
    text = wire_text(wire)
    if not text:
        return 0.0, 0.0
    return max(text_width(SANS, SMALL, text), text_width(SANS, VALUE, "|g| 0.000888", bold=True)) + 22, 72.0


def measured(
    seen: VisibleGraph, aspect: float
) -> Generator[None, None, tuple[dict[str, Size], dict[str, Size], float, dict[str, float]]]:
    """Measure what `core.network_graph.layout.lay_out_graph` wants to know of a view, a moment at a time."""
    sizes: dict[str, Size] = {}
    labels: dict[str, Size] = {}
    heads: dict[str, float] = {}
    for k, node in enumerate(seen.nodes):
        if node.kind == "open":
            heads[node.id] = head_width(node)
        else:
            sizes[node.id] = node_size(node)
        if k % A_TIME == 0:
            yield
    for k, wire in enumerate(seen.edges):
        if wire_text(wire):
            labels[wire.key] = wire_label(wire)
        if k % A_TIME == 0:
            yield
    return sizes, labels, aspect, heads
