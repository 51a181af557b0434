"""Backward steps that pass on no derivative of their value: at a kink or pole, outside the domain, or overridden; and
those whose rule does not hold, for which TensorFlow chose a number."""

import numpy as np

from explorer.core.autodiff.causes.cause import MAX_ENTRIES
from explorer.core.autodiff.causes.entry_text import entries_text
from explorer.core.autodiff.causes.special_points import SpecialPoints
from explorer.core.autodiff.causes.wide_values import Mask, wide_values
from explorer.core.autodiff.trace import Step, Trace, Values
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE, STOP_GRADIENT_TYPE
from explorer.core.ops.table import ops_by_type

_OVERRIDE_MESSAGES = {
    STOP_GRADIENT_TYPE: "The backward pass stops here: TensorFlow was told to treat this as a constant.",
    CUSTOM_GRADIENT_TYPE: "Your own rule: TensorFlow uses the derivative that you gave, whatever that of the value is.",
}


def derivative_caveat(trace: Trace, values: Values, step: Step) -> str | None:
    """Return a sentence if ``step`` passes on no derivative of its value, or one that TensorFlow chose; else None.

    trace: with every op, also if the step is that of a concept.
    """
    if step.type in _OVERRIDE_MESSAGES:
        return _OVERRIDE_MESSAGES[step.type]
    points = _special_points(trace, values, step)
    if points is None:
        return None
    row = points.row
    for pole in row.poles:
        if (mask := points.genuine(pole.where)).any():
            return _at_entries(pole.message, mask)
    for unclear in row.indeterminate:
        if (mask := points.genuine(unclear.where)).any():
            return _at_entries(f"Here stands {unclear.form}: there is no derivative.", mask)
    if row.domain is not None and (mask := points.outside(row.domain)).any():
        return _at_entries(f"{step.type} is defined only for {row.domain.words}: there is no derivative here.", mask)
    return kink_sentence(trace, values, step) or _choice_sentence(trace, values, step)


def chosen_derivatives(trace: Trace, values: Values, step: Step) -> dict[int, Mask]:
    """Return, by argument slot, where the rule of a step does not hold and TensorFlow chose the local derivative.

    trace: with every op; the step may be that of a concept.
    """
    points = _special_points(trace, values, step)
    if points is None or not points.row.derivative_domains:
        return {}
    found = {}
    for slot in step.inputs:
        domain, local = points.row.derivative_domain(slot.slot), values.get(slot.local_tensor or "")
        if domain is not None and domain.choice is not None and local is not None:
            is_chosen = points.outside(domain) & np.equal(local, float(domain.choice))
            if is_chosen.any():
                found[slot.slot] = is_chosen
    return found


def _choice_sentence(trace: Trace, values: Values, step: Step) -> str | None:
    for slot, mask in chosen_derivatives(trace, values, step).items():
        row = ops_by_type()[step.type]
        if (domain := row.derivative_domain(slot)) is not None:
            needs = f"The rule of {row.symbol} for its {('first', 'second')[slot]} operand needs {domain.words}"
            return _at_entries(f"{needs}; TensorFlow chose {domain.choice}.", mask)
    return None


def kink_sentence(trace: Trace, values: Values, step: Step) -> str | None:
    """Return which derivative TensorFlow uses where the value of a step's op has none; None if it is at no kink.

    trace: with every op; the step may be that of a concept.
    """
    points = _special_points(trace, values, step)
    if points is None or points.has_equal_operands:
        return None
    for kink in points.row.kinks:
        if (mask := points.genuine(kink.where)).any():
            return _at_entries(kink.message, mask)
    return None


def _special_points(trace: Trace, values: Values, step: Step) -> SpecialPoints | None:
    """Return the special points of a step's op; None if it is not in the op table or was not computed."""
    node = trace.nodes_by_name.get(step.op)
    row = ops_by_type().get(step.type)
    if node is None or row is None or any(name not in values for name in (node.tensor, *node.inputs[: row.arity])):
        return None
    return SpecialPoints(node, values, lambda: wide_values(trace, values))


def _at_entries(message: str, mask: Mask) -> str:
    """Return a message with the entries of a vector or matrix that it is about."""
    if not mask.ndim:
        return message
    indices = [tuple(int(each) for each in index) for index in np.argwhere(mask)]
    place = entries_text(indices[:MAX_ENTRIES], len(indices), mask.size)
    return f"{place[0].upper()}{place[1:]}: {message}"
