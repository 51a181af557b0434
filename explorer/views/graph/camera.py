"""Where the graph is looked at: zoom, and the point in the middle of the view."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QTransform

LARGEST, SMALLEST = 1.35, 0.12
"""Zoom of a graph that is fitted, at scale 1; the smallest holds for the wheel too."""

READABLE = 0.56
"""Zoom at scale 1 below which texts cannot be read: then the view shows a part, and goes along with the steps."""

FOLLOWING = 0.7
"""Zoom at scale 1 of a view that shows a part."""

CLOSE = 2.6
"""Zoom at scale 1 at which one op and its neighbours fill the view."""

MARGIN = 18


def fitting(size: tuple[float, float], view: QRect, scale: float) -> QTransform:
    """Return the look that shows all of a graph of ``size``: its scale, and in its translation the middle."""
    width, height = size
    zoom = min((view.width() - 2 * MARGIN) / max(width, 1), (view.height() - 2 * MARGIN) / max(height + 12, 1))
    zoom = max(min(zoom, LARGEST * scale), SMALLEST)
    return QTransform(zoom, 0, 0, zoom, width / 2, height / 2)


def following(size: tuple[float, float], view: QRect, zoom: float, focus: tuple[float, float]) -> QTransform:
    """Return a look at ``zoom`` with ``focus`` in the middle but nothing shown beyond the graph."""
    place = []
    for at, length, room in zip(focus, size, (view.width(), view.height()), strict=True):
        half = (room / 2 - MARGIN) / zoom
        place.append(length / 2 if length <= 2 * half else min(max(at, half), length - half))
    return QTransform(zoom, 0, 0, zoom, *place)


def between(a: QTransform, b: QTransform, t: float) -> QTransform:
    """Mix the zooms of two looks; ``a`` may be a plain view transform, whose translation says nothing."""
    zoom = a.m11() + (b.m11() - a.m11()) * t
    return QTransform(zoom, 0, 0, zoom, b.dx(), b.dy())
