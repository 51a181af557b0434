"""Why a value or a gradient is 0, missing, infinite or not a number: the op that is to blame, found from the values.

`cause_text` puts a cause into words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.gradient_roots import GradientRoots
from explorer.core.autodiff.causes.ordinary_pass import passes_ordinarily
from explorer.core.autodiff.causes.slot_gradient import ALIVE
from explorer.core.autodiff.causes.value_roots import NO_ROOT, Root, ValueRoots
from explorer.core.autodiff.causes.wide_values import underflowed
from explorer.core.autodiff.precision import first_different_op, is_different
from explorer.core.autodiff.trace import GraphNode, Step, Trace, Values, op_of
from explorer.core.ops.table import CHOICE_TYPES, ops_by_type

MAX_ENTRIES = 6
"""Entries that a cause lists; their number is given in any case."""

_PARTIAL_KINDS = frozenset(
    {
        CauseKind.DOMAIN,
        CauseKind.SATURATED,
        CauseKind.NOT_SELECTED,
        CauseKind.DEAD,
        CauseKind.OVERFLOW,
        CauseKind.UNDERFLOW,
        CauseKind.KINK,
    }
)
"""Kinds that explain a gradient with some entries that are 0. A factor of 0 or a stationary point is ordinary there."""

_KINDS_OF_ROUNDING = frozenset(
    {
        CauseKind.DOMAIN,
        CauseKind.INDETERMINATE,
        CauseKind.POLE,
        CauseKind.KINK,
        CauseKind.STATIONARY,
        CauseKind.ZERO_FACTOR,
        CauseKind.CANCELS,
    }
)
"""Kinds that say nothing about the function where float64 gives another number: rounding led to that point."""

_KINDS_OF_INFINITY = frozenset({CauseKind.POLE, CauseKind.INDETERMINATE, CauseKind.OVERFLOW})
"""Kinds of a value that is infinite or that an infinity made NaN."""

_KINDS_BEFORE_CHOICES = frozenset({CauseKind.KINK, CauseKind.DOMAIN, CauseKind.DEAD})
"""Kinds that explain a gradient of 0 although TensorFlow chose a derivative on another path."""

KINDS_WITHOUT_DERIVATIVE = frozenset({CauseKind.DOMAIN, CauseKind.KINK, CauseKind.POLE, CauseKind.INDETERMINATE})
"""Kinds at whose points a function has no derivative, so that there is none of its derivative either."""


@dataclass(frozen=True)
class Cause:
    """The cause of a gradient, or of the output, that is 0, missing, infinite or not a number.

    op: type of the op that is to blame; None if there is no path, or if all weights of the output are 0.
    node: name of the forward op at which it happens.
    tensor: the forward tensor in which ``entry`` is an index: the op's output, its operand if the op is not
        elementwise, or the tensor whose gradients are summed; for ``precision`` the first tensor that differs.
    entry: the first entry concerned, as indices from 0; None for a scalar.
    slot: argument slot through which the op passes the gradient on; None if its value is to blame.
    origin: for ``underflow``, the op whose value became 0, if it is not this one.
    order: if a derivative is differentiated, the number of the earlier trace in which it happens: 0 for f. None for
        the trace itself.
    entries, count, total: the first `MAX_ENTRIES` entries concerned, their number, and that of all entries.
    """

    kind: CauseKind
    op: str | None
    node: str | None
    tensor: str | None
    entry: tuple[int, ...] | None
    slot: int | None = None
    entries: tuple[tuple[int, ...], ...] = ()
    count: int = 1
    total: int = 1
    origin: "Cause | None" = None
    order: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the field ``cause`` of the JSON of ``explain``."""
        entry = None if self.entry is None else list(self.entry)
        return {"kind": self.kind.value, "op": self.op, "tensor": self.tensor, "entry": entry}


