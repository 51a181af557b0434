"""An answer to a question: how it is understood, and its value at a point.

It may be written in the variables, with names that the program defines, and with G for the upstream gradient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.autodiff.output_name import output_name, upstream_name
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.errors import UserError
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.expand import substitute
from explorer.core.expression.names import ascii_name, display_name
from explorer.core.expression.printer import to_text
from explorer.core.practice.answer_text import parse_answer
from explorer.core.practice.questions import VALUE, Question
from explorer.core.syntax_tree import Apply, FloatArray, Node, Program, Variable, walk


@dataclass(frozen=True)
class Sample:
    """TensorFlow's values at one point."""

    point: Mapping[str, FloatArray]
    values: Values


@dataclass(frozen=True)
class Answer:
    """An answer that was understood: its text and its program."""

    text: str
    program: Program

    @property
    def names(self) -> list[str]:
        """The names in it that stand for values of the question."""
        return _free_names(self.program)

    @property
    def is_number(self) -> bool:
        """Whether it has no name in it, so that it holds for the point that is shown."""
        return not self.names


def understand(trace: Trace, question: Question, text: str) -> Answer:
    """Return an answer to a question; raises UserError for one that cannot be understood or has unknown names."""
    program = parse_answer(text)
    names = _known_names(trace, question)
    for name in _free_names(program):
        if name not in names:
            shown = ", ".join(display_name(each) for each in names if each not in _hidden_names(trace))
            raise UserError(f"There is no {name} here; there is {shown or 'only numbers'}.")
    return Answer(text.strip(), program)


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


def _names(trace: Trace, question: Question, sample: Sample) -> dict[str, Any]:
    """Return values by the names that an answer may use."""
    values = sample.values
    found = {name: values[tensor] for name, tensor in _known_names(trace, question).items() if tensor in values}
    return {**found, **exact_point(trace, sample)}


def exact_point(trace: Trace, sample: Sample) -> dict[str, FloatArray]:
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


def claim_text(trace: Trace, answer: Answer, program: Program | None) -> str:
    """Return an answer as a claim about the plotted derivative: in the variables of ``program`` alone."""
    if program is None:
        return answer.text
    defined = {**program.definitions, output_name(trace): program.output}
    names: dict[str, Node] = {name: Variable(name) for name in answer.program.variables}
    names |= {name: node for name, node in defined.items() if name not in trace.variables}
    node = substitute(answer.program.output, names)
    return to_text(node, definitions={**program.definitions, **answer.program.definitions}) or answer.text


def _free_names(program: Program) -> list[str]:
    return [name for name in program.variables if name not in program.assignments]
