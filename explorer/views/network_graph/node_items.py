"""Boxes of a network's graph: closed groups, frames of open ones, ops, ports."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.core.network_graph.layout import FRAME_TOP_PX
from explorer.core.network_graph.visible_graph import VisibleNode
from explorer.views.graph.items import CENTER, LEFT, BoxItem, GraphItem, text_width
from explorer.views.network_graph.labels import box_lines
from explorer.views.network_graph.measure import SIGN, SMALL, TILE, TITLE, VALUE, head_text
from explorer.views.network_graph.thumbnails import OF_GRADIENT, OF_VALUE, ThumbnailCache
from explorer.views.theme.theme import SANS, Theme, blend, text_colour_on

LEGIBLE = 4.6
"""Pixels of height below which letters cannot be read."""

GROUND = 0.035
"""How much the ground of an open group differs from that around it."""


@dataclass(frozen=True)
class NodeStyle:
    """value, gradient: texts, "" for none. heat: from 0 to 1, None for no colour; heat_text: the number behind it."""

    value: str = ""
    gradient: str = ""
    active: bool = False
    done: bool = False
    selected: bool = False
    heat: float | None = None
    heat_text: str = ""


class Legible(GraphItem):
    """Writes no letters that are too small to be read: from afar they would cost as much as all the rest."""

    def draw_text(
        self, painter: QPainter, box: QRectF, flags: int, text: str, colour: QColor, family: str,
        pixels: float, *, bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Write one line of text, if it can be read."""
        if pixels * painter.worldTransform().m11() >= LEGIBLE:
            super().draw_text(painter, box, flags, text, colour, family, pixels, bold=bold, italic=italic)


