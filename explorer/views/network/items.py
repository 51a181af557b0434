"""Boxes and wires of a network's graph: closed groups, frames of open ones, ops, ports, bundles of edges."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import log2

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.core.layout import Point, Size
from explorer.core.lines import Side
from explorer.core.network.place import HEAD
from explorer.core.network.view import Node, View, Wire
from explorer.core.placed import ROOM_FOR_ARROW
from explorer.views.graph.items import (
    LEFT,
    MIDDLE,
    BoxItem,
    Item,
    LinkItem,
    text_width,
)
from explorer.views.network.thumbs import OF_GRADIENT, OF_VALUE, Thumbs
from explorer.views.network.words import LOGITS, box_lines, wire_text
from explorer.views.theme import SANS, Theme, ink_on, mixed

TITLE, SMALL, VALUE = 17, 12.5, 15
"""Heights of texts, in pixels at scale 1."""

GROUP_HEIGHT, OP_HEIGHT, HELPER_HEIGHT, PORT = 96.0, 74.0, 40.0, 12.0
TILE = 36.0
"""Height of the pictures on a box."""

LEGIBLE = 4.6
"""Pixels of height below which letters cannot be read."""

GROUND = 0.035
"""How much the ground of an open group differs from that around it."""

A_TIME = 50
"""Boxes that are measured in a moment."""

WIDEST = "−0.888 ± 0.888"
"""A value that needs as much room as any."""

SIGN = 22.0
"""Side of the sign that opens and closes a group."""


@dataclass(frozen=True)
class NodeLook:
    """value, gradient: texts, "" for none. heat: from 0 to 1, None for no colour; heat_text: the number behind it."""

    value: str = ""
    gradient: str = ""
    active: bool = False
    done: bool = False
    selected: bool = False
    heat: float | None = None
    heat_text: str = ""


def node_size(node: Node) -> tuple[float, float]:
    """Return the size of a box; it does not depend on values, so that nothing moves while a network trains."""
    if node.kind in ("entry", "exit"):
        return PORT, PORT
    title = text_width(SANS, TITLE, node.title, bold=True)
    pictures = TILE + 6 if node.picture else 0.0
    if node.kind == "group":
        lines = max(text_width(SANS, SMALL, line) for line in box_lines(node))
        value = text_width(SANS, VALUE, f"{LOGITS} {WIDEST}", bold=True) + 28 if node.logits else 0.0
        return max(150.0, title + SIGN + 34, lines + 28, value), GROUP_HEIGHT + pictures
    if node.kind == "helper":
        return max(70.0, text_width(SANS, SMALL, node.title) + 22), HELPER_HEIGHT
    name = min(text_width(SANS, SMALL, node.name), 150.0)
    value = text_width(SANS, VALUE, WIDEST, bold=True)
    return max(title + 28, name + 28, value + 28), OP_HEIGHT + pictures


def head_width(node: Node) -> float:
    """Return the room that the name of an open group needs."""
    said = text_width(SANS, SMALL, head_text(node))
    return SIGN + text_width(SANS, TITLE, node.title, bold=True) + said + 40


def head_text(node: Node) -> str:
    """Return what stands beside the name of an open group."""
    return " · ".join(part for part in box_lines(node) if part)


def wire_label(wire: Wire) -> tuple[float, float]:
    """Return the room that a wire's texts need over and under its line."""
    text = wire_text(wire)
    if not text:
        return 0.0, 0.0
    return max(text_width(SANS, SMALL, text), text_width(SANS, VALUE, "|g| 0.000888", bold=True)) + 22, 72.0


