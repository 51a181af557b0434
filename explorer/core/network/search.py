"""Finding ops in a training graph, and what leads to a box and from it."""

from operator import itemgetter
from typing import Any

from explorer.core.network.graph import Group, NetworkGraph
from explorer.core.network.ops import Op
from explorer.core.network.view import View


def searched(graph: NetworkGraph) -> list[str]:
    """Return for each op what is searched of it, in small letters: its name, its type and its shape, line by line."""
    return [f"{op.id.lower()}\n{op.type.lower()}\n{shape_text(op.shape)}" for op in graph.ops]


def found(graph: NetworkGraph, text: str, limit: int = 50) -> tuple[list[dict[str, Any]], int]:
    """Return the groups and ops whose name, type or shape (``32x128``) has ``text`` in it, and how many there are.

    Each with ``id``, ``kind`` (``group`` or ``op``), ``type`` and ``group``; what is called exactly so comes first.
    """
    wanted = text.strip().lower().replace("×", "x")
    if not wanted:
        return [], 0
    groups: list[tuple[int, Group | Op]] = [
        (0 if group.title.lower() == wanted else 2, group)
        for group in graph.groups.values()
        if wanted in group.id.lower() or wanted in group.kind.lower()
    ]
    ops: list[tuple[int, Group | Op]] = []
    for op, said in zip(graph.ops, graph.searched, strict=True):
        if wanted in said:
            name, kind, _ = said.split("\n")
            rank = 1 if name == wanted or name.endswith(f"/{wanted}") or kind == wanted else 3
            ops.append((rank + 2 * (op.id in graph.helper_kinds), op))
    hits = sorted([*groups, *ops], key=itemgetter(0))
    return [_told(graph, hit) for _, hit in hits[:limit]], len(hits)


def _told(graph: NetworkGraph, hit: Group | Op) -> dict[str, Any]:
    if isinstance(hit, Group):
        return {"id": hit.id, "kind": "group", "type": hit.kind, "group": hit.parent or ""}
    return {"id": hit.id, "kind": "op", "type": hit.type, "group": graph.group_of[hit.id]}


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
