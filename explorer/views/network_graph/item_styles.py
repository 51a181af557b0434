"""Styles of boxes and edges at a step of the backward pass, and the colours of an overlay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, log10
from typing import Any

from explorer.core.network_graph.gradient_health import root_mean_square
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode
from explorer.core.protocol.network_graph import GraphProfileReply, GraphValuesReply
from explorer.views.graph.items import LinkStyle
from explorer.views.network_graph.item_text import bytes_text, duration_text, norm_text, number_text, value_text
from explorer.views.network_graph.node_items import NodeStyle

PROFILE_KEYS = {"time": "seconds", "memory": "bytes"}
"""Overlays that show the profile, and their keys in the engine's reply to ``graph_profile``."""


@dataclass
class NetworkItemStyles:
    """Computes the styles from what is known.

    values: the engine's reply to ``graph_values``, None before the first. selection: ("node", id) or ("edge", key).
    heats: from `heats`.
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


def heats(
    visible: VisibleGraph, values: GraphValuesReply | None, overlay: str, profile: GraphProfileReply | None = None
) -> dict[str, tuple[float, str]]:
    """Return for each box that an overlay colours its heat, from 0 to 1, and the text of its number.

    The share of dead units is the heat itself. Gradients, parameters, time and memory differ by powers of ten, so
    their heats compare logarithms.
    """
    reply = profile if overlay in PROFILE_KEYS else values
    statistics: Mapping[str, Mapping[str, Any]] = reply["nodes"] if reply is not None else {}
    numbers: dict[str, float] = {}
    for node in visible.nodes:
        if node.kind not in ("entry", "exit", "open"):
            number = _overlay_number(node, statistics.get(node.id) or {}, overlay)
            if number is not None and isfinite(number):
                numbers[node.id] = number
    if not numbers:
        return {}
    if overlay == "dead":
        return {name: (number, f"{number:.0%} dead") for name, number in numbers.items()}
    logs = {name: log10(number) if number > 0 else None for name, number in numbers.items()}
    known = [log for log in logs.values() if log is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    spread = max(high - low, 1.0)  # numbers within a power of ten are nearly alike, and get nearly the same colour
    shares = {name: 0.0 if log is None else 1 - (high - log) / spread for name, log in logs.items()}
    return {name: (shares[name], _overlay_text(number, overlay)) for name, number in numbers.items()}


def _overlay_number(node: VisibleNode, statistics: Mapping[str, Any], overlay: str) -> float | None:
    """Return the number by which an overlay colours a box; None for no colour."""
    gradient: Mapping[str, float] = statistics.get("gradient") or {}
    value: Mapping[str, float] = statistics.get("value") or {}
    number: float | None = None
    match overlay:
        case "parameters":
            number = float(node.parameters) if node.kind == "group" else None
        case "time" | "memory":
            number = statistics.get(PROFILE_KEYS[overlay])
        case "dead":
            number = statistics.get("dead")
        case "spread":
            number = value.get("std")
        case "gradient":
            number = gradient.get("norm")
        case "size" if "norm" in gradient:
            number = root_mean_square(gradient["norm"], gradient["count"])
    return number


def _overlay_text(number: float, overlay: str) -> str:
    match overlay:
        case "parameters":
            return f"{int(number):,} weights"
        case "time":
            return duration_text(number)
        case "memory":
            return bytes_text(number)
        case "spread":
            return f"spread {number_text(number)}"
        case "size":
            return f"rms ∇ {number_text(number)}"
    return f"|g| {number_text(number)}"
