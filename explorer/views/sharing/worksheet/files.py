"""A worksheet as a file: PDF for the printer, or one HTML page that needs nothing else."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QMarginsF, QUuid
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from explorer.core.atomic_write import atomic_write
from explorer.core.sharing.worksheet import Worksheet
from explorer.views.graph.items import text_width
from explorer.views.sharing.worksheet.page import (
    HEAD,
    NEXT_HEAD,
    SMALL,
    TITLE,
    UNIT,
    WIDTH,
    WorksheetExercise,
    draw_head,
    draw_name_line,
    exercise_svg,
    exercises,
)
from explorer.views.sharing.worksheet.pens import PaintingPen, SvgPen
from explorer.views.theme.theme import SANS, load_theme

FORMATS = (".html", ".pdf")

MARGIN = 15.0
TOP = 18.0
"""Millimetres around a page of A4; on Letter, which is 18 mm lower, nothing is cut off either."""

PAGE_HEIGHT = (297 - 2 * TOP) / UNIT
APART = 26.0
"""Units between two exercises."""

STYLE = """
@page { margin: 15mm }
body { max-width: 180mm; margin: 10mm auto; color: #16181d; background: #fff }
svg { display: block; max-width: 100%; height: auto }
section { break-inside: avoid; page-break-inside: avoid; margin-bottom: 7mm }
footer { font: 3.2mm Inter, Helvetica, Arial, sans-serif; color: #565c68 }
@media print { body { margin: 0 } }
"""


def save_worksheet(sheets: Sequence[Worksheet], path: Path, *, key: bool, mark: str) -> None:
    """Write exercises to a file; its suffix says how, ``mark`` tells which sheet and key belong together.

    Raises OSError, and ValueError with a sentence for a graph that is too large or another format.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise ValueError(f"{path.name}: the name must end in {' or '.join(FORMATS)}")
    laid = exercises(sheets)
    with atomic_write(path) as part:
        if kind == ".html":
            part.write_text(_html(laid, key, mark), encoding="utf-8", newline="\n")
        else:
            _write_pdf(laid, part, key, mark)


def _html(laid: Sequence[WorksheetExercise], key: bool, mark: str) -> str:
    head = SvgPen()
    draw_head(head, [exercise.sheet for exercise in laid], [exercise.graph.upright for exercise in laid], key)
    title = f"{TITLE}: the key" if key else TITLE
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style></head><body>",
            f"<header>{head.svg(WIDTH, HEAD, UNIT, title)}</header>",
            *(f"<section>{exercise_svg(exercise, key)}</section>" for exercise in laid),
            f"<footer>{escape(mark)}</footer>",
            "</body></html>",
            "",
        ]
    )


def pages(laid: Sequence[WorksheetExercise]) -> list[list[tuple[WorksheetExercise, float]]]:
    """Return what stands on each page, and how far down: an exercise is never cut."""
    found: list[list[tuple[WorksheetExercise, float]]] = [[]]
    y = HEAD
    for exercise in laid:
        if found[-1] and y + exercise.height > PAGE_HEIGHT:
            found.append([])
            y = NEXT_HEAD
        found[-1].append((exercise, y))
        y += exercise.height + APART
    return found


def _write_pdf(laid: Sequence[WorksheetExercise], path: Path, key: bool, mark: str) -> None:
    device = QPdfWriter(str(path))
    device.setTitle(f"{TITLE}: the key" if key else TITLE)
    device.setCreator("Autodiff Explorer")
    device.setDocumentId(QUuid.createUuidV5(QUuid(), mark.encode()))
    margins = QMarginsF(MARGIN, TOP, MARGIN, TOP)
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
    look = load_theme("light")
    sheet_pages = pages(laid)
    for number, page in enumerate(sheet_pages, 1):
        if number > 1:
            device.newPage()
        painter.save()
        painter.scale(dots * UNIT, dots * UNIT)
        pen = PaintingPen(painter)
        if number == 1:
            draw_head(pen, [exercise.sheet for exercise in laid], [exercise.graph.upright for exercise in laid], key)
        else:
            draw_name_line(pen, key)
        foot = f"{mark} · page {number} of {len(sheet_pages)}"
        pixels = min(0.85 * SMALL, SMALL * WIDTH / text_width(SANS, SMALL, foot))
        pen.text(0, PAGE_HEIGHT + 8, foot, pixels, look.muted.name(), SANS)
        for exercise, y in page:
            painter.save()
            painter.translate(0, y)
            exercise.draw(pen, key)
            painter.translate(*exercise.graph_place())
            painter.scale(exercise.graph.unit / UNIT, exercise.graph.unit / UNIT)
            exercise.graph.draw(pen, key)
            painter.restore()
        painter.restore()
    if not painter.end():
        raise OSError(f"{path} cannot be written")
