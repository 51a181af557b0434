"""Free places along the edges of a view, for what lies over its contents."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize

CELL_PX = 4
"""Size of the cells in which what is covered is counted."""

STEP_PX = 12
"""Distance between two places that are tried along an edge."""


def find_free_place(area: QRect, sizes: Sequence[QSize], sides: Any) -> QRect | None:
    """Return the first place inside an area that covers no obstacle, None if there is none.

    Sizes are tried in turn, for each first the lower corners, then the upper ones, then places along the edges; those
    that are larger than the area are passed over.

    sides: the obstacles as an array (n, 4) of left, top, right and bottom.
    """
    if not area.isValid():  # a view that is narrower than the margins around its contents
        return None
    covered = _covered_area(area, sides)
    for size in sizes:
        if size.width() > area.width() or size.height() > area.height():
            continue
        corners = np.array(list(_corners(area, size)))
        first = (corners - (area.left(), area.top())) // CELL_PX
        end = -(-(corners - (area.left() - size.width(), area.top() - size.height())) // CELL_PX)
        (left, top), (right, bottom) = first.T, end.T
        overlaps = covered[bottom, right] - covered[top, right] - covered[bottom, left] + covered[top, left]
        k = int(overlaps.argmin())
        if overlaps[k] == 0:
            return QRect(QPoint(*corners[k].tolist()), size)
    return None


def as_sides(obstacles: Sequence[QRect]) -> Any:
    """Return rectangles as an array (n, 4) of left, top, right and bottom."""
    rows = [(rect.left(), rect.top(), rect.left() + rect.width(), rect.top() + rect.height()) for rect in obstacles]
    return np.array(rows, np.float64).reshape(-1, 4)


def covers(place: QRect, sides: Any) -> bool:
    """Return whether a place covers one of the obstacles in an array (n, 4) of left, top, right and bottom."""
    left, top, right, bottom = (sides[:, k] for k in range(4))
    across = (left < place.left() + place.width()) & (right > place.left())
    return bool((across & (top < place.top() + place.height()) & (bottom > place.top())).any())


def _covered_area(area: QRect, sides: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return how many cells above and to the left of each cell's corner are covered."""
    columns, rows = -(-area.width() // CELL_PX), -(-area.height() // CELL_PX)
    edges = np.zeros((rows + 2, columns + 2), dtype=np.int64)
    inside = sides - np.tile((area.left(), area.top()), 2)
    limits = area.width(), area.height()
    left, right = (np.clip(inside[:, k], 0, limits[0]) for k in (0, 2))
    top, bottom = (np.clip(inside[:, k], 0, limits[1]) for k in (1, 3))
    is_there = (left < right) & (top < bottom)
    first_column, first_row = ((side[is_there] // CELL_PX).astype(int) for side in (left, top))
    end_column, end_row = (np.ceil(side[is_there] / CELL_PX).astype(int) for side in (right, bottom))
    # Each rectangle adds 1 behind its upper left corner and takes it away beyond its sides.
    np.add.at(edges, (first_row, first_column), 1)
    np.add.at(edges, (first_row, end_column), -1)
    np.add.at(edges, (end_row, first_column), -1)
    np.add.at(edges, (end_row, end_column), 1)
    covered = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    covered[1:, 1:] = edges.cumsum(0).cumsum(1)[:rows, :columns] > 0
    return covered.cumsum(0).cumsum(1)


def _corners(area: QRect, size: QSize) -> Iterator[tuple[int, int]]:
    """Yield the upper left corners of the places that are tried."""
    left, top = area.left(), area.top()
    right, bottom = area.right() - size.width() + 1, area.bottom() - size.height() + 1
    corners = ((right, bottom), (left, bottom), (right, top), (left, top))
    across = range(right - STEP_PX, left, -STEP_PX)
    down = range(bottom - STEP_PX, top, -STEP_PX)
    along = (
        *((x, bottom) for x in across), *((right, y) for y in down), *((left, y) for y in down),
        *((x, top) for x in across),
    )  # fmt: skip
    yield from (*corners, *along)
