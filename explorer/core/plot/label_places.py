"""Places for the names of curves in a plot."""

from collections.abc import Mapping
from typing import Any

import numpy as np

LABEL_POINTS, MAX_LABEL_PLACES = 500, 50
"""Numbers of points of a curve from which its name keeps away, and of places that are tried for the name."""

MARGIN = 0.08
"""Share of the plot's width at either side in which no name stands."""


def label_places(
    curves: Mapping[str, tuple[Any, Any]],
    across: tuple[float, float],
    up: tuple[float, float],
    size: tuple[float, float],
) -> dict[str, tuple[float, float]]:
    """Return where the middle of each name's lower edge is: at a high point of its curve, near the middle of the plot.

    There is neither another name nor a curve, if there is such a place, else no other name. A curve that is not visible
    has its name in the upper left corner. curves: x and y by name. across, up: the visible ranges of x and y. size:
    width and height of a name, in their units.
    """
    (left, right), (bottom, top), (label_width, label_height) = across, up, size
    width, height = right - left, top - bottom
    thinned = {
        name: [np.asarray(part[:: max(1, len(part) // LABEL_POINTS)], np.float64) for part in points]
        for name, points in curves.items()
    }
    all_x, all_y = (np.concatenate(parts) for parts in zip(*thinned.values(), strict=True)) if thinned else ((), ())
    found: dict[str, tuple[float, float]] = {}
    taken: list[tuple[float, float]] = []
    for name, (x, y) in thinned.items():
        is_inside = (x > left + MARGIN * width) & (x < right - MARGIN * width) & (y < top) & (y > bottom)
        points = np.flatnonzero(is_inside)
        if not len(points):
            found[name] = left, top
            continue
        points = points[:: max(1, len(points) // MAX_LABEL_PLACES)]
        middle, base = x[points], np.minimum(y[points], top - label_height)
        near = np.abs(all_x - middle[:, None]) < label_width / 2
        lifted = (base + label_height / 4)[:, None]  # above its own curve
        is_uncrossed = ~np.any(near & (all_y > lifted) & (all_y < lifted + 3 * label_height / 4), axis=1)
        is_apart = np.ones(len(points), bool)
        for other_x, other_y in taken:
            is_apart &= (np.abs(middle - other_x) > label_width) | (np.abs(base - other_y) > label_height)
        from_centre = np.abs(middle - (left + right) / 2) / width
        best = int(np.argmax(height * (2.0 * is_apart + is_uncrossed) + base - 1e-3 * height * from_centre))
        found[name] = float(middle[best]), float(base[best])
        taken.append(found[name])
    return found
