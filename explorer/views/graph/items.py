"""The items of a graph: boxes and links, painted from a style that the view computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.core.expression.names import short_name
from explorer.core.graph.density import NORMAL, Density
from explorer.core.graph.edge_geometry import Point, backward_line, label_side, sample_curve, trim_line
from explorer.core.graph.measure import MATH_FAMILY, SANS_FAMILY, Size
from explorer.core.graph.picture import Box, Link
from explorer.core.graph.placement import (
    ARROW_SPACE_PX,
    box_size,
    is_bare,
    link_text_rect,
    link_text_size,
    name_height,
)
from explorer.core.graph.value_space import grid_pixels, image_size, is_tall
from explorer.core.graph.value_text import ValueText
from explorer.views.graph.badge_place import BADGE_HEIGHT_PX, NO_RECTS, Rects, badge_place
from explorer.views.graph.focus_frame import MARGIN_PX, RADIUS_PX
from explorer.views.graph.link_painting import band, paint_arrow, paint_backward_link, paint_gradient_line
from explorer.views.graph.overview_painting import is_overview, paint_box, paint_gradient, paint_link, zoom_of
from explorer.views.graph.painter_paths import arrow_head, curve, polyline
from explorer.views.graph.visible_numbers import SUM
from explorer.views.painting.value_painting import cell_at, paint_cells, paint_image
from explorer.views.theme.theme import Theme, font

NEW_GRADIENT_PX = 21
"""Font size of the gradients that the current step brings."""

BADGE_LINE_HEIGHT = 1.2
"""Height of a sum of gradients at least, in em."""

SAMPLE_NUMBER = "−0.0000"
"""A number as long as most, so that a badge stays at its place while its number changes."""

_FLAGS = Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextDontClip.value
LEFT, RIGHT = _FLAGS | Qt.AlignmentFlag.AlignLeft.value, _FLAGS | Qt.AlignmentFlag.AlignRight.value
CENTER = _FLAGS | Qt.AlignmentFlag.AlignHCenter.value


@dataclass(frozen=True)
class BoxStyle:
    """How a box is painted.

    value: text of the box's tensor, "" for none. badge: text on the lower edge, a sum of gradients or a tangent, "" for
    none; badge_sign: the sign before it, `SUM` for a sum of gradients. active: the box belongs to the current step.
    done: for a backward op, whether it has run; for a forward op, whether the backward pass is shown. value_array: the
    value if it is a matrix or larger. is_odd: the value is NaN, infinite or lost to rounding.
    """

    value: str = ""
    badge: str = ""
    active: bool = False
    done: bool = True
    selected: bool = False
    badge_sign: str = SUM
    value_array: ValueText | None = None
    is_odd: bool = False


@dataclass(frozen=True)
class LinkStyle:
    """How a link is painted.

    gradient: text of the gradient beside it, "" for none yet. is_new: the current step brought the gradient. done:
    the value of its tensor is known. gradient_array: the gradient if it is a matrix or larger. is_odd: the
    gradient is NaN, infinite or lost to rounding.
    """

    gradient: str = ""
    is_new: bool = False
    done: bool = True
    selected: bool = False
    gradient_array: ValueText | None = None
    is_odd: bool = False


@lru_cache(maxsize=256)
def _metrics(family: str, pixels: float, bold: bool, italic: bool) -> QFontMetricsF:
    return QFontMetricsF(font(family, pixels, bold=bold, italic=italic))


@lru_cache(maxsize=4096)
def text_width(family: str, pixels: float, text: str, *, bold: bool = False, italic: bool = False) -> float:
    """Return the width of a text in pixels at scale 1."""
    return _metrics(family, pixels, bold, italic).horizontalAdvance(text)


def _can_be_read(text: str, pixels: float, density: Density, available: float) -> bool:
    """Whether a number fits into a width at its size, in which its width is needed anyway, or at the smallest size."""
    return (
        text_width(SANS_FAMILY, pixels, text, bold=True) <= available
        or text_width(SANS_FAMILY, density.min_text_px, text, bold=True) <= available
    )


class GraphItem(QGraphicsItem):
    """Base of boxes and links; paints nothing before it has a theme."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme | None = None

    @property
    def is_selected(self) -> bool:
        """Whether its style marks it as selected."""
        return False

    def part_at(self, point: QPointF) -> str:
        """Return the kind of part at a point in item coordinates, such as node, edge or gradient."""
        return "node"

    def focus_outline(self) -> QPainterPath:
        """Return the frame around it in item coordinates, while it has the focus."""
        return QPainterPath()

    def draw_text(
        self, painter: QPainter, box: QRectF, flags: int, text: str, colour: QColor, family: str,
        pixels: float, *, bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Draw one line of text, in a smaller font if it does not fit into the box."""
        painter.setFont(_fitted(text, family, pixels, bold, italic, box.width()))
        painter.setPen(colour)
        painter.drawText(box, flags, text)

    def draw_array(
        self, painter: QPainter, box: QRectF, value: ValueText, shape: Sequence[int], colour: QColor, density: Density,
        *, right: bool,
    ) -> None:  # fmt: skip
        """Draw a matrix, or the image of a larger array of this shape, at the right or left edge of the box."""
        if value.cells:
            used = font(SANS_FAMILY, grid_pixels(density), bold=True)
            paint_cells(painter, box, value.cells, used, colour, right=right)
        elif self.theme is not None:
            size = QSizeF(*image_size(shape))
            paint_image(painter, box, value, size, density.name_px, colour, self.theme, right=right)

    def draw_name(self, painter: QPainter, box: QRectF, flags: int, text: str, colour: QColor, pixels: float) -> None:
        """Draw a name, with its middle left out if it does not fit into the box."""
        painter.setFont(font(SANS_FAMILY, pixels))
        painter.setPen(colour)
        painter.drawText(box, flags, _elided(text, pixels, box.width()))


@lru_cache(maxsize=4096)
def _fitted(text: str, family: str, pixels: float, bold: bool, italic: bool, available: float) -> QFont:
    """Return a font in which ``text`` is at most ``available`` pixels wide, but not smaller than 7 pixels."""
    width = text_width(family, pixels, text, bold=bold, italic=italic)
    if width > available + 0.5:
        pixels = max(7, int(pixels * available / width))
    return font(family, pixels, bold=bold, italic=italic)


@lru_cache(maxsize=4096)
def _elided(text: str, pixels: float, available: float) -> str:
    metrics = _metrics(SANS_FAMILY, pixels, False, False)
    return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, available + 0.5)


def _segments(line: Sequence[Point]) -> Rects:
    points = np.array(line, dtype=np.float64).reshape(-1, 2)
    ends = points[:-1], points[1:]
    return np.hstack([np.minimum(*ends), np.maximum(*ends)])


class BoxItem(GraphItem):
    """A box, centred at its position."""

    def __init__(self, box: Box, density: Density = NORMAL, size: Size | None = None) -> None:
        super().__init__()
        self.box = box
        self.density = density
        self.style = BoxStyle()
        self.size = size or box_size(box, text_width, density)
        self._measure()
        self.find_wires: Callable[[], Rects] = lambda: NO_RECTS
        self._badge_place: tuple[Rects, tuple[float, float], QRectF] | None = None
        self.setZValue(2)
        if box.kind != "output":
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_box(self, box: Box, density: Density, size: Size) -> None:
        """Replace the box by another one of the same name, of a size in pixels."""
        if box != self.box or density is not self.density or size != self.size:
            self.prepareGeometryChange()
            self.box, self.density, self.size = box, density, size
            self._measure()

    def _measure(self) -> None:
        """Compute the outline and the places of symbol, name and value."""
        width, height = self.size
        self._rect = QRectF(-width / 2, -height / 2, width, height)
        across, down = self.density.padding_x, self.density.padding_y
        down += max((height - box_size(self.box, text_width, self.density)[1]) / 2, 0.0)
        inner = self._rect.adjusted(across, down, 2 - across, -down)
        symbol = text_width(MATH_FAMILY, self.density.symbol_px, self.box.symbol, italic=self.box.kind == "input")
        left = QRectF(inner.left(), inner.top(), symbol + 2, inner.height())
        right = inner.adjusted(symbol + 10, 0, 0, 0)
        half = right.height() / 2
        top, bottom = right.adjusted(0, 0, 0, -half - 2), right.adjusted(0, half - 5, 0, 0)
        if is_tall(self.box.shape):
            name = name_height(self.density)
            top, bottom = right.adjusted(0, 0, 0, name - right.height()), right.adjusted(0, name, 0, 0)
        self._places = left, top, bottom
        self._badge_place = None

    @property
    def is_selected(self) -> bool:
        """Whether its style marks it as selected."""
        return self.style.selected

    def has_space_for(self, value: str) -> bool:
        """Whether the text of a value can be read in this box."""
        available = self._places[2].width()
        return self.box.kind == "gradient" or _can_be_read(value, self.density.value_px, self.density, available)

    def set_style(self, style: BoxStyle) -> None:
        """Set the style without scheduling a repaint: the view calls this while it paints."""
        if bool(style.badge) != bool(self.style.badge):
            self.prepareGeometryChange()
        self.style = style

    def rect(self) -> QRectF:
        """Return the outline in item coordinates, around the origin."""
        return self._rect

    def focus_outline(self) -> QPainterPath:
        """Return the frame around it in item coordinates, while it has the focus."""
        path = QPainterPath()
        frame = self.rect().adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)
        path.addRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        return path

    def boundingRect(self) -> QRectF:
        """Return the area that is painted on."""
        if self.box.kind == "output":
            return self.rect().adjusted(-5, -5, 5, 5)
        above = self._badge_height if self.style.badge else 5.0
        return self.rect().adjusted(-5, -above, 5, self._badge_height + 2)

    def shape(self) -> QPainterPath:
        """Return the clickable area."""
        path = QPainterPath()
        path.addRect(self.rect())
        if self.style.badge:
            path.addRect(self._badge_rect())
        return path

    def part_at(self, point: QPointF) -> str:
        """Return total or tangent for the badge, otherwise node, backward or output by the kind of box."""
        if self.style.badge and self._badge_rect().contains(point):
            return "tangent" if self.style.badge_sign != SUM else "total"
        return {"gradient": "backward", "output": "output"}.get(self.box.kind, "node")

    def entry_at(self, point: QPointF) -> tuple[int, ...] | None:
        """Return the indices of the entry of a vector or matrix that is written at a point in item coordinates."""
        place, array = self._places[2], self.style.value_array
        if array is not None:
            used = font(SANS_FAMILY, grid_pixels(self.density), bold=True)
            found = cell_at(place, array.cells, used, point, right=True) if array.cells else None
            return found if found is None or len(self.box.shape) > 1 else (max(found),)
        head, bracket, entries = self.style.value.partition("[")
        if len(self.box.shape) != 1 or not bracket or not place.contains(point):
            return None
        pixels = _fitted(self.style.value, SANS_FAMILY, self.density.value_px, True, False, place.width()).pixelSize()
        texts = [head + bracket, *(f"{entry}, " for entry in entries.removesuffix("]").split(", "))]
        ends = (
            place.right()
            - text_width(SANS_FAMILY, pixels, self.style.value, bold=True)
            + np.cumsum([text_width(SANS_FAMILY, pixels, text, bold=True) for text in texts])
        )
        index = int(np.searchsorted(ends, point.x())) - 1
        return (index,) if 0 <= index < self.box.shape[0] == len(texts) - 1 else None

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint the item in its style."""
        if self.theme is None:
            return
        zoom = zoom_of(painter)
        if is_overview(zoom, self.density.name_px):
            self._paint_overview(painter, self.theme, zoom)
            return
        if self.box.kind == "output":
            self._paint_output(painter, self.theme)
        elif self.box.kind == "gradient":
            self._paint_gradient(painter, self.theme)
        else:
            self._paint_forward(painter, self.theme)
        if self.style.badge:
            self._paint_badge(painter, self.theme)

    def _paint_overview(self, painter: QPainter, theme: Theme, zoom: float) -> None:
        style, fill, line = self.style, theme.raised, theme.faint
        if style.active:
            is_gradient = style.done
            fill = theme.gradient_soft if is_gradient else theme.value_soft
            line = theme.gradient if is_gradient else theme.value
        elif style.selected:
            line = theme.text
        elif self.box.kind == "gradient":
            fill, line = theme.panel, theme.gradient if style.done else theme.faint
        paint_box(painter, self.rect(), self.box.symbol, fill, line, theme.text, zoom)

    def _frame(self, painter: QPainter, fill: QColor, line: QColor, width: float, radius: float, dashed: bool) -> None:
        pen_style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(line, width, pen_style))
        painter.setBrush(fill)
        painter.drawRoundedRect(self.rect(), radius, radius)

    def _paint_forward(self, painter: QPainter, theme: Theme) -> None:
        box, style = self.box, self.style
        if style.active:
            colour = theme.gradient if style.done else theme.value
            soft = theme.gradient_soft if style.done else theme.value_soft
            self._frame(painter, soft, colour, 4, 14, False)
        elif style.selected:
            self._frame(painter, theme.raised, theme.text, 2.5, 14, False)
        else:
            self._frame(painter, theme.raised, theme.error if style.is_odd else theme.faint, 1.5, 14, False)
        left, top, bottom = self._places
        symbol_px, value_px = self.density.symbol_px, self.density.value_px
        if is_bare(box, self.density):
            self.draw_text(painter, self.rect(), CENTER, box.symbol, theme.text, MATH_FAMILY, symbol_px)
            return
        self.draw_text(painter, left, LEFT, box.symbol, theme.text, MATH_FAMILY, symbol_px, italic=box.kind == "input")
        self.draw_name(painter, top, RIGHT, box.name, theme.muted, self.density.name_px)
        value_colour = theme.error if style.is_odd else theme.value
        if style.value_array is not None:
            self.draw_array(painter, bottom, style.value_array, box.shape, value_colour, self.density, right=True)
        elif style.value:
            self.draw_text(painter, bottom, RIGHT, style.value, value_colour, SANS_FAMILY, value_px, bold=True)

    def _paint_gradient(self, painter: QPainter, theme: Theme) -> None:
        box, style, rect = self.box, self.style, self.rect()
        strong = style.active and style.done
        fill = theme.gradient_soft if strong else theme.panel
        value_colour = theme.error if style.is_odd else theme.gradient
        line = value_colour if style.done else theme.faint
        if style.selected:
            line = theme.text
        self._frame(painter, fill, line, 2.5 if strong or style.selected else 1.4, 10, not style.done)
        inner = rect.adjusted(10, 4, -10, -4)
        top = inner.adjusted(0, 0, 0, -18)
        head = top if not is_tall(box.shape) else top.adjusted(0, 0, 0, 24 - top.height())
        colour = theme.text if style.done else theme.faint
        self.draw_text(painter, head, LEFT, box.symbol, colour, SANS_FAMILY, self.density.small_px, bold=True)
        if style.value:
            remaining = top.adjusted(text_width(SANS_FAMILY, self.density.small_px, box.symbol, bold=True) + 8, 0, 0, 0)
            if style.value_array is not None:
                self.draw_array(
                    painter, remaining, style.value_array, box.shape, value_colour, self.density, right=True
                )
            else:
                pixels = self.density.small_px
                self.draw_text(painter, remaining, RIGHT, style.value, value_colour, SANS_FAMILY, pixels, bold=True)
        bottom = inner.adjusted(0, inner.height() - 16, 0, 0)
        self.draw_name(painter, bottom, LEFT, box.name, theme.muted, self.density.name_px)

    def _paint_output(self, painter: QPainter, theme: Theme) -> None:
        if self.style.active:
            self._frame(painter, theme.gradient_soft, theme.gradient, 3, 12, False)
        pixels = self.density.output_px
        self.draw_text(painter, self.rect(), CENTER, self.box.symbol, theme.text, MATH_FAMILY, pixels, italic=True)

    def _paint_badge(self, painter: QPainter, theme: Theme) -> None:
        """Paint the sum of the gradients at a fan-out, or the tangent, on an edge."""
        forward = self.style.badge_sign != SUM
        strong, soft = (theme.value, theme.value_soft) if forward else (theme.gradient, theme.gradient_soft)
        badge = self._badge_rect()
        painter.setPen(QPen(strong, 1.5))
        painter.setBrush(soft)
        painter.drawRoundedRect(badge, 11, 11)
        self.draw_text(
            painter, badge, CENTER, self._badge_text(), strong, SANS_FAMILY, self.density.small_px, bold=True
        )

    def _badge_text(self) -> str:
        return f"{self.style.badge_sign} {self.style.badge}"

    def _badge_rect(self) -> QRectF:
        """Return the place of the badge: on an edge where it covers neither wires nor the texts of the box."""
        wires, text, pixels = self.find_wires(), self._badge_text(), self.density.small_px
        width = text_width(SANS_FAMILY, pixels, text, bold=True) + 16
        room = max(width, text_width(SANS_FAMILY, pixels, f"{SUM} {SAMPLE_NUMBER}", bold=True) + 16)
        value_room = self._value_room()
        found = self._badge_place
        if found is None or found[0] is not wires or found[1] != (room, value_room):  # a slider changes only numbers
            obstacles = np.vstack([wires, self._text_rects(value_room)])
            found = wires, (room, value_room), badge_place(self.rect(), room, self._badge_height, obstacles)
            self._badge_place = found
        place = QRectF(found[2])
        place.setWidth(width)
        return place

    @property
    def _badge_height(self) -> float:
        return max(BADGE_HEIGHT_PX, BADGE_LINE_HEIGHT * self.density.small_px)

    def _value_room(self) -> float:
        """Return the width of the value, or of a usual number if that is longer."""
        if self.style.value_array is not None:
            return self._places[2].width()
        texts = (SAMPLE_NUMBER, self.style.value)
        return max(text_width(SANS_FAMILY, self.density.value_px, text, bold=True) for text in texts)

    def _text_rects(self, value_room: float) -> Rects:
        """Return where name and value are, as far as they are at the right of their places."""
        _, top, bottom = self._places
        name = min(text_width(SANS_FAMILY, self.density.name_px, self.box.name), top.width())
        value = min(value_room, bottom.width())
        places = [(top, name, self.density.name_px), (bottom, value, self.density.value_px)]
        if is_tall(self.box.shape):
            places[1] = bottom, value, bottom.height()
        rects = []
        for place, width, height in places:  # a line of text is in the middle of its place
            middle = place.center().y()
            rects.append((place.right() - width, middle - 0.5 * height, place.right(), middle + 0.5 * height))
        return np.array(rects)


