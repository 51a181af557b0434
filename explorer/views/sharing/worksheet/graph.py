"""The graph on a worksheet: TensorFlow's ops with blanks for the numbers, or with the numbers in the key."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from explorer.core.graph.edge_geometry import arrow_corners, sample_curve, trim_line
from explorer.core.graph.graphviz_layout import Layout, LayoutEdge, lay_out
from explorer.core.graph.picture import Box, Link
from explorer.core.graph.placement import MAX_NAME_WIDTH_PX
from explorer.core.sharing.worksheet import GRADIENT, LOCAL, PRODUCT, SUM, VALUE, Blank, Worksheet
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.matrix_blank import matrix_size, write_matrix
from explorer.views.sharing.worksheet.pens import Pen
from explorer.views.theme.theme import MATH, SANS, load_theme

SYMBOL_SIZE, NAME_SIZE, NUMBER_SIZE, MARK_SIZE = 28, 11, 17, 17
"""Font sizes, in units of the drawing."""

BLANK_HEIGHT, BLANK_WIDTH, ARRAY_BLANK_WIDTH, ENTRY_WIDTH = 27.0, 86.0, 170.0, 48.0
"""Size of a blank for a number, and width of one for an array, at least and for each entry, in units."""

PADDING, ROW_SPACING = 12.0, 6.0
MARK_WIDTH = 20.0
LABEL_DISTANCE = 10.0
"""Distance between a link and the blanks beside it, in units."""

MAX_UNIT_MM = 0.27
"""Largest size of a unit on paper: blanks are then 7 mm high."""

MIN_UNIT_MM = 0.12
"""Smallest size of a unit on paper: blanks are then 3 mm high, and smaller ones could not be filled in."""


@dataclass(frozen=True)
class WorksheetGraph:
    """A laid-out graph.

    unit: size of a unit on paper, in millimetres. upright: whether it is laid out from top to bottom.
    """

    sheet: Worksheet
    layout: Layout
    sizes: Mapping[str, tuple[float, float]]
    unit: float
    upright: bool

    @property
    def height(self) -> float:
        """Height on paper, in millimetres."""
        return self.layout.size[1] * self.unit

    @property
    def width(self) -> float:
        """Width on paper, in millimetres."""
        return self.layout.size[0] * self.unit

    def draw(self, pen: Pen, key: bool) -> None:
        """Draw the graph from (0, 0) in its units; with ``key`` the answers are filled in."""
        for link in self.sheet.picture.links:
            self._draw_link(pen, link, key)
        for box in self.sheet.picture.boxes:
            self._draw_box(pen, box, key)

    def _draw_link(self, pen: Pen, link: Link, key: bool) -> None:
        theme = load_theme("light")
        points = self.layout.paths[link.key]
        line = trim_line(sample_curve(points), 0, 1.5)
        pen.curve(points, theme.text.name(), 1.5)
        pen.polygon(list(arrow_corners(line, 10)), theme.text.name())
        label = self.layout.labels.get(link.key)
        rows = _rows(self.sheet, link)
        if label is None or not rows:
            return
        width, height = _label_size(rows)
        left = label[0] - width / 2 + (LABEL_DISTANCE if self.upright else 0.0)
        top = label[1] - height / 2 + (0.0 if self.upright else LABEL_DISTANCE)
        for blank in rows:
            middle = top + BLANK_HEIGHT / 2
            mark = {LOCAL: "∂", PRODUCT: "×"}.get(blank.kind, "↑" if self.upright else "←")
            colour = theme.text.name() if blank.kind == LOCAL else theme.gradient.name()
            pen.text(left + MARK_WIDTH / 2 - 2, middle, mark, MARK_SIZE, colour, SANS, "middle", bold=True)
            _write(pen, blank, QRectF(left + MARK_WIDTH, top, width - MARK_WIDTH, _height(blank)), key)
            top += _height(blank) + ROW_SPACING

    def _draw_box(self, pen: Pen, box: Box, key: bool) -> None:
        theme = load_theme("light")
        (x, y), (width, height) = self.layout.centres[box.id], self.sizes[box.id]
        if box.kind == "output":
            pen.text(x, y, box.symbol, SYMBOL_SIZE, theme.text.name(), MATH, "middle", italic=True)
            return
        rect = QRectF(x - width / 2, y - height / 2, width, height)
        pen.rect(rect, 12, theme.text.name(), 1.4, theme.panel.name())
        total, value = self.sheet.blank_at(box.id, SUM), self.sheet.blank_at(box.id, VALUE)
        upper = height - (_height(total) + ROW_SPACING if total is not None else 0)
        italic = box.kind == "input"
        symbol_width = text_width(MATH, SYMBOL_SIZE, box.symbol, italic=italic)
        pen.text(
            rect.left() + PADDING,
            rect.top() + upper / 2,
            box.symbol,
            SYMBOL_SIZE,
            theme.text.name(),
            MATH,
            italic=italic,
        )
        right = rect.right() - PADDING
        if box.kind != "constant":
            pen.text(right, rect.top() + 13, _short(box.name), NAME_SIZE, theme.muted.name(), SANS, "end")
        left = rect.left() + PADDING + symbol_width + 10
        if value is not None:
            _write(pen, value, QRectF(left, rect.top() + upper - _height(value) - 8, right - left, _height(value)), key)
        if total is not None:
            bottom = rect.bottom() - _height(total) - 8
            pen.text(left - 8, bottom + BLANK_HEIGHT / 2, "Σ", MARK_SIZE, theme.gradient.name(), SANS, "end", bold=True)
            _write(pen, total, QRectF(left, bottom, right - left, _height(total)), key)


def _write(pen: Pen, blank: Blank, box: QRectF, key: bool) -> None:
    """Draw a blank or its number; the kind shows in the blank's outline as well as in its colour."""
    theme = load_theme("light")
    colour = {VALUE: theme.value, LOCAL: theme.text}.get(blank.kind, theme.gradient).name()
    if blank.cells:
        is_filled = key or blank.given
        write_matrix(pen, blank, box.left(), box.top(), colour, dashed=blank.kind == LOCAL, filled=is_filled)
        return
    if not blank.given:
        pen.rect(box, 13 if blank.kind in (GRADIENT, SUM) else 3, colour, 1.2, theme.panel.name(), blank.kind == LOCAL)
    if key or blank.given:
        available = box.width() - 8
        pixels = min(
            NUMBER_SIZE, NUMBER_SIZE * available / max(text_width(SANS, NUMBER_SIZE, blank.answer, bold=True), 1.0)
        )
        # Given numbers are aligned left, as if written by hand; answers are centred in their blanks.
        x, anchor = (box.left(), "start") if blank.given else (box.center().x(), "middle")
        pen.text(x, box.center().y(), blank.answer, pixels, colour, SANS, anchor, bold=True)


