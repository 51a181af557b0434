"""Trees as text, with no more parentheses than needed; `parse` reads it back as the same tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from explorer.core.expression.custom_gradient import can_omit_wrt
from explorer.core.expression.limits import MAX_DEPTH, MAX_FORMULA_OPS, MAX_NESTING, MAX_TOKENS
from explorer.core.syntax_tree import Apply, Array, Constant, Node, Number, Reference, Variable

MAX_TEXT_LENGTH = 2_000
"""Characters above which a formula is not written: formulas of nested squarings double with each level."""

SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 6)
"""Precedences, from the loosest to the tightest."""

# op: its precedence, its sign, and the precedence that its left and right operands need
_OPERATORS = {
    "add": (SUM, "+", SUM, PRODUCT),
    "sub": (SUM, "-", SUM, PRODUCT),
    "mul": (PRODUCT, "*", PRODUCT, POWER),
    "div": (PRODUCT, "/", PRODUCT, POWER),
    "matmul": (PRODUCT, "@", PRODUCT, POWER),
    "pow": (POWER, "^", ATOM, POWER),
}
_FUNCTION_NAMES = {"reduce_max": "max", "reduce_min": "min"}


@dataclass(frozen=True, slots=True)
class _Written:
    """A tree as text, with the counts that the parser limits; ``text`` is None if a limit is exceeded.

    signed: whether it begins with a sign, so that it needs parentheses after an operator.
    """

    text: str | None
    precedence: int
    signed: bool = False
    tokens: int = 1
    ops: int = 0
    depth: int = 0
    nesting: int = 0


_TOO_LARGE = _Written(None, ATOM)


class Writer:
    """Writes trees that share subtrees; each subtree is written once, so a chain rule of many steps costs little."""

    def __init__(self, definitions: Mapping[str, Node] | None = None, limit: int = MAX_TEXT_LENGTH) -> None:
        self._definitions = definitions
        self._limit = limit
        self._known: dict[int, tuple[Node, _Written]] = {}  # holding the tree keeps its id unique

    def text(self, node: Node) -> str | None:
        """Return ``node`` as text, None if it is longer than the limit or larger than `parse` accepts."""
        # A stack instead of recursion: with references expanded a tree may be as deep as all statements together.
        stack = [node]
        while stack:
            tree = stack[-1]
            if id(tree) in self._known:
                stack.pop()
                continue
            waiting = [part for part in self._below(tree) if id(part) not in self._known]
            if waiting:
                stack.extend(waiting)
                continue
            written = self._written(tree)
            if (
                len(written.text or "") > self._limit
                or written.tokens > MAX_TOKENS
                or written.ops > MAX_FORMULA_OPS
                or written.depth > MAX_DEPTH
                or written.nesting > MAX_NESTING
            ):
                written = _TOO_LARGE
            self._known[id(tree)] = (tree, written)
            stack.pop()
        return self._known[id(node)][1].text

    def _below(self, node: Node) -> Sequence[Node]:
        if isinstance(node, Reference) and self._definitions is not None:
            return [self._definitions[node.name]]
        if isinstance(node, Number) and node.exact is not None:
            return [node.exact]
        return node.args if isinstance(node, Apply) else ()

    def _written(self, node: Node) -> _Written:
        """Write ``node``, whose parts are written already."""
        parts = [self._known[id(part)][1] for part in self._below(node)]
        if any(part.text is None for part in parts):
            return _TOO_LARGE
        match node:
            case Number(exact=Apply()):
                return parts[0]
            case Number(value):
                text, sign = node.digits or number_text(value), precedence(node) == SIGN
                return _Written(text, precedence(node), sign, tokens=2 if sign else 1)
            case Reference(name):
                return parts[0] if parts else _Written(name, ATOM)
            case Constant(name) | Variable(name):
                return _Written(name, ATOM)
            case Array(entries):
                text = _array_text(entries)
                brackets = text.count("[")
                return _Written(text, ATOM, tokens=2 * (text.count(",") + brackets) + 1 + text.count("-"), nesting=2)
            case Apply("neg", _):
                signs, parts, joined = ["-", ""], [_in_parentheses(parts[0], POWER)], True
            case Apply(op, _) if op in _OPERATORS:
                _, operator, left, right = _OPERATORS[op]
                # a--b would be read back correctly too, but nobody writes it so.
                parts = [_in_parentheses(parts[0], left), _in_parentheses(parts[1], ATOM if parts[1].signed else right)]
                signs, joined = ["", operator, ""], op in ("mul", "div", "matmul") and parts[0].signed
            case Apply(op, _):
                if op == "custom" and can_omit_wrt(node, self._definitions is not None):
                    parts = parts[:2]
                parts = [_nested(part) for part in parts]
                signs, joined = [f"{_FUNCTION_NAMES.get(op, op)}(", *[","] * (len(parts) - 1), ")"], False
        assert isinstance(node, Apply)
        pieces = [piece for sign, part in zip(signs, parts, strict=False) for piece in (sign, part.text or "")]
        return _Written(
            "".join([*pieces, signs[-1]]),
            precedence(node),
            joined,
            sum(part.tokens for part in parts) + sum(map(bool, signs)) + any("(" in sign for sign in signs),
            sum(part.ops for part in parts) + 1,
            max(part.depth for part in parts) + 1,
            max(part.nesting for part in parts),
        )


def to_text(node: Node, limit: int = MAX_TEXT_LENGTH, definitions: Mapping[str, Node] | None = None) -> str | None:
    """Return ``node`` as text, or None if it is longer than ``limit`` characters or larger than `parse` accepts.

    definitions: if given, references are replaced by the nodes that they stand for, so that only variables remain.
    """
    return Writer(definitions, limit).text(node)


def _in_parentheses(part: _Written, min_precedence: int) -> _Written:
    """Return ``part``, in parentheses if its precedence is too low."""
    if part.precedence >= min_precedence:
        return part
    inside = _nested(part)
    return replace(inside, text=f"({part.text})", precedence=ATOM, signed=False, tokens=part.tokens + 2)


def _nested(part: _Written) -> _Written:
    return replace(part, nesting=part.nesting + 1)


def number_text(value: float) -> str:
    """Return the shortest text that reads back as ``value``: ``2``, ``0.1``, ``1e-5``."""
    text = repr(float(value))
    if text.endswith(".0"):
        return text[:-2]
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}" if e else text


def precedence(node: Node) -> int:
    """Return the precedence of ``node`` as text."""
    if isinstance(node, Number) and node.exact is not None:
        return precedence(node.exact)
    if isinstance(node, Apply):
        return SIGN if node.op == "neg" else _OPERATORS[node.op][0] if node.op in _OPERATORS else ATOM
    if isinstance(node, Number) and (node.value < 0 or str(node.value).startswith("-")):
        return SIGN
    return ATOM


def _array_text(entries: Sequence[object]) -> str:
    inner = (_array_text(e) if isinstance(e, tuple) else number_text(float(str(e))) for e in entries)
    return f"[{','.join(inner)}]"


def with_subtractions(text: str) -> str:
    """Return a formula with ``a-b`` for ``a+(-b)``, as one writes it in a sentence.

    A chain of derivatives keeps the parentheses, since each of its factors stands there as it was found.
    """
    begin = text.find("+(-")
    while begin >= 0:
        end, level = begin + 2, 1
        while level:
            level += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        term = text[begin + 3 : end - 1]
        if text[end : end + 1] != "^" and not _is_sum(term):
            text = f"{text[:begin]}-{term}{text[end:]}"
        begin = text.find("+(-", begin + 1)
    return text


def _is_sum(text: str) -> bool:
    """Return whether a formula has a plus or minus between two terms, outside of parentheses."""
    level = 0
    for before, sign in pairwise(text):
        level += {"(": 1, ")": -1, "[": 1, "]": -1}.get(before, 0)
        if level == 0 and sign in "+-" and before not in "^*/@eE":
            return True
    return False
