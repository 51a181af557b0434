"""A gradient that a backward step passes on through one argument slot, and what happened to its entries so far."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_flow import Numbers
from explorer.core.autodiff.causes.special_points import SpecialPoints
from explorer.core.autodiff.causes.value_roots import NO_ROOT, Root, ValueRoots
from explorer.core.autodiff.causes.wide_values import Mask
from explorer.core.autodiff.trace import GraphNode, StepInput

ALIVE = -1
"""In `EntryRoots.lost`: not lost. It is smaller than every number, as one living entry keeps a sum alive."""


@dataclass(frozen=True)
class EntryRoots:
    """What happened to a gradient, in the shape of its tensor; each has numbers of roots.

    broken: where it is infinite or NaN, else `NO_ROOT`.
    lost: where it is 0 or saturated; `ALIVE` elsewhere, and `NO_ROOT` where nothing was sent from the start.
    chosen: where on its way TensorFlow chose a derivative that there is none of, at a kink or outside the domain; else
        `NO_ROOT`.
    """

    broken: Numbers
    lost: Numbers
    chosen: Numbers

    @classmethod
    def untouched(cls, shape: tuple[int, ...]) -> "EntryRoots":
        """Return that nothing has happened."""
        return cls(np.full(shape, NO_ROOT), np.full(shape, ALIVE), np.full(shape, NO_ROOT))


@dataclass(frozen=True)
class SlotGradient:
    """The gradient that an op passes on through one of its argument slots.

    upstream: the gradient that arrived, in the shape of the op's output; above: what happened to it.
    passed: the gradient that is passed on, in the shape of the operand. Both gradients are float64.
    """

    forward: ValueRoots
    node: GraphNode
    slot: StepInput
    upstream: Any
    passed: Any
    above: EntryRoots

    @property
    def points(self) -> SpecialPoints:
        """The special points of the op."""
        return self.forward.points(self.node)

    @property
    def limits(self) -> Any:
        """The limits of the number format, as `numpy.finfo`."""
        return np.finfo(np.asarray(self.forward.values[self.node.tensor]).dtype)

    @cached_property
    def local(self) -> Any:
        """TensorFlow's local derivative of each entry; None if it has none."""
        local = self.forward.values.get(self.slot.local_tensor or "")
        return None if local is None else np.asarray(local, dtype=np.float64)

    @cached_property
    def operands(self) -> list[Any]:
        """The values of the op's operands, without shapes and indices."""
        values = (np.asarray(self.forward.values.get(name)) for name in self.node.inputs)
        return [value for value in values if value.dtype.kind == "f"]

    @property
    def has_finite_operands(self) -> bool:
        """Whether no operand is infinite or NaN."""
        return all(np.all(np.isfinite(operand)) for operand in self.operands)

    def roots_of_operands(self, shape: tuple[int, ...]) -> Numbers:
        """Return the roots of what is not finite among the op's operands and its value, broadcast to ``shape``."""
        return self.forward.of_operands(self.node, shape)

    @property
    def has_lost_operand(self) -> bool:
        """Whether another operand is 0 because it was too small for the number format."""
        return self.forward.underflow_of_operands(self.node, self.slot.slot) is not None

    def blame(
        self, numbers: Numbers, kind: CauseKind, where: Mask, op: str | None = None, tensor: str | None = None
    ) -> None:
        """Add a root at the entries ``where``, if there are any, and write its number into ``numbers``.

        op: type of the op that is to blame, if that is not this one. tensor: the one in which ``where`` is a mask, if
        that is not the op's output.
        """
        if where.any():
            self.forward.add(numbers, self._root(kind, where, op, tensor))

    def blame_underflow(self, numbers: Numbers, where: Mask, tensor: str | None = None) -> None:
        """Add a root at the entries where the op took a 0 because an operand was too small for the number format."""
        origin = self.forward.underflow_of_operands(self.node, self.slot.slot)
        self.forward.add_underflow(numbers, self._root(CauseKind.UNDERFLOW, where, None, tensor), origin)

    def _root(self, kind: CauseKind, where: Mask, op: str | None, tensor: str | None) -> Root:
        return Root(kind, op or self.node.type, self.node.id, tensor or self.node.tensor, where, self.slot.slot)
