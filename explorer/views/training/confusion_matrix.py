"""The confusion matrix of the validation images."""

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
"""Largest share of a cell's width that a number takes."""


class ConfusionMatrix(PaintedWidget):
    """Shows a (10, 10) matrix, true by predicted class; correct ones and mistakes have different colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confusionView")
        self.setAccessibleName("Confusion matrix of the validation images")
        self.setToolTip("Row: the true digit. Column: the prediction. Blue is right, orange is wrong.")
        self.setMinimumSize(220, 164)
        self.matrix: Any = None
        self.classes: tuple[str, ...] = DIGIT_CLASSES

    def setMatrix(self, matrix: Any, classes: Sequence[str] = DIGIT_CLASSES) -> None:
        """Show a matrix, or a placeholder for None; ``classes`` are the names of the ten labels."""
        self.matrix = matrix
        self.classes = tuple(classes)
        self.update()

    def _grid(self) -> tuple[float, float, float, float]:
        """Return the side of a cell, the width of the class names, and the top left corner of the grid."""
        name_width = 0.0 if self.classes == DIGIT_CLASSES else min(76 * self._scale, 0.28 * self.width())
        side = min(min(self.width(), self.height()) / 11, (self.width() - name_width) / 10.5)
        return side, name_width, (self.width() - 11 * side + name_width * 0.8) / 2, (self.height() - 11 * side) / 2

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a cell and the meaning of its number."""
        side, _, left, top = self._grid()
        row, column = int((point.y() - top) // side) - 1, int((point.x() - left) // side) - 1
        if self.matrix is None or not (0 <= row < 10 and 0 <= column < 10):
            return None
        count, true, predicted = int(self.matrix[row][column]), self.classes[row], self.classes[column]
        images = "1 image" if count == 1 else f"{count:,} images"
        return (
            "cell",
            f"{images} of {true} correctly called {predicted}"
            if row == column
            else f"{images} of {true} taken for {predicted}",
        )

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the matrix."""
        side, name_width, left, top = self._grid()
        if self.matrix is None:
            painter.setPen(theme.muted)
            painter.setFont(font(SANS, 13 * self._scale))
            text = "At the end of each epoch, this shows which class is taken for which."
            painter.drawText(
                self.rect().adjusted(12, 0, -12, 0), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text
            )
            return
        matrix = np.asarray(self.matrix)
        painter.setFont(self._number_font(side, int(matrix.max())))
        mistakes = matrix - np.diag(np.diag(matrix))
        worst = max(int(mistakes.max()), 1)
        for row in range(11):
            for column in range(11):
                box = QRectF(left + column * side, top + row * side, side, side)
                if row == 0 or column == 0:
                    text = str(max(row, column) - 1) if row != column else ""
                    painter.setPen(theme.muted)
                    if name_width and row:
                        self._paint_name(painter, box, name_width, row - 1)
                    else:
                        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                    continue
                count = int(matrix[row - 1, column - 1])
                is_correct = row == column
                share = count / max(int(matrix.max()), 1) if is_correct else count / worst
                if count:
                    colour = blend(theme.panel, theme.value if is_correct else theme.gradient, 0.15 + 0.7 * share)
                    painter.fillRect(box.adjusted(1, 1, -1, -1), colour)
                    painter.setPen(text_colour_on(colour))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))

    def _number_font(self, side: float, largest: int) -> QFont:
        """Return a font in which the largest number fits into its cell."""
        base = font(SANS, max(8, side * 0.42))
        width = QFontMetricsF(base).horizontalAdvance(str(largest))
        return base if width <= MAX_TEXT_WIDTH * side else font(SANS, base.pixelSize() * MAX_TEXT_WIDTH * side / width)

    def _paint_name(self, painter: QPainter, box: QRectF, width: float, label: int) -> None:
        """Paint the name of a class left of its row, with the number that is above its column."""
        area = QRectF(box.right() - width - box.width() * 0.5 - 4, box.top(), width + box.width() * 0.5, box.height())
        text = painter.fontMetrics().elidedText(
            f"{self.classes[label]} {label}", Qt.TextElideMode.ElideLeft, int(area.width())
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
