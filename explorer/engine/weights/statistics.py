"""What is said about an array of weights: a few numbers and a histogram."""

from typing import Any

import numpy as np

BINS = 41
"""Of a histogram, an odd number: the one in the middle is around 0."""


def summary(values: Any) -> dict[str, float]:
    """Return the statistics of an array that the tab shows; NaN and infinities are counted and left out."""
    flat = np.asarray(values, np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    told: dict[str, float] = {"count": len(flat), "nan": len(flat) - len(finite)}
    if len(finite):
        told |= {
            "min": float(finite.min()),
            "max": float(finite.max()),
            "mean": float(finite.mean()),
            "std": float(finite.std()),
            "norm": float(np.sqrt(np.sum(finite**2))),
            "zeros": int(np.count_nonzero(finite == 0)),
        }
    return told


def histogram(values: Any) -> dict[str, Any]:
    """Return ``counts`` (BINS,) and ``edges`` (BINS + 1,), symmetric around 0."""
    flat = np.asarray(values, np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    limit = float(np.abs(finite).max()) if len(finite) else 0.0
    counts, edges = np.histogram(finite, BINS, (-limit, limit) if limit else (-1.0, 1.0))
    return {"counts": counts, "edges": edges}
