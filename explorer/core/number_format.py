"""Numbers as text: few digits on the screen, all of them in tooltips."""

from typing import Any

import numpy as np

MINUS = "−"
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def format_number(value: float, digits: int = 4) -> str:
    """Return ``value`` with ``digits`` significant digits: ``0.9093``, ``−0.8323``, ``1``, ``2.5×10⁻⁷``."""
    value = float(value)
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    if not e and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if e:
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
        text = f"{mantissa}×{power}"
    else:
        text = mantissa
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


def format_full(value: Any) -> str:
    """Return all digits of a number: the shortest decimal that reads back as the same value of its dtype."""
    array = np.asarray(value)
    if array.dtype.kind in "biu":
        return str(array.item())
    number = float(array)
    if not np.isfinite(number):
        return format_number(number)
    scalar = array.dtype.type(number)  # its own dtype decides how many digits it needs
    text = np.format_float_positional(scalar, unique=True, trim="-")
    if len(text) > 20:
        text = np.format_float_scientific(scalar, unique=True, trim="-")
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


MIN_DIGITS = 2
"""Digits that the numbers of an array keep at least when it is shortened."""


def format_value(value: Any, digits: int = 4, max_length: int = 20) -> str:
    """Return a number, or a short array such as ``[1, −2]``, with fewer digits if it exceeds ``max_length`` characters.

    An array that is too long even so is given by its shape, ``2×3``.
    """
    array = np.asarray(value)
    if not array.ndim:
        return format_number(float(array), digits) if array.dtype.kind == "f" else str(array.item())
    if array.size <= 8:
        for fewer in range(digits, MIN_DIGITS - 1, -1):
            if len(text := _nested(array, fewer)) <= max_length:
                return text
    return "×".join(str(size) for size in array.shape) + (" vector" if array.ndim == 1 else "")


def format_value_full(value: Any) -> str:
    """Return a value with all digits; of more than 100 entries only the shape and the first entry."""
    array = np.asarray(value)
    if not array.ndim:
        return format_full(array)
    if array.size > 100:
        return f"{'×'.join(str(size) for size in array.shape)} numbers, beginning with {format_full(array.flat[0])}"
    return "[" + ", ".join(format_value_full(entry) for entry in array) + "]"


def _nested(array: Any, digits: int) -> str:
    if not array.ndim:
        return format_number(float(array), digits) if array.dtype.kind == "f" else str(array.item())
    return "[" + ", ".join(_nested(entry, digits) for entry in array) + "]"


def format_count(count: int, noun: str) -> str:
    """Return ``1 op``, ``2,048 ops``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
