"""Many points down to as many as a screen has, without losing a spike."""

from typing import Any

import numpy as np


def decimate(x: Any, y: Any, pixels: int) -> tuple[Any, Any]:
    """Return at most about ``2 * pixels`` points of the curve: each bucket's minimum and maximum.

    x, y: float arrays of shape (n,), x ascending. A bucket that holds a NaN keeps it as a gap, unless it holds
    numbers as well: then the numbers are shown.
    """
    n = len(x)
    if n <= 2 * pixels:
        return x, y
    size = -(-n // pixels)
    whole = n // size
    block = y[: whole * size].reshape(whole, size)
    low, high = np.fmin.reduce(block, axis=1), np.fmax.reduce(block, axis=1)
    rising = block[:, -1] >= block[:, 0]
    middle = x[size // 2 : whole * size : size][:whole]
    xs = np.repeat(middle, 2)
    ys = np.empty(2 * whole, y.dtype)
    ys[0::2] = np.where(rising, low, high)
    ys[1::2] = np.where(rising, high, low)
    if whole * size < n:
        rest = y[whole * size :]
        xs = np.append(xs, [x[-1], x[-1]])
        ys = np.append(ys, [np.fmin.reduce(rest), np.fmax.reduce(rest)]).astype(y.dtype)
    # The curve ends where the range does.
    xs[0], xs[-1] = x[0], x[-1]
    return xs, ys
