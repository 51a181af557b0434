"""Items of the boxes of a network's graph: closed groups, frames of open groups, ops and ports."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.core.network_graph.layout import FRAME_TOP_PX
from explorer.core.network_graph.visible_graph import VisibleNode
from explorer.views.graph.items import CENTER, LEFT, GraphItem, text_width
from explorer.views.network_graph.measure import (
    GRADIENT_ROW_PX,
    SIGN_PX,
    SMALL_PX,
    THUMBNAIL_PX,
    TITLE_PX,
    VALUE_PX,
    frame_subtitle,
    shown_lines,
    shown_title,
)
from explorer.views.network_graph.thumbnails import OF_GRADIENT, OF_VALUE, ThumbnailCache
from explorer.views.theme.theme import SANS, Theme, blend, text_colour_on

MIN_LEGIBLE_PX = 4.6
"""Height of text on the screen below which it is not painted: zoomed out, it would take as long as all the rest."""

NESTING_CONTRAST = 0.035
"""How much the ground of an open group differs from the ground around it, as a share of the text colour."""


@dataclass(frozen=True)
class NodeStyle:
    """How a box is painted.

    value, gradient: texts, "" for none. active: the current step is at this box. done: the backward pass has reached
    it. heat: position on the colour scale of the overlay, from 0 to 1, None for no colour; heat_text: the number.
    """

    value: str = ""
    gradient: str = ""
    active: bool = False
    done: bool = False
    selected: bool = False
    heat: float | None = None
    heat_text: str = ""


def draw_legible_text(
    item: GraphItem, painter: QPainter, box: QRectF, flags: int, text: str, colour: QColor, family: str,
    pixels: float, *, bold: bool = False,
) -> None:  # fmt: skip
    """Draw one line of text, unless it is too small to be read at the present zoom."""
    if pixels * painter.worldTransform().m11() >= MIN_LEGIBLE_PX:
        item.draw_text(painter, box, flags, text, colour, family, pixels, bold=bold)


class NodeItem(GraphItem):
    """A box, centred at its position. compact: see `measure.node_size`."""

    def __init__(
        self,
        node: VisibleNode,
        size: tuple[float, float],
        thumbnails: ThumbnailCache | None = None,
        *,
        compact: bool = False,
    ) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self.node, self._is_compact = node, compact
        self.style = NodeStyle()
        self.resize(size)
        self._update_order()

    def set_node(self, node: VisibleNode, *, compact: bool = False) -> None:
        """Replace the node by another state of the node of the same id."""
        is_elsewhere = (node.kind, node.container) != (self.node.kind, self.node.container)
        self.node, self._is_compact = node, compact
        if is_elsewhere:
            self._update_order()

    def set_style(self, style: NodeStyle) -> None:
        """Set the style without scheduling a repaint: the view calls this while it paints."""
        self.style = style

    def resize(self, size: tuple[float, float]) -> None:
        """Set width and height, in scene units."""
        self.prepareGeometryChange()
        self.size = size
        width, height = size
        self._rect = QRectF(-width / 2, -height / 2, width, height)

    def _update_order(self) -> None:
        """Put frames behind everything else, inner frames in front of outer ones."""
        depth = self.node.container.count("/") + 1 if self.node.container else 0
        self.setZValue(-100 + depth if self.node.kind == "open" else 2)
        is_port = self.node.kind in ("entry", "exit")
        self.setCursor(Qt.CursorShape.ArrowCursor if is_port else Qt.CursorShape.PointingHandCursor)

    # -- geometry ---------------------------------------------------------------------------------

    @property
    def is_selected(self) -> bool:
        """Whether its style marks it as selected."""
        return self.style.selected

    @property
    def has_thumbnails(self) -> bool:
        """Whether there is space for thumbnails on it."""
        return self.node.has_thumbnails and not self._is_compact

    @property
    def pictured(self) -> str:
        """Which tensor its thumbnails show: its value, or the gradient that the current step brings."""
        return OF_GRADIENT if self.style.active and self.style.gradient else OF_VALUE

    def rect(self) -> QRectF:
        """Return the outline in item coordinates, around the origin."""
        return self._rect

    def head_rect(self) -> QRectF:
        """Return the strip with the name of an open group."""
        rect = self.rect()
        return QRectF(rect.left(), rect.top(), rect.width(), min(FRAME_TOP_PX, rect.height()))

    def sign_rect(self) -> QRectF:
        """Return the place of the sign that opens or closes a group."""
        rect = self.rect()
        if self.node.kind == "open":
            return QRectF(rect.left() + 10, rect.top() + 9, SIGN_PX, SIGN_PX)
        return QRectF(rect.right() - SIGN_PX - 8, rect.top() + 8, SIGN_PX, SIGN_PX)

    def thumbnail_rect(self) -> QRectF:
        """Return the strip for the thumbnails."""
        rect = self.rect()
        return QRectF(rect.left() + 13, rect.bottom() - THUMBNAIL_PX - 9, rect.width() - 25, THUMBNAIL_PX)

    def shape(self) -> QPainterPath:
        """Return the clickable area: of a frame only the strip with its name."""
        path = QPainterPath()
        path.addRect(self.head_rect() if self.node.kind == "open" else self.rect())
        return path

    def boundingRect(self) -> QRectF:
        """Return the area that is painted on."""
        return self.rect().adjusted(-6, -6, 10, 10)

    def part_at(self, point: QPointF) -> str:
        """Return sign for what opens and closes a group, otherwise group, port or node by the kind of box."""
        if self.node.kind in ("open", "group") and self.sign_rect().contains(point):
            return "sign"
        return {"open": "group", "group": "group", "entry": "port", "exit": "port"}.get(self.node.kind, "node")

    # -- painting ---------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it."""
        theme = self.theme
        if theme is None:
            return
        match self.node.kind:
            case "open":
                self._paint_frame(painter, theme)
            case "group":
                self._paint_group(painter, theme)
            case "entry" | "exit":
                self._paint_port(painter, theme)
            case "helper":
                self._paint_helper(painter, theme)
            case _:
                self._paint_op(painter, theme)

    def _paint_ground(self, painter: QPainter, theme: Theme, radius: float) -> None:
        style = self.style
        line, width, fill = theme.faint, 1.5, theme.raised
        if style.heat is not None:
            fill = heat_colour(theme, style.heat)
        if self.node.kind == "backward":
            line, fill = (theme.gradient if style.done else theme.faint), theme.panel
        if style.active:
            line, width = theme.gradient, 4.0
            fill = theme.gradient_soft if style.heat is None else fill
        elif style.selected:
            line, width = theme.text, 3.0
        dashed = self.node.kind == "backward" and not style.done
        painter.setPen(QPen(line, width, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        painter.setBrush(fill)
        painter.drawRoundedRect(self.rect(), radius, radius)

    def _ink(self, theme: Theme, otherwise: QColor) -> QColor:
        """Return a text colour that can be read on the colour of the overlay; without one, ``otherwise``."""
        return otherwise if self.style.heat is None else text_colour_on(heat_colour(theme, self.style.heat))

    def _paint_group(self, painter: QPainter, theme: Theme) -> None:
        rect = self.rect()
        painter.setPen(QPen(theme.faint, 1.5))  # the edge of a second sheet: there is more inside
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(rect.translated(5, 5), 12, 12)
        self._paint_ground(painter, theme, 12)
        self._paint_sign(painter, theme, "+")
        inner = rect.adjusted(14, 8, -12, -8)
        left, top, width = inner.left(), inner.top(), inner.width()
        title = QRectF(left, top, width - SIGN_PX - 4, 24)
        ink = self._ink(theme, theme.text)
        name = shown_title(self.node, compact=self._is_compact)
        draw_legible_text(self, painter, title, LEFT, name, ink, SANS, TITLE_PX, bold=True)
        small_ink = self._ink(theme, theme.muted)
        for text, offset in zip(shown_lines(self.node, compact=self._is_compact), (24, 41), strict=False):
            draw_legible_text(
                self, painter, QRectF(left, top + offset, width, 17), LEFT, text, small_ink, SANS, SMALL_PX
            )
        self._paint_value(painter, theme, QRectF(left, inner.bottom() - 20, width, 20))

    def _paint_op(self, painter: QPainter, theme: Theme) -> None:
        node = self.node
        self._paint_ground(painter, theme, 9)
        inner = self.rect().adjusted(13, 7, -12, -7)
        left, top, width = inner.left(), inner.top(), inner.width()
        ink, name = self._ink(theme, theme.text), node.name if node.name != node.title else ""
        draw_legible_text(self, painter, QRectF(left, top, width, 22), LEFT, node.title, ink, SANS, TITLE_PX, bold=True)
        draw_legible_text(self, painter, QRectF(left, top + 22, width, 16), LEFT, name, theme.muted, SANS, SMALL_PX)
        self._paint_value(painter, theme, QRectF(left, inner.bottom() - 20, width, 20))

    def _paint_value(self, painter: QPainter, theme: Theme, rect: QRectF) -> None:
        style = self.style
        if self.has_thumbnails:
            self._paint_thumbnails(painter, theme)
            rect = rect.translated(0, -THUMBNAIL_PX - 6)
        if self._is_compact and self.node.kind in ("group", "op"):
            if style.done and style.gradient not in ("", style.heat_text):
                ink = self._ink(theme, theme.gradient)
                draw_legible_text(self, painter, rect, LEFT, style.gradient, ink, SANS, VALUE_PX, bold=True)
            rect = rect.translated(0, -GRADIENT_ROW_PX)
        if style.heat is not None:
            text, colour = style.heat_text, self._ink(theme, theme.text)
        elif style.gradient and style.active and not self._is_compact:
            text, colour = style.gradient, theme.gradient
        else:
            text, colour = style.value, theme.gradient if self.node.kind == "backward" else theme.value
        if text:
            draw_legible_text(self, painter, rect, LEFT, text, colour, SANS, VALUE_PX, bold=True)

    def _paint_thumbnails(self, painter: QPainter, theme: Theme) -> None:
        rect = self.thumbnail_rect()
        aspect = rect.width() / THUMBNAIL_PX
        pixmap = None
        if self._thumbnails is not None:
            pixmap = self._thumbnails.pixmap(self.node.id, self.pictured, theme, aspect)
        if pixmap is None:
            painter.setPen(QPen(theme.border, 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)
            return
        zoom = min(THUMBNAIL_PX / pixmap.height(), rect.width() / pixmap.width())
        target = QRectF(rect.topLeft(), QSizeF(pixmap.size()) * zoom)
        painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        if self.pictured == OF_GRADIENT:
            painter.setPen(QPen(theme.gradient, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(target.adjusted(-2, -2, 2, 2))

    def _paint_helper(self, painter: QPainter, theme: Theme) -> None:
        rect = self.rect()
        painter.setPen(QPen(theme.text if self.style.selected else theme.faint, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(rect, 8, 8)
        draw_legible_text(
            self, painter, rect.adjusted(8, 0, -8, 0), CENTER, self.node.title, theme.muted, SANS, SMALL_PX
        )

    def _paint_frame(self, painter: QPainter, theme: Theme) -> None:
        node = self.node
        line, width = (theme.text, 2.5) if self.style.selected else (theme.faint, 1.5)
        # A large area is painted fastest opaque and without antialiasing; its corners are too small to be noticed.
        painter.fillRect(self.rect().adjusted(1, 1, -1, -1), _frame_ground(theme, node.container))
        painter.setPen(QPen(line, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.rect(), 14, 14)
        self._paint_sign(painter, theme, "−")
        head = self.head_rect().adjusted(SIGN_PX + 18, 2, -12, 0)
        title_width = text_width(SANS, TITLE_PX, node.title, bold=True)
        draw_legible_text(self, painter, head, LEFT, node.title, theme.text, SANS, TITLE_PX, bold=True)
        rest = head.adjusted(title_width + 10, 1, 0, 1)
        draw_legible_text(self, painter, rest, LEFT, frame_subtitle(node), theme.muted, SANS, SMALL_PX)

    def _paint_sign(self, painter: QPainter, theme: Theme, sign: str) -> None:
        box = self.sign_rect()
        painter.setPen(QPen(theme.border, 1.2))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QPen(theme.text, 2))
        centre, half = box.center(), 5.0
        painter.drawLine(QPointF(centre.x() - half, centre.y()), QPointF(centre.x() + half, centre.y()))
        if sign == "+":
            painter.drawLine(QPointF(centre.x(), centre.y() - half), QPointF(centre.x(), centre.y() + half))

    def _paint_port(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(theme.panel, 1.5))
        painter.setBrush(theme.value)
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))


def _frame_ground(theme: Theme, container: str) -> QColor:
    """Return the ground of an open group: a little nearer to the text colour than the ground around it."""
    depth = container.count("/") + 2 if container else 1
    return blend(theme.panel, theme.text, 1 - (1 - NESTING_CONTRAST) ** depth)


def heat_colour(theme: Theme, heat: float) -> QColor:
    """Return a colour between the ground and the theme's colour of gradients, for a heat from 0 to 1."""
    return blend(theme.raised, theme.gradient, 0.08 + 0.72 * min(max(heat, 0.0), 1.0))
