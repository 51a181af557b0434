"""The graph as TikZ, a document of its own that can be included in another one with ``standalone``."""

import re

import numpy as np

from explorer.core.autodiff.concept_trace import concept_at
from explorer.core.autodiff.matrix_text import array_latex
from explorer.core.autodiff.output_heading import heading_text
from explorer.core.autodiff.output_name import differentiated_latex
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import completed_sums
from explorer.core.expression.latex import name_latex
from explorer.core.expression.names import GREEK_TO_NAME, short_name
from explorer.core.graph.edge_geometry import Point, backward_line, label_side, sample_curve, trim_line
from explorer.core.graph.picture import Box, Link, concept_picture
from explorer.core.graph.placement import PlacedPicture, link_text_rect, link_text_size, place_picture
from explorer.core.graph.value_text import value_text
from explorer.core.number_format import FROM_SUPERSCRIPTS, is_grid
from explorer.core.sharing.html_fonts import width_of

BP_PER_PX = 0.75
"""TeX's big points per pixel."""

_MATH_COMMANDS = {
    "×": r"\times", "÷": r"\div", "√": r"\surd", "∛": r"\sqrt[3]{\ }", "−": "-", "∞": r"\infty", "·": r"\cdot",
    "‖": r"\|", "²": "^2", "ᵀ": r"{}^{\top}", "…": r"\ldots", "′": "'",
    **{sign: name_latex(name) for sign, name in GREEK_TO_NAME.items()},
}  # fmt: skip
"""Commands in math mode for characters that TeX's fonts lack."""

_TEXT_COMMANDS = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


_PREAMBLE = r"""\documentclass[tikz,border=8pt]{standalone}
\usepackage{amsmath}
\usetikzlibrary{arrows.meta}
\definecolor{value}{HTML}{0072B2}
\definecolor{gradient}{HTML}{B45309}
\definecolor{gradientsoft}{HTML}{FEF4E6}
\begin{document}
\begin{tikzpicture}[x=1bp, y=1bp, font=\small, >={Latex[length=7bp]},
  op/.style={draw=black!25, rounded corners=8bp, inner sep=0, align=center},
  now/.style={draw=gradient, very thick, fill=gradientsoft},
  fwd/.style={->, draw=value, thick}, back/.style={->, draw=gradient, thick, densely dashed},
  fresh/.style={very thick, solid}, name/.style={font=\scriptsize\sffamily, text=black!60, anchor=west, inner sep=0},
  grad/.style={text=gradient, anchor=west, inner sep=0}]"""


def tikz_text(trace: Trace, values: Values, step: int = 0, digits: int = 4) -> str:
    """Return the document of the concept at a step of the trace's backward pass; 0 is before the first."""
    trace, step = concept_at(trace, step)
    picture = concept_picture(trace)
    placed = place_picture(picture, "TB", True, width_of)
    active = trace.steps[step - 1].op if step else "output:"
    sums = {tensor: trace.tensor_gradients[tensor] for k in range(1, step + 1) for tensor in completed_sums(trace, k)}
    lines = [_PREAMBLE, f"  % {_ascii_primes(_single_line(heading_text(trace)))}, step {step} of {len(trace.steps)}"]
    for link in picture.links:
        lines += _link(link, placed, values, step, digits)
    for box in picture.boxes:
        lines.append(
            _box(box, _symbol(trace, box), placed, values, box.id == active, sums.get(box.tensor or ""), digits)
        )
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}", ""])


def _ascii_primes(text: str) -> str:
    return text.translate({ord(sign): "'" * count for count, sign in enumerate("′″‴⁗", 1)} | {ord("∂"): "d"})


def _symbol(trace: Trace, box: Box) -> str:
    """Return the LaTeX of a box's symbol."""
    variable = trace.variable_of(box.tensor)
    if variable is not None:
        return name_latex(variable)
    if box.kind == "output":
        name = differentiated_latex(trace)
        return rf"\Sigma\, {name}" if trace.summed else name
    return _math(box.symbol)


