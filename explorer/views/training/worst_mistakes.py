"""The images that a network got most wrong, as pictures, each with what it was and what was said."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.array_images import grey_image
from explorer.views.widgets.painted_widget import PaintedWidget

COLUMNS = 6
ROWS = 2

COLUMNS_WITH_NAMES = 4
"""Of images whose classes have names, which need the room."""


class WorstMistakes(PaintedWidget):
    """Up to twelve images. shown: pairs of the true and the guessed digit, the worst first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mistakesView")
        self.setAccessibleName("The validation images that were most wrongly guessed")
        self.setToolTip("The largest losses among the validation images: the true digit, and what the network said")
        self.setMinimumSize(200, 84)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.shown: list[tuple[int, int]] = []
        self.classes: list[str] = list(DIGIT_CLASSES)
        self._images: list[QImage] = []

    def setMistakes(self, mistakes: Mapping[str, Any] | None) -> None:
        """Show what came with an epoch, or nothing for None."""
        told = {"images": [], "truth": [], "said": []} if mistakes is None else mistakes
        self._images = [grey_image(image) for image in told["images"]]
        self.shown = [(int(a), int(b)) for a, b in zip(told["truth"], told["said"], strict=True)]
        self.classes = list(told.get("classes", DIGIT_CLASSES))
        self.update()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint them."""
        if tuple(self.classes) != DIGIT_CLASSES:
            self._paint_named(painter, theme)
            return
        width, height = self.width() / COLUMNS, self.height() / ROWS
        side = min(width - 6, height * 0.74)
        size = max(9.0, min(side * 0.3, height * 0.2))
        plain, bold = font(SANS, size), font(SANS, size, bold=True)
        for place, image in enumerate(self._images):
            row, column = divmod(place, COLUMNS)
            box = QRectF(column * width + (width - side) / 2, row * height, side, side)
            painter.drawImage(box, image)
            truth, said = self.shown[place]
            below = QRectF(column * width, box.bottom(), width, height - side)
            half = below.width() / 2
            painter.setFont(plain)
            painter.setPen(theme.muted)
            painter.drawText(
                QRectF(below.x(), below.y(), half + size * 0.7, below.height()),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
                f"{truth} as ",
            )
            painter.setFont(bold)
            painter.setPen(theme.gradient)
            painter.drawText(
                QRectF(below.x() + half + size * 0.7, below.y(), half, below.height()),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop,
                str(said),
            )

    def _paint_named(self, painter: QPainter, theme: Theme) -> None:
        """Paint fewer, with the names of their classes below each other."""
        width, height = self.width() / COLUMNS_WITH_NAMES, self.height() / ROWS
        size = max(9.0, min(width * 0.15, height * 0.16))
        line = size * 1.3
        side = min(width - 6, height - 2 * line - 2)
        for place, image in enumerate(self._images[: COLUMNS_WITH_NAMES * ROWS]):
            row, column = divmod(place, COLUMNS_WITH_NAMES)
            box = QRectF(column * width + (width - side) / 2, row * height, side, side)
            painter.drawImage(box, image)
            truth, said = self.shown[place]
            for below, (text, colour) in enumerate(
                ((self.classes[truth], theme.muted), (f"as {self.classes[said]}", theme.gradient))
            ):
                painter.setFont(font(SANS, size, bold=below == 1))
                painter.setPen(colour)
                room = QRectF(column * width, box.bottom() + below * line, width, line)
                words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
