"""Where a curve must not be joined: TensorFlow evaluates steep places on ever finer grids, which tells jumps and poles
from functions that are merely steep."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.plot.y_limits import at_or_beside, y_limits

Evaluate = Callable[[Any], Any]
"""Returns y at the points of an array, both float64 of shape (n,)."""

STEEP = 0.02
"""A step between two points that is looked into, as a share of the height of the curve."""

VISIBLE, VISIBLE_OF_PIECES = 0.002, 0.0005
"""Smallest jumps that are looked for, as shares of the height of the curve; the second for functions of pieces."""

OUTLIER = 2.0
"""Ratio of a step to those beside it from which on a curve is not smooth there."""

SMOOTH_RATIO, SMOOTH_SHARE = 3.0, 0.25
"""A curve is smooth on a grid if no step of ``SMOOTH_SHARE`` of the largest is ``SMOOTH_RATIO`` times one beside it."""

NOISY_PARTS = 9
"""Number of large steps on a grid from which on they are rounding: a jump or pole is at one place."""

PARTS = 15
"""Parts into which an interval is divided; odd, so that the middle of a symmetric range is no grid point."""

RESOLUTION = 1e-9
"""Width, relative to the range, at which an interval is not divided further."""

LEVELS_COMPARED, PERSISTENT = 3, 0.3
"""A step is a jump if it keeps ``PERSISTENT`` of its size over ``LEVELS_COMPARED`` divisions; at a pole it grows."""


@dataclass(frozen=True)
class Effort:
    """How much is evaluated: intervals at a time, and divisions of each."""

    intervals: int = 2048
    levels: int = 9


POINT_BY_POINT = Effort(intervals=36, levels=2)
"""The effort for an expression whose points are computed one by one."""


def find_gaps(x: Any, y: Any, evaluate: Evaluate, effort: Effort = Effort(), *, is_piecewise: bool = False) -> Any:
    """Return the intervals that hold a jump or a pole, float64 of shape (n, 2), ascending.

    x, y: the points of the curve, shape (n,), x ascending. is_piecewise: whether the function may jump anywhere, as
    ``floor`` does, so that every visible step is looked into. NaNs and infinities among the points are gaps already and
    not returned.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    gaps = _search(x, y, evaluate, effort, is_piecewise)
    if len(gaps):  # without the poles the curve is less high, so that smaller steps are visible
        x, y = open_gaps(x, y, gaps, evaluate)
        beside_gap = at_or_beside(~np.isfinite(y))
        gaps = merge_gaps(gaps, _search(x, np.where(beside_gap, np.nan, y), evaluate, effort, is_piecewise))
    return gaps


def _search(x: Any, y: Any, evaluate: Evaluate, effort: Effort, is_piecewise: bool) -> Any:
    limits = y_limits(x, y)
    if limits is None or len(x) < 2:
        return np.empty((0, 2))
    height = limits[1] - limits[0]
    visible = VISIBLE_OF_PIECES if is_piecewise else VISIBLE
    threshold = max(visible * height, 1e-12 * max(abs(limits[0]), abs(limits[1])))
    if not 0 < threshold < np.inf:
        return np.empty((0, 2))
    steps = _steps(y[None])[0]
    steps[np.isinf(steps)] = 0
    steep = threshold if is_piecewise else max(threshold, STEEP * height)
    suspects = np.flatnonzero(_suspicious(steps, steep, threshold) & (np.diff(x) > 0))
    suspects = suspects[np.argsort(-steps[suspects], kind="stable")[: effort.intervals]]
    if not len(suspects):
        return np.empty((0, 2))
    # The points may be float32, and their function may jump a rounding earlier or later.
    slack = 4 * np.finfo(np.float32).eps * np.abs(x[suspects])
    slack = np.minimum(slack, (x[suspects + 1] - x[suspects]) / 8)
    found = _divide(x[suspects] - slack, x[suspects + 1] + slack, evaluate, threshold, x[-1] - x[0], effort)
    return merge_gaps(found)


def merge_gaps(*gaps: Any) -> Any:
    """Return the union of intervals, shape (n, 2), ascending; intervals that touch are one."""
    intervals = np.concatenate([np.reshape(one, (-1, 2)) for one in gaps])
    if not len(intervals):
        return intervals
    intervals = intervals[np.argsort(intervals[:, 0], kind="stable")]
    ends = np.maximum.accumulate(intervals[:, 1])
    near = (intervals[:, 1] - intervals[:, 0]) / 2  # neighbours that were found separately touch up to rounding
    begins = np.concatenate([[True], intervals[1:, 0] > ends[:-1] + near[1:]])
    return np.stack([intervals[begins, 0], ends[np.append(np.flatnonzero(begins)[1:] - 1, len(ends) - 1)]], axis=1)


