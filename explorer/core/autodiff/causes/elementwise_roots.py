"""What an elementwise op does to the entries of a gradient: it multiplies each by a local derivative.

The entries belong to the op's output. Where an operand was broadcast, the products are summed afterwards.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_flow import Numbers, reduce_to
from explorer.core.autodiff.causes.slot_gradient import ALIVE, EntryRoots, SlotGradient
from explorer.core.autodiff.causes.value_roots import NO_ROOT, Root
from explorer.core.autodiff.causes.wide_values import Mask
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE
from explorer.core.ops.op import Predicate
from explorer.core.ops.table import CHOICE_TYPES, is_elementwise

_RECTIFIERS = frozenset({"Relu", "ReluGrad"})


def product_of(gradient: SlotGradient) -> Any:
    """Return upstream times local derivative in the output's shape; None if the op is not elementwise."""
    if not is_elementwise(gradient.node.type):
        return None
    if gradient.slot.product_tensor is not None:
        product = gradient.forward.values.get(gradient.slot.product_tensor)
        return None if product is None else np.asarray(product, dtype=np.float64)
    return gradient.passed if gradient.passed.shape == gradient.upstream.shape else None


def elementwise_roots(gradient: SlotGradient, product: Any) -> EntryRoots:
    """Return what happened to the gradient that is passed on, in the shape of the operand.

    product: see `product_of`.
    """
    above = gradient.above
    chosen = _chosen(gradient, product)
    broken = _broken(gradient, product)
    lost = _lost(gradient, product, chosen)
    # Behind or before a derivative that is 0 anyway, what was chosen makes no difference.
    is_passed = (lost == above.lost) & ~_is_zero_anyway(gradient)
    chosen = np.where(chosen != NO_ROOT, chosen, np.where(is_passed, above.chosen, NO_ROOT))
    shape = gradient.passed.shape
    result = EntryRoots(*(np.array(reduce_to(each, shape)) for each in (broken, lost, chosen)))
    _blame_sum(gradient, result)
    return result


def _blame_sum(gradient: SlotGradient, result: EntryRoots) -> None:
    """Add a root where the sum over what was broadcast is to blame."""
    tensor, passed = gradient.slot.tensor, gradient.passed
    cancelled = (passed == 0) & (result.lost == ALIVE)
    gradient.blame(result.lost, CauseKind.CANCELS, cancelled, op="Sum", tensor=tensor)
    too_large = ~np.isfinite(passed) & (result.broken == NO_ROOT)
    if too_large.any() and gradient.has_finite_operands:
        gradient.blame(result.broken, CauseKind.OVERFLOW, too_large, op="Sum", tensor=tensor)


def _chosen(gradient: SlotGradient, product: Any) -> Numbers:
    """Return where TensorFlow chose a derivative: at a kink, or as 0 outside the domain of the derivative."""
    points, slot = gradient.points, gradient.slot.slot
    numbers = np.full(product.shape, NO_ROOT)
    is_reached = gradient.above.lost == ALIVE
    if slot not in points.row.steps and not points.has_equal_operands:
        gradient.blame(numbers, CauseKind.KINK, points.kinks_of(slot) & is_reached)
    outside = points.outside(points.row.derivative_domain(slot))
    gradient.blame(numbers, CauseKind.DOMAIN, outside & (product == 0) & is_reached & (numbers == NO_ROOT))
    return numbers


def _is_zero_anyway(gradient: SlotGradient) -> Mask:
    """Return where the local derivative is 0, and not because TensorFlow chose so."""
    points, slot = gradient.points, gradient.slot.slot
    row = points.row
    zeros = points.genuine(*(_of_slot(each, slot) for each in (row.zero_factors, row.stationary, row.not_selected)))
    return zeros & ~(points.kinks | points.lost_zeros())


def _broken(gradient: SlotGradient, product: Any) -> Numbers:
    """Return where the product is infinite or NaN, and why."""
    bad = ~np.isfinite(product)
    if not bad.any():
        return np.full(product.shape, NO_ROOT)
    known = np.minimum(gradient.above.broken, gradient.roots_of_operands(product.shape))
    numbers = np.array(np.where(bad, known, NO_ROOT))
    new = bad & (numbers == NO_ROOT) & np.isfinite(gradient.upstream)
    # What is infinite from the start has no root.
    given = new & np.logical_or.reduce([np.broadcast_to(np.isinf(each), new.shape) for each in gradient.operands])
    gradient.blame(numbers, CauseKind.INDETERMINATE, given & np.isnan(product))
    gradient.blame(numbers, CauseKind.POLE, given & np.isinf(product))
    new = new & ~given
    if not new.any() or not gradient.has_finite_operands:
        return numbers
    points, local, row = gradient.points, gradient.local, gradient.points.row
    lost = new & points.lost_poles
    gradient.blame_underflow(numbers, lost)
    new = new & ~lost
    unclear = new & points.indeterminate
    poles = new & points.poles & ~unclear
    if gradient.node.type == CUSTOM_GRADIENT_TYPE and local is not None:  # a rule of the user's own, such as 1/x
        poles = new & np.isinf(local)
    domain = row.derivative_domain(gradient.slot.slot) if row.derivative_domains else row.domain
    outside = new & ~unclear & ~poles & points.outside(domain)
    rest = new & ~unclear & ~poles & ~outside
    is_nan = rest & (np.isnan(product) if local is None else np.isnan(local))
    # A derivative that is a number after all: what was too small on the way, such as a^2+b^2 of atan2, became 0.
    is_fine = rest & _has_derivative(gradient, 0.0) & (local is not None and ~np.isfinite(local))
    is_nan = is_nan & ~is_fine
    is_small = is_fine & points.are_small()
    gradient.blame(numbers, CauseKind.DOMAIN, outside)
    gradient.blame(numbers, CauseKind.INDETERMINATE, unclear | is_nan)
    gradient.blame(numbers, CauseKind.POLE, poles)
    gradient.blame(numbers, CauseKind.UNDERFLOW, is_small)
    gradient.blame(numbers, CauseKind.OVERFLOW, rest & ~is_nan & ~is_small)
    return numbers


