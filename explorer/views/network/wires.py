"""The wires of a network's graph: bundles of edges."""

from collections.abc import Sequence
from math import log2

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from explorer.core.layout import Point
from explorer.core.lines import Side
from explorer.core.network.view import Wire
from explorer.core.placed import ROOM_FOR_ARROW
from explorer.views.graph.items import MIDDLE, LinkItem
from explorer.views.network.items import Legible
from explorer.views.network.sizes import SMALL, VALUE, wire_label
from explorer.views.network.words import wire_text
from explorer.views.theme import SANS, Theme


class WireItem(Legible, LinkItem):
    """A bundle of edges: its shape over the line, its gradient under it, thicker where there are more of them."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._all = QRectF()
        self._set(wire)

    def set_link(self, link: Wire) -> None:
        """Show another bundle of the same name."""
        self._set(link)
        self.set_points(self.points, self.label)

    def _set(self, wire: Wire) -> None:
        self.link = wire
        self._words = wire_text(wire)
        self._width = 2.2 + 0.7 * log2(wire.count) if wire.count > 1 else 2.2
        width, height = self._room = wire_label(wire)
        self._texts = max(width - ROOM_FOR_ARROW, 0.0), height

    def part_at(self, point: QPointF) -> str:
        """Return edge: value and gradient are told together."""
        return "edge"

    def _find_side(self, line: Sequence[Point], label: Point | None) -> Side:
        """The gradient runs under a line that goes right, where its number stands."""
        return Side(-1.0)

    def boundingRect(self) -> QRectF:
        """Return all that is painted on."""
        return self._all

    def set_points(self, points: Sequence[Point], label: Point | None) -> None:
        """Go along joined cubic Béziers; ``label`` is the middle of the room for texts."""
        super().set_points(points, label)
        self._all = self._bounds if self.label is None else self._bounds.united(self._text_box())

    def _text_box(self) -> QRectF:
        width, height = self._room
        x, y = self.label or (0.0, 0.0)
        return QRectF(x - width / 2, y - height / 2, width, height)

    def _paint_forward(self, painter: QPainter, theme: Theme) -> None:
        look = self.look
        colour = theme.text if look.selected else theme.value if look.done else theme.faint
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, self._width + (1.2 if look.selected else 0)))
        painter.drawPath(self._forward)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if not self.link.target.startswith("<"):
            painter.drawPolygon(self._head)
        if look.gradient:
            self._paint_back(painter, theme)
        if self.label is not None:
            self._paint_texts(painter, theme)

    def _paint_back(self, painter: QPainter, theme: Theme) -> None:
        look = self.look
        pen = QPen(theme.gradient, 4.0 if look.fresh else 2.4)
        if not look.fresh:
            pen.setDashPattern([3, 2.2])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPath(self._back)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.gradient)
        head: QPolygonF = self._back_head
        painter.drawPolygon(head)

    def _paint_texts(self, painter: QPainter, theme: Theme) -> None:
        box, look = self._text_box(), self.look
        over = QRectF(box.left(), box.center().y() - 24, box.width(), 18)
        self.write(painter, over, MIDDLE, self._words, theme.muted, SANS, SMALL)
        if look.gradient:
            under = QRectF(box.left(), box.bottom() - 20, box.width(), 20)
            self.write(painter, under, MIDDLE, look.gradient, theme.gradient, SANS, VALUE, bold=True)
