"""Values of variables: parsing, checking, and binding to a program."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.core.expression.evaluate import evaluate, is_constant
from explorer.core.expression.names import ascii_name
from explorer.core.expression.parser import parse
from explorer.core.syntax_tree import FloatArray, Program

MAX_ENTRIES = 10_000
"""Entries of a vector or matrix."""

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def parse_value(text: str) -> FloatArray:
    """Return the value of ``text`` (``-2*pi``, ``[[1,2],[3,4]]``), float64 of rank 0 to 2; raises ExpressionError."""
    program = parse(text)
    if program.variables or program.definitions:
        raise ExpressionError(f"{text.strip()} is not a number.", 1)
    assert is_constant(program.output)
    return evaluate(program.output, {}, {})


def parse_point(text: str) -> dict[str, FloatArray]:
    """Return the values in ``x=1,W=[[1,2],[3,4]]``, split at top-level commas; raises ExpressionError."""
    values: dict[str, FloatArray] = {}
    for part in _split_at_commas(text):
        name, sign, value = part.partition("=")
        name = ascii_name(name.strip())
        if not sign or not name.isidentifier():
            raise ExpressionError(f'"{part.strip()}" is not a value such as x=1.')
        values[name] = as_array(value, name)
    return values


def is_same_value(one: FloatArray, other: FloatArray) -> bool:
    """Return whether two values have the same shape and are equal to the last bit, also NaN to NaN."""
    return one is other or (one.shape == other.shape and one.tobytes() == other.tobytes())


def is_same_point(one: Mapping[str, FloatArray], other: Mapping[str, FloatArray]) -> bool:
    """Return whether two points have the same variables in the same order, with the same values."""
    return list(one) == list(other) and all(is_same_value(one[name], other[name]) for name in one)


def as_array(value: Any, name: str) -> FloatArray:
    """Return a number, nested list or text as a float64 array of rank 0 to 2; raises ExpressionError."""
    if isinstance(value, str):
        return _parse_entry(value, name)
    if isinstance(value, list | tuple):
        value = _numbers(value, name)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = _float(value)
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray("?")
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise ExpressionError(f"The value of {name} must be a number, or a list of rows of numbers.")
    array = array.astype(np.float64)
    if array.ndim > 2 or array.size == 0:
        raise ExpressionError(f"The value of {name} must be a number, a vector or a matrix, and not empty.")
    if array.size > MAX_ENTRIES:
        raise ExpressionError(f"The value of {name} has {array.size:,} entries; up to {MAX_ENTRIES:,} are possible.")
    return array


def _parse_entry(text: str, name: str) -> FloatArray:
    # The language and JSON have no literals for NaN and infinities; answers write them as these words.
    special = _SPECIAL.get(text.strip().lower())
    if special is not None:
        return np.asarray(special)
    try:
        return parse_value(text)
    except ExpressionError as error:
        # Without the column, which would not be one of the expression.
        raise ExpressionError(f"The value of {name} cannot be read: {error.message}") from error


def _numbers(entries: Any, name: str) -> Any:
    """Return nested lists with texts such as ``"nan"`` and large integers converted to float."""
    if isinstance(entries, list | tuple):
        return [_numbers(entry, name) for entry in entries]
    if isinstance(entries, str):
        value = _parse_entry(entries, name)
        return "?" if value.ndim else float(value)
    if isinstance(entries, bool):
        return "?"
    return _float(entries) if isinstance(entries, int) else entries


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def bind(program: Program, point: Mapping[str, Any]) -> dict[str, FloatArray]:
    """Return the value of each variable of ``program``: from ``point``, else from its assignment, else 1.

    Names in ``point`` that do not occur are ignored. Raises ExpressionError for an invalid value.
    """
    given = {ascii_name(str(name)): value for name, value in point.items()}
    values = {}
    for name in program.variables:
        if name in given:
            values[name] = as_array(given[name], name)
        else:
            values[name] = np.asarray(program.assignments.get(name, 1.0), dtype=np.float64)
    return values


def unknown_variable(name: str, variables: Sequence[str]) -> ExpressionError:
    """Return the error that ``name`` is not among ``variables``."""
    if not variables:
        return ExpressionError(f"{name} is not a variable of this text, which has none.")
    return ExpressionError(f"{name} is not a variable of this text; there is {', '.join(variables)}.")


def _split_at_commas(text: str) -> Iterator[str]:
    depth = start = 0
    for index, sign in enumerate(text):
        depth += (sign in "[(") - (sign in "])")
        if sign == "," and depth == 0:
            yield text[start:index]
            start = index + 1
    if text[start:].strip() or start:
        yield text[start:]


def split_names(text: str) -> list[str]:
    """Return the names in a text such as ``x, y``."""
    return [name.strip() for name in text.split(",") if name.strip()]
