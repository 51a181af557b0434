"""The legend of a worksheet: what each kind of blank stands for."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from explorer.core.sharing.worksheet import GRADIENT, LOCAL, PRODUCT, SUM, VALUE, Worksheet, holds_operands_still
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.pens import Pen
from explorer.views.theme.theme import SANS, Theme

TEXT_SIZE = 14.0
BOX_WIDTH, BOX_HEIGHT = 28.0, 18.0
MARK_GAP, BOX_GAP, ENTRY_GAP = 5.0, 6.0, 14.0
"""Spaces after the mark, after the box and after an entry."""

SQUARE, ROUND = 3.0, 9.0
"""Radius of the corners: of blanks in a box or beside it, and of those on the way back."""

MIDDLES = {1: (98.0,), 2: (90.0, 110.0)}
"""Heights of the middles of the rows, by the number of rows."""


class LegendEntry(NamedTuple):
    """A blank with the mark before it, "" for none, and what it stands for."""

    kind: str
    mark: str
    caption: str
    colour: QColor
    radius: float

    @property
    def mark_width(self) -> float:
        """Width of the mark with the space after it."""
        return text_width(SANS, TEXT_SIZE, self.mark, bold=True) + MARK_GAP if self.mark else 0.0

    @property
    def width(self) -> float:
        """Width with the space after the entry."""
        caption = text_width(SANS, TEXT_SIZE, self.caption)
        return self.mark_width + BOX_WIDTH + BOX_GAP + caption + ENTRY_GAP


def legend_entries(sheets: Sequence[Worksheet], upright: Sequence[bool], theme: Theme) -> list[LegendEntry]:
    """Return an entry for each kind of blank on the sheets. upright: whether the graph of each runs top-down."""
    kinds = {blank.kind for sheet in sheets for blank in sheet.blanks if not blank.given}
    back = " or ".join(arrow for arrow, is_upright in (("↑", True), ("←", False)) if is_upright in upright)
    still = " (other operand held still)" if any(holds_operands_still(sheet) for sheet in sheets) else ""
    entries = (
        LegendEntry(VALUE, "", "value of the op", theme.value, SQUARE),
        LegendEntry(LOCAL, "∂", f"local derivative{still}", theme.text, SQUARE),
        LegendEntry(PRODUCT, "×", "product of each entry", theme.gradient, SQUARE),
        LegendEntry(GRADIENT, back, "gradient that goes back", theme.gradient, ROUND),
        LegendEntry(SUM, "Σ", "sum of the gradients", theme.gradient, ROUND),
    )
    return [entry for entry in entries if entry.kind in kinds]


def draw_legend(pen: Pen, entries: Sequence[LegendEntry], width: float, theme: Theme) -> None:
    """Draw the entries in one or two rows that are ``width`` long at most."""
    rows = _wrapped(entries, width)
    for row, middle in zip(rows, MIDDLES[len(rows)], strict=True):
        x = 0.0
        for entry in row:
            if entry.mark:
                pen.text(x, middle, entry.mark, TEXT_SIZE, entry.colour.name(), SANS, bold=True)
            left = x + entry.mark_width
            box = QRectF(left, middle - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT)
            pen.rect(box, entry.radius, entry.colour.name(), 1.2, theme.panel.name(), entry.kind == LOCAL)
            pen.text(box.right() + BOX_GAP, middle, entry.caption, TEXT_SIZE, theme.muted.name(), SANS)
            x += entry.width


def _wrapped(entries: Sequence[LegendEntry], width: float) -> list[list[LegendEntry]]:
    rows: list[list[LegendEntry]] = [[]]
    for entry in entries:
        used = sum(other.width for other in rows[-1])
        if used + entry.width - ENTRY_GAP > width:
            rows.append([])
        rows[-1].append(entry)
    return rows
