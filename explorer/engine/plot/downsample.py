"""Many points down to as many as a screen has, without losing a spike."""

from typing import Any

import numpy as np


def decimate(x: Any, y: Any, pixels: int) -> tuple[Any, Any]:
    """Return at most about ``2 * pixels`` points of the curve: each bucket's minimum and maximum, where they are.

    x, y: float arrays of shape (n,), x ascending. A bucket of NaNs alone stays a gap; in others they are left out.
    The first and the last point are kept.
    """
    n = len(x)
    if n <= 2 * pixels:
        return x, y
    size = -(-n // pixels)
    whole = n // size
    kept = [np.array([0]), _extremes(y[: whole * size].reshape(whole, size))]
    if n > whole * size:
        kept.append(whole * size + _extremes(y[whole * size :].reshape(1, -1)))
    places = np.concatenate([*kept, [n - 1]])
    return x[places], y[places]


def _extremes(block: Any) -> Any:
    """Return where each row has its minimum and its maximum, counted through all rows, ascending."""
    gaps = np.isnan(block)
    holed = bool(gaps.any())
    low = np.argmin(np.where(gaps, np.inf, block) if holed else block, axis=1)
    high = np.argmax(np.where(gaps, -np.inf, block) if holed else block, axis=1)
    begin = np.arange(len(block)) * block.shape[1]
    return np.sort(np.stack([begin + low, begin + high], axis=1), axis=1).ravel()
