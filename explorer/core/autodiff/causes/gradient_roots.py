"""Roots of the backward pass: where a gradient became infinite, not a number or 0, entry by entry and step by step."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_flow import SOFTMAX_TYPES, Numbers, reduce_to
from explorer.core.autodiff.causes.value_roots import NO_ROOT, Root, ValueRoots
from explorer.core.autodiff.causes.wide_values import Mask
from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES
from explorer.core.autodiff.trace import GraphNode, Step, StepInput, Trace, Values, op_of
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE
from explorer.core.ops.table import CHOICE_TYPES, is_elementwise, ops_by_type

ALIVE = -1
"""In `EntryRoots.lost`: not lost. It is smaller than every number, as one living entry keeps a sum alive."""


@dataclass(frozen=True)
class EntryRoots:
    """What happened to a gradient, in the shape of its tensor; each has numbers of roots.

    broken: where it is infinite or NaN, else `NO_ROOT`.
    lost: where it is 0 or saturated; `ALIVE` elsewhere, and `NO_ROOT` where nothing was sent from the start.
    chosen: where on its way TensorFlow chose a derivative that there is none of, at a kink or outside the domain; else
        `NO_ROOT`.
    """

    broken: Numbers
    lost: Numbers
    chosen: Numbers

    @classmethod
    def untouched(cls, shape: tuple[int, ...]) -> "EntryRoots":
        """Return that nothing has happened."""
        return cls(np.full(shape, NO_ROOT), np.full(shape, ALIVE), np.full(shape, NO_ROOT))


def passes_ordinarily(forward: ValueRoots) -> bool:
    """Return whether no step turns a gradient into something odd: a quick look, before one that takes longer.

    False where it is not known. Every number passed on is finite and not 0, no function is saturated, no op at a kink
    or outside the domain of its derivative.
    """
    values = forward.values
    if forward.numbers:
        return False
    for step in forward.trace.steps:
        node, row = forward.trace.nodes_by_name[step.op], ops_by_type().get(step.type)
        for slot in step.inputs:
            passed = values.get(slot.gradient_tensor or "")
            total = values.get(forward.trace.tensor_gradients.get(slot.tensor, ""))
            if passed is None or total is None or not (_is_ordinary(passed) and _is_ordinary(total)):
                return False
            domain = row.derivative_domains[slot.slot] if row is not None and row.derivative_domains else None
            if domain is not None and forward.points(node).outside(domain.where).any():
                return False
            if row is not None and slot.slot in row.saturates:
                local = values.get(slot.local_tensor or "")
                if local is None or np.any(np.abs(local) < np.finfo(local.dtype).eps):
                    return False
        if step.type in SOFTMAX_TYPES or (row is None and step.type not in RESHAPE_TYPES):
            return False
        if row is not None and row.kinks and forward.points(node).genuine(*(kink.where for kink in row.kinks)).any():
            return False
    return True


def _is_ordinary(value: Any) -> bool:
    return bool(np.all(np.isfinite(value)) and np.all(value))


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
            link = _SlotRoots(self._forward, node, slot, upstream, passed, above)
            self._arrived.setdefault(slot.tensor, []).append((passed, link.roots()))

    def _value(self, tensor: str | None) -> Any:
        return None if tensor not in self._values else np.asarray(self._values[tensor or ""], dtype=np.float64)


class _SlotRoots:
    """One argument slot of one step: what the op does to the gradient that it passes on there."""

    def __init__(
        self, forward: ValueRoots, node: GraphNode, slot: StepInput, upstream: Any, passed: Any, above: EntryRoots
    ) -> None:
        self._forward = forward
        self._node, self._slot = node, slot
        self._upstream, self._passed, self._above = upstream, passed, above
        self._eps = float(np.finfo(np.asarray(forward.values[node.tensor]).dtype).eps)

    def roots(self) -> EntryRoots:
        """Return what happened to the gradient that is passed on."""
        product = self._product()
        if product is None:
            return self._roots_of_structure()
        chosen = self._chosen(product)
        broken = self._broken(product)
        lost = self._lost(product, chosen)
        # Behind a derivative that is 0 anyway, what was chosen makes no difference.
        chosen = np.where(chosen != NO_ROOT, chosen, np.where(lost == self._above.lost, self._above.chosen, NO_ROOT))
        shape = self._passed.shape
        result = EntryRoots(*(np.array(reduce_to(each, shape)) for each in (broken, lost, chosen)))
        self._blame_sum(result)
        return result

    def _product(self) -> Any:
        """Return upstream times local derivative in the output's shape; None if the op is not elementwise."""
        if not is_elementwise(self._node.type):
            return None
        if self._slot.product_tensor is not None:
            product = self._forward.values.get(self._slot.product_tensor)
            return None if product is None else np.asarray(product, dtype=np.float64)
        return self._passed if self._passed.shape == self._upstream.shape else None

    def _blame_sum(self, result: EntryRoots) -> None:
        """Add a root where the sum over what was broadcast is to blame."""
        cancelled = (self._passed == 0) & (result.lost == ALIVE)
        if cancelled.any():
            self._add(result.lost, CauseKind.CANCELS, cancelled, op="Sum", tensor=self._slot.tensor)
        too_large = ~np.isfinite(self._passed) & (result.broken == NO_ROOT)
        if too_large.any() and not self._is_given():
            self._add(result.broken, CauseKind.OVERFLOW, too_large, op="Sum", tensor=self._slot.tensor)

    def _is_given(self) -> bool:
        """Return whether an operand is infinite because that was typed."""
        operands = (np.asarray(self._forward.values.get(name)) for name in self._node.inputs)
        return any(each.dtype.kind == "f" and not np.all(np.isfinite(each)) for each in operands)

    def _is_operand_infinite(self, shape: tuple[int, ...]) -> Mask:
        """Return where an operand is infinite; it was typed if it has no root."""
        operands = [np.asarray(self._forward.values[name]) for name in self._node.inputs]
        infinite = [np.broadcast_to(np.isinf(each), shape) for each in operands if each.dtype.kind == "f"]
        return np.logical_or.reduce(infinite) if infinite else np.zeros(shape, np.bool_)

    def _add(
        self, numbers: Numbers, kind: CauseKind, mask: Mask, op: str | None = None, tensor: str | None = None
    ) -> None:
        if mask.any():
            name = tensor or self._node.tensor
            self._forward.add(numbers, Root(kind, op or self._node.type, self._node.id, name, mask, self._slot.slot))

    def _add_underflow(self, numbers: Numbers, mask: Mask, tensor: str | None = None) -> None:
        """Add this op, which took a 0 because an operand was too small for the number format."""
        root = Root(
            CauseKind.UNDERFLOW, self._node.type, self._node.id, tensor or self._node.tensor, mask, self._slot.slot
        )
        self._forward.add_underflow(numbers, root, self._forward.underflow_of_operands(self._node, self._slot.slot))

    def _local(self) -> Any:
        local = self._forward.values.get(self._slot.local_tensor or "")
        return None if local is None else np.asarray(local, dtype=np.float64)

    def _fits(self, at_least: float | None = None) -> Mask:
        """Return where the derivative is a number of the type, although TensorFlow's is none or 0.

        at_least: the smallest number that counts; that of the type if None.
        """
        derivative = self._forward.points(self._node).wide_derivative(self._slot.slot)
        if derivative is None:
            return np.zeros(self._upstream.shape, np.bool_)
        limits, size = np.finfo(np.asarray(self._forward.values[self._node.tensor]).dtype), np.abs(derivative)
        smallest = float(limits.tiny) if at_least is None else at_least
        return np.asarray((size >= smallest) & (size <= float(limits.max)))

    def _chosen(self, product: Any) -> Numbers:
        numbers = np.full(product.shape, NO_ROOT)
        points, slot = self._forward.points(self._node), self._slot.slot
        row = points.row
        is_reached = self._above.lost == ALIVE
        if slot not in row.steps and not points.has_equal_operands:
            kinks = [kink.where for kink in row.kinks if kink.slot in (None, slot)]
            self._add(numbers, CauseKind.KINK, points.genuine(*kinks) & is_reached)
        domain = row.derivative_domains[slot] if row.derivative_domains else None
        outside = points.outside(domain.where if domain else None)
        self._add(numbers, CauseKind.DOMAIN, outside & (product == 0) & is_reached & (numbers == NO_ROOT))
        return numbers

    # -- infinite or NaN ----------------------------------------------------------------------------

    def _broken(self, product: Any) -> Numbers:
        bad = ~np.isfinite(product)
        numbers = np.full(product.shape, NO_ROOT)
        if not bad.any():
            return numbers
        known = np.minimum(self._above.broken, self._forward.of_operands(self._node, product.shape))
        numbers = np.array(np.where(bad, known, NO_ROOT))
        new = bad & (numbers == NO_ROOT) & np.isfinite(self._upstream)
        if not new.any() or self._is_given():
            return numbers
        points, slot, local = self._forward.points(self._node), self._slot.slot, self._local()
        row = points.row
        special = (*(pole.where for pole in row.poles), *(each.where for each in row.indeterminate))
        lost = new & points.lost(*special)
        self._add_underflow(numbers, lost)
        new = new & ~lost
        unclear = new & points.genuine(*(each.where for each in row.indeterminate))
        poles = new & points.genuine(*(pole.where for pole in row.poles)) & ~unclear
        if self._node.type == CUSTOM_GRADIENT_TYPE and local is not None:  # a rule of the user's own, such as 1/x
            poles = new & np.isinf(local)
        domain = row.derivative_domains[slot] if row.derivative_domains else row.domain
        outside = new & ~unclear & ~poles & points.outside(domain.where if domain else None)
        rest = new & ~unclear & ~poles & ~outside
        is_nan = rest & (np.isnan(product) if local is None else np.isnan(local))
        # A derivative that is a number after all: what was too small on the way, such as a^2+b^2 of atan2, became 0.
        is_fine = rest & self._fits(at_least=0.0) & (local is not None and ~np.isfinite(local))
        is_nan = is_nan & ~is_fine
        is_small = is_fine & points.are_small()
        self._add(numbers, CauseKind.DOMAIN, outside)
        self._add(numbers, CauseKind.INDETERMINATE, unclear | is_nan)
        self._add(numbers, CauseKind.POLE, poles)
        self._add(numbers, CauseKind.UNDERFLOW, is_small)
        self._add(numbers, CauseKind.OVERFLOW, rest & ~is_nan & ~is_small)
        return numbers

    # -- 0 ------------------------------------------------------------------------------------------

    def _lost(self, product: Any, chosen: Numbers) -> Numbers:
        points, slot, local = self._forward.points(self._node), self._slot.slot, self._local()
        row = points.row
        numbers = np.where(product == 0, self._above.lost, ALIVE)
        # What arrives saturated, and is not 0, stays so.
        numbers = np.where(np.isfinite(product), np.where(self._above.lost != ALIVE, self._above.lost, numbers), ALIVE)
        numbers = np.array(numbers)
        is_saturated = points.nothing
        if slot in row.saturates and local is not None:
            is_saturated = np.isfinite(product) & (np.abs(local) < self._eps)
        # What arrives saturated, and is not 0, becomes 0 here only if the local derivative is 0.
        faint = np.zeros(product.shape, np.bool_)
        if local is not None:
            faint = (product == 0) & (local == 0) & (self._above.lost != ALIVE) & (self._upstream != 0)
        new = (((product == 0) | is_saturated) & (numbers == ALIVE)) | faint
        if not new.any():
            return numbers
        from_value = self._forward.of_operands(self._node, product.shape)
        numbers = np.where(new & (from_value != NO_ROOT), from_value, numbers)
        new = new & (from_value == NO_ROOT)
        numbers = np.array(np.where(new & (chosen != NO_ROOT), chosen, numbers))
        new = new & (chosen == NO_ROOT)
        zero_factor = row.zero_factors[slot] if row.zero_factors else None
        stationary = row.stationary[slot] if row.stationary else None
        not_selected = row.not_selected[slot] if row.not_selected else None
        is_passing_nothing = is_saturated & ((self._above.lost == ALIVE) | faint)
        is_closed = is_saturated & (self._node.type in _RECTIFIERS) & bool(product.ndim)
        kinds = (
            (CauseKind.STEP_FUNCTION, np.full(product.shape, slot in row.steps)),
            (CauseKind.NOT_SELECTED, points.genuine(not_selected)),
            (CauseKind.ZERO_FACTOR, points.genuine(zero_factor)),
            (CauseKind.STATIONARY, points.genuine(stationary)),
            (None, points.lost(zero_factor, stationary, *(each.where for each in row.kinks))),
            (CauseKind.DEAD, is_closed),
            (CauseKind.SATURATED, is_saturated & ~is_closed),
            (CauseKind.NOT_SELECTED, np.full(product.shape, self._node.type in CHOICE_TYPES)),
            (CauseKind.STATIONARY, np.full(product.shape, not row.tf_types or self._node.type == CUSTOM_GRADIENT_TYPE)),
            (CauseKind.STATIONARY, self._is_operand_infinite(product.shape)),  # 1/infinity is 0, and not too small
            (CauseKind.OVERFLOW, self._fits() & (local is not None and np.equal(local, 0))),  # 1/infinity, on the way
            (CauseKind.UNDERFLOW, np.full(product.shape, True)),
        )
        for kind, where in kinds:
            mask = new & where
            if kind == CauseKind.DEAD and mask.any():  # at the kink a unit passes nothing on either
                root = Root(kind, self._node.type, self._node.id, self._node.tensor, is_passing_nothing, slot)
                self._forward.add(numbers, root, mask)
            elif kind is None:  # an operand was too small
                self._add_underflow(numbers, mask)
            else:
                self._add(numbers, kind, mask)
            new = new & ~mask
        return numbers

    # -- ops that are not elementwise ---------------------------------------------------------------

    def _roots_of_structure(self) -> EntryRoots:
        def below(numbers: Numbers) -> Numbers:
            return np.array(self._forward.to_operand(self._node, self._slot.slot, numbers))

        passed, node = self._passed, self._node
        bad = ~np.isfinite(passed)
        broken, lost, chosen = (below(each) for each in (self._above.broken, self._above.lost, self._above.chosen))
        # Of what is not 0, only entries that are not 0 have anything to say.
        lost = np.where(passed != 0, below(np.where(self._upstream != 0, self._above.lost, NO_ROOT)), lost)
        broken = np.array(np.minimum(broken, self._forward.of_operands(node, passed.shape)))
        broken[~bad] = NO_ROOT
        new = bad & (broken == NO_ROOT)
        if not self._is_given() and np.all(np.isfinite(self._upstream)):
            self._add(broken, CauseKind.OVERFLOW, new, tensor=self._slot.tensor)
        points = self._forward.points(node)
        if points.row.kinks and not points.row.elementwise:
            at_kink = points.genuine(*(each.where for each in points.row.kinks)) & (lost == ALIVE)
            self._add(chosen, CauseKind.KINK, at_kink, tensor=self._slot.tensor)
        is_zero = (passed == 0) | (self._is_negligible() & np.isfinite(passed))
        new = is_zero & (lost == ALIVE)
        self._classify_lost(lost, new)
        return EntryRoots(broken, lost, np.where(new, NO_ROOT, chosen))

    def _is_negligible(self) -> Mask:
        """Return where a softmax passes on only what is left by rounding."""
        if self._node.type not in SOFTMAX_TYPES:
            return np.zeros(self._passed.shape, np.bool_)
        largest = np.max(np.abs(self._upstream), axis=-1, keepdims=True)
        return np.asarray(np.abs(self._passed) < self._eps * largest * self._upstream.shape[-1])

    def _classify_lost(self, lost: Numbers, new: Mask) -> None:
        if not new.any():
            return
        kind, tensor = self._node.type, self._slot.tensor
        from_value = self._forward.of_operands(self._node, new.shape)
        lost[new & (from_value != NO_ROOT)] = from_value[new & (from_value != NO_ROOT)]
        new = new & (from_value == NO_ROOT)
        if kind in ("Max", "Min"):
            self._add(lost, CauseKind.NOT_SELECTED, new, tensor=tensor)
        elif kind in SOFTMAX_TYPES:
            is_saturated = self._is_saturated_softmax()
            self._add(lost, CauseKind.SATURATED, new & is_saturated, tensor=tensor)
            self._add(lost, CauseKind.CANCELS, new & ~is_saturated, tensor=tensor)
        elif kind in MATMUL_TYPES:
            is_empty = self._has_zero_products()
            if self._forward.underflow_of_operands(self._node, self._slot.slot) is not None:
                self._add_underflow(lost, new & is_empty, tensor)
                new = new & ~is_empty
            self._add(lost, CauseKind.ZERO_FACTOR, new & is_empty, tensor=tensor)
            self._add(lost, CauseKind.CANCELS, new & ~is_empty, tensor=tensor)
        elif kind in ("Sum", "Mean"):
            self._add(lost, CauseKind.UNDERFLOW, new, tensor=tensor)
        else:
            self._add(lost, CauseKind.STATIONARY, new, tensor=tensor)

    def _is_saturated_softmax(self) -> Mask:
        """Return the rows of a softmax in which one entry has taken everything."""
        largest = np.max(np.abs(self._forward.values[self._node.tensor]), axis=-1, keepdims=True)
        if self._node.type == "LogSoftmax":
            largest = np.exp(np.max(self._forward.values[self._node.tensor], axis=-1, keepdims=True))
        is_same = np.all(np.isclose(self._upstream, self._upstream[..., :1], rtol=self._eps), axis=-1, keepdims=True)
        sums = is_same if self._node.type == "Softmax" else np.zeros_like(is_same)
        return np.broadcast_to((largest > 1 - self._upstream.shape[-1] * self._eps) & ~sums, self._passed.shape)

    def _has_zero_products(self) -> Mask:
        """Return where all products that a matrix product sums up for an entry are 0."""
        slot, transposed = self._slot.slot, self._node.transposed
        other = np.abs(np.asarray(self._forward.values[self._node.inputs[1 - slot]], dtype=np.float64))
        upstream = np.abs(self._upstream)
        if 1 - slot not in transposed:
            other = np.swapaxes(other, -1, -2)
        reached = upstream @ other if slot == 0 else other @ upstream
        if slot in transposed:
            reached = np.swapaxes(reached, -1, -2)
        return np.asarray(np.broadcast_to(reached, self._passed.shape) == 0)


_RECTIFIERS = frozenset({"Relu", "ReluGrad"})