class Causes:
    """The causes of one trace at the values of its tensors.

    different: the float64 values that differ from ``values``, by tensor, as `precision.different_values` returns them.
    """

    def __init__(self, trace: Trace, values: Values, different: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._trace, self._values, self._different = trace, values, different
        self._forward = ValueRoots(trace, values)

    @cached_property
    def _backward(self) -> GradientRoots:
        return GradientRoots(self._forward)

    @cached_property
    def _passes_ordinarily(self) -> bool:
        return passes_ordinarily(self._forward)

    @cached_property
    def _earlier(self) -> Cause | None:
        """Why what was differentiated first has no derivative here, so that the trace's output does not exist."""
        for order, trace in enumerate(self._trace.earlier):
            variable, causes = self._trace.differentiated_by[order], Causes(trace, self._values)
            cause = causes.of_variable(variable)
            if cause is None or cause.kind not in KINDS_WITHOUT_DERIVATIVE:
                continue
            if cause.kind != CauseKind.KINK or cause.slot is None or causes._depends_on_choice(variable):
                return replace(cause, order=order)
        return None

    def _depends_on_choice(self, variable: str) -> bool:
        """Return whether another choice at a kink would have given another gradient."""
        return bool(np.any(self._backward.of_tensor(self._trace.variables[variable]).chosen != NO_ROOT))

    def of_output(self) -> Cause | None:
        """Return why the output is infinite or NaN, or 0 because it is too small; None for an ordinary value."""
        return self._or_earlier(self._or_precision(self._trace.output, self._of_output()))

    def of_variable(self, variable: str) -> Cause | None:
        """Return why the gradient of a variable is 0, missing, infinite or NaN, wholly or in part; None if ordinary.

        A variable without a requested gradient has none. The value counts as well: where it is NaN there is no
        derivative.
        """
        info = self._trace.gradients.get(variable)
        return None if info is None else self._or_earlier(self._or_precision(info.tensor, self._of_variable(variable)))

    def _or_earlier(self, cause: Cause | None) -> Cause | None:
        """Return why the output does not exist, if what was differentiated first has no derivative here."""
        earlier = self._earlier
        if earlier is None or (cause is not None and cause.kind == CauseKind.NO_PATH):
            return cause
        if cause is not None and cause.kind in _KINDS_OF_INFINITY and earlier.kind in _KINDS_OF_INFINITY:
            return cause  # the infinity is seen in the graph of the derivative as well
        return earlier

    def _or_precision(self, tensor: str | None, cause: Cause | None) -> Cause | None:
        """Return the first op whose output differs in float64 if ``tensor`` does and ``cause`` does not explain it."""
        if (
            tensor is None
            or tensor not in self._different
            or (cause is not None and cause.kind not in _KINDS_OF_ROUNDING)
        ):
            return cause
        op = first_different_op(self._trace, self._different, tensor)
        if op is None:
            return cause
        node = op if isinstance(op, GraphNode) else self._trace.nodes_by_name.get(op.forward or "")
        is_sum = not isinstance(op, GraphNode) and op.sums is not None
        value, wide = self._values[op.tensor], self._different[op.tensor]
        mask = is_different(value, wide)
        name = None if node is None else node.id
        if isinstance(op, GraphNode) and not np.any(self._values[tensor]):
            limits = np.finfo(np.asarray(value).dtype)
            if np.all(underflowed(value, wide, limits.dtype)[mask]):
                origin = self._at(mask, CauseKind.UNDERFLOW, op.type, name, op.tensor)
                return origin if cause is None else replace(cause, kind=CauseKind.UNDERFLOW, origin=origin)
        return self._at(mask, CauseKind.PRECISION, op.type if is_sum or node is None else node.type, name, op.tensor)

    def _of_output(self) -> Cause | None:
        value = self._values.get(self._trace.output)
        if value is None:
            return None
        found = self._value_root()
        if found is not None:
            return self._cause(found[1], has_nan=bool(np.any(np.isnan(value))))
        if not np.all(value) and (root := self._forward.underflow(self._trace.output)) is not None:
            return self._cause(root)
        return None

    def _of_variable(self, variable: str) -> Cause | None:
        trace = self._trace
        info = trace.gradients.get(variable)
        if info is None or (info.tensor is not None and info.tensor not in self._values):
            return None
        tensor = trace.variables[variable]
        if not self._leads_to(tensor, trace.output):
            return Cause(CauseKind.NO_PATH, None, None, tensor, None)
        if trace.output_weights is not None and not np.any(trace.output_weights):
            return Cause(CauseKind.ZERO_FACTOR, None, None, trace.output, None)
        output = np.asarray(self._values[trace.output], dtype=np.float64)
        if trace.output_weights is not None:  # entries that are not differentiated do not count
            output = np.where(trace.output_weights == 0, 0.0, output)
        value_root = self._value_root(output)
        output_is_nan = bool(np.any(np.isnan(output)))
        # Where the value is NaN or has a pole there is no derivative, whatever number TensorFlow returns for it.
        has_no_derivative = value_root is not None and (
            output_is_nan or value_root[1].kind in (CauseKind.POLE, CauseKind.INDETERMINATE)
        )
        if info.tensor is None:
            if value_root is not None and has_no_derivative:
                return self._cause(value_root[1], output_is_nan, np.isfinite(output))
            return self._barrier(tensor)
        gradient = np.asarray(self._values[info.tensor], dtype=np.float64)
        if self._passes_ordinarily:
            return None
        happened = self._backward.of_tensor(tensor)
        numbers = happened.broken[happened.broken != NO_ROOT].tolist()
        if value_root is not None and (has_no_derivative or (numbers and self._leads_to(tensor, value_root[1].tensor))):
            numbers.append(value_root[0])
        if value_root is not None and output_is_nan:  # what is to blame for the value comes before infinite entries
            numbers = [value_root[0]]
        number = min(numbers, default=None)
        if number is not None:
            is_value = value_root is not None and number == value_root[0]
            has_nan = output_is_nan or bool(np.any(np.isnan(gradient) & ((happened.broken == number) | is_value)))
            return self._cause(self._forward.roots[number], has_nan, np.isfinite(output) if is_value else None)
        if np.any(gradient == 0) and np.any(gradient):  # what is 0 comes before what is small
            zeros = np.where(gradient == 0, happened.lost, ALIVE)
            if (cause := self._cause_of_zeros(zeros, happened.chosen)) is not None:
                return cause
        return self._cause_of_zeros(happened.lost, happened.chosen) or self._jump(tensor)

    def _cause_of_zeros(self, lost: Any, chosen: Any) -> Cause | None:
        roots = self._forward.roots
        numbers = sorted(set(lost[(lost != ALIVE) & (lost != NO_ROOT)].tolist()))
        choices = chosen[chosen != NO_ROOT].tolist()
        dead = [number for number in numbers if roots[number].kind == CauseKind.DEAD]
        if numbers and not np.any(lost == ALIVE):
            first = roots[numbers[0]]
            # Units at the kink count as dead beside others that are.
            same = [number for number in dead if roots[number].node == first.node and first.kind == CauseKind.KINK]
            if choices and first.kind not in _KINDS_BEFORE_CHOICES:  # it adds up to 0 with what TensorFlow chose
                return self._cause(roots[min(choices)])
            return self._cause(roots[same[0]] if same else first)
        if dead:
            return self._cause(roots[dead[0]])
        partial = [number for number in numbers if roots[number].kind in _PARTIAL_KINDS]
        number = min(choices or partial, default=None)
        return None if number is None else self._cause(roots[number])

    def _jump(self, tensor: str) -> Cause | None:
        """Return at which jump a step function has no derivative, beside paths on which a gradient passes."""
        for step in self._trace.steps:
            row, upstream = ops_by_type().get(step.type), self._values.get(step.upstream_tensor or "")
            if row is None or not row.steps or upstream is None:
                continue
            node = self._trace.nodes_by_name[step.op]
            mask = self._forward.points(node).kinks
            mask = mask & np.not_equal(upstream, 0)
            if np.any(mask) and any(self._leads_to(tensor, node.inputs[slot]) for slot in row.steps):
                return self._at(mask, CauseKind.KINK, step.type, node.id, node.tensor)
        return None

    def _value_root(self, output: Any = None) -> tuple[int, Root] | None:
        """Return the first root of what is not finite in the output, or in some entries of it."""
        numbers = self._forward.numbers.get(self._trace.output)
        if numbers is None:
            return None
        value = np.asarray(self._values[self._trace.output]) if output is None else output
        numbers = np.where(np.isfinite(value), NO_ROOT, numbers)
        is_nan = np.isnan(value) & (numbers != NO_ROOT)
        number = int(np.min(numbers[is_nan] if is_nan.any() else numbers))
        return None if number == NO_ROOT else (number, self._forward.roots[number])

    def _barrier(self, tensor: str) -> Cause:
        """Return at which op the backward pass to a variable ends."""
        for step in self._trace.steps:
            slots = [slot for slot in step.inputs if slot.gradient_tensor is None and self._is_barrier(step)]
            for slot in slots:
                if self._leads_to(tensor, slot.tensor):
                    row = ops_by_type().get(step.type)
                    kind = CauseKind.STEP_FUNCTION if row is not None and row.steps else CauseKind.STOPPED
                    return self._at_all(kind, step.type, step.op, f"{step.op}:0", slot.slot)
        for node in self._trace.nodes:
            if node.type in _COMPARISONS and self._leads_to(tensor, node.tensor):
                return self._at_all(CauseKind.STEP_FUNCTION, node.type, node.id, node.tensor)
        return Cause(CauseKind.NO_PATH, None, None, tensor, None)

    def _is_barrier(self, step: Step) -> bool:
        node = self._trace.nodes_by_name[step.op]
        return np.asarray(self._values.get(node.tensor)).dtype.kind == "f" and step.type not in _STRUCTURE

    def _leads_to(self, tensor: str, target: str) -> bool:
        """Return whether a forward tensor depends on another, or is it."""
        return target in self._trace.dependents(tensor)

    def _cause(self, root: Root, has_nan: bool = False, ordinary_output: Any = None) -> Cause:
        """Return the cause for a root; an infinity out of which NaN has become is an indeterminate form.

        ordinary_output: which entries of the output do not count.
        """
        kind = CauseKind.INDETERMINATE if root.kind == CauseKind.POLE and has_nan else root.kind
        tensor, mask = root.tensor, np.asarray(root.mask)
        if ordinary_output is not None and tensor == self._trace.output and np.any(mask & ~ordinary_output):
            mask = mask & ~ordinary_output
        # The vectors of a matrix-vector product, as they were typed.
        node = self._trace.nodes_by_name.get(op_of(tensor))
        squeezed = next(
            (each.tensor for each in self._trace.nodes if each.type == "Squeeze" and each.inputs[0] == tensor), None
        )
        as_typed = node.inputs[0] if node is not None and node.type == "ExpandDims" else squeezed
        if as_typed is not None:
            tensor, mask = as_typed, mask.reshape(np.shape(self._values[as_typed]))
        found = self._at(mask, kind, root.op, root.node, tensor, root.slot)
        return found if root.origin is None else replace(found, origin=self._cause(root.origin))

    def _at_all(self, kind: CauseKind, op: str, node: str, tensor: str, slot: int | None = None) -> Cause:
        """Return a cause that concerns all entries of ``tensor``."""
        return self._at(np.ones(np.shape(self._values[tensor]), np.bool_), kind, op, node, tensor, slot)

    def _at(self, mask: Any, kind: CauseKind, op: str, node: str | None, tensor: str, slot: int | None = None) -> Cause:
        """Return a cause that concerns the entries of ``tensor`` where ``mask`` is True."""
        indices = [tuple(int(each) for each in index) for index in np.argwhere(mask)[:MAX_ENTRIES]]
        is_scalar = not mask.ndim
        return Cause(
            kind,
            op,
            node,
            tensor,
            None if is_scalar else indices[0],
            slot,
            () if is_scalar else tuple(indices),
            int(np.count_nonzero(mask)),
            mask.size,
        )


_STRUCTURE = CHOICE_TYPES | {"Cast", "Reshape"}
"""Types of ops that pass gradients on, though not through the slot of a shape or condition."""

_COMPARISONS = frozenset({"Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual"})
"""Types of ops by which the gradient of a maximum decides; the second derivative meets them."""
