"""Finding ops in a training graph, and what leads to a box and from it."""

from itertools import chain, islice
from typing import Any

from explorer.core.network_graph.graph import Group, NetworkGraph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.visible_graph import VisibleGraph


def searched(graph: NetworkGraph) -> list[tuple[str, bool]]:
    """Return for each op what is searched of it, in small letters: name, type and shape, line by line; and whether it
    is hidden.
    """
    hidden = graph.helper_kinds
    return [(f"{op.id.lower()}\n{op.type.lower()}\n{shape_text(op.shape)}", op.id in hidden) for op in graph.ops]


def found(graph: NetworkGraph, text: str, limit: int = 50) -> tuple[list[dict[str, Any]], int]:
    """Return the groups and ops whose name, type or shape (``32x128``) has ``text`` in it, and how many there are.

    Each with ``id``, ``kind`` (``group`` or ``op``), ``type``, ``group``, ``shape``, and whether it is ``backward``.
    What is called exactly so comes first.
    """
    wanted = text.strip().lower().replace("×", "x")
    if not wanted:
        return [], 0
    ranks: list[list[Group | GraphOp]] = [[] for _ in range(6)]
    for group in graph.groups.values():
        if wanted in group.id.lower() or wanted in group.kind.lower():
            ranks[0 if group.title.lower() == wanted else 2].append(group)
    name, kind = f"/{wanted}\n", f"\n{wanted}\n"
    for op, (said, is_hidden) in zip(graph.ops, graph.searched, strict=True):
        if wanted in said:
            is_exact = name in said or kind in said or said.startswith(name[1:])
            ranks[(1 if is_exact else 3) + 2 * is_hidden].append(op)
    total = sum(len(hits) for hits in ranks)
    return [_told(graph, hit) for hit in islice(chain.from_iterable(ranks), limit)], total


def _told(graph: NetworkGraph, hit: Group | GraphOp) -> dict[str, Any]:
    if isinstance(hit, Group):
        return {
            "id": hit.id, "kind": "group", "type": hit.kind, "group": hit.parent or "", "shape": "", "backward": False,
        }  # fmt: skip
    shape = shape_text(hit.shape, "×") if hit.shapes else ""
    group = graph.group_of[hit.id]
    return {
        "id": hit.id, "kind": "op", "type": hit.type, "group": group, "shape": shape, "backward": hit.backward,
    }  # fmt: skip


def shape_text(shape: tuple[int | None, ...] | None, sign: str = "x") -> str:
    """Return a shape as ``32x28x28``; ``scalar`` for a number, ``?`` for what is not known."""
    if shape is None:
        return "?"
    return sign.join("?" if size is None else str(size) for size in shape) if shape else "scalar"


def leading(seen: VisibleGraph, box: str) -> tuple[set[str], set[str]]:
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
