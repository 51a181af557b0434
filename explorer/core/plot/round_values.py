"""Round values: steps of 1, 2 and 5 times a power of ten, multiples of π/12, and what a dragged point snaps to."""

from math import ceil, floor, gcd, isfinite, log10, pi

SNAP_RADIUS_PX, SNAP_SHARE = 4.0, 0.25
"""Distance from a round value within which a drag snaps to it, in pixels, and as a share of the way to the next."""

SNAP_SPACING_PX, PI_SPACING_PX = 20.0, 10.0
"""Smallest distance of round values in pixels; the second of multiples of π/12."""

_PI_STEPS = (1, 2, 3, 4, 6, 12)
"""Steps of round values on an axis with π, in twelfths of π; beyond, multiples of 12 by `nice_step`."""


def nice_step(at_least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is not below a positive number."""
    exponent = floor(log10(at_least))
    for power in (exponent, exponent + 1):
        for factor in (1, 2, 5):
            step = float(f"{factor}e{power}")
            if step >= at_least:
                return step
    return at_least  # the largest numbers


def multiple(step: float, count: int) -> float:
    """Return ``count`` steps of 1, 2 or 5 times a power of ten as the float that its decimal reads as."""
    return float(f"{count * step:.15g}")


def rounded(value: float, unit: float) -> float:
    """Return a value rounded to the power of ten that is at most ``unit``."""
    if not isfinite(value):
        return value
    digits = -floor(log10(unit))
    return float(round(value, digits)) if digits <= 300 else value


def snapped(x: float, pixel: float, *, in_pi: bool = False, is_free: bool = False) -> float:
    """Return the round value within a few pixels of x, else x rounded to less than a pixel.

    pixel: the width of a pixel. in_pi: whether multiples of π/12 are the round values. is_free: whether there are none.
    """
    if not (pixel > 0 and isfinite(SNAP_SPACING_PX * pixel) and isfinite(x / pixel)):
        return x
    if not is_free:
        step, near = _near_pi(x, PI_SPACING_PX * pixel) if in_pi else _near_decimal(x, SNAP_SPACING_PX * pixel)
        if abs(near - x) <= min(SNAP_RADIUS_PX * pixel, SNAP_SHARE * step):
            return near
    return rounded(x, pixel) + 0.0


def _near_decimal(x: float, spacing: float) -> tuple[float, float]:
    step = nice_step(spacing)
    return step, multiple(step, round(x / step)) + 0.0


def _near_pi(x: float, spacing: float) -> tuple[float, float]:
    twelfths = spacing / pi * 12
    step = next((step for step in _PI_STEPS if step >= twelfths), 0) or 12 * ceil(nice_step(twelfths / 12))
    count = round(x / (step * pi / 12)) * step
    divisor = gcd(count, 12)
    return step * pi / 12, count // divisor * pi / (12 // divisor) + 0.0