def open_gaps(x: Any, y: Any, gaps: Any, evaluate: Evaluate) -> tuple[Any, Any]:
    """Return the points with a NaN in each gap, and the curve continued up to both sides of it.

    x, y: the points of the curve, shape (n,), of one dtype, which the result has too.
    """
    dtype = y.dtype
    inside = gaps[(gaps[:, 1] > x[0]) & (gaps[:, 0] < x[-1])]
    if not len(inside):
        return x, y
    low, high = inside[:, 0].astype(dtype), inside[:, 1].astype(dtype)
    low = np.where(low > inside[:, 0], np.nextafter(low, dtype.type(-np.inf)), low)
    high = np.where(high < inside[:, 1], np.nextafter(high, dtype.type(np.inf)), high)
    # A point within a rounding of the gap may be on the other side of it in float32.
    slack = 8 * np.finfo(np.float32).eps * np.abs(inside).max(axis=1) if dtype == np.float32 else 0.0
    first, last = np.searchsorted(x, low - slack), np.searchsorted(x, high + slack, "right")
    covers = np.zeros(len(x) + 1)
    np.add.at(covers, first, 1)
    np.add.at(covers, last, -1)
    kept = np.cumsum(covers)[:-1] == 0
    ends = np.concatenate([low, high])
    with np.errstate(over="ignore"):
        values = evaluate(ends.astype(np.float64)).astype(dtype)
    # Where the curve has no number on one side, such as log(x), that is the gap.
    middle = ((low + high) / 2)[np.isfinite(values).reshape(2, -1).all(axis=0)]
    xs = np.concatenate([x[kept], ends, middle])
    ys = np.concatenate([y[kept], values, np.full(len(middle), np.nan, dtype)])
    # Points of equal x: those of the curve, the lower ends, the NaNs, the upper ends.
    ranks = np.repeat([0, 1, 3, 2], [int(np.count_nonzero(kept)), len(low), len(high), len(middle)])
    order = np.lexsort((ranks, xs))
    order = order[(xs[order] >= x[0]) & (xs[order] <= x[-1])]
    return xs[order], ys[order]


def _steps(y: Any) -> Any:
    """Return the sizes of the steps in each row; infinite to a value that is not finite, 0 between two of them."""
    is_finite = np.isfinite(y)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.abs(np.diff(y, axis=1))
    return np.where(
        is_finite[:, 1:] & is_finite[:, :-1], steps, np.where(is_finite[:, 1:] | is_finite[:, :-1], np.inf, 0)
    )


def _suspicious(steps: Any, steep: float, threshold: float) -> Any:
    """Return which steps may hide a jump: those that are large or unlike their neighbours, and the ones beside them."""
    padded = np.pad(steps, 2)
    left, right = np.maximum(padded[:-4], padded[1:-3]), np.maximum(padded[3:-1], padded[4:])
    left[:3] = right[-3:] = np.inf  # at its ends a thinned curve is not thinned evenly
    suspicious = (steps > steep) | ((steps > threshold) & (steps > OUTLIER * np.minimum(left, right)))
    return suspicious | np.append(suspicious[1:], False) | np.append(False, suspicious[:-1])


def _divide(left: Any, right: Any, evaluate: Evaluate, threshold: float, span: float, effort: Effort) -> Any:
    """Return the parts of the intervals at which a step persists however finely they are divided, shape (n, 2)."""
    shares = np.arange(PARTS + 1) / PARTS
    history = np.empty((len(left), 0))
    found = []
    for level in range(effort.levels):
        if not len(left):
            break
        grid = left[:, None] + (right - left)[:, None] * shares
        grid[:, -1] = right
        steps = _steps(evaluate(grid.ravel()).reshape(grid.shape))
        score = np.maximum(steps, np.maximum(_shifted(steps, 1), _shifted(steps, -1)))
        rows, parts = _followed(steps, score, threshold, effort.intervals, level > 1)
        left, right = grid[rows, parts], grid[rows, parts + 1]
        history = np.column_stack([history[rows], score[rows, parts]])
        is_fine = (right - left <= RESOLUTION * span) | (level == effort.levels - 1)
        before = history[:, max(0, level - LEVELS_COMPARED)]
        persists = np.isinf(history[:, -1]) | (history[:, -1] >= PERSISTENT * before)
        done = is_fine & persists
        found.append(np.stack([left[done], right[done]], axis=1))
        left, right, history = left[~is_fine], right[~is_fine], history[~is_fine]
    return np.concatenate(found) if found else np.empty((0, 2))


def _followed(steps: Any, score: Any, threshold: float, count: int, is_deep: bool) -> tuple[Any, Any]:
    """Return row and part of each interval that is divided further, ``count`` at most, those with large steps first.

    is_deep: whether the grid is so fine that large steps everywhere are rounding.
    """
    largest = steps.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", over="ignore"):
        is_large = steps >= SMOOTH_SHARE * largest
        is_rough = np.zeros(steps.shape, bool)
        is_rough[:, 1:] |= steps[:, 1:] > SMOOTH_RATIO * steps[:, :-1]
        is_rough[:, :-1] |= steps[:, :-1] > SMOOTH_RATIO * steps[:, 1:]
        is_followed = np.any(is_large & is_rough, axis=1) | np.isinf(largest[:, 0])
        if is_deep:
            is_followed &= np.count_nonzero(is_large, axis=1) < NOISY_PARTS
        follow = (score > threshold) & (score >= largest / 2) & is_followed[:, None]
    rows, parts = np.nonzero(follow)
    chosen = np.argsort(-score[rows, parts], kind="stable")[:count]
    return rows[chosen], parts[chosen]


def _shifted(steps: Any, by: int) -> Any:
    shifted = np.zeros_like(steps)
    if by > 0:
        shifted[:, by:] = steps[:, :-by]
    else:
        shifted[:, :by] = steps[:, -by:]
    return shifted
