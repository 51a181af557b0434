"""Parsing of a text into a checked tree. The grammar is in ``grammar.lark``; nothing is evaluated as Python."""

import math
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from explorer.core.errors import ExpressionError
from explorer.core.expression.custom_gradient import make_custom
from explorer.core.expression.exact_arithmetic import literal, negative, typed_number
from explorer.core.expression.lexer import Postlex
from explorer.core.expression.limits import MAX_LENGTH, MAX_OPS
from explorer.core.expression.names import CONSTANTS, ascii_name
from explorer.core.expression.resolve import resolve
from explorer.core.ops.table import function_names, op_table
from explorer.core.syntax_tree import Apply, Array, Constant, Node, Number, Program, Variable


@lru_cache(maxsize=128)
def parse(text: str, max_ops: int = MAX_OPS) -> Program:
    """Return the checked tree of ``text``; raises ExpressionError with a message and a column from 1.

    Trees are cached, as formulas, exercises and scenes parse the same texts repeatedly.
    """
    return resolve(text, _statements(text), max_ops)


@lru_cache(maxsize=128)
def _statements(text: str) -> Any:
    """Return the statements of a text; cached without ``max_ops``, which they do not depend on."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"This text has {len(text):,} characters; up to {MAX_LENGTH:,} can be shown.")
    if not text.strip(" \t\r\n;\u00a0"):
        raise ExpressionError("Type an expression, for example sin(2*x).")
    try:
        return _parser().parse(text)
    except ExpressionError:
        raise
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise _syntax_error(error, text) from None
    except LarkError as error:
        raise ExpressionError("This text cannot be read as an expression.") from error


@cache
def _parser() -> Any:
    """Return the parser, built once."""
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar, parser="lalr", lexer="basic", postlex=Postlex(), transformer=_TreeBuilder(), maybe_placeholders=False
    )


def _syntax_error(error: UnexpectedInput, text: str) -> ExpressionError:
    if isinstance(error, UnexpectedCharacters):
        position = int(error.pos_in_stream or 0)
        character = text[position]
        shown = (
            f'"{character}"' if character.isprintable() else f"A character that cannot be seen (U+{ord(character):04X})"
        )
        return ExpressionError(f"{shown} has no meaning here.", position + 1)
    if not isinstance(error, UnexpectedToken):
        return ExpressionError("This text cannot be read as an expression.")
    token = error.token
    if token.type == "$END":
        last = text.rstrip(" \t\r\n;")
        return ExpressionError(f'Something is missing after "{last[-1:]}".', len(last) + 1)
    column = (token.start_pos or 0) + 1
    before = text[: column - 1].rstrip()[-1:]
    match token.type:
        case "RPAR" | "RSQB" | "BAR_CLOSE" if before in ("(", "[", "|"):
            message = f'There is nothing between "{before}" and "{token}".'
        case "RPAR" | "RSQB" | "BAR_CLOSE" | "_SEPARATOR":
            message = f'Something is missing after "{before}".'
        case "COMMA":
            message = "A comma may only stand between the arguments of a function or the entries of [ ]."
        case "EQUAL":
            message = "An = gives a name to what stands on its right: write h = 2*x."
        case "_TIMES" | "_OVER" | "_POWER" | "AT" | "PLUS" | "_MINUS":
            message = f'"{token}" needs something on its left.'
        case _:
            message = f'"{token}" does not fit here.'
    return ExpressionError(message, column)


@v_args(inline=True)
class _TreeBuilder(Transformer[Token, Any]):
    """Builds syntax-tree nodes while the parser runs, so that no parse tree is traversed recursively."""

    def start(self, *statements: Any) -> list[tuple[str | None, Node, int]]:
        return list(statements)

    def definition(self, name: Token, node: Node) -> tuple[str | None, Node, int]:
        return ascii_name(name), node, _column(name)

    def bare(self, node: Node) -> tuple[str | None, Node, int]:
        return None, node, node.column

    def number(self, token: Token) -> Node:
        value = float(token)
        if not math.isfinite(value):
            shown = token if len(token) <= 20 else f"{token[:12]}…"
            raise ExpressionError(f"{shown} is too large for a number.", _column(token))
        return literal(token, value, _column(token))

    def name(self, token: Token) -> Node:
        name = ascii_name(token)
        return Constant(name, _column(token)) if name in CONSTANTS else Variable(name, _column(token))

    def call(self, token: Token, *args: Node) -> Node:
        op = op_table()[function_names()[ascii_name(token)]]
        column = _column(token)
        name = op.name
        if name in ("max", "min") and args:
            if len(args) == 1:
                return Apply(f"reduce_{name}", args, column)
            node = args[0]
            for argument in args[1:]:
                node = Apply(name, (node, argument), column)
            return node
        if name == "custom":
            return make_custom(args, column)
        if len(args) != op.arity:
            takes = "one argument" if op.arity == 1 else f"{op.arity} arguments"
            given = "none is" if not args else f"{len(args)} are" if len(args) > 1 else "one is"
            raise ExpressionError(f"{token} takes {takes}, but {given} given.", column)
        if name == "pow":
            return _binary("pow", *args)
        return Apply(name, args, column)

    def magnitude(self, bar: Token, node: Node, _close: Token) -> Node:
        return Apply("abs", (node,), _column(bar))

    def array(self, *entries: Node) -> Node:
        return _array(entries)

    def superscript(self, base: Node, token: Token) -> Node:
        return _binary("pow", base, Number(2.0 if token == "²" else 3.0, _column(token)))

    def juxtaposed(self, a: Node, b: Node) -> Node:
        return _binary("mul", a, b)

    def pos(self, node: Node) -> Node:
        return node

    def neg(self, node: Node) -> Node:
        if isinstance(node, Number | Constant):
            return negative(node)
        return Apply("neg", (node,), node.column)

    def add(self, a: Node, b: Node) -> Node:
        return _binary("add", a, b)

    def sub(self, a: Node, b: Node) -> Node:
        return _binary("sub", a, b)

    def mul(self, a: Node, b: Node) -> Node:
        return _binary("mul", a, b)

    def div(self, a: Node, b: Node) -> Node:
        return _binary("div", a, b)

    def matmul(self, a: Node, b: Node) -> Node:
        return _binary("matmul", a, b)

    def pow(self, a: Node, b: Node) -> Node:
        return _binary("pow", a, b)


def _binary(op: str, a: Node, b: Node) -> Node:
    """Return ``op`` applied to two nodes; arithmetic between two numbers is done at once.

    In Python code TensorFlow does not see it either: ``2*3*x`` is ``6*x``.
    """
    return typed_number(op, a, b) or Apply(op, (a, b), a.column)


def _number(node: Number | Constant) -> float:
    return CONSTANTS[node.name] if isinstance(node, Constant) else node.value


def _array(entries: tuple[Node, ...]) -> Node:
    """Return a literal vector or matrix; its entries are numbers, or rows of numbers of equal length."""
    column = max(1, entries[0].column - 1)
    if all(isinstance(entry, Array) for entry in entries):
        rows = [np.asarray(entry.value) for entry in entries if isinstance(entry, Array)]
        if any(row.ndim != 1 for row in rows):
            raise ExpressionError("Only vectors and matrices are possible, not more than two levels of [ ].", column)
        if len({row.shape for row in rows}) > 1:
            raise ExpressionError("The rows of a matrix must have the same length.", column)
        return Array(tuple(tuple(row.tolist()) for row in rows), column)
    values = []
    for entry in entries:
        if isinstance(entry, Array):
            raise ExpressionError("In [ ] stand either numbers or rows of numbers, not both.", entry.column)
        values.append(_entry(entry))
    return Array(tuple(values), column)


def _entry(node: Node) -> float:
    if isinstance(node, Number | Constant):
        return _number(node)
    from explorer.core.expression.evaluate import evaluate, is_constant

    if not is_constant(node):
        raise ExpressionError("The entries of [ ] must be numbers.", node.column)
    value = evaluate(node, {}, {})
    if value.ndim:
        raise ExpressionError("The entries of [ ] must be numbers.", node.column)
    return float(value)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1
