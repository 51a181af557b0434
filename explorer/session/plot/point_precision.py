"""What float64 has instead of the numbers of the point on the curve."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from explorer.core.autodiff.precision import is_different
from explorer.core.autodiff.trace import Trace
from explorer.core.expression.coordinate import Coordinate
from explorer.core.number_format import format_list, format_number
from explorer.session.autodiff.session import AutodiffSession

DIGITS = 5
"""Significant digits of both numbers."""


def point_note(session: AutodiffSession, coordinate: Coordinate, point: Sequence[Any]) -> str:
    """Return which of value and slope at the point differ in float64, with both numbers; "" if none does.

    point: x, value and slope; the slope is None where it is unknown.
    """
    trace, different = session.trace, session.different
    if trace is None or not different:
        return ""
    _, value, slope = point
    info = trace.gradients.get(coordinate.variable)
    gradient = different.get(info.tensor) if info is not None and info.tensor is not None else None
    parts = []
    if trace.output in different and (wide := _differing(value, _number(trace, different[trace.output]))) is not None:
        parts.append(f"the value is {_both(value, wide)}")
    if gradient is not None and np.ndim(gradient) == len(coordinate.index) and slope is not None:
        wide = _differing(slope, np.asarray(gradient)[coordinate.index])
        parts += [f"the slope is {_both(slope, wide)}"] if wide is not None else []
    return f"Here {format_list(parts)}." if parts else ""


def _number(trace: Trace, value: Any) -> Any:
    """Return the number that is plotted of an output: an entry, a weighted sum, or the sum."""
    return trace.output_choice.number(value) if trace.is_output_chosen else np.sum(value)


def _differing(one: Any, wide: Any) -> Any:
    """Return a number of float64 if it differs from that of float32, else None."""
    return wide if bool(np.any(is_different(one, wide))) else None


def _both(one: Any, wide: Any) -> str:
    return f"{format_number(one, DIGITS)} in float32 but {format_number(wide, DIGITS)} in float64"
