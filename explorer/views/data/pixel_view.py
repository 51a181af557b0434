"""One enlarged image, or a part of it, with the value of each pixel where there is room."""

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.views.data.digit_grid import paint_placeholder
from explorer.views.painting.array_images import grey_image
from explorer.views.theme.theme import MONO, Theme, font, text_colour_on
from explorer.views.widgets.painted_widget import PaintedWidget

MIN_NUMBER_CELL_PX = 15.0
"""Smallest cell in which a number can be read."""

VISIBLE_SIDES = (28, 14, 7)
"""Numbers of image pixels in a row, one for each zoom level."""

ZERO_COLOUR = QColor("#7c818b")
"""Colour of zeros, faint so that they do not hide the digit."""


class PixelView(PaintedWidget):
    """Shows a (28, 28) image; the mouse or the arrow keys mark a pixel, + and - zoom in and out.

    pixelChanged: row and column of the marked pixel. sideRequested: number of pixels in a row to show.
    """

    pixelChanged = Signal(int, int)
    sideRequested = Signal(int)

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
        self._emit_pixel()
        self.update()

    def setSide(self, side: int) -> None:
        """Show a number of pixels in a row, around the marked one."""
        if side != self.side:
            self.side = side
            self._emit_pixel()
            self.update()

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the top left visible pixel."""
        # In steps of half the visible side, so that the image does not scroll away under the mouse.
        step = max(self.side // 2, 1)
        return tuple(min(max(0, (position - step // 2) // step * step), 28 - self.side) for position in self.pixel)  # type: ignore[return-value]

    @property
    def shows_numbers(self) -> bool:
        """Whether the cells are large enough for numbers."""
        return self._cell_size() >= MIN_NUMBER_CELL_PX

    def _cell_size(self) -> float:
        return min(self.width(), self.height()) / self.side

    def _origin(self) -> tuple[float, float]:
        cell = self._cell_size()
        return (self.width() - self.side * cell) / 2, (self.height() - self.side * cell) / 2

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint pixels and numbers."""
        if self.image is None:
            paint_placeholder(
                painter, QRectF(self.rect()), "One image appears here, enlarged, with its numbers.", theme
            )
            return
        cell, (left, top), (first_row, first_column) = self._cell_size(), self._origin(), self.corner
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
            self._emit_pixel()
            self.update()

    def _emit_pixel(self) -> None:
        if self.image is not None:
            self.pixelChanged.emit(*self.pixel)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Emit the pixel again, because numbers may have become visible or invisible."""
        super().resizeEvent(event)
        self._emit_pixel()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark the pixel under the mouse; when zoomed in, only while a button is pressed."""
        if self.side == VISIBLE_SIDES[0]:
            self._mark_at(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark the clicked pixel."""
        self._mark_at(event)

    def _mark_at(self, event: QMouseEvent) -> None:
        cell, (left, top), (first_row, first_column) = self._cell_size(), self._origin(), self.corner
        row, column = int((event.position().y() - top) // cell), int((event.position().x() - left) // cell)
        if 0 <= row < self.side and 0 <= column < self.side:
            self._mark(first_row + row, first_column + column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mark a neighbour, or request another zoom level."""
        keys = Qt.Key
        step = {keys.Key_Left: (0, -1), keys.Key_Right: (0, 1), keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0)}
        if (offset := step.get(Qt.Key(event.key()))) is not None:
            self._mark(self.pixel[0] + offset[0], self.pixel[1] + offset[1])
        elif event.text() in ("+", "=", "-"):
            level = VISIBLE_SIDES.index(self.side) + (-1 if event.text() == "-" else 1)
            self.sideRequested.emit(VISIBLE_SIDES[min(max(0, level), len(VISIBLE_SIDES) - 1)])
        else:
            event.ignore()