class _Legible(Item):
    """Writes no letters that are too small to be read: from afar they would cost as much as all the rest."""

    def write(
        self, painter: QPainter, box: QRectF, flags: int, text: str, colour: QColor, family: str,
        pixels: float, *, bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Write one line of text, if it can be read."""
        if pixels * painter.worldTransform().m11() >= LEGIBLE:
            super().write(painter, box, flags, text, colour, family, pixels, bold=bold, italic=italic)


def measured(
    seen: View, aspect: float
) -> Generator[None, None, tuple[dict[str, Size], dict[str, Size], float, dict[str, float]]]:
    """Measure what `core.network.place.arrange` wants to know of a view, a moment at a time."""
    sizes: dict[str, Size] = {}
    labels: dict[str, Size] = {}
    heads: dict[str, float] = {}
    for k, node in enumerate(seen.nodes):
        if node.kind == "open":
            heads[node.id] = head_width(node)
        else:
            sizes[node.id] = node_size(node)
        if k % A_TIME == 0:
            yield
    for k, wire in enumerate(seen.wires):
        if wire_text(wire):
            labels[wire.key] = wire_label(wire)
        if k % A_TIME == 0:
            yield
    return sizes, labels, aspect, heads


class NodeItem(_Legible, BoxItem):
    """A box that can be a closed group, the frame of an open one, an op, or a port."""

    def __init__(self, node: Node, size: tuple[float, float], thumbs: Thumbs | None = None) -> None:
        Item.__init__(self)  # a box of an expression measures itself by its symbol
        self._thumbs = thumbs
        self.box = node
        self.look = NodeLook()
        self.resize(size)
        self._arrange()

    def set_box(self, box: Node) -> None:
        """Show another state of the box of this name."""
        self.box = box
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
        return QRectF(rect.left(), rect.top(), rect.width(), min(HEAD, rect.height()))

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
        look = self.look
        line, width, fill = theme.faint, 1.5, theme.raised
        if look.heat is not None:
            fill = heat_colour(theme, look.heat)
        if self.box.kind == "backward":
            line, fill = (theme.gradient if look.done else theme.faint), theme.panel
        if look.active:
            line, width = theme.gradient, 4.0
            fill = theme.gradient_soft if look.heat is None else fill
        elif look.selected:
            line, width = theme.text, 3.0
        dashed = self.box.kind == "backward" and not look.done
        painter.setPen(QPen(line, width, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        painter.setBrush(fill)
        painter.drawRoundedRect(self.rect(), radius, radius)

    def _ink(self, theme: Theme) -> QColor:
        """The colour of words: that of text, and on a box that is coloured by a number one that is read there."""
        return theme.text if self.look.heat is None else ink_on(heat_colour(theme, self.look.heat))

    def _paint_group(self, painter: QPainter, theme: Theme) -> None:
        rect = self.rect()
        painter.setPen(QPen(theme.faint, 1.5))  # there is more behind it
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(rect.translated(5, 5), 12, 12)
        self._ground(painter, theme, 12)
        self._paint_sign(painter, theme, "+")
        inner = rect.adjusted(14, 8, -12, -8)
        title = QRectF(inner.left(), inner.top(), inner.width() - SIGN - 4, 24)
        self.write(painter, title, LEFT, self.box.title, self._ink(theme), SANS, TITLE, bold=True)
        first, second = box_lines(self.box)
        # Grey cannot be read on a strong colour.
        small = theme.muted if self.look.heat is None else self._ink(theme)
        self.write(painter, QRectF(inner.left(), inner.top() + 24, inner.width(), 17), LEFT, first, small, SANS, SMALL)
        self.write(painter, QRectF(inner.left(), inner.top() + 41, inner.width(), 17), LEFT, second, small, SANS, SMALL)
        self._paint_value(painter, theme, QRectF(inner.left(), inner.bottom() - 20, inner.width(), 20))

    def _paint_op(self, painter: QPainter, theme: Theme) -> None:
        self._ground(painter, theme, 9)
        inner = self.rect().adjusted(13, 7, -12, -7)
        self.write(
            painter,
            QRectF(inner.left(), inner.top(), inner.width(), 22),
            LEFT,
            self.box.title,
            self._ink(theme),
            SANS,
            TITLE,
            bold=True,
        )
        self.write(
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
        return OF_GRADIENT if self.look.active and self.look.gradient else OF_VALUE

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
        look = self.look
        if self.box.picture:
            self._paint_pictures(painter, theme)
            where = where.translated(0, -TILE - 6)
        if look.heat is not None:
            self.write(
                painter, where, LEFT, look.heat_text, ink_on(heat_colour(theme, look.heat)), SANS, VALUE, bold=True
            )
        elif look.gradient and look.active:
            self.write(painter, where, LEFT, look.gradient, theme.gradient, SANS, VALUE, bold=True)
        elif look.value:
            colour = theme.gradient if self.box.kind == "backward" else theme.value
            self.write(painter, where, LEFT, look.value, colour, SANS, VALUE, bold=True)

    def _paint_helper(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(theme.text if self.look.selected else theme.faint, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(self.rect(), 8, 8)
        self.write(painter, self.rect().adjusted(8, 0, -8, 0), MIDDLE, self.box.title, theme.muted, SANS, SMALL)

    def _paint_open(self, painter: QPainter, theme: Theme) -> None:
        look = self.look
        line, width = (theme.text, 2.5) if look.selected else (theme.faint, 1.5)
        # A large area costs least without smooth edges and nothing shining through; its round corners hide no more.
        painter.fillRect(self.rect().adjusted(1, 1, -1, -1), _ground_of(theme, self.box.container))
        painter.setPen(QPen(line, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.rect(), 14, 14)
        self._paint_sign(painter, theme, "−")
        head = self.head().adjusted(SIGN + 18, 2, -12, 0)
        title = text_width(SANS, TITLE, self.box.title, bold=True)
        self.write(painter, head, LEFT, self.box.title, theme.text, SANS, TITLE, bold=True)
        self.write(painter, head.adjusted(title + 10, 1, 0, 1), LEFT, head_text(self.box), theme.muted, SANS, SMALL)

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
    return mixed(theme.panel, theme.text, 1 - (1 - GROUND) ** depth)


def heat_colour(theme: Theme, heat: float) -> QColor:
    """Return a colour between the ground and the theme's colour of gradients, for a share from 0 to 1."""
    return mixed(theme.raised, theme.gradient, 0.08 + 0.72 * min(max(heat, 0.0), 1.0))


class WireItem(_Legible, LinkItem):
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
        line, head = self._backward()
        painter.drawPath(line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.gradient)
        painter.drawPolygon(head)

    def _paint_texts(self, painter: QPainter, theme: Theme) -> None:
        box, look = self._text_box(), self.look
        over = QRectF(box.left(), box.center().y() - 24, box.width(), 18)
        self.write(painter, over, MIDDLE, self._words, theme.muted, SANS, SMALL)
        if look.gradient:
            under = QRectF(box.left(), box.bottom() - 20, box.width(), 20)
            self.write(painter, under, MIDDLE, look.gradient, theme.gradient, SANS, VALUE, bold=True)
