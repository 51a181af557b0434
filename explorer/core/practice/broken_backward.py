"""Backward passes with exactly one broken rule: TensorFlow's local derivatives, combined as a student might.

The values are ours and wrong on purpose, which every view of them must say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.autodiff.output_name import differentiated_name
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values, op_of
from explorer.core.number_format import format_number
from explorer.core.ops.table import ops_by_type

OVERWRITTEN, WRONG_SIGN, MISSING_LOCAL = "overwritten", "sign", "inner"
"""Kinds of broken rules: at a fan-out a gradient overwrites the previous one instead of being added, a gradient has
the wrong sign, or it was not multiplied by the local derivative."""

MIN_RELATIVE_DIFFERENCE = 0.05
"""Relative difference between a wrong and a right value that is noticeable."""

DIFFERENCE_STEP = 1e-4
"""Step of the central difference quotient, in float64."""


@dataclass(frozen=True)
class BrokenBackward:
    """A broken rule.

    kind: `OVERWRITTEN`, `WRONG_SIGN` or `MISSING_LOCAL`.
    op: op whose rule is broken, or at whose output gradients are not added.
    slot: argument slot whose gradient is wrong; -1 for the sum.
    """

    kind: str
    op: str
    slot: int = -1


def breakable_rules(trace: Trace, values: Values) -> list[BrokenBackward]:
    """Return the rules of a scalar pass whose breaking is noticeable in a gradient; empty if there are none."""
    slots = _passing_slots(trace)
    if trace.summed or any(slot.local_tensor is None or np.ndim(values[slot.local_tensor]) for _, slot in slots):
        return []
    passed = [slot.gradient_tensor for _, slot in slots]
    found = []
    for step, slot in slots:
        # If an op passes on the tensor that arrived, the wrong value would appear at both edges.
        if slot.gradient_tensor == step.upstream_tensor or passed.count(slot.gradient_tensor) > 1:
            continue
        found += [BrokenBackward(kind, step.op, slot.slot) for kind in (WRONG_SIGN, MISSING_LOCAL)]
    for tensor in trace.tensor_gradients:
        if len([slot for _, slot in slots if slot.tensor == tensor]) > 1:
            found.append(BrokenBackward(OVERWRITTEN, op_of(tensor)))
    return [broken for broken in found if _is_noticeable(trace, values, broken)]


def wrong_values(trace: Trace, values: Values, broken: BrokenBackward) -> dict[str, Any]:
    """Return the wrong values of a backward pass with one broken rule, by the tensor whose value they replace."""
    computed: dict[str, Any] = {}
    arrived: dict[str, list[Any]] = {}
    for step in trace.steps:
        upstream = computed.get(step.upstream_tensor or "", values.get(step.upstream_tensor or ""))
        for slot in step.inputs:
            if slot.gradient_tensor is None or slot.local_tensor is None or upstream is None:
                continue
            passed = upstream * values[slot.local_tensor]
            if (broken.op, broken.slot) == (step.op, slot.slot):
                passed = -passed if broken.kind == WRONG_SIGN else upstream
            computed[slot.gradient_tensor] = passed
            parts = arrived.setdefault(slot.tensor, [])
            parts.append(passed)
            if len(parts) > 1:
                last_only = broken.kind == OVERWRITTEN and f"{broken.op}:0" == slot.tensor
                computed[trace.tensor_gradients[slot.tensor]] = passed if last_only else sum(parts[1:], parts[0])
    return {tensor: value for tensor, value in computed.items() if not _is_close(value, values[tensor], 1e-4)}


def difference_quotient(trace: Trace, values: Values, tensor: str) -> float | None:
    """Return the central difference quotient of the output with respect to one tensor, computed by NumPy.

    None if an op is unknown or the quotient is not finite.
    """
    up, down = (_output_with_offset(trace, values, tensor, offset) for offset in (DIFFERENCE_STEP, -DIFFERENCE_STEP))
    if up is None or down is None:
        return None
    quotient = (up - down) / (2 * DIFFERENCE_STEP)
    return quotient if np.isfinite(quotient) else None


def comparison_message(trace: Trace, values: Values, wrong: Mapping[str, Any], op: str) -> str:
    """Return a sentence that compares the pass's gradient of an op's output with a difference quotient."""
    tensor = f"{op}:0"
    name, y = tensor_label(trace, tensor), differentiated_name(trace)
    quotient = difference_quotient(trace, values, tensor)
    gradient = trace.tensor_gradients.get(tensor)
    if gradient is None or quotient is None:
        return f"{name} has no gradient that could be compared."
    shown = float(wrong.get(gradient, values[gradient]))
    same = _is_close(shown, quotient, 1e-2)
    head = f"d{y}/d{name if name.isidentifier() else f'({name})'}"
    numbers = f"this pass says {format_number(shown)}, our difference quotient {format_number(quotient)}"
    return f"{'✓' if same else '✗'} {head}: {numbers}. {'They agree.' if same else 'They do not agree.'}"


def verdict(trace: Trace, values: Values, broken: BrokenBackward, op: str) -> tuple[bool, str]:
    """Return whether the pass is broken at ``op``, with an explanation."""
    name = tensor_label(trace, f"{op}:0")
    step = trace.steps_by_op.get(op)
    if op == broken.op:
        return True, f"Right. {_break_description(trace, values, broken, name)}"
    if step is None and sum(slot.tensor == f"{op}:0" for _, slot in _passing_slots(trace)) < 2:
        return False, f"No: {name} has no rule, it only receives a gradient."
    if step is None:
        return False, f"No: at {name} all gradients that arrive are added up, as they should be."
    return False, (
        f"No: {name} multiplies the upstream gradient by its local derivative, as it should. "
        "If the result is wrong, the upstream gradient was wrong already."
    )


def _break_description(trace: Trace, values: Values, broken: BrokenBackward, name: str) -> str:
    wrong = wrong_values(trace, values, broken)
    if broken.kind == OVERWRITTEN:
        gradients = [slot.gradient_tensor or "" for _, slot in _passing_slots(trace) if slot.tensor == f"{broken.op}:0"]
        arrived = " and ".join(format_number(float(wrong.get(tensor, values[tensor]))) for tensor in gradients)
        return f"At {name} arrive {arrived}: the last one overwrote what was there, instead of being added."
    step, slot = next(pair for pair in _passing_slots(trace) if (pair[0].op, pair[1].slot) == (broken.op, broken.slot))
    label = tensor_label(trace, slot.tensor)
    local, arrived = (
        format_number(float(values[tensor or ""])) for tensor in (slot.local_tensor, step.upstream_tensor)
    )
    right = format_number(float(values[slot.gradient_tensor or ""]))
    if broken.kind == WRONG_SIGN:
        return f"What {name} passes on to {label} has the wrong sign: {arrived} times {local} is {right}."
    return f"{name} passes the upstream gradient {arrived} on to {label}: its local derivative {local} is missing."


def _passing_slots(trace: Trace) -> list[tuple[Step, StepInput]]:
    return [(step, slot) for step in trace.steps for slot in step.inputs if slot.gradient_tensor is not None]


def _is_noticeable(trace: Trace, values: Values, broken: BrokenBackward) -> bool:
    wrong = wrong_values(trace, values, broken)
    ends = [info.tensor for info in trace.gradients.values() if info.tensor in wrong]
    return any(not _is_close(wrong[end], values[end], MIN_RELATIVE_DIFFERENCE) for end in ends if end is not None)


def _is_close(a: Any, b: Any, tolerance: float) -> bool:
    return bool(np.all(np.abs(np.subtract(a, b)) <= tolerance * np.maximum(np.abs(a), np.abs(b)) + 1e-9))


def _output_with_offset(trace: Trace, values: Values, moved: str, offset: float) -> float | None:
    known: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        for node in trace.nodes:
            row = ops_by_type().get(node.type)
            if not node.inputs:
                value = np.asarray(values[node.tensor], np.float64)
            elif row is None:
                return None
            else:
                value = row.numpy(*(known[tensor] for tensor in node.inputs))
            known[node.tensor] = value + offset if node.tensor == moved else value
    return float(np.sum(known[trace.output]))
