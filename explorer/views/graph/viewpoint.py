"""Which part of a scene a view shows, and how large."""

from dataclasses import dataclass

from PySide6.QtCore import QRect

MAX_FIT_ZOOM = 1.35
"""Largest zoom of a graph that is fitted into the view, at scale 1; a large graph is made as small as it takes."""

MIN_ZOOM = 0.03
"""Smallest zoom that the wheel reaches, unless the graph is fitted into the view with a smaller one."""

FIT_MARGIN_PX = 10
"""Free space around a graph that is fitted into the view."""

BADGE_SPACE_PX = 12
"""Height below the lowest box, at zoom 1, into which the sum of gradients on its edge reaches."""


@dataclass(frozen=True)
class Viewpoint:
    """A zoom factor, and the point of the scene in the middle of the view."""

    zoom: float
    x: float
    y: float


def fitting_viewpoint(size: tuple[float, float], view: QRect, scale: float) -> Viewpoint:
    """Return the viewpoint that shows a graph of ``size`` (scene units) completely, but not at too large a zoom."""
    width, height = size
    free_width, free_height = (max(length - 2 * FIT_MARGIN_PX, 1) for length in (view.width(), view.height()))
    zoom = min(free_width / max(width, 1), free_height / max(height + BADGE_SPACE_PX, 1))
    return Viewpoint(min(zoom, MAX_FIT_ZOOM * scale), width / 2, height / 2)


def room_for_graph(view: QRect, scale: float) -> tuple[float, float]:
    """Return width and height that a graph may have to be shown completely at zoom 1, at a scale of the interface."""
    width, height = view.width() - 2 * FIT_MARGIN_PX, view.height() - 2 * FIT_MARGIN_PX
    return max(width / scale, 1.0), max(height / scale - BADGE_SPACE_PX, 1.0)


def following_viewpoint(size: tuple[float, float], view: QRect, zoom: float, focus: tuple[float, float]) -> Viewpoint:
    """Return a viewpoint at ``zoom`` with ``focus`` in the middle, moved so that nothing beyond the graph is shown."""
    centre = []
    for position, length, available in zip(focus, size, (view.width(), view.height()), strict=True):
        half = (available / 2 - FIT_MARGIN_PX) / zoom
        centre.append(length / 2 if length <= 2 * half else min(max(position, half), length - half))
    return Viewpoint(zoom, *centre)


def interpolated_viewpoint(start_zoom: float, end: Viewpoint, progress: float) -> Viewpoint:
    """Return a viewpoint on the way to ``end``: the zoom changes gradually, the centre at once."""
    return Viewpoint(start_zoom + (end.zoom - start_zoom) * progress, end.x, end.y)
