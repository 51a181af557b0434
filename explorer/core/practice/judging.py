"""The judge of answers: a number is compared at the point that is shown, a formula at many points.

A right answer may be written in any form: in the variables, with names that the program defines, with G for the
upstream gradient, with given values instead of names. It may also have no value at some of the points, such as
``exp(2*log(x))`` for ``x^2``: those points say nothing.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.core.autodiff.output_name import output_name, upstream_name
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.errors import UserError
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.names import ascii_name, display_name
from explorer.core.expression.parser import parse
from explorer.core.number_format import format_value
from explorer.core.practice.answer_text import parse_answer
from explorer.core.practice.closeness import is_close, is_rounded
from explorer.core.practice.mistakes import hint
from explorer.core.practice.questions import GRADIENT, LOCAL, PASSED, SEED, SUM, VALUE, Question, answer_key
from explorer.core.syntax_tree import Apply, Array, FloatArray, Node, Number, Program, walk

COMPARED_POINT_COUNT = 25
"""Points at which a formula is compared, besides the one that is shown."""

MIN_COMPARED = 2
"""Points at which a formula must have a value, so that it is known to be right."""

RIGHT, WRONG, UNCLEAR = "right", "wrong", "unclear"


GENERAL_HINTS = {
    VALUE: "Not yet. Look at what goes into this op.",
    SEED: "Not yet. By how much does the output change when the output itself changes by 1?",
    LOCAL: "Not yet. Look at the rule of this op: the upstream gradient plays no part in it.",
    PASSED: "Not yet. Look at the rule of this op, and at the upstream gradient.",
    SUM: "Not yet. Look at the gradients of all paths.",
    GRADIENT: "Not yet. Step through the pass: each op multiplies the upstream gradient by its local derivative.",
}
"""Messages for wrong answers that match no known mistake, by kind of question."""

INPUT_HINT = "Not yet. An input computes nothing: it has the value that you chose for its variable."

_FLOAT32_NOISE = 4e-7
"""Relative error of a term of a float32 sum, with a few roundings behind it."""


@dataclass(frozen=True)
class Sample:
    """TensorFlow's values at one point."""

    point: Mapping[str, FloatArray]
    values: Values


