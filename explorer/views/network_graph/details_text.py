"""The text of the details strip for the selected box or edge."""

from collections.abc import Mapping
from typing import Any

from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleNode
from explorer.core.number_format import format_count
from explorer.core.protocol.network_graph import GraphOpReply, GraphProfileReply
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.network_graph.item_text import edge_text, profile_text, statistics_text

MAX_TITLE_TENSORS = 4
"""Tensors that the title of an edge lists."""


def details_text(session: NetworkGraphSession) -> tuple[str, str]:
    """Return title and text for the selection; ("", "") if nothing is selected."""
    visible, selection, numbers = session.state.visible, session.selection, session.numbers
    if selection.item is None or visible is None:
        return "", ""
    (kind, name), values = selection.item, numbers.values
    if kind == "edge":
        edge = next((edge for edge in visible.edges if edge.key == name), None)
        statistics = values["edges"].get(name) if values is not None else None
        return _edge_text(edge, statistics or {}) if edge is not None else ("", "")
    node = next((node for node in visible.nodes if node.id == name), None)
    if node is None:
        return "", ""
    if node.kind in ("group", "open"):
        statistics = values["nodes"].get(name) if values is not None else None
        return _group_text(node, statistics or {}, numbers.profile)
    return _op_text(node, selection.details, numbers.profile)


def _edge_text(edge: VisibleEdge, statistics: Mapping[str, Any]) -> tuple[str, str]:
    more = len(edge.tensors) - MAX_TITLE_TENSORS
    title = ", ".join(edge.tensors[:MAX_TITLE_TENSORS]) + (f" and {more} more" if more > 0 else "")
    gradient = statistics.get("gradient")
    lines = [
        edge_text(edge) or format_count(edge.count, "edge"),
        f"value: {statistics_text(statistics.get('value'))}",
        f"gradient: {statistics_text(gradient)}" if gradient else "no gradient goes back along it",
    ]
    return title, "\n".join(lines)


def _group_text(node: VisibleNode, statistics: Mapping[str, Any], profile: GraphProfileReply | None) -> tuple[str, str]:
    kind = f"{node.name}, " if node.name else ""
    lines = [
        f"{kind}{format_count(node.ops, 'op')}, {node.backward:,} of them of the backward pass, "
        f"{format_count(node.parameters, 'parameter')}. Enter opens or closes it."
    ]
    if node.repeat_count:
        lines.append(f"{node.repeat_count} blocks here are made alike. Shift+Enter opens or closes them all.")
    if value := statistics.get("value"):
        what = f"what goes to the loss, logits {node.tensor} before softmax" if node.logits else "what it gives"
        lines.append(f"{what}: {statistics_text(value)}")
    if gradient := statistics.get("gradient"):
        lines.append(f"gradient of that: {statistics_text(gradient)}")
    if weights := statistics.get("weights"):
        lines.append(f"gradient of its weights: {statistics_text(weights)}")
    return node.id, "\n".join([*lines, *_profile_lines(node, profile)])


def _op_text(node: VisibleNode, details: GraphOpReply | None, profile: GraphProfileReply | None) -> tuple[str, str]:
    """Return title and text of an op; "…" until its details are received."""
    if details is None:
        return node.id, "…"
    op = details["op"]
    lines = [f"{op['type']} on {op['device']}"]
    if op["backward"]:
        lines[0] += f", backward op of {op['forward']} ({op['forward_type']})"
    if op["hidden"]:
        lines[0] += f", hidden as one of the {op['hidden']}"
    lines.append(f"from {'; '.join(op['inputs']) or 'nothing'}  →  {'; '.join(op['outputs']) or 'nothing'}")
    attributes = ", ".join(f"{key}={value}" for key, value in op["attributes"].items())
    if attributes:
        lines.append(attributes)
    lines += _profile_lines(node, profile)
    statistics = details["statistics"]
    outputs = [tensor for tensor in statistics if tensor.rpartition(":")[0] == op["id"]]
    lines += [f"value: {statistics_text(statistics[tensor])}" for tensor in outputs]
    gradients = [tensor for tensor in statistics if tensor not in outputs]
    lines += [f"gradient, {tensor}: {statistics_text(statistics[tensor])}" for tensor in gradients]
    return op["id"], "\n".join(lines)


def _profile_lines(node: VisibleNode, profile: GraphProfileReply | None) -> list[str]:
    if profile is None:
        return []
    text = profile_text(profile["nodes"].get(node.id))
    return [f"in one step of a batch it {text or 'did not run by itself: not at all, or as a part of another op'}"]
