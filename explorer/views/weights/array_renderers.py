"""Renderers of weight arrays: as tiles, as a heat map, as bars; they map weights to positions and back."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from explorer.core.number_format import format_number
from explorer.views.painting.diverging_colours import colour_limits, diverging_image
from explorer.views.theme.theme import SANS, Theme, font

MAX_SMOOTH_CELL_PX = 3.0
"""Largest cell that is drawn with smoothing; smaller cells would be squares of uneven size."""

MAX_LARGE_TILES = 16
"""Number of tiles up to which each has large labels, and is never shown with less than two pixels for each weight."""

MIN_TILE_PX = 20
"""Smallest side of a tile."""

MIN_MAP_HEIGHT_PX, MIN_BARS_HEIGHT_PX = 60, 26
"""Smallest height of a heat map and of bars, without axes and names, at scale 1."""

AXIS_FONT_PX = 11.5
"""Size of the numbers on axes at scale 1."""

CENTRED, ELIDED = Qt.AlignmentFlag.AlignCenter, Qt.TextElideMode.ElideRight
Index = tuple[int, ...]


def _tile_margins(count: int, scale: float) -> tuple[float, float]:
    """Return the space between tiles and the height of their labels, in pixels."""
    label = (20 if count <= MAX_LARGE_TILES else 14) * scale if count <= 64 else 0.0
    return (4 if count > 40 else 8) * scale, label


def largest_magnitude(array: Mapping[str, Any]) -> float:
    """Return the largest magnitude of an array in the engine's reply."""
    return max(abs(float(array["summary"].get(end, 0.0))) for end in ("min", "max"))


