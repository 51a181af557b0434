"""Whether a claimed derivative equals the gradient at all points of a curve."""

from typing import Any

import numpy as np

from explorer.core.protocol.plot import CheckReply

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
"""Largest difference of values that count as equal, relative to the larger of 1 and their magnitude, by dtype."""


def check_claim(x: Any, gradient: Any, claimed: Any, tolerance: float) -> CheckReply:
    """Compare a gradient with a claim; all arrays have shape (n,) and one dtype.

    Points where either is NaN are not compared. A claim that is undefined where the gradient is defined does not hold.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(gradient - claimed)
        largest = difference.max()
        if largest <= tolerance:  # the usual case, in two passes over the data; False for a NaN
            return _reply(x, difference, True, len(x), tolerance)
        if np.isfinite(largest) and largest > tolerance * max(1, np.abs(gradient).max(), np.abs(claimed).max()):
            return _reply(x, difference, False, len(x), tolerance)
        difference[np.equal(gradient, claimed)] = 0  # infinities of one sign agree
        defined = ~np.isnan(difference)
        compared = int(np.count_nonzero(defined))
        if not compared:
            return {"holds": False, "deviation": None, "where": None, "compared": 0, "undefined": len(x)}
        magnitude = np.maximum(1, np.maximum(np.abs(gradient), np.abs(claimed)))
        holds = bool(np.all(difference[defined] <= tolerance * magnitude[defined]))
    holds = holds and bool(np.array_equal(np.isnan(gradient), np.isnan(claimed)))
    return _reply(x, difference, holds, compared, tolerance)


def _reply(x: Any, difference: Any, holds: bool, compared: int, tolerance: float) -> CheckReply:
    worst = int(np.nanargmax(difference))
    return {
        "holds": holds,
        "deviation": float(difference[worst]),
        "where": float(x[worst]),
        "compared": compared,
        "undefined": len(x) - compared,
        "tolerance": tolerance,
    }
