"""What screen readers say about a network's graph: groups, ops and the edges between them."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF

from explorer.core.graph.graph_walk import ItemKey, WalkEdge
from explorer.core.network_graph.search import shape_text
from explorer.core.network_graph.visible_graph import (
    ENTRY_PREFIX,
    EXIT_PREFIX,
    VisibleEdge,
    VisibleGraph,
    VisibleNode,
)
from explorer.core.number_format import format_count
from explorer.views.graph.accessible_graph import SpokenItem
from explorer.views.network_graph.displayed_graph import DisplayedGraph
from explorer.views.network_graph.item_text import edge_text, statistics_text
from explorer.views.network_graph.styler import NodeStyler

_EDGE_KINDS = {"backward": "gradient", "uses": "value that a backward op uses"}


class SpokenNetwork:
    """A `SpokenGraph` of what is visible of a network.

    An edge that enters or leaves an open group leads to the group, whose ports are no items.
    """

    def __init__(self, graph: DisplayedGraph, styler: NodeStyler) -> None:
        self._graph, self._styler = graph, styler
        self._listed: VisibleGraph | None = None
        self._nodes: dict[str, VisibleNode] = {}
        self._edges: dict[str, VisibleEdge] = {}
        self._walk_edges: Sequence[WalkEdge] = ()
        self._ids: Sequence[str] = ()

    def nodes(self) -> Sequence[str]:
        """Return the ids of groups and ops."""
        self._list()
        return self._ids

    def edges(self) -> Sequence[WalkEdge]:
        """Return the edges."""
        self._list()
        return self._walk_edges

    def current(self) -> ItemKey | None:
        """Return the selected item."""
        return self._styler.selection

    def step(self) -> str:
        """Return the step of the backward pass."""
        visible = self._graph.visible
        return f"backward pass, step {self._styler.step} of {len(visible.steps)}" if visible is not None else ""

    def area(self, key: ItemKey) -> QRectF:
        """Return where an item is in the scene."""
        layout, (kind, name) = self._graph.layout, key
        if layout is None:
            return QRectF()
        if kind == "node":
            (x, y), (width, height) = layout.centres[name], layout.sizes[name]
            return QRectF(x - width / 2, y - height / 2, width, height)
        xs, ys = zip(*layout.paths[name], strict=True)
        return QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))).adjusted(-2, -2, 2, 2)

    def item(self, key: ItemKey) -> SpokenItem:
        """Return what is said about a group, an op or an edge."""
        self._list()
        kind, name = key
        if kind == "node":
            return self._node(self._nodes[name]) if name in self._nodes else SpokenItem("")
        return self._edge(self._edges[name]) if name in self._edges else SpokenItem("")

    def _list(self) -> None:
        visible = self._graph.visible
        if visible is self._listed:
            return
        self._listed = visible
        nodes = visible.nodes if visible is not None else ()
        edges = visible.edges if visible is not None else ()
        self._nodes = {node.id: node for node in nodes if node.kind not in ("entry", "exit")}
        self._edges = {edge.key: edge for edge in edges}
        self._ids = tuple(self._nodes)
        # Edges from a port stand first: only the key that goes back along an edge reaches them.
        ordered = sorted(edges, key=lambda edge: edge.source[:1] not in (ENTRY_PREFIX, EXIT_PREFIX))
        self._walk_edges = [WalkEdge(edge.key, _end(edge.source), _end(edge.target)) for edge in ordered]

    def _node(self, node: VisibleNode) -> SpokenItem:
        values, step = self._styler.values, self._styler.step
        known = values["nodes"].get(node.id, {}) if values is not None else {}
        is_group, is_now = node.kind in ("group", "open"), 0 < node.step == step
        has_run = node.kind != "backward" or 0 < self._step_of(node) <= step
        has_gradient = node.step <= step  # that of an op with a step arrives with it
        parts = [
            "the backward pass is here" if is_now else "",
            f"gradient: {statistics_text(known['gradient'])}" if known.get("gradient") and has_gradient else "",
            f"output {shape_text(node.shape, '×')}" if node.shape is not None else "",
            format_count(node.ops, "op") if is_group else "",
            format_count(node.parameters, "parameter") if node.parameters else "",
        ]
        value = statistics_text(known["value"]) if known.get("value") and has_run else ""
        name = ", ".join(part for part in (node.title, node.name or ("group" if is_group else "")) if part)
        return SpokenItem(name, value, _joined(parts), is_now, node.kind == "open" if is_group else None)

    def _step_of(self, node: VisibleNode) -> int:
        """Return the step that reaches a backward op: that of its forward op."""
        beside = self._nodes.get(node.beside or "")
        return beside.step if beside is not None else 0

    def _edge(self, edge: VisibleEdge) -> SpokenItem:
        values, step = self._styler.values, self._styler.step
        known = values["edges"].get(edge.key, {}) if values is not None else {}
        has_arrived = 0 < edge.step <= step
        gradient = f"gradient: {statistics_text(known['gradient'])}" if known.get("gradient") and has_arrived else ""
        is_new = has_arrived and edge.step == step
        parts = ["the gradient goes back along it in this step" if is_new else "", gradient, edge_text(edge)]
        value = statistics_text(known["value"]) if known.get("value") else ""
        name = f"{_EDGE_KINDS.get(edge.kind, 'edge')} from {self._title(edge.source)} to {self._title(edge.target)}"
        return SpokenItem(name, value, _joined(parts), is_new)

    def _title(self, name: str) -> str:
        if name[:1] in (ENTRY_PREFIX, EXIT_PREFIX):
            end = "beginning" if name[0] == ENTRY_PREFIX else "end"
            return f"the {end} of {self._nodes[name[1:]].title}"
        return self._nodes[name].title


def _end(name: str) -> str:
    return name[1:] if name[:1] in (ENTRY_PREFIX, EXIT_PREFIX) else name


def _joined(parts: Sequence[str]) -> str:
    return "; ".join(part for part in parts if part)
