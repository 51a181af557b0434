"""Roots of the backward pass: where a gradient became infinite, not a number or 0, entry by entry and step by step."""

from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.elementwise_roots import elementwise_roots, product_of
from explorer.core.autodiff.causes.slot_gradient import ALIVE, EntryRoots, SlotGradient
from explorer.core.autodiff.causes.structural_roots import structural_roots
from explorer.core.autodiff.causes.value_roots import NO_ROOT, Root, ValueRoots
from explorer.core.autodiff.trace import Step, Trace, Values, op_of


class GradientRoots:
    """Follows the backward pass; ``of_tensor`` tells what happened to the gradient of a forward tensor."""

    def __init__(self, values_of_forward: ValueRoots) -> None:
        self._forward = values_of_forward
        self._trace: Trace = values_of_forward.trace
        self._values: Values = values_of_forward.values
        self._arrived: dict[str, list[tuple[Any, EntryRoots]]] = {}
        self._combined: dict[str, EntryRoots] = {}
        with np.errstate(all="ignore"):
            for step in self._trace.steps:
                self._follow(step)

    def of_tensor(self, tensor: str) -> EntryRoots:
        """Return what happened to the total gradient of a tensor."""
        if tensor not in self._combined:
            with np.errstate(all="ignore"):
                self._combined[tensor] = self._combine(tensor)
        return self._combined[tensor]

    def _combine(self, tensor: str) -> EntryRoots:
        """Return what happened to a sum of gradients, and add a root where the sum itself is to blame."""
        total = np.asarray(self._values[self._trace.tensor_gradients[tensor]], dtype=np.float64)
        arrived = self._arrived.get(tensor, [])
        if not arrived:
            seed = EntryRoots.untouched(total.shape)
            seed.lost[total == 0] = NO_ROOT
            return seed
        if len(arrived) == 1:
            return arrived[0][1]
        broken = np.array(np.minimum.reduce([roots.broken for _, roots in arrived]))
        chosen = np.array(np.minimum.reduce([roots.chosen for _, roots in arrived]))
        # Of a sum that is not 0 only the terms that are not 0 have anything to say.
        counted = [np.where((value != 0) | (total == 0), roots.lost, NO_ROOT) for value, roots in arrived]
        lost = np.array(np.minimum.reduce(counted))
        node = self._trace.nodes_by_name[op_of(tensor)]
        too_large = ~np.isfinite(total) & np.logical_and.reduce([np.isfinite(value) for value, _ in arrived])
        if too_large.any():
            self._forward.add(broken, Root(CauseKind.OVERFLOW, "AddN", node.id, tensor, too_large, 0))
        cancelled = (total == 0) & (lost == ALIVE)
        if cancelled.any():
            self._forward.add(lost, Root(CauseKind.CANCELS, "AddN", node.id, tensor, cancelled, 0))
        return EntryRoots(broken, lost, chosen)

    def _follow(self, step: Step) -> None:
        node = self._trace.nodes_by_name[step.op]
        upstream = self._value(step.upstream_tensor)
        if upstream is None or node.tensor not in self._trace.tensor_gradients:
            return
        above = self.of_tensor(node.tensor)
        for slot in step.inputs:
            passed = self._value(slot.gradient_tensor)
            if passed is None:
                continue
            gradient = SlotGradient(self._forward, node, slot, upstream, passed, above)
            product = product_of(gradient)
            roots = structural_roots(gradient) if product is None else elementwise_roots(gradient, product)
            self._arrived.setdefault(slot.tensor, []).append((passed, roots))

    def _value(self, tensor: str | None) -> Any:
        return None if tensor not in self._values else np.asarray(self._values[tensor or ""], dtype=np.float64)
