"""The saliency map: the gradient of a class's probability with respect to the pixels of the image."""

from typing import Any

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.core.number_format import format_full
from explorer.views.painting.diverging_colours import colour_limit, diverging_image, paint_outline
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget


class SaliencyView(PaintedWidget):
    """Shows a (28, 28) gradient in diverging colours with the outline of the image."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gradientView")
        self.setAccessibleName("Gradient of the chosen output with respect to each pixel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.gradient: Any = None
        self._image: Any = None
        self._missing = ""

    def setGradient(self, gradient: Any, image: Any, missing: str = "not yet") -> None:
        """Show a gradient and the outline of its image, or what is said where it is None."""
        self.gradient, self._image, self._missing = gradient, image, missing
        self.update()

    def sizeHint(self) -> QSize:
        """Return seven pixels for each pixel of the image."""
        return QSize(196, 196)

    def minimumSizeHint(self) -> QSize:
        """Return three pixels for each pixel of the image."""
        return QSize(84, 84)

    def _box(self) -> QRectF:
        side = min(self.width(), self.height()) - 1
        return QRectF((self.width() - side) / 2, 0.5, side, side)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the gradient and the outline."""
        box = self._box()
        painter.fillRect(box, theme.raised)
        if self.gradient is None:
            painter.setPen(theme.muted)
            painter.setFont(font(SANS, 12))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._missing)
        else:
            painter.drawImage(box, diverging_image(self.gradient, colour_limit(self.gradient), theme))
            colour = QColor(theme.text)
            colour.setAlphaF(0.75)
            paint_outline(painter, self._image, box, QPen(colour, 1.2))
        painter.setPen(theme.border)
        painter.drawRect(box)

    def event(self, event: QEvent) -> bool:
        """Show the number under the mouse as a tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.gradient is not None:
            box = self._box()
            column = int((event.pos().x() - box.left()) // (box.width() / 28))
            row = int((event.pos().y() - box.top()) // (box.height() / 28))
            if 0 <= row < 28 and 0 <= column < 28:
                text = f"row {row}, column {column}: {format_full(self.gradient[row, column])}"
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)
