"""Which numbers are on the graph at a step: pure functions of the view state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import Values
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
from explorer.session.autodiff.view_state import ExpressionViewState

SUM = "Σ"
"""The sign before a sum of gradients."""


@dataclass(frozen=True)
class VisibleNumbers:
    """The numbers at a step.

    known: tensors whose numbers are shown. hidden: those among them that are shown as ?. active: boxes of the step.
    badges: tensor of a box to the tensor whose number is on its lower edge, a complete sum of gradients or a tangent;
    badge_sign: the sign before it. step: number of the step. hidden_links: (op, argument slot) of links whose gradient
    is shown as ?; hidden_badges: tensors of boxes whose badge is. A gradient that an op passes on unchanged is hidden
    by the link along which it leaves, because it is known where it arrived.
    """

    known: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    active: frozenset[str] = frozenset()
    badges: Mapping[str, str] = field(default_factory=dict)
    badge_sign: str = SUM
    step: int = 0
    hidden_links: frozenset[tuple[str, int]] = frozenset()
    hidden_badges: frozenset[str] = frozenset()

    def hides_value(self, box: Box) -> bool:
        """Whether the value of a box is shown as ?."""
        return box.tensor in self.hidden and (box.kind != "gradient" or box.step == self.step)

    def hides_gradient(self, link: Link) -> bool:
        """Whether the gradient beside a link is shown as ?."""
        return (link.target, link.slot) in self.hidden_links


def visible_numbers(state: ExpressionViewState) -> VisibleNumbers:
    """Return the numbers that are visible in a state; none without a trace."""
    trace, step, revealed = state.trace, state.step, state.revealed
    if trace is None:
        return VisibleNumbers()
    hidden = frozenset(new_tensors(trace, state.pass_, step)[revealed:]) if state.quiz else frozenset()
    known = visible_tensors(trace, state.pass_, step)
    if state.pass_ == FORWARD:
        active = frozenset(forward_steps(trace)[step - 1]) if step else frozenset()
        tangents = state.tangents or {}
        badges = {tensor: tangent_name(tensor) for tensor in tangents if tensor in known and tensor not in hidden}
        return VisibleNumbers(known, hidden, active, badges, SUM if state.tangents is None else state.tangent_sign)
    sums = {t: trace.tensor_gradients[t] for k in range(1, step + 1) for t in completed_sums(trace, k)}
    active = frozenset({trace.steps[step - 1].op if step else OUTPUT_ID})
    if not state.quiz:
        return VisibleNumbers(known, hidden, active, sums, step=step)
    links = frozenset((op, slot) for op in active for slot in unanswered_slots(trace, state.pass_, step, revealed))
    hidden_sums = unanswered_sums(trace, state.pass_, step, revealed)
    return VisibleNumbers(known, hidden, active, sums, SUM, step, links, hidden_sums)


def shown_values(picture: Picture, numbers: VisibleNumbers, state: ExpressionViewState) -> dict[str, Any]:
    """Return the number of each tensor whose number is on the screen, as nested lists for vectors and matrices."""
    boxes = [box for box in picture.boxes if box.tensor in numbers.known and not numbers.hides_value(box)]
    tensors = [box.tensor for box in boxes]
    if state.pass_ == BACKWARD:
        links = [link for link in picture.links if link.step <= state.step and not numbers.hides_gradient(link)]
        tensors += [link.gradient for link in links]
        tensors += [total for tensor, total in numbers.badges.items() if tensor not in numbers.hidden_badges]
    values = state.numbers
    shown = [tensor for tensor in tensors if tensor is not None and tensor in values]
    return {tensor: np.asarray(values[tensor]).tolist() for tensor in shown}


def tangent_name(tensor: str) -> str:
    """Return the key of a tensor's tangent among the numbers; no tensor has such a name."""
    return f"tangent {tensor}"


def numbers_with_tangents(state: ExpressionViewState) -> Values:
    """Return the numbers by tensor, and the tangents under their `tangent_name`."""
    if state.tangents is None:
        return state.numbers
    return {**state.numbers, **{tangent_name(tensor): value for tensor, value in state.tangents.items()}}
