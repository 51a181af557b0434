"""A large graph painted in tiles, which are moved while the user pans and stretched while the user zooms."""

from collections.abc import Callable
from math import floor
from time import perf_counter
from typing import TypeAlias

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap, QTransform

from explorer.session.timers import single_shot_timer

TILE_PX = 384
"""Side of a tile, in pixels of the view."""

MAX_PAINT_S = 0.004
"""Time in a frame for painting tiles; those that are still missing follow with the next frames."""

DEBOUNCE_MS = 120
"""Time without zooming after which a stretched picture is painted anew."""

PREFETCH_INTERVAL_MS = 15
"""Interval between the tiles around the view, which are painted before they are needed."""

PREPARE_INTERVAL_MS = 2
"""Interval between the tiles in view while there are none yet."""

CACHE_FACTOR = 3
"""Tiles that are kept, as a multiple of the tiles in view."""

TileKey: TypeAlias = tuple[int, int]
"""Column and row of a tile."""

PaintArea: TypeAlias = Callable[[QPainter, QRectF], None]
"""Paints a rectangle of the scene."""


class TileCache(QObject):
    """Paints a scene through the transform of a view.

    draw: paints a rectangle of the scene; sketch: paints it coarsely, and faster.
    is_ready: whether there are tiles for all of the view. Until then the view paints the scene itself, and calls
    `prepare`. is_complete: whether the latest frame showed all of it, up to date.

    changed: there is more to paint.
    """

    changed = Signal()

    def __init__(self, draw: PaintArea, sketch: PaintArea, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._draw, self._sketch = draw, sketch
        self._tiles: dict[TileKey, QPixmap] = {}
        self._current: set[TileKey] = set()
        self._wanted: list[TileKey] = []
        self._zoom = self._ratio = 0.0
        self._stretched: tuple[QPixmap, QRectF] | None = None
        self.is_ready, self.is_complete = False, True
        self._debounce = single_shot_timer(self, self.changed.emit, DEBOUNCE_MS)
        self._idle = single_shot_timer(self, self._paint_next_tile, PREFETCH_INTERVAL_MS)

    @property
    def is_prefetching(self) -> bool:
        """Whether tiles around the view are still to be painted."""
        return self._idle.isActive()

    def clear(self) -> None:
        """Drop all tiles: the whole scene looks different."""
        self._tiles, self._stretched, self.is_ready, self.is_complete = {}, None, False, True
        self._current.clear()
        self._idle.stop()

    def invalidate(self) -> None:
        """Paint all tiles anew, and show the old ones until then: a little has been added to the scene."""
        if self.is_ready:
            self._current.clear()
            self.is_complete = False
        else:
            self.clear()
        self.changed.emit()

    def prepare(self, transform: QTransform, view: QRect, ratio: float) -> None:
        """Begin to paint the tiles in view, after the view has painted the scene itself."""
        if (transform.m11(), ratio) != (self._zoom, self._ratio):
            self._tiles, self._zoom, self._ratio = {}, transform.m11(), ratio
            self._current.clear()
        self._wanted = _keys(_origin(transform), view)
        if not self._idle.isActive():
            self._idle.start(PREPARE_INTERVAL_MS)

    def paint(self, painter: QPainter, transform: QTransform, view: QRect, ratio: float) -> None:
        """Paint what is in view.

        Parameters
        ----------
        transform : from the scene to the view; it scales and translates only.
        view : rectangle to paint, with its corner at (0, 0).
        ratio : device pixels for each pixel of the view.
        """
        self._idle.stop()
        if (transform.m11(), ratio) != (self._zoom, self._ratio):
            self._change_zoom(transform.m11(), ratio)
        origin = _origin(transform)
        self._wanted = _keys(origin, view)
        outdated = [key for key in self._wanted if key not in self._current]
        if outdated and not self._debounce.isActive():
            outdated = self._paint_some(outdated)
        missing = [key for key in outdated if key not in self._tiles]
        if missing:
            self._paint_substitute(painter, transform, view, missing, origin)
        for key in self._wanted:
            if key in self._tiles:
                painter.drawPixmap(_tile_rect(key, origin).topLeft(), self._tiles[key])
        self.is_complete = not outdated
        if outdated and not self._debounce.isActive():
            QTimer.singleShot(0, self, self.changed.emit)
        elif not outdated:
            self._stretched = None
            self._idle.start(PREFETCH_INTERVAL_MS)

    def _change_zoom(self, zoom: float, ratio: float) -> None:
        if self.is_complete and self._wanted:
            self._stretched = self._join_tiles()
        self._tiles, self._zoom, self._ratio = {}, zoom, ratio
        self._current.clear()
        self._debounce.start()

    def _join_tiles(self) -> tuple[QPixmap, QRectF]:
        """Return all tiles in view as one pixmap, and its rectangle in the scene."""
        (left, top), (right, bottom) = self._wanted[0], self._wanted[-1]
        columns, rows = right - left + 1, bottom - top + 1
        side = round(TILE_PX * self._ratio)
        joined = QPixmap(columns * side, rows * side)
        painter = QPainter(joined)
        for x, y in self._wanted:
            tile = self._tiles[x, y]
            painter.drawPixmap(QRectF((x - left) * side, (y - top) * side, side, side), tile, QRectF(tile.rect()))
        painter.end()
        scene_side = TILE_PX / self._zoom
        return joined, QRectF(left * scene_side, top * scene_side, columns * scene_side, rows * scene_side)

    def _paint_some(self, keys: list[TileKey]) -> list[TileKey]:
        """Paint tiles for `MAX_PAINT_S`; return those that remain."""
        begin = perf_counter()
        for k, key in enumerate(keys):
            if perf_counter() - begin > MAX_PAINT_S:
                return keys[k:]
            self._paint_tile(key)
        return []

    def _paint_tile(self, key: TileKey) -> None:
        side = round(TILE_PX * self._ratio)
        tile = QPixmap(side, side)
        tile.setDevicePixelRatio(self._ratio)
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-key[0] * TILE_PX, -key[1] * TILE_PX)
        painter.scale(self._zoom, self._zoom)
        scene_side = TILE_PX / self._zoom
        self._draw(painter, QRectF(key[0] * scene_side, key[1] * scene_side, scene_side, scene_side))
        painter.end()
        self._tiles[key] = tile
        self._current.add(key)

    def _paint_next_tile(self) -> None:
        """Paint one missing tile in view, or next to it, where the user may pan to, and drop distant tiles."""
        if not self._wanted or not self.is_complete:
            return
        if not self.is_ready:
            missing = [key for key in self._wanted if key not in self._current]
            if missing:
                self._paint_tile(missing[0])
            self.is_ready = len(missing) < 2
            self._idle.start(PREFETCH_INTERVAL_MS if self.is_ready else PREPARE_INTERVAL_MS)
            return
        (left, top), (right, bottom) = self._wanted[0], self._wanted[-1]
        nearby = [(x, y) for y in range(top - 1, bottom + 2) for x in range(left - 1, right + 2)]
        missing = [key for key in nearby if key not in self._current]
        if missing:
            self._paint_tile(missing[0])
            self._idle.start(PREFETCH_INTERVAL_MS)
        near = set(nearby)
        distant = [key for key in self._tiles if key not in near]
        for key in distant[: max(len(self._tiles) - CACHE_FACTOR * len(self._wanted), 0)]:
            del self._tiles[key]
            self._current.discard(key)

    def _paint_substitute(
        self, painter: QPainter, transform: QTransform, view: QRect, missing: list[TileKey], origin: QPoint
    ) -> None:
        """Paint something where tiles are missing: the former picture, stretched, and a sketch beside it."""
        whole = QRectF(view)
        parts = [QRectF(_tile_rect(missing[0], origin).united(_tile_rect(missing[-1], origin)))]
        if self._stretched is not None:
            pixmap, area = self._stretched
            target = transform.mapRect(area)
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
            parts = _around(whole, target.intersected(whole))
        inverse = transform.inverted()[0]
        for part in parts:
            painter.save()
            painter.setClipRect(part)
            painter.setTransform(transform, True)
            self._sketch(painter, inverse.mapRect(part))
            painter.restore()


