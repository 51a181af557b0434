"""A few statistics and a histogram of an array of weights."""

from typing import Any

import numpy as np

HISTOGRAM_BINS = 41
"""An odd number, so that the middle bin is around 0."""


def summary(values: Any) -> dict[str, float]:
    """Return the statistics of an array: ``count``, ``nan`` (NaN and infinities), and those of the finite numbers.

    These are ``min``, ``max``, ``mean``, ``std``, ``norm`` and ``zeros`` (how many are 0), absent where there are none.
    """
    flat = np.asarray(values, np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    result: dict[str, float] = {"count": len(flat), "nan": len(flat) - len(finite)}
    if len(finite):
        result |= {
            "min": float(finite.min()),
            "max": float(finite.max()),
            "mean": float(finite.mean()),
            "std": float(finite.std()),
            "norm": float(np.sqrt(np.sum(finite**2))),
            "zeros": int(np.count_nonzero(finite == 0)),
        }
    return result


def histogram(values: Any) -> dict[str, Any]:
    """Return ``counts`` (HISTOGRAM_BINS,) and ``edges`` (HISTOGRAM_BINS + 1,), symmetric around 0."""
    flat = np.asarray(values, np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    limit = float(np.abs(finite).max()) if len(finite) else 0.0
    counts, edges = np.histogram(finite, HISTOGRAM_BINS, (-limit, limit) if limit else (-1.0, 1.0))
    return {"counts": counts, "edges": edges}
