"""A backward pass with exactly one broken rule: TensorFlow's local derivatives, put together as a student might.

The numbers are ours and wrong on purpose; whoever shows them says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.autodiff.chain_rule_text import output_name, tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.number_format import format_number
from explorer.core.ops.table import ops_by_type

OVERWRITTEN, WRONG_SIGN, MISSING_LOCAL = "overwritten", "sign", "inner"
"""What may be broken: a gradient replaces the one before it at a fan-out, has the wrong sign, or was not multiplied by
the local derivative."""

MIN_RELATIVE_DIFFERENCE = 0.05
"""How far, at least, as a share, a broken number is from the right one: else nobody could see it."""

DIFFERENCE_STEP = 1e-4
"""How far a tensor is moved for a difference quotient, in float64."""


@dataclass(frozen=True)
class BrokenBackward:
    """kind: `OVERWRITTEN`, `WRONG_SIGN` or `MISSING_LOCAL`. op: whose rule is broken, or where gradients are not added.

    slot: the argument slot whose gradient is wrong; -1 where it is the sum.
    """

    kind: str
    op: str
    slot: int = -1


def breakable_rules(trace: Trace, values: Values) -> list[BrokenBackward]:
    """Return what may be broken in a pass of scalars so that it is seen; empty where nothing can be."""
    slots = _passing_slots(trace)
    if trace.summed or any(slot.local_tensor is None or np.ndim(values[slot.local_tensor]) for _, slot in slots):
        return []
    passed = [slot.gradient_tensor for _, slot in slots]
    found = []
    for step, slot in slots:
        # Where an op hands on the tensor that arrived, a broken number would stand at both.
        if slot.gradient_tensor == step.upstream_tensor or passed.count(slot.gradient_tensor) > 1:
            continue
        found += [BrokenBackward(kind, step.op, slot.slot) for kind in (WRONG_SIGN, MISSING_LOCAL)]
    for tensor in trace.tensor_gradients:
        if len([slot for _, slot in slots if slot.tensor == tensor]) > 1:
            found.append(BrokenBackward(OVERWRITTEN, tensor.partition(":")[0]))
    return [broken for broken in found if _is_noticeable(trace, values, broken)]


def wrong_values(trace: Trace, values: Values, broken: BrokenBackward) -> dict[str, Any]:
    """Return every number of the backward pass that one broken rule makes wrong, by the tensor that it stands for."""
    made: dict[str, Any] = {}
    arrived: dict[str, list[Any]] = {}
    for step in trace.steps:
        upstream = made.get(step.upstream_tensor or "", values.get(step.upstream_tensor or ""))
        for slot in step.inputs:
            if slot.gradient_tensor is None or slot.local_tensor is None or upstream is None:
                continue
            passed = upstream * values[slot.local_tensor]
            if (broken.op, broken.slot) == (step.op, slot.slot):
                passed = -passed if broken.kind == WRONG_SIGN else upstream
            made[slot.gradient_tensor] = passed
            ways = arrived.setdefault(slot.tensor, [])
            ways.append(passed)
            if len(ways) > 1:
                last_only = broken.kind == OVERWRITTEN and f"{broken.op}:0" == slot.tensor
                made[trace.tensor_gradients[slot.tensor]] = passed if last_only else sum(ways[1:], ways[0])
    return {tensor: value for tensor, value in made.items() if not _is_close(value, values[tensor], 1e-4)}


def difference_quotient(trace: Trace, values: Values, tensor: str) -> float | None:
    """Return how fast the output grows with one tensor: computed anew in NumPy, the tensor moved a little both ways.

    None where an op is not known here or the quotient is no number.
    """
    up, down = (_output_with_offset(trace, values, tensor, by) for by in (DIFFERENCE_STEP, -DIFFERENCE_STEP))
    if up is None or down is None:
        return None
    quotient = (up - down) / (2 * DIFFERENCE_STEP)
    return quotient if np.isfinite(quotient) else None


def comparison_message(trace: Trace, values: Values, wrong: Mapping[str, Any], op: str) -> str:
    """Return what the pass says of an op's output, and what a difference quotient of ours says."""
    tensor = f"{op}:0"
    name, y = tensor_label(trace, tensor), output_name(trace)
    quotient = difference_quotient(trace, values, tensor)
    gradient = trace.tensor_gradients.get(tensor)
    if gradient is None or quotient is None:
        return f"{name} has no gradient that could be compared."
    says = float(wrong.get(gradient, values[gradient]))
    same = _is_close(says, quotient, 1e-2)
    head = f"d{y}/d{name if name.isidentifier() else f'({name})'}"
    told = f"this pass says {format_number(says)}, our difference quotient {format_number(quotient)}"
    return f"{'✓' if same else '✗'} {head}: {told}. {'They agree.' if same else 'They do not agree.'}"


