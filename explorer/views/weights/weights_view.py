"""The picture of a layer's weights: its arrays, the scale of the colours, the weight under the mouse."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Property, QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.core.number_format import format_full, format_number
from explorer.core.weights.weight_text import weight_position_text
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.weights.array_renderers import RENDERERS, ArrayRenderer, Bars, HeatMap, Index
from explorer.views.widgets.diverging_colours import diverging_colour
from explorer.views.widgets.painted_widget import PaintedWidget

CENTRED = Qt.AlignmentFlag.AlignCenter

BARS_HEIGHT_PX = 92.0
"""Pixels of a strip of bars at scale 1."""


class WeightsView(PaintedWidget):
    """Shows the engine's answer about a layer. Mouse and arrow keys point at a weight, a click or Enter chooses it.

    pointed: words about the weight that is pointed at, empty for none. chosen: name of the array, index in it.
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
        self.setMinimumSize(220, 180)
        self.parts: list[ArrayRenderer] = []
        self.message = ""
        self._layer = ""
        self._digits = False
        self._own = False
        self._dead: frozenset[int] = frozenset()
        self._pointer: tuple[int, int] | None = None
        self._marked: tuple[str, Index] | None = None
        self._bar = QRectF()

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

        digits: whether its units are the ten digits. limits: of arrays by name, the number with the strongest colour,
        where it is not their own largest.
        """
        same = layer == self._layer and [part.shape for part in self.parts] == [tuple(a["shape"]) for a in arrays]
        self._layer, self._own, self._digits = layer, own, digits
        self.parts = [RENDERERS[array["kind"]](array, own) for array in arrays]
        for part in self.parts:
            part.limit = (limits or {}).get(part.name, part.limit)
        self.message = ""
        if not same:
            self._pointer = None
        self._set_dead()
        self._place()
        self._tell()
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._layer, self.parts, self.message, self._pointer = "", [], "", None
        self.update()

    def setDead(self, units: Sequence[int]) -> None:
        """Cross these units out."""
        self._dead = frozenset(units)
        self._set_dead()
        self.update()

    def setMarked(self, marked: tuple[str, Index] | None) -> None:
        """Mark the weight that was chosen: name of the array, index."""
        self._marked = marked
        self.update()

    def setMessage(self, message: str) -> None:
        """Say a sentence where there are no arrays."""
        self.message = message
        self.update()

    def setScale(self, scale: float) -> None:
        """Scale the texts."""
        self._scale = scale
        self._place()
        self.update()

    # -- where things are -------------------------------------------------------------------------

    def _set_dead(self) -> None:
        for part in self.parts:
            part.dead = frozenset() if isinstance(part, Bars) else self._dead

    def _place(self) -> None:
        """Give the pictures the room that the strips leave."""
        large = [part for part in self.parts if not isinstance(part, Bars)]
        strips = [part for part in self.parts if isinstance(part, Bars)]
        scale = self._scale
        width, height = float(self.width()), float(self.height())
        bar = 74 * scale if large else 0.0
        gap = 10 * scale
        strip = (
            min(BARS_HEIGHT_PX * scale, height * 0.24)
            if large
            else min(150 * scale, height / max(len(strips), 1) - gap)
        )
        top = 2.0
        room = (height - len(strips) * (strip + gap) - 4) / max(len(large), 1)
        for part in large:
            part.place(QRectF(2, top, max(width - bar - 8, 20), max(room - 4, 20)), scale)
            top += room
        self._bar = (
            QRectF(width - bar, 2, bar, max(height - len(strips) * (strip + gap) - 8, 20)) if large else QRectF()
        )
        for part in strips:
            top += gap if large or part is not strips[0] else 0
            part.place(QRectF(2, top, width - 6, strip), scale)
            top += strip

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._place()

    # -- painting ---------------------------------------------------------------------------------

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint arrays, scale and marks."""
        if not self.parts:
            painter.setFont(font(SANS, 15 * self._scale))
            painter.setPen(theme.muted)
            painter.drawText(self.rect().adjusted(30, 0, -30, 0), CENTRED | Qt.TextFlag.TextWordWrap, self.message)
            return
        for part in self.parts:
            part.paint(painter, theme)
        self._paint_bar(painter, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if (marked_rect := self._marked_rect()) is not None:
            self._paint_frame(painter, marked_rect, theme, 3.0)
        if self._pointer is not None:
            part, cell = self.parts[self._pointer[0]], self._pointer[1]
            self._paint_frame(painter, part.rect(cell), theme, 1.5)

    def _paint_frame(self, painter: QPainter, box: QRectF, look: Theme, width: float) -> None:
        """Frame a weight so that it is seen on every colour."""
        box = box.adjusted(-1.5, -1.5, 1.5, 1.5)
        painter.setPen(QPen(look.window, width + 2.5))
        painter.drawRect(box)
        painter.setPen(QPen(look.text, width))
        painter.drawRect(box)

    def _marked_rect(self) -> QRectF | None:
        for part in self.parts:
            if self._marked is not None and part.name == self._marked[0]:
                cell = part.cell_of(self._marked[1])
                return None if cell is None else part.rect(cell)
        return None

    def _paint_bar(self, painter: QPainter, look: Theme) -> None:
        """Paint which colour means which number."""
        if self._bar.isEmpty():
            return
        scale = self._scale
        part = next(part for part in self.parts if not isinstance(part, Bars))
        lower = 44 * scale if isinstance(part, HeatMap) else 4.0
        box = QRectF(self._bar.left() + 8 * scale, self._bar.top() + 10 * scale, 14 * scale, 0)
        box.setBottom(max(self._bar.bottom() - lower - 8 * scale, box.top() + 20))
        ramp = QLinearGradient(box.topLeft(), box.bottomLeft())
        for fraction in (0.0, 0.25, 0.5, 0.75, 1.0):
            ramp.setColorAt(fraction, diverging_colour(look, 1 - 2 * fraction))
        painter.fillRect(box, ramp)
        painter.setPen(QPen(look.border, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        painter.setFont(font(SANS, 11.5 * scale))
        painter.setPen(look.text)
        line = painter.fontMetrics().height()
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        ends = ("+ its", "0", "− its") if self._own else (
            "+" + format_number(part.limit, 2), "0", format_number(-part.limit, 2)
        )  # fmt: skip
        for text, y in zip(ends, (box.top(), box.center().y(), box.bottom()), strict=True):
            where = QRectF(box.right() + 6 * scale, y - line / 2, self._bar.right() - box.right() - 6 * scale, line)
            painter.drawText(where, left, text)
        if self._own:
            for text, y in (("largest", box.top() + line), ("largest", box.bottom() - line)):
                where = QRectF(box.right() + 6 * scale, y - line / 2, self._bar.right() - box.right() - 6 * scale, line)
                painter.drawText(where, left, text)

    # -- pointing and choosing --------------------------------------------------------------------

    def words(self) -> str:
        """Return what is pointed at: the weight's name and index, all its digits, and where it is."""
        if self._pointer is None:
            return ""
        part, cell = self.parts[self._pointer[0]], self._pointer[1]
        index = part.index(cell)
        where = weight_position_text(_array_kind(part), index, self._digits)
        name = f"{part.name}{list(index)}" if index else part.name
        largest = " · the largest of those that share this place" if part.is_thinned else ""
        dead = ", which is dead" if index and index[-1] in part.dead else ""
        return f"{name} = {format_full(part.values.flat[cell])} · {where}{dead}{largest}"

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point of the view: a weight, with its name, value and place."""
        self._point(self._cell_at(point.x(), point.y()))
        return ("weight", self.words()) if self._pointer is not None else None

    def _point(self, pointer: tuple[int, int] | None) -> None:
        if pointer != self._pointer:
            self._pointer = pointer
            self._tell()
            self.update()

    def _tell(self) -> None:
        self.pointed.emit(self.words())

    def _cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        for number, part in enumerate(self.parts):
            if (cell := part.cell_at(x, y)) is not None:
                return number, cell
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the weight under the mouse."""
        self._point(self._cell_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the weight under the mouse."""
        self._point(self._cell_at(event.position().x(), event.position().y()))
        self._choose()

    def _choose(self) -> None:
        if self._pointer is not None:
            part, cell = self.parts[self._pointer[0]], self._pointer[1]
            self.chosen.emit(part.name, part.index(cell))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Point at the neighbour, or choose."""
        keys = Qt.Key
        steps = {keys.Key_Left: (-1, 0), keys.Key_Right: (1, 0), keys.Key_Up: (0, -1), keys.Key_Down: (0, 1)}
        key = Qt.Key(event.key())
        if not self.parts:
            event.ignore()
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self._choose()
        elif key not in steps:
            event.ignore()
        elif self._pointer is None:
            self._point((0, 0))
        else:
            number, cell = self._pointer
            self._point(self._beside(number, cell, *steps[key]))

    def _beside(self, number: int, cell: int, right: int, down: int) -> tuple[int, int]:
        """Return the neighbour; above and below the edge of an array is the array beside it."""
        moved = self.parts[number].neighbour(cell, right, down)
        if moved == cell and down and 0 <= number + down < len(self.parts):
            return number + down, 0
        return number, moved


def _array_kind(part: ArrayRenderer) -> str:
    """Return the engine's word for what a part shows."""
    if isinstance(part, Bars):
        return "bars"
    if isinstance(part, HeatMap):
        return "matrix"
    return "filters" if len(part.shape) == 4 else "images"
