"""Numbers and lists as text: few digits on the screen, all of them in tooltips."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

MINUS = "−"
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
FROM_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


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
    mantissa, _, exponent = text.partition("e")
    if exponent:
        text = f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return text.replace("-", MINUS)


_EXPONENT = re.compile(r"(?<![\w.])(\d[\d.]*)e([+-]?\d+)(?![\w])")
_MINUS_SIGN = re.compile(r"(?<![\w.)\]-])-(?=[\d.∞])")


def with_typeset_numbers(text: str) -> str:
    """Return a sentence whose numbers are written as on the screen: ``−1.7×10⁻⁵`` for ``-1.7e-05``."""
    text = _EXPONENT.sub(lambda found: f"{found[1]}×10{str(int(found[2])).translate(SUPERSCRIPTS)}", text)
    return _MINUS_SIGN.sub(MINUS, text)


def format_power(value: Any, digits: int) -> str:
    """Return a number with ``digits`` significant digits and an exponent that takes little room: ``−2.47e−3``.

    What is shorter without an exponent is written without.
    """
    number = float(value)
    plain = format_number(number, digits)
    if not np.isfinite(number):
        return plain
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    text = f"{_without_zeros(mantissa)}e{int(exponent)}".replace("-", MINUS)
    return min(plain, text, key=len)


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


MIN_SHORTENED_DIGITS, MAX_LEADING_ZEROS = 3, 3
"""Significant digits that a plain decimal keeps when it is shortened, and zeros between its point and them at most;
otherwise it is written with an exponent."""


def shortened(value: Any, fits: Callable[[str], bool]) -> str:
    """Return all digits of a number if they fit, else its first ones, ``…`` and its exponent: ``1.234…e-05``.

    fits: whether a text fits into its place. The exponent is never left out, even if nothing fits.
    """
    text = format_full(value)
    if fits(text):
        return text
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    if not exponent:
        for length in range(len(fraction) - 1, 0, -1):
            digits = (whole + fraction[:length]).lstrip(f"{MINUS}0")
            if len(digits) < MIN_SHORTENED_DIGITS or len(digits) < length - MAX_LEADING_ZEROS:
                break
            if fits(text := f"{whole}.{fraction[:length]}…"):
                return text
        array = np.asarray(value)
        if array.dtype.kind != "f" or not np.isfinite(array):
            return format_full(value)
        text = np.format_float_scientific(array.dtype.type(array), unique=True, trim="-")
        text = text.replace("-", MINUS, 1) if text.startswith("-") else text
        if fits(text):
            return text
        if whole.strip(f"{MINUS}0"):  # an exponent would take more room than it saves
            for length in range(len(fraction) - 1, 0, -1):
                if fits(short := f"{whole}.{fraction[:length]}…"):
                    return short
        mantissa, _, exponent = text.partition("e")
    for length in range(len(mantissa) - 1, mantissa.startswith(MINUS), -1):
        text = f"{mantissa[:length].rstrip('.')}…e{exponent}"
        if fits(text):
            break
    return text


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
    return format_shape(array)


MAX_GRID_LENGTH = 6
"""Rows and columns of a matrix, and entries of a vector, whose numbers are written where there is little room."""


def is_grid(shape: Sequence[int]) -> bool:
    """Whether an array of this shape is small enough to be written as a vector or a matrix."""
    return 1 <= len(shape) <= 2 and all(1 <= length <= MAX_GRID_LENGTH for length in shape)


def format_grid(value: Any, digits: int = 4, width: int = 6) -> tuple[tuple[str, ...], ...]:
    """Return the numbers of a vector (one row) or matrix with the same number of decimals, so that columns line up.

    width: characters of a number at most. One that would be shown as 0, or that is too long, is written as ``2e−7``.
    """
    array = np.atleast_2d(np.asarray(value))
    if array.dtype.kind != "f":
        return tuple(tuple(str(entry) for entry in row) for row in array.tolist())
    decimals = _shared_decimals(array, digits, width)
    return tuple(tuple(_grid_number(entry, decimals, width) for entry in row) for row in array.tolist())


def _shared_decimals(array: Any, digits: int, width: int) -> int:
    """Return the decimals that the numbers need, as far as the largest has space and digits for them."""
    numbers = array[np.isfinite(array) & (array != 0) & (np.abs(array) < 10.0 ** (width - 1))]
    if not numbers.size:
        return 0
    whole = len(str(int(np.max(np.abs(numbers)))))
    room = width - whole - 1 - bool(np.any(numbers < 0))
    most = min(room, digits if np.max(np.abs(numbers)) < 1 else digits - whole)
    for decimals in range(max(most, 0)):
        scaled = numbers.astype(np.float64) * 10.0**decimals
        if np.all(np.abs(scaled - np.rint(scaled)) <= 1e-6 * np.maximum(np.abs(scaled), 1)):
            return decimals
    return max(most, 0)


def _grid_number(number: float, decimals: int, width: int) -> str:
    if not np.isfinite(number):
        return format_number(number)
    text = f"{number:.{decimals}f}"
    if number != 0 and (len(text) > width or float(text) == 0):
        written = (f"{number:.{places}e}".partition("e") for places in range(width, -1, -1))
        texts = [f"{_without_zeros(mantissa)}e{int(exponent)}" for mantissa, _, exponent in written]
        text = next((each for each in texts if len(each) <= width), texts[-1])
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def _without_zeros(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal


MAX_TABLE_NUMBERS = 5_000
"""Numbers of a table; of a larger array, the first rows are shown."""


def format_table(value: Any) -> str:
    """Return all numbers of an array with all digits, a line for each row, in columns that line up.

    Rows are numbered; of more than `MAX_TABLE_NUMBERS` the first rows are shown, and how many are left out.
    """
    array = np.asarray(value)
    numbers = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(-1, 1)
    shown = numbers[: max(1, MAX_TABLE_NUMBERS // max(1, numbers.shape[1]))]
    texts = [[format_full(entry) for entry in row] for row in shown]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    names = [str(list(index)) for index in np.ndindex(array.shape[:-1] if array.ndim > 1 else array.shape)][
        : len(texts)
    ]
    head = max(map(len, names), default=0)
    lines = [
        f"{name:<{head}}  {'  '.join(text.rjust(width) for text, width in zip(row, widths, strict=True))}"
        for name, row in zip(names, texts, strict=True)
    ]
    left = len(numbers) - len(shown)
    return "\n".join([*lines, f"and {left:,} more rows"] if left else lines)


def format_shape(value: Any) -> str:
    """Return the shape of an array: ``2×3``, ``20 vector``."""
    array = np.asarray(value)
    return "×".join(str(size) for size in array.shape) + (" vector" if array.ndim == 1 else "")


def format_range(value: Any) -> str:
    """Return the smallest and the largest number of an array: ``−0.9 … 2.1``, and whether some are not finite."""
    array = np.asarray(value)
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    if not finite.size:
        return "no finite number"
    low, high = (format_number(float(bound), 3) for bound in (finite.min(), finite.max()))
    text = f"all {low}" if low == high else f"{low} … {high}"
    return text if finite.size == array.size else f"{text}, {array.size - finite.size:,} not finite"


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


def format_list(parts: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def format_count(count: int, noun: str) -> str:
    """Return ``1 op``, ``2,048 ops``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
