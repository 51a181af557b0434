"""The formulas that a scene will show, to be typeset before it comes."""

from explorer.core.autodiff.chain_rule_text import forward_line, output_latex
from explorer.core.autodiff.step_text import step_lines
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import FORWARD, forward_steps
from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.syntax_tree import Program
from explorer.session.lessons.prefetch import PrefetchedScene

LONGEST_FORMULA = 190
"""Signs of LaTeX beside the line, beyond which nobody could read it: then the last statements stand there."""


def typed_latex(program: Program) -> str:
    """Return what was typed as LaTeX, with a name where it gives none."""
    latex = program_latex(program, LONGEST_FORMULA)
    if program.definitions or program.assignments:
        return latex
    return f"{'f' if 'y' in program.variables else 'y'} = {latex}"


def head_latex(trace: Trace) -> str:
    """Return what stands before the line."""
    return rf"{output_latex(trace)} ="


def expected_formulas(scene: PrefetchedScene) -> list[str]:
    """Return the LaTeX of all formulas over and beside the graph, as the scene will ask for them."""
    trace = scene.trace
    if scene.view_state["pass"] == FORWARD:
        ops = forward_steps(trace)[scene.step - 1] if scene.step else ()
        line = forward_line(trace, ops[0]) if len(ops) == 1 else None
        lines = [line] if line is not None else []
    else:
        lines = step_lines(trace, scene.values, scene.step, scene.simplified, scene.hidden)
    parts = [latex for line in lines for latex, _ in line.parts]
    return [typed_latex(parse(trace.expression)), head_latex(trace), *parts]