def _has_derivative(gradient: SlotGradient, at_least: float) -> Mask:
    """Return where the formula of the derivative gives a number of the format of at least this size."""
    derivative = gradient.points.wide_derivative(gradient.slot.slot)
    if derivative is None:
        return np.zeros(gradient.upstream.shape, np.bool_)
    size = np.abs(derivative)
    return np.asarray((size >= at_least) & (size <= float(gradient.limits.max)))


def _lost(gradient: SlotGradient, product: Any, chosen: Numbers) -> Numbers:
    """Return where the product is 0 or the function is saturated, and why.

    What was lost before stays so. What arrives saturated, and is not 0, becomes 0 here only if the local derivative is.
    """
    above, local, row = gradient.above.lost, gradient.local, gradient.points.row
    numbers = np.where(np.isfinite(product), above, ALIVE)
    is_saturated = np.zeros(product.shape, np.bool_)
    if gradient.slot.slot in row.saturates and local is not None:
        is_saturated = np.isfinite(product) & (np.abs(local) < float(gradient.limits.eps))
    is_faint = np.zeros(product.shape, np.bool_)
    if local is not None:
        is_faint = (product == 0) & (local == 0) & (above != ALIVE) & (gradient.upstream != 0)
    new = ((product == 0) | is_saturated) & (numbers == ALIVE) | is_faint
    if not new.any():
        return numbers
    for known in (gradient.roots_of_operands(product.shape), chosen):
        is_known = new & (known != NO_ROOT)
        numbers[is_known] = known[is_known]
        new = new & ~is_known
    for kind, where in _reasons_of_zeros(gradient, is_saturated):
        mask = new & where
        if kind is None:
            gradient.blame_underflow(numbers, mask)
        elif kind == CauseKind.DEAD and mask.any():  # at the kink a unit passes nothing on either
            node, concerned = gradient.node, is_saturated & ((above == ALIVE) | is_faint)
            root = Root(kind, node.type, node.id, node.tensor, concerned, gradient.slot.slot)
            gradient.forward.add(numbers, root, mask)
        else:
            gradient.blame(numbers, kind, mask)
        new = new & ~mask
    return numbers


def _reasons_of_zeros(gradient: SlotGradient, is_saturated: Mask) -> list[tuple[CauseKind | None, Mask]]:
    """Return why a product may be 0, and where; of several reasons at an entry the first counts.

    The kind None stands for a 0 of which the op could take no other derivative because an operand was too small.
    """
    node, slot, points, local = gradient.node, gradient.slot.slot, gradient.points, gradient.local
    row, shape = points.row, is_saturated.shape

    def everywhere(is_so: bool) -> Mask:
        return np.full(shape, is_so)

    zero_factor, stationary = _of_slot(row.zero_factors, slot), _of_slot(row.stationary, slot)
    is_closed = is_saturated & everywhere(node.type in _RECTIFIERS and bool(shape))
    infinite = [np.broadcast_to(np.isinf(operand), shape) for operand in gradient.operands]
    has_vanished = _has_derivative(gradient, float(gradient.limits.tiny)) & (local is not None and np.equal(local, 0))
    return [
        (CauseKind.STEP_FUNCTION, everywhere(slot in row.steps)),
        (CauseKind.NOT_SELECTED, points.genuine(_of_slot(row.not_selected, slot))),
        (CauseKind.ZERO_FACTOR, points.genuine(zero_factor)),
        (CauseKind.STATIONARY, points.genuine(stationary)),
        (None, points.lost_zeros(zero_factor, stationary)),
        (CauseKind.DEAD, is_closed),
        (CauseKind.SATURATED, is_saturated & ~is_closed),
        (CauseKind.NOT_SELECTED, everywhere(node.type in CHOICE_TYPES)),
        (CauseKind.STATIONARY, everywhere(not row.tf_types or node.type == CUSTOM_GRADIENT_TYPE)),
        (CauseKind.STATIONARY, np.logical_or.reduce([everywhere(False), *infinite])),  # 1/infinity is 0, not too small
        (CauseKind.OVERFLOW, has_vanished),  # 1/infinity, on the way
        (CauseKind.UNDERFLOW, everywhere(True)),
    ]


def _of_slot(predicates: Sequence[Predicate | None], slot: int) -> Predicate | None:
    return predicates[slot] if predicates else None
