"""Name scopes as groups: those that hold something together stay, those around a single op are left out."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from explorer.core.network_graph.ops import GraphOp, find_helpers

MIN_SCOPE_OPS = 2
"""Shown ops of the forward pass that make a name scope a group; around one op it would tell no more than the op."""

T = TypeVar("T")


def drop_small_scopes(
    ops: Sequence[GraphOp], scopes: Collection[str], layers: Mapping[str, T], otherwise: str
) -> tuple[list[GraphOp], dict[str, T]]:
    """Return ops and layers without the groups that are name scopes of fewer than `MIN_SCOPE_OPS` ops.

    scopes: the groups that are name scopes. layers: by group. otherwise: the group of an op that is then in none.
    """
    if not scopes:
        return list(ops), dict(layers)
    hidden = find_helpers(ops)
    held = Counter(_outer(op.path) for op in ops if not op.backward and op.id not in hidden)
    inside: Counter[str] = Counter()
    for groups, count in held.items():
        for group in groups:
            inside[group] += count
    small = {scope for scope in scopes if inside[scope] < MIN_SCOPE_OPS}
    paths: dict[tuple[str, ...], tuple[str, ...]] = {}

    def kept(path: tuple[str, ...]) -> tuple[str, ...]:
        if path not in paths:
            pairs = zip(path, _outer(path), strict=True)
            paths[path] = tuple(part for part, group in pairs if group not in small) or (otherwise,)
        return paths[path]

    made = [op if kept(op.path) == op.path else replace(op, path=kept(op.path)) for op in ops]
    return made, {"/".join(kept(tuple(group.split("/")))): layer for group, layer in layers.items()}


def _outer(path: tuple[str, ...]) -> tuple[str, ...]:
    """The groups of a path, outermost first."""
    return tuple("/".join(path[: k + 1]) for k in range(len(path)))
