"""The special points of one op at the values of its operands, from the predicates of the op table.

The operands *reach* a point if they lie on it. It is *lost* if they do so only because an operand was too small for the
number format and became 0, else *genuine*.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.wide_values import Mask, WideValues, evaluate_wide
from explorer.core.autodiff.trace import GraphNode, Values
from explorer.core.expression.expand import expand_composites, parse_template
from explorer.core.ops.op import Domain, Indeterminate, Kink, Op, Pole, Predicate
from explorer.core.ops.table import ops_by_type

_NO_ROW = Op("", "", "", 0, (), "", np.asarray)


class SpecialPoints:
    """Masks in the shape of the op's output, or of its operand if it is not elementwise.

    wide: returns the values with a larger exponent; called only where an operand lies on a special point.
    """

    def __init__(self, node: GraphNode, values: Values, wide: Callable[[], WideValues]) -> None:
        self.row = ops_by_type().get(node.type, _NO_ROW)
        self._names = node.inputs[: self.row.arity]
        self._wide = wide
        has_all = len(self._names) == self.row.arity and all(
            np.asarray(values.get(name)).dtype.kind == "f" for name in self._names
        )
        self._operands = [np.asarray(values[name], dtype=np.float64) for name in self._names] if has_all else []
        self.shape = np.shape(values[node.tensor] if self.row.elementwise else values[node.inputs[0]])

    @property
    def has_equal_operands(self) -> bool:
        """Whether the op takes one tensor twice: a maximum of a tensor and itself has no corner."""
        return len(set(self._names)) < len(self._names)

    @property
    def nothing(self) -> Mask:
        """No point at all."""
        return np.zeros(self.shape, np.bool_)

    @property
    def poles(self) -> Mask:
        """Where the value or a derivative is infinite."""
        return self.genuine(*_predicates(self.row.poles))

    @property
    def indeterminate(self) -> Mask:
        """Where the value or a derivative has a form without a value, such as ``0/0``."""
        return self.genuine(*_predicates(self.row.indeterminate))

    @property
    def lost_poles(self) -> Mask:
        """Where there is a pole or an indeterminate form only because an operand became 0."""
        return self.lost(*_predicates(self.row.poles), *_predicates(self.row.indeterminate))

    @property
    def kinks(self) -> Mask:
        """Where there is no derivative by some argument."""
        return self.genuine(*_predicates(self.row.kinks))

    def kinks_of(self, slot: int) -> Mask:
        """Return where there is no derivative by one argument."""
        return self.genuine(*(kink.where for kink in self.row.kinks if kink.slot in (None, slot)))

    def lost_zeros(self, *predicates: Predicate | None) -> Mask:
        """Return where a predicate, or that of a kink, holds only because an operand became 0."""
        return self.lost(*predicates, *_predicates(self.row.kinks))

    def reached(self, points: Sequence[Pole | Indeterminate]) -> bool:
        """Return whether any of the op's points is reached, also by operands that were too small for the format."""
        return any(self._holds(point.where).any() for point in points)

    def genuine(self, *predicates: Predicate | None) -> Mask:
        """Return where any of the predicates holds, and not only because an operand became 0."""
        result = self.nothing
        for predicate in predicates:
            holds = self._holds(predicate)
            result = result | holds & ~self._is_lost(predicate, holds)
        return result

    def lost(self, *predicates: Predicate | None) -> Mask:
        """Return where a predicate holds only because an operand became 0."""
        result = self.nothing
        for predicate in predicates:
            result = result | self._is_lost(predicate, self._holds(predicate))
        return result

    def outside(self, domain: Domain | None) -> Mask:
        """Return where the operands are outside a domain; nowhere for None, which stands for all numbers."""
        return self.nothing if domain is None or not self._operands else ~self._holds(domain.where)

    def wide_result(self) -> Any:
        """Return the op's value with a larger exponent."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(self.row.numpy(*[self._wide().values[name] for name in self._names]), self.shape)

    def are_small(self) -> Mask:
        """Return where all operands are below 1, so that what is computed from them may be too small."""
        small = [np.broadcast_to(np.abs(operand) < 1, self.shape) for operand in self._operands]
        return np.logical_and.reduce(small) if small else self.nothing

    def wide_derivative(self, slot: int) -> Any:
        """Return the derivative by one argument from its formula, with a larger exponent; None if it has none."""
        text = self.row.derivatives[slot] if slot < len(self.row.derivatives) else None
        if text is None or not self._operands:
            return None
        operands = dict(zip("ab", self._operands, strict=False))
        return np.broadcast_to(evaluate_wide(expand_composites(parse_template(text)), operands), self.shape)

    def _holds(self, predicate: Predicate | None) -> Mask:
        if predicate is None or not self._operands:
            return self.nothing
        with np.errstate(all="ignore"):
            return np.array(np.broadcast_to(predicate(*self._operands), self.shape), np.bool_)

    def _is_lost(self, predicate: Predicate | None, holds: Mask) -> Mask:
        if predicate is None or not holds.any():
            return self.nothing
        wide = self._wide()
        small = [wide.underflowed[name] for name in self._names if name in wide.underflowed]
        if not small:
            return self.nothing
        operands = [wide.values.get(name, each) for name, each in zip(self._names, self._operands, strict=True)]
        with np.errstate(all="ignore"):
            still_holds = np.broadcast_to(predicate(*operands), self.shape)
        is_small = np.logical_or.reduce([np.broadcast_to(each, self.shape) for each in small])
        return np.asarray(holds & ~still_holds & is_small, np.bool_)


def _predicates(points: Sequence[Pole | Indeterminate | Kink]) -> list[Predicate]:
    return [point.where for point in points]
