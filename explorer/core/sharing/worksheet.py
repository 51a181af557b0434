"""What a worksheet asks: each blank with the number that belongs there, as pure functions of a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.core.autodiff.chain_rule_text import output_name
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.errors import ExpressionError
from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.graph.picture import OUTPUT_ID, Picture, concept_picture
from explorer.core.number_format import format_value
from explorer.core.syntax_tree import Reference, Variable

DIGITS = 4
"""Significant digits of what is given and of the key."""

MAX_BLANK_ENTRIES = 8
"""Entries of an array that still can be written into a blank."""

MAX_ARRAY_TEXT_LENGTH = 80
"""Signs that an array of so many entries may have."""

VALUE, LOCAL, GRADIENT, SUM, RESULT = "value", "local", "gradient", "sum", "result"


@dataclass(frozen=True)
class Blank:
    """kind: `VALUE`, `LOCAL`, `GRADIENT`, `SUM` or `RESULT`. place: the box, link or variable that it belongs to.

    tensor: TensorFlow's name of the number. answer: the number as the key shows it. wide: whether it is an array.
    given: whether it stands on the sheet of the students, too.
    """

    kind: str
    place: str
    tensor: str
    answer: str
    wide: bool = False
    given: bool = False


@dataclass(frozen=True)
class Worksheet:
    """One exercise. latex: the formula. givens: name and value of each variable. results: what comes out in the end.

    output: what is differentiated: Σy where y is an array. turns: whether angles occur.
    """

    expression: str
    latex: str
    givens: tuple[tuple[str, str], ...]
    output: str
    picture: Picture
    blanks: tuple[Blank, ...]
    turns: bool

    def blank_at(self, place: str, kind: str) -> Blank | None:
        """Return the blank of a kind at a box, link or variable."""
        return next((blank for blank in self.blanks if (blank.place, blank.kind) == (place, kind)), None)


def make_worksheet(trace: Trace, values: Values) -> Worksheet:
    """Return what is asked of an expression, with TensorFlow's numbers.

    Raises ExpressionError for arrays that nobody would write down.
    """
    picture = concept_picture(trace)
    program = parse(trace.expression)
    output = output_name(trace)
    # The last statement gets the name that the output has on the graph.
    named = replace(program, definitions={**program.definitions, output: program.output}, output=Reference(output))
    formula = program_latex(program if isinstance(program.output, Reference | Variable) else named, 400)
    return Worksheet(
        trace.expression,
        formula,
        tuple(
            (name, format_value(values[tensor], 6, MAX_ARRAY_TEXT_LENGTH)) for name, tensor in trace.variables.items()
        ),
        f"Σ{output}" if trace.summed else output,
        picture,
        tuple(_blanks(trace, values, picture)),
        any(node.type in _TRIGONOMETRIC_TYPES for node in trace.nodes),
    )


_TRIGONOMETRIC_TYPES = frozenset({"Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Atan2"})


def _blanks(trace: Trace, values: Values, picture: Picture) -> list[Blank]:
    found: list[Blank] = []

    def ask(kind: str, place: str, tensor: str | None, given: bool = False) -> None:
        if tensor is not None and tensor in values:
            value = values[tensor]
            if np.size(value) > MAX_BLANK_ENTRIES:
                raise ExpressionError(
                    f"{tensor} has {np.size(value):,} numbers; up to {MAX_BLANK_ENTRIES} fit into a blank."
                )
            found.append(Blank(kind, place, tensor, answer_text(value), bool(np.ndim(value)), given))

    for box in picture.boxes:
        if box.kind == "op":
            ask(VALUE, box.id, box.tensor)
        elif box.kind == "input":
            ask(VALUE, box.id, box.tensor, given=True)
    slots = {(step.op, slot.slot): slot for step in trace.steps for slot in step.inputs}
    for link in picture.links:
        slot = slots.get((link.target, link.slot))
        if slot is not None and slot.gradient_tensor is not None:
            ask(LOCAL, link.key, slot.local_tensor)
            ask(GRADIENT, link.key, slot.gradient_tensor)
        elif link.target == OUTPUT_ID and link.gradient is not None:
            ask(GRADIENT, link.key, link.gradient, given=True)
    for tensor, total in trace.tensor_gradients.items():
        if count_arrivals(trace, tensor) > 1:
            ask(SUM, next(box.id for box in picture.boxes if box.tensor == tensor), total)
    for name, info in trace.gradients.items():
        ask(RESULT, name, info.tensor)
    return found


def count_arrivals(trace: Trace, tensor: str) -> int:
    """Return on how many ways a gradient arrives at a forward tensor."""
    slots = [slot for step in trace.steps for slot in step.inputs if slot.tensor == tensor]
    return sum(slot.gradient_tensor is not None for slot in slots)


def answer_text(value: Any) -> str:
    """Return a number or short array as the key shows it."""
    return format_value(value, DIGITS, MAX_ARRAY_TEXT_LENGTH)


def instructions(sheets: Sequence[Worksheet]) -> str:
    """Return what is to be done, in a sentence or two."""
    says = "Fill in every blank, to four digits."
    return f"{says} Angles are in radians." if any(sheet.turns for sheet in sheets) else says


def answers(sheet: Worksheet) -> Mapping[tuple[str, str], str]:
    """Return what the students are to find, by kind and place."""
    return {(blank.kind, blank.place): blank.answer for blank in sheet.blanks if not blank.given}
