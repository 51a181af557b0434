"""What the details strip says of a selected box or bundle."""

from typing import Any

from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleNode
from explorer.core.number_format import format_count
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.network_graph.labels import cost_text, sentence, wire_text


def said(session: NetworkGraphSession) -> tuple[str, str]:
    """Return title and text of what is selected; ("", "") for nothing."""
    if session.selection.item is None or session.state.visible is None:
        return "", ""
    kind, name = session.selection.item
    if kind == "edge":
        wire = next((wire for wire in session.state.visible.edges if wire.key == name), None)
        return _wire(wire, session.numbers.values) if wire is not None else ("", "")
    node = next((node for node in session.state.visible.nodes if node.id == name), None)
    if node is None:
        return "", ""
    if node.kind in ("group", "open"):
        return _group(node, session.numbers.values, session.numbers.profile)
    return _op(node, session)


def _wire(wire: VisibleEdge, values: dict[str, Any] | None) -> tuple[str, str]:
    told = (values or {}).get("edges", {}).get(wire.key) or {}
    title = ", ".join(wire.tensors[:4]) + (f" and {len(wire.tensors) - 4} more" if len(wire.tensors) > 4 else "")
    lines = [f"{wire_text(wire) or format_count(wire.count, 'edge')}"]
    lines.append(f"value: {sentence(told.get('value'))}")
    lines.append(
        f"gradient: {sentence(told['gradient'])}" if told.get("gradient") else "no gradient goes back along it"
    )
    return title, "\n".join(lines)


def _cost(node: VisibleNode, profile: dict[str, Any] | None) -> list[str]:
    if profile is None:
        return []
    told = cost_text(profile["nodes"].get(node.id))
    return [f"in one step of a batch it {told or 'did not run by itself: not at all, or as a part of another op'}"]


def _group(node: VisibleNode, values: dict[str, Any] | None, profile: dict[str, Any] | None) -> tuple[str, str]:
    told = (values or {}).get("nodes", {}).get(node.id) or {}
    kind = f"{node.name}, " if node.name else ""
    lines = [
        f"{kind}{format_count(node.ops, 'op')}, {node.backward:,} of them of the backward pass, "
        f"{format_count(node.parameters, 'parameter')}. Enter opens or closes it."
    ]
    if node.repeat_count:
        lines.append(f"{node.repeat_count} blocks here are made alike. Shift+Enter opens or closes them all.")
    if told.get("value"):
        what = f"what goes to the loss, logits {node.tensor} before softmax" if node.logits else "what it gives"
        lines.append(f"{what}: {sentence(told['value'])}")
    if told.get("gradient"):
        lines.append(f"gradient of that: {sentence(told['gradient'])}")
    if told.get("weights"):
        lines.append(f"gradient of its weights: {sentence(told['weights'])}")
    lines += _cost(node, profile)
    return node.id, "\n".join(lines)


def _op(node: VisibleNode, session: NetworkGraphSession) -> tuple[str, str]:
    details = session.selection.details
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
    lines += _cost(node, session.numbers.profile)
    made = [tensor for tensor in details["statistics"] if tensor.rpartition(":")[0] == op["id"]]
    lines += [f"value: {sentence(details['statistics'][tensor])}" for tensor in made]
    lines += [
        f"gradient, {tensor}: {sentence(told)}" for tensor, told in details["statistics"].items() if tensor not in made
    ]
    return op["id"], "\n".join(lines)
