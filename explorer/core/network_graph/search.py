"""Searches the groups, weights and ops of a training graph by name, type, shape and layer."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Literal

from explorer.core.network_graph.graph import Group, NetworkGraph
from explorer.core.network_graph.ops import GraphOp

MAX_HITS = 50
"""Hits that a search returns, unless it is asked for another number."""


@dataclass(frozen=True)
class GraphVariable:
    """A variable that the ops of a graph use.

    Parameters
    ----------
    path : Keras's name of it, such as ``hidden/kernel``.
    handle : name of the op through which the graph refers to it.
    """

    path: str
    handle: str
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """What can be found, in lower case.

    own : its name, type and shape, each on a line of its own; one of the words must be in these. context : what else
    words may say of it: its layer, its dtype, whether it is part of the backward pass. paths : names with slashes.
    """

    kind: Literal["group", "weight", "op"]
    found: Group | GraphVariable | GraphOp
    own: str
    context: str
    paths: tuple[str, ...]
    is_hidden: bool = False


class SearchIndex:
    """The texts of all groups, variables and ops of a graph, prepared so that each search is fast."""

    def __init__(self, graph: NetworkGraph, variables: Iterable[GraphVariable] = ()) -> None:
        self._graph = graph
        self._entries = [
            *(self._group(group) for group in graph.groups.values()),
            *(self._variable(variable) for variable in variables),
            *(self._op(op) for op in graph.ops),
        ]

    def search(self, text: str, limit: int = MAX_HITS) -> tuple[list[dict[str, Any]], int]:
        """Find what all words of a text match, in any order and regardless of case.

        A word matches a part of a name, of a type, of a shape (``32x128`` or ``32, 128``) or of the layer around. A
        word with slashes matches names whose parts contain its parts in this order: ``conv1/kernel``.

        Returns
        -------
        hits : dicts with ``id`` (the box to go to), ``name``, ``kind`` ("group", "weight" or "op"), ``type``,
            ``group``, ``shape``, ``backward`` and ``hidden``. Exact matches come first, groups before weights before
            ops, and shown ops before hidden ones.
        total : number of hits, those beyond ``limit`` included.
        """
        words = _words(text)
        if not words:
            return [], 0
        ranks: list[list[_Entry]] = [[] for _ in range(8)]
        for entry in self._entries:
            if _matches(entry, words):
                ranks[_rank(entry, words)].append(entry)
        total = sum(len(hits) for hits in ranks)
        return [self._hit(entry) for entry in islice(chain.from_iterable(ranks), limit)], total

    # -- entries ----------------------------------------------------------------------------------

    def _group(self, group: Group) -> _Entry:
        layer = self._graph.layers.get(group.id)
        shape = "" if layer is None else shape_text(layer.shape)
        own = f"{group.id}\n{group.kind}\n{shape}".lower()
        return _Entry("group", group, own, "", (group.id.lower(),))

    def _variable(self, variable: GraphVariable) -> _Entry:
        group = self._graph.group_of[variable.handle]
        path, around = variable.path.lower(), group.lower()
        context = f"{around}\n{self._layer_kind(group)}\n{variable.dtype}".lower()
        own = f"{path}\n{shape_text(variable.shape)}\nweights"
        return _Entry("weight", variable, own, context, (path, f"{around}/{path}"))

    def _op(self, op: GraphOp) -> _Entry:
        graph, name = self._graph, op.id.lower()
        group = graph.group_of[op.id]
        side = "backward" if op.backward else "forward"
        context = f"{group}\n{self._layer_kind(group)}\n{op.dtype or ''}\n{side}".lower()
        own = f"{name}\n{op.type.lower()}\n{shape_text(op.shape)}"
        paths = name, f"{group.lower()}/{name.rpartition('/')[2]}"
        return _Entry("op", op, own, context, paths, op.id in graph.helper_kinds)

    def _layer_kind(self, group: str) -> str:
        """Return the class of the innermost Keras layer around, "" for none."""
        while group:
            if (layer := self._graph.layers.get(group)) is not None:
                return layer.kind
            group = group.rpartition("/")[0]
        return ""

    # -- hits -------------------------------------------------------------------------------------

    def _hit(self, entry: _Entry) -> dict[str, Any]:
        graph, found = self._graph, entry.found
        if isinstance(found, Group):
            return _hit_fields(found.id, found.title, "group", found.kind, found.parent or "")
        if isinstance(found, GraphVariable):
            # The handle is hidden: the hit leads to the first op that uses the variable.
            group, user = graph.group_of[found.handle], graph.owner_of.get(found.handle)
            type_ = f"weights of {graph.by_name[user].type}" if user is not None else "weights"
            shape = shape_text(found.shape, "×")
            return _hit_fields(user or group, found.path, "weight", type_, group, shape)
        name, shape = found.id.rpartition("/")[2], shape_text(found.shape, "×") if found.shapes else ""
        return _hit_fields(
            found.id, name, "op", found.type, graph.group_of[found.id], shape, found.backward, entry.is_hidden
        )


def _hit_fields(
    id_: str,
    name: str,
    kind: str,
    type_: str,
    group: str,
    shape: str = "",
    backward: bool = False,
    hidden: bool = False,
) -> dict[str, Any]:
    return {
        "id": id_, "name": name, "kind": kind, "type": type_, "group": group, "shape": shape, "backward": backward,
        "hidden": hidden,
    }  # fmt: skip


def _words(text: str) -> list[str]:
    """Return the words of a query; a shape such as ``(32, 128)`` is one word."""
    query = re.sub(r"(?<=[\d?])\s*[,×]\s*(?=[\d?])", "x", text.lower())
    words = (word.strip("()[],;:") for word in query.split())
    return [word for word in words if word.strip("/")]


def _matches(entry: _Entry, words: Sequence[str]) -> bool:
    """Return whether all words match, and at least one of them the entry itself."""
    is_own = False
    for word in words:
        if "/" in word:
            if not any(_contains_parts(path, word.split("/")) for path in entry.paths):
                return False
            is_own = True
        elif word in entry.own:
            is_own = True
        elif word not in entry.context:
            return False
    return is_own


def _contains_parts(path: str, parts: Sequence[str]) -> bool:
    """Return whether parts of a path contain the given ones, in their order."""
    if any(part not in path for part in parts):  # quick, and true of nearly all
        return False
    remaining = iter(parts)
    wanted = next(remaining)
    for part in path.split("/"):
        if wanted in part:
            following = next(remaining, None)
            if following is None:
                return True
            wanted = following
    return False


def _rank(entry: _Entry, words: Sequence[str]) -> int:
    lines = entry.own.split("\n")
    last = lines[0].rpartition("/")[2]
    is_exact = any(word in (lines[0], last, *lines[1:2]) or lines[0].endswith(f"/{word}") for word in words)
    match entry.kind:
        case "group":
            return 0 if last in words else 3
        case "weight":
            return 1 if is_exact else 4
    return (2 if is_exact else 5) + 2 * entry.is_hidden


def shape_text(shape: tuple[int | None, ...] | None, separator: str = "x") -> str:
    """Return a shape as ``32x28x28``, ``scalar`` for no dimensions, and ``?`` for an unknown shape or size."""
    if shape is None:
        return "?"
    return separator.join("?" if size is None else str(size) for size in shape) if shape else "scalar"
