"""How each box and bundle looks at a step of the backward pass, and with a colour for a number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, log10
from typing import Any

from explorer.core.network_graph.gradient_health import root_mean_square
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode
from explorer.views.graph.items import LinkStyle
from explorer.views.network_graph.labels import duration, given, in_bytes, norm, number
from explorer.views.network_graph.node_items import NodeStyle

PROFILE_KEYS = {"time": "seconds", "memory": "bytes"}
"""Overlays by what is measured, and how that is called in the engine's ``graph_profile``."""


@dataclass
class NetworkItemStyles:
    """Where we are, and what is known there. values: the engine's ``graph_values``, None before the first."""

    seen: VisibleGraph
    values: Mapping[str, Any] | None
    step: int
    selection: tuple[str, str] | None
    overlay: str
    heats: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    @cached_property
    def _steps(self) -> dict[str, int]:
        return {node.id: node.step for node in self.seen.nodes}

    def of_box(self, node: VisibleNode) -> NodeStyle:
        """Return how a box looks."""
        told = self._told("nodes", node.id)
        active = 0 < node.step == self.step
        done = 0 < self._step_of(node) <= self.step
        heat = self.heats.get(node.id)
        shown = node.kind != "backward" or done
        return NodeStyle(
            value=given(node, told.get("value")) if shown else "",
            gradient=_gradient(told),
            active=active,
            done=done,
            selected=self.selection == ("node", node.id),
            heat=heat[0] if heat is not None else None,
            heat_text=heat[1] if heat is not None else "",
        )

    def of_link(self, wire: VisibleEdge) -> LinkStyle:
        """Return how a bundle looks."""
        selected = self.selection == ("edge", wire.key)
        if wire.kind != "forward":
            done = 0 < wire.step <= self.step
            return LinkStyle("", done and wire.step == self.step, done, selected)
        arrived = 0 < wire.step <= self.step
        text = norm(self._told("edges", wire.key).get("gradient")) if arrived else ""
        return LinkStyle(text, arrived and wire.step == self.step, self.values is not None, selected)

    def _step_of(self, node: VisibleNode) -> int:
        if node.kind == "backward" and node.beside is not None:
            return self._steps.get(node.beside, 0)
        return node.step

    def _told(self, what: str, name: str) -> Mapping[str, Any]:
        return {} if self.values is None else self.values[what].get(name) or {}


def _gradient(told: Mapping[str, Any]) -> str:
    weights = told.get("weights")
    if weights and "norm" in weights:
        return f"|∇w| {number(weights['norm'])}"
    return norm(told.get("gradient"))


def heats(
    seen: VisibleGraph, values: Mapping[str, Any] | None, overlay: str, profile: Mapping[str, Any] | None = None
) -> dict[str, tuple[float, str]]:
    """Return a share from 0 to 1 and the number behind it for each box that an overlay colours.

    Gradients, parameters, time and memory are compared by their logarithms, for they differ by powers of ten.
    """
    numbers: dict[str, float] = {}
    for node in seen.nodes:
        told = ((profile if overlay in PROFILE_KEYS else values) or {}).get("nodes", {}).get(node.id) or {}
        if node.kind in ("entry", "exit", "open"):
            continue
        value = _number(node, told, overlay)
        if value is not None and isfinite(value):
            numbers[node.id] = value
    if not numbers:
        return {}
    if overlay == "dead":
        return {name: (value, f"{value:.0%} dead") for name, value in numbers.items()}
    logs = {name: log10(value) if value > 0 else None for name, value in numbers.items()}
    known = [value for value in logs.values() if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    wide = max(high - low, 1.0)  # numbers within a power of ten are nearly alike, and look so
    shares = {name: 0.0 if value is None else 1 - (high - value) / wide for name, value in logs.items()}
    return {name: (shares[name], _text(numbers[name], overlay)) for name in numbers}


def _number(node: VisibleNode, told: Mapping[str, Any], overlay: str) -> float | None:
    if overlay == "parameters":
        return float(node.parameters) if node.kind == "group" else None
    if overlay in PROFILE_KEYS:
        return told.get(PROFILE_KEYS[overlay])
    if overlay == "dead":
        dead = told.get("dead")
        return None if dead is None else float(dead)
    if overlay == "spread":
        return (told.get("value") or {}).get("std")
    if overlay == "gradient":
        return (told.get("gradient") or {}).get("norm")
    if overlay == "size":
        gradient = told.get("gradient") or {}
        return root_mean_square(gradient["norm"], gradient["count"]) if "norm" in gradient else None
    return None


def _text(value: float, overlay: str) -> str:
    if overlay == "parameters":
        return f"{int(value):,} weights"
    if overlay in PROFILE_KEYS:
        return duration(value) if overlay == "time" else in_bytes(value)
    return {"spread": "spread {}", "size": "rms ∇ {}"}.get(overlay, "|g| {}").format(number(value))
