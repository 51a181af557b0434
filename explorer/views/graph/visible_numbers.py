"""Which numbers stand on the graph at a step: pure functions of trace, values and where we are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import (
    BACKWARD,
    FORWARD,
    completed_sums,
    forward_steps,
    new_tensors,
    unanswered_slots,
    unanswered_sums,
    visible_tensors,
)
from explorer.core.graph.picture import OUTPUT_ID, Box, Link, Picture

SUM = "Σ"
"""What stands before a sum of gradients."""


@dataclass(frozen=True)
class VisibleNumbers:
    """known: tensors whose numbers are shown. hidden: those that are asked for. active: boxes of the current step.

    step: the current one. sums: forward tensor to the tensor of an AddN that is complete. sign: what stands before
    these; where tangents are pushed forward, they stand there. blank_links, by op and argument slot, and blank_sums, by
    forward tensor: where a gradient stands as ?. A tensor that an op only hands on is blank where it goes, and
    keeps its number where it came from.
    """

    known: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    active: frozenset[str] = frozenset()
    sums: Mapping[str, str] = field(default_factory=dict)
    sign: str = SUM
    step: int = 0
    blank_links: frozenset[tuple[str, int]] = frozenset()
    blank_sums: frozenset[str] = frozenset()

    def hides_value(self, box: Box) -> bool:
        """Whether a box has a ? for its value."""
        return box.tensor in self.hidden and (box.kind != "gradient" or box.step == self.step)

    def hides_gradient(self, link: Link) -> bool:
        """Whether a ? runs back along a link."""
        return (link.target, link.slot) in self.blank_links


def marks(
    trace: Trace, pass_: str, step: int, quiz: bool, revealed: int, pushed: tuple[str, Values] | None = None
) -> VisibleNumbers:
    """Return the marks for a step; with ``quiz`` the step's numbers are hidden but for the first ``revealed``.

    pushed: a sign, and the tangents that stand in the boxes of the forward pass behind it.
    """
    fresh = new_tensors(trace, pass_, step)
    hidden = frozenset(fresh[revealed:]) if quiz else frozenset()
    known = visible_tensors(trace, pass_, step)
    if pass_ == FORWARD:
        active = frozenset(forward_steps(trace)[step - 1]) if step else frozenset()
        sign, tangents = pushed or (SUM, {})
        there = {tensor: f"tangent {tensor}" for tensor in tangents if tensor in known and tensor not in hidden}
        return VisibleNumbers(known, hidden, active, there, sign)
    sums = {t: trace.tensor_gradients[t] for k in range(1, step + 1) for t in completed_sums(trace, k)}
    active = frozenset({trace.steps[step - 1].op if step else OUTPUT_ID})
    if not quiz:
        return VisibleNumbers(known, hidden, active, sums, step=step)
    links = frozenset((op, slot) for op in active for slot in unanswered_slots(trace, pass_, step, revealed))
    return VisibleNumbers(known, hidden, active, sums, SUM, step, links, unanswered_sums(trace, pass_, step, revealed))


def shown_values(picture: Picture, marked: VisibleNumbers, values: Values, pass_: str, step: int) -> dict[str, Any]:
    """Return each tensor that has its number on the screen with the number (lists for vectors and matrices)."""
    boxes = [box for box in picture.boxes if box.tensor in marked.known and not marked.hides_value(box)]
    tensors = [box.tensor for box in boxes]
    if pass_ == BACKWARD:
        links = [link for link in picture.links if link.step <= step and not marked.hides_gradient(link)]
        tensors += [link.gradient for link in links]
        tensors += [total for tensor, total in marked.sums.items() if tensor not in marked.blank_sums]
    return {t: _plain(values[t]) for t in tensors if t is not None and t in values}


def _plain(value: Any) -> Any:
    return np.asarray(value).tolist()


def with_tangents(values: Values, pushed: tuple[str, Values] | None) -> Values:
    """Return the values with tangents among them, under names that no tensor has."""
    if pushed is None:
        return values
    return {**values, **{f"tangent {tensor}": value for tensor, value in pushed[1].items()}}