class LinkItem(GraphItem):
    """A link and, once known, the gradient that runs back beside it."""

    def __init__(self, link: Link, density: Density = NORMAL) -> None:
        super().__init__()
        self.link = link
        self.density = density
        self.style = LinkStyle()
        self.points: list[Point] = []
        self.label: Point | None = None
        self._forward = QPainterPath()
        self._head = QPolygonF()
        self._line: list[Point] = []
        self._beside: tuple[QPainterPath, QPolygonF] | None = None
        self._segments: Rects | None = None
        self._bounds = QRectF()
        self._texts = link_text_size(link, text_width, density)
        self.setZValue(1 if link.kind == "forward" else 0)
        if link.kind == "forward" and link.tensor:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_link(self, link: Link, density: Density = NORMAL) -> None:
        """Replace the link by another one of the same name."""
        if link != self.link or density is not self.density:
            self.link, self.density = link, density
            self._texts = link_text_size(link, text_width, density)

    def set_points(self, points: Sequence[Point], label: Point | None) -> None:
        """Set the course as joined cubic Béziers (1 + 3n points), and the centre of the texts, None for none."""
        self.prepareGeometryChange()
        self.points = list(points)
        self.label = label
        self._line = line = sample_curve(self.points)
        self._beside = self._segments = None
        trimmed = trim_line(line, 0, 1.5)
        self._head = arrow_head(trimmed, 12)
        self._forward = curve(self.points)
        bounds = self._forward.boundingRect().adjusted(-22, -22, 22, 22)
        if label is not None:
            width, height = self._texts
            across, down = max(140.0, width + 2 * ARROW_SPACE_PX), max(48.0, height + 2 * ARROW_SPACE_PX)
            bounds = bounds.united(QRectF(label[0] - across / 2, label[1] - down / 2, across, down))
        self._bounds = bounds

    def _backward(self) -> tuple[QPainterPath, QPolygonF]:
        """Return the line of the gradient and its arrow head, computed when first needed."""
        if self._beside is None:
            beside = backward_line(self._line, label_side(self._line, self.label))
            self._beside = polyline(trim_line(beside, 0, 10)), arrow_head(beside, 15)
        return self._beside

    def polygon(self) -> QPolygonF:
        """Return points along the link."""
        return QPolygonF([QPointF(*point) for point in self._line])

    def segments(self) -> Rects:
        """Return left, top, right and bottom of each segment of the line, of shape (segments, 4)."""
        if self._segments is None:
            self._segments = _segments(self._line)
        return self._segments

    def gradient_segments(self) -> Rects:
        """Return the same of the gradient's line, with its arrow head."""
        path, head = self._backward()
        ends = [(path.elementAt(k).x, path.elementAt(k).y) for k in range(path.elementCount())]
        corners = [(point.x(), point.y()) for point in head.toList()]
        return np.vstack([_segments(ends), _segments([*corners, *corners[:1]])])

    def text_rect(self) -> QRectF:
        """Return the area of the gradient and the tensor's name; empty without texts."""
        return self._text_box() if self.label is not None else QRectF()

    def focus_outline(self) -> QPainterPath:
        """Return the frame around it in item coordinates, while it has the focus."""
        return band(self._forward)

    @property
    def is_selected(self) -> bool:
        """Whether its style marks it as selected."""
        return self.style.selected

    def has_space_for(self, gradient: str) -> bool:
        """Whether the text of a gradient can be read beside this link."""
        return _can_be_read(gradient, self.density.gradient_px, self.density, self._texts[0])

    def set_style(self, style: LinkStyle) -> None:
        """Set the style without scheduling a repaint: the view calls this while it paints."""
        self.style = style

    def boundingRect(self) -> QRectF:
        """Return the area that is painted on."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """Return the clickable area: bands along the line and the gradient's arrow, and the texts."""
        path = band(self._forward)
        if self.style.gradient:
            path = path.united(band(self._backward()[0]))
        if self.label is not None:
            path.addRect(self._text_box())
        return path

    def part_at(self, point: QPointF) -> str:
        """Return gradient for the arrow beside the line and its number, edge for the rest."""
        if self.link.kind != "forward":
            return "gradient" if self.link.kind == "backward" else "edge"
        text = self._text_box() if self.label is not None else QRectF()
        number = text.adjusted(0, 0, 0, -16).contains(point)
        back = band(self._backward()[0]).contains(point) and not band(self._forward, 6).contains(point)
        return "gradient" if self.style.gradient and (number or back) else "edge"

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint the item in its style."""
        if self.theme is None or not self.points:
            return
        if self.link.kind == "forward":
            self._paint_forward(painter, self.theme)
        else:
            kind, style = self.link.kind, self.style
            paint_backward_link(
                painter, self.theme, self._forward, self._head, kind=kind, done=style.done, is_new=style.is_new
            )

    def _paint_forward(self, painter: QPainter, theme: Theme) -> None:
        style, zoom = self.style, zoom_of(painter)
        colour = theme.text if style.selected else theme.value if style.done else theme.faint
        if is_overview(zoom, self.density.name_px):
            paint_link(painter, self._forward, colour, zoom)
            if style.gradient:
                paint_gradient(painter, self._backward()[0], theme, zoom)
            return
        paint_arrow(painter, self._forward, self._head, QPen(colour, 3.2 if style.selected else 2.2), colour)
        if style.gradient:
            paint_gradient_line(painter, theme, *self._backward(), is_new=style.is_new)
        if self.label is not None:
            self._paint_texts(painter, theme)

    def _text_box(self) -> QRectF:
        """Return the area of the texts: beside the line, with space for the gradient's arrow between."""
        return QRectF(*link_text_rect(self.label or (0.0, 0.0), self._texts))

    def _paint_texts(self, painter: QPainter, theme: Theme) -> None:
        box, style = self._text_box(), self.style
        top = box
        if self.density.has_tensor_names:
            name = box if not style.gradient else box.adjusted(0, box.height() - 16, 0, 0)
            text = short_name(self.link.tensor)
            self.draw_name(painter, name, LEFT, text, theme.muted, self.density.name_px)
            top = box.adjusted(0, 0, 0, -16)
        colour = theme.error if style.is_odd else theme.gradient
        if style.gradient_array is not None:
            self.draw_array(painter, top, style.gradient_array, self.link.shape, colour, self.density, right=False)
        elif style.gradient:
            pixels = max(NEW_GRADIENT_PX, self.density.gradient_px) if style.is_new else self.density.gradient_px
            self.draw_text(painter, top, LEFT, style.gradient, colour, SANS_FAMILY, pixels, bold=True)
