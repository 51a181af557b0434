"""An answer beside TensorFlow's at one point: whether they agree, and what the point tells."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.practice.answer import Sample, exact_point
from explorer.core.practice.closeness import is_close
from explorer.core.practice.questions import GRADIENT, LOCAL, PASSED, SUM, VALUE, Question
from explorer.core.syntax_tree import Program

_FLOAT32_NOISE = 4e-7
"""Relative error of a term of a float32 sum, with a few roundings behind it."""


@dataclass(frozen=True)
class Comparison:
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


def compare(trace: Trace, question: Question, sample: Sample, given: Any, truth: Any, is_number: bool) -> Comparison:
    """Compare the value of an answer with TensorFlow's at a sample.

    given, truth: both values, None where there is none. is_number: whether the answer is a number and no formula.
    """
    is_in_domain = all(
        bool(np.all(np.isfinite(sample.values[node.tensor]))) for node in trace.nodes if node.tensor in sample.values
    )
    if truth is None:
        return Comparison(False, False, False, True, is_in_domain, True)
    exact = _exact_value(trace, question, sample, truth) if is_in_domain else None
    is_reliable = exact is None or is_close(exact, truth, 1e-4)
    if given is None or np.shape(given) != np.shape(truth):
        return Comparison(False, True, True, True, is_in_domain, is_reliable)
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
    return Comparison(agree and has_values, has_truth, has_values, is_complete, is_in_domain, is_reliable)


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
        value = evaluate(program.output, exact_point(trace, sample), program.definitions)
        return np.broadcast_to(value, np.shape(truth))
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=64)
def _parsed(formula: str) -> Program:
    return parse(formula, MAX_FORMULA_OPS)


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
