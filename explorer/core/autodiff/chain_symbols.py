"""Symbols of the chain rule, from the op table: local derivatives, products along a path, sums at a fan-out.

These are ours, and marked as such wherever they are shown; the numbers beside them come out of TensorFlow.
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
    row: Op, slot: int, arguments: Sequence[Node], values: Sequence[Any], local: Any = None
) -> Node | None:
    """Return the derivative of ``row`` for argument ``slot`` as a tree in the arguments, None where it has none.

    values: the arguments' values, since TensorFlow's choice outside a domain depends on them. local: the local
    derivative that it computed, if it is known.
    """
    text = row.derivatives[slot] if slot < len(row.derivatives) else None
    if text is None:
        return None
    filled = dict(zip("ab", arguments, strict=False))
    if row.name == "pow" and slot == 1 and np.any(np.asarray(values[0]) <= 0):
        return _exponent_derivative_outside_domain(filled, values)
    if np.ndim(local) == 0 and local is not None and np.isfinite(local) and any(np.any(np.isnan(v)) for v in values):
        # A comparison with NaN is false, so TensorFlow's choice is a number all the same; no formula would say it.
        return Number(float(local))
    return _fill_template(expand_composites(parse_template(text)), filled)


def _exponent_derivative_outside_domain(arguments: dict[str, Node], values: Sequence[Any]) -> Node | None:
    """The power itself times 0, TensorFlow's logarithm of what is not positive: 0, or NaN where the power is none."""
    base, exponent = (np.asarray(value, dtype=np.float64) for value in values[:2])
    if np.any(base > 0):
        return None  # some entries one way, some the other
    with np.errstate(all="ignore"):
        finite = np.all(np.isfinite(np.power(base, exponent)))
    return ZERO if finite else Apply("mul", (Apply("pow", (arguments["a"], arguments["b"])), ZERO))


def multiply(upstream: Node, local: Node) -> Node:
    """Return the product; a factor 1 says nothing and is left out."""
    return _simplified("mul", [upstream, local])


def add(terms: Sequence[Node]) -> Node:
    """Return the sum of one or more terms, in their order."""
    total = terms[0]
    for term in terms[1:]:
        # Not through _made: contributions that cancel shall be seen as such.
        total = Apply("add", (total, term))
    return total


def apply_op(op: str, args: Sequence[Node]) -> Node:
    """Return ``op`` of its arguments, with what arithmetic there is between numbers done and factors 1 left out."""
    return _simplified(op, list(args))


def _fill_template(node: Node, arguments: dict[str, Node]) -> Node:
    """Put the arguments into a template and do what arithmetic there is between numbers: ``3*x^(3-1)``."""
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