@dataclass(frozen=True)
class Judgement:
    """The verdict on an answer: `RIGHT`, `WRONG` or `UNCLEAR`, with a message. hint_kind: the mistake that it shows."""

    verdict: str
    message: str
    hint_kind: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer that was understood: its text and its program."""

    text: str
    program: Program

    @property
    def is_number(self) -> bool:
        """Whether it has no name in it, so that it holds for the point that is shown."""
        return not _free_names(self.program)


def understand(trace: Trace, question: Question, text: str) -> Answer:
    """Return an answer to a question; raises UserError for one that cannot be understood or has unknown names."""
    program = parse_answer(text)
    names = _known_names(trace, question)
    for name in _free_names(program):
        if name not in names:
            shown = ", ".join(display_name(each) for each in names if each not in _hidden_names(trace))
            raise UserError(f"There is no {name} here; there is {shown or 'only numbers'}.")
    return Answer(text.strip(), program)


def points_to_compare(
    trace: Trace, answer: Answer, assigned: Mapping[str, Any], point: Mapping[str, FloatArray], everywhere: bool = False
) -> list[dict[str, FloatArray]]:
    """Return the points at which an answer is compared, beginning with ``point``, the one that is shown.

    A variable for which the answer has its value, as in ``2*(2*x-1)`` with w = 2 and b = -1, keeps it. assigned: the
    variables whose values stand in the expression. everywhere: whether also a number is compared at many points.
    """
    if answer.is_number and not everywhere:
        return [dict(point)]
    names = _free_names(answer.program)
    literals = [node for node in walk(answer.program.output) if isinstance(node, Number | Array)]
    held = {
        name
        for name, value in point.items()
        if name not in names and not everywhere and (name in assigned or _is_written(value, literals))
    }
    if set(point) <= held:
        return [dict(point)]
    return [dict(point), *random_points(point, held, np.dtype(trace.dtype))]


def random_points(
    centre: Mapping[str, FloatArray], held: Set[str] = frozenset(), dtype: Any = np.float64, seed: int = 4
) -> list[dict[str, FloatArray]]:
    """Return points around 0, above 0, up to 1, around ``centre`` and near it: some lie within nearly every domain.

    held: variables that keep their value. dtype: the numbers are exact in it, so that TensorFlow computes with these.
    """
    rng = np.random.default_rng(seed)
    points = []
    for number in range(COMPARED_POINT_COUNT):
        point = {}
        for name, value in centre.items():
            noise = rng.normal(size=value.shape)
            match number % 5:
                case 0:
                    drawn = 1.5 * noise
                case 1:
                    drawn = rng.uniform(0.1, 2.5, value.shape)
                case 2:
                    drawn = rng.uniform(0.0, 1.0, value.shape)
                case 3:
                    drawn = value + 0.3 * noise * np.maximum(np.abs(value), 1.0)
                case _:
                    drawn = value + 0.02 * noise * np.maximum(np.abs(value), 1e-3)
            point[name] = np.asarray(value if name in held else drawn, dtype).astype(np.float64)
        points.append(point)
    return points


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
        _compare(trace, question, sample, given, truth, answer.is_number)
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


@dataclass(frozen=True)
class _Comparison:
    """An answer beside TensorFlow's at one point.

    has_truth: whether TensorFlow's is a value on the domain. both_have_values: whether they can be compared.
    is_complete: whether the answer has all values that TensorFlow's has. is_in_domain: whether everything that was
    computed forward is finite; TensorFlow's gradients outside of a domain are chosen. is_reliable: whether float32 has
    not lost the value.
    """

    agree: bool
    has_truth: bool
    both_have_values: bool
    is_complete: bool
    is_in_domain: bool
    is_reliable: bool


def _compare(trace: Trace, question: Question, sample: Sample, given: Any, truth: Any, is_number: bool) -> _Comparison:
    is_in_domain = all(
        bool(np.all(np.isfinite(sample.values[node.tensor]))) for node in trace.nodes if node.tensor in sample.values
    )
    if truth is None:
        return _Comparison(False, False, False, True, is_in_domain, True)
    exact = _exact_value(trace, question, sample, truth) if is_in_domain else None
    is_reliable = exact is None or is_close(exact, truth, 1e-4)
    if given is None or np.shape(given) != np.shape(truth):
        return _Comparison(False, True, True, True, is_in_domain, is_reliable)
    given, truth = np.asarray(given, np.float64), np.asarray(truth, np.float64)
    wanted = np.isfinite(truth)
    if exact is not None and not is_number:
        wanted &= np.isfinite(exact)  # elsewhere TensorFlow chose a number, as for the exponent of a negative base
    is_complete = bool(np.all(np.isfinite(given) | ~wanted))
    both = (wanted & np.isfinite(given)) | (np.isinf(truth) & (given == truth))
    agree = is_close(given[both], truth[both], noise=_noise(trace, question, sample.values))
    if not agree and exact is not None:
        agree = is_close(given[both], exact[both])
    has_values = bool(np.any(both)) or not both.size
    has_truth = is_in_domain and bool(np.any(wanted))
    return _Comparison(agree and has_values, has_truth, has_values, is_complete, is_in_domain, is_reliable)


def _exact_value(trace: Trace, question: Question, sample: Sample, truth: Any) -> Any:
    """Return what is asked for in float64 by its formula, in the shape of ``truth``; None where there is no formula."""
    formula: str | None = None
    if question.kind == LOCAL and question.slot is not None:
        formula = question.slot.local_formula
    elif question.kind == PASSED and question.slot is not None:
        formula = question.slot.chain
    elif question.kind == GRADIENT:
        formula = next((info.chain for info in trace.gradients.values() if info.tensor == question.tensor), None)
    elif question.kind == SUM:
        formula = trace.slots_of(question.of)[-1].total
    elif question.kind == VALUE:
        formula = trace.nodes_by_tensor[question.tensor].formula
    if formula is None:
        return None
    try:
        program = _parsed(formula)
        value = evaluate(program.output, _exact_point(trace, sample), program.definitions)
        return np.broadcast_to(value, np.shape(truth))
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=64)
def _parsed(formula: str) -> Program:
    return parse(formula, MAX_FORMULA_OPS)


def answer_value(
    trace: Trace, question: Question, program: Program, sample: Sample, truth: Any = None
) -> FloatArray | None:
    """Return the value of an answer at a point, None where shapes do not fit.

    truth: TensorFlow's answer; the value gets its shape if it says the same, such as one number for all entries. In
    ``G xᵀ`` vectors are columns.
    """
    names = {**program.assignments, **_names(trace, question, sample)}
    is_formula = bool(_free_names(program))
    found = _evaluated(program, names)
    if truth is None:
        return found
    if (found is None or np.shape(found) != np.shape(truth)) and _has_matrix_op(program):
        columns = {name: np.reshape(value, (-1, 1)) if np.ndim(value) == 1 else value for name, value in names.items()}
        product: FloatArray | None = _fitted(_evaluated(program, columns), truth, is_formula)
        if product is not None and np.shape(product) == np.shape(truth) and np.ndim(truth):
            return product
    fitted: FloatArray | None = _fitted(found, truth, is_formula)
    return fitted


def _evaluated(program: Program, names: Mapping[str, Any]) -> FloatArray | None:
    try:
        return evaluate(program.output, names, program.definitions)
    except (ValueError, KeyError):
        return None


def _has_matrix_op(program: Program) -> bool:
    return any(isinstance(node, Apply) and node.op in ("matmul", "transpose") for node in walk(program.output))


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
    given, truth = answers[0], truths[0]
    if not text and given is not None and truth is not None and np.shape(given) != np.shape(truth):
        text = f"The answer has the shape {np.shape(truth)}, this one {np.shape(given)}."
    if not text and given is not None and truth is not None and np.any(np.isnan(given)) and np.all(np.isfinite(truth)):
        text = f"This has no value here, and TensorFlow's is {format_value(truth)}."
    if not text and len(samples) > 1 and agrees_here:
        text = "Right for these values, but not for others: it must hold everywhere."
    general = (
        INPUT_HINT if question.tensor in trace.variables.values() else GENERAL_HINTS.get(question.kind, "Not yet.")
    )
    return Judgement(WRONG, text or general, kind)


def _is_rounded(answer: Answer, value: Any, truth: Any) -> bool:
    return truth is not None and value is not None and is_rounded(answer.text, value, truth)


def _fitted(value: Any, truth: Any, is_formula: bool) -> Any:
    """Return an answer in the shape of the truth, if it says the same: one number for all entries, a list as column.

    is_formula: whether it holds for each entry, as y does for all rows of a matrix by whose column it is multiplied.
    """
    if value is None or truth is None or np.shape(value) == np.shape(truth):
        return value
    if np.ndim(value) < np.ndim(truth):
        if np.squeeze(truth).shape == np.shape(value):
            return np.reshape(value, np.shape(truth))
        if np.ndim(value) and not is_formula:
            return value
        try:
            return np.broadcast_to(value, np.shape(truth))
        except ValueError:
            return value
    # A column that comes out of a product of matrices is a vector for TensorFlow.
    is_column = is_formula and np.squeeze(value).shape == np.shape(truth)
    return np.reshape(value, np.shape(truth)) if is_column else value


def _noise(trace: Trace, question: Question, values: Values) -> float:
    """Return the absolute error of a float32 sum whose terms cancel, such as that of gradients at a fan-out."""
    if np.asarray(values[question.tensor]).dtype != np.float32:
        return 0.0
    terms: list[str | None] = []
    if question.kind in (SUM, GRADIENT):
        terms = [slot.gradient_tensor for slot in trace.slots_of(question.of)]
    elif question.kind == PASSED and question.slot is not None:
        terms = [question.slot.product_tensor]
    elif question.kind == VALUE:
        node = trace.nodes_by_tensor[question.tensor]
        terms = list(node.inputs) if node.type in ("AddV2", "Sub", "AddN", "Sum", "Mean") else []
    sizes = [float(np.sum(np.abs(values[term]))) for term in terms if term is not None and term in values]
    return _FLOAT32_NOISE * sum(size for size in sizes if np.isfinite(size))


def _names(trace: Trace, question: Question, sample: Sample) -> dict[str, Any]:
    """Return values by the names that an answer may use."""
    values = sample.values
    found = {name: values[tensor] for name, tensor in _known_names(trace, question).items() if tensor in values}
    return {**found, **_exact_point(trace, sample)}


def _exact_point(trace: Trace, sample: Sample) -> dict[str, FloatArray]:
    """Return the values of the variables with which TensorFlow computed, float64."""
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite
        return {name: np.asarray(value, trace.dtype).astype(np.float64) for name, value in sample.point.items()}


def _known_names(trace: Trace, question: Question) -> dict[str, str]:
    """Return the tensors by name: variables, names that statements define, the output's, and G.

    What is asked for cannot be the answer: "h" says nothing about the value of h.
    """
    names = {upstream_name(trace): question.step.upstream_tensor} if question.step is not None else {}
    names[output_name(trace)] = trace.output
    names |= {ascii_name(node.defines): node.tensor for node in trace.nodes if node.defines}
    asked = question.tensor if question.kind == VALUE else None
    known = {name: tensor for name, tensor in names.items() if tensor is not None and tensor != asked}
    return {**trace.variables, **{name: tensor for name, tensor in known.items() if name not in trace.variables}}


def _hidden_names(trace: Trace) -> set[str]:
    """Return names that are not offered: G, and the output's if no statement gives it one."""
    return (
        {upstream_name(trace), output_name(trace)}
        - set(trace.variables)
        - {node.defines for node in trace.nodes if node.defines}
    )


def _free_names(program: Program) -> list[str]:
    return [name for name in program.variables if name not in program.assignments]


def _is_written(value: FloatArray, literals: Sequence[Node]) -> bool:
    """Return whether a value other than 0, 1 and -1 stands in an answer instead of its variable."""
    if value.ndim:
        return any(isinstance(node, Array) and np.array_equal(node.value, value) for node in literals)
    number = abs(float(value))
    written = (abs(node.value) for node in literals if isinstance(node, Number))
    return number not in (0.0, 1.0) and any(np.isclose(each, number, rtol=1e-6) for each in written)
