"""The ten classes, one per row, with their mean image and the number of their images."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.views.painting.array_images import grey_image
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

GAP_PX = 8.0


class ClassCounts(PaintedWidget):
    """Shows a row for all images and one for each class; a click or a key selects one (None for all)."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("digitCounts")
        self.setAccessibleName("Which digit to show: the arrow keys, a digit's own key, or A for all")
        self.setToolTip("The mean image of each digit and how many there are. Choose one to see it alone")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setScale(1.0)
        self.counts: list[int] = []
        self.classes: list[str] = []
        self.digit: int | None = None
        self._means: list[QImage] = []

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts and of the minimum height."""
        super().setScale(scale)
        self.setMinimumHeight(round(11 * 18 * scale))

    def setCounts(self, counts: Sequence[int], classes: Sequence[str], means: Any) -> None:
        """Show the number of images of each class, and the mean images of the classes, (10, 28, 28) uint8."""
        self.counts, self.classes = list(counts), list(classes)
        self._means = [grey_image(mean) for mean in means]
        self.update()

    def setDigit(self, digit: int | None) -> None:
        """Mark the selected class."""
        if digit != self.digit:
            self.digit = digit
            self.update()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the rows."""
        if not self.counts:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self.height() / 11
        pixels = min(13.5 * self._scale, height * 0.62)
        names, numbers = font(SANS, pixels, bold=True), font(SANS, pixels)
        name_width = max(QFontMetricsF(names).horizontalAdvance(name) for name in [*self.classes, "all"])
        count_width = QFontMetricsF(numbers).horizontalAdvance(f"{max(sum(self.counts), 1):,}")
        bar_left = GAP_PX + name_width + GAP_PX + height + GAP_PX
        max_bar_length = max(self.width() - bar_left - count_width - 2 * GAP_PX, 1.0)
        for row in range(11):
            box = QRectF(0, row * height, self.width(), height)
            digit = row - 1 if row else None
            self._paint_selection(painter, box, digit == self.digit, theme)
            painter.setFont(names)
            painter.setPen(theme.text)
            left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(box.adjusted(GAP_PX, 0, 0, 0), left, "all" if digit is None else self.classes[digit])
            painter.setFont(numbers)
            if digit is None:
                right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.setPen(theme.muted)
                painter.drawText(box.adjusted(0, 0, -GAP_PX, 0), right, f"{sum(self.counts):,} images")
                continue
            side = height - 3
            painter.drawImage(QRectF(GAP_PX + name_width + GAP_PX, box.top() + 1.5, side, side), self._means[digit])
            length = max_bar_length * self.counts[digit] / max(*self.counts, 1)
            self._paint_bar(
                painter, QRectF(bar_left, box.center().y() - height * 0.22, length, height * 0.44), theme.value
            )
            painter.setPen(theme.text)
            painter.drawText(box.adjusted(bar_left + length + GAP_PX, 0, 0, 0), left, f"{self.counts[digit]:,}")

    def _paint_bar(self, painter: QPainter, box: QRectF, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(box, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_selection(self, painter: QPainter, box: QRectF, is_selected: bool, theme: Theme) -> None:
        if not is_selected:
            return
        has_focus = self.hasFocus()
        painter.setPen(QPen(theme.value if has_focus else theme.border, 1.5 if has_focus else 1))
        painter.setBrush(theme.value_soft)
        painter.drawRoundedRect(box.adjusted(1, 0.5, -1, -0.5), 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _row_at(self, y: float) -> int:
        return min(10, max(0, int(y * 11 / max(self.height(), 1))))

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a class and the number of its images."""
        if not self.counts:
            return None
        row = self._row_at(point.y())
        name, count = (self.classes[row - 1], self.counts[row - 1]) if row else ("all", sum(self.counts))
        return "bar", f"{name}: {count:,} images"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the clicked row."""
        row = self._row_at(event.position().y())
        self.chosen.emit(row - 1 if row else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select a neighbour, a digit by its key, or all images by A."""
        keys = Qt.Key
        row = 0 if self.digit is None else self.digit + 1
        key, text = event.key(), event.text()
        if key in (keys.Key_Up, keys.Key_Down):
            row = min(10, max(0, row + (1 if key == keys.Key_Down else -1)))
        elif key in (keys.Key_Home, keys.Key_End):
            row = 0 if key == keys.Key_Home else 10
        elif text.isdecimal() and text.isascii():
            row = int(text) + 1
        elif text in ("a", "A"):
            row = 0
        else:
            event.ignore()
            return
        self.chosen.emit(row - 1 if row else None)
