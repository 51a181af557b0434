"""A grid of small images with their labels."""

from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.views.painting.array_images import grey_image
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

LABEL_COLOUR = QColor("#6cc3f2")
"""Colour of labels, which are on black images in both themes."""


def paint_placeholder(painter: QPainter, box: QRectF, text: str, theme: Theme) -> None:
    """Paint a text that says what will be shown here."""
    painter.setFont(font(SANS, 14))
    painter.setPen(theme.faint)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)


class DigitGrid(PaintedWidget):
    """Shows a page of images in rows; a click or the arrow keys select one.

    chosen: index of the clicked image in the page. moveRequested: number of images to move by, even beyond the page.
    """

    chosen = Signal(int)
    moveRequested = Signal(int)

    def __init__(self, columns: int, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(columns * 26, 60)
        self.selected_index = 0
        self._columns = columns
        self._images: list[QImage] = []
        self._labels: list[str] = []

    def setImages(self, images: Any, labels: list[str]) -> None:
        """Show (n, 28, 28) images, each with a label."""
        self._images = [grey_image(image) for image in images]
        self._labels = labels
        self.selected_index = 0
        self.update()

    def setSelectedIndex(self, index: int) -> None:
        """Select an image of the page."""
        self.selected_index = index
        self.update()

    def _cell_size(self) -> float:
        rows = max(1, -(-len(self._images) // self._columns))
        return min(self.width() / self._columns, self.height() / rows)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the images."""
        if not self._images:
            paint_placeholder(painter, QRectF(self.rect()), "The images appear here once they are loaded.", theme)
        size = self._cell_size()
        painter.setFont(font(SANS, max(8, size * 0.24), bold=True))
        for index, image in enumerate(self._images):
            row, column = divmod(index, self._columns)
            box = QRectF(column * size, row * size, size, size).adjusted(1.5, 1.5, -1.5, -1.5)
            painter.drawImage(box, image)
            painter.setPen(LABEL_COLOUR)
            painter.drawText(box.adjusted(3, 1, -3, -1), Qt.AlignmentFlag.AlignTop, self._labels[index])
            if index == self.selected_index and self.isEnabled():
                painter.setPen(QPen(theme.gradient, 3.5 if self.hasFocus() else 2.0))
                painter.drawRect(box)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Request the selection of the clicked image."""
        size = self._cell_size()
        column, row = int(event.position().x() // size), int(event.position().y() // size)
        if column < self._columns and row * self._columns + column < len(self._images):
            self.chosen.emit(row * self._columns + column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Request a move to a neighbour."""
        keys, key = Qt.Key, Qt.Key(event.key())
        step = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_Up: -self._columns, keys.Key_Down: self._columns}
        if (distance := step.get(key)) is not None:
            self.moveRequested.emit(distance)
        else:
            event.ignore()
