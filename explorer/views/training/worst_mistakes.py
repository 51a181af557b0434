"""The validation images with the largest losses, with true and predicted classes."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.views.painting.array_images import grey_image
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

COLUMNS = 6
ROWS = 2

COLUMNS_WITH_NAMES = 4
"""Number of columns where classes have names, which need more room."""


class WorstMistakes(PaintedWidget):
    """Shows up to twelve images. shown: pairs of the true and the predicted class, the largest loss first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mistakesView")
        self.setAccessibleName("The validation images with the largest losses")
        self.setToolTip(
            "The largest losses among the validation images: the true digit and the prediction of the network"
        )
        self.setMinimumSize(200, 84)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.shown: list[tuple[int, int]] = []
        self.classes: list[str] = list(DIGIT_CLASSES)
        self._images: list[QImage] = []

    def setMistakes(self, mistakes: Mapping[str, Any] | None) -> None:
        """Show the mistakes of an epoch, or nothing for None."""
        found = {"images": [], "labels": [], "predictions": []} if mistakes is None else mistakes
        self._images = [grey_image(image) for image in found["images"]]
        self.shown = [(int(a), int(b)) for a, b in zip(found["labels"], found["predictions"], strict=True)]
        self.classes = list(found.get("classes", DIGIT_CLASSES))
        self.update()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the images, each with its true and predicted digit."""
        if tuple(self.classes) != DIGIT_CLASSES:
            self._paint_named(painter, theme)
            return
        width, height = self.width() / COLUMNS, self.height() / ROWS
        side = min(width - 6, height * 0.74)
        size = max(9.0, min(side * 0.3, height * 0.2))
        plain, bold = font(SANS, size), font(SANS, size, bold=True)
        for index, image in enumerate(self._images):
            row, column = divmod(index, COLUMNS)
            box = QRectF(column * width + (width - side) / 2, row * height, side, side)
            painter.drawImage(box, image)
            truth, predicted = self.shown[index]
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
                str(predicted),
            )

    def _paint_named(self, painter: QPainter, theme: Theme) -> None:
        """Paint fewer images, with the names of the true and the predicted class in two lines."""
        width, height = self.width() / COLUMNS_WITH_NAMES, self.height() / ROWS
        size = max(9.0, min(width * 0.15, height * 0.16))
        line = size * 1.3
        side = min(width - 6, height - 2 * line - 2)
        for index, image in enumerate(self._images[: COLUMNS_WITH_NAMES * ROWS]):
            row, column = divmod(index, COLUMNS_WITH_NAMES)
            box = QRectF(column * width + (width - side) / 2, row * height, side, side)
            painter.drawImage(box, image)
            truth, predicted = self.shown[index]
            for below, (text, colour) in enumerate(
                ((self.classes[truth], theme.muted), (f"as {self.classes[predicted]}", theme.gradient))
            ):
                painter.setFont(font(SANS, size, bold=below == 1))
                painter.setPen(colour)
                area = QRectF(column * width, box.bottom() + below * line, width, line)
                elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, elided)
