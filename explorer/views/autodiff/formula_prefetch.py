"""The formulas that a scene will show, so that they can be typeset before it."""

from explorer.core.autodiff.chain_rule_text import forward_line
from explorer.core.autodiff.output_name import output_latex
from explorer.core.autodiff.step_text import step_lines
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import FORWARD, forward_steps
from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.syntax_tree import Program
from explorer.session.lessons.prefetch import PrefetchedScene

MAX_FORMULA_LENGTH = 190
"""Characters of LaTeX beside the expression line; of a longer program, only the last statements are shown."""


def typed_latex(program: Program) -> str:
    """Return the program as LaTeX, as the value of y or f unless it defines names itself."""
    latex = program_latex(program, MAX_FORMULA_LENGTH)
    if program.definitions or program.assignments:
        return latex
    return f"{'f' if 'y' in program.variables else 'y'} = {latex}"


def head_latex(trace: Trace) -> str:
    """Return the LaTeX before the expression line, such as ``y =``."""
    return rf"{output_latex(trace)} ="


def expected_formulas(scene: PrefetchedScene) -> list[str]:
    """Return the LaTeX of all formulas of a scene, exactly as it will request them."""
    trace = scene.trace
    if scene.view_state["pass"] == FORWARD:
        ops = forward_steps(trace)[scene.step - 1] if scene.step else ()
        line = forward_line(trace, ops[0]) if len(ops) == 1 else None
        lines = [line] if line is not None else []
    else:
        lines = step_lines(trace, scene.values, scene.step, scene.simplified, scene.hidden)
    parts = [latex for line in lines for latex, _ in line.parts]
    return [typed_latex(parse(trace.expression)), head_latex(trace), *parts]
