"""The gradients of a trace as formulas to copy: the chain as it stands, the simplified form, or both.

A gradient with matrices has no formula of SymPy's: its chain is a line for each step, from the output to the variable,
and its simplified form the numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.core.autodiff.chain_rule_text import derivative_text
from explorer.core.autodiff.formula_latex import formula_latex
from explorer.core.autodiff.matrix_text import array_latex, array_text, numbers_latex, numbers_text
from explorer.core.autodiff.output_name import differentiated_latex, output_name
from explorer.core.autodiff.tensor_label import label_latex, tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.autodiff.upstream_product import upstream_product

CHAIN, SIMPLIFIED, BOTH = FORMS = ("chain", "simplified", "both")
"""What is copied: the chain as it stands, the simplified form, or one after the other."""


@dataclass(frozen=True)
class CopiedLine:
    """A line as plain text and as LaTeX."""

    text: str
    latex: str


def gradient_formulas(
    trace: Trace, values: Values, simplified: Mapping[str, str | None], form: str
) -> list[CopiedLine]:
    """Return the gradients of all variables in one of `FORMS`.

    trace: the concept or the whole trace. simplified: SymPy's shorter forms, by variable.
    """
    lines = []
    if form != SIMPLIFIED and any(info.chain is None and info.tensor for info in trace.gradients.values()):
        lines += _matrix_chain(trace, values, with_numbers=form == BOTH)
    for name, info in trace.gradients.items():
        if info.tensor is None:
            lines.append(_line(trace, name, ("none", r"\text{none}")))
        elif info.chain is not None:
            shortest = simplified.get(name) or info.chain
            formulas = {CHAIN: [info.chain], SIMPLIFIED: [shortest], BOTH: [info.chain, shortest]}[form]
            lines.append(_line(trace, name, *[(each, formula_latex(each)) for each in dict.fromkeys(formulas)]))
        elif info.tensor in values and (form == SIMPLIFIED or (form == BOTH and _is_sum(trace, name))):
            value = values[info.tensor]
            lines.append(_line(trace, name, (array_text(value), array_latex(value))))
    return lines


def _is_sum(trace: Trace, variable: str) -> bool:
    """Whether no single step has the gradient of a variable: several arrive, or copies of a number are added up."""
    return any(slot.accumulated or slot.product_tensor for slot in trace.slots_of(trace.variables[variable]))


def _line(trace: Trace, label: str, *sides: tuple[str, str]) -> CopiedLine:
    """Return the equation of a derivative with its right-hand sides, each as text and as LaTeX."""
    text = " = ".join([derivative_text(trace, label), *[text for text, _ in sides]])
    return CopiedLine(text, " = ".join([_derivative_latex(trace, label), *[latex for _, latex in sides]]))


def _matrix_chain(trace: Trace, values: Values, *, with_numbers: bool) -> list[CopiedLine]:
    """Return a line for each gradient that a step passes on, from the output to the variables."""
    return [
        _passed_on(trace, values, step, slot, with_numbers=with_numbers)
        for step in trace.steps
        for slot in step.inputs
        if slot.gradient_tensor is not None
    ]


def _passed_on(trace: Trace, values: Values, step: Step, slot: StepInput, *, with_numbers: bool) -> CopiedLine:
    arrived = output_name(trace) if step.tensor == trace.output else tensor_label(trace, step.tensor)
    upstream = derivative_text(trace, arrived), _derivative_latex(trace, arrived)
    product, parts = upstream_product(trace, step, slot, upstream)
    more, more_latex = ("… + ", r"\ldots + ") if slot.accumulated else ("", "")
    sides = [(more + product, more_latex + " ".join(latex for latex, _ in parts))]
    if with_numbers and (numbers := numbers_text(trace, values, step, slot)):
        sides.append((more + numbers, more_latex + numbers_latex(trace, values, step, slot)))
    return _line(trace, tensor_label(trace, slot.tensor), *sides)


def _derivative_latex(trace: Trace, label: str) -> str:
    d = r"\partial" if len(trace.variables) > 1 else r"\mathrm{d}"
    return rf"\frac{{{d} {differentiated_latex(trace)}}}{{{d} {label_latex(label)}}}"
