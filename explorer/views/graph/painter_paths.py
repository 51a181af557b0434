"""Points in, painter paths out."""

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


def polyline(line: Sequence[Point]) -> QPainterPath:
    """Return a path along the points."""
    path = QPainterPath(QPointF(*line[0]))
    for point in line[1:]:
        path.lineTo(*point)
    return path


def arrow_head(line: Sequence[Point], size: float) -> QPolygonF:
    """Return a triangle at the line's end; it is ``size`` long and points where the line goes."""
    return QPolygonF([QPointF(*corner) for corner in arrow_corners(line, size)])
