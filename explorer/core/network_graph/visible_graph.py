"""What of a training graph is seen where some groups are open: boxes in containers, and bundles of edges."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from explorer.core.network_graph.edge_index import GroupEdgeIndex
from explorer.core.network_graph.graph import ROOT, GraphEdge, NetworkGraph, ancestry
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.thumbnails import is_picture

ENTRY, EXIT = ">", "<"
"""How the names of the ports of an open group begin: edges go in and out of it there."""


@dataclass(frozen=True, slots=True)
class VisibleNode:
    """kind: ``group`` (closed), ``open``, ``op``, ``helper``, ``backward``, ``entry`` or ``exit``.

    container: the open group that it stands in, `ROOT` for none. title: large. name: small, TensorFlow's or Keras's.
    beside: of a backward op, the forward op that it stands beside. ops, backward: of a group, how many ops are in it,
    and how many of these are of the backward pass. step: of the backward pass at this view, 0 where it has none.
    picture: what it gives can be looked at. logits: its numbers are those of `tensor`, not of the softmax in it.
    alike: so many blocks beside it are made like it, itself counted; 0 where there is no other.
    """

    id: str
    kind: str
    container: str
    title: str
    name: str
    tensor: str | None = None
    shape: tuple[int | None, ...] | None = None
    dtype: str | None = None
    parameters: int = 0
    ops: int = 0
    backward: int = 0
    beside: str | None = None
    step: int = 0
    picture: bool = False
    logits: bool = False
    alike: int = 0


@dataclass(frozen=True, slots=True)
class VisibleEdge:
    """A bundle of argument slots between two boxes of a container. kind: ``forward``, ``backward`` or ``uses``.

    count: of slots. tensors: what they carry, each once. slots: (op, slot) of each, by which its gradient is known.
    step: the step of the backward pass that brings its gradient, 0 for none.
    """

    container: str
    source: str
    target: str
    kind: str
    count: int
    tensors: tuple[str, ...]
    slots: tuple[tuple[str, int], ...]
    shape: tuple[int | None, ...] | None
    dtype: str | None
    step: int = 0

    @property
    def key(self) -> str:
        """Its name among the wires of a view."""
        return f"{self.source} {self.target} {self.kind}"

    @property
    def tensor(self) -> str:
        """The first of what it carries."""
        return self.tensors[0]


@dataclass(frozen=True)
class VisibleGraph:
    """nodes: an open group before what is in it. steps: boxes in the order of the backward pass.

    helpers, backward: whether such ops are boxes of their own. parts: those in which it came from another process.
    """

    nodes: tuple[VisibleNode, ...]
    wires: tuple[VisibleEdge, ...]
    open: tuple[str, ...]
    steps: tuple[str, ...] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    helpers: bool = False
    backward: bool = False
    parts: tuple[bytes, ...] = field(default=(), compare=False, repr=False)


def view(
    graph: NetworkGraph,
    opened: Collection[str],
    order: Mapping[str, int] | None = None,
    *,
    helpers: bool = False,
    backward: bool = False,
) -> VisibleGraph:
    """Return what is seen where the groups ``opened`` are open.

    order: at which place of TensorFlow's backward pass the gradient of each forward op was looked up; the steps follow
    from it. helpers, backward: show helper ops, or backward ops, as boxes of their own.
    """
    open_ = {name for name in opened if name in graph.groups and all(outer in opened for outer in ancestry(name))}
    places = _Places(graph, open_)
    steps = _steps(places, graph.passed(order, helpers)) if order else ()
    step_numbers = {name: number for number, name in enumerate(steps, 1)}
    bundles = _bundles(graph.crossings(helpers, backward), places)
    wires = tuple(_wire(graph, key, edges, places, step_numbers) for key, edges in bundles)
    nodes = _nodes(graph, places, wires, step_numbers, helpers, backward)
    shown_open = tuple(name for name in graph.groups if name in open_)
    return VisibleGraph(tuple(nodes), wires, shown_open, steps, graph.hidden, helpers, backward)


Route: TypeAlias = list[tuple[str, str, str]]
"""The container, the source and the target of each wire that an edge goes along."""


class _Places:
    """Where each op is seen: in the outermost closed group that it is in, or as itself."""

    def __init__(self, graph: NetworkGraph, opened: Collection[str]) -> None:
        self.graph = graph
        self.open = opened
        self._groups: dict[str, tuple[tuple[str, ...], bool]] = {}

    def of(self, group: str) -> tuple[tuple[str, ...], bool]:
        """The open groups around a group, the box by which it is seen at the end, and whether that one is closed.

        Where it is not, each op in it is a box of its own.
        """
        if group not in self._groups:
            found: list[str] = []
            for outer in ancestry(group):
                found.append(outer)
                if outer not in self.open:
                    break
            self._groups[group] = tuple(found), bool(found) and found[-1] not in self.open
        return self._groups[group]

    def seen(self, op: str) -> str:
        """The box by which an op is seen."""
        path, is_closed = self.of(self.graph.group_of[op])
        return path[-1] if is_closed else op


def _route(a: tuple[str, ...], b: tuple[str, ...], back: bool) -> Route:
    """Out of the groups that only the source of an edge is in, across, and into those of its target.

    a, b: groups outermost first, and at the end the box itself. ``back``: gradients come in where values go out.
    """
    entry, exit_ = (EXIT, ENTRY) if back else (ENTRY, EXIT)
    common = 0
    while common < min(len(a), len(b)) - 1 and a[common] == b[common]:
        common += 1
    across = a[common - 1] if common else ROOT
    out = [(a[k - 1], a[k], f"{exit_}{a[k - 1]}") for k in range(len(a) - 1, common, -1)]
    into = [(b[k - 1], f"{entry}{b[k - 1]}", b[k]) for k in range(common + 1, len(b))]
    return [*out, (across, a[common], b[common]), *into]


def _bundles(crossings: GroupEdgeIndex, places: _Places) -> list[tuple[tuple[str, str, str, str], list[GraphEdge]]]:
    """The edges along each wire: container, source, target and kind; in the order in which edges first come there."""
    found: dict[tuple[str, str, str, str], list[int]] = {}
    first: dict[tuple[str, str, str, str], tuple[int, int]] = {}

    def add(route: Route, kind: str, numbers: Sequence[int]) -> None:
        for station, (container, source, target) in enumerate(route):
            key = container, source, target, kind
            begins = numbers[0], station
            if key in found:
                found[key] += numbers
                first[key] = min(first[key], begins)
            else:
                found[key], first[key] = list(numbers), begins

    edges = crossings.edges
    for (source, target, kind), numbers in crossings.between.items():
        (a, a_closed), (b, b_closed) = places.of(source), places.of(target)
        if a_closed and b_closed:
            if a != b:  # else all of it is in one closed group
                add(_route(a, b, kind == "backward"), kind, numbers)
            continue
        for number in numbers:
            edge = edges[number]
            ends = a if a_closed else (*a, edge.source), b if b_closed else (*b, edge.target)
            add(_route(*ends, kind == "backward"), kind, (number,))
    return [(key, [edges[number] for number in sorted(found[key])]) for key in sorted(first, key=first.__getitem__)]


def _steps(places: _Places, passed: Mapping[str, Sequence[tuple[int, int, str]]]) -> tuple[str, ...]:
    """The boxes in the order in which the backward pass first comes to them; see `NetworkGraph.passed`."""
    first: dict[str, tuple[int, int]] = {}
    for group, ops in passed.items():
        path, is_closed = places.of(group)
        comes = [(path[-1], ops[0])] if is_closed else [(op[2], op) for op in ops]
        for box, (number, k, _) in comes:
            first[box] = min(first.get(box, (number, k)), (number, k))
    return tuple(sorted(first, key=first.__getitem__))


def _wire(
    graph: NetworkGraph,
    key: tuple[str, str, str, str],
    edges: list[GraphEdge],
    places: _Places,
    step_numbers: Mapping[str, int],
) -> VisibleEdge:
    container, source, target, kind = key
    tensors = list(dict.fromkeys(edge.tensor for edge in edges))
    op, index = _producer(graph, tensors[0])
    shape, dtype = (op.shapes[index], op.dtypes[index]) if index < len(op.shapes) else (None, None)
    slots = tuple((edge.target, edge.slot) for edge in edges if edge.direct)
    of = (graph.forward.get(edge.target, edge.target) for edge in edges)  # a backward op runs with its forward op
    step = max(step_numbers.get(places.seen(name), 0) for name in of)
    return VisibleEdge(container, source, target, kind, len(edges), tuple(tensors), slots, shape, dtype, step)


def _producer(graph: NetworkGraph, tensor: str) -> tuple[GraphOp, int]:
    name, _, index = tensor.partition(":")
    return graph.by_name[name], int(index or 0)


def _nodes(
    graph: NetworkGraph,
    places: _Places,
    wires: Collection[VisibleEdge],
    step_numbers: Mapping[str, int],
    helpers: bool,
    backward: bool,
) -> list[VisibleNode]:
    found: dict[str, VisibleNode] = {}
    inside = graph.backward_in
    comes: list[tuple[int, int, str]] = []  # at which op a group, or an op that is seen itself, first comes
    for group, numbers in graph.members.items():
        path, is_closed = places.of(group)
        comes += [(numbers[0], depth, name) for depth, name in enumerate(path)]
        if not is_closed:
            comes += [(number, len(path), "") for number in numbers]
    for number, depth, name in sorted(comes):
        op = graph.ops[number]
        path, _ = places.of(graph.group_of[op.id])
        container = path[depth - 1] if depth else ROOT
        if name and name not in found:
            box = graph.groups[name]
            kind = "open" if name in places.open else "group"
            found[name] = VisibleNode(
                name, kind, container, box.title, box.kind, graph.exits.get(name),
                parameters=box.parameters, ops=box.ops, logits=name in graph.logits,
                backward=inside.get(name, 0), step=step_numbers.get(name, 0), shape=_gives(graph, name),
                picture=kind == "group" and is_picture(_out_of(graph, name)), alike=len(graph.alike.get(name, ())),
            )  # fmt: skip
        elif not name and op.id not in found:
            hidden = op.id in graph.helper_kinds
            if (hidden and not helpers) or (op.backward and not backward):
                continue
            kind = "helper" if hidden else "backward" if op.backward else "op"
            found[op.id] = VisibleNode(
                op.id, kind, container, op.type, op.id.rpartition("/")[2], f"{op.id}:0" if op.shapes else None,
                op.shape, op.dtype, beside=graph.forward.get(op.id) if op.backward else None,
                step=step_numbers.get(op.id, 0), picture=kind == "op" and is_picture(op.shape),
            )  # fmt: skip
    ports: dict[str, VisibleNode] = {}
    for wire in wires:
        for name in (wire.source, wire.target):
            if name.startswith((ENTRY, EXIT)) and name not in ports:
                ports[name] = VisibleNode(name, "entry" if name.startswith(ENTRY) else "exit", wire.container, "", "")
    return [*found.values(), *ports.values()]


def _gives(graph: NetworkGraph, group: str) -> tuple[int | None, ...] | None:
    """The shape of what a group gives, without the batch."""
    layer, shape = graph.layers.get(group), _out_of(graph, group)
    if layer is not None:
        return layer.shape
    return shape[1:] if shape is not None and len(shape) > 1 else None


def _out_of(graph: NetworkGraph, group: str) -> tuple[int | None, ...] | None:
    """The shape of the tensor that goes out of a group."""
    if group not in graph.exits:
        return None
    op, index = _producer(graph, graph.exits[group])
    return op.shapes[index] if index < len(op.shapes) else None
