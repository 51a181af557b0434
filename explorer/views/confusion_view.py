"""The confusion matrix: which digit was taken for which."""

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.views.painted import PaintedWidget
from explorer.views.theme import SANS, font


class ConfusionView(PaintedWidget):
    """Paints a (10, 10) matrix, true digit by guessed digit. The diagonal is right; mistakes stand out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confusionView")
        self.setAccessibleName("Confusion matrix of the validation images")
        self.setToolTip("Row: the true digit. Column: what the network said.")
        self.setMinimumSize(220, 220)
        self.matrix: Any = None

    def setMatrix(self, matrix: Any) -> None:
        """Show a matrix, or nothing for None."""
        self.matrix = matrix
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        theme = self._theme
        if theme is None:
            return
        painter = QPainter(self)
        side = min(self.width(), self.height()) / 11
        left, top = (self.width() - 11 * side) / 2, (self.height() - 11 * side) / 2
        painter.setFont(font(SANS, max(8, side * 0.42)))
        if self.matrix is None:
            painter.setPen(theme.muted)
            painter.setFont(font(SANS, 13 * self._scale))
            told = "After the first epoch this shows which digit is taken for which."
            painter.drawText(
                self.rect().adjusted(12, 0, -12, 0), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, told
            )
            return
        matrix = np.asarray(self.matrix)
        mistakes = matrix - np.diag(np.diag(matrix))
        worst = max(int(mistakes.max()), 1)
        for row in range(11):
            for column in range(11):
                box = QRectF(left + column * side, top + row * side, side, side)
                if row == 0 or column == 0:
                    text = str(max(row, column) - 1) if row != column else ""
                    painter.setPen(theme.muted)
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                    continue
                count = int(matrix[row - 1, column - 1])
                right = row == column
                share = count / max(int(matrix.max()), 1) if right else count / worst
                colour = QColor(theme.value if right else theme.gradient)
                colour.setAlphaF(0.15 + 0.7 * share if count else 0.0)
                painter.fillRect(box.adjusted(1, 1, -1, -1), colour)
                if count:
                    painter.setPen(theme.text)
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))
        painter.end()
