"""The contents of a worksheet, drawn with either pen: the header, and the exercises."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from explorer.core.expression.names import display_name
from explorer.core.latex_to_svg import FONT_SIZE_PX, typeset
from explorer.core.sharing.worksheet import RESULT, Blank, Worksheet, instructions
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.graph import WorksheetGraph, sheet_graph
from explorer.views.sharing.worksheet.legend import draw_legend, legend_entries
from explorer.views.sharing.worksheet.matrix_blank import matrix_size, write_matrix
from explorer.views.sharing.worksheet.pens import Pen, SvgPen
from explorer.views.theme.theme import MATH, SANS, load_theme

UNIT_MM = 0.25
"""Size on paper of a unit, in which everything but the graphs is measured."""

WIDTH = 720.0
"""Width of the contents in units: 180 mm, which fits on A4 and on Letter."""

MAX_GRAPH_HEIGHT_MM = 185.0
"""Largest height of a graph with which an exercise with one line of values and one of results fits on a page."""

FORMULA_SIZE, RESULT_SIZE, TEXT_SIZE, SMALL_SIZE = 27.0, 22.0, 17.0, 14.0
INDENT = 34.0
RESULT_ROW_HEIGHT = 42.0
BLANK_WIDTH = 110.0
TITLE = "Forward and backward by hand"
HEADER_HEIGHT, NEXT_HEADER_HEIGHT = 138.0, 56.0
"""Heights in units of the header on the first page and on the next ones."""


@dataclass(frozen=True)
class WorksheetExercise:
    """An exercise: its number, its worksheet and its laid-out graph."""

    number: int
    sheet: Worksheet
    graph: WorksheetGraph

    @property
    def height(self) -> float:
        """Height in units."""
        return self._graph_top + self.graph.height / UNIT_MM + 16 + _results_height(self.sheet)

    @property
    def _graph_top(self) -> float:
        return 58.0 + 26.0 * len(_given_lines(self.sheet)) + 10.0

    @property
    def accessible_name(self) -> str:
        """The expression and its values, for screen readers."""
        given = ", ".join(f"{name} = {value}" for name, value in self.sheet.givens)
        return f"{self.number}. {self.sheet.expression}" + (f" at {given}" if given else "")

    def draw(self, pen: Pen, key: bool) -> None:
        """Draw everything but the graph, in units."""
        theme = load_theme("light")
        pen.text(0, 26, f"{self.number}", FORMULA_SIZE, theme.text.name(), SANS, bold=True)
        formula = typeset(self.sheet.latex)
        if formula is None:
            pen.text(INDENT, 26, self.sheet.expression, TEXT_SIZE, theme.text.name(), SANS)
        else:
            tall = (formula.ascent + formula.descent) / FONT_SIZE_PX
            pixels = min(FORMULA_SIZE, (WIDTH - INDENT) / formula.width * FONT_SIZE_PX, 50 / tall)
            middle = 26 + (formula.ascent - formula.descent) / 2 * pixels / FONT_SIZE_PX
            pen.formula(formula, INDENT, middle, pixels, theme.text.name())
        for row, line in enumerate(_given_lines(self.sheet)):
            pen.text(INDENT, 68 + 26 * row, line, TEXT_SIZE, theme.value.name(), SANS, bold=True)
        self._draw_results(pen, key)

    def graph_position(self) -> tuple[float, float]:
        """Return the position of the graph's upper left corner, in units."""
        return max(0.0, (WIDTH - self.graph.width / UNIT_MM) / 2), self._graph_top

    def _draw_results(self, pen: Pen, key: bool) -> None:
        theme = load_theme("light")
        top = self._graph_top + self.graph.height / UNIT_MM + 16
        width = WIDTH / _results_per_row(self.sheet)
        for blank, x, y in _placed_results(self.sheet, top):
            text = _result_text(self.sheet, blank)
            pen.text(x + INDENT, y + 15, text, RESULT_SIZE, theme.text.name(), MATH, italic=True)
            left = x + INDENT + text_width(MATH, RESULT_SIZE, text, italic=True) + 8
            if blank.cells:
                write_matrix(pen, blank, left, y, theme.gradient.name(), dashed=False, filled=key)
                continue
            available = x + width - left - 4
            box = QRectF(left, y, available if blank.wide else min(BLANK_WIDTH, available), 30)
            pen.rect(box, 13, theme.gradient.name(), 1.2, theme.panel.name())
            if key:
                pixels = min(
                    TEXT_SIZE, TEXT_SIZE * (box.width() - 8) / text_width(SANS, TEXT_SIZE, blank.answer, bold=True)
                )
                pen.text(
                    box.center().x(), y + 15, blank.answer, pixels, theme.gradient.name(), SANS, "middle", bold=True
                )


