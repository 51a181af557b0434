"""Axis ticks in multiples of π."""

from fractions import Fraction
from math import ceil, floor, pi

_STEPS = [Fraction(n, d) for n, d in ((1, 16), (1, 8), (1, 4), (1, 2), (1, 1), (2, 1), (5, 1), (10, 1))]
_STEPS += [Fraction(10**k * n) for k in range(1, 8) for n in (2, 5, 10)]


def is_pi_range(low: float, high: float) -> bool:
    """Return whether an end of the range is a simple multiple of π other than 0."""
    return any(end and _is_simple_multiple(end / pi) for end in (low, high))


def pi_ticks(low: float, high: float, max_ticks: int = 9) -> list[tuple[float, str]]:
    """Return (value, text) of at most ``max_ticks`` ticks, with the finest simple step that gives no more."""
    for step in _STEPS:
        first, last = ceil(low / pi / step - 1e-9), floor(high / pi / step + 1e-9)
        if last - first + 1 <= max_ticks:
            return [(float(k * step) * pi, pi_text(k * step)) for k in range(first, last + 1)]
    return []


def pi_text(multiple: Fraction) -> str:
    """Return a multiple of π as text: ``−3π/2``, ``π``, ``0``."""
    if not multiple:
        return "0"
    sign = "−" if multiple < 0 else ""
    top = "" if abs(multiple.numerator) == 1 else str(abs(multiple.numerator))
    return f"{sign}{top}π" if multiple.denominator == 1 else f"{sign}{top}π/{multiple.denominator}"


def bound_text(value: float) -> str:
    """Return an end of a range as text of the expression language: ``-2*pi``, ``0.5``."""
    multiple = value / pi
    if value and _is_simple_multiple(multiple):
        near = Fraction(multiple).limit_denominator(16)
        top = {1: "pi", -1: "-pi"}.get(near.numerator, f"{near.numerator}*pi")
        return top if near.denominator == 1 else f"{top}/{near.denominator}"
    return f"{value:.12g}"


def _is_simple_multiple(multiple: float) -> bool:
    if abs(multiple) > 10_000:
        return False
    near = Fraction(multiple).limit_denominator(16)
    return bool(near) and abs(float(near) - multiple) <= 1e-9 * max(1.0, abs(multiple))
