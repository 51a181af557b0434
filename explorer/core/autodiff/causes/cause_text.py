"""Causes in words: why a gradient or the output is 0, missing, infinite or not a number."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from explorer.core.autodiff.causes.cause import KINDS_WITHOUT_DERIVATIVE, Cause, Causes
from explorer.core.autodiff.causes.cause_details import CauseDetails
from explorer.core.autodiff.causes.cause_head import cause_head, plural_predicate, returned_number, sentence_of_value
from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.cause_reason import cause_reason
from explorer.core.autodiff.causes.derivative_caveat import kink_sentence
from explorer.core.autodiff.causes.precision_text import precision_sentence
from explorer.core.autodiff.output_name import derivative_name, output_name
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.number_format import format_list

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def gradient_sentence(
    trace: Trace, values: Values, variable: str, different: Mapping[str, Any] = _NOTHING
) -> str | None:
    """Return why the gradient of a variable is 0, missing, infinite or NaN; None for an ordinary one.

    different: the float64 values that differ, by tensor.
    """
    cause = Causes(trace, values, different).of_variable(variable)
    return None if cause is None else cause_sentence(trace, values, cause, variable, different)


def missing_derivative(
    trace: Trace, values: Values, variable: str, different: Mapping[str, Any] = _NOTHING
) -> str | None:
    """Return why a variable has no derivative at this point, whatever number TensorFlow returns; None if it has one."""
    cause = Causes(trace, values, different).of_variable(variable)
    if cause is None or cause.kind not in KINDS_WITHOUT_DERIVATIVE:
        return None
    return cause_sentence(trace, values, cause, variable, different)


def explain_causes(trace: Trace, values: Values, different: Mapping[str, Any] = _NOTHING) -> str:
    """Return why gradients, or else the output, are 0, missing, infinite or NaN; "" where all are ordinary.

    Variables with the same cause, such as both operands of a maximum at its kink, share a sentence. different: the
    float64 values that differ, by tensor.
    """
    causes = Causes(trace, values, different)
    shared: dict[Cause, list[tuple[str, Cause]]] = {}
    for name, tensor in trace.variables.items():
        cause = causes.of_variable(name)
        if cause is None:
            continue
        key = replace(cause, slot=None) if cause.kind == CauseKind.KINK else cause
        if cause.kind in (CauseKind.PRECISION, CauseKind.NO_PATH):  # each gradient has numbers of its own
            key = replace(cause, tensor=tensor)
        shared.setdefault(key, []).append((name, cause))
    texts = []
    for found in shared.values():
        names, cause = [name for name, _ in found], found[0][1]
        if len(names) == 1:
            texts.append(cause_sentence(trace, values, cause, names[0], different))
        else:
            texts.append(_shared_sentence(trace, values, cause, names))
    output = causes.of_output()
    if output is not None and not any(cause.node == output.node for cause in shared):
        texts.insert(0, cause_sentence(trace, values, output, None, different))
    return " ".join(texts)


def cause_sentence(
    trace: Trace, values: Values, cause: Cause, variable: str | None = None, different: Mapping[str, Any] = _NOTHING
) -> str:
    """Return a cause as one sentence; of the gradient of ``variable``, or of the output if it is None."""
    if cause.order is not None:
        return _earlier_sentence(trace, values, cause, [] if variable is None else [variable])
    if cause.kind == CauseKind.PRECISION:
        return precision_sentence(trace, values, cause, variable, different)
    details = CauseDetails(trace, values, cause, variable)
    if cause.kind == CauseKind.KINK and details.step is not None:
        return kink_sentence(trace, values, details.step) or ""
    return f"{cause_head(details)}: {cause_reason(details)}."


def _earlier_sentence(trace: Trace, values: Values, cause: Cause, variables: Sequence[str]) -> str:
    """Return why what was differentiated first has no derivative, so that this trace's output does not exist.

    variables: those whose gradients are explained; none if it is the output.
    """
    order = cause.order or 0
    earlier, by = trace.earlier[order], trace.differentiated_by[order]
    own = replace(cause, order=None)
    if cause.kind == CauseKind.KINK:
        return cause_sentence(earlier, values, own, by)
    head = f"{derivative_name(trace, trace.differentiated_by[:order])} has no derivative "
    head += f"for {by} here" if len(trace.variables) > 1 else "here"
    if variables:
        head += f", so {output_name(trace)} has none either"
    if len(variables) < 2:
        head += returned_number(CauseDetails(trace, values, own, next(iter(variables), None)))
    return f"{head}: {cause_reason(CauseDetails(earlier, values, own, by))}."


def _shared_sentence(trace: Trace, values: Values, cause: Cause, variables: Sequence[str]) -> str:
    """Return one sentence about the gradients of several variables that have the same cause."""
    if cause.order is not None:
        return _earlier_sentence(trace, values, cause, variables)
    all_details = [CauseDetails(trace, values, cause, variable) for variable in variables]
    first = all_details[0]
    if cause.kind == CauseKind.KINK and first.step is not None:
        return kink_sentence(trace, values, first.step) or ""
    gradients = f"The gradients for {format_list(variables)}"
    heads = {sentence_of_value(each) or f"{gradients} {plural_predicate(each)}" for each in all_details}
    head = heads.pop() if len(heads) == 1 else f"{gradients} are not ordinary"
    return f"{head}: {cause_reason(first)}."
