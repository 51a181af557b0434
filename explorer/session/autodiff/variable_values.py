"""The values of the variables while the text changes. No Qt."""

from collections.abc import Mapping
from typing import Any

from explorer.core.expression.names import ascii_name
from explorer.core.expression.values import as_array, bind, is_same_value
from explorer.core.syntax_tree import FloatArray, Program


class VariableValues:
    """Keeps values by the variable's name, so that typing does not reset them.

    A variable that the text sets (``x = 2``) has the value of the text unless it was changed since; editing that number
    in the text makes the text's value count again. Values of variables that the text leaves open are kept.
    """

    def __init__(self) -> None:
        self._free: dict[str, FloatArray] = {}
        self._overridden: dict[str, FloatArray] = {}
        self._settings: Mapping[str, FloatArray] = {}

    def copy(self) -> "VariableValues":
        """Return the same values, which changes of these do not affect."""
        other = VariableValues()
        other._free, other._overridden, other._settings = dict(self._free), dict(self._overridden), self._settings
        return other

    def __eq__(self, other: object) -> bool:
        """Return whether both have the same values by the same names."""
        if not isinstance(other, VariableValues):
            return NotImplemented
        pairs = ((self._free, other._free), (self._overridden, other._overridden), (self._settings, other._settings))
        return all(
            one.keys() == two.keys() and all(is_same_value(one[name], two[name]) for name in one) for one, two in pairs
        )

    __hash__ = None  # type: ignore[assignment]  # values change

    def adopt(self, program: Program) -> None:
        """Follow a new text."""
        for name in list(self._overridden):
            before, after = self._settings.get(name), program.assignments.get(name)
            if before is None or after is None or not is_same_value(before, after):
                del self._overridden[name]
        self._settings = program.assignments

    def set(self, name: str, value: Any) -> None:
        """Set a variable to a number, nested list or text. Raises ExpressionError for anything else."""
        name = ascii_name(name)
        (self._overridden if name in self._settings else self._free)[name] = as_array(value, name)

    def bind(self, program: Program) -> dict[str, FloatArray]:
        """Return the value of each variable of ``program``, which was adopted before."""
        kept = {name: self._overridden if name in program.assignments else self._free for name in program.variables}
        return bind(program, {name: values[name] for name, values in kept.items() if name in values})

    @property
    def free(self) -> dict[str, FloatArray]:
        """The values that were set for variables which the text leaves open, by name."""
        return dict(self._free)
