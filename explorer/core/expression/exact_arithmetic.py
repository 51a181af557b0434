"""Exact arithmetic between numbers of an expression, so that ``1/3`` is shown as it was typed and not as its float.

TensorFlow gets the float of a `Number`; formulas are made of what the number stands for.
"""

import contextlib
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from explorer.core.expression.names import CONSTANTS
from explorer.core.syntax_tree import Apply, Constant, Node, Number

MAX_TYPED_OPS = 24
"""Operations of arithmetic that is kept as it was typed; longer arithmetic becomes ops of TensorFlow."""

MAX_LITERAL_LENGTH = 40
"""Characters of a literal that is kept where its float is not exact."""

MAX_BITS = 256
"""Bits of the numerator and denominator of a rational number."""

_FLOAT_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}


def typed_number(op: str, a: Node, b: Node) -> Number | None:
    """Return the number that ``op`` makes of two numbers or constants; None for other operands, and if not finite.

    Sums, differences and products of decimals are decimals, where the float is exactly the shown one (``2*3`` is 6, but
    ``0.1+0.2`` stays); quotients, powers and what contains pi or e keep the form in which they were typed.
    """
    if op not in _FLOAT_ARITHMETIC or not isinstance(a, Number | Constant) or not isinstance(b, Number | Constant):
        return None
    with contextlib.suppress(ArithmeticError):
        value = _FLOAT_ARITHMETIC[op](_float(a), _float(b))
        if isinstance(value, float) and math.isfinite(value):
            is_decimal = op in ("add", "sub", "mul") and _is_decimal(a) and _is_decimal(b)
            if is_decimal and _rational_result(op, a, b) == Fraction(repr(value)):
                return Number(value, a.column)
            tree = Apply(op, (_tree(a), _tree(b)), a.column)
            return Number(value, a.column, tree) if _size(tree) <= MAX_TYPED_OPS else None
    return None


def negative(number: Number | Constant) -> Number:
    """Return a number with the other sign."""
    if isinstance(number, Constant):
        return Number(-CONSTANTS[number.name], number.column, Apply("neg", (number,), number.column))
    exact = None if number.exact is None else _negative_tree(number.exact)
    digits = None if number.digits is None else f"-{number.digits}".replace("--", "")
    return Number(-number.value, number.column, exact, digits)


def literal(token: str, value: float, column: int) -> Number:
    """Return the number of a literal whose float is ``value``, with the literal itself if that is more exact."""
    is_exact = value == 0 or Decimal(token) == Decimal(repr(value))  # not by Fraction: 1e-999999999 is a literal, too
    return Number(value, column, digits=None if is_exact or len(token) > MAX_LITERAL_LENGTH else str(token))


def exact_number(op: str, a: Node, b: Node) -> Number | None:
    """Return the number that ``op`` makes of two rational numbers, None if there is none or no float can hold it.

    Unlike `typed_number` it computes as far as it can: ``1/3-1`` becomes ``-2/3``. The result is a quotient if there is
    one in an operand, otherwise a decimal.
    """
    exact = _rational_result(op, a, b) if isinstance(a, Number) and isinstance(b, Number) else None
    if exact is None:
        return None
    if exact.denominator == 1 or not any(_has_quotient(each) for each in (a, b)):
        return Number(float(exact)) if _is_float(exact) else None
    parts = (Fraction(exact.numerator), Fraction(exact.denominator))
    if not all(map(_is_float, parts)):
        return None
    top, bottom = (Number(float(part)) for part in parts)
    return Number(float(exact), exact=Apply("div", (top, bottom)))


def rational(node: Node) -> Fraction | None:
    """Return the rational number that a `Number` is, its decimals taken as they are written; None for other nodes."""
    return _rational(node) if isinstance(node, Number) else None


def _rational(node: Node) -> Fraction | None:
    match node:
        case Number(value, exact=None):
            return _bounded(Fraction(node.digits or repr(value))) if math.isfinite(value) else None
        case Number(exact=Apply() as exact):
            return _rational(exact)
        case Apply("neg", (a,)):
            inner = _rational(a)
            return None if inner is None else -inner
        case Apply(op, (a, b)):
            return _rational_result(op, a, b)
    return None


def _rational_result(op: str, a: Node, b: Node) -> Fraction | None:
    left, right = _rational(a), _rational(b)
    if left is None or right is None:
        return None
    match op:
        case "add":
            return _bounded(left + right)
        case "sub":
            return _bounded(left - right)
        case "mul":
            return _bounded(left * right)
        case "div" if right:
            return _bounded(left / right)
        case "pow" if right.denominator == 1 and abs(right) <= MAX_BITS and (left or right >= 0):
            bits = max(left.numerator.bit_length(), left.denominator.bit_length())
            return _bounded(left ** int(right)) if bits * abs(right) <= MAX_BITS else None
    return None


def _bounded(value: Fraction) -> Fraction | None:
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    return value if bits <= MAX_BITS else None


def _is_float(value: Fraction) -> bool:
    """Return whether the shortest text of the nearest float is exactly ``value``."""
    return Fraction(repr(float(value))) == value


def _negative_tree(tree: Apply) -> Apply:
    """Return a tree with a minus before it: before its first factor, if that is a literal."""
    if tree.op in ("mul", "div"):
        first, second = tree.args
        if isinstance(first, Number | Constant):
            return Apply(tree.op, (_tree(negative(first)), second), tree.column)
        if isinstance(first, Apply) and (moved := _negative_tree(first)).op != "neg":
            return Apply(tree.op, (moved, second), tree.column)
    return Apply("neg", (tree,), tree.column)


def _has_quotient(node: Node) -> bool:
    if isinstance(node, Number) and node.exact is not None:
        return _has_quotient(node.exact)
    return isinstance(node, Apply) and (node.op in ("div", "pow") or any(map(_has_quotient, node.args)))


def _is_decimal(node: Number | Constant) -> bool:
    return isinstance(node, Number) and node.exact is None


def _tree(node: Number | Constant) -> Node:
    return node.exact if isinstance(node, Number) and node.exact is not None else node


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.args)) if isinstance(node, Apply) else 0


def _float(node: Number | Constant) -> float:
    return CONSTANTS[node.name] if isinstance(node, Constant) else node.value
