"""The blank of a matrix: a small blank for each of its numbers, between brackets."""

from PySide6.QtCore import QRectF

from explorer.core.sharing.worksheet import Blank
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.pens import Pen
from explorer.views.theme.theme import SANS, load_theme

CELL_WIDTH, CELL_HEIGHT, CELL_SPACING = 46.0, 23.0, 3.0
"""Size of the blank of a number of a matrix, and the distance between two, in units."""

BRACKET_WIDTH = 7.0

NUMBER_SIZE = 14.0


def matrix_size(blank: Blank) -> tuple[float, float]:
    """Return width and height of the blank of a matrix."""
    rows, columns = len(blank.cells), len(blank.cells[0])
    width = columns * (CELL_WIDTH + CELL_SPACING) - CELL_SPACING + 2 * BRACKET_WIDTH
    return width, rows * (CELL_HEIGHT + CELL_SPACING) - CELL_SPACING


def write_matrix(pen: Pen, blank: Blank, left: float, top: float, colour: str, *, dashed: bool, filled: bool) -> None:
    """Draw the blank of a matrix at a place; ``filled``: with its numbers."""
    width, height = matrix_size(blank)
    for x, inward in ((left, 5.0), (left + width, -5.0)):
        pen.line((x, top), (x, top + height), colour, 1.4)
        for y in (top, top + height):
            pen.line((x, y), (x + inward, y), colour, 1.4)
    longest = max(text_width(SANS, NUMBER_SIZE, number, bold=True) for row in blank.cells for number in row)
    pixels = NUMBER_SIZE * min(1.0, (CELL_WIDTH - 4) / max(longest, 1.0))
    for row, numbers in enumerate(blank.cells):
        for column, number in enumerate(numbers):
            cell = QRectF(
                left + BRACKET_WIDTH + column * (CELL_WIDTH + CELL_SPACING),
                top + row * (CELL_HEIGHT + CELL_SPACING), CELL_WIDTH, CELL_HEIGHT,
            )  # fmt: skip
            if not blank.given:
                pen.rect(cell, 3, colour, 0.8, load_theme("light").panel.name(), dashed)
            if filled:
                pen.text(cell.center().x(), cell.center().y(), number, pixels, colour, SANS, "middle", bold=True)
