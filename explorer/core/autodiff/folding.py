"""Which ops a concept folds into others: pure functions of TensorFlow's forward graph.

Several ops that compute one function of the op table are shown as one (``W @ x`` is ExpandDims, MatMul and Squeeze);
so are ops that only change a shape, and constants that only say how an op works, such as the axes of a sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.core.autodiff.trace import GraphNode, op_of
from explorer.core.autodiff.visible_steps import SOURCE_TYPES
from explorer.core.ops.table import is_elementwise

RESHAPE_TYPES = frozenset({"ExpandDims", "Squeeze", "Reshape", "Identity"})
"""Types of ops that keep all entries and at most change the shape."""

REPEAT_TYPES = frozenset({"Tile", "BroadcastTo"})
"""Types of ops that repeat entries."""

_GIVEN_TYPES = SOURCE_TYPES | {"Fill"}
"""Types of ops that a concept shows as an input or a constant; a Fill repeats a constant."""


@dataclass(frozen=True)
class FunctionGroup:
    """The ops that TensorFlow built for one function of the op table.

    function: its name. main: the op that stands for them. members: all of them. arguments: tensors, as typed.
    """

    function: str
    main: str
    members: tuple[str, ...]
    arguments: tuple[str, ...]


def is_parameter(node: GraphNode) -> bool:
    """Whether an op only says how others work: a shape, an axis, a permutation."""
    return node.dtype.startswith(("int", "uint"))


def owners(nodes: Sequence[GraphNode]) -> dict[str, str]:
    """Return for each op the op by which a concept shows it, itself if it is not folded."""
    found = {node.id: node.part_of or node.id for node in nodes}
    for node in nodes:
        while (owner := found[node.id]) != found.get(owner, owner):
            found[node.id] = found[owner]
    return found


def entry_sources(nodes: Sequence[GraphNode]) -> dict[str, str | None]:
    """Return for each tensor that only reshapes an input of its group, that input; None for a parameter of an op."""
    owner = owners(nodes)
    sources: dict[str, str | None] = {}
    for node in nodes:
        if owner[node.id] == node.id:
            continue
        if is_parameter(node):
            sources[node.tensor] = None
        elif node.type in RESHAPE_TYPES:
            before = node.inputs[0]
            if before in sources or owner.get(op_of(before)) != owner[node.id]:
                sources[node.tensor] = sources.get(before, before)
    return sources


def fold_ops(nodes: Sequence[GraphNode], groups: Sequence[FunctionGroup], output: str) -> list[GraphNode]:
    """Return the nodes with `GraphNode.part_of` where an op is folded into another one.

    groups: what was built for one function each. output: the tensor of the output, which is never hidden.
    """
    folded = {node.id: node for node in nodes}
    for group in groups:
        _fold_group(folded, group, output)
    users = _users(nodes)
    variable = _dependents(nodes)
    for node in nodes:
        if folded[node.id].part_of is None and (target := _served_op(node, folded, users, variable, output)):
            folded[node.id] = replace(folded[node.id], part_of=target)
    return [folded[node.id] for node in nodes]


def _fold_group(folded: dict[str, GraphNode], group: FunctionGroup, output: str) -> None:
    """Fold a group, unless an inner result is used outside of it, as gradients of gradients do."""
    members = [name for name in group.members if name in folded]
    if group.main not in members or len(members) < 2:
        return
    before = {name: folded[name] for name in members}
    for name in members:
        if name == group.main:
            folded[name] = replace(before[name], function=group.function, arguments=group.arguments)
        else:
            folded[name] = replace(before[name], part_of=group.main)
    hidden = entry_sources([folded[name] for name in members])
    used = {tensor for node in folded.values() if node.id not in before for tensor in node.inputs} | {output}
    if len([name for name in members if f"{name}:0" in used and f"{name}:0" not in hidden]) > 1:
        folded.update(before)


def _served_op(
    node: GraphNode,
    folded: Mapping[str, GraphNode],
    users: Mapping[str, Sequence[GraphNode]],
    variable: frozenset[str],
    output: str,
) -> str | None:
    """Return the op into which ``node`` is folded, or None if it is shown."""
    consumers = [] if node.tensor == output else users.get(node.tensor, [])
    if is_parameter(node) or (node.type == "Const" and {each.type for each in consumers} == {"Fill"}):
        return consumers[0].id if consumers else None
    if node.type not in RESHAPE_TYPES | REPEAT_TYPES:
        return None
    source = folded.get(op_of(node.inputs[0]))
    has_own_source = source is not None and len(users[node.inputs[0]]) == 1
    if node.id not in variable:
        root = source
        while root is not None and root.part_of is not None:
            root = folded[root.part_of]
        return root.id if root is not None and root.type in _GIVEN_TYPES and has_own_source else None
    if node.type in REPEAT_TYPES:
        return None
    into_consumer = consumers[0].id if consumers and all(_takes_any_shape(each) for each in consumers) else None
    into_source = source.id if source is not None and has_own_source and _takes_any_shape(source) else None
    grows = source is None or len(node.shape or ()) >= len(source.shape or ())
    return into_consumer or into_source if grows else into_source or into_consumer


def _takes_any_shape(node: GraphNode) -> bool:
    """Whether a reshaped input or output leaves the rule of an op true: no entry has a local derivative of its own."""
    return node.type not in _GIVEN_TYPES and not is_elementwise(node.type)


def _users(nodes: Sequence[GraphNode]) -> dict[str, list[GraphNode]]:
    users: dict[str, list[GraphNode]] = {}
    for node in nodes:
        for tensor in node.inputs:
            users.setdefault(tensor, []).append(node)
    return users


def _dependents(nodes: Sequence[GraphNode]) -> frozenset[str]:
    """Return the placeholders and all ops that depend on one."""
    found: set[str] = set()
    for node in nodes:
        if node.type == "Placeholder" or any(op_of(tensor) in found for tensor in node.inputs):
            found.add(node.id)
    return frozenset(found)
