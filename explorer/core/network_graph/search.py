"""Searches the ops and groups of a training graph by name, type and shape."""

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

from explorer.core.network_graph.graph import Group, NetworkGraph
from explorer.core.network_graph.ops import GraphOp


def searchable_texts(graph: NetworkGraph) -> list[tuple[str, bool]]:
    """Return for each op its name, type and shape in lower case, each on its own line, and whether it is hidden."""
    hidden = graph.helper_kinds
    return [(f"{op.id.lower()}\n{op.type.lower()}\n{shape_text(op.shape)}", op.id in hidden) for op in graph.ops]


def search_graph(
    graph: NetworkGraph, text: str, limit: int = 50, op_texts: Sequence[tuple[str, bool]] | None = None
) -> tuple[list[dict[str, Any]], int]:
    """Find groups and ops whose name, type or shape (``32x128``) contains ``text``, regardless of case.

    Parameters
    ----------
    limit : maximum number of hits that are returned.
    op_texts : `searchable_texts` of the graph, if they are already there.

    Returns
    -------
    hits : dicts with ``id``, ``kind`` ("group" or "op"), ``type``, ``group``, ``shape`` and ``backward``. Exact
        matches come first, groups before ops, and shown ops before hidden ones.
    total : number of hits, those beyond ``limit`` included.
    """
    query = text.strip().lower().replace("×", "x")
    if not query:
        return [], 0
    ranks: list[list[Group | GraphOp]] = [[] for _ in range(6)]
    for group in graph.groups.values():
        if query in group.id.lower() or query in group.kind.lower():
            ranks[0 if group.title.lower() == query else 2].append(group)
    name, kind = f"/{query}\n", f"\n{query}\n"
    for op, (op_text, is_hidden) in zip(graph.ops, op_texts or searchable_texts(graph), strict=True):
        if query in op_text:
            is_exact = name in op_text or kind in op_text or op_text.startswith(name[1:])
            ranks[(1 if is_exact else 3) + 2 * is_hidden].append(op)
    total = sum(len(hits) for hits in ranks)
    return [_hit(graph, found) for found in islice(chain.from_iterable(ranks), limit)], total


def _hit(graph: NetworkGraph, found: Group | GraphOp) -> dict[str, Any]:
    if isinstance(found, Group):
        return {
            "id": found.id, "kind": "group", "type": found.kind, "group": found.parent or "", "shape": "",
            "backward": False,
        }  # fmt: skip
    shape = shape_text(found.shape, "×") if found.shapes else ""
    group = graph.group_of[found.id]
    return {
        "id": found.id, "kind": "op", "type": found.type, "group": group, "shape": shape, "backward": found.backward,
    }  # fmt: skip


def shape_text(shape: tuple[int | None, ...] | None, separator: str = "x") -> str:
    """Return a shape as ``32x28x28``, ``scalar`` for no dimensions, and ``?`` for an unknown shape or size."""
    if shape is None:
        return "?"
    return separator.join("?" if size is None else str(size) for size in shape) if shape else "scalar"
