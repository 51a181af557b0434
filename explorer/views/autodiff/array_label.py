"""Labels that write a vector or a matrix in brackets."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from explorer.core.autodiff.matrix_text import Cells
from explorer.session.autodiff.step_numbers import ProductPart
from explorer.views.painting.value_painting import cells_size, paint_cells
from explorer.views.theme.stylesheet import set_role

MIN_SHARE = 0.6
"""Smallest share of its size at which a wide matrix is painted."""


class ArrayLabel(QLabel):
    """A label whose text may stand for a matrix, which is painted instead of it."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: Cells = ()

    def setArray(self, text: str, cells: Cells) -> None:
        """Set the text, and the numbers to be painted instead; () for none."""
        if cells != self.cells:
            self.cells = cells
            self.updateGeometry()
            self.update()
        if self.text() != text:
            self.setText(text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        """Return the size of the matrix, or of the text."""
        if not self.cells:
            return super().sizeHint()
        self.ensurePolished()
        size = cells_size(self.cells, self.font())
        return QSize(round(size.width()) + 2, round(size.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the matrix at its smallest scale, or of the text."""
        if not self.cells:
            return super().minimumSizeHint()
        return QSize(round(MIN_SHARE * self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the matrix, or the text."""
        if not self.cells:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.palette().color(self.foregroundRole())
        is_right = bool(self.alignment() & Qt.AlignmentFlag.AlignRight)
        paint_cells(painter, QRectF(self.rect()), self.cells, self.font(), colour, right=is_right)
        painter.end()


class ProductRow(QWidget):
    """Numbers and matrices side by side: ``= A B = C``."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("clear", True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(5)
        self._row.addStretch(1)
        self.labels: list[ArrayLabel] = []
        self.parts: tuple[ProductPart, ...] = ()

    def setParts(self, parts: Sequence[ProductPart]) -> None:
        """Show parts, or nothing; labels are reused, so that a slider changes only their texts."""
        self.parts = tuple(parts)
        while len(self.labels) < len(parts):
            label = ArrayLabel()
            label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            self._row.insertWidget(len(self.labels), label)
            self.labels.append(label)
        for label, part in zip(self.labels, parts, strict=False):
            set_role(label, part.role)
            label.setArray(part.number.text, part.number.cells)
            label.setToolTip(part.number.tooltip)
            label.show()
        for label in self.labels[len(parts) :]:
            label.hide()
        self.setVisible(bool(parts))
