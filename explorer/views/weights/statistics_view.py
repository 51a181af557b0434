"""Statistics and histogram of each array of a layer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.number_format import format_number
from explorer.core.weights.weight_text import array_text
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.diverging_colours import diverging_colour
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.painted_widget import PaintedWidget

ROWS = (("min", "max"), ("mean", "std"), ("norm", "zeros"), ("count", "nan"))

LABELS = {
    "min": ("min", "The smallest number"),
    "max": ("max", "The largest number"),
    "mean": ("mean", "The mean of all numbers"),
    "std": ("std", "How far they are spread: the standard deviation"),
    "norm": ("norm", "The square root of the sum of the squares"),
    "zeros": ("zeros", "How many are exactly 0"),
    "count": ("count", "How many numbers there are"),
    "nan": ("NaN", "How many are NaN or infinite"),
}


class Histogram(PaintedWidget):
    """How many weights have which value, around 0. counts: (bins,), edges: (bins + 1,)."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"histogram_{name}")
        self.setAccessibleName(f"Histogram of {name}")
        self.setToolTip("How many weights have which value; 0 is in the middle")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.counts: Any = np.zeros(0)
        self.edges: Any = np.zeros(0)
        self.setScale(1.0)

    def setHistogram(self, histogram: Mapping[str, Any]) -> None:
        """Show another one."""
        self.counts, self.edges = np.asarray(histogram["counts"]), np.asarray(histogram["edges"])
        self.update()

    def setScale(self, scale: float) -> None:
        """Scale the texts."""
        self._scale = scale
        self.setFixedHeight(round(84 * scale))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint bars in the colours of their values."""
        if not len(self.counts):
            return
        painter.setFont(font(SANS, 11 * self._scale))
        line = painter.fontMetrics().height()
        room = QRectF(1, 4, self.width() - 2, self.height() - line - 6)
        wide, most = room.width() / len(self.counts), max(int(self.counts.max()), 1)
        limit = float(self.edges[-1]) or 1.0
        for place, count in enumerate(self.counts.tolist()):
            middle = float(self.edges[place] + self.edges[place + 1]) / 2
            high = room.height() * count / most
            colour = (
                theme.faint
                if abs(middle) < 0.3 * limit / len(self.counts)
                else diverging_colour(theme, 1.0 if middle > 0 else -1.0)  # in full: a pale bar could not be seen
            )
            box = QRectF(room.left() + place * wide, room.bottom() - high, max(wide - 1, 1), high)
            painter.fillRect(box, colour)
        painter.setPen(QPen(theme.muted, 1))
        painter.drawLine(QPointF(room.left(), room.bottom()), QPointF(room.right(), room.bottom()))
        below = QRectF(0, room.bottom() + 1, self.width(), line)
        ends = (format_number(-limit, 2), "0", format_number(limit, 2))
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        for text, side in zip(ends, sides, strict=True):
            painter.drawText(below, side, text)


class _ArrayStatistics(QWidget):
    """What is said about one array."""

    def __init__(self, array: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = str(array["name"])
        self.setObjectName(f"statistics_{name}")
        self.setProperty("clear", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(4)
        head = make_label("heading", text=name)
        shape = QLabel(f"{array_text(array['kind'], array['shape'])}  ·  shape {tuple(array['shape'])}")
        shape.setProperty("role", "muted")
        shape.setWordWrap(True)
        self.histogram = Histogram(name)
        column.addWidget(head)
        column.addWidget(shape)
        column.addWidget(self.histogram)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        self.labels: dict[str, QLabel] = {}
        for row, keys in enumerate(ROWS):
            for place, key in enumerate(keys):
                title, tip = LABELS[key]
                said = make_label("muted", text=title)
                self.labels[key] = make_label("", f"{name}_{key}")
                for label in (said, self.labels[key]):
                    label.setToolTip(tip)
                self.labels[key].setAlignment(Qt.AlignmentFlag.AlignRight)
                grid.addWidget(said, row, 3 * place)
                grid.addWidget(self.labels[key], row, 3 * place + 1)
        grid.setColumnMinimumWidth(2, 10)
        for value_column in (1, 4):
            grid.setColumnStretch(value_column, 1)
        column.addLayout(grid)
        self.show_array(array)

    def show_array(self, array: Mapping[str, Any]) -> None:
        self.histogram.setHistogram(array["histogram"])
        for key, label in self.labels.items():
            value = array["summary"].get(key)
            whole = key in ("zeros", "count", "nan")
            label.setText("–" if value is None else f"{int(value):,}" if whole else format_number(value, 3))


class StatisticsView(QScrollArea):
    """A block for each array of the layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weightStatistics")
        self.setAccessibleName("Statistics of the layer's weights")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("clear", True)
        self.viewport().setProperty("clear", True)
        self._inner = QWidget()
        self._inner.setProperty("clear", True)
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)
        self._column.addStretch(1)
        self.setWidget(self._inner)
        self._blocks: dict[str, _ArrayStatistics] = {}
        self._of: Any = None
        self._theme: Theme | None = None
        self._scale = 1.0

    def setArrays(self, layer: str, arrays: Sequence[Mapping[str, Any]]) -> None:
        """Show what is said about these arrays."""
        of = (layer, [(array["name"], array["kind"], tuple(array["shape"])) for array in arrays])
        if of != self._of:
            self._of = of
            for block in self._blocks.values():
                block.hide()
                block.deleteLater()
            self._blocks = {str(array["name"]): _ArrayStatistics(array) for array in arrays}
            for place, block in enumerate(self._blocks.values()):
                self._column.insertWidget(place, block)
            self._dress()
        for array in arrays:
            self._blocks[str(array["name"])].show_array(array)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._dress()

    def setScale(self, scale: float) -> None:
        """Scale the histograms."""
        self._scale = scale
        self._dress()

    def _dress(self) -> None:
        for block in self._blocks.values():
            block.histogram.setScale(self._scale)
            if self._theme is not None:
                block.histogram.setTheme(self._theme)
