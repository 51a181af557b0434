"""The ten probabilities as bars."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Property, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.core.number_format import format_full
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

LINE_HEIGHT_PX = 23
"""Height of a line at scale 1."""


def percent(share: float) -> str:
    """Format a share such as ``87.2 %``; only an exact 0 or 1 is shown as 0 or 100 %."""
    if not np.isfinite(share):
        return "no number"
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"


class PredictionBars(PaintedWidget):
    """Shows a bar for each class; a click or the arrow keys select one. painted: emitted after each painting."""

    chosen = Signal(int)
    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictionBars")
        self.setAccessibleName("Probabilities of the ten classes; the arrow keys choose one")
        self.setToolTip("What the network gives each class. Choose a bar to see which pixels speak for it.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._probabilities: list[float] = []
        self._values: Any = None
        self._chosen = -1
        self._classes = DIGIT_CLASSES

    probabilities = Property(list, lambda self: self._probabilities)
    """Ten floats, empty before the first."""

    def setProbabilities(self, values: Any, chosen: int | None) -> None:
        """Show (10,) probabilities, or nothing for None, and mark the selected digit."""
        self._values = values
        self._probabilities = [] if values is None else [float(value) for value in values]
        self._chosen = -1 if chosen is None else chosen
        self.update()

    def setClasses(self, classes: Sequence[str]) -> None:
        """Set the names of the ten classes."""
        if tuple(classes) != self._classes:
            self._classes = tuple(classes)
            self.updateGeometry()
            self.update()

    def _name_width(self) -> float:
        """Return the width of the longest name, in pixels."""
        letters = QFontMetricsF(font(SANS, 14 * self._scale, bold=True))
        return 18 * self._scale + max(letters.horizontalAdvance(name) for name in self._classes)

    def sizeHint(self) -> QSize:
        """Return the size of ten lines."""
        return QSize(200, round(10 * LINE_HEIGHT_PX * self._scale))

    def minimumSizeHint(self) -> QSize:
        """Return the size of ten lines that are just legible."""
        return QSize(round(self._name_width() + 124 * self._scale), round(10 * 19 * self._scale))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the bars."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.height() / 10
        left, right = self._name_width(), 66 * self._scale
        max_length = max(10.0, self.width() - left - right)
        best = max(self._probabilities, default=0.0)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for digit in range(10):
            top = digit * line
            if digit == self._chosen:
                painter.setPen(QPen(theme.gradient, 2))
                painter.setBrush(theme.gradient_soft)
                painter.drawRoundedRect(QRectF(1, top + 1, self.width() - 2, line - 2), 5, 5)
            painter.setPen(theme.text if self._probabilities else theme.faint)
            painter.setFont(font(SANS, 14 * self._scale, bold=True))
            painter.drawText(QRectF(8 * self._scale, top, left, line), align, self._classes[digit])
            if not self._probabilities:
                continue
            share = self._probabilities[digit]
            is_winner = share == best
            length = max_length * min(max(share, 0.0), 1.0) if np.isfinite(share) else 0.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.value)
            painter.drawRoundedRect(QRectF(left, top + line * 0.18, max(2.0, length), line * 0.64), 4, 4)
            painter.setPen(theme.text if is_winner else theme.muted)
            painter.setFont(font(SANS, 12 * self._scale, bold=is_winner))
            painter.drawText(QRectF(left + length + 7, top, right, line), align, percent(share))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars and emit `painted`."""
        super().paintEvent(event)
        self.painted.emit()

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a bar with its value."""
        digit = int(point.y() // (self.height() / 10))
        if not self._probabilities or not 0 <= digit < 10:
            return None
        return "bar", f"{self._classes[digit]}: {format_full(self._values[digit])}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the clicked bar."""
        self._select(int(event.position().y() // (self.height() / 10)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select the bar under the mouse while the button is held."""
        self._select(int(event.position().y() // (self.height() / 10)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select a neighbour, or a digit by its key."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._select(self._chosen + (1 if key == Qt.Key.Key_Down else -1))
        elif event.text().isdecimal() and event.text().isascii():
            self._select(int(event.text()))
        else:
            event.ignore()

    def _select(self, digit: int) -> None:
        if self._probabilities and 0 <= digit < 10:
            self.setToolTip(f"Probability of {digit}: {format_full(self._values[digit])}")
            self.chosen.emit(digit)
