"""Questions about the numbers of a step, and mistakes that a wrong answer shows: pure functions of a trace."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.autodiff.chain_rule_text import tensor_label
from explorer.core.autodiff.output_name import differentiated_name, output_name
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.autodiff.visible_steps import FORWARD, completed_sums, forward_steps, local_tensors, new_tensors

SIGN, INNER, OUTER, FACTOR, SUM = "sign", "inner", "outer", "factor", "sum"
"""The kinds of mistakes that a wrong answer shows."""


@dataclass(frozen=True)
class Question:
    """A question about one number.

    kind: ``value``, ``seed``, ``local``, ``passed``, ``sum`` or ``gradient``. tensor: TensorFlow's name of the tensor
    with the answer. text: the question. step, slot: the step of the backward pass and its input, for ``local`` and
    ``passed``. of: the forward tensor whose gradient is the answer, for gradients.
    """

    kind: str
    tensor: str
    text: str
    step: Step | None = None
    slot: StepInput | None = None
    of: str = ""


def next_question(trace: Trace, pass_: str, step: int, revealed: int, local_known: bool) -> Question | None:
    """Return the question about the next hidden number of a step, None if no number is hidden."""
    numbers = new_tensors(trace, pass_, step)
    if revealed >= len(numbers):
        return None
    tensor = numbers[revealed]
    if pass_ == FORWARD:
        return _of_value(trace, step, tensor)
    y = differentiated_name(trace)
    if not step:
        of_what = output_name(trace) if trace.is_output_chosen else "itself"
        return Question(
            "seed", tensor, f"The backward pass begins: what is the gradient of {y} with respect to {of_what}?"
        )
    done = trace.steps[step - 1]
    slots = [slot for slot in done.inputs if slot.gradient_tensor is not None]
    if revealed >= len(slots):
        of = completed_sums(trace, step)[revealed - len(slots)]
        label = tensor_label(trace, of)
        return Question("sum", tensor, f"Several gradients arrived at {label}. What is d{y}/d{_inner(label)}?", of=of)
    slot = slots[revealed]
    label, name = tensor_label(trace, slot.tensor), tensor_label(trace, done.tensor)
    local = local_tensors(trace, pass_, step, revealed)
    if local and local[0] and not local_known:
        return Question(
            "local",
            local[0],
            f"What is the local derivative of {name} with respect to {label}?",
            done,
            slot,
            slot.tensor,
        )
    more = ", on this way" if slot.accumulated else ""
    return Question("passed", tensor, f"What gradient is passed on to {label}{more}?", done, slot, slot.tensor)


def gradient_question(trace: Trace, variable: str) -> Question | None:
    """Return the question about the gradient of a variable, None if TensorFlow has no gradient for it."""
    info = trace.gradients.get(variable)
    if info is None or info.tensor is None:
        return None
    text = f"What is d{differentiated_name(trace)}/d{variable}?"
    return Question("gradient", info.tensor, text, of=trace.variables[variable])


def hint(trace: Trace, question: Question, answers: Sequence[Any], values: Sequence[Values]) -> tuple[str, str]:
    """Return the mistake that a wrong answer shows (``sign``, ``inner``, …) and a message, or two empty strings.

    answers: the value of the answer at each point. values: TensorFlow's values at the same points.
    """
    for kind, message, candidate in _mistakes(trace, question):
        if all(is_close(answer, candidate(point)) for answer, point in zip(answers, values, strict=True)):
            return kind, message
    return "", ""


def is_close(answer: Any, truth: Any, tolerance: float = 2e-4) -> bool:
    """Return whether two values have one shape and are equal apart from rounding; False if one is missing."""
    if answer is None or truth is None:
        return False
    a, b = np.asarray(answer, np.float64), np.asarray(truth, np.float64)
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        size = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
        return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance * 1e-2 * max(size, 1e-3), equal_nan=True))


def _of_value(trace: Trace, step: int, tensor: str) -> Question:
    op = next(node for node in trace.nodes if node.tensor == tensor)
    label = op.defines or tensor_label(trace, tensor)
    if len(forward_steps(trace)[step - 1]) > 1 or not op.inputs:
        return Question("value", tensor, f"What is fed for {label}?")
    shown = op.formula if op.formula is not None and len(op.formula) <= 40 else op.type
    return Question("value", tensor, f"What comes out of {shown}?", of=tensor)


def _inner(label: str) -> str:
    return label if label.isidentifier() else f"({label})"


_Mistake = tuple[str, str, Any]


def _mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    """Yield known mistakes: kind, message, and a function that returns the answer with this mistake at a point."""
    truth = question.tensor
    if question.kind in ("local", "passed"):
        yield from _step_mistakes(trace, question)
    elif question.kind in ("sum", "gradient"):
        yield from _sum_mistakes(trace, question)
        if question.kind == "gradient":
            yield from _path_mistakes(trace, question)
    yield SIGN, "The size is right, the sign is not.", lambda point: _times(point.get(truth), -1)


def _step_mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    step, slot = question.step, question.slot
    assert step is not None
    assert slot is not None
    name = tensor_label(trace, step.tensor)
    arrived, local, own = step.upstream_tensor or "", slot.local_tensor or "", slot.tensor
    if question.kind == "passed" and local and slot.local_formula != "1":
        message = f"That is what arrived. The inner derivative is missing: multiply it by that of {name}."
        yield INNER, message, lambda point: point.get(arrived)
        message = f"That is the local derivative of {name} alone. Multiply it by the gradient that arrived."
        yield OUTER, message, lambda point: point.get(local)
    if step.type == "Mul":
        message = "The derivative of a product with respect to one factor is the other factor."
        if question.kind == "passed":
            yield FACTOR, message, lambda point: _product(point.get(arrived), point.get(own))
        yield FACTOR, message, lambda point: point.get(own)
    elif question.kind == "local":
        message = f"That is the upstream gradient or the whole product. Give the derivative of {name} alone."
        yield OUTER, message, lambda point: point.get(slot.gradient_tensor or "")
        yield OUTER, message, lambda point: point.get(arrived)


def _sum_mistakes(trace: Trace, question: Question) -> Iterator[_Mistake]:
    slots = [slot for step in trace.steps for slot in step.inputs if slot.tensor == question.of]
    parts = [slot.gradient_tensor for slot in slots if slot.gradient_tensor is not None]
    if len(parts) < 2:
        return
    label = tensor_label(trace, question.of)
    message = f"That is the gradient of one path alone. {label} is used {len(parts)} times: add up the gradients."
    for part in parts:
        yield SUM, message, lambda point, part=part: point.get(part)
    message = f"Not everything is added up: gradients reach {label} on {len(parts)} paths."
    for left_out in range(len(parts)):
        others = [part for k, part in enumerate(parts) if k != left_out]
        yield SUM, message, lambda point, others=others: sum(point[part] for part in others)


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


def _ratio(point: Mapping[str, Any], truth: str, local: str, instead: str | None) -> Any:
    if truth not in point or local not in point or (instead is not None and instead not in point):
        return None
    with np.errstate(all="ignore"):
        shared = np.asarray(point[truth]) / np.asarray(point[local])
        found = shared if instead is None else shared * np.asarray(point[instead])
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
