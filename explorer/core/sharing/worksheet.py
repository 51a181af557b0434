"""Worksheets: blanks of a trace's graph, and their answers. Pure functions of a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.output_heading import heading_latex, heading_text
from explorer.core.autodiff.output_name import differentiated_name, output_name
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.errors import ExpressionError
from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.graph.picture import OUTPUT_ID, Picture, concept_picture
from explorer.core.number_format import MAX_GRID_LENGTH, format_grid, format_value, is_grid
from explorer.core.practice.questions import (
    Question,
    answer_key,
    gradient_question,
    local_question,
    passed_question,
    product_question,
    seed_question,
    sum_question,
    value_question,
)
from explorer.core.syntax_tree import Reference, Variable

DIGITS, GIVEN_DIGITS = 4, 6
"""Significant digits of answers, and of the values of variables."""

MAX_BLANK_ENTRIES = 8
"""Entries of a vector that fits into a blank."""

CELL_CHARACTERS = 7
"""Characters of a number in a cell of a matrix."""

MAX_ARRAY_TEXT_LENGTH = 80
"""Characters of an array that fits into a blank."""

VALUE, LOCAL, PRODUCT, GRADIENT, SUM, RESULT = "value", "local", "product", "gradient", "sum", "result"
"""Kinds of blanks. `PRODUCT` is upstream gradient times local derivative, whose sum over what was broadcast is the
`GRADIENT`; `SUM` is the sum of the gradients at a fan-out."""


@dataclass(frozen=True)
class Blank:
    """A blank of a worksheet.

    kind: `VALUE`, `LOCAL`, `PRODUCT`, `GRADIENT`, `SUM` or `RESULT`.
    place: the box, link or variable that it belongs to.
    question: what is asked for, as on the screen. answer: the value as the answer key shows it.
    wide: whether it is an array. given: whether the value is printed on the students' sheet too. cells: the numbers of
    a matrix, row by row, each of which has a blank of its own; () for anything else.
    """

    kind: str
    place: str
    question: Question
    answer: str
    wide: bool = False
    given: bool = False
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def tensor(self) -> str:
        """TensorFlow's name of the value."""
        return self.question.tensor


@dataclass(frozen=True)
class Worksheet:
    """The worksheet of one expression.

    latex: formula. givens: name and value of each variable.
    output: name of what is differentiated; Σy if y is an array.
    has_angles: whether trigonometric functions occur.
    """

    expression: str
    latex: str
    givens: tuple[tuple[str, str], ...]
    output: str
    picture: Picture
    blanks: tuple[Blank, ...]
    has_angles: bool

    def blank_at(self, place: str, kind: str) -> Blank | None:
        """Return the blank of a kind at a box, link or variable, or None."""
        return next((blank for blank in self.blanks if (blank.place, blank.kind) == (place, kind)), None)


def make_worksheet(trace: Trace, values: Values) -> Worksheet:
    """Return the worksheet of a trace; raises ExpressionError for arrays that do not fit into a blank."""
    trace = concept_trace(trace)
    picture = concept_picture(trace)
    program = parse(trace.expression)
    output = output_name(trace)
    # The last statement gets the name of the output on the graph.
    named = replace(program, definitions={**program.definitions, output: program.output}, output=Reference(output))
    formula = program_latex(program if isinstance(program.output, Reference | Variable) else named, 400)
    if trace.differentiated_by:
        formula = heading_latex(trace)
    return Worksheet(
        heading_text(trace) if trace.differentiated_by else trace.expression,
        formula,
        tuple((name, _given_text(values[tensor])) for name, tensor in trace.variables.items()),
        f"Σ{output}" if trace.summed else differentiated_name(trace),
        picture,
        tuple(_blanks(trace, values, picture)),
        any(node.type in _TRIGONOMETRIC_TYPES for node in trace.nodes),
    )


_TRIGONOMETRIC_TYPES = frozenset({"Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Atan2"})


def _blanks(trace: Trace, values: Values, picture: Picture) -> list[Blank]:
    found: list[Blank] = []

    def add_blank(kind: str, place: str, question: Question | None, given: bool = False) -> None:
        if question is not None and question.tensor in values:
            value = values[question.tensor]
            is_matrix = np.ndim(value) == 2 and is_grid(np.shape(value))
            if np.size(value) > MAX_BLANK_ENTRIES and not is_matrix:
                raise ExpressionError(
                    f"{question.tensor} has {np.size(value):,} numbers; up to {MAX_BLANK_ENTRIES} fit into a blank, "
                    f"and matrices of up to {MAX_GRID_LENGTH} by {MAX_GRID_LENGTH}."
                )
            key = answer_key(question, values, DIGITS)
            digits, width = (GIVEN_DIGITS, CELL_CHARACTERS + 2) if given else (DIGITS, CELL_CHARACTERS)
            cells = format_grid(value, digits, width) if is_matrix else ()
            found.append(Blank(kind, place, question, key, bool(np.ndim(value)), given, cells))

    for box in picture.boxes:
        if box.kind in ("op", "input"):
            add_blank(VALUE, box.id, value_question(trace, trace.nodes_by_name[box.id]), given=box.kind == "input")
    slots = {(step.op, slot.slot): (step, slot) for step in trace.steps for slot in step.inputs}
    for link in picture.links:
        step, slot = slots.get((link.target, link.slot), (None, None))
        if step is not None and slot is not None and slot.gradient_tensor is not None:
            if slot.local_tensor is not None:
                add_blank(LOCAL, link.key, local_question(trace, step, slot))
            if slot.product_tensor is not None:
                add_blank(PRODUCT, link.key, product_question(trace, step, slot))
            add_blank(GRADIENT, link.key, passed_question(trace, step, slot))
        elif link.target == OUTPUT_ID and link.gradient is not None:
            add_blank(GRADIENT, link.key, seed_question(trace, link.gradient), given=True)
    for tensor in trace.tensor_gradients:
        if count_arrivals(trace, tensor) > 1:
            add_blank(SUM, next(box.id for box in picture.boxes if box.tensor == tensor), sum_question(trace, tensor))
    for name in trace.gradients:
        add_blank(RESULT, name, gradient_question(trace, name))
    return found


def _given_text(value: Any) -> str:
    """Return the value of a variable; of a matrix whose numbers are on the graph, only its shape."""
    text = format_value(value, GIVEN_DIGITS, MAX_ARRAY_TEXT_LENGTH)
    return f"the {text} matrix in the graph" if np.ndim(value) == 2 and not text.startswith("[") else text


def count_arrivals(trace: Trace, tensor: str) -> int:
    """Return the number of edges on which a gradient arrives at a forward tensor."""
    return sum(slot.gradient_tensor is not None for slot in trace.slots_of(tensor))


def holds_operands_still(sheet: Worksheet) -> bool:
    """Return whether it must be said that a local derivative holds the other operand still, as in ``x*sin(x)``."""
    return any(blank.kind == LOCAL and bool(blank.question.held) for blank in sheet.blanks)


def instructions(sheets: Sequence[Worksheet]) -> str:
    """Return the instructions for the students."""
    sentences = ["Fill in every blank, to four digits."]
    if any(sheet.has_angles for sheet in sheets):
        sentences.append("Angles are in radians.")
    if any(blank.kind == PRODUCT for sheet in sheets for blank in sheet.blanks):
        sentences.append("What was broadcast gets the sum of its products.")
    return " ".join(sentences)


def answers(sheet: Worksheet) -> Mapping[tuple[str, str], str]:
    """Return the answers that students fill in, by kind and place."""
    return {(blank.kind, blank.place): blank.answer for blank in sheet.blanks if not blank.given}
