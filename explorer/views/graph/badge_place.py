"""The place of the sum of gradients, or of the tangent, on an edge of a box."""

from typing import Any, TypeAlias

import numpy as np
from PySide6.QtCore import QRectF

Rects: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
"""Left, top, right and bottom of rectangles, of shape (n, 4)."""

NO_RECTS: Rects = np.zeros((0, 4))

BADGE_HEIGHT_PX = 22
"""Height of a badge with letters of the usual size."""

BADGE_OVERLAP_PX, SMALL_OVERLAP_PX = 10, 2
"""How far a badge reaches into its box, and where texts are there."""

UPPER_OVERLAP_PX = 6
"""How far it reaches into a box from above at least: above the first row there is little room in the view."""

INSET_PX = 10
"""Distance from the left edge of the box, where that is free."""

REACH_PX = 4
"""How far a badge may reach beyond the left and right edges, where neighbours are."""

STEP_PX = 3
"""Distance between two places that are tried."""

DISTANCE_PX = 2
"""Distance that a badge keeps from wires and texts."""


def badge_place(box: QRectF, width: float, height: float, obstacles: Rects) -> QRectF:
    """Return the first place that covers no obstacle, on the lower edge or else the upper one; else the best one.

    box: the outline. width, height: of the badge. obstacles: wires and texts, in the same coordinates as the box.
    """
    best, least = QRectF(), np.inf
    lefts = [box.left() + INSET_PX]
    lefts += [float(x) for x in np.arange(box.left() - REACH_PX, box.right() + REACH_PX - width + 1, STEP_PX)]
    tops = (
        box.bottom() - BADGE_OVERLAP_PX, box.top() + BADGE_OVERLAP_PX - height,
        box.bottom() - SMALL_OVERLAP_PX, box.top() + UPPER_OVERLAP_PX - height,
    )  # fmt: skip
    for top in tops:
        for left in lefts:
            right, bottom = left + width, top + height
            across = np.minimum(obstacles[:, 2], right) - np.maximum(obstacles[:, 0], left) + DISTANCE_PX
            down = np.minimum(obstacles[:, 3], bottom) - np.maximum(obstacles[:, 1], top) + DISTANCE_PX
            covered = float(np.sum(np.clip(across, 0, None) * np.clip(down, 0, None)))
            if covered < least:
                best, least = QRectF(left, top, width, height), covered
            if covered == 0:
                return best
    return best
