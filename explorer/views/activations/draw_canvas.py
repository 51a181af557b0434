"""A canvas for drawing a digit with the mouse, a pen, touch or the keyboard."""

from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.views.painting.array_images import grey_image
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

DRAWING_SIZE_PX = 280
"""Side of the drawing at any size of the canvas: ten pixels for each input pixel of the network."""


class DrawCanvas(PaintedWidget):
    """Draws lines between successive positions of the pen, so that a fast pen leaves no gaps.

    On the keyboard, the arrow keys move the pen, and draw with Shift.
    inked: the drawing after each change, as `ink` returns it.
    """

    inked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawCanvas")
        self.setAccessibleName("Canvas to draw a digit on; arrows move the pen, with Shift it draws")
        self.setToolTip("Draw a digit with the mouse. By keyboard: arrows move the pen, with Shift it draws.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSizePolicy(policy)
        self.setMinimumSize(150, 150)
        self.brush = 22
        self.is_erasing = False
        self._ink = QImage(DRAWING_SIZE_PX, DRAWING_SIZE_PX, QImage.Format.Format_Grayscale8)
        self._ink.fill(0)
        self._empty = True
        self._shown: QImage | None = None
        self._hint = True
        self._pen = QPointF(DRAWING_SIZE_PX / 2, DRAWING_SIZE_PX / 2)
        self._by_keys = False

    def ink(self) -> Any:
        """Return a copy of the drawing as (280, 280) uint8, 255 for full ink."""
        bits = np.frombuffer(self._ink.constBits(), np.uint8).reshape(DRAWING_SIZE_PX, self._ink.bytesPerLine())
        return bits[:, :DRAWING_SIZE_PX].copy()

    def clear(self) -> None:
        """Erase everything."""
        self._ink.fill(0)
        self._empty = True
        self._shown, self._hint = None, True
        self.update()
        self.inked.emit(self.ink())

    def showImage(self, image: Any) -> None:
        """Show a (28, 28) image; the next stroke of the pen starts a new drawing, the eraser edits the image."""
        self._shown, self._hint = grey_image(image), False
        self._ink.fill(0)
        self._empty = True
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the drawing."""
        return QSize(DRAWING_SIZE_PX, DRAWING_SIZE_PX)

    def stroke(self, begin: QPointF, end: QPointF) -> None:
        """Draw from one point to another, in pixels of the drawing."""
        if self._shown is not None:
            self._replace_image()
        painter = QPainter(self._ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(0, 0, 0) if self.is_erasing else QColor(255, 255, 255)
        width = self.brush * (1.6 if self.is_erasing else 1.0)
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        if begin == end:
            painter.drawPoint(begin)
        else:
            painter.drawLine(QLineF(begin, end))
        painter.end()
        needs_full_update = self._hint or self._empty
        self._empty, self._hint = False, False
        self._pen = end
        if needs_full_update or self._by_keys:
            self.update()
        else:
            box, scale = self._box(), self._box().width() / DRAWING_SIZE_PX
            changed = QRectF(begin, end).normalized().adjusted(-width, -width, width, width)
            self.update(QRectF(box.topLeft() + changed.topLeft() * scale, changed.size() * scale).toAlignedRect())
        self.inked.emit(self.ink())

    def _replace_image(self) -> None:
        """Copy the image into the drawing before erasing; otherwise start with an empty drawing."""
        if self.is_erasing and self._shown is not None:
            painter = QPainter(self._ink)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(0, 0, DRAWING_SIZE_PX, DRAWING_SIZE_PX), self._shown)
            painter.end()
        self._shown = None

    # -- mouse and keyboard -----------------------------------------------------------------------

    def _box(self) -> QRectF:
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _to_drawing(self, position: QPointF) -> QPointF:
        box = self._box()
        return (position - box.topLeft()) * (DRAWING_SIZE_PX / max(box.width(), 1.0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._by_keys = False
            point = self._to_drawing(event.position())
            self.stroke(point, point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the stroke while the button is held."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.stroke(self._pen, self._to_drawing(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pen with the arrow keys, and draw while Shift is held."""
        keys = Qt.Key
        by = {keys.Key_Left: (-1, 0), keys.Key_Right: (1, 0), keys.Key_Up: (0, -1), keys.Key_Down: (0, 1)}
        step = by.get(Qt.Key(event.key()))
        if step is None:
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.clear()
            else:
                event.ignore()
            return
        self._by_keys = True
        wanted = self._pen + QPointF(*step) * 10
        target = QPointF(min(max(wanted.x(), 0.0), DRAWING_SIZE_PX), min(max(wanted.y(), 0.0), DRAWING_SIZE_PX))
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.stroke(self._pen, target)
        self._pen = target
        self.update()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the drawing, on black in both themes as the images of the data are."""
        box = self._box()
        painter.fillRect(box, Qt.GlobalColor.black)
        if self._shown is not None:
            painter.drawImage(box, self._shown)
        elif not self._empty:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, self._ink)
        if self._hint:
            painter.setFont(font(SANS, max(11.0, box.width() * 0.058)))
            painter.setPen(QColor("#9aa0aa"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "Draw a digit here")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.value if self.hasFocus() else theme.border, 2 if self.hasFocus() else 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.hasFocus() and self._by_keys:
            centre = box.topLeft() + self._pen * (box.width() / DRAWING_SIZE_PX)
            painter.setPen(QPen(theme.gradient, 2))
            painter.drawEllipse(centre, 5.0, 5.0)
