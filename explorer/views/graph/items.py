"""The two things on the graph: a box and a link. They are told what to show and paint it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.core.expression.names import short_name
from explorer.core.graph.edge_geometry import Point, Side, backward_line, sampled, shortened, side_of
from explorer.core.graph.picture import Box, Link
from explorer.core.graph.placement import MATH, NAME, SANS, SMALL, SYMBOL, VALUE, box_size, text_box, text_size
from explorer.views.graph.painter_paths import arrow_head, curve, polyline
from explorer.views.graph.visible_numbers import SUM
from explorer.views.theme.theme import Theme, font

_FLAGS = Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextDontClip.value
LEFT, RIGHT = _FLAGS | Qt.AlignmentFlag.AlignLeft.value, _FLAGS | Qt.AlignmentFlag.AlignRight.value
MIDDLE = _FLAGS | Qt.AlignmentFlag.AlignHCenter.value


@dataclass(frozen=True)
class BoxStyle:
    """value, total: texts, "" for nothing. active: the step's own. done: a backward op that has run.

    sign: what stands before the total.
    """

    value: str = ""
    total: str = ""
    active: bool = False
    done: bool = True
    selected: bool = False
    sign: str = SUM


@dataclass(frozen=True)
class LinkStyle:
    """gradient: the text beside it, "" for none yet. fresh: this step brought it. done: a value went along it."""

    gradient: str = ""
    fresh: bool = False
    done: bool = True
    selected: bool = False


@lru_cache(maxsize=4096)
def text_width(family: str, pixels: float, text: str, *, bold: bool = False, italic: bool = False) -> float:
    """Return how wide a text is, in pixels at scale 1."""
    return QFontMetricsF(font(family, pixels, bold=bold, italic=italic)).horizontalAdvance(text)


class Item(QGraphicsItem):
    """What boxes and links have in common: a look, a theme, and how far they have faded in."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme | None = None

    def part_at(self, point: QPointF) -> str:
        """Return which part of it lies at a point of its own: node, edge, or something on one of them."""
        return "node"

    def write(
        self, painter: QPainter, box: QRectF, flags: int, text: str, colour: QColor, family: str,
        pixels: float, *, bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Write one line of text, smaller where it would not fit."""
        painter.setFont(_fitted(text, family, pixels, bold, italic, box.width()))
        painter.setPen(colour)
        painter.drawText(box, flags, text)


@lru_cache(maxsize=4096)
def _fitted(text: str, family: str, pixels: float, bold: bool, italic: bool, room: float) -> QFont:
    """The font in which ``text`` fits into ``room``."""
    width = text_width(family, pixels, text, bold=bold, italic=italic)
    if width > room + 0.5:
        pixels = max(7, int(pixels * room / width))
    return font(family, pixels, bold=bold, italic=italic)


class BoxItem(Item):
    """A box, painted around its position."""

    def __init__(self, box: Box) -> None:
        super().__init__()
        self.box = box
        self.look = BoxStyle()
        self.size = box_size(box, text_width)
        self._measure()
        self.setZValue(2)
        if box.kind != "output":
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_box(self, box: Box) -> None:
        """Show another box of the same name."""
        if box != self.box:
            self.prepareGeometryChange()
            self.box = box
            self.size = box_size(box, text_width)
            self._measure()

    def _measure(self) -> None:
        """Where symbol, name and value of a forward op stand."""
        width, height = self.size
        self._rect = QRectF(-width / 2, -height / 2, width, height)
        inner = self._rect.adjusted(16, 8, -14, -8)
        symbol = text_width(MATH, SYMBOL, self.box.symbol, italic=self.box.kind == "input")
        left = QRectF(inner.left(), inner.top(), symbol + 2, inner.height())
        right = inner.adjusted(symbol + 10, 0, 0, 0)
        half = right.height() / 2
        self._places = left, right.adjusted(0, 0, 0, -half - 2), right.adjusted(0, half - 5, 0, 0)

    def set_look(self, look: BoxStyle) -> None:
        """Show values and state; the view repaints, for it calls this while it does."""
        self.look = look

    def rect(self) -> QRectF:
        """Return the box around the origin."""
        return self._rect

    def boundingRect(self) -> QRectF:
        """Return all that is painted on."""
        return self.rect().adjusted(-5, -5, 5, 18)

    def shape(self) -> QPainterPath:
        """Return what can be clicked."""
        path = QPainterPath()
        path.addRect(self.rect())
        if self.look.total:
            path.addRect(self._pill())
        return path

    def part_at(self, point: QPointF) -> str:
        """Return node, total or tangent for what stands on its lower edge, or what else the box is."""
        if self.look.total and self._pill().contains(point):
            return "tangent" if self.look.sign != SUM else "total"
        return {"gradient": "backward", "output": "output"}.get(self.box.kind, "node")

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it."""
        if self.theme is None:
            return
        if self.box.kind == "output":
            self._paint_output(painter, self.theme)
        elif self.box.kind == "gradient":
            self._paint_gradient(painter, self.theme)
        else:
            self._paint_forward(painter, self.theme)
        if self.look.total:
            self._paint_total(painter, self.theme)

    def _frame(self, painter: QPainter, fill: QColor, line: QColor, width: float, radius: float, dashed: bool) -> None:
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(line, width, style))
        painter.setBrush(fill)
        painter.drawRoundedRect(self.rect(), radius, radius)

    def _paint_forward(self, painter: QPainter, theme: Theme) -> None:
        box, look = self.box, self.look
        if look.active:
            colour = theme.gradient if look.done else theme.value
            soft = theme.gradient_soft if look.done else theme.value_soft
            self._frame(painter, soft, colour, 4, 14, False)
        elif look.selected:
            self._frame(painter, theme.raised, theme.text, 2.5, 14, False)
        else:
            self._frame(painter, theme.raised, theme.faint, 1.5, 14, False)
        left, top, bottom = self._places
        self.write(painter, left, LEFT, box.symbol, theme.text, MATH, SYMBOL, italic=box.kind == "input")
        self.write(painter, top, RIGHT, box.name, theme.muted, SANS, NAME)
        if look.value:
            self.write(painter, bottom, RIGHT, look.value, theme.value, SANS, VALUE, bold=True)

    def _paint_gradient(self, painter: QPainter, theme: Theme) -> None:
        box, look, rect = self.box, self.look, self.rect()
        strong = look.active and look.done
        fill = theme.gradient_soft if strong else theme.panel
        line = theme.gradient if look.done else theme.faint
        if look.selected:
            line = theme.text
        self._frame(painter, fill, line, 2.5 if strong or look.selected else 1.4, 10, not look.done)
        inner = rect.adjusted(10, 4, -10, -4)
        top = inner.adjusted(0, 0, 0, -18)
        colour = theme.text if look.done else theme.faint
        self.write(painter, top, LEFT, box.symbol, colour, SANS, SMALL, bold=True)
        if look.value:
            room = top.adjusted(text_width(SANS, SMALL, box.symbol, bold=True) + 8, 0, 0, 0)
            self.write(painter, room, RIGHT, look.value, theme.gradient, SANS, SMALL, bold=True)
        bottom = inner.adjusted(0, inner.height() - 16, 0, 0)
        self.write(painter, bottom, LEFT, box.name, theme.muted, SANS, NAME)

    def _paint_output(self, painter: QPainter, theme: Theme) -> None:
        if self.look.active:
            self._frame(painter, theme.gradient_soft, theme.gradient, 3, 12, False)
        self.write(painter, self.rect(), MIDDLE, self.box.symbol, theme.text, MATH, 28, italic=True)

    def _paint_total(self, painter: QPainter, theme: Theme) -> None:
        """The sum of the gradients at a fan-out, or the tangent, on the lower edge: it belongs to the box's output."""
        forward = self.look.sign != SUM
        strong, soft = (theme.value, theme.value_soft) if forward else (theme.gradient, theme.gradient_soft)
        pill = self._pill()
        painter.setPen(QPen(strong, 1.5))
        painter.setBrush(soft)
        painter.drawRoundedRect(pill, 11, 11)
        self.write(painter, pill, MIDDLE, self._total_text(), strong, SANS, SMALL, bold=True)

    def _total_text(self) -> str:
        return f"{self.look.sign} {self.look.total}"

    def _pill(self) -> QRectF:
        width = text_width(SANS, SMALL, self._total_text(), bold=True) + 16
        return QRectF(self.rect().left() + 10, self.rect().bottom() - 10, width, 22)


