"""Which entries of an op's output the entries of its operands have an influence on, so where their gradient comes from.

Numbers that belong to the entries of the output (`numpy.ndarray` of int64) are brought to the entries of an operand:
each gets the smallest number of those entries of the output on which it has an influence.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from explorer.core.autodiff.broadcasting import summed_axes
from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES
from explorer.core.autodiff.trace import GraphNode, Values
from explorer.core.ops.table import is_elementwise
from explorer.core.syntax_tree import Shape

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

SOFTMAX_TYPES = frozenset({"Softmax", "LogSoftmax"})
"""Types of ops whose entries depend on all entries of their row."""

_REDUCTIONS = frozenset({"Sum", "Mean", "Max", "Min"})


def to_operand(node: GraphNode, slot: int, numbers: Numbers, values: Values) -> Numbers:
    """Return the smallest number that reaches each entry of the operand in ``slot``, in the operand's shape.

    For an op that is not known, each entry of an operand has an influence on all of its output.
    """
    shape = np.shape(values[node.inputs[slot]])
    if is_elementwise(node.type) or node.type == "AddN":
        return reduce_to(numbers, shape)
    if node.type in RESHAPE_TYPES and numbers.size == int(np.prod(shape)):
        return numbers.reshape(shape)
    if node.type in SOFTMAX_TYPES:
        return np.broadcast_to(np.min(numbers, axis=-1, keepdims=True), shape)
    try:
        return _STRUCTURAL[node.type](node, slot, numbers, values)
    except (KeyError, ValueError, IndexError):
        return np.full(shape, np.min(numbers))


def reduce_to(numbers: Numbers, shape: Shape) -> Numbers:
    """Return the smallest of the numbers that belong to one entry of an operand of ``shape`` that is broadcast."""
    if numbers.shape == shape:
        return numbers
    axes = summed_axes(shape, numbers.shape)
    return np.asarray(np.min(numbers, axis=axes)).reshape(shape)


def _from_reduction(node: GraphNode, slot: int, numbers: Numbers, values: Values) -> Numbers:
    shape = np.shape(values[node.inputs[slot]])
    axes = [axis % max(len(shape), 1) for axis in np.atleast_1d(values[node.inputs[1]])]
    kept = [1 if axis in axes else length for axis, length in enumerate(shape)]
    return np.broadcast_to(numbers.reshape(kept), shape)


def _from_transpose(node: GraphNode, slot: int, numbers: Numbers, values: Values) -> Numbers:
    return np.transpose(numbers, np.argsort(values[node.inputs[1]]))


def _from_matrix_product(node: GraphNode, slot: int, numbers: Numbers, values: Values) -> Numbers:
    """A row of the left operand has an influence on a row of the product, a column of the right one on a column."""
    shape = np.shape(values[node.inputs[slot]])
    if len(shape) != numbers.ndim:
        raise ValueError(node.id)
    reached = np.min(numbers, axis=-1 if slot == 0 else -2, keepdims=True)
    if slot in node.transposed:
        reached = np.swapaxes(reached, -1, -2)
    return np.broadcast_to(reached, shape)


_STRUCTURAL: dict[str, Callable[[GraphNode, int, Numbers, Values], Numbers]] = {
    **dict.fromkeys(_REDUCTIONS, _from_reduction),
    **dict.fromkeys(MATMUL_TYPES, _from_matrix_product),
    "Transpose": _from_transpose,
}
