"""Converts points to painter paths and polygons."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from explorer.core.graph.edge_geometry import Point, arrow_corners


def curve(points: Sequence[Point]) -> QPainterPath:
    """Return the path through joined cubic Béziers (1 + 3n control points)."""
    path = QPainterPath(QPointF(*points[0]))
    for k in range(1, len(points) - 2, 3):
        path.cubicTo(*points[k], *points[k + 1], *points[k + 2])
    return path


def polyline(points: Sequence[Point]) -> QPainterPath:
    """Return the path of straight lines through the points."""
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(*point)
    return path


def arrow_head(line: Sequence[Point], size: float) -> QPolygonF:
    """Return the triangle at the end of a line, ``size`` long and in its direction."""
    return QPolygonF([QPointF(*corner) for corner in arrow_corners(line, size)])
