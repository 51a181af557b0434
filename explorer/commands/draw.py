"""The command ``draw``: the graph or the whole backward pass of an expression as a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.commands.quiet import quiet_standard_error
from explorer.core.atomic_write import written_whole
from explorer.core.autodiff.trace import Trace
from explorer.core.errors import ExpressionError
from explorer.core.expression.values import parse_point

NAMES = {".html": "A page", ".gif": "An animation", ".tex": "TikZ"}
"""What shows the concept alone, by its suffix."""


def draw(
    expression: str,
    target: Path,
    *,
    at: str = "",
    dtype: str = "float32",
    again: Sequence[str] = (),
    step: int = 0,
    depth: str = "concept",
    theme: str | None = None,
) -> None:
    """Write a file whose suffix says what it shall be; raises OSError and ExpressionError."""
    kind = target.suffix.lower()
    if depth != "concept" and kind in NAMES:
        raise ExpressionError(f"{NAMES[kind]} shows the concept; --depth full is for pictures.")
    if kind == ".html":
        with written_whole(target) as part:
            part.write_text(page_of(expression, parse_point(at), dtype, step, theme, again), encoding="utf-8")
        return
    trace, values = _computed(expression, parse_point(at), dtype, again)
    _check_step(trace, step)
    if kind == ".tex":
        from explorer.core.sharing.tikz import tikz_text

        with written_whole(target) as part:
            part.write_text(tikz_text(trace, values, step), encoding="utf-8")
        return
    from explorer.commands.window import go_offscreen

    go_offscreen(1.0)
    from explorer.app import application
    from explorer.views.graph.export import save_graph
    from explorer.views.theme.theme import load_fonts, load_theme

    application()
    load_fonts()
    look = load_theme(theme or "light")
    if kind == ".gif":
        from explorer.views.sharing.gif import frames, save_gif

        save_gif(list(frames(trace, values, look)), target)
        return
    save_graph(trace, values, target, step=step, depth=depth, theme=look)


def page_of(
    expression: str,
    point: dict[str, Any],
    dtype: str,
    step: int = 0,
    theme: str | None = None,
    again: Sequence[str] = (),
) -> str:
    """Return the backward pass as one page of HTML; no Qt. Raises ExpressionError.

    again: variables along which it is differentiated first, so that the pass is that of the derivative.
    """
    with quiet_standard_error():
        from explorer.core.sharing.html_page import HtmlPageOptions, page
        from explorer.engine.autodiff.sympy_client import SymbolicWorker
        from explorer.engine.in_process import full_answer

        worker = SymbolicWorker()
        try:
            told, trace, values = full_answer(expression, point, dtype, None, worker, again)
        finally:
            worker.close()
    _check_step(trace, step)
    simplified = {name: gradient["simplified"] for name, gradient in told["gradients"].items()}
    return page(trace, values, HtmlPageOptions(step, theme, simplified=simplified))


def _computed(expression: str, point: dict[str, Any], dtype: str, again: Sequence[str]) -> tuple[Trace, dict[str, Any]]:
    with quiet_standard_error():
        from explorer.engine.in_process import explain_once

        return explain_once(expression, point, dtype, differentiated_by=again)


def _check_step(trace: Trace, step: int) -> None:
    if step > len(trace.steps):
        raise ExpressionError(f"{trace.expression} has {len(trace.steps)} backward steps, so there is no step {step}.")
