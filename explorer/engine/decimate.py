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
    block = y[: whole * size].reshape(whole, size)
    gaps = np.isnan(block)
    holed = bool(gaps.any())
    low = np.argmin(np.where(gaps, np.inf, block) if holed else block, axis=1)
    high = np.argmax(np.where(gaps, -np.inf, block) if holed else block, axis=1)
    begin = np.arange(whole) * size
    kept = np.sort(np.stack([begin + low, begin + high], axis=1), axis=1).ravel()
    kept[0] = 0
    kept = np.append(kept, np.arange(whole * size, n) if n - whole * size <= 2 else [whole * size, n - 1])
    kept[-1] = n - 1
    return x[kept], y[kept]
