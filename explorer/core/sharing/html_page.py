"""The backward pass as one self-contained HTML page.

The page contains everything that any step shows; its script only selects the step. Text from outside, such as the
expression, is inserted as text of elements, never as markup.
"""

import html
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from explorer.core.autodiff.broadcast_text import broadcast_lines
from explorer.core.autodiff.causes.cause_text import gradient_sentence
from explorer.core.autodiff.causes.derivative_caveat import derivative_caveat
from explorer.core.autodiff.chain_rule_text import FormulaLine, chain_lines, join_lines, opening_line
from explorer.core.autodiff.concept_trace import concept_at
from explorer.core.autodiff.matrix_text import array_latex, array_text, matrix_factors, numbers_latex, numbers_text
from explorer.core.autodiff.output_choice import SUM
from explorer.core.autodiff.output_heading import heading_latex, heading_text
from explorer.core.autodiff.output_name import differentiated_latex, differentiated_name, output_name, upstream_name
from explorer.core.autodiff.step_sentence import step_sentence
from explorer.core.autodiff.step_text import completed_lines, opening_text, rule_texts
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.expression.latex import name_latex, program_latex
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.expression.tensorflow_code import command_line
from explorer.core.graph.picture import concept_picture
from explorer.core.number_format import format_value, format_value_full, is_grid
from explorer.core.resources import resource_path
from explorer.core.sharing.html_fonts import font_faces
from explorer.core.sharing.html_formulas import Glyphs
from explorer.core.sharing.html_graph import graph_svg

STATEMENT_SEPARATOR = r",\quad "
"""LaTeX between two statements."""

MATRIX_DIGITS = 3
"""Significant digits of the numbers of a matrix."""

PART_GAP_EM = 0.34
"""Space between two parts of a formula."""


@dataclass(frozen=True)
class HtmlPageOptions:
    """Options of a page.

    step: step that is shown first. theme: a theme of theme.toml; None for the preference of the reader's system.
    digits: significant digits. simplified: gradients simplified by SymPy, by variable.
    """

    step: int = 0
    theme: str | None = None
    digits: int = 4
    simplified: Mapping[str, str | None] | None = None


def render_page(trace: Trace, values: Values, options: HtmlPageOptions | None = None) -> str:
    """Return the HTML of the page, to be written as UTF-8."""
    return _Page(trace, values, options or HtmlPageOptions()).text()


