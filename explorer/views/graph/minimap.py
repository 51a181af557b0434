"""A small map of the whole graph, in a corner of its view: it shows what is in view, and moves the view elsewhere."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.views.painting.incremental_pixmap import IncrementalPixmap, Stroke
from explorer.views.theme.theme import Theme

MAX_WIDTH_PX, MAX_HEIGHT_PX = 190, 116
"""Largest size of the graph on the map, at scale 1."""

MIN_SIDE_PX = 24
"""Smallest width and height of the graph on the map, at scale 1, however long it is in the other direction."""

MIN_FRAME_PX = 4
"""Smallest width and height of the frame around the visible part."""

MARGIN_PX = 5
"""Distance between the edge of the map and the graph."""

FADE_ALPHA = 150
"""Opacity, of 255, of what covers the part that is not in view."""

KEY_STEP = 0.5
"""Share of the visible part by which an arrow key moves the view."""

KEY_DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Minimap(QWidget):
    """Shows the graph, and a frame around the part that is in view; hidden while the whole graph is in view.

    strokes: yields what paints a rectangle of the scene. name: its object name. theme: None before the first.
    moveRequested: a point of the scene that is to become the middle of the view.
    """

    moveRequested = Signal(QPointF)

    def __init__(self, strokes: Callable[[QRectF], Iterator[Stroke]], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Map of the whole graph")
        self.setToolTip("The whole graph, and what of it is in view. Click or drag to go there, or use the arrow keys")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._graph = QRectF()
        self._part = QRectF()
        self._pixmap = IncrementalPixmap(strokes, self)
        self._pixmap.changed.connect(self.update)
        self._painted_key: tuple[QSize, str] | None = None
        self.theme: Theme | None = None
        self.hide()

    @property
    def part(self) -> QRectF:
        """The part of the graph that is in view, in the scene."""
        return self._part

    @property
    def is_busy(self) -> bool:
        """Whether the graph is being painted."""
        return self._pixmap.is_busy

    def clear(self) -> None:
        """Drop the picture: the graph is gone."""
        self._pixmap.clear()
        self.invalidate()

    def invalidate(self) -> None:
        """Paint the graph anew; its picture stays until then."""
        self._painted_key = None
        self.update()

    def show_part(self, graph: QRectF, part: QRectF, scale: float) -> bool:
        """Show which part of a graph is in view (both in the scene), at a scale of the interface.

        Return whether the map is needed; if not, it is hidden. Whoever finds a place for it makes it visible.
        """
        self._part = part.intersected(graph)
        is_complete = graph.isEmpty() or part.contains(graph)
        if graph != self._graph:
            self._graph, self._painted_key = graph, None
            self._pixmap.clear()
        if is_complete:
            self.hide()
        self.update()
        return not is_complete

    def size_for(self, graph: QRectF, scale: float) -> QSize:
        """Return the size of the map of a graph."""
        zoom = min(MAX_WIDTH_PX * scale / graph.width(), MAX_HEIGHT_PX * scale / graph.height())
        min_side = MIN_SIDE_PX * scale
        size = QSize(round(max(graph.width() * zoom, min_side)), round(max(graph.height() * zoom, min_side)))
        return size + QSize(2 * MARGIN_PX, 2 * MARGIN_PX)

    def to_map(self, rect: QRectF) -> QRectF:
        """Return where a rectangle of the scene is on the map."""
        zoom_x, zoom_y = self._zooms()
        left = MARGIN_PX + (rect.left() - self._graph.left()) * zoom_x
        top = MARGIN_PX + (rect.top() - self._graph.top()) * zoom_y
        return QRectF(left, top, rect.width() * zoom_x, rect.height() * zoom_y)

    def _zooms(self) -> tuple[float, float]:
        inner = self.rect().adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        return inner.width() / max(self._graph.width(), 1), inner.height() / max(self._graph.height(), 1)

    def _request_move(self, point: QPointF) -> None:
        zoom_x, zoom_y = self._zooms()
        x = self._graph.left() + (point.x() - MARGIN_PX) / zoom_x
        y = self._graph.top() + (point.y() - MARGIN_PX) / zoom_y
        self.moveRequested.emit(QPointF(x, y))

    # -- events -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the graph, paler where it is not in view, and a frame around the part that is."""
        theme = self.theme
        if theme is None or self._graph.isEmpty():
            return
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if (size, theme.name) != self._painted_key:
            self._painted_key = size, theme.name
            self._pixmap.begin(size, ratio, theme.panel, self._graph, MARGIN_PX)
        with QPainter(self) as painter:
            self._paint(painter, theme)

    def _paint(self, painter: QPainter, theme: Theme) -> None:
        pixmap, _area = self._pixmap.pixmap_for(self._graph)
        painter.drawPixmap(QRectF(self.rect()), pixmap, QRectF(pixmap.rect()))
        frame = self.to_map(self._part)
        grow_x, grow_y = (max(MIN_FRAME_PX - side, 0.0) / 2 for side in (frame.width(), frame.height()))
        frame.adjust(-grow_x, -grow_y, grow_x, grow_y)
        outside = QPainterPath()
        outside.addRect(QRectF(self.rect()))
        outside.addRect(frame)  # overlapping areas of a path are not filled
        fade = QColor(theme.panel)
        fade.setAlpha(FADE_ALPHA)
        painter.fillPath(outside, fade)
        painter.setPen(QPen(theme.text, 2.4 if self.hasFocus() else 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        painter.setPen(QPen(theme.text if self.hasFocus() else theme.border, 1.4))
        painter.drawRect(QRectF(self.rect()).adjusted(0.7, 0.7, -0.7, -0.7))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the view to the point that was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._request_move(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the view along with the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._request_move(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the view by half of what is in view."""
        direction = KEY_DIRECTIONS.get(Qt.Key(event.key()))
        if direction is None:
            event.ignore()
            return
        dx, dy = direction[0] * KEY_STEP * self._part.width(), direction[1] * KEY_STEP * self._part.height()
        self.moveRequested.emit(self._part.center() + QPointF(dx, dy))
