"""Dashed lines whose dashes stay in their places while the user pans.

Qt forgets where a line's dashes began as soon as a part of the line is outside the device. Two lines on the same
course, or the parts of one line in neighbouring tiles, then have dashes in different places.
"""

from collections.abc import Iterator, Sequence
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPainterPath, QPainterPathStroker, QPen

MAX_WHOLE_PX = 2000.0
"""Length up to which all of a line is painted; of a longer one, only the pieces in view are."""

PIECE_PX = 400.0
"""Length of the pieces of a long line, approximately."""

CURVE_THRESHOLD_PX = 0.25
"""Largest distance on the screen between a curve and the straight lines that stand for it, as in Qt's painting."""


def centred_pen(pen: QPen, pattern: Sequence[float], length: float) -> QPen:
    """Return a pen with dashes of which one has its middle in the middle of a line.

    The dashes then are in the same places from both ends: two lines on the same course in opposite directions have
    gaps in common. pattern: dash and gap, in widths of the pen. length: of the line, in the unit of the width.
    """
    dashed = QPen(pen)
    dashed.setDashPattern(list(pattern))
    dashed.setDashOffset((pattern[0] / 2 - length / 2 / pen.widthF()) % sum(pattern))
    return dashed


def paint_dashed(painter: QPainter, line: QPainterPath, pen: QPen, pattern: Sequence[float]) -> None:
    """Paint a line with dashes around its middle, in the colour and width of a pen.

    pattern: dash and gap, in widths of the pen.
    """
    length = line.length()
    dashed = centred_pen(pen, pattern, length)
    transform = painter.worldTransform()
    margin = 2 * pen.widthF()
    area = transform.inverted()[0].mapRect(QRectF(painter.viewport()))
    is_file = painter.paintEngine().type() != QPaintEngine.Type.Raster
    if is_file or area.contains(_extent(line, margin)):  # nothing is outside: Qt's own dashes are faster
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(dashed)
        painter.drawPath(line)
        return
    threshold = CURVE_THRESHOLD_PX / max(abs(transform.m11()), 1e-6)
    if length <= MAX_WHOLE_PX:
        painter.fillPath(_outline(line, dashed, threshold), pen.brush())
        return
    begin = dashed.dashOffset()
    for piece in pieces(line):
        if area.intersects(_extent(piece, margin)):
            dashed.setDashOffset(begin)
            painter.fillPath(_outline(piece, dashed, threshold), pen.brush())
        begin += piece.length() / pen.widthF()


def pieces(line: QPainterPath) -> Iterator[QPainterPath]:
    """Yield a line of joined straight lines and cubic Béziers in pieces of about `PIECE_PX`."""
    position, k = _point(line, 0), 1
    while k < line.elementCount():
        path, end = QPainterPath(position), _point(line, k)
        if line.elementAt(k).isCurveTo():
            corners = position, end, _point(line, k + 1), _point(line, k + 2)
            path.cubicTo(*corners[1:])
            count = ceil(path.length() / PIECE_PX)
            yield from _split(corners, count) if count > 1 else (path,)
            position, k = corners[3], k + 3
            continue
        path.lineTo(end)
        position, k = end, k + 1
        while k < line.elementCount() and line.elementAt(k).isLineTo() and path.length() < PIECE_PX:
            position, k = _point(line, k), k + 1
            path.lineTo(position)
        yield path


def _extent(line: QPainterPath, margin: float) -> QRectF:
    """Return a rectangle around a line, with a margin for its width."""
    return line.controlPointRect().adjusted(-margin, -margin, margin, margin)


def _point(line: QPainterPath, k: int) -> QPointF:
    element = line.elementAt(k)
    return QPointF(element.x, element.y)


def _split(corners: tuple[QPointF, QPointF, QPointF, QPointF], count: int) -> Iterator[QPainterPath]:
    """Yield a cubic Bézier in ``count`` parts with equal intervals of its parameter (de Casteljau's algorithm)."""
    a, b, c, d = corners
    for rest in range(count, 0, -1):
        t = 1 / rest
        ab, bc, cd = a + (b - a) * t, b + (c - b) * t, c + (d - c) * t
        abc, bcd = ab + (bc - ab) * t, bc + (cd - bc) * t
        middle = abc + (bcd - abc) * t
        path = QPainterPath(a)
        path.cubicTo(ab, abc, middle)
        yield path
        a, b, c = middle, bcd, cd


def _outline(line: QPainterPath, pen: QPen, threshold: float) -> QPainterPath:
    """Return the area of the dashes."""
    stroker = QPainterPathStroker(pen)
    stroker.setCurveThreshold(threshold)
    return stroker.createStroke(line)
