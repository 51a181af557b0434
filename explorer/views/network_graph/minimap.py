"""A small map of the whole graph, in a corner of its view: where the visible part is, and the way to any other."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.views.network_graph.incremental_pixmap import IncrementalPixmap, Stroke
from explorer.views.theme.theme import Theme

LARGEST = 190, 116
"""Pixels of width and height at scale 1 that it has at most."""

APART = 5
"""Pixels between its frame and the graph."""

VEIL = 150
"""Of 255, how much what is not in view is covered by the ground."""

A_KEY = 0.5
"""How much of the visible part an arrow key moves."""

TO = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Minimap(QWidget):
    """Shows a graph of some size, and a frame around the part that is in view.

    strokes: what paints a rectangle of the scene. asked: a point of the scene that should be the middle of the view.
    """

    asked = Signal(QPointF)

    def __init__(self, strokes: Callable[[QRectF], Iterator[Stroke]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkMap")
        self.setAccessibleName("Map of the whole graph")
        self.setToolTip("The whole graph, and what of it is in view. Click or drag to go there, or use the arrow keys")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._graph = QRectF()
        self._part = QRectF()
        self._picture = IncrementalPixmap(strokes, self)
        self._picture.changed.connect(self.update)
        self._painted: tuple[QSize, str] | None = None
        self.theme: Theme | None = None
        self.hide()

    @property
    def part(self) -> QRectF:
        """What is in view, in the scene."""
        return self._part

    @property
    def is_busy(self) -> bool:
        """Whether there is more to paint."""
        return self._picture.is_busy

    def clear(self) -> None:
        """There is another graph now, and nobody waits for a picture of this one."""
        self._picture.drop()
        self.forget()

    def forget(self) -> None:
        """The graph looks different now."""
        self._painted = None
        self.update()

    def show_part(self, graph: QRectF, part: QRectF, scale: float) -> None:
        """Show where in a graph a part of it is; nothing where that is all of it."""
        self._part = part.intersected(graph)
        is_all = graph.isEmpty() or part.contains(graph)
        if graph != self._graph:
            self._graph, self._painted = graph, None
            self._picture.drop()
        if not is_all:
            zoom = min(LARGEST[0] * scale / graph.width(), LARGEST[1] * scale / graph.height())
            least = 24 * scale  # of a ribbon something is seen, too
            size = QSize(round(max(graph.width() * zoom, least)), round(max(graph.height() * zoom, least)))
            self.resize(size + QSize(2 * APART, 2 * APART))
        self.setVisible(not is_all)
        self.update()

    def to_map(self, rect: QRectF) -> QRectF:
        """Return where on this a rectangle of the scene is."""
        across, down = self._zooms()
        left, top = APART + (rect.left() - self._graph.left()) * across, APART + (rect.top() - self._graph.top()) * down
        return QRectF(left, top, rect.width() * across, rect.height() * down)

    def _zooms(self) -> tuple[float, float]:
        room = self.rect().adjusted(APART, APART, -APART, -APART)
        return room.width() / max(self._graph.width(), 1), room.height() / max(self._graph.height(), 1)

    def _go_to(self, point: QPointF) -> None:
        across, down = self._zooms()
        x = self._graph.left() + (point.x() - APART) / across
        y = self._graph.top() + (point.y() - APART) / down
        self.asked.emit(QPointF(x, y))

    # -- events -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it: what is not in view is paler, and there is a frame around what is."""
        theme = self.theme
        if theme is None or self._graph.isEmpty():
            return
        ratio = self.devicePixelRatioF()
        wanted = self.size() * ratio, theme.name
        if wanted != self._painted:
            self._painted = wanted
            self._picture.begin(wanted[0], ratio, theme.panel, self._graph, APART)
        with QPainter(self) as painter:
            self._paint(painter, theme)

    def _paint(self, painter: QPainter, theme: Theme) -> None:
        picture, _place = self._picture.of(self._graph)
        painter.drawPixmap(QRectF(self.rect()), picture, QRectF(picture.rect()))
        frame = self.to_map(self._part)
        small = max(4 - frame.width(), 0.0) / 2, max(4 - frame.height(), 0.0) / 2
        frame.adjust(-small[0], -small[1], small[0], small[1])
        rest = QPainterPath()
        rest.addRect(QRectF(self.rect()))
        rest.addRect(frame)  # the hole in it
        veil = QColor(theme.panel)
        veil.setAlpha(VEIL)
        painter.fillPath(rest, veil)
        painter.setPen(QPen(theme.text, 2.4 if self.hasFocus() else 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        painter.setPen(QPen(theme.text if self.hasFocus() else theme.border, 1.4))
        painter.drawRect(QRectF(self.rect()).adjusted(0.7, 0.7, -0.7, -0.7))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where it was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by half of what is in view."""
        to = TO.get(Qt.Key(event.key()))
        if to is None:
            event.ignore()
            return
        middle, part = self._part.center(), self._part
        self.asked.emit(middle + QPointF(to[0] * A_KEY * part.width(), to[1] * A_KEY * part.height()))
