"""Free places along the edges of a view, for what lies over its contents."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QRect, QSize

CELL_PX = 4
"""Size of the cells in which what is covered is counted."""

STEP_PX = 12
"""Distance between two places that are tried along an edge."""


def free_place(area: QRect, sizes: Sequence[QSize], obstacles: Sequence[QRect]) -> QRect:
    """Return the first place inside an area that covers no obstacle; else the one of the last size that covers least.

    Sizes are tried in turn, for each first the lower corners, then the upper ones, then places along the edges; those
    that are larger than the area are passed over. If all are, the upper left corner is returned.
    """
    best, least = QRect(area.topLeft(), sizes[-1]), np.inf
    if not area.isValid():  # a view that is narrower than the margins around its contents
        return best
    covered = _covered_area(area, obstacles)
    for size in sizes:
        if size.width() > area.width() or size.height() > area.height():
            continue
        for place in _places(area, size):
            left, top, right, bottom = _cells(place, area)
            overlap = covered[bottom, right] - covered[top, right] - covered[bottom, left] + covered[top, left]
            if overlap == 0:
                return place
            if size is sizes[-1] and overlap < least:
                best, least = place, overlap
    return best


def _covered_area(area: QRect, obstacles: Sequence[QRect]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return how many cells above and to the left of each cell's corner are covered."""
    _, _, columns, rows = _cells(area, area)
    covered = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    for obstacle in obstacles:
        if (part := obstacle.intersected(area)).isValid():
            left, top, right, bottom = _cells(part, area)
            covered[top + 1 : bottom + 1, left + 1 : right + 1] = 1
    return covered.cumsum(0).cumsum(1)


def _cells(rect: QRect, area: QRect) -> tuple[int, int, int, int]:
    """Return the first column and row of cells of a rectangle, and those behind its last ones."""
    left, top = rect.left() - area.left(), rect.top() - area.top()
    return (
        left // CELL_PX, top // CELL_PX, -(-(left + rect.width()) // CELL_PX), -(-(top + rect.height()) // CELL_PX)
    )  # fmt: skip


def _places(area: QRect, size: QSize) -> Iterator[QRect]:
    left, top = area.left(), area.top()
    right, bottom = area.right() - size.width() + 1, area.bottom() - size.height() + 1
    corners = ((right, bottom), (left, bottom), (right, top), (left, top))
    across = range(right - STEP_PX, left, -STEP_PX)
    down = range(bottom - STEP_PX, top, -STEP_PX)
    along = (
        *((x, bottom) for x in across), *((right, y) for y in down), *((left, y) for y in down),
        *((x, top) for x in across),
    )  # fmt: skip
    for x, y in (*corners, *along):
        yield QRect(x, y, size.width(), size.height())
