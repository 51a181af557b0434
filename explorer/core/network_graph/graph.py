"""A training graph in groups: every op in exactly one, hidden ops counted, backward ops with their forward ops."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from explorer.core.graph.op_graph import op_of
from explorer.core.network_graph.ops import KINDS, GraphOp, helpers, owners, paired

if TYPE_CHECKING:
    from explorer.core.network_graph.edge_index import GroupEdgeIndex

ROOT = ""
"""The container in which the outermost groups stand; it is no group itself."""


@dataclass(frozen=True)
class GraphLayer:
    """What Keras says of a group: its class, its parameters, the shape that it gives without the batch, and the name of
    its activation, "" for none.
    """

    kind: str
    parameters: int
    shape: tuple[int | None, ...] | None = None
    activation: str = ""


@dataclass(frozen=True)
class Group:
    """id: the names of its groups, outermost first, with / between. ops: all that are in it, hidden ones too."""

    id: str
    parent: str | None
    title: str
    kind: str
    ops: int
    parameters: int

    @property
    def depth(self) -> int:
        """0 for an outermost group."""
        return self.id.count("/")


@dataclass(frozen=True)
class GraphEdge:
    """One argument slot of a shown op: ``tensor`` of the shown op ``source`` goes into ``target``.

    Between them may be hidden ops, such as a cast. direct: there are none.
    """

    source: str
    target: str
    slot: int
    tensor: str
    direct: bool


@dataclass
class NetworkGraph:
    """model: its name. layers: by group id. Everything else follows from ``ops``, in TensorFlow's order."""

    model: str
    ops: tuple[GraphOp, ...]
    layers: Mapping[str, GraphLayer] = field(default_factory=dict)
    _crossings: dict[tuple[bool, bool], "GroupEdgeIndex"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _passed: tuple[int, bool, dict[str, list[tuple[int, int, str]]]] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @cached_property
    def by_name(self) -> dict[str, GraphOp]:
        """The ops by name."""
        return {op.id: op for op in self.ops}

    @cached_property
    def helper_kinds(self) -> dict[str, str]:
        """The kind of each op that is hidden."""
        return helpers(self.ops)

    @cached_property
    def owner(self) -> dict[str, str | None]:
        """The shown op that each hidden op serves."""
        return owners(self.ops, self.helper_kinds)

    @cached_property
    def forward(self) -> dict[str, str]:
        """The shown forward op of each backward op."""
        return paired(self.ops, self.owner)

    @cached_property
    def hidden(self) -> dict[str, int]:
        """How many ops of each kind are hidden."""
        counts = Counter(self.helper_kinds.values())
        return {kind: counts[kind] for kind in KINDS}

    @cached_property
    def edges(self) -> int:
        """How many argument slots there are."""
        return sum(len(op.inputs) for op in self.ops)

    @cached_property
    def shown(self) -> list[GraphOp]:
        """The ops that are not hidden."""
        return [op for op in self.ops if op.id not in self.helper_kinds]

    @cached_property
    def group_of(self) -> dict[str, str]:
        """The innermost group of each op: a backward op is where its forward op is, a hidden one where it serves."""
        found: dict[str, str] = {}
        for op in self.ops:
            name: str | None = op.id
            if op.id in self.forward:
                name = self.forward[op.id]
            elif op.id in self.helper_kinds:
                name = self.owner[op.id]
                name = self.forward.get(name, name) if name is not None else None
            path = self.by_name[name].path if name is not None else op.path
            found[op.id] = "/".join(path)
        return found

    @cached_property
    def backward_in(self) -> dict[str, int]:
        """How many ops of the backward pass are in each group."""
        counts: Counter[str] = Counter()
        for op in self.ops:
            if op.backward:
                counts[self.group_of[op.id]] += 1
        return self._summed(counts)

    @cached_property
    def groups(self) -> dict[str, Group]:
        """All groups by id, an outer one before those in it, in the order of their first op."""
        counts = self._summed(Counter(self.group_of[op.id] for op in self.ops))
        parameters = self._summed({name: layer.parameters for name, layer in self.layers.items()})
        made = {}
        for group in sorted(counts, key=lambda name: name.count("/")):
            parent, _, title = group.rpartition("/")
            layer = self.layers.get(group)
            kind = layer.kind if layer is not None else ""
            made[group] = Group(group, parent or None, title, kind, counts[group], parameters.get(group, 0))
        return made

    @staticmethod
    def _summed(counts: Mapping[str, int]) -> dict[str, int]:
        """What is counted in each group, with what is in the groups inside it; in the order in which they come."""
        found: dict[str, int] = {}
        for name, count in counts.items():
            for group in ancestry(name):
                found[group] = found.get(group, 0) + count
        return found

    @cached_property
    def slots(self) -> list[GraphEdge]:
        """The edges between shown ops of the forward pass, in TensorFlow's order."""
        return self._edges(frozenset(self.helper_kinds), backward=False)

    def _edges(self, hidden: frozenset[str], backward: bool) -> list[GraphEdge]:
        known: dict[str, list[tuple[str, str]]] = {}

        def sources(tensor: str) -> list[tuple[str, str]]:
            name = op_of(tensor)
            if name not in hidden:
                return [(name, tensor)]
            if name not in known:
                known[name] = []
                found = [pair for other in self.by_name[name].inputs for pair in sources(other)]
                known[name] = list(dict.fromkeys(found))
            return known[name]

        found = []
        for op in self.ops:
            if op.id in hidden or (op.backward and not backward):
                continue
            for slot, tensor in enumerate(op.inputs):
                direct = op_of(tensor) not in hidden
                found += [
                    GraphEdge(name, op.id, slot, through, direct)
                    for name, through in sources(tensor)
                    if backward or not self.by_name[name].backward
                ]
        return found

    @cached_property
    def exits(self) -> dict[str, str]:
        """The tensor that goes out of each group; of several the last that is made in it."""
        found: dict[str, str] = {}
        for edge in self.slots:
            inside = ancestry(self.group_of[edge.source])
            outside = set(ancestry(self.group_of[edge.target]))
            for group in inside:
                if group not in outside:
                    found[group] = edge.tensor
        return found

    def size_of(self, tensor: str) -> int:
        """Return how many numbers a tensor has, 0 where that is not known."""
        op, index = self.by_name[op_of(tensor)], int(tensor.partition(":")[2] or 0)
        shape = op.shapes[index] if index < len(op.shapes) else None
        return 0 if shape is None or None in shape else prod(size or 0 for size in shape)

    @cached_property
    def logits(self) -> frozenset[str]:
        """The groups out of which goes what also goes into a softmax inside: a loss of logits passes that by."""
        before = {
            (group, edge.tensor)
            for edge in self.slots
            if self.by_name[edge.target].type == "Softmax"
            for group in ancestry(self.group_of[edge.target])
        }
        return frozenset(group for group, tensor in self.exits.items() if (group, tensor) in before)

    @cached_property
    def weighed(self) -> frozenset[str]:
        """The forward ops at which what came in has met weights: before these there are pixels, but no units."""
        weights: set[str] = set()
        images: set[str] = set()
        for op in self.ops:  # in TensorFlow's order: inputs come first
            if op.backward:
                continue
            sources = {op_of(tensor) for tensor in op.inputs}
            if op.type == "ReadVariableOp" or sources & weights:
                weights.add(op.id)
            if (op.type == "Placeholder" and op.dtype != "resource") or sources & images:
                images.add(op.id)
        return frozenset(weights & images)

    def crossings(self, helpers_shown: bool, backward: bool) -> "GroupEdgeIndex":
        """Return the edges between shown ops; with helper ops, or with backward ops, where these are shown."""
        from explorer.core.network_graph.edge_index import crossings

        if (helpers_shown, backward) not in self._crossings:
            hidden = frozenset() if helpers_shown else frozenset(self.helper_kinds)
            edges = self._edges(hidden, backward) if helpers_shown or backward else self.slots
            self._crossings[helpers_shown, backward] = crossings(self, edges)
        return self._crossings[helpers_shown, backward]

    def passed(self, order: Mapping[str, int], helpers_shown: bool) -> dict[str, list[tuple[int, int, str]]]:
        """Return the ops in each innermost group by which the backward pass comes, the first ones first.

        order: the place of each in that pass. Each op with that place, and its place in ``order``: several may share
        the former.
        """
        if self._passed is None or self._passed[:2] != (id(order), helpers_shown):
            found: dict[str, list[tuple[int, int, str]]] = {}
            for k, (name, number) in enumerate(order.items()):
                if helpers_shown or name not in self.helper_kinds:
                    found.setdefault(self.group_of[name], []).append((number, k, name))
            for ops in found.values():
                ops.sort()
            self._passed = id(order), helpers_shown, found
        return self._passed[2]

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """The places of the ops in each innermost group, in TensorFlow's order."""
        found: dict[str, list[int]] = {}
        for number, op in enumerate(self.ops):
            found.setdefault(self.group_of[op.id], []).append(number)
        return found

    def level(self, number: int) -> frozenset[str]:
        """Return the groups that are open at a level: 0 none, 1 the outermost, and so on."""
        return frozenset(name for name, group in self.groups.items() if group.depth < number)

    @cached_property
    def levels(self) -> int:
        """The level at which everything is open."""
        return 1 + max((group.depth for group in self.groups.values()), default=-1)

    def opened(self, names: Sequence[str]) -> frozenset[str]:
        """Return groups with those that they are in: a group can only be seen open where these are. Raises KeyError."""
        unknown = [name for name in names if name not in self.groups]
        if unknown:
            raise KeyError(unknown[0])
        return frozenset(outer for name in names for outer in ancestry(name))

    @cached_property
    def searched(self) -> list[tuple[str, bool]]:
        """What is searched of each op; see `core.network.search`."""
        from explorer.core.network_graph.search import searched

        return searched(self)

    def get_ready(self) -> None:
        """Find out what a search wants to know, which the first one would have to wait for."""
        _ = self.searched

    @cached_property
    def alike(self) -> dict[str, tuple[str, ...]]:
        """The blocks that are made like each block, and itself; see `core.network.alike`."""
        from explorer.core.network_graph.repeated_blocks import alike

        return alike(self)

    def to_json(self) -> dict[str, Any]:
        """Return what ``graph --json`` prints; its names are a promise."""
        return {
            "model": self.model,
            "ops": len(self.ops),
            "edges": self.edges,
            "hidden": self.hidden,
            "groups": [
                {"id": group.id, "parent": group.parent, "ops": group.ops, "parameters": group.parameters}
                for group in self.groups.values()
            ],
            "nodes": [
                {
                    "id": op.id,
                    "type": op.type,
                    "group": self.group_of[op.id],
                    "forward": self.forward.get(op.id),
                    "inputs": list(op.inputs),
                    "shape": None if op.shape is None else list(op.shape),
                    "dtype": op.dtype,
                }
                for op in self.shown
            ],
        }


@lru_cache(maxsize=1 << 15)
def ancestry(group: str) -> tuple[str, ...]:
    """Return a group and those that it is in, outermost first."""
    parts = group.split("/")
    return tuple("/".join(parts[: k + 1]) for k in range(len(parts))) if group else ()
