"""The output with what it is: ``y = sin(2*x)``, or of a derivative ``y′ = cos(2*x)*2``, its own expression."""

import re
from dataclasses import replace

from explorer.core.autodiff.formula_latex import formula_latex
from explorer.core.autodiff.output_choice import SUM
from explorer.core.autodiff.output_name import (
    base_name,
    chosen_latex,
    chosen_name,
    derivative_name,
    output_latex,
    output_name,
)
from explorer.core.autodiff.trace import Trace
from explorer.core.expression.latex import name_latex, program_latex
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.syntax_tree import Program

MAX_LATEX_LENGTH = 190
"""Characters of LaTeX in a heading. Of a longer program only the last statements are shown, and a derivative with a
longer formula is written as a quotient."""


def typed_latex(program: Program) -> str:
    """Return the program as LaTeX, as the value of y or f unless it defines names itself."""
    latex = program_latex(program, MAX_LATEX_LENGTH)
    if program.definitions or program.assignments:
        return latex
    return f"{'f' if 'y' in program.variables else 'y'} = {latex}"


def typed_text(expression: str) -> str:
    """Return an expression with the name of its output, unless its last statement has one."""
    *before, last = re.split(r"(?<=[;\n])", expression.strip().rstrip(";"))
    if "=" in last:
        return expression
    return f"{''.join(before)}{' ' * bool(before)}{base_name(expression)} = {last.strip()}"


def own_formula(trace: Trace) -> str | None:
    """Return the formula of the output in the variables; None if it has none, or too long a one."""
    node = trace.nodes_by_tensor.get(trace.output)
    return None if node is None else node.formula


def heading_text(trace: Trace) -> str:
    """Return the output with its expression as text.

    A derivative without a formula, as of arrays, is written as a quotient behind the typed expression.
    """
    if not trace.differentiated_by:
        return typed_text(trace.expression)
    formula = own_formula(trace)
    if formula is not None:
        return f"{output_name(trace)} = {formula}"
    d = _d(trace)
    quotient = f"{d}{_name_before(trace)}/{d}{trace.differentiated_by[-1]}"
    return f"{typed_text(trace.expression)}, {output_name(trace)} = {quotient}"


def heading_latex(trace: Trace) -> str:
    """Return the output with its expression as LaTeX, like `heading_text`."""
    program = parse(trace.expression, MAX_FORMULA_OPS)
    if not trace.differentiated_by:
        return typed_latex(program)
    formula = own_formula(trace)
    latex = formula_latex(formula) if formula is not None else ""
    if latex and len(latex) <= MAX_LATEX_LENGTH:
        return f"{output_latex(trace)} = {latex}"
    d = r"\mathrm{d}" if _d(trace) == "d" else r"\partial"
    quotient = rf"\frac{{{d} {_latex_before(trace)}}}{{{d} {name_latex(trace.differentiated_by[-1])}}}"
    return rf"{typed_latex(program)}, \; {output_latex(trace)} = {quotient}"


def field_latex(trace: Trace) -> str:
    """Return the LaTeX before the field with the typed expression, such as ``y =``."""
    name = name_latex(base_name(trace.expression)) if trace.differentiated_by else output_latex(trace)
    return f"{name} ="


def _d(trace: Trace) -> str:
    return "d" if len(trace.variables) == 1 else "∂"


def _name_before(trace: Trace) -> str:
    """Return the name of what was differentiated last, such as ``y`` for ``y′``."""
    before = trace.differentiated_by[:-1]
    name = derivative_name(trace, before)
    return chosen_name(name, trace.output_choice, trace.expression) if _is_chosen(trace) else name


def _latex_before(trace: Trace) -> str:
    before = trace.differentiated_by[:-1]
    base = name_latex(base_name(trace.expression))
    latex = output_latex(replace(trace, differentiated_by=before)) if before else base
    return chosen_latex(latex, trace.output_choice, trace.expression) if _is_chosen(trace) else latex


def _is_chosen(trace: Trace) -> bool:
    """Whether an entry, or weights, of what was differentiated last were chosen."""
    return trace.output_choice != SUM and len(trace.differentiated_by) - 1 == trace.chosen_order
