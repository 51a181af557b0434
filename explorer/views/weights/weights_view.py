"""The view of a layer's weights: its arrays, the colour scale, and the weight under the mouse."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Property, QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.core.number_format import MINUS, format_full, format_number
from explorer.core.weights.weight_text import weight_position_text
from explorer.views.painting.diverging_colours import diverging_colour
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.weights.array_renderers import AXIS_FONT_PX, RENDERERS, ArrayRenderer, Bars, HeatMap, Index
from explorer.views.widgets.painted_widget import PaintedWidget

CENTRED = Qt.AlignmentFlag.AlignCenter

BARS_HEIGHT_PX = 92.0
"""Height of the bars of a vector at scale 1."""

MIN_HEIGHT_PX = 180
"""Smallest height of the view."""


class WeightsView(PaintedWidget):
    """Shows the arrays of a layer; mouse and arrow keys point at a weight, a click or Enter selects it.

    pointed: description of the weight under the pointer, empty for none. chosen: name of the array and index in it.
    """

    pointed = Signal(str)
    chosen = Signal(str, object)

    def __init__(self, name: str = "weightsView", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Weights of the layer as pictures; the arrow keys point at one, Enter chooses it")
        self.setAccessibleDescription("Colours are numbers: the bar beside them says which")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(220, MIN_HEIGHT_PX)
        self.renderers: list[ArrayRenderer] = []
        self.message = ""
        self._layer = ""
        self._digits = False
        self._own = False
        self._dead: frozenset[int] = frozenset()
        self._pointer: tuple[int, int] | None = None
        self._marked: tuple[str, Index] | None = None
        self._scale_box = QRectF()

    shownLayer = Property(str, lambda self: self._layer)
    """Name of the layer that is shown, empty for none."""

    def setArrays(
        self,
        layer: str,
        arrays: Sequence[Mapping[str, Any]],
        own: bool,
        digits: bool,
        limits: Mapping[str, float] | None = None,
    ) -> None:
        """Show a layer's arrays.

        own: whether each tile or row has a colour scale of its own. digits: whether the units are the ten digits.
        limits: by name of the array, the magnitude with the strongest colour, by default its largest one.
        """
        is_same = layer == self._layer and [part.shape for part in self.renderers] == [
            tuple(a["shape"]) for a in arrays
        ]
        self._layer, self._own, self._digits = layer, own, digits
        self.renderers = [RENDERERS[array["kind"]](array, own) for array in arrays]
        for part in self.renderers:
            part.limit = (limits or {}).get(part.name, part.limit)
        matrices = [part for part in self.renderers if not isinstance(part, Bars)]
        for part in matrices:
            part.limit = max(each.limit for each in matrices)  # one scale stands beside all of them
        self.message = ""
        if not is_same:
            self._pointer = None
        self._update_dead_units()
        self._lay_out()
        self._emit_pointed()
        self.update()

    def clear(self) -> None:
        """Remove all arrays."""
        self._layer, self.renderers, self.message, self._pointer = "", [], "", None
        self.update()

    def setDead(self, units: Sequence[int]) -> None:
        """Mark units as dead."""
        self._dead = frozenset(units)
        self._update_dead_units()
        self.update()

    def setMarked(self, marked: tuple[str, Index] | None) -> None:
        """Mark a weight by the name of its array and its index, or none."""
        self._marked = marked
        self.update()

    def setMessage(self, message: str) -> None:
        """Show a message while there are no arrays."""
        self.message = message
        self.update()

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts, at which the picture may need more height."""
        self._scale = scale
        self._lay_out()
        self.update()

    # -- layout -----------------------------------------------------------------------------------

    def _update_dead_units(self) -> None:
        for part in self.renderers:
            part.dead = frozenset() if isinstance(part, Bars) else self._dead

    def _lay_out(self) -> None:
        """Place the vectors at the bottom and the other arrays above them."""
        matrices = [part for part in self.renderers if not isinstance(part, Bars)]
        vectors = [part for part in self.renderers if isinstance(part, Bars)]
        scale = self._scale
        width, height = float(self.width()), float(self.height())
        scale_width = self._scale_width() if matrices else 0.0
        gap = 10 * scale
        tiles_width = max(width - scale_width - 8, 20)
        smallest = max((part.needed_height(width, scale) for part in vectors), default=0.0)
        needed = sum(part.needed_height(tiles_width, scale) + 4 for part in matrices)
        self.setMinimumHeight(max(MIN_HEIGHT_PX, round(needed + len(vectors) * (smallest + gap) + 4)))
        if matrices:
            room = (height - needed - 4) / max(len(vectors), 1) - gap
            vector_height = max(smallest, min(BARS_HEIGHT_PX * scale, height * 0.24, room))
        else:
            vector_height = max(smallest, min(150 * scale, height / max(len(vectors), 1) - gap))
        left = height - len(vectors) * (vector_height + gap)
        part_height = (left - 4) / max(len(matrices), 1)
        top = 2.0
        for part in matrices:
            part.place(QRectF(2, top, tiles_width, max(part_height - 4, 20)), scale)
            top += part_height
        scale_box = QRectF(width - scale_width, 2, scale_width, max(left - 8, 20))
        self._scale_box = scale_box if matrices else QRectF()
        axis_width = max((part.needed_axis_width(scale) for part in vectors), default=0.0)
        for part in vectors:
            part.axis_width = axis_width
            top += gap if matrices or part is not vectors[0] else 0
            part.place(QRectF(2, top, width - 6, vector_height), scale)
            top += vector_height

    def _scale_texts(self) -> tuple[str, str, str]:
        """Return the numbers beside the colour scale, from its top."""
        if self._own:
            return "+ its", "0", f"{MINUS} its"
        limit = next(part for part in self.renderers if not isinstance(part, Bars)).limit
        return "+" + format_number(limit, 2), "0", format_number(-limit, 2)

    def _scale_width(self) -> float:
        """Return the width of the colour scale with its numbers."""
        letters = QFontMetricsF(font(SANS, AXIS_FONT_PX * self._scale))
        texts = [*self._scale_texts(), *(["largest"] if self._own else [])]
        return max(74 * self._scale, 28 * self._scale + 4 + max(map(letters.horizontalAdvance, texts)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out the arrays for the new size."""
        super().resizeEvent(event)
        self._lay_out()

    # -- painting ---------------------------------------------------------------------------------

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the arrays, the colour scale and the marks."""
        if not self.renderers:
            painter.setFont(font(SANS, 15 * self._scale))
            painter.setPen(theme.muted)
            painter.drawText(self.rect().adjusted(30, 0, -30, 0), CENTRED | Qt.TextFlag.TextWordWrap, self.message)
            return
        for part in self.renderers:
            part.paint(painter, theme)
        self._paint_scale(painter, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if (marked_rect := self._marked_rect()) is not None:
            self._paint_frame(painter, marked_rect, theme, 3.0)
        if self._pointer is not None:
            part, cell = self.renderers[self._pointer[0]], self._pointer[1]
            self._paint_frame(painter, part.rect(cell), theme, 1.5)

    def _paint_frame(self, painter: QPainter, box: QRectF, theme: Theme, width: float) -> None:
        """Frame a weight with two lines, so that the frame is visible on any colour."""
        box = box.adjusted(-1.5, -1.5, 1.5, 1.5)
        painter.setPen(QPen(theme.window, width + 2.5))
        painter.drawRect(box)
        painter.setPen(QPen(theme.text, width))
        painter.drawRect(box)

    def _marked_rect(self) -> QRectF | None:
        for part in self.renderers:
            if self._marked is not None and part.name == self._marked[0]:
                cell = part.cell_of(self._marked[1])
                return None if cell is None else part.rect(cell)
        return None

    def _paint_scale(self, painter: QPainter, theme: Theme) -> None:
        """Paint the colour scale with its numbers."""
        if self._scale_box.isEmpty():
            return
        scale = self._scale
        part = next(part for part in self.renderers if not isinstance(part, Bars))
        lower = 44 * scale if isinstance(part, HeatMap) else 4.0
        box = QRectF(self._scale_box.left() + 8 * scale, self._scale_box.top() + 10 * scale, 14 * scale, 0)
        box.setBottom(max(self._scale_box.bottom() - lower - 8 * scale, box.top() + 20))
        ramp = QLinearGradient(box.topLeft(), box.bottomLeft())
        for fraction in (0.0, 0.25, 0.5, 0.75, 1.0):
            ramp.setColorAt(fraction, diverging_colour(theme, 1 - 2 * fraction))
        painter.fillRect(box, ramp)
        painter.setPen(QPen(theme.border, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        painter.setFont(font(SANS, AXIS_FONT_PX * scale))
        painter.setPen(theme.text)
        line = painter.fontMetrics().height()
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        ends = self._scale_texts()
        for text, y in zip(ends, (box.top(), box.center().y(), box.bottom()), strict=True):
            where = QRectF(
                box.right() + 6 * scale, y - line / 2, self._scale_box.right() - box.right() - 6 * scale, line
            )
            painter.drawText(where, left, text)
        if self._own:
            for text, y in (("largest", box.top() + line), ("largest", box.bottom() - line)):
                where = QRectF(
                    box.right() + 6 * scale, y - line / 2, self._scale_box.right() - box.right() - 6 * scale, line
                )
                painter.drawText(where, left, text)

    # -- pointing and selecting -------------------------------------------------------------------

    def pointed_text(self) -> str:
        """Return the name, index, full value and position of the weight under the pointer, empty for none."""
        if self._pointer is None:
            return ""
        part, cell = self.renderers[self._pointer[0]], self._pointer[1]
        index = part.index(cell)
        where = weight_position_text(_array_kind(part), index, self._digits, part.shape, part.gates)
        name = f"{part.name}{list(index)}" if index else part.name
        largest = " · the largest of those that share this place" if part.is_thinned else ""
        dead = ", which is dead" if index and index[-1] % part.unit_count in part.dead else ""
        return f"{name} = {format_full(part.values.flat[cell])} · {where}{dead}{largest}"

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a weight with its name, value and position."""
        self._set_pointer(self._cell_at(point.x(), point.y()))
        return ("weight", self.pointed_text()) if self._pointer is not None else None

    def _set_pointer(self, pointer: tuple[int, int] | None) -> None:
        if pointer != self._pointer:
            self._pointer = pointer
            self._emit_pointed()
            self.update()

    def _emit_pointed(self) -> None:
        self.pointed.emit(self.pointed_text())

    def _cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        for number, part in enumerate(self.renderers):
            if (cell := part.cell_at(x, y)) is not None:
                return number, cell
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the pointer to the weight under the mouse."""
        self._set_pointer(self._cell_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the pointer."""
        self._set_pointer(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the weight under the mouse."""
        self._set_pointer(self._cell_at(event.position().x(), event.position().y()))
        self._select()

    def _select(self) -> None:
        if self._pointer is not None:
            part, cell = self.renderers[self._pointer[0]], self._pointer[1]
            self.chosen.emit(part.name, part.index(cell))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pointer to a neighbour, or select."""
        keys = Qt.Key
        steps = {keys.Key_Left: (-1, 0), keys.Key_Right: (1, 0), keys.Key_Up: (0, -1), keys.Key_Down: (0, 1)}
        key = Qt.Key(event.key())
        if not self.renderers:
            event.ignore()
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self._select()
        elif key not in steps:
            event.ignore()
        elif self._pointer is None:
            self._set_pointer((0, 0))
        else:
            number, cell = self._pointer
            self._set_pointer(self._neighbour(number, cell, *steps[key]))

    def _neighbour(self, number: int, cell: int, right: int, down: int) -> tuple[int, int]:
        """Return the cell next to another one, across the upper and lower edges of arrays."""
        moved = self.renderers[number].neighbour(cell, right, down)
        if moved == cell and down and 0 <= number + down < len(self.renderers):
            return number + down, 0
        return number, moved


def _array_kind(part: ArrayRenderer) -> str:
    """Return the kind of an array as the engine names it."""
    if isinstance(part, Bars):
        return "bars"
    if isinstance(part, HeatMap):
        return "matrix"
    return "filters" if len(part.shape) == 4 else "images"
