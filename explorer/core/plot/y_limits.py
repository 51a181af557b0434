"""The range of y in which a curve is read: all of it, without what shoots up beside a pole."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.rounding import rounding_errors

BODY_PERCENTILES = (8, 92)
"""Percentiles between which the values count as the body of the curve."""

MARGIN = 0.3
"""What is shown beyond the body at least, as a share of its height; what is higher is a peak."""

MAX_PEAK_AT_GAP, MAX_PEAK_AT_END, MAX_PEAK_INSIDE = 1.0, 3.0, 20.0
"""Heights of peaks, in heights of the body, beyond which those that grow as at a pole are cut: at a gap, at an end of
the range, and elsewhere."""

POLE_GROWTH = -0.2
"""Largest derivative of y/y′ that counts as a pole: -1/p at one of order p, 0 for exponentials, positive for powers."""

MIN_GROWTH = 1.1
"""Smallest factor by which a curve grows towards a pole within a peak; less may be rounding."""

DIVERGES = 3.0
"""Ratio of the last value before a gap to the one before from which on the gap is a pole and not a jump."""

CONSTANT_OPS = 2
"""Ops whose rounding errors a constant may have; with more, a slow function would count as constant, too."""

MIN_HEIGHT = 10.0
"""Height of the axis at least, in rounding errors of a constant."""

LARGEST = float(np.finfo(np.float64).max)

MAX_SLOPE_RATIO = 10.0
"""Largest f′, in values of f, that is shown beside an f that is constant."""


def shown_limits(curves: Mapping[str, tuple[Any, Any]]) -> tuple[float, float] | None:
    """Return the lowest and highest y that a plot of ``f``, ``g`` and ``f′`` shows; None if f and g have no values.

    curves: x and y by name, arrays of shape (n,); the type of y tells how large its rounding errors are. A derivative
    with much larger values than its function is cut off, not the function. There is no room for one that is too far
    away to be seen. Rounding errors of a constant do not fill
    the plot.
    """
    limits = {name: y_limits(x, y) for name, (x, y) in curves.items()}
    body = {name: limit for name, limit in limits.items() if limit is not None and name in ("f", "g")}
    if not body:
        return None
    low, high = min(low for low, _ in body.values()), max(high for _, high in body.values())
    size = max(abs(low), abs(high))
    noise = max(noise_of_constant(size, np.asarray(curves[name][1]).dtype) for name in body)
    is_constant = high - low <= noise
    slopes = limits.get("f′")
    if slopes is not None:
        bottom, top = slopes
        if not is_constant:
            values = curves["f′"][1]
            has_poles = bool(np.any((values < bottom) | (values > top)))
            margin = (1 if has_poles else 6) * (high - low)
            near_low, near_high = max(bottom, low - margin), min(top, high + margin)
            if near_low <= near_high:  # otherwise nothing of f′ comes into view
                low, high = min(low, near_low), max(high, near_high)
        elif not size or max(abs(bottom), abs(top)) <= MAX_SLOPE_RATIO * size:
            low, high = min(low, bottom), max(high, top)
    if high - low <= noise:
        half = size / 2 or size or 1.0
        return max(low - half, -LARGEST), min(high + half, LARGEST)
    missing = max(MIN_HEIGHT * noise - (high - low), 0.0) / 2
    return low - missing, high + missing


def noise_of_constant(size: float, dtype: Any) -> float:
    """Return up to which difference numbers of a type, the largest of which is ``size``, are those of a constant."""
    return rounding_errors(size, dtype if np.dtype(dtype).kind == "f" else np.float64, CONSTANT_OPS)


def at_or_beside(mask: Any) -> Any:
    """Return which entries of a vector of truth values are true or have a neighbour that is."""
    padded = np.pad(mask, 1)
    return padded[:-2] | padded[1:-1] | padded[2:]


def y_limits(x: Any, y: Any) -> tuple[float, float] | None:
    """Return the lowest and highest y to show, None if no value is finite.

    x, y: float arrays of shape (n,), x ascending; NaNs and infinities are gaps. What grows as at a pole is cut off;
    steep functions such as ``exp(x)`` and ``x^9``, jumps and narrow peaks are shown in full.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    is_finite = np.isfinite(y)
    finite = y[is_finite]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    at_gap = at_or_beside(~is_finite)  # these may be as close to a pole as float64 can tell
    inner = y[~at_gap] if not at_gap.all() else finite
    with np.errstate(over="ignore"):  # its steps may be higher than the largest number
        body_low, body_high = (float(value) for value in np.percentile(inner, BODY_PERCENTILES))
    height = body_high - body_low
    if not 0 < height < np.inf or max(body_low - low, high - body_high) <= MARGIN * height:
        return low, high
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return -_top(x, -y, -body_low, height), _top(x, y, body_high, height)


def _top(x: Any, y: Any, body: float, height: float) -> float:
    """Return the highest y that is shown: the margin above the body, or the highest peak that is not cut."""
    is_finite = np.isfinite(y)
    margin = min(body + MARGIN * height, float(y[is_finite].max()))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_finite & (y > margin), [False]])))
    top = margin
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        peak = float(y[begin:end].max())
        if (peak - body) / height <= _limit(x, y, is_finite, begin, end, body):
            top = max(top, peak)
    return top


def _limit(x: Any, y: Any, is_finite: Any, begin: int, end: int, body: float) -> float:
    """Return beyond which height the peak of the points ``begin`` to ``end`` is cut; infinity if it is no pole."""
    gap_before = begin > 0 and not is_finite[begin - 1]
    gap_after = end < len(y) and not is_finite[end]
    if gap_before or gap_after:
        run = np.arange(begin, end)
        half = (len(run) + 1) // 2 if gap_before and gap_after else len(run)
        is_pole = any(
            is_gap and (_diverges(y[side], body) or _grows_as_at_a_pole(x[side[:half]], y[side[:half]]))
            for side, is_gap in ((run, gap_before), (run[::-1], gap_after))
        )
        return MAX_PEAK_AT_GAP if is_pole else np.inf
    if begin == 0 or end == len(y):
        order = 1 if begin == 0 else -1
        return MAX_PEAK_AT_END if _grows_as_at_a_pole(x[begin:end][::order], y[begin:end][::order]) else np.inf
    top = begin + int(np.argmax(y[begin:end]))
    flanks = [np.arange(begin, top), np.arange(end - 1, top, -1)]
    flanks = [flank[y[flank] < y[top] / 3][::-1] for flank in flanks]
    return MAX_PEAK_INSIDE if all(_grows_as_at_a_pole(x[flank], y[flank]) for flank in flanks) else np.inf


def _diverges(y: Any, body: float) -> bool:
    """Return whether the first value is much higher than the next one."""
    return bool(len(y) < 2 or y[0] - body > DIVERGES * (y[1] - body))


def _grows_as_at_a_pole(x: Any, y: Any) -> bool:
    """Return whether y grows from the last to the first point as at a pole: whether y/y′ shrinks on the way."""
    if len(x) < 3:
        return False
    places = [0, len(x) // 2, -1]
    x, y = x[places], y[places]
    if not y[0] > y[1] > y[2] > 0 or y[0] < MIN_GROWTH * y[2]:
        return False
    widths = np.abs(np.diff(x))
    lengths = widths / -np.diff(np.log(y))
    return bool((lengths[0] - lengths[1]) / widths.mean() < POLE_GROWTH)
