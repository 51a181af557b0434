"""Which output is differentiated: the sum of the entries, one entry, or a weighted sum.

TensorFlow differentiates numbers. The weights of the entries are the upstream gradient with which the backward pass
begins: ones for the sum, a single 1 for an entry. Entries are counted from 0, as in NumPy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.core.expression.entry import entry_in_shape, entry_text, parse_entry
from explorer.core.expression.printer import number_text
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import as_array
from explorer.core.syntax_tree import FloatArray, Program, Shape

Weights: TypeAlias = tuple[float, ...] | tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class OutputChoice:
    """The output that is differentiated; the sum of all entries if neither field is set.

    entry: index of the only entry. weights: a number for each entry, in the output's shape.
    """

    entry: tuple[int, ...] | None = None
    weights: Weights | None = None

    @property
    def text(self) -> str:
        """The choice as `parse_output` reads it: ``sum``, ``1``, ``0,1``, ``[1,2,3]``."""
        if self.entry is not None:
            return entry_text(self.entry)
        return "sum" if self.weights is None else _weights_text(self.weights)

    @property
    def json(self) -> Any:
        """The choice in the JSON of ``explain``: ``"sum"``, ``{"entry": [1]}`` or ``{"weights": [1, 2, 3]}``."""
        if self.entry is not None:
            return {"entry": list(self.entry)}
        return "sum" if self.weights is None else {"weights": np.asarray(self.weights).tolist()}

    def of_shape(self, shape: Shape) -> "OutputChoice":
        """Return the choice for an output of ``shape``, with indices from 0 up.

        Raises ExpressionError if the output has no such entry, or another shape than the weights.
        """
        if self == SUM:
            return self
        if not shape:
            kind = "entry to choose" if self.weights is None else "use for weights"
            raise ExpressionError(f"The output is a single number, so there is no {kind}.")
        if self.weights is None:
            assert self.entry is not None
            return OutputChoice(entry_in_shape(self.entry, shape, "the output"))
        if np.shape(self.weights) != shape:
            raise ExpressionError(
                f"The output has shape {shape} and its weights have {np.shape(self.weights)}: "
                "there must be one weight for each entry."
            )
        return self

    def weights_of_shape(self, shape: Shape) -> FloatArray:
        """Return the weight of each entry of an output of ``shape``, float64: the upstream gradient."""
        if self.weights is not None:
            return np.asarray(self.weights, dtype=np.float64)
        if self.entry is None:
            return np.ones(shape)
        weights = np.zeros(shape)
        weights[self.entry] = 1
        return weights

    def number(self, value: Any) -> Any:
        """Return the number that is differentiated of an output's value, an array: an entry, or a (weighted) sum."""
        if self.entry is not None:
            return value[self.entry]
        return np.sum(value if self.weights is None else np.asarray(self.weights, np.asarray(value).dtype) * value)


SUM = OutputChoice()
"""The sum of all entries."""


def parse_output(value: Any) -> OutputChoice:
    """Return the choice that a text, a number, a list or the answer of `OutputChoice.json` says.

    A number or ``"0,1"`` is an entry, a list or ``"[1, 2, 3]"`` has the weights; None and ``"sum"`` are the sum. Raises
    ExpressionError for anything else.
    """
    if value is None:
        return SUM
    if isinstance(value, int) and not isinstance(value, bool):
        return OutputChoice((value,))
    if isinstance(value, str):
        text = value.strip()
        if text.lower() == "sum":
            return SUM
        if (entry := parse_entry(text)) is not None:
            return OutputChoice(entry)
        if text.startswith("["):
            return _weights(text)
    elif isinstance(value, Mapping):
        if set(value) == {"entry"}:
            indices = value["entry"] if isinstance(value["entry"], list | tuple) else [value["entry"]]
            if indices and all(isinstance(index, int) and not isinstance(index, bool) for index in indices):
                return OutputChoice(tuple(indices))
        elif set(value) == {"weights"}:
            return _weights(value["weights"])
    elif isinstance(value, list | tuple):
        return _weights(value)
    raise ExpressionError(
        f"{value!r} names no output: write sum, an entry such as 1 or 0,1 (counted from 0), or weights such as [1, 2]."
    )


def output_of_program(
    program: Program, values: Mapping[str, FloatArray], differentiated_by: Sequence[str], choice: OutputChoice
) -> tuple[OutputChoice, int, Shape]:
    """Return the choice with indices from 0 up, the order of the derivative to which it applies, and that one's shape.

    Raises ExpressionError if it does not fit.
    """
    typed = check_shapes(program, {name: value.shape for name, value in values.items()})
    order, shape = chosen_order(typed, values, differentiated_by)
    return choice.of_shape(shape), order, shape


def chosen_order(typed: Shape, values: Mapping[str, FloatArray], differentiated_by: Sequence[str]) -> tuple[int, Shape]:
    """Return the order of the derivative whose output can be chosen, and its shape.

    That is the first of f, f′, f″ … that is no single number; of those that follow, the sum is differentiated. typed:
    the shape of f.
    """
    shapes = [typed, *(values[name].shape for name in differentiated_by)]  # a gradient has the shape of its variable
    order = next((order for order, shape in enumerate(shapes) if shape), 0)
    return order, shapes[order]


def _weights(value: Any) -> OutputChoice:
    try:
        array = as_array(value, "the weights")
    except ExpressionError as error:
        raise ExpressionError(error.message.replace("The value of the weights", "The list of weights")) from error
    if not array.ndim:
        raise ExpressionError("The weights must be a list with a number for each entry, such as [1, 2].")
    if not np.all(np.isfinite(array)):
        raise ExpressionError("The weights must be finite numbers.")
    nested = array.tolist()
    return OutputChoice(weights=tuple(tuple(row) if isinstance(row, list) else row for row in nested))


def _weights_text(weights: Any) -> str:
    parts = (_weights_text(each) if isinstance(each, tuple) else number_text(each) for each in weights)
    return f"[{','.join(parts)}]"
