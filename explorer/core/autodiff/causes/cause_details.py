"""What a sentence about a cause is made of: the op, its operands, the entries concerned, the gradient that is odd."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause import Cause
from explorer.core.autodiff.causes.entry_text import entries_text, number_text
from explorer.core.autodiff.causes.special_points import SpecialPoints
from explorer.core.autodiff.causes.wide_values import wide_values
from explorer.core.autodiff.trace import GradientInfo, GraphNode, Step, StepInput, Trace, Values
from explorer.core.ops.op import Domain, Op
from explorer.core.ops.table import ops_by_type

MAX_FORMULA_LENGTH = 40
"""Characters of a formula up to which a sentence contains it."""


@dataclass(frozen=True)
class CauseDetails:
    """A cause of the gradient of ``variable``, or of the output if that is None, with what belongs to it."""

    trace: Trace
    values: Values
    cause: Cause
    variable: str | None

    @cached_property
    def gradient_info(self) -> GradientInfo | None:
        """The gradient of the variable."""
        return self.trace.gradients.get(self.variable or "")

    @cached_property
    def odd(self) -> Any:
        """The gradient or output to be explained, in float64; None if there is none."""
        info = self.gradient_info
        value = self.value(self.trace.output if self.variable is None else None if info is None else info.tensor)
        return None if value is None else np.asarray(value, dtype=np.float64)

    @cached_property
    def node(self) -> GraphNode | None:
        """The forward op at which it happens."""
        return self.trace.nodes_by_name.get(self.cause.node or "")

    @cached_property
    def step(self) -> Step | None:
        """The backward step of this op."""
        return self.trace.steps_by_op.get(self.cause.node or "")

    @cached_property
    def step_input(self) -> StepInput | None:
        """The argument slot through which the op passes the gradient on; None if its value is to blame."""
        return None if self.step is None else next((s for s in self.step.inputs if s.slot == self.cause.slot), None)

    @cached_property
    def row(self) -> Op | None:
        """The row of the op table that is to blame."""
        return ops_by_type().get(self.cause.op or "")

    @cached_property
    def op(self) -> str:
        """The op's name, with its type if that is not plain from it."""
        if self.node is None:
            return self.cause.op or ""
        same = self.node.id.lower() == self.node.type.lower()
        return self.node.id if same else f"{self.node.id} ({self.node.type})"

    @cached_property
    def where(self) -> str:
        """The entries concerned, of a vector or matrix: `` (entry [1], 1 of 4)``."""
        cause = self.cause
        return f" ({entries_text(cause.entries, cause.count, cause.total)})" if cause.entries else ""

    @cached_property
    def operands(self) -> list[Any]:
        """The values of the op's operands at the first entry concerned."""
        if self.node is None:
            return []
        row = ops_by_type().get(self.node.type)
        if row is not None and not row.elementwise:
            return []
        names = self.node.inputs if row is None else self.node.inputs[: row.arity]
        found = []
        for name in names:
            value = np.asarray(self.values.get(name))
            if value.dtype.kind != "f":
                continue
            entry = self.cause.entry
            if entry is not None and value.ndim:
                try:
                    value = np.broadcast_to(value, np.shape(self.values[self.cause.tensor or ""]))[entry]
                except (ValueError, KeyError):
                    continue
            found.append(value)
        return [value for value in found if not value.ndim]

    @cached_property
    def at(self) -> str:
        """The operands: `` at 0 and -1``."""
        return f" at {self.operand_list}" if self.operands else ""

    @property
    def operand_list(self) -> str:
        """The operands: ``0 and -1``."""
        return " and ".join(number_text(value) for value in self.operands)

    @cached_property
    def derivative_domain(self) -> Domain | None:
        """Where the derivative by the operand is defined, if that is less than the domain of the value."""
        row, slot = self.row, self.cause.slot
        return None if row is None or slot is None else row.derivative_domain(slot)

    @cached_property
    def points(self) -> SpecialPoints | None:
        """The special points of the op."""
        if self.node is None:
            return None
        return SpecialPoints(self.node, self.values, lambda: wide_values(self.trace, self.values))

    def value(self, tensor: str | None) -> Any:
        """Return the value of a tensor; None if it was not computed."""
        return self.values.get(tensor or "")
