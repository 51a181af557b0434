"""The icons of the window, painted from paths. An icon font such as qtawesome's takes a third of the start-up time."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

_GRID_SIZE = 24.0
"""Side of the square in which the paths are defined."""

_SIZES_PX = (24, 48, 72, 144)
"""Sizes of the pixmaps; Qt scales an icon down, never up. The largest is for 300 % on a screen with a ratio of 2."""


def _triangle(left: float, right: float) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(left, 5), QPointF(right, 12), QPointF(left, 19)]))
    path.closeSubpath()
    return path


def _bar(left: float, width: float = 2.4) -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(left, 5, width, 14))
    return path


def _filled_path(name: str) -> QPainterPath | None:
    match name:
        case "forward":
            return _triangle(7.5, 18)
        case "back":
            return _triangle(16.5, 6)
        case "play":
            return _triangle(7, 19)
        case "last":
            return _triangle(6, 15) | _bar(16)
        case "first":
            return _triangle(18, 9) | _bar(5.6)
        case "pause":
            return _bar(7, 3.6) | _bar(13.4, 3.6)
        case _:
            return None


def _polylines(name: str) -> list[list[tuple[float, float]]]:
    match name:
        case "fit":
            return [
                [(4, 9), (4, 4), (9, 4)],
                [(15, 4), (20, 4), (20, 9)],
                [(20, 15), (20, 20), (15, 20)],
                [(9, 20), (4, 20), (4, 15)],
            ]
        case "down":
            return [[(12, 4), (12, 20)], [(6, 14), (12, 20), (18, 14)]]
        case "right":
            return [[(4, 12), (20, 12)], [(14, 6), (20, 12), (14, 18)]]
        case "close":
            return [[(6, 6), (18, 18)], [(18, 6), (6, 18)]]
        case "up":
            return [[(12, 20), (12, 4)], [(6, 10), (12, 4), (18, 10)]]
        case "folder":
            outline: list[tuple[float, float]] = [(3, 19), (3, 5), (9, 5), (11, 8), (21, 8), (21, 19), (3, 19)]
            return [outline, [(12, 11), (12, 16)], [(9.5, 13.5), (14.5, 13.5)]]
        case "list":
            return [[(x, y), (x + 5, y)] for y in (6, 12, 18) for x in (4, 15)]
        case "details":
            return [[(4, y), (20, y)] for y in (6, 12, 18)]
        case "save":
            return [[(12, 4), (12, 15)], [(7, 10), (12, 15), (17, 10)], [(4, 16), (4, 20), (20, 20), (20, 16)]]
        case _:
            raise KeyError(name)


@lru_cache(maxsize=64)
def icon(name: str, colour: str, disabled_colour: str) -> QIcon:
    """Return an icon in ``colour``, in ``disabled_colour`` while it is disabled; raises KeyError for another name."""
    made = QIcon()
    for mode, mode_colour in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled_colour)):
        for size in _SIZES_PX:
            made.addPixmap(_pixmap(name, QColor(mode_colour), size), mode)
    return made


def _pixmap(name: str, colour: QColor, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.scale(size / _GRID_SIZE, size / _GRID_SIZE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = _filled_path(name)
    if path is not None:
        painter.fillPath(path, colour)
    else:
        painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        for line in _polylines(name):
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in line]))
    painter.end()
    return pixmap
