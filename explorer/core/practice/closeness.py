"""Whether an answer has the value of another, in spite of rounding."""

import re
from typing import Any

import numpy as np

from explorer.core.number_format import FROM_SUPERSCRIPTS, MINUS

_SHOWN_NUMBER = re.compile(r"[-−+]?(?:(\d*\.?\d+|\d+\.)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|[eE]([-−+]?\d+))?|nan\b|∞)")


def is_close(answer: Any, truth: Any, tolerance: float = 2e-4, noise: float = 0.0) -> bool:
    """Return whether two values have one shape and are equal apart from rounding; False if one is missing.

    noise: absolute error that the truth may have because it was computed in float32.
    """
    if answer is None or truth is None:
        return False
    a, b = np.asarray(answer, np.float64), np.asarray(truth, np.float64)
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        size = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
        absolute = max(tolerance * 1e-2 * max(size, 1e-3), noise)
        return bool(np.allclose(a, b, rtol=tolerance, atol=absolute, equal_nan=True))


def is_rounded(text: str, answer: Any, truth: Any) -> bool:
    """Return whether typed numbers are those of ``truth`` rounded to the digits typed, at least two significant ones.

    answer: the value of ``text``, which may be a number or an array of numbers.
    """
    if np.shape(answer) != np.shape(truth):
        return False
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text) if not np.ndim(answer) else text
    found = list(_SHOWN_NUMBER.finditer(plain))
    if len(found) != np.size(truth) or re.sub(r"[\s,\[\]]", "", _SHOWN_NUMBER.sub("", plain)):
        return False
    for number, typed, true in zip(found, np.ravel(answer), np.ravel(truth), strict=True):
        if number[1] is None:  # nan or ∞
            if not is_close(typed, true):
                return False
            continue
        exponent = int((number[2] or number[3] or "0").replace(MINUS, "-").translate(FROM_SUPERSCRIPTS))
        decimals = len(number[1].partition(".")[2])
        digits = len(number[1].replace(".", "").lstrip("0"))
        is_near = digits >= 2 and abs(typed - float(true)) <= 0.5001 * 10.0 ** (exponent - decimals)
        if not is_near and not is_close(typed, true):
            return False
    return True
