"""One op of a traced training graph, and which ops only serve others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from explorer.core.graph.op_graph import op_of

HELPER_KINDS = ("variables", "reads", "casts", "shapes", "constants", "identities", "control")
"""Of helper ops: handles of variables, reads of them, casts, sizes of tensors, constants, copies, what only waits."""

_KIND_OF = {
    "VarHandleOp": "variables",
    "ReadVariableOp": "reads",
    "Cast": "casts",
    "Const": "constants",
    "Identity": "identities",
    "NoOp": "control",
    **dict.fromkeys(("Shape", "ShapeN", "Size", "Rank", "BroadcastGradientArgs", "BroadcastArgs"), "shapes"),
}
_WHOLE = frozenset({"int32", "int64"})
_OF_SIZES = frozenset({"shapes", "constants", "casts"})


@dataclass(frozen=True)
class GraphOp:
    """One op as TensorFlow traced it.

    inputs: tensors, one for each argument slot. shapes, dtypes: of each output; a shape or a size that is not known is
    None. path: groups that it belongs to by layer and name scope, outermost first. backward: added by `tf.gradients`;
    forward: then the op that it belongs to, as TensorFlow said, or None.
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
        """Of the first output."""
        return self.shapes[0] if self.shapes else None

    @property
    def dtype(self) -> str | None:
        """Of the first output; None for an op without one."""
        return self.dtypes[0] if self.dtypes else None


def find_helpers(ops: Sequence[GraphOp]) -> dict[str, str]:
    """Return the kind (of `HELPER_KINDS`) of each op that only serves others, by name."""
    found: dict[str, str] = {}
    for op in ops:  # in TensorFlow's order: inputs come first
        kind = _KIND_OF.get(op.type)
        if kind is None and op.type == "Placeholder" and op.dtype == "resource":
            kind = "variables"
        whole = bool(op.inputs) and bool(op.dtypes) and set(op.dtypes) <= _WHOLE
        # Arithmetic on sizes, such as a product of a shape's entries.
        if kind is None and whole and {found.get(op_of(tensor)) for tensor in op.inputs} <= _OF_SIZES:
            kind = "shapes"
        if kind is not None:
            found[op.id] = kind
    return found


def find_owners(ops: Sequence[GraphOp], hidden: Mapping[str, str]) -> dict[str, str | None]:
    """Return for each hidden op the shown op that it serves.

    That is the first one that uses it, also by way of other hidden ops; for one that nobody uses, the first that it
    uses; None where there is neither.
    """
    users: dict[str, list[str]] = {}
    for op in ops:
        for tensor in op.inputs:
            users.setdefault(op_of(tensor), []).append(op.id)
    by_name = {op.id: op for op in ops}
    found: dict[str, str | None] = {}
    for op in reversed(ops):  # whoever uses it comes later
        if op.id in hidden:
            found[op.id] = _first(users.get(op.id, ()), hidden, found)
    for op in ops:
        if op.id in hidden and found[op.id] is None:
            found[op.id] = _first((op_of(tensor) for tensor in by_name[op.id].inputs), hidden, found)
    return found


def _first(names: Iterable[str], hidden: Mapping[str, str], found: Mapping[str, str | None]) -> str | None:
    for name in names:
        served = found.get(name) if name in hidden else name
        if served is not None:
            return served
    return None


def find_forward_ops(ops: Sequence[GraphOp], owner: Mapping[str, str | None]) -> dict[str, str]:
    """Return for each backward op the shown forward op that it belongs to.

    TensorFlow says it of nearly all; where the op that it names is hidden, it is the one that this serves. What
    TensorFlow says nothing of belongs to the same as the ops around it.
    """
    backward = {op.id: op for op in ops if op.backward}
    found: dict[str, str] = {}
    for op in backward.values():
        if (forward := _shown_forward(op.forward, owner, backward)) is not None:
            found[op.id] = forward
    users: dict[str, list[str]] = {}
    for op in backward.values():
        for tensor in op.inputs:
            users.setdefault(op_of(tensor), []).append(op.id)
    waiting = [name for name in backward if name not in found]
    while waiting:
        left = []
        for name in waiting:
            near = [*users.get(name, ()), *(op_of(tensor) for tensor in backward[name].inputs)]
            forward = next((found[other] for other in near if other in found), None)
            if forward is None:
                left.append(name)
            else:
                found[name] = forward
        if len(left) == len(waiting):
            break
        waiting = left
    return found


def _shown_forward(name: str | None, owner: Mapping[str, str | None], backward: Mapping[str, GraphOp]) -> str | None:
    for _ in range(8):  # a hidden op of the backward pass serves a backward op, which has a forward op itself
        if name is None:
            return None
        if name in owner:
            name = owner[name]
        elif name in backward:
            name = backward[name].forward
        else:
            return name
    return None
