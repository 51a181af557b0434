"""Formulas of the chain rule from the op table: local derivatives, products along paths, sums at fan-outs.

They are marked as ours wherever they are shown; the values beside them are TensorFlow's.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from explorer.core.expression.expand import expand_composites, parse_template
from explorer.core.ops.op import Op
from explorer.core.syntax_tree import Apply, Node, Number, Variable

ONE = Number(1.0)
ZERO = Number(0.0)


def local_derivative(
    op: Op, slot: int, arguments: Sequence[Node], values: Sequence[Any], local: Any = None
) -> Node | None:
    """Return the derivative of ``op`` by argument ``slot`` as a tree in ``arguments``; None if it has none.

    values: values of the arguments, on which TensorFlow's choice outside the domain depends.
    local: the local derivative that TensorFlow computed, if known.
    """
    text = op.derivatives[slot] if slot < len(op.derivatives) else None
    if text is None:
        return None
    filled = dict(zip("ab", arguments, strict=False))
    if op.name == "pow" and slot == 1 and np.any(np.asarray(values[0]) <= 0):
        return _exponent_derivative_outside_domain(filled, values)
    if np.ndim(local) == 0 and local is not None and np.isfinite(local) and any(np.any(np.isnan(v)) for v in values):
        # A comparison with NaN is false, so TensorFlow's choice is still a number, which no formula gives.
        return Number(float(local))
    return _fill_template(expand_composites(parse_template(text)), filled)


def _exponent_derivative_outside_domain(arguments: dict[str, Node], values: Sequence[Any]) -> Node | None:
    """Return the derivative of ``a^b`` by b for ``a <= 0``, where TensorFlow takes 0 for the logarithm of a.

    It is 0, or the power times 0 where the power is not finite; None if only some entries are positive.
    """
    base, exponent = (np.asarray(value, dtype=np.float64) for value in values[:2])
    if np.any(base > 0):
        return None
    with np.errstate(all="ignore"):
        finite = np.all(np.isfinite(np.power(base, exponent)))
    return ZERO if finite else Apply("mul", (Apply("pow", (arguments["a"], arguments["b"])), ZERO))


def multiply(upstream: Node, local: Node) -> Node:
    """Return the product, without factors 1."""
    return _simplified("mul", [upstream, local])


def add(terms: Sequence[Node]) -> Node:
    """Return the sum of one or more terms, in their order."""
    total = terms[0]
    for term in terms[1:]:
        # Not through _simplified, so that contributions that cancel stay visible.
        total = Apply("add", (total, term))
    return total


def apply_op(op: str, args: Sequence[Node]) -> Node:
    """Return ``op`` applied to ``args``, with arithmetic between numbers done and factors 1 left out."""
    return _simplified(op, list(args))


def _fill_template(node: Node, arguments: dict[str, Node]) -> Node:
    """Return a template with its arguments filled in and arithmetic between numbers done: ``3*x^(3-1)``."""
    if isinstance(node, Variable):
        return arguments[node.name]
    if not isinstance(node, Apply):
        return node
    args = []
    for argument in node.args:
        args.append(_fill_template(argument, arguments))
    return _simplified(node.op, args)


def _simplified(op: str, args: list[Node]) -> Node:
    match op, args:
        case "mul", [Number(1.0), other] | [other, Number(1.0)]:
            return other
        case "pow", [base, Number(1.0)]:
            return base
        case "div", [other, Number(1.0)]:
            return other
        case (("add" | "sub" | "mul" | "pow"), [Number(a), Number(b)]):
            value = _arithmetic(op, a, b)
            return Apply(op, tuple(args)) if value is None else Number(value)
        case "neg", [Number(a)]:
            return Number(-a)
        case _:
            return Apply(op, tuple(args))


def _arithmetic(op: str, a: float, b: float) -> float | None:
    try:
        value = {"add": a + b, "sub": a - b, "mul": a * b}[op] if op != "pow" else a**b
    except ArithmeticError:
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None
