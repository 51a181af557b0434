"""Thins a curve to the number of pixels on the screen without losing a spike or a gap."""

from typing import Any

import numpy as np


def decimate(x: Any, y: Any, pixels: int) -> tuple[Any, Any]:
    """Return at most about ``2 * pixels`` points of a curve: the minimum and the maximum of each bucket.

    x, y: float arrays of shape (n,), x ascending. NaNs are ignored, unless a bucket has nothing else, which remains a
    gap. The first and the last point are always kept.
    """
    n = len(x)
    if n <= 2 * pixels:
        return x, y
    size = -(-n // pixels)
    full_buckets = n // size
    kept = [np.array([0]), _extremes(y[: full_buckets * size].reshape(full_buckets, size))]
    if n > full_buckets * size:
        kept.append(full_buckets * size + _extremes(y[full_buckets * size :].reshape(1, -1)))
    indices = np.concatenate([*kept, [n - 1]])
    indices = indices[np.diff(indices, prepend=-1) > 0]
    return x[indices], y[indices]


def mark_gaps(xs: Any, ys: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the thinned points ``xs``, ``ys`` of a curve with a NaN where one begins in the curve itself.

    Thinning skips the NaNs of a bucket that has numbers, too.
    """
    if len(xs) == len(x) or not np.isnan(np.min(y)):
        return xs, ys
    is_nan = np.isnan(y)
    begins = np.flatnonzero(is_nan[1:] & ~is_nan[:-1]) + 1
    places = np.searchsorted(xs, x[begins])
    return np.insert(xs, places, x[begins]), np.insert(ys, places, np.nan)


def _extremes(buckets: Any) -> Any:
    """Return the indices of each row's minimum and maximum in the flattened array, ascending."""
    is_nan = np.isnan(buckets)
    has_nan = bool(is_nan.any())
    low = np.argmin(np.where(is_nan, np.inf, buckets) if has_nan else buckets, axis=1)
    high = np.argmax(np.where(is_nan, -np.inf, buckets) if has_nan else buckets, axis=1)
    begin = np.arange(len(buckets)) * buckets.shape[1]
    return np.sort(np.stack([begin + low, begin + high], axis=1), axis=1).ravel()
