"""Whether a claimed derivative equals the gradient at all points of a curve."""

from typing import Any

import numpy as np

from explorer.core.protocol.plot import CheckReply

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
"""Largest difference of values that count as equal, relative to the larger of 1 and their magnitude, by dtype."""


def check_claim(x: Any, gradient: Any, claimed: Any, tolerance: float) -> CheckReply:
    """Compare a gradient with a claim; all arrays have shape (n,) and one dtype.

    Points where either is NaN are not compared: where f′ does not exist, any claim holds. A claim that is undefined
    where the gradient is defined does not hold.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(gradient - claimed)
        largest = difference.max()
        if largest <= tolerance:  # the usual case, in two passes over the data; False for a NaN
            return _reply(x, gradient, claimed, int(difference.argmax()), True, len(x), tolerance)
        if np.isfinite(largest) and largest > tolerance * max(1, np.abs(gradient).max(), np.abs(claimed).max()):
            return _reply(x, gradient, claimed, int(difference.argmax()), False, len(x), tolerance)
        difference[np.equal(gradient, claimed)] = 0  # infinities of one sign agree
        is_defined = ~np.isnan(difference)
        compared = int(np.count_nonzero(is_defined))
        if not compared:
            return {"holds": False, "deviation": None, "where": None, "compared": 0, "undefined": len(x)}
        magnitude = np.maximum(1, np.maximum(np.abs(gradient), np.abs(claimed)))
        exceeds = is_defined & (~(difference <= tolerance * magnitude) | np.isinf(difference))
    missing = np.isnan(claimed) & ~np.isnan(gradient)
    holds = not exceeds.any() and not missing.any()
    if holds or exceeds.any():
        worst = int(np.nanargmax(np.where(exceeds, difference, np.nan) if exceeds.any() else difference))
    else:
        worst = int(np.argmax(missing))
    return _reply(x, gradient, claimed, worst, holds, compared, tolerance)


def _reply(x: Any, gradient: Any, claimed: Any, worst: int, holds: bool, compared: int, tolerance: float) -> CheckReply:
    """Return the reply; ``worst``: the index of the largest deviation, or of a point at which only f′ is defined."""
    with np.errstate(invalid="ignore", over="ignore"):
        is_equal = bool(gradient[worst] == claimed[worst])
        deviation = 0.0 if is_equal else float(abs(gradient[worst] - claimed[worst]))
    return {
        "holds": holds,
        "deviation": None if np.isnan(deviation) else deviation,
        "where": float(x[worst]),
        "gradient": float(gradient[worst]),
        "claimed": float(claimed[worst]),
        "compared": compared,
        "undefined": len(x) - compared,
        "tolerance": tolerance,
    }
