"""The reason in a cause's sentence, such as what came into the op; a function for each kind of cause."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from explorer.core.autodiff.causes.cause_details import MAX_FORMULA_LENGTH, CauseDetails
from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_flow import SOFTMAX_TYPES
from explorer.core.autodiff.causes.entry_text import entry_list, limit_text, number_text
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE
from explorer.core.ops.op import Indeterminate, Pole
from explorer.core.ops.table import ops_by_type


def cause_reason(details: CauseDetails) -> str:
    """Return why a gradient or the output is odd, without saying which of them."""
    return _REASONS[details.cause.kind](details)


def _domain(details: CauseDetails) -> str:
    got = f"{details.operand_list}{details.where}"
    domain, row, slot = details.derivative_domain, details.row, details.cause.slot
    if domain is None:
        words = row.domain.words if row is not None and row.domain is not None else "finite numbers"
        return f"{details.op} is defined only for {words}, and got {got}"
    formula = None if details.step_input is None else details.step_input.local_formula
    is_short = formula and len(formula) <= MAX_FORMULA_LENGTH and formula != domain.choice
    stays = f"; the formula stays {formula}" if is_short else ""
    ordinal = ("first", "second")[slot or 0]
    return f"the rule of {details.op} for its {ordinal} operand needs {domain.words}, and got {got}{stays}"


def _indeterminate(details: CauseDetails) -> str:
    row = details.row
    if details.node is not None and not details.node.inputs:
        return f"{details.node.id} is not a number as it was given"
    if details.cause.op == CUSTOM_GRADIENT_TYPE:
        return f"your own rule gives no number here{details.where}"
    if row is not None and _has_reached(details, row.indeterminate):
        return f"{_value_or_derivative(details)}{details.at} is {row.indeterminate[0].form}{details.where}"
    form = _form_of_nan(details)
    takes_infinity = details.cause.slot is not None and any(np.isinf(operand) for operand in details.operands)
    if takes_infinity or (row is not None and _has_reached(details, row.poles)):
        infinite = f"{_value_or_derivative(details)} is infinite{details.at}{details.where}"
        return f"{infinite}, and {form} is not a number"
    return f"{details.op}{details.at} is {form}{details.where}"


def _has_reached(details: CauseDetails, special: Sequence[Pole | Indeterminate]) -> bool:
    """Return whether the operands lie on one of these points of the op."""
    return bool(special) and details.points is not None and details.points.reached(special)


_FORMS_OF_NAN = {
    "Mul": "0 times infinity",
    "MatMul": "0 times infinity",
    "RealDiv": "a quotient of zeros or infinities",
    **dict.fromkeys(("AddV2", "Sub", "AddN", "Sum", "Mean"), "infinity minus infinity"),
}


def _form_of_nan(details: CauseDetails) -> str:
    """Return which form the first NaN has, such as ``0 times infinity``."""
    is_value = details.cause.slot is None
    dependents = details.trace.dependents(details.cause.tensor or "") if is_value else set()
    for node in details.trace.nodes:
        value = np.asarray(details.value(node.tensor))
        if node.tensor in dependents and value.dtype.kind == "f" and np.any(np.isnan(value)):
            row = ops_by_type().get(node.type)
            is_function = row is not None and row.arity == 1
            other = f"{node.type} of infinity" if is_function else f"what {node.id} makes of it"
            return _FORMS_OF_NAN.get(node.type, other)
    for step in details.trace.steps:
        for slot in step.inputs:
            passed = details.value(slot.gradient_tensor)
            if passed is not None and np.any(np.isnan(passed)):
                return "0 times infinity"
    return "infinity minus infinity"


def _pole(details: CauseDetails) -> str:
    if details.cause.op == CUSTOM_GRADIENT_TYPE:
        return "your own rule gives infinity here"
    return f"{_value_or_derivative(details)}{details.at} is infinite{details.where}"


def _overflow(details: CauseDetails) -> str:
    cause, node, dtype = details.cause, details.node, details.trace.dtype
    too_large = f"goes beyond the largest number of {dtype}, {limit_text(np.finfo(dtype).max)}{details.where}"
    if cause.op == "AddN" and cause.slot is not None:
        return f"the sum of the gradients of {cause.tensor} {too_large}"
    if cause.op == "Sum" and node is not None and node.type != "Sum":
        return f"the sum of the gradients of {cause.tensor}, which was broadcast, {too_large}"
    if node is not None and not node.inputs:
        return f"{node.id}, as it was typed, {too_large}"
    if _is_on_the_way(details):
        return f"what {details.op} computes on the way{details.at} {too_large}"
    if cause.slot is not None:
        return f"the gradient that {details.op} passes on{details.at} {too_large}"
    return f"{details.op}{details.at} {too_large}"


def _is_on_the_way(details: CauseDetails) -> bool:
    """Return whether the result itself is a number of the type, but not all of what it is computed from."""
    points, slot, entry = details.points, details.cause.slot, details.cause.entry or ()
    if points is None or not points.row.elementwise or not points.row.tf_types:
        return False
    if slot is None:
        result = points.wide_result()
    elif (details.odd is not None and np.any(np.isinf(details.odd))) or _is_product_too_large(details):
        return False
    else:
        result = points.wide_derivative(slot)
    return result is not None and bool(np.abs(result[entry]) <= np.finfo(details.trace.dtype).max)


def _is_product_too_large(details: CauseDetails) -> bool:
    """Return whether the local derivative is a number, and its product with what arrived is not."""
    slot = details.step_input
    local = None if slot is None else details.value(slot.local_tensor)
    passed = None if slot is None else details.value(slot.gradient_tensor)
    if local is None or passed is None:
        return False
    return bool(np.all(np.isfinite(local))) and not np.all(np.isfinite(passed))


def _underflow(details: CauseDetails) -> str:
    cause, node = details.cause, details.node
    if cause.origin is not None:
        return f"{_took_zero(details)}, because {_underflow(replace(details, cause=cause.origin, variable=None))}"
    becomes_0 = f"is too small for {details.trace.dtype} and becomes 0"
    if cause.slot is not None and details.step is not None and not cause.entries:
        arrived = details.value(details.step.upstream_tensor)
        local = None if details.step_input is None else details.value(details.step_input.local_tensor)
        if arrived is not None and local is not None and np.any(local) and np.all(np.isfinite(local)):
            product = f"{number_text(arrived)} times {number_text(local)}"
            return f"what {details.op} passes on, {product}, {becomes_0}"
    if node is not None and not node.inputs:
        return f"{node.id}, as it was typed, {becomes_0}{details.where}"
    what = _value_or_derivative(details)
    if cause.slot is not None and details.odd is not None and not np.all(np.isfinite(details.odd)):
        what = f"what {details.op} computes on the way"
    return f"{what}{details.at} {becomes_0}{details.where}"


def _took_zero(details: CauseDetails) -> str:
    """Return what an operand that became 0 does to the gradient or the value."""
    node = details.node
    if details.cause.slot is None or node is None:
        return f"{details.op} gets 0"
    if node.type == "Mul":
        return f"{node.id} multiplies it by 0"
    if node.type in MATMUL_TYPES:
        return f"{details.op} multiplies it by zeros only"
    return f"the local derivative of {details.op} is taken at 0"


def _saturated(details: CauseDetails) -> str:
    cause, op = details.cause, details.op
    if cause.op in ("Relu", "ReluGrad"):
        got = number_text(details.operands[-1]) if details.operands else ""
        return f"{op} is closed: its input {got} is not above 0, so nothing passes"
    epsilon = f"the epsilon of {details.trace.dtype}, {limit_text(np.finfo(details.trace.dtype).eps)}"
    if cause.op in SOFTMAX_TYPES:
        return f"{op} is saturated: one entry has taken nearly everything, which leaves less than {epsilon}"
    local = None if details.step_input is None else details.value(details.step_input.local_tensor)
    if local is not None and np.ndim(local) and cause.entry is not None:
        local = local[cause.entry]
    size = "" if local is None or np.ndim(local) else f", {number_text(local)},"
    return f"{op} is saturated{details.at}{details.where}: its local derivative{size} is below {epsilon}"


def _not_selected(details: CauseDetails) -> str:
    if details.cause.op in ("Max", "Min"):
        return f"{details.op} took other entries, so nothing passes{details.where}"
    return f"{details.op} took its other operand, so this one gets nothing{details.where}"


def _dead(details: CauseDetails) -> str:
    cause = details.cause
    which = entry_list(cause.entries, cause.count)
    verb, inputs = ("passes", "its input is") if cause.count == 1 else ("pass", "their inputs are")
    return f"{cause.count} of {cause.total} units of {details.op}, {which}, {verb} nothing on: {inputs} not above 0"


def _stationary(details: CauseDetails) -> str:
    if details.cause.op == CUSTOM_GRADIENT_TYPE:
        return "your own rule gives 0 here"
    return f"the local derivative of {details.op}{details.at} is 0{details.where}"


def _zero_factor(details: CauseDetails) -> str:
    slot, node = details.cause.slot, details.node
    if details.cause.op is None:
        return "all weights of the output are 0"
    if node is not None and node.type == "Mul" and slot is not None:
        factor = node.inputs[1 - slot]
        is_constant = any(each.tensor == factor and each.type == "Const" for each in details.trace.nodes)
        named = "0" if is_constant else f"{factor}, which is 0"
        return f"{node.id} multiplies it by {named}{details.where}"
    if node is not None and node.type in MATMUL_TYPES:
        return f"{details.op} multiplies it by zeros only{details.where}"
    return f"the local derivative of {details.op}{details.at} has a factor that is 0{details.where}"


def _cancels(details: CauseDetails) -> str:
    cause, op, where = details.cause, details.op, details.where
    if cause.op == "Softmax":
        return f"the entries of {op} add up to 1 whatever comes in, so equal gradients for them cancel"
    if cause.op in SOFTMAX_TYPES:
        return f"what {op} passes on from its entries cancels{where}"
    if cause.op == "AddN":
        slots = details.trace.slots_of(cause.tensor or "")
        arrived = [value for slot in slots if (value := details.value(slot.gradient_tensor)) is not None]
        numbers = "" if any(np.ndim(value) for value in arrived) else f", {' and '.join(map(number_text, arrived))},"
        return f"what arrives at {cause.tensor} on its {len(arrived)} paths{numbers} cancels{where}"
    if cause.op == "Sum":
        return f"{cause.tensor} was broadcast, and the gradients of its copies cancel{where}"
    return f"the products that {op} adds up cancel{where}"


def _step_function(details: CauseDetails) -> str:
    if details.odd is None:
        return f"{details.op} is flat between its jumps, and TensorFlow passes no gradient through it"
    name = "the derivative" if (details.cause.op or "").endswith("Grad") else details.op
    return f"{name} is flat between its jumps{details.where}"


def _stopped(details: CauseDetails) -> str:
    if details.cause.op == CUSTOM_GRADIENT_TYPE:
        return f"your own rule at {details.op} treats it as a constant"
    return f"the backward pass ends at {details.op}, and there is no other path"


def _no_path(_: CauseDetails) -> str:
    return "no path leads from it to the output"


def _value_or_derivative(details: CauseDetails) -> str:
    """Return what of the op is to blame: its value, or its local derivative."""
    return details.op if details.cause.slot is None else f"the local derivative of {details.op}"


_REASONS: Mapping[CauseKind, Callable[[CauseDetails], str]] = {
    CauseKind.DOMAIN: _domain,
    CauseKind.INDETERMINATE: _indeterminate,
    CauseKind.POLE: _pole,
    CauseKind.OVERFLOW: _overflow,
    CauseKind.UNDERFLOW: _underflow,
    CauseKind.SATURATED: _saturated,
    CauseKind.NOT_SELECTED: _not_selected,
    CauseKind.DEAD: _dead,
    CauseKind.STATIONARY: _stationary,
    CauseKind.ZERO_FACTOR: _zero_factor,
    CauseKind.CANCELS: _cancels,
    CauseKind.STEP_FUNCTION: _step_function,
    CauseKind.STOPPED: _stopped,
    CauseKind.NO_PATH: _no_path,
}
"""A kink, and a difference between float32 and float64, have sentences of their own."""
