"""Finding ops in a training graph, and what leads to a box and from it."""

from typing import Any

from explorer.core.network.graph import NetworkGraph
from explorer.core.network.view import View


def found(graph: NetworkGraph, text: str, limit: int = 50) -> tuple[list[dict[str, Any]], int]:
    """Return the groups and ops whose name, type or shape (``32x128``) has ``text`` in it, and how many there are.

    Each with ``id``, ``kind`` (``group`` or ``op``), ``type`` and ``group``; what is called exactly so comes first.
    """
    wanted = text.strip().lower().replace("×", "x")
    if not wanted:
        return [], 0
    hits: list[tuple[int, dict[str, Any]]] = []
    for group in graph.groups.values():
        if wanted in group.id.lower() or wanted in group.kind.lower():
            rank = 0 if group.title.lower() == wanted else 2
            hits.append((rank, {"id": group.id, "kind": "group", "type": group.kind, "group": group.parent or ""}))
    for op in graph.ops:
        name = op.id.lower()
        if wanted in name or wanted in op.type.lower() or wanted in shape_text(op.shape):
            rank = 1 if name.rpartition("/")[2] == wanted or op.type.lower() == wanted else 3
            rank += 2 * (op.id in graph.helper_kinds)
            hits.append((rank, {"id": op.id, "kind": "op", "type": op.type, "group": graph.group_of[op.id]}))
    hits.sort(key=lambda hit: hit[0])
    return [hit for _, hit in hits[:limit]], len(hits)


def shape_text(shape: tuple[int | None, ...] | None, sign: str = "x") -> str:
    """Return a shape as ``32x28x28``; ``scalar`` for a number, ``?`` for what is not known."""
    if shape is None:
        return "?"
    return sign.join("?" if size is None else str(size) for size in shape) if shape else "scalar"


def leading(seen: View, box: str) -> tuple[set[str], set[str]]:
    """Return the boxes of a view that lead to ``box``, and those that it leads to."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for wire in seen.wires:
        if wire.kind == "forward":
            after.setdefault(wire.source, []).append(wire.target)
            before.setdefault(wire.target, []).append(wire.source)
    for name in seen.open:  # an edge into a frame goes on at its port
        after.setdefault(name, []).append(f">{name}")
        before.setdefault(f">{name}", []).append(name)
        after.setdefault(f"<{name}", []).append(name)
        before.setdefault(name, []).append(f"<{name}")
    return _reach(before, box), _reach(after, box)


def _reach(near: dict[str, list[str]], start: str) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for name in near.get(waiting.pop(), ()):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen - {start}
