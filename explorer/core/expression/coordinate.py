"""Coordinates of a point: a variable that is a single number, or one entry of a vector or matrix (``W[0,1]``)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.core.expression.entry import INDICES, entry_in_shape, entry_text, parse_entry
from explorer.core.expression.names import ascii_name, display_name
from explorer.core.syntax_tree import FloatArray

_COORDINATE = re.compile(rf"\s*([^\W\d]\w*)\s*(?:\[\s*({INDICES})\s*\])?\s*")


@dataclass(frozen=True)
class Coordinate:
    """One number of a point.

    index: of the entry, counted from 0; empty for a variable that is a single number.
    """

    variable: str
    index: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The coordinate as `parse_coordinate` reads it: ``x``, ``W[0,1]``."""
        return f"{self.variable}{self._index_text}"

    @property
    def display_name(self) -> str:
        """The coordinate as it is shown: ``θ``, ``θ[1]``."""
        return f"{display_name(self.variable)}{self._index_text}"

    @property
    def _index_text(self) -> str:
        return f"[{entry_text(self.index)}]" if self.index else ""

    def of_values(self, values: Mapping[str, FloatArray]) -> "Coordinate":
        """Return the coordinate with indices from 0 up; raises ExpressionError if the values have no such number."""
        if self.variable not in values:
            raise ExpressionError(f"{self.variable} does not occur in the expression.")
        shape = np.shape(values[self.variable])
        if not shape:
            if self.index:
                raise ExpressionError(f"{self.variable} is a single number, so there is no {self.text}.")
            return self
        if not self.index:
            first = Coordinate(self.variable, (0,) * len(shape)).text
            raise ExpressionError(f"{self.variable} is no single number: choose an entry, such as {first}.")
        return Coordinate(self.variable, entry_in_shape(self.index, shape, self.variable))

    def value(self, values: Mapping[str, FloatArray]) -> float:
        """Return the number at this coordinate."""
        return float(values[self.variable][self.index])

    def moved(self, values: Mapping[str, FloatArray], number: float) -> FloatArray:
        """Return the value of the variable with another number at this coordinate."""
        array = np.array(values[self.variable], dtype=np.float64)
        array[self.index] = number
        return array


@lru_cache(maxsize=256)
def parse_coordinate(text: str) -> Coordinate:
    """Return the coordinate of a text: ``x``, ``W[0,1]``, ``W[-1, 0]``; raises ExpressionError."""
    match = _COORDINATE.fullmatch(text)
    if match is None:
        raise ExpressionError(f"{text.strip()!r} is neither a variable nor an entry of one, such as x or W[0,1].")
    return Coordinate(ascii_name(match[1]), parse_entry(match[2] or "") or ())


def coordinate_in(text: str, values: Mapping[str, FloatArray]) -> Coordinate:
    """Return the coordinate of a text that names a number of ``values``; raises ExpressionError."""
    return parse_coordinate(text).of_values(values)


def coordinates(values: Mapping[str, FloatArray]) -> Iterator[Coordinate]:
    """Yield all coordinates: single numbers first, then the entries of vectors and matrices, row by row."""
    for name, value in values.items():
        if not np.ndim(value):
            yield Coordinate(name)
    for name, value in values.items():
        if np.ndim(value):
            for index in np.ndindex(*np.shape(value)):
                yield Coordinate(name, index)
