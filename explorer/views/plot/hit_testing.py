"""What of a plot lies under the mouse, told by distances in pixels."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Line = tuple[NDArray[np.floating], NDArray[np.floating]]


def nearest_line(
    lines: Mapping[str, Line], position: tuple[float, float], pixel: tuple[float, float], reach: float
) -> str | None:
    """Return which line runs within ``reach`` pixels of a place, the nearest; None for none of them.

    at: the place, and pixel: width and height of a pixel, both in the lines' own units.
    """
    found: dict[str, float] = {}
    for name, (xs, ys) in lines.items():
        x = (np.asarray(xs, float) - position[0]) / pixel[0]
        y = (np.asarray(ys, float) - position[1]) / pixel[1]
        if x.size == 1:
            found[name] = float(np.hypot(x[0], y[0]))
        elif x.size:
            found[name] = _distance(x, y)
    near = {name: distance for name, distance in found.items() if distance <= reach}
    return min(near, key=near.__getitem__) if near else None


def value_at(line: Line, x: float) -> float:
    """Return the height of a line at a place, between two of its points if need be."""
    return float(np.interp(x, np.asarray(line[0], float), np.asarray(line[1], float)))


def _distance(x: NDArray[np.floating], y: NDArray[np.floating]) -> float:
    """Distance of the origin from the pieces between points; pieces without an end are none."""
    along_x, along_y = np.diff(x), np.diff(y)
    length = along_x**2 + along_y**2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(-(x[:-1] * along_x + y[:-1] * along_y) / np.where(length > 0, length, 1.0), 0.0, 1.0)
        away = np.hypot(x[:-1] + share * along_x, y[:-1] + share * along_y)
    away = away[np.isfinite(away)]
    return float(away.min()) if away.size else float("inf")
