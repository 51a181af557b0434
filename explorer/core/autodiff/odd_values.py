"""Values that are NaN, infinite or lost to rounding: how they are marked, and where they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import completed_sums

NAN, INFINITE, LOST = "not a number", "infinite", "different in float64"

KINDS = frozenset({NAN, INFINITE, LOST})
"""All kinds."""

MARK = "!"
"""The sign before such a value on the graph. It claims nothing: ``≠ 0`` would deny what float32 returned."""

SEARCH_WORDS = {
    "nan": KINDS,
    "inf": frozenset({INFINITE}),
    "infinity": frozenset({INFINITE}),
    "∞": frozenset({INFINITE}),
    "lost": frozenset({LOST}),
    "float64": frozenset({LOST}),
}
"""Kinds by the words with which one searches for them; ``nan`` stands for all."""


def odd_kind(value: Any, is_different: bool = False) -> str | None:
    """Return the kind of a value, None for an ordinary one. is_different: whether float64 has another value."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return None
    is_finite = isfinite(array) if not array.ndim else bool(np.isfinite(array).all())  # thrice as fast for one number
    if not is_finite:
        return NAN if np.any(np.isnan(array)) else INFINITE
    return LOST if is_different else None


@dataclass(frozen=True)
class OddValue:
    """A value that is not ordinary.

    tensor: its name. kind: `NAN`, `INFINITE` or `LOST`. selection: the op or edge at which it stands, as the session
    selects it. step: the backward step that brings it; None for a value of the forward pass.
    """

    tensor: str
    kind: str
    selection: tuple[str, str]
    step: int | None = None


def odd_values(
    trace: Trace, values: Values, different: Mapping[str, Any], kinds: Collection[str] = KINDS
) -> tuple[OddValue, ...]:
    """Return the odd values of a trace in the order in which they are computed, forward pass first.

    different: the float64 values that differ, by tensor. kinds: those that are wanted.
    """
    found: list[OddValue] = []

    def add(tensor: str | None, selection: tuple[str, str], step: int | None) -> None:
        if tensor is None or tensor not in values:
            return
        kind = odd_kind(values[tensor], tensor in different)
        if kind in kinds:
            found.append(OddValue(tensor, str(kind), selection, step))

    for node in trace.nodes:
        add(node.tensor, ("node", node.id), None)
    for number, step in enumerate(trace.steps, 1):
        for slot in step.inputs:
            add(slot.gradient_tensor, ("edge", slot.tensor), number)
        for tensor in completed_sums(trace, number):
            source = trace.nodes_by_tensor.get(tensor)
            add(trace.tensor_gradients[tensor], ("node", step.op if source is None else source.id), number)
    return tuple(found)
