"""The values of the variables while the text changes. No Qt."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.expression.names import plain_name
from explorer.core.expression.values import as_value, bind
from explorer.core.syntax_tree import FloatArray, Program


class VariableValues:
    """Remembers values by name, so that typing does not reset them.

    A variable that the text sets (``x = 2``) has the text's value unless it was moved since; editing that number in
    the text ends this. Values of variables that the text leaves open are kept for as long as the window is open.
    """

    def __init__(self) -> None:
        self._free: dict[str, FloatArray] = {}
        self._moved: dict[str, FloatArray] = {}
        self._settings: Mapping[str, FloatArray] = {}

    def adopt(self, program: Program) -> None:
        """Follow a new text."""
        for name in list(self._moved):
            before, after = self._settings.get(name), program.settings.get(name)
            if before is None or after is None or not np.array_equal(before, after, equal_nan=True):
                del self._moved[name]
        self._settings = program.settings

    def set(self, name: str, value: Any) -> None:
        """Give a variable a value: a number, nested list or text. Raises ExpressionError for what is none."""
        name = plain_name(name)
        (self._moved if name in self._settings else self._free)[name] = as_value(value, name)

    def bind(self, program: Program) -> dict[str, FloatArray]:
        """Return the value of each variable of ``program``, which was adopted before."""
        kept = {name: self._moved if name in program.settings else self._free for name in program.variables}
        return bind(program, {name: values[name] for name, values in kept.items() if name in values})

    @property
    def free(self) -> dict[str, FloatArray]:
        """The values that were given to variables which the text leaves open."""
        return dict(self._free)
