"""A quick look whether anything odd happens to gradients on their way, before the one that takes longer."""

from typing import Any

import numpy as np

from explorer.core.autodiff.causes.entry_flow import SOFTMAX_TYPES
from explorer.core.autodiff.causes.value_roots import ValueRoots
from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.trace import Step, StepInput
from explorer.core.ops.table import ops_by_type


def passes_ordinarily(forward: ValueRoots) -> bool:
    """Return whether no step turns a gradient into something odd; False where that is not known.

    Every value is finite, every number passed on is finite and not 0, no function is saturated, no op at a kink or
    outside the domain of its derivative.
    """
    return not forward.numbers and all(_is_ordinary_step(forward, step) for step in forward.trace.steps)


def _is_ordinary_step(forward: ValueRoots, step: Step) -> bool:
    row = ops_by_type().get(step.type)
    if not all(_is_ordinary_slot(forward, step, slot) for slot in step.inputs):
        return False
    if step.type in SOFTMAX_TYPES or (row is None and step.type not in RESHAPE_TYPES):
        return False
    return row is None or not row.kinks or not forward.points(forward.trace.nodes_by_name[step.op]).kinks.any()


def _is_ordinary_slot(forward: ValueRoots, step: Step, slot: StepInput) -> bool:
    values, row = forward.values, ops_by_type().get(step.type)
    passed = values.get(slot.gradient_tensor or "")
    total = values.get(forward.trace.tensor_gradients.get(slot.tensor, ""))
    if passed is None or total is None or not (_is_ordinary(passed) and _is_ordinary(total)):
        return False
    if row is None:
        return True
    domain = row.derivative_domain(slot.slot)
    if domain is not None and forward.points(forward.trace.nodes_by_name[step.op]).outside(domain).any():
        return False
    if slot.slot not in row.saturates:
        return True
    local = values.get(slot.local_tensor or "")
    return local is not None and not np.any(np.abs(local) < np.finfo(local.dtype).eps)


def _is_ordinary(value: Any) -> bool:
    return bool(np.all(np.isfinite(value)) and np.all(value))