class NodeItem(Legible, BoxItem):
    """A box that can be a closed group, the frame of an open one, an op, or a port."""

    def __init__(self, node: VisibleNode, size: tuple[float, float], thumbs: ThumbnailCache | None = None) -> None:
        GraphItem.__init__(self)  # a box of an expression measures itself by its symbol
        self._thumbs = thumbs
        self.box = node
        self.style = NodeStyle()
        self.resize(size)
        self._arrange()

    def set_box(self, box: VisibleNode) -> None:
        """Show another state of the box of this name."""
        moved = (box.kind, box.container) != (self.box.kind, self.box.container)
        self.box = box
        if moved:
            self._arrange()

    def _arrange(self) -> None:
        depth = self.box.container.count("/") + 1 if self.box.container else 0
        frame = self.box.kind == "open"
        self.setZValue(-100 + depth if frame else 2)
        port = self.box.kind in ("entry", "exit")
        self.setCursor(Qt.CursorShape.ArrowCursor if port else Qt.CursorShape.PointingHandCursor)

    def _measure(self) -> None:
        width, height = self.size
        self._rect = QRectF(-width / 2, -height / 2, width, height)

    def resize(self, size: tuple[float, float]) -> None:
        """Be as large as this, in scene units."""
        self.prepareGeometryChange()
        self.size = size
        self._measure()

    def head(self) -> QRectF:
        """Return the strip with the name of an open group."""
        rect = self.rect()
        return QRectF(rect.left(), rect.top(), rect.width(), min(FRAME_TOP_PX, rect.height()))

    def sign(self) -> QRectF:
        """Return where the sign is that opens or closes a group."""
        rect = self.rect()
        if self.box.kind == "open":
            return QRectF(rect.left() + 10, rect.top() + 9, SIGN, SIGN)
        return QRectF(rect.right() - SIGN - 8, rect.top() + 8, SIGN, SIGN)

    def shape(self) -> QPainterPath:
        """Return what can be clicked: of a frame its name only."""
        path = QPainterPath()
        path.addRect(self.head() if self.box.kind == "open" else self.rect())
        return path

    def part_at(self, point: QPointF) -> str:
        """Return node, or sign for what opens and closes a group, group, or port for where edges cross its frame."""
        if self.box.kind in ("open", "group") and self.sign().contains(point):
            return "sign"
        return {"open": "group", "group": "group", "entry": "port", "exit": "port"}.get(self.box.kind, "node")

    def boundingRect(self) -> QRectF:
        """Return all that is painted on."""
        return self.rect().adjusted(-6, -6, 10, 10)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it."""
        theme = self.theme
        if theme is None:
            return
        match self.box.kind:
            case "open":
                self._paint_open(painter, theme)
            case "group":
                self._paint_group(painter, theme)
            case "entry" | "exit":
                self._paint_port(painter, theme)
            case "helper":
                self._paint_helper(painter, theme)
            case _:
                self._paint_op(painter, theme)

    def _ground(self, painter: QPainter, theme: Theme, radius: float) -> None:
        style = self.style
        line, width, fill = theme.faint, 1.5, theme.raised
        if style.heat is not None:
            fill = heat_colour(theme, style.heat)
        if self.box.kind == "backward":
            line, fill = (theme.gradient if style.done else theme.faint), theme.panel
        if style.active:
            line, width = theme.gradient, 4.0
            fill = theme.gradient_soft if style.heat is None else fill
        elif style.selected:
            line, width = theme.text, 3.0
        dashed = self.box.kind == "backward" and not style.done
        painter.setPen(QPen(line, width, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        painter.setBrush(fill)
        painter.drawRoundedRect(self.rect(), radius, radius)

    def _ink(self, theme: Theme) -> QColor:
        """The colour of words: that of text, and on a box that is coloured by a number one that is read there."""
        return theme.text if self.style.heat is None else text_colour_on(heat_colour(theme, self.style.heat))

    def _paint_group(self, painter: QPainter, theme: Theme) -> None:
        rect = self.rect()
        painter.setPen(QPen(theme.faint, 1.5))  # there is more behind it
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(rect.translated(5, 5), 12, 12)
        self._ground(painter, theme, 12)
        self._paint_sign(painter, theme, "+")
        inner = rect.adjusted(14, 8, -12, -8)
        title = QRectF(inner.left(), inner.top(), inner.width() - SIGN - 4, 24)
        self.draw_text(painter, title, LEFT, self.box.title, self._ink(theme), SANS, TITLE, bold=True)
        first, second = box_lines(self.box)
        # Grey cannot be read on a strong colour.
        small = theme.muted if self.style.heat is None else self._ink(theme)
        self.draw_text(
            painter, QRectF(inner.left(), inner.top() + 24, inner.width(), 17), LEFT, first, small, SANS, SMALL
        )
        self.draw_text(
            painter, QRectF(inner.left(), inner.top() + 41, inner.width(), 17), LEFT, second, small, SANS, SMALL
        )
        self._paint_value(painter, theme, QRectF(inner.left(), inner.bottom() - 20, inner.width(), 20))

    def _paint_op(self, painter: QPainter, theme: Theme) -> None:
        self._ground(painter, theme, 9)
        inner = self.rect().adjusted(13, 7, -12, -7)
        self.draw_text(
            painter,
            QRectF(inner.left(), inner.top(), inner.width(), 22),
            LEFT,
            self.box.title,
            self._ink(theme),
            SANS,
            TITLE,
            bold=True,
        )
        self.draw_text(
            painter,
            QRectF(inner.left(), inner.top() + 22, inner.width(), 16),
            LEFT,
            self.box.name if self.box.name != self.box.title else "",
            theme.muted,
            SANS,
            SMALL,
        )
        self._paint_value(painter, theme, QRectF(inner.left(), inner.bottom() - 20, inner.width(), 20))

    @property
    def pictured(self) -> str:
        """Whether its pictures are of its value, or of the gradient that the step brings."""
        return OF_GRADIENT if self.style.active and self.style.gradient else OF_VALUE

    def pictures(self) -> QRectF:
        """Return the strip in which its pictures are."""
        rect = self.rect()
        return QRectF(rect.left() + 13, rect.bottom() - TILE - 9, rect.width() - 25, TILE)

    def _paint_pictures(self, painter: QPainter, theme: Theme) -> None:
        room = self.pictures()
        wide = room.width() / TILE
        pixmap = self._thumbs.pixmap(self.box.id, self.pictured, theme, wide) if self._thumbs is not None else None
        if pixmap is None:
            painter.setPen(QPen(theme.border, 1, Qt.PenStyle.DashLine))  # not yet
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room)
            return
        zoom = min(TILE / pixmap.height(), room.width() / pixmap.width())
        place = QRectF(room.topLeft(), QSizeF(pixmap.size()) * zoom)
        painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
        if self.pictured == OF_GRADIENT:
            painter.setPen(QPen(theme.gradient, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(-2, -2, 2, 2))

    def _paint_value(self, painter: QPainter, theme: Theme, where: QRectF) -> None:
        style = self.style
        if self.box.has_thumbnails:
            self._paint_pictures(painter, theme)
            where = where.translated(0, -TILE - 6)
        if style.heat is not None:
            self.draw_text(
                painter,
                where,
                LEFT,
                style.heat_text,
                text_colour_on(heat_colour(theme, style.heat)),
                SANS,
                VALUE,
                bold=True,
            )
        elif style.gradient and style.active:
            self.draw_text(painter, where, LEFT, style.gradient, theme.gradient, SANS, VALUE, bold=True)
        elif style.value:
            colour = theme.gradient if self.box.kind == "backward" else theme.value
            self.draw_text(painter, where, LEFT, style.value, colour, SANS, VALUE, bold=True)

    def _paint_helper(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(theme.text if self.style.selected else theme.faint, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(self.rect(), 8, 8)
        self.draw_text(painter, self.rect().adjusted(8, 0, -8, 0), CENTER, self.box.title, theme.muted, SANS, SMALL)

    def _paint_open(self, painter: QPainter, theme: Theme) -> None:
        style = self.style
        line, width = (theme.text, 2.5) if style.selected else (theme.faint, 1.5)
        # A large area costs least without smooth edges and nothing shining through; its round corners hide no more.
        painter.fillRect(self.rect().adjusted(1, 1, -1, -1), _ground_of(theme, self.box.container))
        painter.setPen(QPen(line, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.rect(), 14, 14)
        self._paint_sign(painter, theme, "−")
        head = self.head().adjusted(SIGN + 18, 2, -12, 0)
        title = text_width(SANS, TITLE, self.box.title, bold=True)
        self.draw_text(painter, head, LEFT, self.box.title, theme.text, SANS, TITLE, bold=True)
        self.draw_text(painter, head.adjusted(title + 10, 1, 0, 1), LEFT, head_text(self.box), theme.muted, SANS, SMALL)

    def _paint_sign(self, painter: QPainter, theme: Theme, sign: str) -> None:
        box = self.sign()
        painter.setPen(QPen(theme.border, 1.2))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QPen(theme.text, 2))
        middle, half = box.center(), 5.0
        painter.drawLine(QPointF(middle.x() - half, middle.y()), QPointF(middle.x() + half, middle.y()))
        if sign == "+":
            painter.drawLine(QPointF(middle.x(), middle.y() - half), QPointF(middle.x(), middle.y() + half))

    def _paint_port(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(theme.panel, 1.5))
        painter.setBrush(theme.value)
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))


def _ground_of(theme: Theme, container: str) -> QColor:
    """The ground of an open group: a little nearer to the colour of text than that around it."""
    depth = container.count("/") + 2 if container else 1
    return blend(theme.panel, theme.text, 1 - (1 - GROUND) ** depth)


def heat_colour(theme: Theme, heat: float) -> QColor:
    """Return a colour between the ground and the theme's colour of gradients, for a share from 0 to 1."""
    return blend(theme.raised, theme.gradient, 0.08 + 0.72 * min(max(heat, 0.0), 1.0))
