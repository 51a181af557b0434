"""The values of a forward graph once more with a larger exponent, to tell what is 0 from what was too small.

They decide about causes and are never shown; what `precision` compares is TensorFlow's own float64. Where the table of
ops has no NumPy function, TensorFlow's value is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.trace import GraphNode, Trace, Values
from explorer.core.expression.names import CONSTANTS
from explorer.core.ops.table import is_elementwise, op_table, ops_by_type
from explorer.core.syntax_tree import Apply, Constant, Node, Number, Variable

Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class WideValues:
    """Values by tensor with a larger exponent.

    values: as `numpy.longdouble`. underflowed: where a tensor is 0 because it, or what it was computed from, was too
    small; tensors without such entries are missing.
    """

    values: Mapping[str, Any]
    underflowed: Mapping[str, Mask]


def wide_values(trace: Trace, values: Values) -> WideValues:
    """Return the values of all forward tensors, from the inputs and TensorFlow's constants."""
    wide: dict[str, Any] = {}
    small: dict[str, Mask] = {}
    with np.errstate(all="ignore"):
        for node in trace.nodes:
            value = values.get(node.tensor)
            if value is None or np.asarray(value).dtype.kind != "f":
                continue
            own = _as_typed(trace, node, value)
            computed = _computed(node, wide, own)
            exact = own if computed is None or computed.shape != own.shape else computed
            wide[node.tensor] = exact
            lost = underflowed(value, exact, np.asarray(value).dtype)
            for name in node.inputs:
                if name in small:
                    lost = lost | spread(small[name], own.shape) & np.equal(value, 0) & np.not_equal(exact, 0)
            if lost.any():
                small[node.tensor] = np.asarray(lost, np.bool_)
    return WideValues(wide, small)


def underflowed(value: Any, wide: Any, dtype: Any) -> Mask:
    """Return where a value is 0 that is another number, too small for ``dtype``, in a format with smaller ones."""
    return np.asarray(np.equal(value, 0) & np.not_equal(wide, 0) & (np.abs(wide) < np.finfo(dtype).tiny), np.bool_)


def spread(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """Return where an operand's entries have an influence; on everything if the op is not elementwise."""
    try:
        return np.array(np.broadcast_to(mask, shape), np.bool_)
    except ValueError:
        return np.full(shape, bool(mask.any()))


def evaluate_wide(node: Node, operands: Mapping[str, Any]) -> Any:
    """Return the value of a formula of the op table as `numpy.longdouble`; it has numbers, operands and functions."""
    match node:
        case Number(value):
            return np.longdouble(value)
        case Constant(name):
            return np.longdouble(CONSTANTS[name])
        case Variable(name):
            return np.asarray(operands[name], dtype=np.longdouble)
        case Apply(op, args):
            values = [evaluate_wide(argument, operands) for argument in args]
            with np.errstate(all="ignore"):
                return np.asarray(op_table()[op].numpy(*values), dtype=np.longdouble)
    raise ValueError(f"{node} is not in the op table's formulas")


def _as_typed(trace: Trace, node: GraphNode, value: Any) -> Any:
    """Return a tensor's value; where an input is 0 because what was typed is too small, that."""
    own = np.asarray(value, dtype=np.longdouble)
    variable = trace.variable_of(node.tensor)
    if variable is None or np.all(own):
        return own
    typed = np.asarray(trace.point.get(variable), dtype=np.float64)
    is_current = np.array_equal(typed.astype(np.asarray(value).dtype), value, equal_nan=True)
    return typed.astype(np.longdouble) if is_current else own


def _computed(node: GraphNode, wide: dict[str, Any], own: Any) -> Any:
    row = ops_by_type().get(node.type)
    if node.type in RESHAPE_TYPES and node.inputs[0] in wide:
        return wide[node.inputs[0]].reshape(own.shape)
    if row is None or row.name not in op_table():
        return None
    operands = [wide.get(tensor) for tensor in node.inputs[: row.arity]]
    known = [operand for operand in operands if operand is not None]
    if len(known) < row.arity:
        return None
    try:
        computed = np.asarray(row.numpy(*known), dtype=np.longdouble)
    except ValueError:  # a matrix product with a factor that is transposed on the way
        return None
    return computed if is_elementwise(node.type) or _is_same_function(computed, own) else None


def _is_same_function(computed: Any, own: Any) -> bool:
    """Return whether NumPy's reduction or product is that of the op, with its axes and without transposed factors."""
    if computed.shape != own.shape:
        return False
    compared = np.isfinite(own) & (own != 0)
    return bool(np.allclose(computed[compared], own[compared], rtol=1e-2))