def _rows(sheet: Worksheet, link: Link) -> list[Blank]:
    """Return the blanks beside a link, from top to bottom."""
    blanks = (sheet.blank_at(link.key, kind) for kind in (LOCAL, PRODUCT, GRADIENT))
    return [blank for blank in blanks if blank is not None]


def _width(blank: Blank) -> float:
    if blank.cells:
        return matrix_size(blank)[0]
    entries = blank.answer.count(",") + 1
    return max(ARRAY_BLANK_WIDTH, entries * ENTRY_WIDTH) if blank.wide else BLANK_WIDTH


def _height(blank: Blank) -> float:
    return matrix_size(blank)[1] if blank.cells else BLANK_HEIGHT


def _label_size(rows: list[Blank]) -> tuple[float, float]:
    width = max(_width(blank) for blank in rows)
    if all(blank.given and not blank.cells for blank in rows):
        width = 60.0
    return width + MARK_WIDTH, sum(_height(blank) + ROW_SPACING for blank in rows) - ROW_SPACING


def _box_size(sheet: Worksheet, box: Box) -> tuple[float, float]:
    if box.kind == "output":
        return max(44.0, text_width(MATH, SYMBOL_SIZE, box.symbol, italic=True) + 20), 40.0
    symbol = text_width(MATH, SYMBOL_SIZE, box.symbol, italic=box.kind == "input")
    if box.kind == "constant":
        return symbol + 2 * PADDING, 50.0
    value, total = sheet.blank_at(box.id, VALUE), sheet.blank_at(box.id, SUM)
    widths = [_width(blank) for blank in (value, total) if blank is not None]
    right = max(text_width(SANS, NAME_SIZE, _short(box.name)), BLANK_WIDTH, *widths)
    height = 62.0 + (_height(value) - BLANK_HEIGHT if value is not None else 0.0)
    return symbol + 10 + right + 2 * PADDING, height + (_height(total) + ROW_SPACING if total is not None else 0.0)


def _short(name: str) -> str:
    """Return a name shortened at its start, since its end is more specific."""
    while text_width(SANS, NAME_SIZE, name) > MAX_NAME_WIDTH_PX:
        name = "…" + name.lstrip("…")[1:]
    return name


def sheet_graph(sheet: Worksheet, width: float, height: float) -> WorksheetGraph:
    """Lay the graph out in the direction in which it can be larger within a width and a height in millimetres.

    Raises
    ------
    ValueError : if its blanks would be too small to write into.
    """
    sizes = {box.id: _box_size(sheet, box) for box in sheet.picture.boxes}

    def graph_in_direction(direction: str) -> WorksheetGraph:
        edges = []
        for link in sheet.picture.links:
            label_size = (0.0, 0.0)
            if rows := _rows(sheet, link):
                label_width, label_height = _label_size(rows)
                margin = 2 * LABEL_DISTANCE
                label_size = (
                    (label_width + margin, label_height) if direction == "TB" else (label_width, label_height + margin)
                )
            edges.append(LayoutEdge(link.key, link.source, link.target, label_size))
        ordered = [box.id for box in sheet.picture.boxes if box.ordered]
        layout = lay_out(sizes, edges, direction, ordered=ordered)
        unit = min(MAX_UNIT_MM, width / layout.size[0], height / layout.size[1])
        return WorksheetGraph(sheet, layout, sizes, unit, direction == "TB")

    best = graph_in_direction("TB")
    if best.unit < 0.85 * MAX_UNIT_MM:
        best = max(best, graph_in_direction("LR"), key=lambda graph: graph.unit)
    if best.unit < MIN_UNIT_MM:
        ops = sum(box.kind == "op" for box in sheet.picture.boxes)
        raise ValueError(f"The graph of {sheet.expression} has {ops} ops, too many to write on one page.")
    return best