def verdict(trace: Trace, values: Values, broken: BrokenBackward, op: str) -> tuple[bool, str]:
    """Return whether ``op`` is where the pass is broken, and why, in a sentence."""
    name = tensor_label(trace, f"{op}:0")
    step = next((step for step in trace.steps if step.op == op), None)
    if op == broken.op:
        return True, f"Right. {_break_description(trace, values, broken, name)}"
    if step is None and sum(slot.tensor == f"{op}:0" for _, slot in _passing_slots(trace)) < 2:
        return False, f"No: {name} has no rule, it only receives a gradient."
    if step is None:
        return False, f"No: at {name} all that arrives is added up, as it should be."
    return False, (
        f"No: {name} multiplies what arrives by its local derivative, as it should. "
        "If that is wrong, it was wrong when it arrived."
    )


def _break_description(trace: Trace, values: Values, broken: BrokenBackward, name: str) -> str:
    wrong = wrong_values(trace, values, broken)
    if broken.kind == OVERWRITTEN:
        ways = [slot.gradient_tensor or "" for _, slot in _passing_slots(trace) if slot.tensor == f"{broken.op}:0"]
        said = " and ".join(format_number(float(wrong.get(way, values[way]))) for way in ways)
        return f"At {name} arrive {said}: the last one overwrote what was there, instead of being added."
    step, slot = next(pair for pair in _passing_slots(trace) if (pair[0].op, pair[1].slot) == (broken.op, broken.slot))
    label = tensor_label(trace, slot.tensor)
    local, arrived = (
        format_number(float(values[tensor or ""])) for tensor in (slot.local_tensor, step.upstream_tensor)
    )
    right = format_number(float(values[slot.gradient_tensor or ""]))
    if broken.kind == WRONG_SIGN:
        return f"What {name} passes on to {label} has the wrong sign: {arrived} times {local} is {right}."
    return f"{name} passes on to {label} what arrived, {arrived}: its local derivative {local} is missing."


def _passing_slots(trace: Trace) -> list[tuple[Step, StepInput]]:
    return [(step, slot) for step in trace.steps for slot in step.inputs if slot.gradient_tensor is not None]


def _is_noticeable(trace: Trace, values: Values, broken: BrokenBackward) -> bool:
    wrong = wrong_values(trace, values, broken)
    ends = [info.tensor for info in trace.gradients.values() if info.tensor in wrong]
    return any(not _is_close(wrong[end], values[end], MIN_RELATIVE_DIFFERENCE) for end in ends if end is not None)


def _is_close(a: Any, b: Any, share: float) -> bool:
    return bool(np.all(np.abs(np.subtract(a, b)) <= share * np.maximum(np.abs(a), np.abs(b)) + 1e-9))


def _output_with_offset(trace: Trace, values: Values, moved: str, by: float) -> float | None:
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
            known[node.tensor] = value + by if node.tensor == moved else value
    return float(np.sum(known[trace.output]))
