"""The range of y in which the curves of several runs are read: without those that went astray."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

TYPICAL_QUANTILE = 0.9
"""Quantile of a line's values that counts as its typical maximum."""

LIMIT_FACTOR, LOG_LIMIT_FACTOR = 2.0, 100.0
"""Values above this many times the smallest typical maximum are outside, on a linear and on a logarithmic axis: one run
that went astray would flatten all others."""


@dataclass(frozen=True)
class CurveLimits:
    """low, high: the range of the values inside, None without any. largest: of each line that is also outside, its
    largest finite value, by index."""

    low: float | None
    high: float | None
    largest: dict[int, float]


def curve_limits(lines: Sequence[Sequence[float]], typical_max: float = math.inf, *, log: bool = False) -> CurveLimits:
    """Return the limits of lines; values up to ``typical_max`` always count as usual, and not-finite ones never.

    log: whether the axis is logarithmic, which shows positive values alone.
    """
    values = [_shown(ys, log) for ys in lines]
    typical = min((float(np.quantile(ys, TYPICAL_QUANTILE)) for ys in values if ys.size), default=math.inf)
    limit = max(typical_max, typical) * (LOG_LIMIT_FACTOR if log else LIMIT_FACTOR)
    inside = [ys[ys <= limit] for ys in values]
    largest = {k: float(ys.max()) for k, ys in enumerate(values) if ys.size and ys.max() > limit}
    ends = [(float(ys.min()), float(ys.max())) for ys in inside if ys.size]
    if not ends:
        return CurveLimits(None, None, largest)
    return CurveLimits(min(low for low, _ in ends), max(high for _, high in ends), largest)


def _shown(ys: Sequence[float], log: bool) -> Any:
    values = np.asarray(ys, float)
    return values[np.isfinite(values) & ((values > 0) | (not log))]
