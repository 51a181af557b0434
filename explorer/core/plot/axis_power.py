"""Numbers that are too large or too small to be drawn, in units of a power of ten."""

from math import floor, log10
from typing import Any

import numpy as np

SMALLEST, LARGEST = 1e-60, 1e60
"""Numbers between which an axis has the unit 1: painting multiplies them with each other."""


def axis_power(low: float, high: float) -> int:
    """Return the power of ten that is the unit of an axis from ``low`` to ``high``, 0 if that can be 1."""
    size = max(abs(low), abs(high))
    return 0 if not size or SMALLEST <= size <= LARGEST else floor(log10(size))


def in_units(values: Any, power: int) -> Any:
    """Return numbers, or float arrays, in units of a power of ten; infinite where they are far larger than the unit."""
    if not power:
        return values
    with np.errstate(over="ignore", under="ignore"):
        # The power itself may be no normal number.
        return np.asarray(values, np.float64) * 10.0 ** -(power // 2) * 10.0 ** (power // 2 - power)
