"""Numbers that are 0 but for rounding."""

from typing import Any

import numpy as np

UNITS_OF_AN_OP = 16
"""Largest rounding error of an op, in units of the type's epsilon times the largest number that it took."""


def rounding_errors(size: float, dtype: Any, ops: int = 1) -> float:
    """Return the largest rounding error of ``ops`` ops on numbers up to ``size``, in a floating-point type.

    What remains of such numbers and is not larger may be 0.
    """
    return ops * UNITS_OF_AN_OP * float(np.finfo(dtype).eps) * size
