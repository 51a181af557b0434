"""What stands on the paper, drawn with either pen: the head of a sheet, and one exercise after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from explorer.core.expression.names import display_name
from explorer.core.latex_to_svg import FONT_SIZE_PX, typeset
from explorer.core.sharing.worksheet import GRADIENT, LOCAL, RESULT, SUM, VALUE, Blank, Worksheet, instructions
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.graph import WorksheetGraph, sheet_graph
from explorer.views.sharing.worksheet.pens import Pen, SvgPen
from explorer.views.theme.theme import MATH, SANS, load_theme

UNIT = 0.25
"""Millimetres of one unit of all but the graphs."""

WIDTH = 720.0
"""Units across: 180 mm, which A4 and Letter both have."""

GRAPH_HEIGHT = 185.0
"""Millimetres that a graph may be high, so that it fits on a page together with what belongs to it."""

FORMULA, OUTCOME, TEXT, SMALL = 27.0, 22.0, 17.0, 14.0
INDENT = 34.0
RESULT_HEIGHT = 42.0
BLANK = 110.0
TITLE = "Forward and backward by hand"
HEAD, NEXT_HEAD = 138.0, 56.0
"""Units that the head of the first page and of the next ones take."""


@dataclass(frozen=True)
class WorksheetExercise:
    """One exercise, measured: its number, and its graph laid out."""

    number: int
    sheet: Worksheet
    graph: WorksheetGraph

    @property
    def height(self) -> float:
        """Units that it takes."""
        return self._graph_top + self.graph.height / UNIT + 16 + RESULT_HEIGHT * self._rows

    @property
    def _rows(self) -> int:
        return -(-len(_results(self.sheet)) // self._per_row)

    @property
    def _per_row(self) -> int:
        results = _results(self.sheet)
        labels = [text_width(MATH, OUTCOME, self._result(blank), italic=True) for blank in results]
        most = 2 if any(blank.wide for blank in results) else 3
        return max(1, min(most, int(WIDTH // (max(labels, default=0.0) + INDENT + BLANK + 16))))

    def _result(self, blank: Blank) -> str:
        """What a gradient of a variable is called."""
        d = "∂" if len(self.sheet.givens) > 1 else "d"
        return f"{d}{display_name(self.sheet.output)}/{d}{display_name(blank.place)} ="

    @property
    def _graph_top(self) -> float:
        return 58.0 + 26.0 * len(_given_lines(self.sheet)) + 10.0

    @property
    def spoken(self) -> str:
        """What it is, for screen readers."""
        given = ", ".join(f"{name} = {value}" for name, value in self.sheet.givens)
        return f"{self.number}. {self.sheet.expression}" + (f" at {given}" if given else "")

    def draw(self, pen: Pen, key: bool) -> None:
        """Draw all but the graph, in units."""
        look = load_theme("light")
        pen.text(0, 26, f"{self.number}", FORMULA, look.text.name(), SANS, bold=True)
        formula = typeset(self.sheet.latex)
        if formula is None:
            pen.text(INDENT, 26, self.sheet.expression, TEXT, look.text.name(), SANS)
        else:
            tall = (formula.ascent + formula.descent) / FONT_SIZE_PX
            pixels = min(FORMULA, (WIDTH - INDENT) / formula.width * FONT_SIZE_PX, 50 / tall)
            middle = 26 + (formula.ascent - formula.descent) / 2 * pixels / FONT_SIZE_PX
            pen.formula(formula, INDENT, middle, pixels, look.text.name())
        for row, line in enumerate(_given_lines(self.sheet)):
            pen.text(INDENT, 68 + 26 * row, line, TEXT, look.value.name(), SANS, bold=True)
        self._draw_results(pen, key)

    def graph_place(self) -> tuple[float, float]:
        """Return where the graph's upper left corner is, in units."""
        return max(0.0, (WIDTH - self.graph.width / UNIT) / 2), self._graph_top

    def _draw_results(self, pen: Pen, key: bool) -> None:
        look = load_theme("light")
        top = self._graph_top + self.graph.height / UNIT + 16
        width = WIDTH / self._per_row
        for index, blank in enumerate(_results(self.sheet)):
            x, y = (index % self._per_row) * width, top + (index // self._per_row) * RESULT_HEIGHT
            text = self._result(blank)
            pen.text(x + INDENT, y + 15, text, OUTCOME, look.text.name(), MATH, italic=True)
            left = x + INDENT + text_width(MATH, OUTCOME, text, italic=True) + 8
            room = x + width - left - 4
            box = QRectF(left, y, room if blank.wide else min(BLANK, room), 30)
            pen.rect(box, 13, look.gradient.name(), 1.2, look.panel.name())
            if key:
                pixels = min(TEXT, TEXT * (box.width() - 8) / text_width(SANS, TEXT, blank.answer, bold=True))
                pen.text(
                    box.center().x(), y + 15, blank.answer, pixels, look.gradient.name(), SANS, "middle", bold=True
                )


def exercises(sheets: Sequence[Worksheet]) -> list[WorksheetExercise]:
    """Lay all graphs out; raises ValueError where one is too large for a page."""
    return [
        WorksheetExercise(number, sheet, sheet_graph(sheet, WIDTH * UNIT, GRAPH_HEIGHT))
        for number, sheet in enumerate(sheets, 1)
    ]


def draw_head(pen: Pen, sheets: Sequence[Worksheet], upright: Sequence[bool], key: bool) -> None:
    """Draw the head of the first page: title, a line for name and date, what is asked, and what the blanks mean."""
    look = load_theme("light")
    ink, muted = look.text.name(), look.muted.name()
    title = f"{TITLE}: the key" if key else TITLE
    pen.text(0, 14, title, 22, ink, SANS, bold=True)
    draw_name_line(pen, key)
    pen.text(0, 68, instructions(sheets), SMALL, ink, SANS)
    kinds = {blank.kind for sheet in sheets for blank in sheet.blanks if not blank.given}
    back = " or ".join([*("↑" for _ in (1,) if any(upright)), *("←" for _ in (1,) if not all(upright))])
    x = 0.0
    for kind, mark, says, colour, radius in (
        (VALUE, "", "value of the op", look.value, 3.0),
        (LOCAL, "∂", "local derivative", look.text, 3.0),
        (GRADIENT, back, "gradient that goes back", look.gradient, 9.0),
        (SUM, "Σ", "sum of the gradients", look.gradient, 9.0),
    ):
        if kind not in kinds:
            continue
        if mark:
            pen.text(x, 98, mark, SMALL, colour.name(), SANS, bold=True)
            x += text_width(SANS, SMALL, mark, bold=True) + 5
        pen.rect(QRectF(x, 89, 28, 18), radius, colour.name(), 1.2, look.panel.name(), kind == LOCAL)
        pen.text(x + 34, 98, says, SMALL, muted, SANS)
        x += 34 + text_width(SANS, SMALL, says) + 14
    pen.line((0, 122), (WIDTH, 122), look.border.name(), 1.0)


def draw_name_line(pen: Pen, key: bool) -> None:
    """Draw where students write who they are; on the key it says what it is."""
    look = load_theme("light")
    if key:
        pen.text(WIDTH, 14, "KEY", 22, look.gradient.name(), SANS, "end", bold=True)
        return
    for left, right, says in ((370.0, 570.0, "Name"), (582.0, WIDTH, "Date")):
        pen.text(left, 17, says, SMALL, look.muted.name(), SANS)
        pen.line((left + 46, 25), (right, 25), look.text.name(), 1.0)


def exercise_svg(exercise: WorksheetExercise, key: bool) -> str:
    """Return one exercise as an SVG."""
    pen, graph = SvgPen(), SvgPen()
    exercise.draw(pen, key)
    exercise.graph.draw(graph, key)
    x, y = exercise.graph_place()
    scale = exercise.graph.unit / UNIT
    pen.elements += [f'<g transform="translate({x:.2f} {y:.2f}) scale({scale:.4f})">', *graph.elements, "</g>"]
    return pen.svg(WIDTH, exercise.height, UNIT, exercise.spoken)


def _results(sheet: Worksheet) -> list[Blank]:
    return [blank for blank in sheet.blanks if blank.kind == RESULT]


def _given_lines(sheet: Worksheet) -> list[str]:
    """The values that are given, in lines that fit."""
    lines: list[str] = []
    for name, value in sheet.givens:
        text = f"{display_name(name)} = {value}"
        if lines and text_width(SANS, TEXT, f"{lines[-1]},   {text}", bold=True) <= WIDTH - INDENT:
            lines[-1] += f",   {text}"
        else:
            lines.append(text)
    return lines
