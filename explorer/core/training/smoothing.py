"""Smoothed curves: the exponential moving average of the values so far."""

from collections.abc import Sequence


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average of values, each ``weight`` times as important as the one after it.

    It is normalized by the sum of the weights, so that the first value counts for no more than later ones. A weight of
    0 returns the values. NaN and infinite values stay, and are left out of the averages after them.
    """
    smoothed, total, norm = [], 0.0, 0.0
    for value in values:
        if value - value != 0.0:  # NaN or infinite
            smoothed.append(value)
            continue
        total, norm = weight * total + (1.0 - weight) * value, weight * norm + (1.0 - weight)
        smoothed.append(total / norm)
    return smoothed
