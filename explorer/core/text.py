"""Trees as text of the language, with no more parentheses than needed; `parse` reads it back as the same tree."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from explorer.core.syntax import Apply, Array, Constant, Node, Number, Reference, Variable

LIMIT = 2_000
"""Texts longer than this are not shown; formulas of nested squarings double with each."""

SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 6)
"""How tight a tree binds, from loose to tight."""

# op: how tight it binds, its sign, and how tight its left and right operands must bind
_OPERATORS = {
    "add": (SUM, "+", SUM, PRODUCT),
    "sub": (SUM, "-", SUM, PRODUCT),
    "mul": (PRODUCT, "*", PRODUCT, POWER),
    "div": (PRODUCT, "/", PRODUCT, POWER),
    "matmul": (PRODUCT, "@", PRODUCT, POWER),
    "pow": (POWER, "^", ATOM, POWER),
}
_NAMES = {"reduce_max": "max", "reduce_min": "min"}
_Part: TypeAlias = "str | tuple[Node, int]"


def to_text(node: Node, limit: int = LIMIT, definitions: Mapping[str, Node] | None = None) -> str | None:
    """Return ``node`` as text, or None if it is longer than ``limit`` signs.

    definitions: where given, references are replaced by what they stand for, so that only variables remain.
    """
    written: list[str] = []
    length = 0
    stack: list[_Part] = [(node, 0)]
    # A stack instead of recursion: with references replaced a tree may be as deep as all statements together.
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            written.append(part)
            length += len(part)
            if length > limit:
                return None
        else:
            stack.extend(reversed(_parts(*part, definitions)))
            if len(stack) > 4 * limit:
                return None
    return "".join(written)


def number_text(value: float) -> str:
    """Return the shortest text that reads back as ``value``: ``2``, ``0.1``, ``1e-5``."""
    text = repr(float(value))
    if text.endswith(".0"):
        return text[:-2]
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}" if e else text


def tightness(node: Node) -> int:
    """Return how tight ``node`` binds as text."""
    if isinstance(node, Apply):
        return SIGN if node.op == "neg" else _OPERATORS[node.op][0] if node.op in _OPERATORS else ATOM
    if isinstance(node, Number) and (node.value < 0 or str(node.value).startswith("-")):
        return SIGN
    return ATOM


def _parts(node: Node, wanted: int, definitions: Mapping[str, Node] | None) -> Sequence[_Part]:
    while isinstance(node, Reference) and definitions is not None:
        node = definitions[node.name]
    if tightness(node) < wanted:
        return ["(", (node, 0), ")"]
    match node:
        case Number(value):
            return [number_text(value)]
        case Constant(name) | Variable(name) | Reference(name):
            return [name]
        case Array(entries):
            return [_array_text(entries)]
        case Apply("neg", (argument,)):
            return ["-", (argument, POWER)]
        case Apply(op, (a, b)) if op in _OPERATORS:
            _, sign, left, right = _OPERATORS[op]
            # a-(-b) would read back without its parentheses as well, but nobody writes it so.
            return [(a, left), sign, (b, ATOM if _begins_with_sign(b, definitions) else right)]
        case Apply(op, args):
            parts: list[_Part] = [_NAMES.get(op, op), "("]
            for index, argument in enumerate(args):
                parts += [",", (argument, 0)] if index else [(argument, 0)]
            return [*parts, ")"]


def _begins_with_sign(node: Node, definitions: Mapping[str, Node] | None) -> bool:
    for _ in range(LIMIT):
        while isinstance(node, Reference) and definitions is not None:
            node = definitions[node.name]
        if not isinstance(node, Apply) or node.op not in ("mul", "div", "matmul"):
            break
        node = node.args[0]
    return tightness(node) == SIGN


def _array_text(entries: Sequence[object]) -> str:
    inner = (_array_text(e) if isinstance(e, tuple) else number_text(float(str(e))) for e in entries)
    return f"[{','.join(inner)}]"
