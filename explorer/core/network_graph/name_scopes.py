"""Name scopes as groups: a scope with several ops is a group, one around a single op is not."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from explorer.core.network_graph.ops import GraphOp, find_helpers

MIN_SCOPE_OPS = 2
"""Shown forward ops that make a name scope a group. A group around one op would say no more than the op."""

T = TypeVar("T")


def drop_small_scopes(
    ops: Sequence[GraphOp], scopes: Collection[str], layers: Mapping[str, T], default_group: str
) -> tuple[list[GraphOp], dict[str, T]]:
    """Return ops and layers without the groups that are name scopes of fewer than `MIN_SCOPE_OPS` ops.

    Parameters
    ----------
    scopes : ids of the groups that are name scopes.
    layers : anything by group id; the ids change with the groups.
    default_group : group of the ops that are left without one.
    """
    if not scopes:
        return list(ops), dict(layers)
    hidden = find_helpers(ops)
    counts_by_path = Counter(_group_ids(op.path) for op in ops if not op.backward and op.id not in hidden)
    counts: Counter[str] = Counter()
    for groups, count in counts_by_path.items():
        for group in groups:
            counts[group] += count
    small = {scope for scope in scopes if counts[scope] < MIN_SCOPE_OPS}
    paths: dict[tuple[str, ...], tuple[str, ...]] = {}

    def without_small(path: tuple[str, ...]) -> tuple[str, ...]:
        if path not in paths:
            titles = zip(path, _group_ids(path), strict=True)
            paths[path] = tuple(title for title, group in titles if group not in small) or (default_group,)
        return paths[path]

    new_ops = [op if without_small(op.path) == op.path else replace(op, path=without_small(op.path)) for op in ops]
    return new_ops, {"/".join(without_small(tuple(group.split("/")))): layer for group, layer in layers.items()}


def _group_ids(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of the groups of a path, outermost first."""
    return tuple("/".join(path[: k + 1]) for k in range(len(path)))
