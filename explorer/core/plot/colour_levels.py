"""The colours of a heat map: the numbers at both ends, and what they do not say."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.number_format import format_number
from explorer.core.plot.axis_power import axis_power, in_units
from explorer.core.plot.y_limits import noise_of_constant

POLE_RATIO = 4.0
"""Ratio of the range of f to that of all but a hundredth at either end up to which the colours cover all of f."""


@dataclass(frozen=True)
class ColourLevels:
    """The numbers at both ends of the colours, in units of 10 to a power, which is 0 unless they are huge or tiny.

    is_constant: whether f is constant apart from rounding, or has no value. note: what the colours do not say, "" if
    they say everything.
    """

    low: float
    high: float
    is_constant: bool
    note: str
    power: int = 0


def colour_levels(values: Any) -> ColourLevels:
    """Return the levels for an array of values, whose type tells how large its rounding errors are.

    Near a pole the ends leave out a hundredth of the values each: a few would take all colours.
    """
    numbers = np.asarray(values, np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return ColourLevels(0.0, 1.0, True, "f has no value here.")
    power = axis_power(float(finite.min()), float(finite.max()))
    least, low, high, most = (float(value) for value in np.percentile(in_units(finite, power), (0, 1, 99, 100)))
    is_constant = most - least <= noise_of_constant(max(abs(least), abs(most)), np.asarray(values).dtype)
    if is_constant:
        low, high = least - 1, most + 1
    elif most - least <= POLE_RATIO * (high - low):
        low, high = least, most
    elif high <= low:
        high = low + 1
    notes = []
    if is_constant:
        middle = float(np.percentile(finite, 50, method="nearest"))
        notes.append(f"f is {format_number(middle)} everywhere here, apart from rounding.")
    if finite.size < numbers.size:
        notes.append("Where there is no colour, f has no finite value.")
    if least < low or most > high:
        ends = format_number(float(finite.min()), 3), format_number(float(finite.max()), 3)
        notes.append(f"f goes from {ends[0]} to {ends[1]}, beyond the colours.")
    return ColourLevels(low, high, is_constant, " ".join(notes), power)
