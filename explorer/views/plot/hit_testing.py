"""Hit testing of lines in a plot, by distances in pixels."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Line = tuple[NDArray[np.floating], NDArray[np.floating]]


def nearest_line(
    lines: Mapping[str, Line], position: tuple[float, float], pixel: tuple[float, float], radius: float
) -> str | None:
    """Return the name of the nearest line within a radius of a position, or None.

    position and pixel (width and height of a pixel) are in data coordinates, radius is in pixels.
    """
    distances: dict[str, float] = {}
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # beside a pole are infinities
        for name, (xs, ys) in lines.items():
            x = (np.asarray(xs, float) - position[0]) / pixel[0]
            y = (np.asarray(ys, float) - position[1]) / pixel[1]
            if x.size == 1:
                distances[name] = float(np.hypot(x[0], y[0]))
            elif x.size:
                distances[name] = _distance(x, y)
    in_radius = {name: distance for name, distance in distances.items() if distance <= radius}
    return min(in_radius, key=in_radius.__getitem__) if in_radius else None


def value_at(line: Line, x: float) -> float:
    """Interpolate the y value of a line at x."""
    return float(np.interp(x, np.asarray(line[0], float), np.asarray(line[1], float)))


def _distance(x: NDArray[np.floating], y: NDArray[np.floating]) -> float:
    """Return the distance of a polyline from the origin; segments that are not finite are ignored."""
    along_x, along_y = np.diff(x), np.diff(y)
    length = along_x**2 + along_y**2
    share = np.clip(-(x[:-1] * along_x + y[:-1] * along_y) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    distance = np.hypot(x[:-1] + share * along_x, y[:-1] + share * along_y)
    distance = distance[np.isfinite(distance)]
    return float(distance.min()) if distance.size else float("inf")
