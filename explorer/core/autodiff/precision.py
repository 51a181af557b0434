"""What float32 has lost: values that differ from those of the same graph in float64.

Both numbers are TensorFlow's. That they differ does not say which of them is right.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace, Values, op_of
from explorer.core.rounding import rounding_errors

MAX_RELATIVE_DIFFERENCE = 1e-3
"""Difference between two numbers, relative to the larger one, above which they count as different."""


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
    is_rounding = np.ones(one.shape, np.bool_)
    for numbers, dtype in ((one, np.float32), (other, np.float64)):
        magnitude = np.abs(numbers)
        is_lost = (magnitude > 0) & (magnitude < np.finfo(np.float32).tiny)
        is_rounding &= (magnitude <= rounding_errors(operands, dtype)) & ~is_lost
    return np.asarray(~(is_same | is_rounding | (is_close & np.isfinite(size))), np.bool_)


def different_values(trace: Trace, values: Values, float64: Mapping[str, Any]) -> dict[str, Any]:
    """Return the float64 values, by tensor, that differ from those in float32 in at least one entry."""
    ops: list[GraphNode | GradientNode] = [*trace.nodes, *trace.gradient_nodes]
    inputs: dict[str, tuple[str, ...]] = {f"{op.id}:0": op.inputs for op in ops}
    for step in trace.steps:
        for slot in step.inputs:
            if slot.product_tensor is not None:
                inputs.setdefault(slot.product_tensor, (step.upstream_tensor or "", slot.local_tensor or ""))
    sizes: dict[str, float] = {}  # of what a tensor was computed from, if nothing but a rounding error is left of it
    different: dict[str, Any] = {}
    in_order = dict.fromkeys(tensor for tensor in (*inputs, *float64) if tensor in float64)
    for tensor in in_order:
        other = np.asarray(float64[tensor])
        if other.dtype.kind != "f" or tensor not in values:
            continue
        operands = max((sizes[name] for name in inputs.get(tensor, ()) if name in sizes), default=0.0)
        sizes[tensor] = float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other)))
        if np.any(is_different(values[tensor], other)):
            if np.any(is_different(values[tensor], other, operands)):
                different[tensor] = float64[tensor]
            else:
                sizes[tensor] = operands
    return {tensor: different[tensor] for tensor in float64 if tensor in different}


def first_different_op(trace: Trace, different: Collection[str], tensor: str) -> GraphNode | GradientNode | None:
    """Return the first op, in the order of computation, on which ``tensor`` depends and whose output differs."""
    ops: list[GraphNode | GradientNode] = [*trace.nodes, *trace.gradient_nodes]
    needed = {op_of(tensor)}
    for op in reversed(ops):  # each op comes after its inputs
        if op.id in needed:
            needed.update(op_of(name) for name in op.inputs)
    return next((op for op in ops if op.id in needed and f"{op.id}:0" in different), None)
