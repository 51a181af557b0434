"""One image large, or a part of it larger: each pixel with its number where there is room for it."""

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.views.data.digit_grid import paint_placeholder
from explorer.views.theme.theme import MONO, Theme, font, text_colour_on
from explorer.views.widgets.array_images import grey_image
from explorer.views.widgets.painted_widget import PaintedWidget

MIN_NUMBER_CELL_PX = 15.0
"""Pixels that a cell needs for its number to be read."""

VISIBLE_SIDES = (28, 14, 7)
"""Pixels of the image in a row, from the whole to the closest look."""

ZERO_COLOUR = QColor("#7c818b")
"""Zeros are there, and do not hide the digit."""


class PixelView(PaintedWidget):
    """A (28, 28) image with one pixel marked, which the mouse or the arrow keys choose; + and - look closer or farther.

    ``pixelChanged``: row and column that are marked. ``sizeRequested``: how many pixels in a row are to be seen.
    """

    pixelChanged = Signal(int, int)
    sizeRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("largeDigit")
        self.setAccessibleName("One image, large; the arrow keys choose a pixel, plus and minus look closer or farther")
        self.setMinimumSize(200, 200)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.image: Any = None
        self.pixel = (14, 14)
        self.side = VISIBLE_SIDES[0]

    def setImage(self, image: Any) -> None:
        """Show a (28, 28) image."""
        self.image = np.asarray(image)
        self._tell()
        self.update()

    def setSide(self, side: int) -> None:
        """Show so many pixels in a row, around the one that is marked."""
        if side != self.side:
            self.side = side
            self._tell()
            self.update()

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the first pixel in sight."""
        # In steps of half a window: the picture must not run away under the mouse.
        step = max(self.side // 2, 1)
        return tuple(min(max(0, (position - step // 2) // step * step), 28 - self.side) for position in self.pixel)  # type: ignore[return-value]

    @property
    def shows_numbers(self) -> bool:
        """Whether there is room for the numbers."""
        return self._cell() >= MIN_NUMBER_CELL_PX

    def _cell(self) -> float:
        return min(self.width(), self.height()) / self.side

    def _origin(self) -> tuple[float, float]:
        cell = self._cell()
        return (self.width() - self.side * cell) / 2, (self.height() - self.side * cell) / 2

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint pixels and numbers."""
        if self.image is None:
            paint_placeholder(painter, QRectF(self.rect()), "One image stands here, large, with its numbers.", theme)
            return
        cell, (left, top), (first_row, first_column) = self._cell(), self._origin(), self.corner
        part = self.image[first_row : first_row + self.side, first_column : first_column + self.side]
        painter.drawImage(QRectF(left, top, self.side * cell, self.side * cell), grey_image(part))
        if self.shows_numbers:
            painter.setFont(font(MONO, cell * 0.46))
            for (row, column), value in np.ndenumerate(part):
                painter.setPen(ZERO_COLOUR if not value else text_colour_on(QColor(value, value, value)))
                box = QRectF(left + column * cell, top + row * cell, cell, cell)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(value))
        row, column = self.pixel[0] - first_row, self.pixel[1] - first_column
        painter.setPen(QPen(theme.gradient, 2.5 if self.hasFocus() else 1.5))
        painter.drawRect(QRectF(left + column * cell, top + row * cell, cell, cell))

    def _mark(self, row: int, column: int) -> None:
        pixel = (min(27, max(0, row)), min(27, max(0, column)))
        if pixel != self.pixel:
            self.pixel = pixel
            self._tell()
            self.update()

    def _tell(self) -> None:
        if self.image is not None:
            self.pixelChanged.emit(*self.pixel)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell again: there may be room for the numbers now, or none any more."""
        super().resizeEvent(event)
        self._tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark the pixel under the mouse; nearer than the whole image only with a button pressed."""
        if self.side == VISIBLE_SIDES[0]:
            self._point_at(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark the pixel that was clicked."""
        self._point_at(event)

    def _point_at(self, event: QMouseEvent) -> None:
        cell, (left, top), (first_row, first_column) = self._cell(), self._origin(), self.corner
        row, column = int((event.position().y() - top) // cell), int((event.position().x() - left) // cell)
        if 0 <= row < self.side and 0 <= column < self.side:
            self._mark(first_row + row, first_column + column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mark the neighbour, or look closer or farther."""
        keys = Qt.Key
        step = {keys.Key_Left: (0, -1), keys.Key_Right: (0, 1), keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0)}
        if (by := step.get(Qt.Key(event.key()))) is not None:
            self._mark(self.pixel[0] + by[0], self.pixel[1] + by[1])
        elif event.text() in ("+", "=", "-"):
            place = VISIBLE_SIDES.index(self.side) + (-1 if event.text() == "-" else 1)
            self.sizeRequested.emit(VISIBLE_SIDES[min(max(0, place), len(VISIBLE_SIDES) - 1)])
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Show by the frame whether the keys come here."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)
