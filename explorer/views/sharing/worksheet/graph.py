"""The graph on a worksheet: TensorFlow's ops with room to write in, or with the numbers of the key."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from explorer.core.graph.edge_geometry import arrow_corners, sample_curve, trim_line
from explorer.core.graph.graphviz_layout import Layout, LayoutEdge, lay_out
from explorer.core.graph.picture import Box, Link
from explorer.core.graph.placement import MAX_NAME_WIDTH_PX
from explorer.core.sharing.worksheet import GRADIENT, LOCAL, SUM, VALUE, Blank, Worksheet
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.pens import Pen
from explorer.views.theme.theme import MATH, SANS, load_theme

SYMBOL, NAME, NUMBER, MARK = 28, 11, 17, 17
"""Sizes of letters, in units of the drawing."""

BLANK_HEIGHT, BLANK_WIDTH, WIDE_WIDTH = 27.0, 86.0, 170.0
"""Room to write one number, or an array, by hand."""

PAD, GAP = 12.0, 6.0
MARK_WIDTH = 20.0
BESIDE_LINE = 10.0
"""Room between a link and what is beside it."""

LARGEST_UNIT = 0.27
"""Millimetres of one unit at most: a blank is then 7 mm high."""

SMALLEST_UNIT = 0.12
"""Millimetres of one unit below which nobody could write into a blank of 3 mm."""


@dataclass(frozen=True)
class WorksheetGraph:
    """A laid-out graph. unit: millimetres on paper of one unit."""

    sheet: Worksheet
    layout: Layout
    sizes: Mapping[str, tuple[float, float]]
    unit: float
    upright: bool

    @property
    def height(self) -> float:
        """How high it is on paper, in millimetres."""
        return self.layout.size[1] * self.unit

    @property
    def width(self) -> float:
        """How wide it is on paper, in millimetres."""
        return self.layout.size[0] * self.unit

    def draw(self, pen: Pen, key: bool) -> None:
        """Draw it from (0, 0) in its units, with the answers where ``key``."""
        for link in self.sheet.picture.links:
            self._draw_link(pen, link, key)
        for box in self.sheet.picture.boxes:
            self._draw_box(pen, box, key)

    def _draw_link(self, pen: Pen, link: Link, key: bool) -> None:
        look = load_theme("light")
        points = self.layout.paths[link.key]
        line = trim_line(sample_curve(points), 0, 1.5)
        pen.curve(points, look.text.name(), 1.5)
        pen.polygon(list(arrow_corners(line, 10)), look.text.name())
        label = self.layout.labels.get(link.key)
        rows = _rows(self.sheet, link)
        if label is None or not rows:
            return
        width, height = _label_size(rows)
        left = label[0] - width / 2 + (BESIDE_LINE if self.upright else 0.0)
        top = label[1] - height / 2 + (0.0 if self.upright else BESIDE_LINE)
        for blank in rows:
            middle = top + BLANK_HEIGHT / 2
            mark = "∂" if blank.kind == LOCAL else "↑" if self.upright else "←"
            colour = look.text.name() if blank.kind == LOCAL else look.gradient.name()
            pen.text(left + MARK_WIDTH / 2 - 2, middle, mark, MARK, colour, SANS, "middle", bold=True)
            _write(pen, blank, QRectF(left + MARK_WIDTH, top, width - MARK_WIDTH, BLANK_HEIGHT), key)
            top += BLANK_HEIGHT + GAP

    def _draw_box(self, pen: Pen, box: Box, key: bool) -> None:
        look = load_theme("light")
        (x, y), (width, height) = self.layout.centres[box.id], self.sizes[box.id]
        if box.kind == "output":
            pen.text(x, y, box.symbol, SYMBOL, look.text.name(), MATH, "middle", italic=True)
            return
        rect = QRectF(x - width / 2, y - height / 2, width, height)
        pen.rect(rect, 12, look.text.name(), 1.4, look.panel.name())
        total, value = self.sheet.blank_at(box.id, SUM), self.sheet.blank_at(box.id, VALUE)
        upper = height - (BLANK_HEIGHT + GAP if total is not None else 0)
        italic = box.kind == "input"
        symbol_width = text_width(MATH, SYMBOL, box.symbol, italic=italic)
        pen.text(rect.left() + PAD, rect.top() + upper / 2, box.symbol, SYMBOL, look.text.name(), MATH, italic=italic)
        right = rect.right() - PAD
        if box.kind != "constant":
            pen.text(right, rect.top() + 13, _short(box.name), NAME, look.muted.name(), SANS, "end")
        left = rect.left() + PAD + symbol_width + 10
        if value is not None:
            _write(pen, value, QRectF(left, rect.top() + upper - BLANK_HEIGHT - 8, right - left, BLANK_HEIGHT), key)
        if total is not None:
            bottom = rect.bottom() - BLANK_HEIGHT - 8
            pen.text(left - 8, bottom + BLANK_HEIGHT / 2, "Σ", MARK, look.gradient.name(), SANS, "end", bold=True)
            _write(pen, total, QRectF(left, bottom, right - left, BLANK_HEIGHT), key)


def _write(pen: Pen, blank: Blank, box: QRectF, key: bool) -> None:
    """Draw room for a number, or the number: its kind is told by the line around it, not by colour alone."""
    look = load_theme("light")
    colour = {VALUE: look.value, LOCAL: look.text}.get(blank.kind, look.gradient).name()
    if not blank.given:
        pen.rect(box, 13 if blank.kind in (GRADIENT, SUM) else 3, colour, 1.2, look.panel.name(), blank.kind == LOCAL)
    if key or blank.given:
        room = box.width() - 8
        pixels = min(NUMBER, NUMBER * room / max(text_width(SANS, NUMBER, blank.answer, bold=True), 1.0))
        # What was given stands where a hand would begin; an answer stands in the middle of its blank.
        place, anchor = (box.left(), "start") if blank.given else (box.center().x(), "middle")
        pen.text(place, box.center().y(), blank.answer, pixels, colour, SANS, anchor, bold=True)


def _rows(sheet: Worksheet, link: Link) -> list[Blank]:
    """What stands beside a link, from top to bottom."""
    found = (sheet.blank_at(link.key, kind) for kind in (LOCAL, GRADIENT))
    return [blank for blank in found if blank is not None]


def _label_size(rows: list[Blank]) -> tuple[float, float]:
    width = max(WIDE_WIDTH if blank.wide else BLANK_WIDTH for blank in rows)
    if all(blank.given for blank in rows):
        width = 60.0
    return width + MARK_WIDTH, len(rows) * (BLANK_HEIGHT + GAP) - GAP


def _box_size(sheet: Worksheet, box: Box) -> tuple[float, float]:
    if box.kind == "output":
        return max(44.0, text_width(MATH, SYMBOL, box.symbol, italic=True) + 20), 40.0
    symbol = text_width(MATH, SYMBOL, box.symbol, italic=box.kind == "input")
    if box.kind == "constant":
        return symbol + 2 * PAD, 50.0
    value, total = sheet.blank_at(box.id, VALUE), sheet.blank_at(box.id, SUM)
    wide = any(blank is not None and blank.wide for blank in (value, total))
    right = max(text_width(SANS, NAME, _short(box.name)), WIDE_WIDTH if wide else BLANK_WIDTH)
    return symbol + 10 + right + 2 * PAD, 62.0 + (BLANK_HEIGHT + GAP if total is not None else 0)


def _short(name: str) -> str:
    """A name that fits into its box: the end of it says what it is."""
    while text_width(SANS, NAME, name) > MAX_NAME_WIDTH_PX:
        name = "…" + name.lstrip("…")[1:]
    return name


def sheet_graph(sheet: Worksheet, width: float, height: float) -> WorksheetGraph:
    """Lay the graph out for so many millimetres, in the direction in which it can be larger.

    Raises ValueError with a sentence where nobody could write into it.
    """
    sizes = {box.id: _box_size(sheet, box) for box in sheet.picture.boxes}

    def laid(direction: str) -> WorksheetGraph:
        edges = []
        for link in sheet.picture.links:
            room = (0.0, 0.0)
            if rows := _rows(sheet, link):
                label = _label_size(rows)
                beside = 2 * BESIDE_LINE
                room = (label[0] + beside, label[1]) if direction == "TB" else (label[0], label[1] + beside)
            edges.append(LayoutEdge(link.key, link.source, link.target, room))
        ordered = [box.id for box in sheet.picture.boxes if box.ordered]
        layout = lay_out(sizes, edges, direction, ordered=ordered)
        unit = min(LARGEST_UNIT, width / layout.size[0], height / layout.size[1])
        return WorksheetGraph(sheet, layout, sizes, unit, direction == "TB")

    best = laid("TB")
    if best.unit < 0.85 * LARGEST_UNIT:
        best = max(best, laid("LR"), key=lambda graph: graph.unit)
    if best.unit < SMALLEST_UNIT:
        ops = sum(box.kind == "op" for box in sheet.picture.boxes)
        raise ValueError(f"The graph of {sheet.expression} has {ops} ops, too many to write on one page.")
    return best