def _box(
    box: Box, symbol: str, placed: PlacedPicture, values: Values, active: bool, total: str | None, digits: int
) -> str:
    width, height = (BP_PER_PX * side for side in placed.sizes[box.id])
    style = ", now" if active else ", draw=none" if box.kind == "output" else ""
    text = [rf"{{\Large${symbol}$}}"]
    if box.name:
        text.append(rf"{{\scriptsize\sffamily\color{{black!60}}{_escaped(box.name)}}}")
    if box.tensor in values:
        text.append(rf"{{\color{{value}}${_number(values, box.tensor or '', digits)}$}}")
    if total is not None and total in values:
        text.append(rf"{{\color{{gradient}}$\Sigma\,{_number(values, total, digits)}$}}")
    body = r" \\[-1bp] ".join([f"{text[0]} {text[1]}" if len(text) > 1 and box.name else text[0], *text[2:]])
    size = f"minimum width={width:.1f}bp, minimum height={height:.1f}bp"
    return rf"  \node[op{style}, {size}] at {_coordinate(placed.centres[box.id])} {{{body}}};"


def _link(link: Link, placed: PlacedPicture, values: Values, step: int, digits: int) -> list[str]:
    points, label = placed.curves[link.key], placed.labels.get(link.key)
    path = _coordinate(points[0])
    for k in range(1, len(points) - 2, 3):
        path += (
            f" .. controls {_coordinate(points[k])} and {_coordinate(points[k + 1])} .. {_coordinate(points[k + 2])}"
        )
    lines = [rf"  \draw[fwd] {path};"]
    line = sample_curve(points)
    side = label_side(line, label)
    arrived = link.gradient is not None and link.step <= step
    if arrived:
        beside = trim_line(backward_line(line, side), 0, 0)
        fresh = ", fresh" if link.step == step else ""
        lines.append(rf"  \draw[back{fresh}] {' -- '.join(_coordinate(point) for point in beside)};")
    if label is not None and link.tensor:
        left, top, _, height = link_text_rect(label, link_text_size(link, width_of))
        lower = (left, top + height - 8 if arrived else top + height / 2)
        lines.append(rf"  \node[name] at {_coordinate(lower)} {{{_escaped(short_name(link.tensor))}}};")
        if arrived and link.gradient in values:
            number = _number(values, link.gradient or "", digits)
            middle = top + (height - 20) / 2
            lines.append(rf"  \node[grad] at {_coordinate((left, middle))} {{${number}$}};")
    return lines


def _coordinate(point: Point) -> str:
    return f"({BP_PER_PX * point[0]:.1f},{-BP_PER_PX * point[1]:.1f})"


def _number(values: Values, tensor: str, digits: int) -> str:
    """Return a value as LaTeX: ``-2.5 \\cdot 10^{-7}``, a matrix, or shape and range of a larger array."""
    if np.ndim(values[tensor]) == 2 and is_grid(np.shape(values[tensor])):
        matrix = array_latex(values[tensor], digits=min(digits, 3)).replace("bmatrix", "smallmatrix")
        return rf"\left[{matrix}\right]"
    if np.size(values[tensor]) > 1 and not is_grid(np.shape(values[tensor])):
        return rf"\text{{\scriptsize {_escaped(value_text(values[tensor], digits).text)}}}"
    text = value_text(values[tensor], digits).text
    text = re.sub(r"×10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda found: rf"\cdot 10^{{{found[1].translate(FROM_SUPERSCRIPTS)}}}", text)
    text = text.replace("×", r"\times ").replace("−", "-").replace("∞", r"\infty ")
    return text.replace(" vector", r"\;\mathrm{vector}")


def _math(text: str) -> str:
    if text.replace(" ", "").isalnum() and text.isascii() and len(text) > 1 and not text[0].isdigit():
        return rf"\mathrm{{{text.replace(' ', chr(92) + ' ')}}}"
    return "".join(_MATH_COMMANDS[sign] + " " if sign in _MATH_COMMANDS else _escaped(sign) for sign in text).strip()


def _escaped(text: str) -> str:
    """Return a text with TeX's special characters escaped."""
    return "".join(
        rf"${_MATH_COMMANDS[sign]}$"
        if sign in _MATH_COMMANDS
        else _TEXT_COMMANDS.get(sign, rf"\{sign}" if sign in "#$%&_{}" else sign)
        for sign in text
    )


def _single_line(text: str) -> str:
    """Return a text on a single line, for a comment."""
    return " ".join(text.split())
