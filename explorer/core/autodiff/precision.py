"""What float32 has lost: values that differ from those of the same graph in float64.

Both numbers are TensorFlow's. That they differ does not say which of them is right.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace, Values, op_of

MAX_RELATIVE_DIFFERENCE = 1e-3
"""Difference between two numbers, relative to the larger one, above which they count as different."""

ROUNDING_STEPS = 16
"""Rounding errors of an op, in units of the type's epsilon times the largest number that it took."""


def is_different(float32: Any, float64: Any, operands: float = 0.0) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which entries differ by more than a thousandth of themselves; NaN is equal to NaN.

    float32, float64: arrays of one shape, the value in both precisions. operands: the largest number that the op took:
    what is no more than a rounding error of a 0 in both precisions does not differ.
    """
    one, other = np.asarray(float32, dtype=np.float64), np.asarray(float64, dtype=np.float64)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(one), np.abs(other))
        is_close = np.abs(one - other) <= MAX_RELATIVE_DIFFERENCE * size
    is_same = (one == other) | (np.isnan(one) & np.isnan(other))
    is_rounding = (np.abs(one) <= _rounding(np.float32, operands)) & (np.abs(other) <= _rounding(np.float64, operands))
    is_rounding &= (one == 0) | (np.abs(one) >= np.finfo(np.float32).tiny)
    is_rounding &= (other == 0) | (np.abs(other) >= np.finfo(np.float32).tiny)  # smaller ones are lost, not rounded
    return np.asarray(~(is_same | is_rounding | (is_close & np.isfinite(size))), np.bool_)


def _rounding(dtype: Any, operands: float) -> float:
    """Return the largest rounding error of an op on numbers up to ``operands``."""
    return ROUNDING_STEPS * float(np.finfo(dtype).eps) * operands


def different_values(trace: Trace, values: Values, float64: Mapping[str, Any]) -> dict[str, Any]:
    """Return the float64 values, by tensor, that differ from those in float32 in at least one entry."""
    ops: list[GraphNode | GradientNode] = [*trace.nodes, *trace.gradient_nodes]
    inputs = {f"{op.id}:0": op.inputs for op in ops}

    def largest(tensor: str) -> float:
        taken = [np.abs(np.asarray(float64[name], np.float64)) for name in inputs.get(tensor, ()) if name in float64]
        return max((float(np.max(each, initial=0.0, where=np.isfinite(each))) for each in taken), default=0.0)

    return {
        tensor: other
        for tensor, other in float64.items()
        if np.asarray(other).dtype.kind == "f"
        and tensor in values
        and np.any(is_different(values[tensor], other))
        and np.any(is_different(values[tensor], other, largest(tensor)))
    }


def first_different_op(trace: Trace, different: Collection[str], tensor: str) -> GraphNode | GradientNode | None:
    """Return the first op, in the order of computation, on which ``tensor`` depends and whose output differs."""
    ops: list[GraphNode | GradientNode] = [*trace.nodes, *trace.gradient_nodes]
    needed = {op_of(tensor)}
    for op in reversed(ops):  # each op comes after its inputs
        if op.id in needed:
            needed.update(op_of(name) for name in op.inputs)
    return next((op for op in ops if op.id in needed and f"{op.id}:0" in different), None)
