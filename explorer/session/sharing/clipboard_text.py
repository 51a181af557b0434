"""Texts to copy: Python code, LaTeX, and the command line that shows the same."""

import shlex

from explorer.core.autodiff.gradient_formulas import SIMPLIFIED, CopiedLine, gradient_formulas
from explorer.core.autodiff.output_choice import SUM, chosen_order
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.expression.latex import program_latex
from explorer.core.expression.tensorflow_code import command_line, tensorflow1_code, tensorflow2_code
from explorer.session.autodiff.differentiation_methods import CHAIN
from explorer.session.autodiff.session import AutodiffSession


def python_code(session: AutodiffSession) -> dict[str, str]:
    """Return Python code of the same computation by title; empty without an expression."""
    program = session.program
    if program is None:
        return {}
    weights = None
    if session.output_choice != SUM:
        order, shape = chosen_order(session.typed_shape, session.point, session.differentiated_by)
        weights = order, session.output_choice.weights_of_shape(shape)
    arguments = program, session.point, session.dtype, session.differentiated_by, weights
    return {"TensorFlow 2": tensorflow2_code(*arguments), "TensorFlow 1": tensorflow1_code(*arguments)}


def snapshot_command(session: AutodiffSession, method: str, theme: str, size: str) -> str:
    """Return the command line that saves an image of the window as it is."""
    text = session.program.text if session.program is not None else session.text
    return command_line(
        text,
        session.point,
        command="snapshot",
        o="autodiff.png",
        dtype=session.dtype,
        theme=theme,
        size=size,
        again=",".join(session.differentiated_by) or None,
        output=session.output_choice.text if session.output_choice != SUM else None,
        way=method if method != CHAIN else None,
        step=session.stepper.step or None,
        direction=session.direction if session.direction != "auto" else None,
        depth=session.depth if session.depth != "concept" else None,
        **{"pass": session.stepper.pass_ if session.stepper.pass_ != BACKWARD else None},
    )


def tab_command(tab: str, theme: str, size: str, *, model: str = "", sample: int | None = None) -> str:
    """Return the command line that saves an image of another tab.

    ``model`` is the file or the kind of the network, "" for none: a network that was trained in the window has no file.
    """
    parts = ["autodiff-explorer", "snapshot", "--tab", tab, "-o", f"{tab}.png", "--theme", theme, "--size", size]
    if model:
        parts += ["--model", model]
    if sample is not None:
        parts += ["--sample", str(sample)]
    return shlex.join(parts)


def latex_text(session: AutodiffSession, form: str = SIMPLIFIED) -> str:
    """Return the expression and each gradient in LaTeX, one formula on each line.

    form: one of `core.autodiff.gradient_formulas.FORMS`.
    """
    if session.program is None:
        return ""
    return "\n".join([program_latex(session.program), *(line.latex for line in _gradients(session, form))])


def plain_text(session: AutodiffSession, form: str = SIMPLIFIED) -> str:
    """Return what `latex_text` does, as plain text."""
    if session.program is None:
        return ""
    return "\n".join([session.program.text, *(line.text for line in _gradients(session, form))])


def _gradients(session: AutodiffSession, form: str) -> list[CopiedLine]:
    """Return the gradients; none while they are to be found, or if the trace belongs to an earlier text."""
    trace = session.visible_trace
    if trace is None or not session.is_current or session.stepper.hides_gradients:
        return []
    return gradient_formulas(trace, session.values, session.simplified, form)
