"""The statistics and the histogram of each array of a layer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.number_format import format_number
from explorer.core.weights.weight_text import array_text
from explorer.views.painting.diverging_colours import diverging_colour
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.flow_row import FlowRow
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
    """Shows a histogram around 0. counts: (bins,), edges: (bins + 1,)."""

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
        """Show a histogram with ``counts`` and ``edges``."""
        self.counts, self.edges = np.asarray(histogram["counts"]), np.asarray(histogram["edges"])
        self.update()

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._scale = scale
        self.setFixedHeight(round(84 * scale))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the bars in the colours of their values."""
        if not len(self.counts):
            return
        painter.setFont(font(SANS, 11 * self._scale))
        line = painter.fontMetrics().height()
        area = QRectF(1, 4, self.width() - 2, self.height() - line - 6)
        bar_width, largest = area.width() / len(self.counts), max(int(self.counts.max()), 1)
        limit = float(self.edges[-1]) or 1.0
        for index, count in enumerate(self.counts.tolist()):
            middle = float(self.edges[index] + self.edges[index + 1]) / 2
            height = area.height() * count / largest
            is_zero = abs(middle) < 0.3 * limit / len(self.counts)
            # At full strength, because a pale bar would be invisible.
            colour = theme.faint if is_zero else diverging_colour(theme, 1.0 if middle > 0 else -1.0)
            box = QRectF(area.left() + index * bar_width, area.bottom() - height, max(bar_width - 1, 1), height)
            painter.fillRect(box, colour)
        painter.setPen(QPen(theme.muted, 1))
        painter.drawLine(QPointF(area.left(), area.bottom()), QPointF(area.right(), area.bottom()))
        below = QRectF(0, area.bottom() + 1, self.width(), line)
        ends = (format_number(-limit, 2), "0", format_number(limit, 2))
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        widest = painter.fontMetrics().horizontalAdvance(ends[0])
        for text, side in zip(ends, sides, strict=True):
            if text != "0" or 2 * widest + 3 * line < self.width():
                painter.drawText(below, side, text)


class _ArrayStatistics(QWidget):
    """The statistics of one array."""

    def __init__(self, array: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = str(array["name"])
        self.setObjectName(f"statistics_{name}")
        self.setProperty("clear", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(4)
        head = make_label("heading", text=name.replace("/", "/\u200b"), wraps=True)  # a place where a line may break
        shape = QLabel(f"{array_text(array['kind'], array['shape'], array['gates'])}  ·  shape {tuple(array['shape'])}")
        shape.setProperty("role", "muted")
        shape.setWordWrap(True)
        self.histogram = Histogram(name)
        column.addWidget(head)
        column.addWidget(shape)
        column.addWidget(self.histogram)
        self.labels: dict[str, QLabel] = {}
        for keys in ROWS:
            row = FlowRow()
            row.setSpacing(14)
            for key in keys:
                row.addWidget(self._build_number(name, key), 1)
            column.addLayout(row)
        self.show_array(array)

    def _build_number(self, array: str, key: str) -> QWidget:
        """Return the name of a number and the number; two of them stand below each other where they are too wide."""
        title, tip = LABELS[key]
        pair = QWidget()
        pair.setProperty("clear", True)
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(make_label("muted", text=title))
        self.labels[key] = make_label("", f"{array}_{key}")
        self.labels[key].setAlignment(Qt.AlignmentFlag.AlignRight)
        row.addWidget(self.labels[key], 1)
        pair.setToolTip(tip)
        return pair

    def show_array(self, array: Mapping[str, Any], is_count_covered: bool = False) -> None:
        self.histogram.setHistogram(array["histogram"])
        for key, label in self.labels.items():
            value = array["summary"].get(key)
            is_integer = key in ("zeros", "count", "nan")
            if is_count_covered and key == "count":
                label.setText("?")
            else:
                label.setText("–" if value is None else f"{int(value):,}" if is_integer else format_number(value, 3))


class StatisticsView(QScrollArea):
    """Shows the statistics of all arrays of a layer."""

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
        self._shown_arrays: Any = None
        self._arrays: Sequence[Mapping[str, Any]] = ()
        self._is_covered = False
        self._theme: Theme | None = None
        self._scale = 1.0

    def setArrays(self, layer: str, arrays: Sequence[Mapping[str, Any]]) -> None:
        """Show the statistics of arrays; blocks are reused while names, kinds and shapes stay the same."""
        identity = (layer, [(array["name"], array["kind"], tuple(array["shape"])) for array in arrays])
        if identity != self._shown_arrays:
            self._shown_arrays = identity
            for block in self._blocks.values():
                block.hide()
                block.deleteLater()
            self._blocks = {str(array["name"]): _ArrayStatistics(array) for array in arrays}
            for place, block in enumerate(self._blocks.values()):
                self._column.insertWidget(place, block)
            self._apply_style()
        self._arrays = arrays
        for array in arrays:
            self._blocks[str(array["name"])].show_array(array, self._is_covered)

    def setCountsCovered(self, covered: bool) -> None:
        """Cover how many numbers there are, or show it."""
        self._is_covered = covered
        for array in self._arrays:
            self._blocks[str(array["name"])].show_array(array, covered)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._apply_style()

    def setScale(self, scale: float) -> None:
        """Set the scale of the histograms."""
        self._scale = scale
        self._apply_style()

    def _apply_style(self) -> None:
        for block in self._blocks.values():
            block.histogram.setScale(self._scale)
            if self._theme is not None:
                block.histogram.setTheme(self._theme)
