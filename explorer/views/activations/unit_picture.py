"""The numbers behind one unit: patch and filter as tables, a template as an image, the ten logits."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.activations.unit_text import MAX_LISTED_INPUTS, strongest_inputs
from explorer.core.number_format import format_number, format_power
from explorer.views.painting.array_images import grey_image
from explorer.views.painting.diverging_colours import colour_limit, diverging_image
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.painted_widget import PaintedWidget

HEIGHT_PX = 136
"""Height of the picture at scale 1."""

PIXEL_COUNT = 28 * 28

MAX_LOGITS = 10
"""Logits that are listed at most."""

CELL_WIDTH_PX, SIGN_WIDTH_PX = 54, 24
"""Widths at scale 1 of a cell in the tables of patch and filter, and of the sign between them."""


class UnitPicture(PaintedWidget):
    """Paints the numbers behind a unit, beside the map that contains it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unitPicture")
        self.setAccessibleName("The numbers that made the selected unit")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._unit: Mapping[str, Any] | None = None
        self._map: Any = None
        self._position = (0, 0)
        self._image: Any = None
        self._channel = 0
        self._images: Mapping[str, Any] | None = None

    def setUnit(
        self, unit: Mapping[str, Any] | None, map_: Any, position: tuple[int, int], image: Any, channel: int
    ) -> None:
        """Show a unit.

        unit: the engine's reply, None for nothing. map_: (h, w) array that contains the number at row and column
        ``position``, or None. image: (28, 28) uint8 if the inputs are its pixels. channel: input channel of a patch.
        """
        self._unit, self._map, self._position, self._image, self._channel = unit, map_, position, image, channel
        self.update()

    def setImages(self, exciting: Mapping[str, Any] | None) -> None:
        """Show the images that excite the unit most instead of its numbers, or the numbers for None."""
        self._images = exciting
        self.update()

    def sizeHint(self) -> QSize:
        """Return a fixed height, so that the layout does not change with the selection."""
        return QSize(330, round(HEIGHT_PX * self._scale))

    minimumSizeHint = sizeHint

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the unit, or the images that excite it."""
        if self._unit is None:
            return
        if self._images is not None:
            self._paint_images(painter, theme, self._images)
            return
        x = 0.0
        unit = self._unit
        rest = self.width() - (2 * 3 * CELL_WIDTH_PX + SIGN_WIDTH_PX + 18) * self._scale
        if self._map is not None and (unit["kind"] != "sum" or rest > 60 * self._scale):
            x = self._paint_map(painter, theme, min(self.height(), rest))
        if unit["kind"] == "sum" and unit["inputs"].ndim == 3:
            self._paint_patch(painter, theme, x, unit)
        elif unit["kind"] == "sum":
            logits = unit.get("all_z")
            width = self.width() - (0 if logits is None else self._logits_width(logits, unit["index"][0]))
            if self._image is not None and unit["inputs"].size == PIXEL_COUNT:
                self._paint_template(painter, theme, unit, width)
            else:
                self._paint_products(painter, theme, unit, width)
            if logits is not None:
                self._paint_logits(painter, theme, logits, unit["index"][0], width)
        elif unit["kind"] in ("max", "mean"):
            self._paint_pool(painter, theme, x, unit)
        elif unit["kind"] == "norm":
            self._paint_normalisation(painter, theme, x, unit)

    # -- parts ------------------------------------------------------------------------------------

    def _paint_map(self, painter: QPainter, theme: Theme, side: float) -> float:
        """Paint the map with the position of the number marked; return the left edge of the next part."""
        rows, columns = self._map.shape
        cell = max(side, 60 * self._scale) / max(rows, columns)
        box = QRectF(0.5, 0.5, columns * cell - 1, rows * cell - 1)
        painter.drawImage(box, diverging_image(self._map, colour_limit(self._map), theme))
        painter.setPen(theme.border)
        painter.drawRect(box)
        row, column = self._position
        painter.setPen(QPen(theme.gradient, 2))
        painter.drawRect(QRectF(column * cell, row * cell, cell, cell).adjusted(-1, -1, 1, 1))
        return box.right() + 18 * self._scale

    def _paint_patch(self, painter: QPainter, theme: Theme, x: float, unit: Mapping[str, Any]) -> None:
        patch, weights = unit["inputs"][..., self._channel], unit["weights"][..., self._channel]
        rows, columns = patch.shape
        sign = SIGN_WIDTH_PX * self._scale
        wide = min(CELL_WIDTH_PX * self._scale, (self.width() - x - sign - 2) / (2 * columns))
        high = min(30 * self._scale, (self.height() - 20 * self._scale) / rows)
        top = 19 * self._scale
        limits = colour_limit(patch), colour_limit(weights)
        self._caption(painter, theme, x, "patch before")
        self._table(painter, theme, patch, QPointF(x, top), wide, high, limits[0])
        after = x + columns * wide
        painter.setPen(theme.text)
        painter.setFont(font(SANS, 17 * self._scale, bold=True))
        painter.drawText(QRectF(after, top, sign, rows * high), Qt.AlignmentFlag.AlignCenter, "×")
        self._caption(painter, theme, after + sign, "filter")
        self._table(painter, theme, weights, QPointF(after + sign, top), wide, high, limits[1])

    def _paint_pool(self, painter: QPainter, theme: Theme, x: float, unit: Mapping[str, Any]) -> None:
        patch = unit["inputs"]
        if patch.size > MAX_LISTED_INPUTS:
            self._caption(painter, theme, x, "map of the layer before")
            side = self.height() - 20 * self._scale
            box = QRectF(x + 0.5, 19 * self._scale, side * patch.shape[1] / patch.shape[0], side)
            painter.drawImage(box, diverging_image(patch, colour_limit(patch), theme))
            painter.setPen(theme.border)
            painter.drawRect(box)
            return
        self._caption(painter, theme, x, "patch of the layer before")
        mark = tuple(np.unravel_index(int(np.argmax(patch)), patch.shape)) if unit["kind"] == "max" else None
        wide, high = 62 * self._scale, min(34 * self._scale, (self.height() - 20 * self._scale) / patch.shape[0])
        self._table(painter, theme, patch, QPointF(x, 19 * self._scale), wide, high, colour_limit(patch), mark)

    def _paint_normalisation(self, painter: QPainter, theme: Theme, x: float, unit: Mapping[str, Any]) -> None:
        """Paint the input, the parameters of the normalisation and the output."""
        names = {"input": "x", "mean": "mean", "variance": "variance", "gamma": "γ", "beta": "β", "output": "output"}
        wide, high = min(84 * self._scale, (self.width() - x - 2) / len(names)), 34 * self._scale
        for index, (key, name) in enumerate(names.items()):
            left = x + index * wide
            self._caption(painter, theme, left + 3, name)
            value = np.array([[unit[key]]])
            origin = QPointF(left, 19 * self._scale)
            self._table(
                painter, theme, value, origin, wide, high, colour_limit(value), (0, 0) if key == "output" else None
            )

    def _paint_template(self, painter: QPainter, theme: Theme, unit: Mapping[str, Any], width: float) -> None:
        top, gap = 19 * self._scale, 22 * self._scale
        side = min(self.height() - top - 1, (width - 2 * gap - 4) / 3)
        weights = unit["weights"].reshape(28, 28)
        product = weights * unit["inputs"].reshape(28, 28)
        pictures = (
            ("image", grey_image(self._image)),
            ("template", diverging_image(weights, colour_limit(weights), theme)),
            ("product", diverging_image(product, colour_limit(product), theme)),
        )
        for index, (name, shown) in enumerate(pictures):
            box = QRectF(index * (side + gap) + 0.5, top, side, side)
            self._caption(painter, theme, box.left(), name)
            painter.drawImage(box, shown)
            painter.setPen(theme.border)
            painter.drawRect(box)
            if index:
                painter.setPen(theme.text)
                painter.setFont(font(SANS, 17 * self._scale, bold=True))
                between = QRectF(box.left() - gap, top, gap, side)
                painter.drawText(between, Qt.AlignmentFlag.AlignCenter, "×" if index == 1 else "=")

    def _paint_products(self, painter: QPainter, theme: Theme, unit: Mapping[str, Any], width: float) -> None:
        first, wide, high = 58 * self._scale, 60 * self._scale, 23 * self._scale
        count = max(1, int((width - first) // wide))
        units = strongest_inputs(unit, min(count, unit["inputs"].size))
        inputs, weights = unit["inputs"][units], unit["weights"][units]
        self._caption(painter, theme, 0, f"the {len(units)} largest of {unit['inputs'].size:,} products")
        top = 19 * self._scale
        rows: Sequence[tuple[str, Any]] = (
            ("unit", units), ("input", inputs), ("× weight", weights), ("product", inputs * weights)
        )  # fmt: skip
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for row, (name, numbers) in enumerate(rows):
            painter.setFont(font(SANS, 12 * self._scale))
            painter.setPen(theme.muted)
            painter.drawText(QRectF(0, top + row * high, first, high), align, name)
            origin = QPointF(first, top + row * high)
            if row:
                values = np.asarray(numbers)[np.newaxis]
                self._table(painter, theme, values, origin, wide, high, colour_limit(values))
            else:
                for column, number in enumerate(units):
                    box = QRectF(origin.x() + column * wide, origin.y(), wide, high)
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))

    def _shown_logits(self, logits: Any, own: int) -> list[int]:
        """Return the units whose logits are shown: all, or the largest and that of unit ``own``."""
        if len(logits) <= MAX_LOGITS:
            return list(range(len(logits)))
        largest = np.argsort(-np.nan_to_num(np.asarray(logits), nan=-np.inf), kind="stable")
        others = [int(unit) for unit in largest if unit != own]
        return sorted([own, *others[: MAX_LOGITS - 1]])

    def _logits_width(self, logits: Any, own: int) -> float:
        """Return the width of the logits in their columns."""
        units = self._shown_logits(logits, own)
        return 12 * self._scale + (2 if len(units) > 5 else 1) * self._logit_width(logits, units)

    def _logit_width(self, logits: Any, units: Sequence[int]) -> float:
        letters = QFontMetricsF(font(SANS, 12 * self._scale, bold=True))
        texts = [f"{unit}  {format_number(float(logits[unit]), 3)}" for unit in units]
        return max(68 * self._scale, 12 + max(map(letters.horizontalAdvance, texts)))

    def _paint_logits(self, painter: QPainter, theme: Theme, logits: Any, digit: int, x: float) -> None:
        units = self._shown_logits(logits, digit)
        some = f", {len(units)} of {len(logits):,}" if len(units) < len(logits) else ""
        self._caption(painter, theme, x + 12 * self._scale, f"the logits z{some}")
        rows = -(-len(units) // (2 if len(units) > 5 else 1))
        top, high = 19 * self._scale, min(23 * self._scale, (self.height() - 20 * self._scale) / rows)
        left, wide = x + 12 * self._scale, self._logit_width(logits, units)
        for place, unit in enumerate(units):
            box = QRectF(left + place // rows * wide, top + place % rows * high, wide, high)
            painter.setFont(font(SANS, 12 * self._scale, bold=unit == digit))
            if unit == digit:
                painter.fillRect(box, theme.value_soft)
            painter.setPen(theme.text if unit == digit else theme.muted)
            align = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box.adjusted(4, 0, 0, 0), align | Qt.AlignmentFlag.AlignLeft, str(unit))
            text = format_number(float(logits[unit]), 3)
            painter.drawText(box.adjusted(0, 0, -5, 0), align | Qt.AlignmentFlag.AlignRight, text)

    def _paint_images(self, painter: QPainter, theme: Theme, unit: Mapping[str, Any]) -> None:
        top, below, gap = 19 * self._scale, 34 * self._scale, 8 * self._scale
        count = len(unit["images"])
        self._caption(painter, theme, 0, f"of the first {unit['tried']} training images these excite it most")
        side = max(20.0, min(self.height() - top - below, (self.width() - (count - 1) * gap) / max(count, 1)))
        for index, image in enumerate(unit["images"]):
            box = QRectF(index * (side + gap), top, side, side)
            painter.drawImage(box, grey_image(image))
            for line, (text, colour) in enumerate(
                ((format_number(unit["values"][index], 3), theme.text), (f"n. {unit['numbers'][index]}", theme.muted))
            ):
                painter.setFont(font(SANS, 12 * self._scale))
                painter.setPen(colour)
                caption_rect = QRectF(box.left() - gap / 2, box.bottom() + line * below / 2, side + gap, below / 2)
                painter.drawText(caption_rect, Qt.AlignmentFlag.AlignCenter, text)

    # -- elements -----------------------------------------------------------------------------------

    def _caption(self, painter: QPainter, theme: Theme, x: float, text: str) -> None:
        painter.setFont(font(SANS, 11 * self._scale))
        painter.setPen(theme.muted)
        painter.drawText(QPointF(x, 12 * self._scale), text)

    def _table(
        self,
        painter: QPainter,
        theme: Theme,
        values: Any,
        origin: QPointF,
        wide: float,
        high: float,
        limit: float,
        mark: tuple[Any, ...] | None = None,
    ) -> None:
        """Paint (rows, columns) numbers on a pale background of their colour; the marked one gets a frame."""
        rows, columns = values.shape
        table = QRectF(origin.x(), origin.y(), columns * wide, rows * high)
        painter.setOpacity(0.3)
        painter.drawImage(table, diverging_image(values, limit, theme))
        painter.setOpacity(1.0)
        for row in range(rows):
            for column in range(columns):
                box = QRectF(origin.x() + column * wide, origin.y() + row * high, wide, high)
                painter.setPen(theme.border)
                painter.drawRect(box)
                pixels = min(13 * self._scale, high * 0.6)
                painter.setFont(font(SANS, pixels))
                text = format_number(values[row, column], 3)
                if painter.fontMetrics().horizontalAdvance(text) > wide - 4:
                    text = format_power(values[row, column], 2)
                needed = painter.fontMetrics().horizontalAdvance(text)
                if needed > wide - 4:
                    painter.setFont(font(SANS, pixels * (wide - 4) / needed))
                painter.setPen(theme.text)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        if mark is not None:
            painter.setPen(QPen(theme.value, 2.5))
            painter.drawRect(QRectF(origin.x() + mark[1] * wide, origin.y() + mark[0] * high, wide, high))
