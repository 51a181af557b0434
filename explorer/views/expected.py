"""The formulas that a scene will show, to be typeset before it comes."""

from explorer.core.latex import program_latex
from explorer.core.parse import parse
from explorer.core.step_said import step_lines
from explorer.core.story import forward_line, output_latex
from explorer.core.syntax import Program
from explorer.core.trace import Trace
from explorer.session.ahead import Expected
from explorer.session.steps import FORWARD, forward_groups

LONGEST_FORMULA = 190
"""Signs of LaTeX beside the line, beyond which nobody could read it: then the last statements stand there."""


def typed_latex(program: Program) -> str:
    """Return what was typed as LaTeX, with a name where it gives none."""
    latex = program_latex(program, LONGEST_FORMULA)
    if program.definitions or program.settings:
        return latex
    return f"{'f' if 'y' in program.variables else 'y'} = {latex}"


def head_latex(trace: Trace) -> str:
    """Return what stands before the line."""
    return rf"{output_latex(trace)} ="


def expected_formulas(scene: Expected) -> list[str]:
    """Return the LaTeX of all formulas over and beside the graph, as the scene will ask for them."""
    trace = scene.trace
    if scene.view["pass"] == FORWARD:
        ops = forward_groups(trace)[scene.step - 1] if scene.step else ()
        line = forward_line(trace, ops[0]) if len(ops) == 1 else None
        lines = [line] if line is not None else []
    else:
        lines = step_lines(trace, scene.values, scene.step, scene.simplified, scene.hidden)
    parts = [latex for line in lines for latex, _ in line.parts]
    return [typed_latex(parse(trace.expression)), head_latex(trace), *parts]
