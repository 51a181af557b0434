"""Items of the edges of a network's graph, each a bundle of argument slots."""

from collections.abc import Sequence
from math import log2

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX, Side, backward_line, sample_curve, trim_line
from explorer.core.graph.graphviz_layout import Point
from explorer.core.network_graph.visible_graph import EXIT_PREFIX, VisibleEdge
from explorer.views.graph.items import CENTER, GraphItem, LinkStyle
from explorer.views.graph.link_painting import band, paint_arrow, paint_backward_link, paint_gradient_line
from explorer.views.graph.painter_paths import arrow_head, curve, polyline
from explorer.views.network_graph.item_text import edge_text
from explorer.views.network_graph.measure import SMALL_PX, VALUE_PX, edge_label_size
from explorer.views.network_graph.node_items import draw_legible_text
from explorer.views.theme.theme import SANS, Theme

LONG_PIECE_PX = 40.0
"""Distance between the ends of the last Bézier from which the arrow head's direction follows from it alone."""

ARROW_MARGIN_PX = 9
"""Half the width of an arrow head on the gradient's line, with a margin."""


class EdgeItem(GraphItem):
    """An edge with its shape above the line and its gradient below; the line is thicker for more slots."""

    def __init__(self, edge: VisibleEdge) -> None:
        super().__init__()
        self.style = LinkStyle()
        self.points: list[Point] = []
        self.label: Point | None = None
        self._line, self._gradient_line = QPainterPath(), QPainterPath()
        self._head, self._gradient_head = QPolygonF(), QPolygonF()
        self._has_head = self._has_gradient_line = False
        self._bounds = QRectF()
        self.setZValue(1 if edge.kind == "forward" else 0)
        if edge.kind == "forward":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._set(edge)

    @property
    def is_selected(self) -> bool:
        """Whether its style marks it as selected."""
        return self.style.selected

    def set_edge(self, edge: VisibleEdge) -> None:
        """Replace the edge by another one of the same key."""
        label_size = self._label_size
        self._set(edge)
        if self._label_size != label_size:
            self.prepareGeometryChange()
            self._update_bounds()

    def set_style(self, style: LinkStyle) -> None:
        """Set the style without scheduling a repaint: the view calls this while it paints."""
        self.style = style

    def set_points(self, points: Sequence[Point], label: Point | None) -> None:
        """Set the course as joined cubic Béziers (1 + 3n points), and the centre of the texts, None for none.

        Arrow heads and the gradient's line are computed when they are painted: while a group opens, most never are.
        """
        course = list(points)
        if course == self.points and label == self.label and self.pos().isNull():
            return
        self.prepareGeometryChange()
        self.setPos(0, 0)
        self.points, self.label = course, label
        self._line = curve(self.points)
        self._has_head = self._has_gradient_line = False
        self._update_bounds()

    def text_rect(self) -> QRectF:
        """Return the area of the texts."""
        width, height = self._label_size
        x, y = self.label or (0.0, 0.0)
        return QRectF(x - width / 2, y - height / 2, width, height)

    def part_at(self, point: QPointF) -> str:
        """Return edge: value and gradient are described together."""
        return "edge"

    def boundingRect(self) -> QRectF:
        """Return the area that is painted on."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """Return the clickable area: bands along the line and the gradient's arrow, and the texts."""
        path = band(self._line)
        if self.style.gradient:
            path = path.united(band(self._gradient_arrow()[0]))
        if self.label is not None:
            path.addRect(self.text_rect())
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it."""
        theme, style = self.theme, self.style
        if theme is None or not self.points:
            return
        if self.edge.kind != "forward":
            paint_backward_link(
                painter,
                theme,
                self._line,
                self._arrow_head(),
                kind=self.edge.kind,
                done=style.done,
                is_new=style.is_new,
            )
            return
        colour = theme.text if style.selected else theme.value if style.done else theme.faint
        head = QPolygonF() if self.edge.target.startswith(EXIT_PREFIX) else self._arrow_head()
        paint_arrow(painter, self._line, head, QPen(colour, self._width + (1.2 if style.selected else 0)), colour)
        if style.gradient:
            paint_gradient_line(painter, theme, *self._gradient_arrow(), is_new=style.is_new)
        if self.label is not None:
            self._paint_texts(painter, theme)

    def _set(self, edge: VisibleEdge) -> None:
        self.edge = edge
        self._text = edge_text(edge)
        self._width = 2.2 + 0.7 * log2(edge.count) if edge.count > 1 else 2.2
        self._label_size = edge_label_size(edge)

    def _update_bounds(self) -> None:
        margin = GRADIENT_OFFSET_PX + ARROW_MARGIN_PX
        self._bounds = self._line.boundingRect().adjusted(-margin, -margin, margin, margin)
        if self.label is not None:
            self._bounds = self._bounds.united(self.text_rect())

    def _arrow_head(self) -> QPolygonF:
        if not self._has_head:
            (ax, ay), (bx, by) = self.points[-4], self.points[-1]
            is_long = abs(bx - ax) + abs(by - ay) > LONG_PIECE_PX
            end = self.points[-4:] if is_long else self.points
            self._head = arrow_head(trim_line(sample_curve(end), 0, 1.5), 12)
            self._has_head = True
        return self._head

    def _gradient_arrow(self) -> tuple[QPainterPath, QPolygonF]:
        """Return the gradient's line, which runs below a line that goes right, and its arrow head."""
        if not self._has_gradient_line:
            line = backward_line(sample_curve(self.points), Side(-1.0))
            self._gradient_line, self._gradient_head = polyline(trim_line(line, 0, 10)), arrow_head(line, 15)
            self._has_gradient_line = True
        return self._gradient_line, self._gradient_head

    def _paint_texts(self, painter: QPainter, theme: Theme) -> None:
        box, gradient = self.text_rect(), self.style.gradient
        above = QRectF(box.left(), box.center().y() - 24, box.width(), 18)
        draw_legible_text(self, painter, above, CENTER, self._text, theme.muted, SANS, SMALL_PX)
        if gradient:
            below = QRectF(box.left(), box.bottom() - 20, box.width(), 20)
            draw_legible_text(self, painter, below, CENTER, gradient, theme.gradient, SANS, VALUE_PX, bold=True)
