"""The confusion matrix: which digit was taken for which."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.views.theme.theme import SANS, Theme, blend, font, text_colour_on
from explorer.views.widgets.painted_widget import PaintedWidget

MAX_TEXT_WIDTH = 0.88
"""Share of a cell's width that a number takes at most."""


class ConfusionMatrix(PaintedWidget):
    """Paints a (10, 10) matrix, true digit by guessed digit. The diagonal is right; mistakes stand out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confusionView")
        self.setAccessibleName("Confusion matrix of the validation images")
        self.setToolTip("Row: the true digit. Column: what the network said.")
        self.setMinimumSize(220, 164)
        self.matrix: Any = None
        self.classes: tuple[str, ...] = DIGIT_CLASSES

    def setMatrix(self, matrix: Any, classes: Sequence[str] = DIGIT_CLASSES) -> None:
        """Show a matrix, or nothing for None; classes: what the ten labels mean."""
        self.matrix = matrix
        self.classes = tuple(classes)
        self.update()

    def _grid(self) -> tuple[float, float, float, float]:
        """Return a cell's side, the width of the classes' names, and the corner of the cell over all names."""
        names = 0.0 if self.classes == DIGIT_CLASSES else min(76 * self._scale, 0.28 * self.width())
        side = min(min(self.width(), self.height()) / 11, (self.width() - names) / 10.5)
        return side, names, (self.width() - 11 * side + names * 0.8) / 2, (self.height() - 11 * side) / 2

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point of the view: a cell, and what its number says."""
        side, _, left, top = self._grid()
        row, column = int((point.y() - top) // side) - 1, int((point.x() - left) // side) - 1
        if self.matrix is None or not (0 <= row < 10 and 0 <= column < 10):
            return None
        count, true, said = int(self.matrix[row][column]), self.classes[row], self.classes[column]
        images = "1 image" if count == 1 else f"{count:,} images"
        return (
            "cell",
            f"{images} of {true} rightly called {said}" if row == column else f"{images} of {true} taken for {said}",
        )

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint it."""
        side, names, left, top = self._grid()
        if self.matrix is None:
            painter.setPen(theme.muted)
            painter.setFont(font(SANS, 13 * self._scale))
            told = "At the end of each epoch this shows which class is taken for which."
            painter.drawText(
                self.rect().adjusted(12, 0, -12, 0), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, told
            )
            return
        matrix = np.asarray(self.matrix)
        painter.setFont(self._digits(side, int(matrix.max())))
        mistakes = matrix - np.diag(np.diag(matrix))
        worst = max(int(mistakes.max()), 1)
        for row in range(11):
            for column in range(11):
                box = QRectF(left + column * side, top + row * side, side, side)
                if row == 0 or column == 0:
                    text = str(max(row, column) - 1) if row != column else ""
                    painter.setPen(theme.muted)
                    if names and row:
                        self._paint_name(painter, box, names, row - 1)
                    else:
                        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                    continue
                count = int(matrix[row - 1, column - 1])
                right = row == column
                share = count / max(int(matrix.max()), 1) if right else count / worst
                if count:
                    colour = blend(theme.panel, theme.value if right else theme.gradient, 0.15 + 0.7 * share)
                    painter.fillRect(box.adjusted(1, 1, -1, -1), colour)
                    painter.setPen(text_colour_on(colour))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))

    def _digits(self, side: float, largest: int) -> QFont:
        """Return a font in which the largest number has room in its cell."""
        made = font(SANS, max(8, side * 0.42))
        wide = QFontMetricsF(made).horizontalAdvance(str(largest))
        return made if wide <= MAX_TEXT_WIDTH * side else font(SANS, made.pixelSize() * MAX_TEXT_WIDTH * side / wide)

    def _paint_name(self, painter: QPainter, box: QRectF, width: float, label: int) -> None:
        """Paint beside a row what its class is called, with the number that stands over its column."""
        room = QRectF(box.right() - width - box.width() * 0.5 - 4, box.top(), width + box.width() * 0.5, box.height())
        words = painter.fontMetrics().elidedText(
            f"{self.classes[label]} {label}", Qt.TextElideMode.ElideLeft, int(room.width())
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
