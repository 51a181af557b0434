"""The command ``draw``: the graph or the complete backward pass of an expression as a file."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.commands.expression_check import check_expression
from explorer.commands.output_file import output_path, writing
from explorer.commands.quiet_stderr import quiet_stderr
from explorer.core.atomic_write import atomic_write
from explorer.core.autodiff.concept_trace import concept_trace, corresponding_step
from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.errors import UserError
from explorer.core.expression.values import parse_point, split_names

FORMATS = (".svg", ".png", ".pdf", ".dot", ".html", ".tex", ".gif")

CONCEPT_FORMATS = {".html": "An HTML page", ".gif": "An animation", ".tex": "TikZ"}
"""Formats that show the concept only, with their names in messages."""


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises UserError."""
    target = output_path(options.output, FORMATS)
    expression = options.expression.strip()
    again = split_names(options.again)
    output = check_expression(expression, parse_point(options.at), again=again, output=options.output_choice)
    with writing(options.output):
        draw(
            expression,
            target,
            point=parse_point(options.at),
            dtype=options.dtype,
            again=again,
            output=output,
            step=options.step,
            depth=options.depth,
            theme=options.theme,
        )
    return 0


def draw(
    expression: str,
    target: Path,
    *,
    point: dict[str, Any],
    dtype: str = "float32",
    again: Sequence[str] = (),
    output: OutputChoice = SUM,
    step: int = 0,
    depth: str = "concept",
    theme: str | None = None,
) -> None:
    """Write a file in the format of its suffix, one of `FORMATS`. Raises OSError and UserError."""
    suffix = target.suffix.lower()
    if depth != "concept" and suffix in CONCEPT_FORMATS:
        raise UserError(f"{CONCEPT_FORMATS[suffix]} shows the concept; --depth full is for pictures.")
    if suffix == ".html":
        with atomic_write(target) as part:
            part.write_text(html_page(expression, point, dtype, step, theme, again, output), encoding="utf-8")
        return
    with quiet_stderr():
        from explorer.engine.in_process import trace_and_run

        trace, values = trace_and_run(expression, point, dtype, differentiated_by=again, output=output)
    step = _step_of_graph(trace, step, depth)
    if suffix == ".tex":
        from explorer.core.sharing.tikz import tikz_text

        with atomic_write(target) as part:
            part.write_text(tikz_text(trace, values, step), encoding="utf-8")
        return
    from explorer.commands.window_setup import go_offscreen

    go_offscreen(1.0)
    from explorer.app import application
    from explorer.views.graph.export import save_graph
    from explorer.views.theme.theme import load_fonts, load_theme

    application()
    load_fonts()
    colours = load_theme(theme or "light")
    if suffix == ".gif":
        from explorer.views.sharing.gif import frames, save_gif

        save_gif(list(frames(trace, values, colours)), target)
        return
    save_graph(trace, values, target, step=step, depth=depth, theme=colours)


def html_page(
    expression: str,
    point: dict[str, Any],
    dtype: str,
    step: int = 0,
    theme: str | None = None,
    again: Sequence[str] = (),
    output: OutputChoice = SUM,
) -> str:
    """Return the backward pass as a single HTML page. Uses no Qt. Raises UserError.

    step: the step that is shown first. again: variables by which the expression is differentiated first; the page then
    shows the backward pass of that derivative. output: which output is differentiated.
    """
    with quiet_stderr():
        from explorer.core.sharing.html_page import HtmlPageOptions, render_page
        from explorer.engine.autodiff.sympy_client import SymbolicWorker
        from explorer.engine.in_process import explain_expression

        worker = SymbolicWorker()
        try:
            answer, trace, values = explain_expression(expression, point, dtype, None, worker, again, output)
        finally:
            worker.close()
    step = _step_of_graph(trace, step, "concept")
    simplified = {name: gradient["simplified"] for name, gradient in answer["gradients"].items()}
    return render_page(trace, values, HtmlPageOptions(step, theme, simplified=simplified))


def _step_of_graph(trace: Trace, step: int, depth: str) -> int:
    """Return the step of TensorFlow's backward pass for a step in the chosen depth. Raises UserError."""
    shown = concept_trace(trace) if depth == "concept" else trace
    if step > len(shown.steps):
        raise UserError(f"{trace.expression} has {len(shown.steps)} backward steps, so there is no step {step}.")
    return corresponding_step(shown, trace, BACKWARD, step)
