"""Mistakes that a wrong answer shows: answers with known mistakes are computed from TensorFlow's values."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from explorer.core.autodiff.paths import forward_edges
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.practice.closeness import is_close
from explorer.core.practice.questions import GRADIENT, LOCAL, PASSED, SUM, Question, is_broadcast, operand_names

SIGN, INNER, OUTER, FACTOR, MISSING_SUM, TOTAL, BROADCAST, TRANSPOSED = (
    "sign", "inner", "outer", "factor", "sum", "total", "broadcast", "transposed",
)  # fmt: skip
"""The kinds of mistakes that a wrong answer shows."""

_Mistake: TypeAlias = tuple[str, str, Any]
"""Kind, message, and a function that returns the answer with this mistake at a point."""


def hint(trace: Trace, question: Question, answers: Sequence[Any], values: Sequence[Values]) -> tuple[str, str]:
    """Return the mistake that a wrong answer shows (``sign``, ``inner``, …) and a message, or two empty strings.

    answers: the value of the answer at each point, all finite. values: TensorFlow's values at the same points.
    """
    if answers:
        for kind, message, candidate in _mistakes(trace, question):
            if all(is_close(answer, candidate(point)) for answer, point in zip(answers, values, strict=True)):
                return kind, message
    return "", ""


def _mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    truth = question.tensor
    if question.kind in (LOCAL, PASSED):
        yield from _step_mistakes(trace, question)
        yield from _broadcast_mistakes(trace, question)
    elif question.kind in (SUM, GRADIENT):
        yield from _sum_mistakes(trace, question)
        if question.kind == GRADIENT:
            yield from _path_mistakes(trace, question)
    yield SIGN, "The size is right, the sign is not.", lambda point: _times(point.get(truth), -1)
    message = "The numbers are right, but rows and columns are exchanged."
    yield TRANSPOSED, message, lambda point: np.transpose(point[truth]) if np.ndim(point.get(truth)) == 2 else None


def _step_mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    step, slot = question.step, question.slot
    assert step is not None
    assert slot is not None
    name = tensor_label(trace, step.tensor)
    arrived, local, own = step.upstream_tensor or "", slot.local_tensor or "", slot.tensor
    if question.kind == LOCAL and (names := operand_names(trace, step, slot)) is not None:
        message = f"That is the derivative of {name} as a whole. Here the {names[1]} is held still, like a constant."
        yield TOTAL, message, lambda point: _total_derivative(trace, point, own, step.tensor)
    if question.kind == PASSED and local and slot.local_formula != "1":
        message = f"That is the upstream gradient alone. Multiply it by the derivative of {name}, too."
        yield INNER, message, lambda point: _summed(point.get(arrived), slot.summed_axes, point.get(own))
        message = f"That is the local derivative of {name} alone. Multiply it by the upstream gradient."
        yield OUTER, message, lambda point: point.get(local)
        yield OUTER, message, lambda point: _summed(point.get(local), slot.summed_axes, point.get(own))
    if step.type == "Mul":
        message = "The derivative of a product with respect to one factor is the other factor."
        if question.kind == PASSED:
            yield FACTOR, message, lambda point: _product(point.get(arrived), point.get(own))
        yield FACTOR, message, lambda point: point.get(own)
    elif question.kind == LOCAL:
        message = f"That is the upstream gradient or the whole product. Give the derivative of {name} alone."
        yield OUTER, message, lambda point: point.get(slot.gradient_tensor or "")
        yield OUTER, message, lambda point: point.get(arrived)


def _broadcast_mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    step, slot = question.step, question.slot
    assert step is not None
    assert slot is not None
    if not is_broadcast(trace, step, slot):
        return
    label = tensor_label(trace, slot.tensor)
    if question.kind == PASSED:
        message = f"Those are the gradients of the single entries. {label} was broadcast, so it gets their sum."
        yield BROADCAST, message, lambda point: point.get(slot.product_tensor or "")
    else:
        message = "That is a sum. Give the derivative of each entry: they are summed when the gradient is passed on."
        local, own = slot.local_tensor or "", slot.tensor
        yield BROADCAST, message, lambda point: _summed(point.get(local), slot.summed_axes, point.get(own))


def _sum_mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    parts = [slot.gradient_tensor for slot in trace.slots_of(question.of) if slot.gradient_tensor is not None]
    if len(parts) < 2:
        return
    label = tensor_label(trace, question.of)
    message = f"That is the gradient of one path alone. {label} is used {len(parts)} times: add up the gradients."
    for part in parts:
        yield MISSING_SUM, message, lambda point, part=part: point.get(part)
    message = f"Not everything is added up: gradients reach {label} on {len(parts)} paths."
    for left_out in range(len(parts)):
        others = [part for k, part in enumerate(parts) if k != left_out]
        yield MISSING_SUM, message, lambda point, others=others: sum(point[part] for part in others)


def _path_mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    """Yield answers that miss or replace one factor of the chain, exact if all gradients pass through that op."""
    truth = question.tensor
    for number, step in enumerate(trace.steps):
        for slot in step.inputs:
            local = slot.local_tensor
            if local is None or slot.local_formula == "1" or slot.gradient_tensor is None:
                continue
            name = tensor_label(trace, step.tensor)
            if step.type == "Mul":
                message = f"The derivative of {name} with respect to one factor is the other factor."
                yield FACTOR, message, lambda point, local=local, own=slot.tensor: _ratio(point, truth, local, own)
            kind = INNER if number else OUTER
            what = "inner derivative" if number else "outermost derivative"
            message = f"The {what} is missing: multiply by the derivative of {name}, too."
            yield kind, message, lambda point, local=local: _ratio(point, truth, local, None)


def _total_derivative(trace: Trace, point: Values, by: str, of: str) -> Any:
    """Return the derivative of one forward tensor by another on all paths; None if an op is not elementwise."""
    known: dict[str, Any] = {by: 1.0}
    for edge in forward_edges(trace):
        if edge.tensor in known:
            local = point.get(edge.local_tensor or "")
            if local is None:
                return None
            known[edge.output] = known.get(edge.output, 0.0) + known[edge.tensor] * np.asarray(local, np.float64)
    return known.get(of)


def _summed(value: Any, axes: tuple[int, ...], like: Any) -> Any:
    """Return the sum over ``axes`` in the shape of ``like``; None where nothing is summed or a value is missing."""
    if value is None or like is None or (axes and np.ndim(value) <= max(axes)):
        return None
    total = np.sum(value, axis=axes) if axes else np.asarray(value)
    return total.reshape(np.shape(like)) if np.size(total) == np.size(like) else total


def _ratio(point: Mapping[str, Any], truth: str, local: str, instead: str | None) -> Any:
    if truth not in point or local not in point or (instead is not None and instead not in point):
        return None
    try:
        with np.errstate(all="ignore"):
            shared = np.asarray(point[truth]) / np.asarray(point[local])
            found = shared if instead is None else shared * np.asarray(point[instead])
    except ValueError:
        return None  # arrays whose shapes do not fit
    return found if np.all(np.isfinite(found)) else None


def _times(value: Any, factor: float) -> Any:
    return None if value is None else np.asarray(value) * factor


def _product(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return None
    try:
        return np.asarray(a) * np.asarray(b)
    except ValueError:
        return None
