"""The judge of answers: a number is compared at the point that is shown, a formula at many points.

A right answer may be written in any form: in the variables, with names that the program defines, with G for the
upstream gradient, with given values instead of names. It may also have no value at some of the points, such as
``exp(2*log(x))`` for ``x^2``: those points say nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import Trace
from explorer.core.number_format import format_value
from explorer.core.practice.answer import Answer, Sample, answer_value
from explorer.core.practice.answer_text import parse_answer
from explorer.core.practice.closeness import is_close, is_rounded
from explorer.core.practice.comparison import compare
from explorer.core.practice.mistakes import hint
from explorer.core.practice.questions import GRADIENT, LOCAL, PASSED, SEED, SUM, VALUE, Question, answer_key
from explorer.core.syntax_tree import Program

MIN_COMPARED = 2
"""Points at which a formula must have a value, so that it is known to be right."""

RIGHT, WRONG, UNCLEAR = "right", "wrong", "unclear"
"""Verdicts. An answer is unclear if it cannot be understood or compared."""

GENERAL_HINTS = {
    VALUE: "Not yet. Look at what goes into this op.",
    SEED: "Not yet. By how much does the output change when the output itself changes by 1?",
    LOCAL: "Not yet. Differentiate this op alone: the upstream gradient plays no part in it.",
    PASSED: "Not yet. Multiply the upstream gradient by the local derivative of this op.",
    SUM: "Not yet. Look at the gradients of all paths.",
    GRADIENT: "Not yet. Step through the pass: each op multiplies the upstream gradient by its local derivative.",
}
"""Messages for wrong answers that match no known mistake, by kind of question."""

INPUT_HINT = "Not yet. An input computes nothing: it has the value that you chose for its variable."


@dataclass(frozen=True)
class Judgement:
    """The verdict on an answer: `RIGHT`, `WRONG` or `UNCLEAR`, with a message. hint_kind: the mistake that it shows."""

    verdict: str
    message: str
    hint_kind: str = ""


def judge(
    trace: Trace,
    question: Question,
    answer: Answer,
    samples: Sequence[Sample],
    foreseen: Sequence[tuple[str, str]] = (),
    is_refuted: bool = False,
) -> Judgement:
    """Return the verdict on an answer.

    samples: TensorFlow's values at `points_to_compare`. foreseen: wrong answers with messages of their own.
    is_refuted: whether another comparison has shown that it is wrong, so that only the message is wanted.
    """
    truths = [sample.values.get(question.tensor) for sample in samples]
    answers = [
        answer_value(trace, question, answer.program, sample, truth)
        for sample, truth in zip(samples, truths, strict=True)
    ]
    is_one_number = answer.is_number and len(samples) == 1
    if is_one_number and is_close(answers[0], truths[0]):  # also where both are nan
        return Judgement(RIGHT, f"Right: {answer_key(question, samples[0].values)}.")
    if not any(truth is not None and (np.any(np.isfinite(truth)) or not np.size(truth)) for truth in truths):
        return Judgement(UNCLEAR, "TensorFlow's own answer is no number here, so nothing can be compared.")
    comparisons = [
        compare(trace, question, sample, given, truth, answer.is_number)
        for sample, given, truth in zip(samples, answers, truths, strict=True)
    ]
    shown, others = comparisons[0], [other for other in comparisons[1:] if other.both_have_values]
    telling = [other for other in others if other.is_reliable and other.is_in_domain]
    if len(telling) < MIN_COMPARED:
        telling = others
    if shown.both_have_values:
        telling = [shown, *telling]
    if shown.is_in_domain and not shown.is_complete:
        telling = []  # the answer has no value at the very point that is shown
    is_right = bool(telling) and all(each.agree for each in telling)
    if not is_refuted and (is_right or (is_one_number and _is_rounded(answer, answers[0], truths[0]))):
        if is_right and len(samples) > 1 and len(telling) < MIN_COMPARED:
            return Judgement(UNCLEAR, "There are too few points at which both have a value. Enter the number instead.")
        where = f" TensorFlow's numbers are the same at {len(telling)} points." if len(samples) > 1 else ""
        return Judgement(RIGHT, f"Right: {answer_key(question, samples[0].values)}.{where}")
    if not telling and not is_refuted and not any(each.has_truth for each in comparisons):
        return Judgement(UNCLEAR, "There are too few points at which both have a value. Enter the number instead.")
    return _wrong(trace, question, answer.program, answers, truths, samples, shown.agree, foreseen)


def _wrong(
    trace: Trace,
    question: Question,
    program: Program,
    answers: Sequence[Any],
    truths: Sequence[Any],
    samples: Sequence[Sample],
    agrees_here: bool,
    foreseen: Sequence[tuple[str, str]],
) -> Judgement:
    """Return the verdict on a wrong answer, with the most exact message."""
    finite = [
        number
        for number, (given, truth) in enumerate(zip(answers, truths, strict=True))
        if given is not None and truth is not None and np.all(np.isfinite(given)) and np.all(np.isfinite(truth))
    ]
    for text, message in foreseen:
        other_program = parse_answer(text)
        others = [answer_value(trace, question, other_program, samples[n], truths[n]) for n in finite]
        if message and finite and all(is_close(answers[n], other) for n, other in zip(finite, others, strict=True)):
            return Judgement(WRONG, message)
    fetched = [samples[n].values for n in finite]
    kind, text = hint(trace, question, [answers[n] for n in finite], fetched)
    if not text:  # a number that was taken for that of all entries may be their sum
        as_typed = [answer_value(trace, question, program, samples[n]) for n in finite]
        kind, text = hint(trace, question, as_typed, fetched)
    text = text or _fault_of_value(answers[0], truths[0])
    if not text and len(samples) > 1 and agrees_here:
        text = "Right for these values, but not for others: it must hold everywhere."
    is_input = question.tensor in trace.variables.values()
    return Judgement(WRONG, text or (INPUT_HINT if is_input else GENERAL_HINTS.get(question.kind, "Not yet.")), kind)


def _fault_of_value(given: Any, truth: Any) -> str:
    """Return what is wrong with the value of an answer at the point that is shown; "" if it is only another one."""
    if given is None or truth is None:
        return ""
    if np.shape(given) != np.shape(truth):
        return f"The answer has the shape {np.shape(truth)}, this one {np.shape(given)}."
    if np.any(np.isnan(given)) and np.all(np.isfinite(truth)):
        return f"This has no value here, and TensorFlow's is {format_value(truth)}."
    return ""


def _is_rounded(answer: Answer, value: Any, truth: Any) -> bool:
    return truth is not None and value is not None and is_rounded(answer.text, value, truth)
