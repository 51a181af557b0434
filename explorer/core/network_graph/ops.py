"""The ops of a traced training graph, and which of them are helpers that only serve other ops."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from explorer.core.autodiff.trace import op_of

HELPER_KINDS = ("variables", "reads", "casts", "shapes", "constants", "identities", "control")
"""Kinds of helper ops: variable handles, their reads, casts, shapes, constants, copies, and ops that only wait."""

_KIND_OF_TYPE = {
    "VarHandleOp": "variables",
    "ReadVariableOp": "reads",
    "Cast": "casts",
    "Const": "constants",
    "Identity": "identities",
    "NoOp": "control",
    **dict.fromkeys(("Shape", "ShapeN", "Size", "Rank", "BroadcastGradientArgs", "BroadcastArgs"), "shapes"),
}
_INTEGERS = frozenset({"int32", "int64"})
_KINDS_OF_SIZES = frozenset({"shapes", "constants", "casts"})

_MAX_HOPS = 8
"""Maximum number of links from a backward op to its forward op; a longer chain would be a circle."""


@dataclass(frozen=True)
class GraphOp:
    """One op as TensorFlow traced it.

    Parameters
    ----------
    id : name of the op.
    type : TensorFlow's type, such as "MatMul".
    inputs : tensor in each argument slot.
    shapes, dtypes : of each output; an unknown shape or size is None.
    path : titles of the groups around it, by layer and name scope, outermost first.
    backward : whether `tf.gradients` added it.
    forward : of a backward op, the op to which it belongs according to TensorFlow; None if TensorFlow names none.
    """

    id: str
    type: str
    inputs: tuple[str, ...]
    shapes: tuple[tuple[int | None, ...] | None, ...]
    dtypes: tuple[str, ...]
    path: tuple[str, ...]
    backward: bool = False
    forward: str | None = None

    @property
    def shape(self) -> tuple[int | None, ...] | None:
        """Shape of the first output, None where it is unknown or there is no output."""
        return self.shapes[0] if self.shapes else None

    @property
    def dtype(self) -> str | None:
        """Dtype of the first output, None where there is no output."""
        return self.dtypes[0] if self.dtypes else None


def find_helpers(ops: Sequence[GraphOp]) -> dict[str, str]:
    """Return the kind (one of `HELPER_KINDS`) of each op that only serves others, by name."""
    helpers: dict[str, str] = {}
    for op in ops:  # in TensorFlow's order inputs come first
        kind = _KIND_OF_TYPE.get(op.type)
        if kind is None and op.type == "Placeholder" and op.dtype == "resource":
            kind = "variables"
        is_integer = bool(op.inputs) and bool(op.dtypes) and set(op.dtypes) <= _INTEGERS
        # Arithmetic on sizes, such as the product of the sizes in a shape.
        if kind is None and is_integer and {helpers.get(op_of(tensor)) for tensor in op.inputs} <= _KINDS_OF_SIZES:
            kind = "shapes"
        if kind is not None:
            helpers[op.id] = kind
    return helpers


def find_owners(ops: Sequence[GraphOp], helpers: Mapping[str, str]) -> dict[str, str | None]:
    """Return the shown op that each helper serves.

    That is the first shown op that uses it, directly or through other helpers; if none does, the first one that it
    uses; None if there is neither.
    """
    users: dict[str, list[str]] = {}
    for op in ops:
        for tensor in op.inputs:
            users.setdefault(op_of(tensor), []).append(op.id)
    by_name = {op.id: op for op in ops}
    owners: dict[str, str | None] = {}
    for op in reversed(ops):  # users come after what they use
        if op.id in helpers:
            owners[op.id] = _first_shown(users.get(op.id, ()), helpers, owners)
    for op in ops:
        if op.id in helpers and owners[op.id] is None:
            owners[op.id] = _first_shown((op_of(tensor) for tensor in by_name[op.id].inputs), helpers, owners)
    return owners


def _first_shown(names: Iterable[str], helpers: Mapping[str, str], owners: Mapping[str, str | None]) -> str | None:
    """Return the first of some ops that is shown, or the owner of the first helper that has one."""
    for name in names:
        shown = owners.get(name) if name in helpers else name
        if shown is not None:
            return shown
    return None


def find_forward_ops(ops: Sequence[GraphOp], owner_of: Mapping[str, str | None]) -> dict[str, str]:
    """Return the shown forward op to which each backward op belongs.

    TensorFlow names it for nearly all backward ops; where the named op is a helper, it is the owner of that. A backward
    op for which TensorFlow names none belongs to the forward op of an op that uses it or that it uses.
    """
    backward = {op.id: op for op in ops if op.backward}
    forward_ops: dict[str, str] = {}
    for op in backward.values():
        if (forward := _shown_forward_op(op.forward, owner_of, backward)) is not None:
            forward_ops[op.id] = forward
    users: dict[str, list[str]] = {}
    for op in backward.values():
        for tensor in op.inputs:
            users.setdefault(op_of(tensor), []).append(op.id)
    waiting = [name for name in backward if name not in forward_ops]
    while waiting:
        left = []
        for name in waiting:
            neighbours = [*users.get(name, ()), *(op_of(tensor) for tensor in backward[name].inputs)]
            known = next((forward_ops[other] for other in neighbours if other in forward_ops), None)
            if known is None:
                left.append(name)
            else:
                forward_ops[name] = known
        if len(left) == len(waiting):
            break
        waiting = left
    return forward_ops


def _shown_forward_op(
    name: str | None, owner_of: Mapping[str, str | None], backward: Mapping[str, GraphOp]
) -> str | None:
    for _ in range(_MAX_HOPS):  # a helper in the backward pass serves a backward op, which has a forward op itself
        if name is None:
            return None
        if name in owner_of:
            name = owner_of[name]
        elif name in backward:
            name = backward[name].forward
        else:
            return name
    return None