def _origin(transform: QTransform) -> QPoint:
    """Return the scene's origin in the view, in whole pixels."""
    return QPoint(round(transform.dx()), round(transform.dy()))


def _keys(origin: QPoint, view: QRect) -> list[TileKey]:
    """Return the tiles in view, row by row."""
    left, top = floor(-origin.x() / TILE_PX), floor(-origin.y() / TILE_PX)
    right, bottom = floor((view.width() - 1 - origin.x()) / TILE_PX), floor((view.height() - 1 - origin.y()) / TILE_PX)
    return [(x, y) for y in range(top, bottom + 1) for x in range(left, right + 1)]


def _tile_rect(key: TileKey, origin: QPoint) -> QRect:
    return QRect(origin.x() + key[0] * TILE_PX, origin.y() + key[1] * TILE_PX, TILE_PX, TILE_PX)


def _around(outer: QRectF, inner: QRectF) -> list[QRectF]:
    """Return the parts of a rectangle that are not covered by one inside it."""
    if inner.isEmpty():
        return [outer]
    parts = [
        QRectF(outer.left(), outer.top(), outer.width(), inner.top() - outer.top()),
        QRectF(outer.left(), inner.bottom(), outer.width(), outer.bottom() - inner.bottom()),
        QRectF(outer.left(), inner.top(), inner.left() - outer.left(), inner.height()),
        QRectF(inner.right(), inner.top(), outer.right() - inner.right(), inner.height()),
    ]
    return [part for part in parts if part.width() > 0.5 and part.height() > 0.5]
