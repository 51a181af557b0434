"""The wires of a network's graph: bundles of edges."""

from collections.abc import Sequence
from math import log2

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX, Side, backward_line, sample_curve, trim_line
from explorer.core.graph.graphviz_layout import Point
from explorer.core.graph.placement import ARROW_SPACE_PX
from explorer.core.network_graph.visible_graph import VisibleEdge
from explorer.views.graph.items import CENTER, GraphItem, LinkItem, LinkStyle
from explorer.views.graph.painter_paths import arrow_head, curve, polyline
from explorer.views.network_graph.labels import wire_text
from explorer.views.network_graph.measure import SMALL, VALUE, wire_label
from explorer.views.network_graph.node_items import Legible
from explorer.views.theme.theme import SANS, Theme

LONG = 40.0
"""Pixels between the ends of a piece of a line that is much longer than an arrow head."""


class EdgeItem(Legible, LinkItem):
    """A bundle of edges: its shape over the line, its gradient under it, thicker where there are more of them."""

    def __init__(self, wire: VisibleEdge) -> None:
        GraphItem.__init__(self)  # a link of an expression measures itself by its tensor
        self.style = LinkStyle()
        self.points, self.label = [], None
        self._forward, self._back = QPainterPath(), QPainterPath()
        self._head, self._back_head = QPolygonF(), QPolygonF()
        self._has_head = self._has_back = False
        self._all = QRectF()
        self.setZValue(1 if wire.kind == "forward" else 0)
        if wire.kind == "forward":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._set(wire)

    def set_link(self, link: VisibleEdge) -> None:
        """Show another bundle of the same name."""
        room = self._room
        self._set(link)
        if self._room != room:
            self.prepareGeometryChange()
            self._measure()

    def _set(self, wire: VisibleEdge) -> None:
        self.link = wire
        self._words = wire_text(wire)
        self._width = 2.2 + 0.7 * log2(wire.count) if wire.count > 1 else 2.2
        width, height = self._room = wire_label(wire)
        self._texts = max(width - ARROW_SPACE_PX, 0.0), height

    def part_at(self, point: QPointF) -> str:
        """Return edge: value and gradient are told together."""
        return "edge"

    def boundingRect(self) -> QRectF:
        """Return all that is painted on."""
        return self._all

    def shape(self) -> QPainterPath:
        """Return what can be clicked: a band along the line, the gradient's arrow, and the texts."""
        self._trace()
        return super().shape()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it."""
        self._trace()
        super().paint(painter, option, widget)

    def set_points(self, points: Sequence[Point], label: Point | None) -> None:
        """Go along joined cubic Béziers; ``label`` is the middle of the room for texts.

        What runs beside the line is found out when it is painted: while a group opens, most of it never is.
        """
        course = list(points)
        if course == self.points and label == self.label and self.pos().isNull():
            return
        self.prepareGeometryChange()
        self.setPos(0, 0)
        self.points, self.label = course, label
        self._forward = curve(self.points)
        self._has_head = self._has_back = False
        self._measure()

    def _measure(self) -> None:
        beside = GRADIENT_OFFSET_PX + 9  # with an arrow head on it
        self._all = self._forward.boundingRect().adjusted(-beside, -beside, beside, beside)
        if self.label is not None:
            self._all = self._all.united(self._text_box())

    def _trace(self) -> None:
        """Find out where its arrow head is, and the gradient's arrow where there is one."""
        if not self._has_head:
            (ax, ay), (bx, by) = self.points[-4], self.points[-1]
            # The last piece says where it points to, if it is long enough.
            end = self.points[-4:] if abs(bx - ax) + abs(by - ay) > LONG else self.points
            self._head = arrow_head(trim_line(sample_curve(end), 0, 1.5), 12)
            self._has_head = True
        if self.style.gradient:
            self._backward()

    def _backward(self) -> tuple[QPainterPath, QPolygonF]:
        """Return the gradient's line and its arrow head; it runs under a line that goes right, as its number does."""
        if not self._has_back:
            beside = backward_line(sample_curve(self.points), Side(-1.0))
            self._back, self._back_head = polyline(trim_line(beside, 0, 10)), arrow_head(beside, 15)
            self._has_back = True
        return self._back, self._back_head

    def _text_box(self) -> QRectF:
        width, height = self._room
        x, y = self.label or (0.0, 0.0)
        return QRectF(x - width / 2, y - height / 2, width, height)

    def _paint_forward(self, painter: QPainter, theme: Theme) -> None:
        style = self.style
        colour = theme.text if style.selected else theme.value if style.done else theme.faint
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, self._width + (1.2 if style.selected else 0)))
        painter.drawPath(self._forward)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if not self.link.target.startswith("<"):
            painter.drawPolygon(self._head)
        if style.gradient:
            self._paint_gradient_line(painter, theme)
        if self.label is not None:
            self._paint_texts(painter, theme)

    def _paint_texts(self, painter: QPainter, theme: Theme) -> None:
        box, style = self._text_box(), self.style
        over = QRectF(box.left(), box.center().y() - 24, box.width(), 18)
        self.draw_text(painter, over, CENTER, self._words, theme.muted, SANS, SMALL)
        if style.gradient:
            under = QRectF(box.left(), box.bottom() - 20, box.width(), 20)
            self.draw_text(painter, under, CENTER, style.gradient, theme.gradient, SANS, VALUE, bold=True)
