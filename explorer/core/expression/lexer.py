"""Post-lexing: matches brackets and bars, and distinguishes names before ``(`` from functions.

It works on the list of all tokens, so that errors that a grammar cannot explain get a message and a column.
"""

import difflib
from collections.abc import Iterator
from itertools import zip_longest

from lark import Token

from explorer.core.errors import ExpressionError
from explorer.core.expression.limits import MAX_NESTING, MAX_TOKENS
from explorer.core.expression.names import CONSTANTS, ascii_name
from explorer.core.ops.table import function_names

_OPENING = {"LPAR": "(", "LSQB": "[", "BAR_OPEN": "|"}
_CLOSING = {"RPAR": "LPAR", "RSQB": "LSQB", "BAR_CLOSE": "BAR_OPEN"}
_OPERAND_ENDS = frozenset({"NUMBER", "NAME", "RPAR", "RSQB", "BAR_CLOSE", "SUPERSCRIPT"})


class Postlex:
    """Lark's hook between lexer and parser."""

    always_accept = ("BAR",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Yield the tokens with opening and closing bars, functions and names distinguished; raises ExpressionError."""
        tokens = list(stream)
        if len(tokens) > MAX_TOKENS:
            raise ExpressionError(
                f"This expression has more than {MAX_TOKENS:,} names, numbers and signs, which is too many to show."
            )
        _check_functions(tokens)
        yield from _match_brackets(tokens)


def _check_functions(tokens: list[Token]) -> None:
    """Turn each variable before ``(`` into a factor; raises ExpressionError for an unknown function."""
    functions = function_names()
    plain = {ascii_name(token) for token in tokens if token.type == "NAME"} | set(CONSTANTS)
    for index, (token, following) in enumerate(zip_longest(tokens, tokens[1:])):
        name = ascii_name(token)
        if token.type == "NAME" and name in functions and (following is None or following.type != "EQUAL"):
            raise ExpressionError(f"{token} is a function: write {token}(…), with parentheses.", _column(token))
        if following is not None and following.type == "NUMBER" and token.type in ("NAME", "NUMBER"):
            raise ExpressionError("Write a sign between these two, such as * or +.", _column(following))
        if token.type != "FUNCTION" or name in functions:
            continue
        if name not in plain:
            raise ExpressionError(_unknown_function(str(token)), _column(token))
        tokens[index] = Token.new_borrow_pos("NAME", token, token)


def _unknown_function(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), function_names(), n=1, cutoff=0.6)
    guess = f"did you mean {near[0]}? " if near else ""
    return f'"{name}" is not a function; {guess}For a product write {name}*(…).'.replace("; For", "; for")


def _match_brackets(tokens: list[Token]) -> Iterator[Token]:
    waiting: list[Token] = []
    before: Token | None = None
    for found in tokens:
        token = found
        if token.type == "BAR":
            closes = before is not None and before.type in _OPERAND_ENDS and bool(waiting)
            kind = "BAR_CLOSE" if closes and waiting[-1].type == "BAR_OPEN" else "BAR_OPEN"
            token = Token.new_borrow_pos(kind, token, token)
        if token.type in _OPENING:
            waiting.append(token)
            if len(waiting) > MAX_NESTING:
                raise ExpressionError(f"Parentheses are nested more than {MAX_NESTING} deep.", _column(token))
        elif token.type in _CLOSING:
            if not waiting or waiting[-1].type != _CLOSING[token.type]:
                raise ExpressionError(_unmatched_bracket(token, waiting), _column(token))
            opening = waiting.pop()
            if token.type == "RSQB" and opening is before:
                raise ExpressionError(
                    "[ ] is empty: write numbers between the brackets, such as [1, 2].", _column(opening)
                )
        elif token.type == "_SEPARATOR" and waiting:
            if ";" in token or "\u037e" in token:
                raise _missing_bracket(waiting[-1], token)
            continue  # a line break inside parentheses is white space
        yield token
        before = token
    if waiting:
        raise _missing_bracket(waiting[-1], None)


def _unmatched_bracket(token: Token, waiting: list[Token]) -> str:
    if waiting:
        wanted = {"(": ")", "[": "]", "|": "|"}[_OPENING[waiting[-1].type]]
        return f'"{wanted}" is missing for the "{_OPENING[waiting[-1].type]}" at {_column(waiting[-1])}.'
    return f'"{token}" has no "{_OPENING[_CLOSING[token.type]]}" before it.'


def _missing_bracket(opening: Token, found: Token | None) -> ExpressionError:
    sign = _OPENING[opening.type]
    wanted = {"(": ")", "[": "]", "|": "|"}[sign]
    column = _column(opening) if found is None else _column(found)
    return ExpressionError(f'"{wanted}" is missing for the "{sign}" at {_column(opening)}.', column)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1
