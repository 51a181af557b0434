"""What float32 has lost: values that differ from those of the same graph in float64.

Both numbers are TensorFlow's. That they differ does not say which of them is right.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace, Values, op_of

MAX_RELATIVE_DIFFERENCE = 1e-3
"""Difference between two numbers, relative to the larger one, above which they count as different."""


ROUNDING_SHARE = 16 * float(np.finfo(np.float64).eps)
"""A number below this share of an op's operands, where the other precision has 0, is float64's own rounding error."""


def is_different(value: Any, wide: Any, operands: float = 0.0) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which entries differ by more than a thousandth of themselves; NaN is equal to NaN.

    value, wide: arrays of one shape, in float32 and in float64. operands: the largest number that the op took.
    """
    one, other = np.asarray(value, dtype=np.float64), np.asarray(wide, dtype=np.float64)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(one), np.abs(other))
        is_close = np.abs(one - other) <= MAX_RELATIVE_DIFFERENCE * size
    is_same = (one == other) | (np.isnan(one) & np.isnan(other))
    has_zero = (one == 0) | (other == 0)
    is_rounding = has_zero & (size <= ROUNDING_SHARE * operands) & (size >= np.finfo(np.float32).tiny)
    return np.asarray(~(is_same | is_rounding | (is_close & np.isfinite(size))), np.bool_)


def different_values(trace: Trace, values: Values, wide: Mapping[str, Any]) -> dict[str, Any]:
    """Return the float64 values, by tensor, that differ from those in float32 in at least one entry."""
    ops: list[GraphNode | GradientNode] = [*trace.nodes, *trace.gradient_nodes]
    inputs = {f"{op.id}:0": op.inputs for op in ops}

    def largest(tensor: str) -> float:
        taken = [np.abs(np.asarray(wide[name], np.float64)) for name in inputs.get(tensor, ()) if name in wide]
        return max((float(np.max(each, initial=0.0, where=np.isfinite(each))) for each in taken), default=0.0)

    return {
        tensor: other
        for tensor, other in wide.items()
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