def _band(line: QPainterPath, width: float = 16) -> QPainterPath:
    """A band along a line that the mouse can hit."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    return stroker.createStroke(line)


class LinkItem(Item):
    """A link with, where there is one, the gradient that runs back beside it."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.look = LinkStyle()
        self.points: list[Point] = []
        self.label: Point | None = None
        self._forward = QPainterPath()
        self._head = QPolygonF()
        self._line: list[Point] = []
        self._beside: tuple[QPainterPath, QPolygonF] | None = None
        self._bounds = QRectF()
        self._side = Side()
        self._texts = text_size(link, text_width)
        self.setZValue(1 if link.kind == "forward" else 0)
        if link.kind == "forward" and link.tensor:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_link(self, link: Link) -> None:
        """Show another link of the same name."""
        self.link = link
        self._texts = text_size(link, text_width)

    def set_points(self, points: Sequence[Point], label: Point | None) -> None:
        """Go along joined cubic Béziers; ``label`` is the middle of the room for texts."""
        self.prepareGeometryChange()
        self.points = list(points)
        self.label = label
        self._line = line = sampled(self.points)
        self._beside = None
        trimmed = shortened(line, 0, 1.5)
        self._head = arrow_head(trimmed, 12)
        self._forward = curve(self.points)
        self._side = self._find_side(line, label)
        bounds = self._forward.boundingRect().adjusted(-22, -22, 22, 22)
        if label is not None:
            bounds = bounds.united(QRectF(label[0] - 70, label[1] - 24, 140, 48))
        self._bounds = bounds

    def _backward(self) -> tuple[QPainterPath, QPolygonF]:
        """Return the line on which the gradient runs back and its head, made when there is one for the first time."""
        if self._beside is None:
            beside = backward_line(self._line, self._side)
            self._beside = polyline(shortened(beside, 0, 10)), arrow_head(beside, 15)
        return self._beside

    def _find_side(self, line: Sequence[Point], label: Point | None) -> Side:
        """Find the side of the line on which the texts are: the gradient runs between them and the line."""
        return side_of(line, label)

    def text_rect(self) -> QRectF:
        """Return where the gradient and the tensor's name stand beside it; an empty one where nothing does."""
        return self._text_box() if self.label is not None else QRectF()

    def set_look(self, look: LinkStyle) -> None:
        """Show values and state; the view repaints, for it calls this while it does."""
        self.look = look

    def boundingRect(self) -> QRectF:
        """Return all that is painted on."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """Return what can be clicked: a band along the line, the gradient's arrow, and the texts."""
        path = _band(self._forward)
        if self.look.gradient:
            path = path.united(_band(self._backward()[0]))
        if self.label is not None:
            path.addRect(self._text_box())
        return path

    def part_at(self, point: QPointF) -> str:
        """Return edge, or gradient for the arrow that comes back beside it and its number."""
        if self.link.kind != "forward":
            return "gradient" if self.link.kind == "backward" else "edge"
        text = self._text_box() if self.label is not None else QRectF()
        number = text.adjusted(0, 0, 0, -16).contains(point)
        back = _band(self._backward()[0]).contains(point) and not _band(self._forward, 6).contains(point)
        return "gradient" if self.look.gradient and (number or back) else "edge"

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it."""
        if self.theme is None or not self.points:
            return
        if self.link.kind == "forward":
            self._paint_forward(painter, self.theme)
        else:
            self._paint_backward(painter, self.theme)

    def _paint_forward(self, painter: QPainter, theme: Theme) -> None:
        look = self.look
        colour = theme.text if look.selected else theme.value if look.done else theme.faint
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 3.2 if look.selected else 2.2))
        painter.drawPath(self._forward)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(self._head)
        if look.gradient:
            self._paint_back(painter, theme)
        if self.label is not None:
            self._paint_texts(painter, theme)

    def _paint_back(self, painter: QPainter, theme: Theme) -> None:
        """Paint the line on which the gradient runs back: whole and wide in the step that brings it."""
        pen = QPen(theme.gradient, 4.0 if self.look.fresh else 2.4)
        if not self.look.fresh:
            pen.setDashPattern([3, 2.2])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        line, head = self._backward()
        painter.drawPath(line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.gradient)
        painter.drawPolygon(head)

    def _text_box(self) -> QRectF:
        """Where the texts stand: beside the line, with room for the gradient's arrow between."""
        return QRectF(*text_box(self.label or (0.0, 0.0), self._texts, self._side))

    def _paint_texts(self, painter: QPainter, theme: Theme) -> None:
        box, look = self._text_box(), self.look
        name = box if not look.gradient else box.adjusted(0, 24, 0, 0)
        self.write(painter, name, LEFT, short_name(self.link.tensor), theme.muted, SANS, NAME)
        if look.gradient:
            pixels = 21 if look.fresh else 17
            top = box.adjusted(0, 0, 0, -16)
            self.write(painter, top, LEFT, look.gradient, theme.gradient, SANS, pixels, bold=True)

    def _paint_backward(self, painter: QPainter, theme: Theme) -> None:
        look = self.look
        backward = self.link.kind == "backward"
        colour = theme.faint if not look.done else theme.gradient if backward else theme.value
        pen = QPen(colour, 2.6 if look.fresh and look.done else 1.4)
        if not backward or not look.done:
            pen.setDashPattern([2, 3])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPath(self._forward)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(self._head)
