"""The legend of the curves of runs: which line is which run, and which is training and which validation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.training.run_style import RunStyle
from explorer.views.widgets.painted_widget import PaintedWidget

SAMPLE_WIDTH_PX, LINE_HEIGHT_PX, GAP_PX, FONT_PX = 34, 19, 16, 12.5
"""Width of the sample of a line, height of a row, space between entries, and size of letters, at scale 1."""

MAX_NAME_WIDTH_PX = 240
"""Width of a name at most, at scale 1."""

MAX_ROWS = 4
"""Rows of the legend at most; the list of runs has them all."""

TRAINING_WIDTH, VALIDATION_WIDTH = 1.4, 2.6
"""Widths of a line of training and of validation, in pixels."""

EXPLANATION = "thin: training · thick, with markers: validation"


@dataclass(frozen=True)
class RunEntry:
    """A run: its name, its style, and what is said about it, such as that it leaves the plot."""

    name: str
    style: RunStyle
    remark: str = ""

    @property
    def text(self) -> str:
        """The text of the entry."""
        return f"{self.name} {self.remark}".strip()


LegendItem: TypeAlias = tuple[RunEntry | None, str, float]
"""An entry, or None for a note, its text and its width in pixels."""


def paint_sample(painter: QPainter, box: QRectF, style: RunStyle, width: float = VALIDATION_WIDTH) -> None:
    """Paint a piece of a run's line with its marker, as large as ``box``."""
    pen = QPen(style.colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if style.dashes:
        pen.setDashPattern(style.dashes)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.colour)
    paint_marker(painter, box.center(), min(box.height() * 0.26, 4.5), style.marker)


def paint_marker(painter: QPainter, centre: QPointF, radius: float, marker: str) -> None:
    """Paint a marker by pyqtgraph's name."""
    x, y = centre.x(), centre.y()
    match marker:
        case "s":
            painter.drawRect(QRectF(x - radius, y - radius, 2 * radius, 2 * radius))
        case "t1":
            corners = [QPointF(x, y - radius), QPointF(x + radius, y + radius), QPointF(x - radius, y + radius)]
            painter.drawPolygon(QPolygonF(corners))
        case "d":
            ends = [QPointF(x, y - 1.3 * radius), QPointF(x, y + 1.3 * radius)]
            painter.drawPolygon(QPolygonF([ends[0], QPointF(x + radius, y), ends[1], QPointF(x - radius, y)]))
        case _:
            painter.drawEllipse(centre, radius, radius)


class RunLegend(PaintedWidget):
    """Shows an entry for each visible run, the newest in up to `MAX_ROWS` rows, and how many others there are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runLegend")
        self.setAccessibleName("Legend of the curves")
        self.setToolTip("A run keeps its colour, dashes and marker; a thin line is training, a thick one validation")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.entries: tuple[RunEntry, ...] = ()
        self.hide()

    def setEntries(self, entries: Sequence[RunEntry]) -> None:
        """Show these runs."""
        if tuple(entries) != self.entries:
            self.entries = tuple(entries)
            self.setVisible(bool(self.entries))
            self.setAccessibleDescription("; ".join(entry.text for entry in self.entries))
            self._fit()
            self.update()

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        super().setScale(scale)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height of the rows for the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self.entries and self.height() != (height := self.heightForWidth(self.width())):
            self.setFixedHeight(height)

    def hasHeightForWidth(self) -> bool:
        """Return True: a narrower legend has more rows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the rows."""
        rows = self._rows(width)[0]
        return round(LINE_HEIGHT_PX * self._scale * len(rows))

    def sizeHint(self) -> QSize:
        """Return the height for the current width."""
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    minimumSizeHint = sizeHint

    def _rows(self, width: int) -> tuple[list[list[LegendItem]], int]:
        """Return rows of entries, their texts and widths, and how many runs are left out; None is the explanation."""
        metrics = QFontMetricsF(font(SANS, FONT_PX * self._scale))

        def shortened(text: str, room: float) -> str:
            return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)

        def item(text: str, entry: RunEntry | None = None) -> LegendItem:
            sample = 0.0 if entry is None else (SAMPLE_WIDTH_PX + 6) * self._scale
            shown = shortened(text, max(width - sample, 1))
            return entry, shown, metrics.horizontalAdvance(shown) + sample

        def entry_item(entry: RunEntry) -> LegendItem:
            name = shortened(entry.name, MAX_NAME_WIDTH_PX * self._scale)
            return item(replace(entry, name=name).text, entry)

        entries = [entry_item(entry) for entry in self.entries]
        left = 0  # the newest runs are those that one talks about
        while len(self._wrapped(entries[left:], width)) > MAX_ROWS:
            left += 1
        notes = [item(f"and {left} earlier")] if left else []
        return self._wrapped([*entries[left:], *notes, item(EXPLANATION)], width), left

    def _wrapped(self, items: Sequence[LegendItem], width: int) -> list[list[LegendItem]]:
        """Divide items into rows."""
        rows: list[list[LegendItem]] = []
        used = 0.0
        for item in items:
            if not rows or used + item[2] > width:
                rows.append([])
                used = 0.0
            rows[-1].append(item)
            used += item[2] + GAP_PX * self._scale
        return rows

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the entries."""
        line = LINE_HEIGHT_PX * self._scale
        painter.setFont(font(SANS, FONT_PX * self._scale))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for row, items in enumerate(self._rows(self.width())[0]):
            x = 0.0
            for entry, text, width in items:
                left = x
                if entry is not None:
                    sample = QRectF(x, row * line, SAMPLE_WIDTH_PX * self._scale, line)
                    paint_sample(painter, sample, entry.style)
                    left += (SAMPLE_WIDTH_PX + 6) * self._scale
                painter.setPen(theme.muted if entry is None else theme.text)
                painter.drawText(QRectF(left, row * line, self.width() - left, line), align, text)
                x += width + GAP_PX * self._scale


def faint(colour: QColor) -> QColor:
    """Return the colour of a line behind its smoothed version."""
    result = QColor(colour)
    result.setAlpha(80)
    return result
