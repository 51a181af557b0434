"""Styles of boxes and edges at a step of the backward pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode
from explorer.core.protocol.network_graph import GraphValuesReply
from explorer.views.graph.items import LinkStyle
from explorer.views.network_graph.item_text import norm_text, number_text, value_text
from explorer.views.network_graph.node_items import NodeStyle


@dataclass
class NetworkItemStyles:
    """Computes the styles from what is known.

    values: the engine's reply to ``graph_values``, None before the first. selection: ("node", id) or ("edge", key).
    heats: those of a `HeatScale`.
    """

    visible: VisibleGraph
    values: GraphValuesReply | None
    step: int
    selection: tuple[str, str] | None
    heats: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    @cached_property
    def _steps(self) -> dict[str, int]:
        return {node.id: node.step for node in self.visible.nodes}

    def of_node(self, node: VisibleNode) -> NodeStyle:
        """Return the style of a box."""
        statistics = self._statistics("node", node.id)
        done = 0 < self._step_of(node) <= self.step
        heat, heat_text = self.heats.get(node.id, (None, ""))
        return NodeStyle(
            value=value_text(node, statistics.get("value")) if node.kind != "backward" or done else "",
            gradient=_gradient_text(statistics),
            active=0 < node.step == self.step,
            done=done,
            selected=self.selection == ("node", node.id),
            heat=heat,
            heat_text=heat_text,
        )

    def of_edge(self, edge: VisibleEdge) -> LinkStyle:
        """Return the style of an edge."""
        selected = self.selection == ("edge", edge.key)
        is_reached = 0 < edge.step <= self.step
        is_new = is_reached and edge.step == self.step
        if edge.kind != "forward":
            return LinkStyle("", is_new, is_reached, selected)
        gradient = norm_text(self._statistics("edge", edge.key).get("gradient")) if is_reached else ""
        return LinkStyle(gradient, is_new, self.values is not None, selected)

    def _step_of(self, node: VisibleNode) -> int:
        """Return the step that reaches a box: a backward op is reached with its forward op."""
        if node.kind == "backward" and node.beside is not None:
            return self._steps.get(node.beside, 0)
        return node.step

    def _statistics(self, kind: str, name: str) -> Mapping[str, Any]:
        if self.values is None:
            return {}
        return self.values["nodes" if kind == "node" else "edges"].get(name) or {}


def _gradient_text(statistics: Mapping[str, Any]) -> str:
    """Return the norm of the gradient of a box's weights; of its output, if it has no weights."""
    weights = statistics.get("weights")
    if weights and "norm" in weights:
        return f"|∇w| {number_text(weights['norm'])}"
    return norm_text(statistics.get("gradient"))
