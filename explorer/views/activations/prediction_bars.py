"""The outputs of the network as bars."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np
from PySide6.QtCore import Property, QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.core.number_format import format_full, format_number
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

LINE_HEIGHT_PX = 23
"""Height of a line at scale 1."""

MAX_LINES = 10
"""Outputs that are shown at most."""


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
    """Shows a bar for each output, the `MAX_LINES` largest where there are more; a click or the arrow keys select one.

    painted: emitted after each painting.
    """

    chosen = Signal(int)
    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictionBars")
        self.setAccessibleName("The network's outputs; the arrow keys choose one")
        self.setToolTip("What the network gives each class. Choose a bar to see which pixels speak for it.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._probabilities: list[float] = []
        self._values: Any = None
        self._chosen = -1
        self._are_shares = True
        self._names: tuple[str, ...] = DIGIT_CLASSES

    probabilities = Property(list, lambda self: self._probabilities)
    """A float for each output, empty before the first."""

    def setValues(self, values: Any, chosen: int | None, are_shares: bool = True) -> None:
        """Show (n,) numbers, or nothing for None, and mark the selected output.

        are_shares: whether they lie between 0 and 1; others are shown from 0 to the largest magnitude.
        """
        self._values, self._are_shares = values, are_shares
        self._probabilities = [] if values is None else [float(value) for value in values]
        self._chosen = -1 if chosen is None else chosen
        self.update()

    def setNames(self, names: Sequence[str]) -> None:
        """Set the names of the outputs."""
        if tuple(names) != self._names:
            if len(names) != len(self._names):
                self.setValues(None, None)
            self._names = tuple(names)
            self.updateGeometry()
            self.update()

    def shownUnits(self) -> list[int]:
        """Return the indices of the outputs that have a line, in ascending order."""
        units = range(len(self._names))
        if len(units) <= MAX_LINES or len(self._probabilities) != len(units):
            return list(units[:MAX_LINES])
        finite = np.nan_to_num(self._probabilities, nan=-np.inf)
        return sorted(int(unit) for unit in np.argsort(-finite, kind="stable")[:MAX_LINES])

    def _lines(self) -> int:
        """Return the number of lines: one for each output that is shown, and one that counts the others."""
        return min(len(self._names), MAX_LINES) + (len(self._names) > MAX_LINES)

    def _name_width(self) -> float:
        """Return the width of the longest name, in pixels."""
        letters = QFontMetricsF(font(SANS, 14 * self._scale, bold=True))
        return 18 * self._scale + max(letters.horizontalAdvance(name) for name in self._names)

    def _text(self, unit: int) -> str:
        """Return the number of an output as text."""
        value = self._probabilities[unit]
        return percent(value) if self._are_shares else format_number(value, 3)

    def _number_width(self) -> float:
        """Return the width that is kept free for the numbers at the right of the bars, in pixels."""
        letters = QFontMetricsF(font(SANS, 12 * self._scale, bold=True))
        units = self.shownUnits() if self._probabilities else []
        return max([66 * self._scale, *(letters.horizontalAdvance(self._text(unit)) + 12 for unit in units)])

    def sizeHint(self) -> QSize:
        """Return the size of all lines."""
        return QSize(200, round(self._lines() * LINE_HEIGHT_PX * self._scale))

    def minimumSizeHint(self) -> QSize:
        """Return the size of lines that are just legible."""
        return QSize(round(self._name_width() + 124 * self._scale), round(self._lines() * 19 * self._scale))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the bars."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.height() / self._lines()
        left, right = self._name_width(), self._number_width()
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        units = self.shownUnits()
        for row, unit in enumerate(units):
            top = row * line
            if unit == self._chosen:
                painter.setPen(QPen(theme.gradient, 2))
                painter.setBrush(theme.gradient_soft)
                painter.drawRoundedRect(QRectF(1, top + 1, self.width() - 2, line - 2), 5, 5)
            painter.setPen(theme.text if self._probabilities else theme.faint)
            painter.setFont(font(SANS, 14 * self._scale, bold=True))
            painter.drawText(QRectF(8 * self._scale, top, left, line), align, self._names[unit])
            if self._probabilities:
                self._paint_bar(painter, theme, unit, QRectF(left, top, self.width() - left - right, line), right)
        if len(self._names) > len(units):
            painter.setPen(theme.muted)
            painter.setFont(font(SANS, 12 * self._scale))
            text = f"the {len(units)} largest of {len(self._names):,}"
            painter.drawText(QRectF(8 * self._scale, len(units) * line, self.width(), line), align, text)

    def _paint_bar(self, painter: QPainter, theme: Theme, unit: int, place: QRectF, right: float) -> None:
        """Paint the bar of an output and its number at the bar's right, at most ``right`` pixels wide."""
        value = self._probabilities[unit]
        is_winner = value == max(self._probabilities)
        max_length = max(10.0, place.width())
        largest = 1.0 if self._are_shares else max(map(abs, filter(isfinite, self._probabilities)), default=0.0) or 1.0
        length = max_length * min(abs(value) / largest, 1.0) if isfinite(value) else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.value if value >= 0 or not isfinite(value) else theme.faint)
        bar = QRectF(place.left(), place.top() + place.height() * 0.18, max(2.0, length), place.height() * 0.64)
        painter.drawRoundedRect(bar, 4, 4)
        painter.setPen(theme.text if is_winner else theme.muted)
        painter.setFont(font(SANS, 12 * self._scale, bold=is_winner))
        text = self._text(unit)
        number = QRectF(place.left() + length + 7, place.top(), right, place.height())
        painter.drawText(number, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _unit_at(self, y: float) -> int:
        """Return the index of the output at a height, -1 for none."""
        units, line = self.shownUnits(), int(y // (self.height() / self._lines()))
        return units[line] if 0 <= line < len(units) else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars and emit `painted`."""
        super().paintEvent(event)
        self.painted.emit()

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a bar with its value."""
        unit = self._unit_at(point.y())
        if not self._probabilities or unit < 0:
            return None
        return "bar", f"{self._names[unit]}: {format_full(self._values[unit])}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the clicked bar."""
        self._select(self._unit_at(event.position().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select the bar under the mouse while the button is held."""
        self._select(self._unit_at(event.position().y()))

    def event(self, event: QEvent) -> bool:
        """Keep the keys of digits from the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_digit(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select a neighbour, or an output by the key of its digit."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            units, by = self.shownUnits(), 1 if key == Qt.Key.Key_Down else -1
            line = units.index(self._chosen) + by if self._chosen in units else 0
            self._select(units[line] if 0 <= line < len(units) else -1)
        elif _is_digit(event):
            self._select(int(event.text()))
        else:
            event.ignore()

    def _select(self, unit: int) -> None:
        if 0 <= unit < len(self._probabilities):
            self.setToolTip(f"{self._names[unit]}: {format_full(self._values[unit])}")
            self.chosen.emit(unit)


def _is_digit(event: QKeyEvent) -> bool:
    """Return whether the key of a digit was pressed alone."""
    has_modifier = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.text().isdecimal() and event.text().isascii() and not has_modifier
