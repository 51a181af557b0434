"""The formulas that a scene will show, so that they can be typeset before it."""

from explorer.core.autodiff.chain_rule_text import forward_line
from explorer.core.autodiff.output_heading import field_latex, heading_latex, typed_latex
from explorer.core.autodiff.step_text import step_lines
from explorer.core.autodiff.visible_steps import FORWARD, forward_steps
from explorer.core.expression.parser import parse
from explorer.session.lessons.prefetch import PrefetchedScene


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
    return [typed_latex(parse(trace.expression)), field_latex(trace), heading_latex(trace), *parts]
