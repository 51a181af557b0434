"""Pictures of digits, many in a grid."""

from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.array_images import grey_image
from explorer.views.widgets.painted_widget import PaintedWidget

LABEL_COLOUR = QColor("#6cc3f2")
"""Of labels: they stand on black images in both themes."""


def paint_placeholder(painter: QPainter, box: QRectF, sentence: str, theme: Theme) -> None:
    """Say what will be here, where there is nothing yet."""
    painter.setFont(font(SANS, 14))
    painter.setPen(theme.faint)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, sentence)


class DigitGrid(PaintedWidget):
    """Images in rows with their labels; a click or the arrow keys select one, Page Up and Page Down turn pages.

    ``chosen``: the place that was clicked. ``moveRequested``: go on by so many images, also beyond the page.
    """

    chosen = Signal(int)
    moveRequested = Signal(int)

    def __init__(self, columns: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(columns * 26, 60)
        self.place = 0
        self._columns = columns
        self._images: list[QImage] = []
        self._texts: list[str] = []

    def setImages(self, images: Any, texts: list[str]) -> None:
        """Show (n, 28, 28) images, each with a text."""
        self._images = [grey_image(image) for image in images]
        self._texts = texts
        self.place = 0
        self.update()

    def setSelectedIndex(self, place: int) -> None:
        """Mark an image as selected."""
        self.place = place
        self.update()

    def _side(self) -> float:
        rows = max(1, -(-len(self._images) // self._columns))
        return min(self.width() / self._columns, self.height() / rows)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the images."""
        if not self._images:
            paint_placeholder(painter, QRectF(self.rect()), "The images stand here when they have been read.", theme)
        side = self._side()
        painter.setFont(font(SANS, max(8, side * 0.24), bold=True))
        for number, image in enumerate(self._images):
            row, column = divmod(number, self._columns)
            box = QRectF(column * side, row * side, side, side).adjusted(1.5, 1.5, -1.5, -1.5)
            painter.drawImage(box, image)
            painter.setPen(LABEL_COLOUR)
            painter.drawText(box.adjusted(3, 1, -3, -1), Qt.AlignmentFlag.AlignTop, self._texts[number])
            if number == self.place and self.isEnabled():
                painter.setPen(QPen(theme.gradient, 3.5 if self.hasFocus() else 2.0))
                painter.drawRect(box)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked."""
        side = self._side()
        column, row = int(event.position().x() // side), int(event.position().y() // side)
        if column < self._columns and row * self._columns + column < len(self._images):
            self.chosen.emit(row * self._columns + column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select the neighbour."""
        keys, key = Qt.Key, Qt.Key(event.key())
        step = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_Up: -self._columns, keys.Key_Down: self._columns}
        if (by := step.get(key)) is not None:
            self.moveRequested.emit(by)
        else:
            event.ignore()