def exercises(sheets: Sequence[Worksheet]) -> list[WorksheetExercise]:
    """Lay out the graphs of all worksheets.

    Raises
    ------
    ValueError : if a graph is too large for a page.
    """
    return [
        WorksheetExercise(number, sheet, sheet_graph(sheet, WIDTH * UNIT_MM, _max_graph_height_mm(sheet)))
        for number, sheet in enumerate(sheets, 1)
    ]


def _max_graph_height_mm(sheet: Worksheet) -> float:
    """Return the largest height of a graph with which the exercise fits on a page, with all lines of its values."""
    more_lines = 26.0 * max(0, len(_given_lines(sheet)) - 1) + max(0.0, _results_height(sheet) - RESULT_ROW_HEIGHT)
    return MAX_GRAPH_HEIGHT_MM - UNIT_MM * more_lines


def draw_header(pen: Pen, laid_out: Sequence[WorksheetExercise], key: bool) -> None:
    """Draw the header of the first page: title, name and date, instructions, and a legend of the blanks."""
    sheets, upright = [exercise.sheet for exercise in laid_out], [exercise.graph.upright for exercise in laid_out]
    theme = load_theme("light")
    ink = theme.text.name()
    title = f"{TITLE}: the key" if key else TITLE
    pen.text(0, 14, title, 22, ink, SANS, bold=True)
    draw_name_line(pen, key)
    pen.text(0, 68, instructions(sheets), SMALL_SIZE, ink, SANS)
    draw_legend(pen, legend_entries(sheets, upright, theme), WIDTH, theme)
    pen.line((0, 122), (WIDTH, 122), theme.border.name(), 1.0)


def draw_name_line(pen: Pen, key: bool) -> None:
    """Draw the lines for name and date, or "KEY" on a key."""
    theme = load_theme("light")
    if key:
        pen.text(WIDTH, 14, "KEY", 22, theme.gradient.name(), SANS, "end", bold=True)
        return
    for left, right, caption in ((370.0, 570.0, "Name"), (582.0, WIDTH, "Date")):
        pen.text(left, 17, caption, SMALL_SIZE, theme.muted.name(), SANS)
        pen.line((left + 46, 25), (right, 25), theme.text.name(), 1.0)


def exercise_svg(exercise: WorksheetExercise, key: bool) -> str:
    """Return an exercise as an SVG document."""
    pen, graph = SvgPen(), SvgPen()
    exercise.draw(pen, key)
    exercise.graph.draw(graph, key)
    x, y = exercise.graph_position()
    scale = exercise.graph.unit / UNIT_MM
    pen.elements += [f'<g transform="translate({x:.2f} {y:.2f}) scale({scale:.4f})">', *graph.elements, "</g>"]
    return pen.svg(WIDTH, exercise.height, UNIT_MM, exercise.accessible_name)


def _results(sheet: Worksheet) -> list[Blank]:
    return [blank for blank in sheet.blanks if blank.kind == RESULT]


def _result_rows(sheet: Worksheet) -> list[list[Blank]]:
    results, per_row = _results(sheet), _results_per_row(sheet)
    return [results[start : start + per_row] for start in range(0, len(results), per_row)]


def _row_height(row: Sequence[Blank]) -> float:
    return max([RESULT_ROW_HEIGHT, *(matrix_size(blank)[1] + 12 for blank in row if blank.cells)])


def _results_height(sheet: Worksheet) -> float:
    return sum(_row_height(row) for row in _result_rows(sheet))


def _placed_results(sheet: Worksheet, top: float) -> Iterator[tuple[Blank, float, float]]:
    """Yield the blanks of results with their places, from ``top`` downwards."""
    width, y = WIDTH / _results_per_row(sheet), top
    for row in _result_rows(sheet):
        for column, blank in enumerate(row):
            yield blank, column * width, y
        y += _row_height(row)


def _results_per_row(sheet: Worksheet) -> int:
    results = _results(sheet)
    needed = [
        text_width(MATH, RESULT_SIZE, _result_text(sheet, blank), italic=True)
        + (matrix_size(blank)[0] if blank.cells else BLANK_WIDTH)
        for blank in results
    ]
    max_columns = 2 if any(blank.wide for blank in results) else 3
    return max(1, min(max_columns, int(WIDTH // (max(needed, default=BLANK_WIDTH) + INDENT + 16))))


def _result_text(sheet: Worksheet, blank: Blank) -> str:
    """Return the text before the blank for the gradient of a variable, such as ``dy/dx =``."""
    d = "∂" if len(sheet.givens) > 1 else "d"
    return f"{d}{display_name(sheet.output)}/{d}{display_name(blank.place)} ="


def _given_lines(sheet: Worksheet) -> list[str]:
    """Return the given values, wrapped into lines that fit."""
    lines: list[str] = []
    for name, value in sheet.givens:
        text = f"{display_name(name)} = {value}"
        if lines and text_width(SANS, TEXT_SIZE, f"{lines[-1]},   {text}", bold=True) <= WIDTH - INDENT:
            lines[-1] += f",   {text}"
        else:
            lines.append(text)
    return lines
