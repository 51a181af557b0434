"""Which numbers stand on the graph at a step: pure functions of trace, values and where we are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.core.picture import Picture
from explorer.core.trace import Trace, Values
from explorer.session.steps import BACKWARD, FORWARD, completed_sums, forward_groups, new_tensors, visible

SUM = "Σ"
"""What stands before a sum of gradients."""


@dataclass(frozen=True)
class Marks:
    """known: tensors whose numbers are shown. hidden: those that stand as ?. active: boxes of the current step.

    fresh: links and backward ops of the current step. sums: forward tensor to the tensor of an AddN that is complete.
    sign: what stands before these; where tangents are pushed forward, they stand there.
    """

    known: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    active: frozenset[str] = frozenset()
    sums: Mapping[str, str] = field(default_factory=dict)
    sign: str = SUM


def marks(
    trace: Trace, pass_: str, step: int, quiz: bool, revealed: int, pushed: tuple[str, Values] | None = None
) -> Marks:
    """Return the marks for a step; with ``quiz`` the step's numbers are hidden but for the first ``revealed``.

    pushed: a sign, and the tangents that stand in the boxes of the forward pass behind it.
    """
    fresh = new_tensors(trace, pass_, step)
    hidden = frozenset(fresh[revealed:]) if quiz else frozenset()
    known = visible(trace, pass_, step)
    if pass_ == FORWARD:
        active = frozenset(forward_groups(trace)[step - 1]) if step else frozenset()
        sign, tangents = pushed or (SUM, {})
        there = {tensor: f"tangent {tensor}" for tensor in tangents if tensor in known and tensor not in hidden}
        return Marks(known, hidden, active, there, sign)
    sums = {t: trace.tensor_gradients[t] for k in range(1, step + 1) for t in completed_sums(trace, k)}
    active = frozenset({trace.steps[step - 1].op}) if step else frozenset({"output:"})
    return Marks(known, hidden, active, sums)


def shown_values(picture: Picture, marked: Marks, values: Values, pass_: str, step: int) -> dict[str, Any]:
    """Return each tensor that has its number on the screen with the number (lists for vectors and matrices)."""
    tensors = [box.tensor for box in picture.boxes if box.tensor is not None and box.tensor in marked.known]
    if pass_ == BACKWARD:
        tensors += [link.gradient for link in picture.links if link.gradient is not None and link.step <= step]
        tensors += marked.sums.values()
    return {t: _plain(values[t]) for t in tensors if t in values and t not in marked.hidden}


def _plain(value: Any) -> Any:
    return np.asarray(value).tolist()


def with_tangents(values: Values, pushed: tuple[str, Values] | None) -> Values:
    """Return the values with tangents among them, under names that no tensor has."""
    if pushed is None:
        return values
    return {**values, **{f"tangent {tensor}": value for tensor, value in pushed[1].items()}}
