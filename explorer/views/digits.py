"""Pictures of digits: many in a grid, and one large with its numbers."""

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.views.theme import MONO, SANS, Theme, font

READABLE = 15.0
"""Pixels that a cell needs for its number to be read."""


def picture(image: Any) -> QImage:
    """Return a (28, 28) uint8 array as a grey image, a copy."""
    data = np.ascontiguousarray(image, dtype=np.uint8)
    return QImage(data.data, data.shape[1], data.shape[0], data.shape[1], QImage.Format.Format_Grayscale8).copy()


class DigitGrid(QWidget):
    """Images in rows with their labels; a click or the arrow keys select one."""

    chosen = Signal(int)

    def __init__(self, columns: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(columns * 26, 60)
        self.place = 0
        self._columns = columns
        self._images: list[QImage] = []
        self._texts: list[str] = []
        self._theme: Theme | None = None

    def setImages(self, images: Any, texts: list[str]) -> None:
        """Show (n, 28, 28) images, each with a text."""
        self._images = [picture(image) for image in images]
        self._texts = texts
        self.place = 0
        self.update()

    def setPlace(self, place: int) -> None:
        """Mark an image as selected."""
        self.place = place
        self.update()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.update()

    def _side(self) -> float:
        rows = max(1, -(-len(self._images) // self._columns))
        return min(self.width() / self._columns, self.height() / rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the images."""
        if self._theme is None:
            return
        painter = QPainter(self)
        side = self._side()
        painter.setFont(font(SANS, max(8, side * 0.24), bold=True))
        for number, image in enumerate(self._images):
            row, column = divmod(number, self._columns)
            box = QRectF(column * side, row * side, side, side).adjusted(1.5, 1.5, -1.5, -1.5)
            painter.drawImage(box, image)
            painter.setPen(self._theme.value)
            painter.drawText(box.adjusted(3, 1, -3, -1), Qt.AlignmentFlag.AlignTop, self._texts[number])
            if number == self.place and self.isEnabled():
                painter.setPen(QPen(self._theme.gradient, 2.5))
                painter.drawRect(box)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked."""
        side = self._side()
        column, row = int(event.position().x() // side), int(event.position().y() // side)
        if column < self._columns and row * self._columns + column < len(self._images):
            self.chosen.emit(row * self._columns + column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select the neighbour."""
        keys = Qt.Key
        step = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_Up: -self._columns, keys.Key_Down: self._columns}
        by = step.get(Qt.Key(event.key()))
        if by is None:
            event.ignore()
        elif 0 <= self.place + by < len(self._images):
            self.chosen.emit(self.place + by)


class LargeDigit(QWidget):
    """One image large, each pixel with its number where there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("largeDigit")
        self.setAccessibleName("One image, large")
        self.setMinimumSize(220, 220)
        self.image: Any = None
        self._theme: Theme | None = None

    def setImage(self, image: Any) -> None:
        """Show a (28, 28) image."""
        self.image = np.asarray(image)
        self.update()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint pixels and numbers."""
        if self.image is None or self._theme is None:
            return
        painter = QPainter(self)
        cell = min(self.width(), self.height()) / 28
        left, top = (self.width() - 28 * cell) / 2, (self.height() - 28 * cell) / 2
        painter.drawImage(QRectF(left, top, 28 * cell, 28 * cell), picture(self.image))
        if cell >= READABLE:
            painter.setFont(font(MONO, cell * 0.42))
            for (row, column), value in np.ndenumerate(self.image):
                if value:
                    painter.setPen(Qt.GlobalColor.black if value > 127 else Qt.GlobalColor.white)
                    box = QRectF(left + column * cell, top + row * cell, cell, cell)
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(value))
        painter.end()