class _Page:
    """Builds one page."""

    def __init__(self, trace: Trace, values: Values, options: HtmlPageOptions) -> None:
        self._whole = trace
        self._trace, self._first_step = concept_at(trace, min(options.step, len(trace.steps)))
        self._values, self._options = values, options
        self._glyphs = Glyphs()
        self._symbols = {box.id: box.symbol for box in concept_picture(self._trace).boxes}

    def text(self) -> str:
        trace = self._trace
        graph = graph_svg(trace, self._values, self._options.digits)
        steps = [self._step(number) for number in range(len(trace.steps) + 1)]
        parts = {
            "head": _html([self._formula_line()]),
            "at": _html(self._point()),
            "graph": _html([graph]),
            "steps": _html(steps),
            "results": _html(self._results()),
        }
        texts = "".join("".join(element.itertext()) for element in (graph, *steps))
        return Template(resource_path("page/page.html").read_text(encoding="utf-8")).substitute(
            parts,
            title=html.escape(f"Backward pass of {self._title()}"),
            outlines=self._glyphs.outlines(),
            fonts=font_faces([texts, " ".join(parts.values()), _TEMPLATE_LETTERS]),
            colours=_colours_css(self._options.theme),
            last=str(len(trace.steps)),
            first=str(self._first_step),
            command=html.escape(self._command()),
        )

    def _command(self) -> str:
        trace = self._trace
        again = ",".join(trace.differentiated_by) or None
        output = trace.output_choice.text if trace.output_choice != SUM else None
        return command_line(trace.expression, trace.point, command="draw", o="page.html", again=again, output=output)

    def _title(self) -> str:
        return heading_text(self._trace) if self._trace.differentiated_by else self._trace.expression

    # -- above ------------------------------------------------------------------------------------

    def _formula_line(self) -> ET.Element:
        if self._trace.differentiated_by:
            line = ET.Element("h1", {"aria-label": self._title()})
            line.append(self._glyphs.formula(heading_latex(self._trace), self._title()))
            return line
        name = output_name(self._trace)
        program = parse(self._trace.expression, MAX_FORMULA_OPS)
        line = ET.Element("h1", {"aria-label": f"{name} = {self._trace.expression}"})
        named = name in program.definitions or name in program.variables
        *before, last = program_latex(program, 190).split(STATEMENT_SEPARATOR)
        for latex in (*before, last if named else f"{name_latex(name)} = {last}"):
            line.append(self._glyphs.formula(latex, self._trace.expression))
        return line

    def _point(self) -> list[ET.Element]:
        """Return the values of the variables."""
        shown = []
        for name, value in self._trace.point.items():
            tensor = self._trace.variables.get(name)
            number = self._values.get(tensor or "", value)
            shown.append(_element("span", f"{name} = {self._short(number)}", title=format_value_full(number)))
        return shown

    # -- steps ------------------------------------------------------------------------------------

    def _step(self, number: int) -> ET.Element:
        trace, total = self._trace, len(self._trace.steps)
        section = ET.Element("section", {"class": "step", "data-step": str(number)})
        if number == 0:
            opening = opening_text(trace)
            section.append(_element("h2", f"Start of {total} step{'' if total == 1 else 's'}"))
            self._formulas(section, [opening_line(trace)])
            section.append(_element("p", opening, class_="note"))
            section.set("data-said", f"Start. {opening}")
            return section
        step = trace.steps[number - 1]
        heading = _element("h2", f"Step {number} of {total} ")
        heading.append(_element("span", f"{self._symbols.get(step.op, step.type)}  {step.op}"))
        section.append(heading)
        lines = chain_lines(trace, step)
        completed = completed_lines(trace, self._values, number, self._options.simplified or {})
        one_line = join_lines(lines[0], completed[0]) if len(lines) == len(completed) == 1 else None
        self._formulas(section, [one_line] if one_line is not None else [*lines, *completed])
        self._products(section, step)
        section.append(self._table(step, number, upstream_name(trace) if any(line.short for line in lines) else ""))
        caveat = derivative_caveat(self._whole, self._values, step)
        said = step_sentence(trace, self._values, number, self._options.digits)
        notes = [said, *broadcast_lines(trace, self._values, step, self._options.digits), *([caveat] if caveat else [])]
        section.extend(_element("p", note, class_="note") for note in notes)
        rule = ET.SubElement(section, "div", {"class": "rule"})
        for text in filter(None, rule_texts(step, trace)):
            rule.append(_element("p", text))
        section.set(
            "data-said", f"Step {number} of {total}. {self._spoken_step(step, lines)} {' '.join(notes)}".strip()
        )
        return section

    def _formulas(self, section: ET.Element, lines: Sequence[FormulaLine]) -> None:
        """Add all lines in one size, as large as the widest line allows; the style sheet knows the available width."""
        widest = max(sum(self._glyphs.width(latex) + PART_GAP_EM for latex, _ in line.parts) for line in lines) + 0.4
        for line in lines:
            row = ET.SubElement(section, "p", {"class": "formula", "role": "math", "aria-label": line.text})
            row.set("style", f"--em:{widest:.2f}")
            for latex, role in line.parts:
                row.append(self._glyphs.formula(latex, line.text if len(line.parts) == 1 else "", role))

    def _products(self, section: ET.Element, step: Step) -> None:
        """Add the matrices of a matrix product and the gradients that it passes on."""
        for slot in step.inputs:
            if matrix_factors(self._trace, step, slot):
                latex = numbers_latex(self._trace, self._values, step, slot, MATRIX_DIGITS)
                text = numbers_text(self._trace, self._values, step, slot, MATRIX_DIGITS)
                label = tensor_label(self._trace, slot.tensor)
                row = ET.SubElement(
                    section, "p", {"class": "formula", "role": "math", "aria-label": f"to {label}: {text}"}
                )
                row.set("style", f"--em:{self._glyphs.width(latex) + PART_GAP_EM + 0.4:.2f}")
                row.append(self._glyphs.formula(latex, "", "normal"))

    def _table(self, step: Step, number: int, letter: str) -> ET.Element:
        """Return a table of upstream gradient, local derivatives and passed gradients, with a column for each input."""
        table = ET.Element("table")
        if len(step.inputs) > 1:
            row = _row(table, "")
            for slot in step.inputs:
                row.append(_element("th", f"to {tensor_label(self._trace, slot.tensor)}", scope="col"))
        row = _row(table, f"arrived (upstream) {letter}".strip(), "arrived")
        arrived = self._cell(row, step.upstream_tensor)
        arrived.set("colspan", str(max(1, len(step.inputs))))
        if any(slot.local_tensor for slot in step.inputs):
            row = _row(table, "local derivative", "local")
            for slot in step.inputs:
                self._cell(row, slot.local_tensor, "× ")
        if any(slot.product_tensor for slot in step.inputs):
            row = _row(table, "their product", "arrived")
            for slot in step.inputs:
                self._cell(row, slot.product_tensor, nothing="")
        to = f" to {tensor_label(self._trace, step.inputs[0].tensor)}" if len(step.inputs) == 1 else ""
        row = _row(table, f"passed on{to}", "passed")
        for slot in step.inputs:
            self._cell(row, slot.gradient_tensor)
        if any(slot.accumulated and self._trace.last_step_of(slot.tensor) == number for slot in step.inputs):
            row = _row(table, "sum of all that arrived (AddN)", "passed")
            for slot in step.inputs:
                total = self._trace.tensor_gradients.get(slot.tensor) if slot.accumulated else None
                self._cell(row, total, nothing="")
        return table

    def _cell(self, row: ET.Element, tensor: str | None, sign: str = "", nothing: str = "none") -> ET.Element:
        cell = ET.SubElement(row, "td")
        if tensor is None or tensor not in self._values:
            cell.text = nothing
            return cell
        self._write(cell, self._values[tensor], sign)
        if len(cell.text or "") > 11:
            cell.set("class", "long")
        cell.set("data-tensor", tensor)
        cell.set("title", f"{tensor} = {format_value_full(self._values[tensor])}")
        return cell

    def _spoken_step(self, step: Step, lines: Iterable[FormulaLine]) -> str:
        """Return the step in words, for screen readers."""
        arrived = self._spoken_value(step.upstream_tensor)
        parts = []
        for slot in step.inputs:
            local = f", times the local derivative {self._spoken_value(slot.local_tensor)}" if slot.local_tensor else ""
            parts.append(f"To {self._label(slot)}{local}: {self._spoken_value(slot.gradient_tensor)} is passed on.")
        formulas = " ".join(f"{line.text.splitlines()[0]}." for line in lines)
        return f"{step.type}, {step.op}: {arrived} arrived. {' '.join(parts)} {formulas}"

    def _spoken_value(self, tensor: str | None) -> str:
        return "nothing" if tensor is None or tensor not in self._values else self._short(self._values[tensor])

    def _label(self, slot: StepInput) -> str:
        return tensor_label(self._trace, slot.tensor)

    # -- below ------------------------------------------------------------------------------------

    def _results(self) -> list[ET.Element]:
        """Return the gradients of all variables, each visible from the step that completes it."""
        trace, shown = self._trace, []
        d = r"\partial" if len(trace.variables) > 1 else "d"
        name = differentiated_name(trace)
        for variable, info in trace.gradients.items():
            complete = trace.last_step_of(trace.variables[variable])
            result = ET.Element("p", {"class": "result", "data-at": str(complete)})
            latex = rf"\frac{{{d} {differentiated_latex(trace)}}}{{{d} {name_latex(variable)}}} ="
            formula = self._glyphs.formula(latex, f"d{name}/d{variable} =")
            formula.attrib.pop("aria-hidden", None)
            formula.attrib |= {"role": "img", "aria-label": f"d{name}/d{variable} ="}
            result.append(formula)
            if info.tensor is not None and info.tensor in self._values:
                value = self._values[info.tensor]
                number = _element("b", "", title=f"{info.tensor} = {format_value_full(value)}")
                self._write(number, value)
                number.set("data-tensor", info.tensor)
                result.append(number)
            else:
                result.append(_element("b", "none"))
            sentence = gradient_sentence(self._whole, self._values, variable)
            if sentence is not None:
                result.append(_element("small", sentence))
            shown.append(result)
        return shown

    def _write(self, element: ET.Element, value: Any, sign: str = "") -> None:
        """Write a value into an element: a matrix in brackets, anything else as text."""
        if np.ndim(value) == 2 and is_grid(np.shape(value)):
            element.text = sign
            element.append(self._glyphs.formula(array_latex(value, digits=MATRIX_DIGITS), array_text(value)))
        else:
            element.text = sign + self._short(value)

    def _short(self, value: Any) -> str:
        digits = self._options.digits
        return array_text(value, digits) if is_grid(np.shape(value)) else format_value(value, digits)


