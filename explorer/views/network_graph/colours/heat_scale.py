"""The colours of an overlay: the number of each box, its place on a scale of colours, and the ends of that scale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, log10
from typing import Any

from explorer.core.network_graph.gradient_health import root_mean_square
from explorer.core.network_graph.visible_graph import VisibleGraph, VisibleNode
from explorer.core.protocol.network_graph import GraphProfileReply, GraphValuesReply
from explorer.views.network_graph.item_text import bytes_text, duration_text, number_text

OVERLAY_TITLES = {
    "none": "no colour",
    "gradient": "gradient norm",
    "size": "gradient size",
    "spread": "spread of values",
    "dead": "dead units",
    "parameters": "parameters",
    "time": "time",
    "memory": "memory",
}

PROFILE_KEYS = {"time": "seconds", "memory": "bytes"}
"""Overlays that show the profile, and their keys in the engine's reply to ``graph_profile``."""

LINEAR, LOGARITHMIC = "linear", "logarithmic"


@dataclass(frozen=True)
class HeatScale:
    """What an overlay colours.

    heats: for each box that it colours the place on the scale, from 0 to 1, and the text of its number. low, high: the
    numbers at its ends. has_zero: whether a number is 0, which a logarithmic scale shows like its lower end.
    """

    overlay: str
    heats: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    low: float = 0.0
    high: float = 1.0
    has_zero: bool = False

    @property
    def kind(self) -> str:
        """`LINEAR` or `LOGARITHMIC`."""
        return LINEAR if self.overlay == "dead" else LOGARITHMIC

    @property
    def end_texts(self) -> tuple[str, str]:
        """The numbers at both ends as texts."""
        low, high = (_bare_text(number, self.overlay) for number in (self.low, self.high))
        return (f"0, {low}" if self.has_zero and self.low > 0 else low), high


def heat_scale(
    visible: VisibleGraph, values: GraphValuesReply | None, overlay: str, profile: GraphProfileReply | None = None
) -> HeatScale:
    """Return what an overlay colours; nothing for "none", and where the numbers are unknown.

    The share of dead units is the heat itself. Gradients, parameters, time and memory differ by powers of ten, so
    their heats compare logarithms.
    """
    numbers = _numbers(visible, values, overlay, profile)
    if not numbers:
        return HeatScale(overlay)
    if overlay == "dead":
        return HeatScale(overlay, {name: (number, f"{number:.0%} dead") for name, number in numbers.items()})
    logs = {name: log10(number) if number > 0 else None for name, number in numbers.items()}
    known = [log for log in logs.values() if log is not None]
    if not known:
        zeros = {name: (0.0, _overlay_text(number, overlay)) for name, number in numbers.items()}
        return HeatScale(overlay, zeros, 0.0, 0.0, has_zero=True)
    low, high = min(known), max(known)
    spread = max(high - low, 1.0)  # numbers within a power of ten are nearly alike, and get nearly the same colour
    shares = {name: 0.0 if log is None else 1 - (high - log) / spread for name, log in logs.items()}
    heats = {name: (shares[name], _overlay_text(number, overlay)) for name, number in numbers.items()}
    return HeatScale(overlay, heats, 10 ** (high - spread), 10**high, has_zero=len(known) < len(numbers))


def _numbers(
    visible: VisibleGraph, values: GraphValuesReply | None, overlay: str, profile: GraphProfileReply | None
) -> dict[str, float]:
    """Return the finite numbers of the boxes that an overlay colours."""
    reply = profile if overlay in PROFILE_KEYS else values
    statistics: Mapping[str, Mapping[str, Any]] = reply["nodes"] if reply is not None else {}
    numbers: dict[str, float] = {}
    for node in visible.nodes if overlay != "none" else ():
        if node.kind not in ("entry", "exit", "open"):
            number = _overlay_number(node, statistics.get(node.id) or {}, overlay)
            if number is not None and isfinite(number):
                numbers[node.id] = number
    return numbers


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


def _bare_text(number: float, overlay: str) -> str:
    """Return a number in the unit of an overlay."""
    match overlay:
        case "parameters":
            return f"{round(number):,}"
        case "time":
            return duration_text(number)
        case "memory":
            return bytes_text(number)
        case "dead":
            return f"{number:.0%}"
    return number_text(number)


def _overlay_text(number: float, overlay: str) -> str:
    """Return the text of a number on a box."""
    text = _bare_text(number, overlay)
    match overlay:
        case "parameters":
            return f"{text} weights"
        case "time" | "memory":
            return text
        case "spread":
            return f"spread {text}"
        case "size":
            return f"rms ∇ {text}"
    return f"|g| {text}"
