"""Axis ticks at round decimals, with as many digits as tell them apart and never without their exponent."""

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10

from explorer.core.number_format import MINUS, SUPERSCRIPTS
from explorer.core.plot.round_values import multiple, nice_step

SMALLEST_PLAIN, LARGEST_PLAIN = 1e-3, 1e5
"""The largest tick of an axis without powers of ten is between these."""


def decimal_ticks(low: float, high: float, max_ticks: int) -> tuple[float, list[float]]:
    """Return step and values of at most ``max_ticks`` ticks with the finest step that gives no more."""
    span = high - low
    if not (isfinite(span) and span > 0):
        return 1.0, []
    step = nice_step(span / (max_ticks + 1))
    while (last := floor(high / step + 1e-9)) - (first := ceil(low / step - 1e-9)) >= max_ticks:
        step = nice_step(1.5 * step)
    return step, [multiple(step, count) for count in range(first, last + 1)]


def tick_texts(values: Sequence[float], step: float, power: int = 0) -> list[str]:
    """Return the texts of ticks at multiples of ``step``, in units of 10 to a power: ``−0.25``, ``3.4×10³⁸``."""
    largest = max(map(abs, values), default=0.0)
    place = floor(log10(step) + 1e-9)
    if not power and SMALLEST_PLAIN <= largest < LARGEST_PLAIN:
        return [f"{value + 0.0:.{max(0, -place)}f}".replace("-", MINUS) for value in values]
    return [_scientific(value, place, power) for value in values]


def _scientific(value: float, place: int, power: int) -> str:
    if not value:
        return "0"
    exponent = int(f"{value:e}".partition("e")[2])
    mantissa, _, rounded_exponent = f"{value:.{max(0, exponent - place)}e}".partition("e")
    return f"{mantissa.replace('-', MINUS)}×10{str(int(rounded_exponent) + power).translate(SUPERSCRIPTS)}"
