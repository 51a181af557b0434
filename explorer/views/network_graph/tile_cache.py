"""What was painted of a large graph, in tiles: they are moved about while a hand pans, and stretched while it zooms."""

from collections.abc import Callable
from math import floor
from time import perf_counter

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap, QTransform

SIDE = 384
"""Pixels of a tile, at a device pixel ratio of 1."""

A_FRAME = 0.004
"""Seconds of a frame in which tiles that are missing may be painted; the others follow with the next frames."""

CALM = 120
"""Milliseconds that the wheel must rest before a stretched picture is painted anew."""

IDLE = 15
"""Milliseconds between tiles that are painted beforehand, around what is in view."""

SOON = 2
"""Milliseconds between those that are in view, while there are none yet."""

KEPT = 3
"""Times as many tiles are kept as are in view."""

Key = tuple[int, int]
Paint = Callable[[QPainter, QRectF], None]


class TileCache(QObject):
    """Paints a scene through a view's transform. draw: paints a rectangle of the scene; sketch: the same, but coarse.

    is_ready: whether there are tiles to paint with; until then somebody else paints, and tells `prepare`.
    is_whole: whether the last frame had all of it. changed: there is more to paint.
    """

    changed = Signal()

    def __init__(self, draw: Paint, sketch: Paint, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._draw, self._sketch = draw, sketch
        self._tiles: dict[Key, QPixmap] = {}
        self._fresh: set[Key] = set()
        self._wanted: list[Key] = []
        self._zoom = self._ratio = 0.0
        self._still: tuple[QPixmap, QRectF] | None = None
        self.is_ready, self.is_whole = False, True
        self._calm = QTimer(self, singleShot=True, interval=CALM)
        self._calm.timeout.connect(self.changed)
        self._idle = QTimer(self, singleShot=True, interval=IDLE)
        self._idle.timeout.connect(self._paint_beforehand)

    def drop(self) -> None:
        """All looks different now: tiles are painted anew, one after another, while nothing else is to be done."""
        self._tiles, self._still, self.is_ready, self.is_whole = {}, None, False, True
        self._fresh.clear()
        self._idle.stop()

    def renew(self) -> None:
        """There is a little more on it: what was painted is shown until it is painted anew."""
        if self.is_ready:
            self._fresh.clear()
            self.is_whole = False
        else:
            self.drop()
        self.changed.emit()

    def prepare(self, look: QTransform, view: QRect, ratio: float) -> None:
        """Paint tiles of what is in view, now that it has been painted otherwise."""
        if (look.m11(), ratio) != (self._zoom, self._ratio):
            self._tiles, self._zoom, self._ratio = {}, look.m11(), ratio
            self._fresh.clear()
        self._wanted = _keys(QPoint(round(look.dx()), round(look.dy())), view)
        if not self._idle.isActive():
            self._idle.start(SOON)

    def paint(self, painter: QPainter, look: QTransform, view: QRect, ratio: float) -> None:
        """Paint what is in view.

        look: from the scene to the view; it zooms and moves. view: what is to be painted, with its corner at 0, 0.
        """
        self._idle.stop()
        if (look.m11(), ratio) != (self._zoom, self._ratio):
            self._change_zoom(look.m11(), ratio)
        corner = QPoint(round(look.dx()), round(look.dy()))
        self._wanted = _keys(corner, view)
        old = [key for key in self._wanted if key not in self._fresh]
        if old and not self._calm.isActive():
            old = self._paint_some(old)
        missing = [key for key in old if key not in self._tiles]
        if missing:
            self._paint_under(painter, look, view, missing, corner)
        for key in self._wanted:
            if key in self._tiles:
                painter.drawPixmap(_place(key, corner).topLeft(), self._tiles[key])
        self.is_whole = not old
        if old and not self._calm.isActive():
            QTimer.singleShot(0, self, self.changed.emit)
        elif not old:
            self._still = None
            self._idle.start(IDLE)

    def _change_zoom(self, zoom: float, ratio: float) -> None:
        if self.is_whole and self._wanted:
            self._still = self._joined()
        self._tiles, self._zoom, self._ratio = {}, zoom, ratio
        self._fresh.clear()
        self._calm.start()

    def _joined(self) -> tuple[QPixmap, QRectF]:
        """All tiles that are in view as one picture, and where in the scene it is."""
        (left, top), (right, bottom) = self._wanted[0], self._wanted[-1]
        columns, rows = right - left + 1, bottom - top + 1
        side = round(SIDE * self._ratio)
        picture = QPixmap(columns * side, rows * side)
        painter = QPainter(picture)
        for x, y in self._wanted:
            tile = self._tiles[x, y]
            painter.drawPixmap(QRectF((x - left) * side, (y - top) * side, side, side), tile, QRectF(tile.rect()))
        painter.end()
        part = SIDE / self._zoom
        return picture, QRectF(left * part, top * part, columns * part, rows * part)

    def _paint_some(self, missing: list[Key]) -> list[Key]:
        """Paint tiles for as long as a frame may last; returns those that are still missing."""
        begin = perf_counter()
        for k, key in enumerate(missing):
            if perf_counter() - begin > A_FRAME:
                return missing[k:]
            self._paint_tile(key)
        return []

    def _paint_tile(self, key: Key) -> None:
        side = round(SIDE * self._ratio)
        tile = QPixmap(side, side)
        tile.setDevicePixelRatio(self._ratio)
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-key[0] * SIDE, -key[1] * SIDE)
        painter.scale(self._zoom, self._zoom)
        part = SIDE / self._zoom
        self._draw(painter, QRectF(key[0] * part, key[1] * part, part, part))
        painter.end()
        self._tiles[key] = tile
        self._fresh.add(key)

    def _paint_beforehand(self) -> None:
        """Paint one tile of those in view, or next to them, where a hand may pan to; and let go of tiles far away."""
        if not self._wanted or not self.is_whole:
            return
        if not self.is_ready:
            missing = [key for key in self._wanted if key not in self._fresh]
            if missing:
                self._paint_tile(missing[0])
            self.is_ready = len(missing) < 2
            self._idle.start(IDLE if self.is_ready else SOON)
            return
        (left, top), (right, bottom) = self._wanted[0], self._wanted[-1]
        around = [
            (x, y) for y in range(top - 1, bottom + 2) for x in range(left - 1, right + 2) if (x, y) not in self._fresh
        ]
        if around:
            self._paint_tile(around[0])
            self._idle.start(IDLE)
        near = {(x, y) for y in range(top - 1, bottom + 2) for x in range(left - 1, right + 2)}
        far = [key for key in self._tiles if key not in near]
        for key in far[: max(len(self._tiles) - KEPT * len(self._wanted), 0)]:
            del self._tiles[key]
            self._fresh.discard(key)

    def _paint_under(
        self, painter: QPainter, look: QTransform, view: QRect, missing: list[Key], corner: QPoint
    ) -> None:
        """Where tiles are missing: what was seen before, stretched, and beside that a sketch."""
        whole = QRectF(view)
        parts = [QRectF(_place(missing[0], corner).united(_place(missing[-1], corner)))]
        if self._still is not None:
            picture, of = self._still
            place = look.mapRect(of)
            painter.drawPixmap(place, picture, QRectF(picture.rect()))
            parts = _beside(whole, place.intersected(whole))
        back = look.inverted()[0]
        for part in parts:
            painter.save()
            painter.setClipRect(part)
            painter.setTransform(look, True)
            self._sketch(painter, back.mapRect(part))
            painter.restore()


