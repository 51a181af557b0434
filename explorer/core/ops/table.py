"""The op table, and look-ups in it.

To add an op, add a row to one of the modules beside this one: the same test checks every row against TensorFlow,
SymPy and central differences. The derivatives here make formulas only; no number on the screen comes from them.
At kinks they follow TensorFlow's registered gradients, so that a formula has TensorFlow's value there too: relu is 0
at 0, abs is sign, the larger of two equals passes everything to its first argument.
"""

from functools import cache

from explorer.core.ops.activations import ACTIVATIONS, PIECEWISE
from explorer.core.ops.elementary import ARITHMETIC, EXPONENTIAL, HYPERBOLIC, TRIGONOMETRIC
from explorer.core.ops.gradient_ops import GRADIENT_OPS
from explorer.core.ops.gradient_overrides import GRADIENT_OVERRIDES
from explorer.core.ops.op import Op
from explorer.core.ops.vectors import VECTORS

_LANGUAGE = (
    ARITHMETIC + TRIGONOMETRIC + HYPERBOLIC + EXPONENTIAL + PIECEWISE + ACTIVATIONS + VECTORS + GRADIENT_OVERRIDES
)


@cache
def op_table() -> dict[str, Op]:
    """Return each op of the language by its name."""
    return {op.name: op for op in _LANGUAGE}


@cache
def function_names() -> dict[str, str]:
    """Return, by each name that can stand before ``(`` (aliases included), the name of its op."""
    return {name: op.name for op in _LANGUAGE if not op.operator for name in (op.name, *op.aliases)}


@cache
def ops_by_type() -> dict[str, Op]:
    """Return each op by the TensorFlow op types that it becomes, those that occur only in gradients included.

    A function that TensorFlow computes by several ops (``logsumexp``, ``matmul`` of vectors) is found by its name.
    """
    several = {op.name: op for op in _LANGUAGE if op.name == "matmul" or not (op.tf_types or op.expansion)}
    return several | {tf_type: op for op in (*GRADIENT_OPS, *_LANGUAGE) for tf_type in op.tf_types}


CHOICE_TYPES = frozenset({"Select", "SelectV2"})
"""TensorFlow's types of ops that choose between two operands by a condition, their first one."""

_ELEMENTWISE_TYPES = CHOICE_TYPES | {"Cast"}
"""TensorFlow's types of elementwise ops that have no row: parts of its own functions and of its gradients."""


def is_elementwise(tf_type: str) -> bool:
    """Return whether each entry of the output of a TensorFlow op depends on the same entry of its inputs alone."""
    row = ops_by_type().get(tf_type)
    return row.elementwise if row is not None else tf_type in _ELEMENTWISE_TYPES
