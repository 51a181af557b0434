"""The head of a cause's sentence: what is odd about the gradient of a variable, of several variables or the output."""

from typing import Any, NamedTuple

import numpy as np

from explorer.core.autodiff.causes.cause_details import MAX_FORMULA_LENGTH, CauseDetails
from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_text import number_text
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import with_subtractions


class _Predicate(NamedTuple):
    """What is said of one gradient, and of several."""

    singular: str
    plural: str


_MISSING = _Predicate("is missing", "are missing")
_NAN = _Predicate("is not a number", "are not numbers")
_LOST = _Predicate("is lost", "are lost")
_INFINITE = _Predicate("is infinite", "are infinite")
_ZERO = _Predicate("is 0", "are 0")
_VANISHING = _Predicate("all but vanishes", "all but vanish")


def cause_head(details: CauseDetails) -> str:
    """Return what is odd: ``The gradient for x is 0``, ``1 of 4 entries of the value is infinite``."""
    blamed_value = sentence_of_value(details)
    if blamed_value is not None:
        return f"{blamed_value}{returned_number(details)}"
    predicate, mask = _predicate(details)
    if predicate is _MISSING:
        return f"There is no gradient for {details.variable}"
    subject = "the value" if details.variable is None else f"the gradient for {details.variable}"
    if mask is None or np.all(mask):
        return f"{subject[0].upper()}{subject[1:]} {predicate.singular}"
    count = int(np.count_nonzero(mask))
    return f"{count} of {mask.size} entries of {subject} {predicate.plural if count > 1 else predicate.singular}"


def plural_predicate(details: CauseDetails) -> str:
    """Return what is said of the gradients of several variables: ``are 0``, ``have entries that are 0``."""
    predicate, mask = _predicate(details)
    return predicate.plural if mask is None or np.all(mask) else f"have entries that {predicate.plural}"


def sentence_of_value(details: CauseDetails) -> str | None:
    """Return that there is no derivative because of the value; None if that is not to blame."""
    output, weights, cause = details.value(details.trace.output), details.trace.output_weights, details.cause
    if details.variable is None or output is None or cause.kind == CauseKind.NO_PATH:
        return None
    if np.any(np.isnan(output if weights is None else np.where(weights == 0, 0.0, output))):
        return "The value is not a number, so there is no derivative"
    if cause.kind == CauseKind.POLE and cause.slot is None and np.any(np.isinf(output)) and returned_number(details):
        return "The value is infinite, so there is no derivative"
    return None


def _predicate(details: CauseDetails) -> tuple[_Predicate, Any]:
    """Return what is odd about the gradient or the output, and at which entries; None for all."""
    odd, kind = details.odd, details.cause.kind
    if odd is None:
        return _MISSING, None
    if kind == CauseKind.DOMAIN and details.derivative_domain is not None and not np.any(np.isnan(odd)):
        return _outside_domain(details), None
    if np.any(np.isnan(odd)):
        return _NAN, np.isnan(odd)
    if np.any(np.isinf(odd)):
        return (_LOST if kind in (CauseKind.OVERFLOW, CauseKind.UNDERFLOW) else _INFINITE), np.isinf(odd)
    return (_VANISHING, None) if np.all(odd) else (_ZERO, odd == 0)


def _outside_domain(details: CauseDetails) -> _Predicate:
    """Return what is said where TensorFlow chose a derivative outside the domain of the rule."""
    domain = details.derivative_domain
    choice = None if domain is None else domain.choice
    is_part = not details.odd.ndim and bool(details.odd)  # other paths pass a gradient on as well
    if details.operands and not details.operands[0]:  # 0^y is 0, but TensorFlow does not find that out
        if is_part:
            part = f"a part that TensorFlow chose, {choice}"
            return _Predicate(f"has {part}", f"have {part}")
        return _Predicate(f"is what TensorFlow chose, {choice}", f"are what TensorFlow chose, {choice}")
    chosen = f"undefined; TensorFlow chose {choice}"
    if is_part:
        return _Predicate(f"is {chosen} for a part of it", f"are {chosen} for a part of them")
    return _Predicate(f"is {chosen}", f"are {chosen}")


def returned_number(details: CauseDetails) -> str:
    """Return which number TensorFlow gives where there is no derivative; "" if it gives none."""
    odd, info = details.odd, details.gradient_info
    if odd is None or not np.all(np.isfinite(odd)):
        return ""
    if odd.ndim:
        number = "numbers"
    else:
        number = number_text(odd)
        chain = None if info is None else info.chain
        if chain is not None and len(chain) <= MAX_FORMULA_LENGTH and chain != number and _has_value(details, chain):
            number = f"{with_subtractions(chain)} = {number}"
    name = f" for {details.variable}" if details.variable is not None and len(details.trace.gradients) > 1 else ""
    return f", though TensorFlow returns {number}{name}"


def _has_value(details: CauseDetails, formula: str) -> bool:
    """Return whether a formula has the number that TensorFlow returns, and none that TensorFlow chose instead."""
    program = parse(formula, MAX_FORMULA_OPS)
    tensors = details.trace.variables
    values = {name: np.asarray(details.value(tensors[name]), np.float64) for name in program.variables}
    return bool(np.allclose(evaluate_program(program, values), details.odd, rtol=1e-3))