class ArrayRenderer(ABC):
    """Renders one array of the engine's reply.

    A cell is a flat index into ``values``, which may be a selection; an index belongs to the complete array.
    limit: magnitude with the strongest colour. own: whether each tile or row has a limit of its own. dead: dead units.
    """

    def __init__(self, array: Mapping[str, Any], own: bool) -> None:
        self.name = str(array["name"])
        self.shape: Index = tuple(array["shape"])
        self.values = np.asarray(array["values"])
        self.summary: Mapping[str, Any] = array["summary"]
        self.own = own
        self.dead: frozenset[int] = frozenset()
        self.box = QRectF()
        self._indices = array.get("indices")
        self._array = array
        self._scale = 1.0
        self._image: QImage | None = None
        self._theme: Theme | None = None
        self.limit = largest_magnitude(array) or 1.0
        self.gates: list[str] = array.get("gates", [])

    @property
    def unit_count(self) -> int:
        """Number of units, each of which has a part of the last axis for each gate."""
        return self.shape[-1] // max(len(self.gates), 1) if self.shape else 1

    def place(self, box: QRectF, scale: float) -> None:
        """Lay out the array in ``box``."""
        self.box, self._scale = box, scale

    @abstractmethod
    def needed_height(self, width: float, scale: float) -> float:
        """Return the height in which the array can still be read, for a width; both in pixels."""

    @abstractmethod
    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the array."""

    @abstractmethod
    def cell_at(self, x: float, y: float) -> int | None:
        """Return the cell at a point, or None."""

    @abstractmethod
    def rect(self, cell: int) -> QRectF:
        """Return the rectangle of a cell."""

    def index(self, cell: int) -> Index:
        """Return the index of the weight that a cell shows."""
        if self._indices is None:
            return self._index(cell)
        return tuple(
            int(position) for position in np.unravel_index(int(np.asarray(self._indices).flat[cell]), self.shape)
        )

    def cell_of(self, index: Index) -> int | None:
        """Return the cell that shows a weight, or None if it is not shown."""
        if len(index) != len(self.shape) or any(
            not 0 <= position < size for position, size in zip(index, self.shape, strict=True)
        ):
            return None
        if self._indices is None:
            return self._cell(index)
        found = np.flatnonzero(np.asarray(self._indices).ravel() == np.ravel_multi_index(index, self.shape))
        return int(found[0]) if len(found) else None

    def neighbour(self, cell: int, right: int, down: int) -> int:
        """Return the cell next to another one, or the same cell at an edge."""
        row, column = divmod(cell, self.values.shape[-1])
        row, column = row + down, column + right
        rows = self.values.size // self.values.shape[-1]
        is_inside = 0 <= column < self.values.shape[-1] and 0 <= row < rows
        return row * self.values.shape[-1] + column if is_inside else cell

    @property
    def is_thinned(self) -> bool:
        """Whether a cell represents a block of weights by its largest one."""
        return self._indices is not None

    @abstractmethod
    def _index(self, cell: int) -> Index: ...

    @abstractmethod
    def _cell(self, index: Index) -> int | None: ...

    def _cross_out(self, painter: QPainter, theme: Theme, box: QRectF) -> None:
        overlay = QColor(theme.panel)
        overlay.setAlphaF(0.55)
        painter.fillRect(box, overlay)
        painter.setPen(QPen(theme.text, max(1.5, 1.5 * self._scale)))
        painter.drawLine(box.topLeft(), box.bottomRight())
        painter.drawLine(box.topRight(), box.bottomLeft())


class FilterTiles(ArrayRenderer):
    """Renders (n, height, width) as n images: templates or filters."""

    def needed_height(self, width: float, scale: float) -> float:
        """Return the height of tiles with two pixels for each weight, or with one where there are many."""
        count, high, wide = self.values.shape
        cell = max(scale, 1.0) * 2 if count <= MAX_LARGE_TILES else 1.0
        cell = max(min(cell, width / wide), MIN_TILE_PX / wide)
        gap, label = _tile_margins(count, scale)
        columns = max(1, int((width + gap) // (wide * cell + gap)))
        return float(-(-count // columns) * (high * cell + gap + label))

    def place(self, box: QRectF, scale: float) -> None:
        """Lay out the tiles with the number of columns that makes them largest."""
        super().place(box, scale)
        count, high, wide = self.values.shape
        self._gap, self._label_height = _tile_margins(count, scale)
        best = (0.0, 1)
        for columns in range(1, count + 1):
            rows = -(-count // columns)
            across = (box.width() - self._gap * (columns - 1)) / columns / wide
            down = ((box.height() - self._gap * (rows - 1)) / rows - self._label_height) / high
            best = max(best, (min(across, down), -columns))
        self._cell_size = max(best[0], 0.5)
        if self._cell_size > MAX_SMOOTH_CELL_PX:
            self._cell_size = float(int(self._cell_size))
        self._columns = -best[1] if best[1] < 0 else 1
        rows = -(-count // self._columns)
        used_wide = self._columns * (wide * self._cell_size + self._gap) - self._gap
        used_high = rows * (high * self._cell_size + self._gap + self._label_height) - self._gap
        self._left = round(box.left() + max(0.0, (box.width() - used_wide) / 2))
        self._top = round(box.top() + max(0.0, (box.height() - used_high) / 2))

    def tile(self, number: int) -> QRectF:
        """Return the rectangle of a tile without its label."""
        _, high, wide = self.values.shape
        row, column = divmod(number, self._columns)
        x = self._left + column * (wide * self._cell_size + self._gap)
        y = self._top + row * (high * self._cell_size + self._gap + self._label_height) + self._label_height
        return QRectF(x, y, wide * self._cell_size, high * self._cell_size)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the tiles with their labels."""
        count, high, wide = self.values.shape
        if self._image is None or self._theme is not theme:
            limit = colour_limits(self.values) if self.own else self.limit
            coloured = self.values / limit
            self._image, self._theme = diverging_image(coloured.reshape(count * high, wide), 1.0, theme), theme
        smooth = self._cell_size <= MAX_SMOOTH_CELL_PX
        bad_tiles = np.flatnonzero(~np.isfinite(self.values).all(axis=(1, 2)))
        start = int(self._array.get("start", 0))
        painter.setFont(font(SANS, self._label_height * 0.8, bold=count <= MAX_LARGE_TILES))
        # If labels would overlap, only the first tile of each line gets one; frame and cross still mark NaN and dead.
        widest = painter.fontMetrics().horizontalAdvance(f"{start + count - 1} ")
        labels_overlap = widest > wide * self._cell_size + self._gap
        for number in range(count):
            box = self.tile(number)
            part = QRectF(0, number * high, wide, high)
            if smooth:  # copied, or smoothing would blend in the weights of the neighbour
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(box, self._image.copy(0, number * high, wide, high))
            else:
                painter.drawImage(box, self._image, part)
            if start + number in self.dead:
                self._cross_out(painter, theme, box)
            is_bad = number in bad_tiles
            painter.setPen(QPen(theme.error if is_bad else theme.border, 2 if is_bad else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
            if self._label_height and not (labels_overlap and number % self._columns):
                text = f"{start + number}"
                if not labels_overlap:
                    text += " NaN" if is_bad else " dead" if start + number in self.dead else ""
                painter.setPen(theme.error if is_bad else theme.text if count <= MAX_LARGE_TILES else theme.muted)
                head = QRectF(box.left() - 10, box.top() - self._label_height, box.width() + 20, self._label_height)
                painter.drawText(head, CENTRED, text)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)

    def cell_at(self, x: float, y: float) -> int | None:
        """Return the cell at a point, or None."""
        count, high, wide = self.values.shape
        for number in range(count):
            box = self.tile(number)
            if box.contains(x, y):
                row = min(int((y - box.top()) / self._cell_size), high - 1)
                column = min(int((x - box.left()) / self._cell_size), wide - 1)
                return int((number * high + row) * wide + column)
        return None

    def rect(self, cell: int) -> QRectF:
        """Return the rectangle of a cell."""
        number, row, column = (int(position) for position in np.unravel_index(cell, self.values.shape))
        box = self.tile(number)
        return QRectF(
            box.left() + column * self._cell_size,
            box.top() + row * self._cell_size,
            max(self._cell_size, 2),
            max(self._cell_size, 2),
        )

    def neighbour(self, cell: int, right: int, down: int) -> int:
        """Return the cell next to another one, across the edges of tiles."""
        count, high, wide = self.values.shape
        number, row, column = (int(position) for position in np.unravel_index(cell, self.values.shape))
        row, column = row + down, column + right
        number += (column >= wide) - (column < 0) + self._columns * ((row >= high) - (row < 0))
        return int(np.ravel_multi_index((number, row % high, column % wide), self.values.shape)) if (
            0 <= number < count
        ) else cell  # fmt: skip

    def _index(self, cell: int) -> Index:
        number, row, column = (int(position) for position in np.unravel_index(cell, self.values.shape))
        unit = number + int(self._array["start"])
        if len(self.shape) == 4:
            return row, column, int(self._array["channel"]), unit
        return row * self.values.shape[2] + column, unit

    def _cell(self, index: Index) -> int | None:
        number = index[-1] - int(self._array["start"])
        if not 0 <= number < len(self.values):
            return None
        if len(self.shape) == 4:
            row, column, channel, _ = index
            if channel != self._array["channel"]:
                return None
        else:
            row, column = divmod(index[0], self.values.shape[2])
        return int(np.ravel_multi_index((number, row, column), self.values.shape))


class HeatMap(ArrayRenderer):
    """Renders a matrix (units, inputs) as a heat map with axes."""

    def needed_height(self, width: float, scale: float) -> float:
        """Return the height of the axis below and of some rows, beside which the name of their axis has room."""
        letters = QFontMetricsF(font(SANS, AXIS_FONT_PX * scale))
        return 46 * scale + max(MIN_MAP_HEIGHT_PX * scale, letters.horizontalAdvance(self._unit_axis))

    @property
    def _unit_axis(self) -> str:
        """Name of the axis of units."""
        return f"{self.unit_count:,} units each" if self.gates else "unit"

    def place(self, box: QRectF, scale: float) -> None:
        """Lay out the map beside its axes."""
        super().place(box, scale)
        letters = QFontMetricsF(font(SANS, AXIS_FONT_PX * scale))
        widest = max(map(letters.horizontalAdvance, self.gates), default=0.0) + letters.height() + 14
        self._inner = box.adjusted(max(58 * scale, widest), 4 * scale, -6 * scale, -42 * scale)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the map and its axes."""
        rows = len(self.values)
        if self._image is None or self._theme is not theme:
            limit = colour_limits(self.values[:, np.newaxis])[:, 0] if self.own else self.limit
            self._image, self._theme = diverging_image(self.values, limit, theme), theme
        inner = self._inner
        painter.drawImage(inner, self._image)
        painter.setPen(QPen(theme.border, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(inner)
        high = inner.height() / rows
        units, inputs = self.shape[-1], int(np.prod(self.shape[:-1]))
        for unit in self.dead:
            for first in range(0, units, self.unit_count):
                row = (first + unit) * rows // units
                self._mark_dead(painter, theme, QRectF(inner.left(), inner.top() + row * high, inner.width(), high))
        painter.setFont(font(SANS, AXIS_FONT_PX * self._scale))
        painter.setPen(theme.muted)
        line = painter.fontMetrics().height()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if self.gates:
            marks = [((gate + 0.5) * self.unit_count, name) for gate, name in enumerate(self.gates)]
            self._paint_gate_lines(painter, theme)
        else:
            marks = [(unit + 0.5, f"{unit:,}") for unit in _ticks(units, inner.height(), 1.4 * line)]
        painter.setPen(theme.muted)
        for unit_place, text in marks:
            y = inner.top() + unit_place * inner.height() / units
            painter.drawText(
                QRectF(self.box.left(), y - line, inner.left() - self.box.left() - 7, 2 * line), right, text
            )
        for place in _ticks(inputs, inner.width(), 6 * line):
            x = inner.left() + (place + 0.5) * inner.width() / inputs
            painter.drawText(QRectF(x - 50, inner.bottom() + 3, 100, line), CENTRED, f"{place:,}")
        below = QRectF(self.box.left(), inner.bottom() + 3 + line, self.box.width(), line + 4)
        painter.setPen(theme.text)
        block = -(-inputs // self.values.shape[1]) * -(-units // rows)
        texts = [f"input · of each {block} weights the largest is drawn", f"input · the largest of {block}"]
        fitting = (text for text in texts if painter.fontMetrics().horizontalAdvance(text) <= below.width())
        painter.drawText(below, CENTRED, next(fitting, "input") if block > 1 else "input")
        painter.save()
        painter.translate(self.box.left() + line * 0.5, inner.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-inner.height() / 2, -line / 2, inner.height(), line), CENTRED, self._unit_axis)
        painter.restore()

    def _paint_gate_lines(self, painter: QPainter, theme: Theme) -> None:
        """Paint a line between the rows of two gates."""
        painter.setPen(QPen(theme.text, 1))
        for gate in range(1, len(self.gates)):
            y = self._inner.top() + gate * self._inner.height() / len(self.gates)
            painter.drawLine(QPointF(self._inner.left() - 6, y), QPointF(self._inner.right(), y))

    def _mark_dead(self, painter: QPainter, theme: Theme, row: QRectF) -> None:
        """Mark the row of a dead unit at its ends, because a cross would hide a row that is one pixel high."""
        overlay = QColor(theme.panel)
        overlay.setAlphaF(0.6)
        painter.fillRect(row, overlay)
        painter.setPen(QPen(theme.text, min(max(row.height() * 0.5, 1.0), 3.0)))
        y, reach = row.center().y(), 5 * self._scale
        painter.drawLine(QPointF(row.left() - reach, y), QPointF(row.left(), y))
        painter.drawLine(QPointF(row.right(), y), QPointF(row.right() + reach, y))

    def cell_at(self, x: float, y: float) -> int | None:
        """Return the cell at a point, or None."""
        rows, columns = self.values.shape
        if not self._inner.contains(x, y):
            return None
        row = min(int((y - self._inner.top()) / self._inner.height() * rows), rows - 1)
        column = min(int((x - self._inner.left()) / self._inner.width() * columns), columns - 1)
        return int(row * columns + column)

    def rect(self, cell: int) -> QRectF:
        """Return the rectangle of a cell."""
        rows, columns = self.values.shape
        row, column = divmod(cell, columns)
        wide, high = self._inner.width() / columns, self._inner.height() / rows
        return QRectF(self._inner.left() + column * wide, self._inner.top() + row * high, max(wide, 2), max(high, 2))

    def _index(self, cell: int) -> Index:
        row, column = divmod(cell, self.values.shape[1])
        return tuple(int(position) for position in np.unravel_index(column * self.shape[-1] + row, self.shape))

    def _cell(self, index: Index) -> int | None:
        flat = int(np.ravel_multi_index(index, self.shape))
        column, row = divmod(flat, self.shape[-1])
        return int(row * self.values.shape[1] + column)


class Bars(ArrayRenderer):
    """Renders a vector, such as a bias, as bars up or down from 0, on a scale of its own.

    axis_width: least width of the numbers at the left, in pixels, so that several vectors are aligned.
    """

    axis_width = 0.0

    def needed_height(self, width: float, scale: float) -> float:
        """Return the height of the name, of bars that can be told apart, and of their numbers."""
        return (25 + MIN_BARS_HEIGHT_PX + 16) * scale

    def place(self, box: QRectF, scale: float) -> None:
        """Lay out the bars beside their name and scale."""
        super().place(box, scale)
        left = max(self.axis_width, self.needed_axis_width(scale))
        self._inner = box.adjusted(left, 25 * scale, -6 * scale, -16 * scale)

    def needed_axis_width(self, scale: float) -> float:
        """Return the width of the numbers at the left, in pixels."""
        letters = QFontMetricsF(font(SANS, AXIS_FONT_PX * scale))
        widest = max(letters.horizontalAdvance(format_number(end, 2)) for end in (self.limit, -self.limit))
        return max(58 * scale, widest + 12)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the bars."""
        inner, count = self._inner, len(self.values)
        painter.setFont(font(SANS, 12.5 * self._scale, bold=True))
        painter.setPen(theme.text)
        line = painter.fontMetrics().height()
        name = self.name
        if self.is_thinned:
            name += f", of each {-(-self.shape[0] // count)} the largest"
        painter.drawText(QPointF(self.box.left(), self.box.top() + line * 0.8), name)
        painter.setFont(font(SANS, AXIS_FONT_PX * self._scale))
        painter.setPen(theme.muted)
        limit = self.limit
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for number, y in ((limit, inner.top()), (0.0, inner.center().y()), (-limit, inner.bottom())):
            if number == 0 or inner.height() > 2 * line:
                where = QRectF(self.box.left(), y - line / 2, inner.left() - self.box.left() - 7, line)
                painter.drawText(where, right, format_number(number, 2))
        painter.setPen(QPen(theme.border, 1))
        painter.drawLine(QPointF(inner.left(), inner.center().y()), QPointF(inner.right(), inner.center().y()))
        wide, half = inner.width() / count, inner.height() / 2
        inset = min(wide * 0.15, 4.0) if wide >= 3 else 0.0
        for cell, value in enumerate(self.values.tolist()):
            left = inner.left() + cell * wide
            if not np.isfinite(value):
                painter.fillRect(QRectF(left, inner.top(), max(wide, 2), inner.height()), theme.error_soft)
                painter.setPen(theme.error)
                painter.drawText(QRectF(left - 20, inner.top(), wide + 40, inner.height()), CENTRED, "NaN")
                continue
            length = half * value / limit
            top = inner.center().y() - max(length, 0)
            colour = theme.positive if value > 0 else theme.negative
            painter.fillRect(QRectF(left + inset, top, max(wide - 2 * inset, 1), max(abs(length), 0.5)), colour)
        painter.setPen(theme.muted)
        if self.gates:
            part = inner.width() / len(self.gates)
            for gate, text in enumerate(self.gates):
                left = inner.left() + gate * part
                if gate:
                    painter.drawLine(QPointF(left, inner.top()), QPointF(left, inner.bottom()))
                below = QRectF(left, inner.bottom() + 1, part, line)
                painter.drawText(below, CENTRED, painter.fontMetrics().elidedText(text, ELIDED, int(part)))
        elif wide >= 1.6 * line and not self.is_thinned:
            for cell in range(count):
                below = QRectF(inner.left() + cell * wide, inner.bottom() + 1, wide, line)
                painter.drawText(below, CENTRED, str(cell))

    def cell_at(self, x: float, y: float) -> int | None:
        """Return the cell at a point, or None."""
        if not self._inner.contains(x, y):
            return None
        count = len(self.values)
        return min(int((x - self._inner.left()) / self._inner.width() * count), count - 1)

    def rect(self, cell: int) -> QRectF:
        """Return the rectangle of a cell."""
        wide = self._inner.width() / len(self.values)
        return QRectF(self._inner.left() + cell * wide, self._inner.top(), max(wide, 2), self._inner.height())

    def _index(self, cell: int) -> Index:
        return (cell,) if self.shape else ()

    def _cell(self, index: Index) -> int | None:
        return index[0] if index else 0


RENDERERS: Mapping[str, Callable[[Mapping[str, Any], bool], ArrayRenderer]] = {
    "images": FilterTiles,
    "filters": FilterTiles,
    "matrix": HeatMap,
    "bars": Bars,
}


def _ticks(count: int, length: float, min_distance: float) -> list[int]:
    """Return tick positions from 0 to ``count`` at round steps, at least ``min_distance`` pixels apart.

    length: pixels of the axis.
    """
    for step in (base * 10**power for power in range(7) for base in (1, 2, 5)):
        if step * length / count >= min_distance:
            return list(range(0, count, step))
    return [0]
