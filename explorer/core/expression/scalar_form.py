"""One number of an expression as a function of one coordinate: vectors and matrices are multiplied out.

Everything that does not depend on the coordinate becomes a number, so that the form is short and needs no arrays.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from explorer.core.expression.coordinate import Coordinate
from explorer.core.expression.names import CONSTANTS
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, Array, Constant, FloatArray, Node, Number, Program, Reference, Variable

MAX_OPERATIONS = 20_000
"""Operations on single numbers after which the form is given up."""


def scalar_form(
    program: Program, values: Mapping[str, FloatArray], coordinate: Coordinate, weights: FloatArray
) -> Node | None:
    """Return the weighted sum of the output's entries as a tree in one variable, None if it is too long or has no form.

    The tree's variable has the name of the coordinate's variable. weights: in the shape of the output.
    """
    form = _ScalarForm(program, values, coordinate)
    try:
        output = form.of(program.output)
    except _NoFormError:
        return None
    terms = [
        entry if weight == 1 else form.apply("mul", [Number(float(weight)), entry])
        for weight, entry in zip(weights.ravel(), output.ravel(), strict=True)
        if weight
    ]
    return form.total(terms)


class _NoFormError(Exception):
    """An op has no scalar form, or there are too many operations."""


class _ScalarForm:
    """Computes with arrays of trees, as NumPy does with arrays of numbers."""

    def __init__(self, program: Program, values: Mapping[str, FloatArray], coordinate: Coordinate) -> None:
        self._program, self._values, self._coordinate = program, values, coordinate
        self._known: dict[str, Any] = {}
        self._operations = 0

    def of(self, node: Node) -> Any:
        """Return the value of a node, an object array of trees."""
        match node:
            case Number(value):
                return _numbers(value)
            case Constant(name):
                return _numbers(CONSTANTS[name])
            case Array(entries):
                return _numbers(entries)
            case Variable(name):
                array = _numbers(self._values[name])
                if name == self._coordinate.variable:
                    array[self._coordinate.index] = Variable(name)
                return array
            case Reference(name):
                for each, body in self._program.definitions.items():
                    if each not in self._known:
                        self._known[each] = self.of(body)
                    if each == name:
                        break
                return self._known[name]
            case Apply(op, args):
                operands: list[Any] = [self.of(argument) for argument in args]
                function = _FUNCTIONS.get(op)
                if function is not None:
                    return function(self, *operands)
                if not op_table()[op].elementwise or op == "custom":
                    raise _NoFormError
                return self.elementwise(op, operands)

    def elementwise(self, op: str, operands: Sequence[Any]) -> Any:
        """Return an op applied entry by entry, with NumPy's broadcasting."""
        arrays: list[Any] = list(np.broadcast_arrays(*operands))
        result = np.empty(arrays[0].shape, dtype=object)
        for index in np.ndindex(*result.shape):
            result[index] = self.apply(op, [array[index] for array in arrays])
        return result

    def apply(self, op: str, operands: list[Node]) -> Node:
        """Return an op applied to single numbers, computed if all of them are known."""
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            raise _NoFormError
        numbers = [operand.value for operand in operands if isinstance(operand, Number)]
        if len(numbers) < len(operands):
            return Apply(op, tuple(operands))
        with np.errstate(all="ignore"):
            return Number(float(op_table()[op].numpy(*(np.asarray(number) for number in numbers))))

    def total(self, terms: Sequence[Node], op: str = "add") -> Node:
        """Return the sum (or another associative op) of the terms, numbers first, as a tree that is not deep."""
        known = [term for term in terms if isinstance(term, Number)]
        waiting: list[Node] = [term for term in terms if not isinstance(term, Number)]
        if known:
            first: Node = known[0]
            for term in known[1:]:
                first = self.apply(op, [first, term])
            waiting = [*waiting, first] if waiting else [first]
        if not waiting:
            return Number(0.0)
        while len(waiting) > 1:
            pairs = [waiting[k : k + 2] for k in range(0, len(waiting), 2)]
            waiting = [self.apply(op, pair) if len(pair) == 2 else pair[0] for pair in pairs]
        return waiting[0]

    def matmul(self, a: Any, b: Any) -> Any:
        """Return the product of two vectors or matrices."""
        rows = a if a.ndim == 2 else a[None]
        columns = b.T if b.ndim == 2 else b[None]
        result = np.empty((len(rows), len(columns)), dtype=object)
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                result[i, j] = self.total([self.apply("mul", [x, y]) for x, y in zip(row, column, strict=True)])
        return result.reshape(a.shape[:-1] + b.shape[1:])

    def softmax(self, a: Any) -> Any:
        """Return the softmax of each row."""
        powers = self.elementwise("exp", [a])
        result = np.empty(a.shape, dtype=object)
        for index in np.ndindex(*a.shape[:-1]):
            total = self.total(list(powers[index]))
            result[index] = [self.apply("div", [power, total]) for power in powers[index]]
        return result

    def logsumexp(self, a: Any) -> Any:
        """Return the logarithm of the sum of the exponentials."""
        return _scalar(self.apply("log", [self.total(list(self.elementwise("exp", [a]).ravel()))]))

    def log_softmax(self, a: Any) -> Any:
        """Return the logarithm of the softmax of each row."""
        result = np.empty(a.shape, dtype=object)
        for index in np.ndindex(*a.shape[:-1]):
            total = self.logsumexp(a[index]).item()
            result[index] = [self.apply("sub", [entry, total]) for entry in a[index]]
        return result

    def norm(self, a: Any) -> Any:
        """Return the root of the sum of the squares."""
        return _scalar(self.apply("sqrt", [self.total([self.apply("mul", [x, x]) for x in a.ravel()])]))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lambda form, a: _scalar(form.total(list(a.ravel()))),
    "mean": lambda form, a: _scalar(form.apply("div", [form.total(list(a.ravel())), Number(float(a.size))])),
    "reduce_max": lambda form, a: _scalar(form.total(list(a.ravel()), "max")),
    "reduce_min": lambda form, a: _scalar(form.total(list(a.ravel()), "min")),
    "transpose": lambda _form, a: a.T,
    "matmul": _ScalarForm.matmul,
    "dot": _ScalarForm.matmul,
    "norm": _ScalarForm.norm,
    "softmax": _ScalarForm.softmax,
    "log_softmax": _ScalarForm.log_softmax,
    "logsumexp": _ScalarForm.logsumexp,
}


def _numbers(value: Any) -> Any:
    """Return an object array of numbers."""
    array = np.asarray(value, dtype=np.float64)
    result = np.empty(array.shape, dtype=object)
    for index in np.ndindex(*array.shape):
        result[index] = Number(float(array[index]))
    return result


def _scalar(node: Node) -> Any:
    result = np.empty((), dtype=object)
    result[()] = node
    return result
