"""The gradient norms of the layers as bars."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.number_format import format_number
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

LINE_HEIGHT_PX = 22
"""Height of a line at scale 1."""


class GradientNorms(PaintedWidget):
    """Shows a bar and a number for each layer, on one scale. norms: layer to norm, in the order of the layers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("normsView")
        self.setAccessibleName("Gradient norm of each layer in the latest step")
        self.setToolTip("Norm of the gradient of each layer's weights, in the latest step")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.norms: dict[str, float] = {}

    def setNorms(self, norms: Mapping[str, float]) -> None:
        """Show the norms of the layers."""
        if len(norms) != len(self.norms):
            self.updateGeometry()
        self.norms = dict(norms)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size for one line per layer."""
        return QSize(160, round(LINE_HEIGHT_PX * self._scale * max(len(self.norms), 1)))

    minimumSizeHint = sizeHint

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the bars."""
        if not self.norms:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(SANS, 12 * self._scale))
        line = self.height() / len(self.norms)
        finite = [norm for norm in self.norms.values() if norm < float("inf")]
        longest = max(finite, default=0.0) or 1.0
        name_width, number_width = self.width() * 0.36, 58 * self._scale
        max_length = max(8.0, self.width() - name_width - number_width - 8)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for row, (name, norm) in enumerate(self.norms.items()):
            top = row * line
            painter.setPen(theme.muted)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(name_width - 6))
            painter.drawText(QRectF(0, top, name_width, line), align, shown)
            length = max_length * norm / longest if norm in finite else max_length
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.gradient)
            painter.drawRoundedRect(QRectF(name_width, top + line * 0.28, max(length, 2), line * 0.44), 4, 4)
            painter.setPen(theme.text)
            painter.drawText(QRectF(name_width + length + 8, top, number_width, line), align, format_number(norm, 3))
