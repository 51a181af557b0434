"""A training graph in groups: every op is in exactly one group, and backward ops are grouped with their forward ops."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import prod
from typing import Any

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.ops import HELPER_KINDS, GraphOp, find_forward_ops, find_helpers, find_owners

ROOT = ""
"""Container of the outermost groups; it is not itself a group."""


@dataclass(frozen=True)
class GraphLayer:
    """A Keras layer that is a group of the graph.

    Parameters
    ----------
    kind : class of the layer.
    parameters : number of its parameters.
    shape : output shape without the batch, None where it is unknown.
    activation : name of its activation, "" for none.
    settings : what it was configured with, such as strides or a rate, without names and initial values; a text to be
        compared with those of others.
    """

    kind: str
    parameters: int
    shape: tuple[int | None, ...] | None = None
    activation: str = ""
    settings: str = ""


@dataclass(frozen=True)
class Group:
    """A group of ops.

    Parameters
    ----------
    id : titles of the groups around it and its own, outermost first, joined by "/".
    parent : id of the group around it, None for an outermost group.
    kind : class of its Keras layer, "" where it is none.
    ops : number of ops in it, hidden ones and those of nested groups included.
    parameters : number of parameters in it, those of nested groups included.
    """

    id: str
    parent: str | None
    title: str
    kind: str
    ops: int
    parameters: int

    @property
    def depth(self) -> int:
        """Number of groups around it."""
        return self.id.count("/")


@dataclass(frozen=True)
class GraphEdge:
    """One argument slot of a shown op: ``tensor`` of the shown op ``source`` is input number ``slot`` of ``target``.

    ``direct`` is False where hidden ops, such as a cast, lie between the two.
    """

    source: str
    target: str
    slot: int
    tensor: str
    direct: bool


@dataclass
class NetworkGraph:
    """The training graph of a network.

    Parameters
    ----------
    model : name of the network.
    ops : all ops in TensorFlow's order, in which the forward ops come before those that use them.
    layers : Keras layers by group id.

    Everything else is derived from these, each at its first use.
    """

    model: str
    ops: tuple[GraphOp, ...]
    layers: Mapping[str, GraphLayer] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, GraphOp]:
        """The ops by name."""
        return {op.id: op for op in self.ops}

    @cached_property
    def helper_kinds(self) -> dict[str, str]:
        """The kind of each helper op, one of `HELPER_KINDS`. Helper ops are hidden unless the user asks for them."""
        return find_helpers(self.ops)

    @cached_property
    def owner_of(self) -> dict[str, str | None]:
        """The shown op that each helper op serves."""
        return find_owners(self.ops, self.helper_kinds)

    @cached_property
    def forward_op_of(self) -> dict[str, str]:
        """The shown forward op of each backward op."""
        return find_forward_ops(self.ops, self.owner_of)

    @cached_property
    def hidden_counts(self) -> dict[str, int]:
        """Number of helper ops of each kind."""
        counts = Counter(self.helper_kinds.values())
        return {kind: counts[kind] for kind in HELPER_KINDS}

    @cached_property
    def edge_count(self) -> int:
        """Number of argument slots of all ops."""
        return sum(len(op.inputs) for op in self.ops)

    @cached_property
    def shown_ops(self) -> list[GraphOp]:
        """The ops that are not helpers."""
        return [op for op in self.ops if op.id not in self.helper_kinds]

    @cached_property
    def group_of(self) -> dict[str, str]:
        """The innermost group of each op: of a backward op that of its forward op, of a helper that of its owner."""
        groups: dict[str, str] = {}
        for op in self.ops:
            name: str | None = op.id
            if op.id in self.forward_op_of:
                name = self.forward_op_of[op.id]
            elif op.id in self.helper_kinds:
                name = self.owner_of[op.id]
                name = self.forward_op_of.get(name, name) if name is not None else None
            path = self.by_name[name].path if name is not None else op.path
            groups[op.id] = "/".join(path)
        return groups

    def layer_of(self, op: str) -> str:
        """Return the name of the innermost layer around an op, "" where there is none."""
        layers = [group for group in ancestry(self.group_of.get(op, "")) if group in self.layers]
        return layers[-1].rpartition("/")[2] if layers else ""

    @cached_property
    def backward_op_counts(self) -> dict[str, int]:
        """Number of backward ops in each group."""
        counts: Counter[str] = Counter()
        for op in self.ops:
            if op.backward:
                counts[self.group_of[op.id]] += 1
        return _add_up_groups(counts)

    @cached_property
    def groups(self) -> dict[str, Group]:
        """All groups by id, an outer group before those in it, else in the order of their first op."""
        counts = _add_up_groups(Counter(self.group_of[op.id] for op in self.ops))
        parameters = _add_up_groups({name: layer.parameters for name, layer in self.layers.items()})
        groups = {}
        for group in sorted(counts, key=lambda name: name.count("/")):
            parent, _, title = group.rpartition("/")
            layer = self.layers.get(group)
            kind = layer.kind if layer is not None else ""
            groups[group] = Group(group, parent or None, title, kind, counts[group], parameters.get(group, 0))
        return groups

    @cached_property
    def forward_edges(self) -> list[GraphEdge]:
        """The edges between shown ops of the forward pass, in TensorFlow's order."""
        return self._find_edges(frozenset(self.helper_kinds), backward=False)

    def edges_between_shown(self, helpers: bool, backward: bool) -> list[GraphEdge]:
        """Return the edges between shown ops in TensorFlow's order.

        ``helpers`` and ``backward`` say whether helper ops and backward ops are shown.
        """
        if not helpers and not backward:
            return self.forward_edges
        return self._find_edges(frozenset() if helpers else frozenset(self.helper_kinds), backward)

    def _find_edges(self, hidden: frozenset[str], backward: bool) -> list[GraphEdge]:
        sources_of_hidden: dict[str, list[tuple[str, str]]] = {}

        def sources(tensor: str) -> list[tuple[str, str]]:
            """Return the shown ops from which a tensor comes, each with the tensor that leaves it."""
            name = op_of(tensor)
            if name not in hidden:
                return [(name, tensor)]
            if name not in sources_of_hidden:
                sources_of_hidden[name] = []
                found = [pair for other in self.by_name[name].inputs for pair in sources(other)]
                sources_of_hidden[name] = list(dict.fromkeys(found))
            return sources_of_hidden[name]

        edges = []
        for op in self.ops:
            if op.id in hidden or (op.backward and not backward):
                continue
            for slot, tensor in enumerate(op.inputs):
                direct = op_of(tensor) not in hidden
                edges += [
                    GraphEdge(name, op.id, slot, output, direct)
                    for name, output in sources(tensor)
                    if backward or not self.by_name[name].backward
                ]
        return edges

    @cached_property
    def group_outputs(self) -> dict[str, str]:
        """The tensor that leaves each group; where there are several, the one that is made last."""
        outputs: dict[str, str] = {}
        for edge in self.forward_edges:
            inside = ancestry(self.group_of[edge.source])
            outside = set(ancestry(self.group_of[edge.target]))
            for group in inside:
                if group not in outside:
                    outputs[group] = edge.tensor
        return outputs

    def tensor_size(self, tensor: str) -> int:
        """Return the number of elements of a tensor, 0 where it is unknown."""
        op, index = self.by_name[op_of(tensor)], int(tensor.partition(":")[2] or 0)
        shape = op.shapes[index] if index < len(op.shapes) else None
        return 0 if shape is None or None in shape else prod(size or 0 for size in shape)

    @cached_property
    def logit_groups(self) -> frozenset[str]:
        """The groups whose output is also the input of a softmax in them: a loss from logits bypasses the softmax."""
        softmax_inputs = {
            (group, edge.tensor)
            for edge in self.forward_edges
            if self.by_name[edge.target].type == "Softmax"
            for group in ancestry(self.group_of[edge.target])
        }
        return frozenset(group for group, tensor in self.group_outputs.items() if (group, tensor) in softmax_inputs)

    @cached_property
    def unit_ops(self) -> frozenset[str]:
        """The forward ops that depend on both inputs and weights: the outputs of others are pixels, not units."""
        from_weights: set[str] = set()
        from_inputs: set[str] = set()
        for op in self.ops:  # in TensorFlow's order inputs come first
            if op.backward:
                continue
            sources = {op_of(tensor) for tensor in op.inputs}
            if op.type == "ReadVariableOp" or sources & from_weights:
                from_weights.add(op.id)
            if (op.type == "Placeholder" and op.dtype != "resource") or sources & from_inputs:
                from_inputs.add(op.id)
        return frozenset(from_weights & from_inputs)

    @cached_property
    def op_indices(self) -> dict[str, list[int]]:
        """Indices in ``ops`` of the ops of each innermost group."""
        indices: dict[str, list[int]] = {}
        for index, op in enumerate(self.ops):
            indices.setdefault(self.group_of[op.id], []).append(index)
        return indices

    def open_at_level(self, level: int) -> frozenset[str]:
        """Return the groups that are open at a level: 0 for none, 1 for the outermost ones, and so on."""
        return frozenset(name for name, group in self.groups.items() if group.depth < level)

    @cached_property
    def max_level(self) -> int:
        """The level at which all groups are open."""
        return 1 + max((group.depth for group in self.groups.values()), default=-1)

    def with_ancestors(self, names: Sequence[str]) -> frozenset[str]:
        """Return groups and those around them, which must be open for the groups to be seen open.

        Raises
        ------
        KeyError : if a name is not that of a group; its argument is the name.
        """
        unknown = [name for name in names if name not in self.groups]
        if unknown:
            raise KeyError(unknown[0])
        return frozenset(outer for name in names for outer in ancestry(name))

    def to_json(self) -> dict[str, Any]:
        """Return what ``graph --json`` prints; its keys are a public interface."""
        return {
            "model": self.model,
            "ops": len(self.ops),
            "edges": self.edge_count,
            "hidden": self.hidden_counts,
            "groups": [
                {"id": group.id, "parent": group.parent, "ops": group.ops, "parameters": group.parameters}
                for group in self.groups.values()
            ],
            "nodes": [
                {
                    "id": op.id,
                    "type": op.type,
                    "group": self.group_of[op.id],
                    "forward": self.forward_op_of.get(op.id),
                    "inputs": list(op.inputs),
                    "shape": None if op.shape is None else list(op.shape),
                    "dtype": op.dtype,
                }
                for op in self.shown_ops
            ],
        }


@lru_cache(maxsize=1 << 15)
def ancestry(group: str) -> tuple[str, ...]:
    """Return the groups around a group and itself, outermost first."""
    titles = group.split("/")
    return tuple("/".join(titles[: k + 1]) for k in range(len(titles))) if group else ()


def _add_up_groups(counts: Mapping[str, int]) -> dict[str, int]:
    """Add the counts of groups to those of the groups around them."""
    totals: dict[str, int] = {}
    for name, count in counts.items():
        for group in ancestry(name):
            totals[group] = totals.get(group, 0) + count
    return totals
