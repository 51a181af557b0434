"""What an op that is not elementwise does to the entries of a gradient: a reduction, a matrix product, a softmax …"""

import numpy as np

from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_flow import SOFTMAX_TYPES, Numbers, to_operand
from explorer.core.autodiff.causes.slot_gradient import ALIVE, EntryRoots, SlotGradient
from explorer.core.autodiff.causes.value_roots import NO_ROOT
from explorer.core.autodiff.causes.wide_values import Mask
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES


def structural_roots(gradient: SlotGradient) -> EntryRoots:
    """Return what happened to the gradient that is passed on, in the shape of the operand."""
    above, passed, tensor = gradient.above, gradient.passed, gradient.slot.tensor
    broken, lost, chosen = (_at_operand(gradient, each) for each in (above.broken, above.lost, above.chosen))
    # Of what is not 0, only entries that are not 0 have anything to say.
    lost_of_others = _at_operand(gradient, np.where(gradient.upstream != 0, above.lost, NO_ROOT))
    lost = np.where(passed != 0, lost_of_others, lost)
    bad = ~np.isfinite(passed)
    broken = np.where(bad, np.minimum(broken, gradient.roots_of_operands(passed.shape)), NO_ROOT)
    if gradient.has_finite_operands and np.all(np.isfinite(gradient.upstream)):
        gradient.blame(broken, CauseKind.OVERFLOW, bad & (broken == NO_ROOT), tensor=tensor)
    points = gradient.points
    if points.row.kinks and not points.row.elementwise:
        gradient.blame(chosen, CauseKind.KINK, points.kinks & (lost == ALIVE), tensor=tensor)
    is_zero = (passed == 0) | (_is_negligible(gradient) & np.isfinite(passed))
    new = is_zero & (lost == ALIVE)
    if new.any():
        _blame_zeros(gradient, lost, new)
    return EntryRoots(broken, lost, np.where(new, NO_ROOT, chosen))


def _at_operand(gradient: SlotGradient, numbers: Numbers) -> Numbers:
    """Return the numbers of the op's output at the entries of the operand."""
    return np.array(to_operand(gradient.node, gradient.slot.slot, numbers, gradient.forward.values))


def _blame_zeros(gradient: SlotGradient, lost: Numbers, new: Mask) -> None:
    """Write into ``lost`` why nothing is passed on at the entries ``new``."""
    kind, tensor = gradient.node.type, gradient.slot.tensor
    from_value = gradient.roots_of_operands(new.shape)
    is_known = new & (from_value != NO_ROOT)
    lost[is_known] = from_value[is_known]
    new = new & ~is_known
    if kind in ("Max", "Min"):
        gradient.blame(lost, CauseKind.NOT_SELECTED, new, tensor=tensor)
    elif kind in SOFTMAX_TYPES:
        is_saturated = _is_saturated(gradient)
        gradient.blame(lost, CauseKind.SATURATED, new & is_saturated, tensor=tensor)
        gradient.blame(lost, CauseKind.CANCELS, new & ~is_saturated, tensor=tensor)
    elif kind in MATMUL_TYPES:
        is_empty = _has_zero_products(gradient)
        if gradient.has_lost_operand:
            gradient.blame_underflow(lost, new & is_empty, tensor)
            new = new & ~is_empty
        gradient.blame(lost, CauseKind.ZERO_FACTOR, new & is_empty, tensor=tensor)
        gradient.blame(lost, CauseKind.CANCELS, new & ~is_empty, tensor=tensor)
    elif kind in ("Sum", "Mean"):
        gradient.blame(lost, CauseKind.UNDERFLOW, new, tensor=tensor)
    else:
        gradient.blame(lost, CauseKind.STATIONARY, new, tensor=tensor)


def _is_negligible(gradient: SlotGradient) -> Mask:
    """Return where a softmax passes on only what is left by rounding."""
    if gradient.node.type not in SOFTMAX_TYPES:
        return np.zeros(gradient.passed.shape, np.bool_)
    largest = np.max(np.abs(gradient.upstream), axis=-1, keepdims=True)
    rounding = float(gradient.limits.eps) * largest * gradient.upstream.shape[-1]
    return np.asarray(np.abs(gradient.passed) < rounding)


def _is_saturated(gradient: SlotGradient) -> Mask:
    """Return the rows of a softmax in which one entry has taken everything.

    Not those in which equal gradients arrive for all entries: these cancel in any case, as the entries add up to 1.
    """
    value, upstream, eps = gradient.forward.values[gradient.node.tensor], gradient.upstream, float(gradient.limits.eps)
    is_log = gradient.node.type == "LogSoftmax"
    largest = np.max(np.exp(value) if is_log else np.abs(value), axis=-1, keepdims=True)
    is_same = np.all(np.isclose(upstream, upstream[..., :1], rtol=eps), axis=-1, keepdims=True)
    is_saturated = (largest > 1 - upstream.shape[-1] * eps) & (is_log | ~is_same)
    return np.broadcast_to(is_saturated, gradient.passed.shape)


def _has_zero_products(gradient: SlotGradient) -> Mask:
    """Return where all products that a matrix product sums up for an entry are 0."""
    slot, transposed = gradient.slot.slot, gradient.node.transposed
    other = np.abs(np.asarray(gradient.forward.values[gradient.node.inputs[1 - slot]], dtype=np.float64))
    upstream = np.abs(gradient.upstream)
    if 1 - slot not in transposed:
        other = np.swapaxes(other, -1, -2)
    reached = upstream @ other if slot == 0 else other @ upstream
    if slot in transposed:
        reached = np.swapaxes(reached, -1, -2)
    return np.asarray(np.broadcast_to(reached, gradient.passed.shape) == 0)
