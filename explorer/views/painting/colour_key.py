"""The key of a picture's colours: what each line, box and scale stands for, in rows of samples with texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPen, QPolygonF

from explorer.views.theme.theme import SANS, Theme, font

TEXT_PX = 13.0
"""Height of the texts at scale 1."""

ROW_PX = 26.0
"""Height of a row at scale 1."""

LINE_PX, BOX_PX, SCALE_PX = 40.0, 22.0, 96.0
"""Widths of the samples of a line, a box and a scale, at scale 1."""

GAP_PX, SPACING_PX = 7.0, 22.0
"""Distances between a sample and its texts, and between two entries, at scale 1."""

HEAD_PX = 10.0
"""Length of an arrow head, at scale 1."""

DASHES = (3.0, 2.2)
"""Lengths of dashes and gaps, in widths of the line."""


@dataclass(frozen=True)
class LineKey:
    """An arrow to the right, or ``backward`` to the left."""

    text: str
    colour: QColor
    width: float = 2.4
    is_dashed: bool = False
    is_backward: bool = False


@dataclass(frozen=True)
class BoxKey:
    """A box with a fill and an outline."""

    text: str
    fill: QColor
    outline: QColor
    width: float = 1.5
    is_dashed: bool = False


@dataclass(frozen=True)
class ScaleKey:
    """A scale of colours, evenly spaced from ``low`` to ``high``.

    text: what is coloured. low, high: the numbers at its ends. note: whether it is linear or logarithmic.
    """

    text: str
    colours: tuple[QColor, ...]
    low: str
    high: str
    note: str


KeyEntry: TypeAlias = LineKey | BoxKey | ScaleKey


class PlacedEntry(NamedTuple):
    """An entry, and its rectangle relative to the upper left corner of the key."""

    entry: KeyEntry
    rect: QRectF


def key_text(entries: Sequence[KeyEntry]) -> str:
    """Return a key in words, for screen readers."""
    return "; ".join(
        f"{entry.text}: from {entry.low} to {entry.high}, {entry.note}" if isinstance(entry, ScaleKey) else entry.text
        for entry in entries
    )


def arrange_key(entries: Sequence[KeyEntry], width: float, scale: float) -> tuple[list[PlacedEntry], float]:
    """Return the places of entries in rows of a width in pixels, and the height of all rows.

    An entry that is wider than that has a row of its own, and is cut off.
    """
    placed, x, y = [], 0.0, 0.0
    for entry in entries:
        needed = sum(_widths(entry, scale))
        if x and x + needed > width:
            x, y = 0.0, y + ROW_PX * scale
        placed.append(PlacedEntry(entry, QRectF(x, y, min(needed, width), ROW_PX * scale)))
        x += needed + SPACING_PX * scale
    return placed, y + ROW_PX * scale if placed else 0.0


def paint_key(painter: QPainter, corner: QPointF, placed: Sequence[PlacedEntry], theme: Theme, scale: float) -> None:
    """Paint a key that `arrange_key` has arranged, with its upper left corner at ``corner``."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font(SANS, TEXT_PX * scale))
    for entry, rect in placed:
        area = rect.translated(corner)
        painter.setClipRect(area.adjusted(-1, 0, 1, 0))
        for part, part_rect in _parts(entry, area, scale):
            if isinstance(part, str):
                painter.setPen(theme.text)
                painter.drawText(part_rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, part)
            else:
                _paint_sample(painter, part, part_rect, theme, scale)
    painter.restore()


def _texts(entry: KeyEntry) -> tuple[list[str], list[str]]:
    """Return the texts before and after the sample."""
    if isinstance(entry, ScaleKey):
        return [text for text in (entry.text, entry.low) if text], [entry.high, f"({entry.note})"]
    return [], [entry.text]


def _sample_width(entry: KeyEntry) -> float:
    if isinstance(entry, ScaleKey):
        return SCALE_PX
    return LINE_PX if isinstance(entry, LineKey) else BOX_PX


def _widths(entry: KeyEntry, scale: float) -> list[float]:
    """Return the widths of the texts and the sample, each but the last with the gap behind it."""
    metrics = QFontMetricsF(font(SANS, TEXT_PX * scale))
    before, after = _texts(entry)
    widths = [
        *(metrics.horizontalAdvance(text) for text in before), _sample_width(entry) * scale,
        *(metrics.horizontalAdvance(text) for text in after),
    ]  # fmt: skip
    return [*(width + GAP_PX * scale for width in widths[:-1]), widths[-1] + 1.0]


def _parts(entry: KeyEntry, area: QRectF, scale: float) -> Iterator[tuple[KeyEntry | str, QRectF]]:
    """Yield the texts and the sample with their rectangles."""
    before, after = _texts(entry)
    x = area.left()
    parts: list[KeyEntry | str] = [*before, entry, *after]
    for part, width in zip(parts, _widths(entry, scale), strict=True):
        is_last = part is parts[-1]
        yield part, QRectF(x, area.top(), width - (0.0 if is_last else GAP_PX * scale), area.height())
        x += width


def _paint_sample(painter: QPainter, entry: KeyEntry, area: QRectF, theme: Theme, scale: float) -> None:
    if isinstance(entry, LineKey):
        _paint_line(painter, entry, area, scale)
    elif isinstance(entry, BoxKey):
        style = Qt.PenStyle.DashLine if entry.is_dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(entry.outline, min(entry.width, 3.0) * scale, style))
        painter.setBrush(entry.fill)
        height = 14 * scale
        box = QRectF(area.left() + 2, area.center().y() - height / 2, area.width() - 4, height)
        painter.drawRoundedRect(box, 4 * scale, 4 * scale)
    else:
        height = 12 * scale
        box = QRectF(area.left(), area.center().y() - height / 2, area.width(), height)
        gradient = QLinearGradient(box.topLeft(), box.topRight())
        for k, colour in enumerate(entry.colours):
            gradient.setColorAt(k / max(len(entry.colours) - 1, 1), colour)
        painter.setPen(QPen(theme.muted, 1.0))
        painter.setBrush(gradient)
        painter.drawRect(box)


def _paint_line(painter: QPainter, entry: LineKey, area: QRectF, scale: float) -> None:
    y, head = area.center().y(), HEAD_PX * scale
    left, right = area.left(), area.right()
    pen = QPen(entry.colour, entry.width * scale)
    if entry.is_dashed:
        pen.setDashPattern(DASHES)
    painter.setPen(pen)
    start, end = (left + head, right) if entry.is_backward else (left, right - head)
    painter.drawLine(QPointF(start, y), QPointF(end, y))
    tip, base = (left, left + head) if entry.is_backward else (right, right - head)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(entry.colour)
    painter.drawPolygon(QPolygonF([QPointF(tip, y), QPointF(base, y - head / 2), QPointF(base, y + head / 2)]))
