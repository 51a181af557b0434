"""Roots: where a value first became infinite or not a number, or a gradient was first lost.

Each has a number, in the order in which causes count: ops of the forward pass in their order, then ops of the backward
pass in theirs. Arrays of these numbers belong to the entries of tensors; the smallest one at an entry is to blame.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_flow import Numbers
from explorer.core.autodiff.causes.special_points import SpecialPoints
from explorer.core.autodiff.causes.wide_values import Mask, WideValues, spread, wide_values
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES
from explorer.core.autodiff.trace import GraphNode, Trace, Values, op_of

NO_ROOT = np.iinfo(np.int64).max
"""Of an entry that needs no explanation: it is larger than every number, so that a root elsewhere is found."""

PRODUCT_TYPES = MATMUL_TYPES | {"Mul"}
"""Types of ops that multiply the gradient for one operand by the other operand."""


@dataclass(frozen=True)
class Root:
    """An op that is to blame, and where.

    op: its type. node: name of the forward op at which it happens. tensor, mask: entries that
    are concerned. slot: of the operand through which a gradient was passed on, None if the value is to blame. origin:
    for an operand that is 0 because it was too small for the number format, the op whose value became 0.
    """

    kind: CauseKind
    op: str
    node: str
    tensor: str
    mask: Mask
    slot: int | None = None
    origin: "Root | None" = None


class ValueRoots:
    """Roots of the forward pass; ``numbers`` has those of tensors that are not finite."""

    def __init__(self, trace: Trace, values: Values) -> None:
        self.trace = trace
        self.values = values
        self.roots: list[Root] = []
        self.numbers: dict[str, Numbers] = {}
        self._points: dict[str, SpecialPoints] = {}
        for node in trace.nodes:
            value = np.asarray(values.get(node.tensor))
            if value.dtype.kind == "f" and not np.all(np.isfinite(value)):
                self.numbers[node.tensor] = self._numbers_of(node, value)

    @cached_property
    def wide(self) -> WideValues:
        """The forward values with a larger exponent."""
        return wide_values(self.trace, self.values)

    def points(self, node: GraphNode) -> SpecialPoints:
        """Return the special points of an op."""
        if node.id not in self._points:
            self._points[node.id] = SpecialPoints(node, self.values, lambda: self.wide)
        return self._points[node.id]

    def add(self, numbers: Numbers, root: Root, where: Mask | None = None) -> None:
        """Add a root, and its number at the entries ``where`` (those of its mask)."""
        numbers[root.mask if where is None else where] = len(self.roots)
        self.roots.append(root)

    def add_underflow(self, numbers: Numbers, root: Root, origin: Root | None) -> None:
        """Add the root of an op that took a 0 because an operand was too small for the number format.

        origin: the root of that 0; if what became 0 is a quotient by infinity, the infinity is to blame.
        """
        if not root.mask.any():
            return
        if origin is None or origin.kind == CauseKind.UNDERFLOW:
            self.add(numbers, replace(root, origin=origin))
        else:
            self.add(numbers, origin, root.mask)

    def of_operands(self, node: GraphNode, shape: tuple[int, ...]) -> Numbers:
        """Return the roots of what is not finite among an op's operands and its value, broadcast to ``shape``."""
        result = np.full(shape, NO_ROOT)
        for tensor in (*node.inputs, node.tensor):
            numbers = self.numbers.get(tensor)
            if numbers is not None:
                result = np.array(np.minimum(result, _spread_numbers(numbers, shape)))
        return result

    def underflow(self, tensor: str) -> Root | None:
        """Return the root of zeros in a tensor that are not 0 in a format with smaller numbers, or None."""
        node = self.trace.nodes_by_name.get(op_of(tensor))
        mask = self.wide.underflowed.get(tensor)
        if node is None or mask is None:
            return None
        for name in node.inputs:
            if name in self.numbers and not np.all(self.numbers[name] == NO_ROOT):
                return self.roots[int(np.min(self.numbers[name]))]  # 1/(1+exp(100)) is 0 because exp(100) is too large
            if (earlier := self.underflow(name)) is not None:
                return earlier
        return Root(CauseKind.UNDERFLOW, node.type, node.id, tensor, mask)

    def underflow_of_operands(self, node: GraphNode, slot: int | None = None) -> Root | None:
        """Return the root of zeros among an op's operands that are not 0 in a format with smaller numbers.

        slot: of the operand to which a gradient is passed on; a product multiplies it by the other one.
        """
        is_product = slot is not None and node.type in PRODUCT_TYPES
        names = [node.inputs[1 - (slot or 0)]] if is_product else node.inputs
        return next((root for name in names if (root := self.underflow(name)) is not None), None)

    def _numbers_of(self, node: GraphNode, value: Any) -> Numbers:
        numbers = np.full(value.shape, NO_ROOT)
        bad = ~np.isfinite(value)
        if not node.inputs:
            self._take(CauseKind.INDETERMINATE, node, numbers, np.isnan(value))
            self._take(CauseKind.OVERFLOW, node, numbers, self._too_large_as_typed(node, value))
            return numbers
        has_infinite, has_nan = np.zeros(value.shape, np.bool_), np.zeros(value.shape, np.bool_)
        for name in node.inputs:
            operand = np.asarray(self.values.get(name))
            if operand.dtype.kind != "f":
                continue
            has_infinite = has_infinite | spread(~np.isfinite(operand), value.shape)
            has_nan = has_nan | spread(np.isnan(operand), value.shape)
            if name in self.numbers:
                numbers = np.array(np.minimum(numbers, _spread_numbers(self.numbers[name], value.shape)))
        numbers[~bad] = NO_ROOT
        # An infinity that was typed is no error, but what becomes NaN of it is.
        new = bad & (numbers == NO_ROOT) & (~has_infinite | (np.isnan(value) & ~has_nan))
        if new.any():
            self._classify(node, value, numbers, new, has_infinite)
        return numbers

    def _too_large_as_typed(self, node: GraphNode, value: Any) -> Mask:
        """Return which entries of an input or a constant are infinite although a finite number was typed."""
        variable = self.trace.variable_of(node.tensor)
        if variable is None:
            return np.asarray(np.isinf(value), np.bool_)
        typed = np.asarray(self.trace.point.get(variable), dtype=np.float64)
        with np.errstate(over="ignore"):
            is_current = np.array_equal(typed.astype(value.dtype), value, equal_nan=True)
        if not is_current:
            return np.zeros(value.shape, np.bool_)
        return np.asarray(np.isinf(value) & np.isfinite(typed), np.bool_)

    def _classify(self, node: GraphNode, value: Any, numbers: Numbers, new: Mask, has_infinite: Mask) -> None:
        """Add the roots at the entries ``new``: what is not finite there was made by this op."""
        points = self.points(node)
        row = points.row
        is_nan = np.isnan(value)
        if points.shape != value.shape:  # an op that is not elementwise: a sum or product beyond the largest number
            self._take(CauseKind.OVERFLOW, node, numbers, new & ~has_infinite)
            self._take(CauseKind.INDETERMINATE, node, numbers, new & has_infinite)
            return
        lost = new & points.lost_poles
        if lost.any():
            is_too_large = np.abs(points.wide_result()) > np.finfo(value.dtype).max
            self._take(CauseKind.OVERFLOW, node, numbers, lost & is_too_large)
            origin = self.underflow_of_operands(node)
            small = Root(CauseKind.UNDERFLOW, node.type, node.id, node.tensor, lost & ~is_too_large)
            self.add_underflow(numbers, small, origin)
            new = new & ~lost
        poles = new & points.poles
        unclear = new & points.indeterminate
        outside = new & is_nan & ~poles & ~unclear & points.outside(row.domain)
        # sin(inf) has no value, as a function of one number has none outside its domain.
        outside = outside | new & has_infinite & is_nan & (not row.operator) & ~unclear
        rest = new & ~poles & ~unclear & ~outside
        self._take(CauseKind.DOMAIN, node, numbers, outside)
        self._take(CauseKind.POLE, node, numbers, poles)
        # NaN of finite numbers is infinity minus infinity on the way, as in TensorFlow's erf of 1e170.
        is_given = rest & is_nan & has_infinite
        self._take(CauseKind.INDETERMINATE, node, numbers, unclear | is_given)
        self._take(CauseKind.OVERFLOW, node, numbers, rest & ~is_given)

    def _take(self, kind: CauseKind, node: GraphNode, numbers: Numbers, mask: Mask) -> None:
        if mask.any():
            self.add(numbers, Root(kind, node.type, node.id, node.tensor, mask))


def _spread_numbers(numbers: Numbers, shape: tuple[int, ...]) -> Numbers:
    try:
        return np.broadcast_to(numbers, shape)
    except ValueError:
        return np.full(shape, np.min(numbers))
