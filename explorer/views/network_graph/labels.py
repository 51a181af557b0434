"""What stands on boxes and at wires: statistics and shapes in few signs."""

from collections.abc import Mapping
from typing import Any

from explorer.core.network_graph.search import shape_text
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleNode
from explorer.core.number_format import format_count, format_number

Told = Mapping[str, float] | None

DIGITS = 3

LOGITS = "logits"


def number(value: float) -> str:
    """Return a number with few digits."""
    return format_number(value, DIGITS)


def brief(told: Told) -> str:
    """Return mean and spread: ``0.13 ± 0.31``; what is no number is said instead."""
    if not told:
        return ""
    if told.get("nan"):
        return f"{int(told['nan']):,} NaN"
    if told.get("count") == 1:
        return number(told["mean"])
    return f"{number(told['mean'])} ± {number(told['std'])}" if "mean" in told else ""


def given(node: VisibleNode, told: Told) -> str:
    """Return what stands on a box of what it gives, with its name where that would be mistaken for another."""
    text = brief(told)
    return f"{LOGITS} {text}" if node.logits and text else text


def norm(told: Told) -> str:
    """Return the norm of a gradient: ``|g| 0.012``."""
    if not told:
        return ""
    if told.get("nan"):
        return f"{int(told['nan']):,} NaN"
    return f"|g| {number(told['norm'])}" if "norm" in told else ""


def sentence(told: Told) -> str:
    """Return all that is told of a tensor, as a sentence."""
    if not told:
        return "not computed"
    if "mean" not in told:
        return f"{int(told['count']):,} numbers, all of them NaN or infinite"
    said = (
        f"mean {number(told['mean'])}, spread {number(told['std'])}, norm {number(told['norm'])}, "
        f"from {number(told['min'])} to {number(told['max'])}, {told['zeros']:.0%} zeros"
    )
    return said + (f", {int(told['nan']):,} NaN or infinite" if told.get("nan") else "")


def duration(seconds: float) -> str:
    """Return ``1.2 s``, ``0.35 ms`` or ``12 µs``."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-4 else f"{1e6 * seconds:.0f} µs"


def in_bytes(count: float) -> str:
    """Return ``3.4 MB``, ``12 kB`` or ``64 bytes``."""
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"


def cost_text(told: Mapping[str, float] | None) -> str:
    """Return what is told of the time and memory of a box, "" where nothing is."""
    return "" if told is None else f"took {duration(told['seconds'])} and asked for {in_bytes(told['bytes'])} of memory"


def wire_text(wire: VisibleEdge) -> str:
    """Return what a wire carries: ``32×128 float32``; of several edges also how many there are."""
    if wire.kind != "forward" or wire.source.startswith(">") or wire.target.startswith("<"):
        return ""  # at a port it is said outside of the frame
    if len(wire.tensors) > 1:
        return f"{wire.count} edges"
    shape = shape_text(wire.shape, "×")
    text = f"{shape} {wire.dtype}" if wire.dtype is not None else shape
    return text if wire.count == 1 else f"{text} · {wire.count} edges"


def box_lines(node: VisibleNode) -> tuple[str, str]:
    """Return the two small lines of a closed group: what it is, and how much is in it."""
    shape = "" if node.shape is None else f" → {shape_text(node.shape, '×')}"
    first = f"{node.name or format_count(node.ops, 'op')}{shape}"
    second = (
        format_count(node.parameters, "parameter")
        if node.parameters
        else format_count(node.ops, "op")
        if node.name
        else ""
    )
    return first, " · ".join(
        part for part in (second, f"×{node.repeat_count} alike" if node.repeat_count else "") if part
    )


def node_tip(node: VisibleNode, told: Mapping[str, Any] | None) -> str:
    """Return what a box says when the pointer is on it."""
    lines = [node.id]
    if node.kind in ("group", "open"):
        lines.append(f"{format_count(node.ops, 'op')}, {node.backward:,} of them of the backward pass")
        if node.repeat_count:
            lines.append(f"{node.repeat_count} blocks here are made alike: Shift+Enter opens or closes them all")
        lines.append("Double click to open" if node.kind == "group" else "Double click its name to close")
    if node.has_thumbnails:
        lines.append("Pictures: the first maps for the first image, or the first images; green above 0, violet below")
    if told is not None and told.get("value"):
        what = f"logits {node.tensor}, before softmax" if node.logits else "value"
        lines.append(f"{what}: {sentence(told['value'])}")
    if told is not None and told.get("gradient"):
        lines.append(f"gradient: {sentence(told['gradient'])}")
    return "\n".join(lines)


def wire_tip(wire: VisibleEdge, told: Mapping[str, Any] | None) -> str:
    """Return what a wire says when the pointer is on it."""
    lines = [*wire.tensors[:6], *(["…"] if len(wire.tensors) > 6 else []), wire_text(wire)]
    if told is not None and told.get("value"):
        lines.append(f"value: {sentence(told['value'])}")
    if told is not None and told.get("gradient"):
        lines.append(f"gradient: {sentence(told['gradient'])}")
    return "\n".join(line for line in lines if line)
