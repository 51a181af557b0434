"""Texts of boxes and edges: statistics, shapes, durations and tooltips."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from explorer.core.network_graph.search import shape_text
from explorer.core.network_graph.visible_graph import ENTRY_PREFIX, EXIT_PREFIX, VisibleEdge, VisibleNode
from explorer.core.number_format import format_count, format_number
from explorer.core.protocol.network_graph import ProfileInfo

Statistics: TypeAlias = Mapping[str, float] | None
"""Statistics of a tensor in the engine's reply: count, mean, std, norm, min, max, zeros, nan; None if unknown."""

DIGITS = 3
"""Significant digits of the numbers on boxes and edges."""

MAX_TOOLTIP_TENSORS = 6
"""Tensors that the tooltip of an edge lists."""

LOGITS = "logits"


def number_text(value: float) -> str:
    """Return a number with `DIGITS` digits."""
    return format_number(value, DIGITS)


def mean_text(statistics: Statistics) -> str:
    """Return mean and spread, such as ``0.13 ± 0.31``, or how many values are NaN."""
    if not statistics:
        return ""
    if statistics.get("nan"):
        return f"{int(statistics['nan']):,} NaN"
    if statistics.get("count") == 1:
        return number_text(statistics["mean"])
    return f"{number_text(statistics['mean'])} ± {number_text(statistics['std'])}" if "mean" in statistics else ""


def value_text(node: VisibleNode, statistics: Statistics) -> str:
    """Return the text for the output of a box; logits are called so, not to be taken for probabilities."""
    text = mean_text(statistics)
    return f"{LOGITS} {text}" if node.logits and text else text


def norm_text(statistics: Statistics) -> str:
    """Return the norm of a gradient, such as ``|g| 0.012``, or how many values are NaN."""
    if not statistics:
        return ""
    if statistics.get("nan"):
        return f"{int(statistics['nan']):,} NaN"
    return f"|g| {number_text(statistics['norm'])}" if "norm" in statistics else ""


def statistics_text(statistics: Statistics) -> str:
    """Return all statistics of a tensor."""
    if not statistics:
        return "not computed"
    if "mean" not in statistics:
        return f"{int(statistics['count']):,} numbers, all of them NaN or infinite"
    mean, spread, norm = (number_text(statistics[key]) for key in ("mean", "std", "norm"))
    low, high = (number_text(statistics[key]) for key in ("min", "max"))
    text = f"mean {mean}, spread {spread}, norm {norm}, from {low} to {high}, {statistics['zeros']:.0%} zeros"
    return text + (f", {int(statistics['nan']):,} NaN or infinite" if statistics.get("nan") else "")


def duration_text(seconds: float) -> str:
    """Return a duration, such as ``1.2 s``, ``0.35 ms`` or ``12 µs``."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-4 else f"{1e6 * seconds:.0f} µs"


def bytes_text(count: float) -> str:
    """Return an amount of memory, such as ``3.4 MB``, ``12 kB`` or ``64 bytes``."""
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"


def profile_text(profile: ProfileInfo | None) -> str:
    """Return time and memory of a box; "" if they are unknown."""
    if profile is None:
        return ""
    return f"took {duration_text(profile['seconds'])} and asked for {bytes_text(profile['bytes'])} of memory"


def edge_text(edge: VisibleEdge) -> str:
    """Return what an edge carries, such as ``32×128 float32``; for several tensors, the number of edges.

    Only forward edges have a text, and not those at the ports of a group: it stands outside of the frame already.
    """
    if edge.kind != "forward" or edge.source.startswith(ENTRY_PREFIX) or edge.target.startswith(EXIT_PREFIX):
        return ""
    if len(edge.tensors) > 1:
        return f"{edge.count} edges"
    shape = shape_text(edge.shape, "×")
    text = f"{shape} {edge.dtype}" if edge.dtype is not None else shape
    return text if edge.count == 1 else f"{text} · {edge.count} edges"


def group_lines(node: VisibleNode) -> tuple[str, str]:
    """Return the two small lines of a closed group: its layer and output shape, and its size."""
    shape = "" if node.shape is None else f" → {shape_text(node.shape, '×')}"
    first = f"{node.name or format_count(node.ops, 'op')}{shape}"
    if node.parameters:
        second = format_count(node.parameters, "parameter")
    else:
        second = format_count(node.ops, "op") if node.name else ""
    repeats = f"×{node.repeat_count} alike" if node.repeat_count else ""
    return first, " · ".join(part for part in (second, repeats) if part)


def node_tooltip(node: VisibleNode, statistics: Mapping[str, Any] | None) -> str:
    """Return the tooltip of a box. statistics: of its value and its gradient, None if they are unknown."""
    lines = [node.id]
    if node.kind in ("group", "open"):
        lines.append(f"{format_count(node.ops, 'op')}, {node.backward:,} of them of the backward pass")
        if node.repeat_count:
            lines.append(f"{node.repeat_count} blocks here are made alike: Shift+Enter opens or closes them all")
        lines.append("Double click to open" if node.kind == "group" else "Double click its name to close")
    if node.has_thumbnails:
        lines.append("Pictures: the first maps for the first image, or the first images; green above 0, violet below")
    value = f"logits {node.tensor}, before softmax" if node.logits else "value"
    return "\n".join([*lines, *_statistics_lines(statistics, value)])


def edge_tooltip(edge: VisibleEdge, statistics: Mapping[str, Any] | None) -> str:
    """Return the tooltip of an edge. statistics: of its value and its gradient, None if they are unknown."""
    more = ["…"] if len(edge.tensors) > MAX_TOOLTIP_TENSORS else []
    lines = [*edge.tensors[:MAX_TOOLTIP_TENSORS], *more, edge_text(edge)]
    return "\n".join(line for line in (*lines, *_statistics_lines(statistics, "value")) if line)


def _statistics_lines(statistics: Mapping[str, Any] | None, value: str) -> list[str]:
    lines = []
    if statistics is not None and statistics.get("value"):
        lines.append(f"{value}: {statistics_text(statistics['value'])}")
    if statistics is not None and statistics.get("gradient"):
        lines.append(f"gradient: {statistics_text(statistics['gradient'])}")
    return lines