def _keys(corner: QPoint, view: QRect) -> list[Key]:
    """The tiles that are in view, row by row."""
    left, top = floor(-corner.x() / SIDE), floor(-corner.y() / SIDE)
    right, bottom = floor((view.width() - 1 - corner.x()) / SIDE), floor((view.height() - 1 - corner.y()) / SIDE)
    return [(x, y) for y in range(top, bottom + 1) for x in range(left, right + 1)]


def _place(key: Key, corner: QPoint) -> QRect:
    return QRect(corner.x() + key[0] * SIDE, corner.y() + key[1] * SIDE, SIDE, SIDE)


def _beside(whole: QRectF, hole: QRectF) -> list[QRectF]:
    """The parts of a rectangle around another one that lies in it."""
    if hole.isEmpty():
        return [whole]
    parts = [
        QRectF(whole.left(), whole.top(), whole.width(), hole.top() - whole.top()),
        QRectF(whole.left(), hole.bottom(), whole.width(), whole.bottom() - hole.bottom()),
        QRectF(whole.left(), hole.top(), hole.left() - whole.left(), hole.height()),
        QRectF(hole.right(), hole.top(), whole.right() - hole.right(), hole.height()),
    ]
    return [part for part in parts if part.width() > 0.5 and part.height() > 0.5]