_TEMPLATE_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,:;'’·–−×→←↑↓"
"""Letters in the template's own texts and in those that its script makes."""


def _row(table: ET.Element, head: str, kind: str = "") -> ET.Element:
    row = ET.SubElement(table, "tr", {"class": kind} if kind else {})
    row.append(_element("th", head, scope="row") if head else _element("td", ""))
    return row


def _element(tag: str, text: str, **attributes: str) -> ET.Element:
    made = ET.Element(tag, {key.rstrip("_"): value for key, value in attributes.items()})
    made.text = text
    return made


def _html(elements: Iterable[ET.Element]) -> str:
    return "\n".join(ET.tostring(element, encoding="unicode", method="html") for element in elements)


def _colours_css(chosen: str | None) -> str:
    """Return CSS with the colours of one theme, or of those that the reader's system prefers."""
    table = tomllib.loads(resource_path("theme.toml").read_text(encoding="utf-8"))

    def rule(name: str, when: str = "") -> str:
        scheme = "light" if name == "light" else "dark"
        named = "".join(f"--{key.replace('_', '-')}:{value};" for key, value in table[name].items())
        body = f":root{{color-scheme:{scheme};{named}}}"
        return f"@media {when}{{{body}}}" if when else body

    if chosen is not None:
        return rule(chosen)
    preferred = [rule("dark", "(prefers-color-scheme:dark)"), rule("contrast", "(prefers-contrast:more)")]
    return "\n".join([rule("light"), *preferred])
