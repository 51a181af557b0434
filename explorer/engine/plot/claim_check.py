"""Whether a claimed derivative holds at all points of a curve."""

from typing import Any

import numpy as np

from explorer.core.protocol.plot import CheckReply

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
"""How far two values may lie apart, relative to the larger of 1 and their size, and still be called equal."""


def judge(x: Any, slope: Any, said: Any, tolerance: float) -> CheckReply:
    """Compare a gradient with what was claimed; all of shape (n,) and one dtype.

    Returns ``holds``, the largest ``deviation`` and ``where`` it is, how many points were ``compared`` and at how many
    one of them is ``undefined`` (NaN). A claim that is undefined where the gradient is not does not hold.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(slope - said)
        top = difference.max()
        if top <= tolerance:  # the usual case costs two passes; False for a NaN
            return _told(x, difference, True, len(x), tolerance)
        if np.isfinite(top) and top > tolerance * max(1, np.abs(slope).max(), np.abs(said).max()):
            return _told(x, difference, False, len(x), tolerance)
        difference[np.equal(slope, said)] = 0  # infinities of one sign agree
        known = ~np.isnan(difference)
        compared = int(np.count_nonzero(known))
        if not compared:
            return {"holds": False, "deviation": None, "where": None, "compared": 0, "undefined": len(x)}
        size = np.maximum(1, np.maximum(np.abs(slope), np.abs(said)))
        holds = bool(np.all(difference[known] <= tolerance * size[known]))
    holds = holds and bool(np.array_equal(np.isnan(slope), np.isnan(said)))
    return _told(x, difference, holds, compared, tolerance)


def _told(x: Any, difference: Any, holds: bool, compared: int, tolerance: float) -> CheckReply:
    worst = int(np.nanargmax(difference))
    return {
        "holds": holds,
        "deviation": float(difference[worst]),
        "where": float(x[worst]),
        "compared": compared,
        "undefined": len(x) - compared,
        "tolerance": tolerance,
    }
