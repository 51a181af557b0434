"""A worksheet as a file: a PDF, or a self-contained HTML page."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QMarginsF, QUuid
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from explorer.core.atomic_write import atomic_write
from explorer.core.sharing.worksheet import Worksheet
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.page import (
    HEADER_HEIGHT,
    NEXT_HEADER_HEIGHT,
    SMALL_SIZE,
    TITLE,
    UNIT_MM,
    WIDTH,
    WorksheetExercise,
    draw_header,
    draw_name_line,
    exercise_svg,
    exercises,
)
from explorer.views.sharing.worksheet.pens import PaintingPen, SvgPen
from explorer.views.theme.theme import SANS, load_theme

FORMATS = (".html", ".pdf")

MARGIN_MM = 15.0
TOP_MARGIN_MM = 18.0
"""Margins of a page of A4, chosen so that nothing is cut off on Letter, which is 18 mm lower."""

PAGE_HEIGHT = (297 - 2 * TOP_MARGIN_MM) / UNIT_MM
EXERCISE_SPACING = 26.0
"""Distance between two exercises, in units."""

STYLE = """
@page { margin: 15mm }
body { max-width: 180mm; margin: 10mm auto; color: #16181d; background: #fff }
svg { display: block; max-width: 100%; height: auto }
section { break-inside: avoid; page-break-inside: avoid; margin-bottom: 7mm }
footer { font: 3.2mm Inter, Helvetica, Arial, sans-serif; color: #565c68 }
@media print { body { margin: 0 } }
"""


def save_worksheet(sheets: Sequence[Worksheet], path: Path, *, key: bool, mark: str) -> None:
    """Write exercises to a .pdf or .html file.

    mark: text on each page that shows which sheet and key belong together.

    Raises
    ------
    OSError : if the file cannot be written.
    ValueError : for a graph that is too large, or another suffix.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise ValueError(f"{path.name}: the name must end in {' or '.join(FORMATS)}")
    laid_out = exercises(sheets)
    with atomic_write(path) as part:
        if kind == ".html":
            part.write_text(_html(laid_out, key, mark), encoding="utf-8", newline="\n")
        else:
            _write_pdf(laid_out, part, key, mark)


def _html(laid_out: Sequence[WorksheetExercise], key: bool, mark: str) -> str:
    header = SvgPen()
    draw_header(header, laid_out, key)
    title = f"{TITLE}: the key" if key else TITLE
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style></head><body>",
            f"<header>{header.svg(WIDTH, HEADER_HEIGHT, UNIT_MM, title)}</header>",
            *(f"<section>{exercise_svg(exercise, key)}</section>" for exercise in laid_out),
            f"<footer>{escape(mark)}</footer>",
            "</body></html>",
            "",
        ]
    )


def pages(laid_out: Sequence[WorksheetExercise]) -> list[list[tuple[WorksheetExercise, float]]]:
    """Return the exercises on each page with their vertical positions in units; an exercise is never split."""
    result: list[list[tuple[WorksheetExercise, float]]] = [[]]
    y = HEADER_HEIGHT
    for exercise in laid_out:
        if result[-1] and y + exercise.height > PAGE_HEIGHT:
            result.append([])
            y = NEXT_HEADER_HEIGHT
        result[-1].append((exercise, y))
        y += exercise.height + EXERCISE_SPACING
    return result


def _write_pdf(laid_out: Sequence[WorksheetExercise], path: Path, key: bool, mark: str) -> None:
    device = QPdfWriter(str(path))
    device.setTitle(f"{TITLE}: the key" if key else TITLE)
    device.setCreator("Autodiff Explorer")
    device.setDocumentId(QUuid.createUuidV5(QUuid(), mark.encode()))
    margins = QMarginsF(MARGIN_MM, TOP_MARGIN_MM, MARGIN_MM, TOP_MARGIN_MM)
    device.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
        )
    )
    device.setResolution(1200)
    painter = QPainter()
    if not painter.begin(device):
        raise OSError(f"{path} cannot be written")
    dots = device.resolution() / 25.4
    theme = load_theme("light")
    sheet_pages = pages(laid_out)
    for number, page in enumerate(sheet_pages, 1):
        if number > 1:
            device.newPage()
        painter.save()
        painter.scale(dots * UNIT_MM, dots * UNIT_MM)
        pen = PaintingPen(painter)
        if number == 1:
            draw_header(pen, laid_out, key)
        else:
            draw_name_line(pen, key)
        footer = f"{mark} · page {number} of {len(sheet_pages)}"
        pixels = min(0.85 * SMALL_SIZE, SMALL_SIZE * WIDTH / text_width(SANS, SMALL_SIZE, footer))
        pen.text(0, PAGE_HEIGHT + 8, footer, pixels, theme.muted.name(), SANS)
        for exercise, y in page:
            painter.save()
            painter.translate(0, y)
            exercise.draw(pen, key)
            painter.translate(*exercise.graph_position())
            painter.scale(exercise.graph.unit / UNIT_MM, exercise.graph.unit / UNIT_MM)
            exercise.graph.draw(pen, key)
            painter.restore()
        painter.restore()
    if not painter.end():
        raise OSError(f"{path} cannot be written")
