"""Formulas of the chain rule from the op table: local derivatives, products along paths, sums at fan-outs.

They are marked as ours wherever they are shown; the values beside them are TensorFlow's. A formula depends on ops and
their arguments alone, never on values, so that it is the same at every point.
"""

import math
from collections.abc import Sequence

from explorer.core.expression.exact_arithmetic import exact_number, negative, rational
from explorer.core.expression.expand import expand_composites, parse_template
from explorer.core.ops.op import Op
from explorer.core.syntax_tree import Apply, Node, Number, Variable

ONE = Number(1.0)
ZERO = Number(0.0)


def local_derivative(op: Op, slot: int, arguments: Sequence[Node]) -> Node | None:
    """Return the derivative of ``op`` by argument ``slot`` as a tree in ``arguments``; None if it has none.

    It is right wherever ``op`` is differentiable; where TensorFlow chose a number instead, the op table says so.
    """
    text = op.derivatives[slot] if slot < len(op.derivatives) else None
    if text is None:
        return None
    if op.name == "pow" and slot == 1 and rational(arguments[0]) == 0:
        return ZERO  # 0^x is 0 for all positive x, and its logarithm has no value
    return _fill_template(expand_composites(parse_template(text)), dict(zip("ab", arguments, strict=False)))


def multiply(upstream: Node, local: Node) -> Node:
    """Return the product, without factors 1; 0 for a local derivative that is 0 everywhere, as of ``sign``."""
    return ZERO if local == ZERO else _simplified("mul", [upstream, local])


def add(terms: Sequence[Node]) -> Node:
    """Return the sum of one or more terms, in their order."""
    total = terms[0]
    for term in terms[1:]:
        # Not through _simplified, so that contributions that cancel stay visible.
        total = Apply("add", (total, term))
    return total


def comparison(tf_type: str, a: Node, b: Node) -> tuple[Node, Node] | None:
    """Return, for a comparison, a formula that is 1 where it holds and 0 elsewhere, and one for the opposite.

    tf_type: TensorFlow's type of the op; None is returned for one that is no comparison.
    """
    if tf_type in ("Less", "GreaterEqual"):
        a, b = b, a
    if tf_type in ("Equal", "NotEqual"):
        differs: Node = Apply("abs", (Apply("sign", (_simplified("sub", [a, b]),)),))
    elif tf_type in ("Greater", "Less", "GreaterEqual", "LessEqual"):
        differs = Apply("max", (Apply("sign", (_simplified("sub", [a, b]),)), ZERO))
    else:
        return None
    is_same: Node = Apply("sub", (ONE, differs))
    return (differs, is_same) if tf_type in ("Greater", "Less", "NotEqual") else (is_same, differs)


def choose(condition: tuple[Node, Node], chosen: Node, other: Node) -> Node:
    """Return a formula for a choice between two; condition: as `comparison` returns it."""
    holds, fails = condition
    terms = [multiply(node, factor) for node, factor in ((chosen, holds), (other, fails)) if node != ZERO]
    terms = [term for term in terms if term != ZERO]
    return add(terms) if terms else ZERO


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
        case "mul", [one, other] if _is_one(one):
            return other
        case "mul" | "pow" | "div", [other, one] if _is_one(one):
            return other
        case (("add" | "sub" | "mul" | "pow"), [a, b]):
            return exact_number(op, a, b) or Apply(op, (a, b))
        case "neg", [Number() as number]:
            return negative(number)
        case _:
            return Apply(op, tuple(args))


def _is_one(node: Node) -> bool:
    return isinstance(node, Number) and math.isclose(node.value, 1) and rational(node) == 1
