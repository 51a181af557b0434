"""What of a training graph is seen where some groups are open: boxes in containers, and bundles of edges."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from explorer.core.network.graph import ROOT, Edge, NetworkGraph, ancestry
from explorer.core.network.ops import Op
from explorer.core.network.tiles import is_picture

ENTRY, EXIT = ">", "<"
"""How the names of the ports of an open group begin: edges go in and out of it there."""

SAID = 4
"""So many tensors of a bundle are told one by one."""


@dataclass(frozen=True)
class Node:
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


@dataclass(frozen=True)
class Wire:
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
class View:
    """nodes: an open group before what is in it. steps: boxes in the order of the backward pass.

    helpers, backward: whether such ops are boxes of their own. parts: those in which it came from another process.
    """

    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    open: tuple[str, ...]
    steps: tuple[str, ...] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    helpers: bool = False
    backward: bool = False
    parts: tuple[bytes, ...] = field(default=(), compare=False, repr=False)


@dataclass
class _Bundle:
    edges: list[Edge] = field(default_factory=list)


def view(
    graph: NetworkGraph,
    opened: Collection[str],
    order: Mapping[str, int] | None = None,
    *,
    helpers: bool = False,
    backward: bool = False,
) -> View:
    """Return what is seen where the groups ``opened`` are open.

    order: at which place of TensorFlow's backward pass the gradient of each forward op was looked up; the steps follow
    from it. helpers, backward: show helper ops, or backward ops, as boxes of their own.
    """
    open_ = {name for name in opened if name in graph.groups and all(outer in opened for outer in ancestry(name))}
    places = _Places(graph, open_)
    bundles: dict[tuple[str, str, str, str], _Bundle] = {}
    for edge in graph.edges_with(helpers, backward):
        kind = _kind(graph, edge)
        for container, source, target in places.route(edge.source, edge.target, kind == "backward"):
            bundles.setdefault((container, source, target, kind), _Bundle()).edges.append(edge)
    shown = {op: number for op, number in (order or {}).items() if helpers or op not in graph.helper_kinds}
    steps = _steps(places, shown)
    at = {name: number for number, name in enumerate(steps, 1)}
    wires = tuple(_wire(graph, key, bundle.edges, places, at) for key, bundle in bundles.items())
    nodes = _nodes(graph, places, wires, at, helpers, backward)
    shown_open = tuple(name for name in graph.groups if name in open_)
    return View(tuple(nodes), wires, shown_open, steps, graph.hidden, helpers, backward)


class _Places:
    """Where each op is seen: in the outermost closed group that it is in, or as itself."""

    def __init__(self, graph: NetworkGraph, opened: Collection[str]) -> None:
        self.graph = graph
        self.open = opened
        self._paths: dict[str, tuple[tuple[str, ...], bool]] = {}

    def path(self, op: str) -> tuple[str, ...]:
        """The open groups that an op is in, and at the end the box by which it is seen.

        Of all ops in one closed group it is the same object.
        """
        group = self.graph.group_of[op]
        if group not in self._paths:
            found: list[str] = []
            for outer in ancestry(group):
                found.append(outer)
                if outer not in self.open:
                    break
            self._paths[group] = tuple(found), found[-1] not in self.open
        path, is_closed = self._paths[group]
        return path if is_closed else (*path, op)

    def seen(self, op: str) -> str:
        """The box by which an op is seen."""
        return self.path(op)[-1]

    def route(self, source: str, target: str, back: bool) -> list[tuple[str, str, str]]:
        """The wires of an edge: out of the groups that only its source is in, across, and into those of its target.

        ``back``: gradients come in where values go out.
        """
        entry, exit_ = (EXIT, ENTRY) if back else (ENTRY, EXIT)
        a, b = self.path(source), self.path(target)
        if a is b or (a == b and a[-1] not in (source, target)):
            return []  # both in one closed group
        common = 0
        while common < min(len(a), len(b)) - 1 and a[common] == b[common]:
            common += 1
        across = a[common - 1] if common else ROOT
        out = [(a[k - 1], a[k], f"{exit_}{a[k - 1]}") for k in range(len(a) - 1, common, -1)]
        into = [(b[k - 1], f"{entry}{b[k - 1]}", b[k]) for k in range(common + 1, len(b))]
        return [*out, (across, a[common], b[common]), *into]


def _kind(graph: NetworkGraph, edge: Edge) -> str:
    from_backward, to_backward = graph.by_name[edge.source].backward, graph.by_name[edge.target].backward
    if from_backward:  # also into a copy of it that the function gives back
        return "backward"
    return "uses" if to_backward else "forward"


def _steps(places: _Places, order: Mapping[str, int]) -> tuple[str, ...]:
    """The boxes in the order in which the backward pass first comes to them."""
    first: dict[str, int] = {}
    for op, number in order.items():
        box = places.seen(op)
        first[box] = min(first.get(box, number), number)
    return tuple(sorted(first, key=first.__getitem__))


def _wire(
    graph: NetworkGraph,
    key: tuple[str, str, str, str],
    edges: list[Edge],
    places: _Places,
    at: Mapping[str, int],
) -> Wire:
    container, source, target, kind = key
    tensors = list(dict.fromkeys(edge.tensor for edge in edges))
    op, index = _producer(graph, tensors[0])
    shape, dtype = (op.shapes[index], op.dtypes[index]) if index < len(op.shapes) else (None, None)
    slots = tuple((edge.target, edge.slot) for edge in edges if edge.direct)
    of = (graph.forward.get(edge.target, edge.target) for edge in edges)  # a backward op runs with its forward op
    step = max(at.get(places.seen(name), 0) for name in of)
    return Wire(container, source, target, kind, len(edges), tuple(tensors), slots, shape, dtype, step)


def _producer(graph: NetworkGraph, tensor: str) -> tuple[Op, int]:
    name, _, index = tensor.partition(":")
    return graph.by_name[name], int(index or 0)


def _nodes(
    graph: NetworkGraph, places: _Places, wires: Collection[Wire], at: Mapping[str, int], helpers: bool, backward: bool
) -> list[Node]:
    found: dict[str, Node] = {}
    inside = graph.backward_in
    done: set[int] = set()
    for op in graph.ops:
        path = places.path(op.id)
        if id(path) in done:
            continue
        if path[-1] != op.id:
            done.add(id(path))  # a closed group; its path is kept, so no other can have its number
        hidden = op.id in graph.helper_kinds
        for k, name in enumerate(path):
            container = path[k - 1] if k else ROOT
            if name in found or (name == op.id and ((hidden and not helpers) or (op.backward and not backward))):
                continue
            if name in graph.groups and name != op.id:
                box = graph.groups[name]
                kind = "open" if name in places.open else "group"
                found[name] = Node(
                    name, kind, container, box.title, box.kind, graph.exits.get(name),
                    parameters=box.parameters, ops=box.ops, logits=name in graph.logits,
                    backward=inside.get(name, 0), step=at.get(name, 0), shape=_gives(graph, name),
                    picture=kind == "group" and is_picture(_out_of(graph, name)), alike=len(graph.alike.get(name, ())),
                )  # fmt: skip
            elif name == op.id:
                kind = "helper" if hidden else "backward" if op.backward else "op"
                beside = graph.forward.get(op.id) if op.backward else None
                tensor = f"{op.id}:0" if op.shapes else None
                found[name] = Node(
                    name, kind, container, op.type, op.id.rpartition("/")[2], tensor, op.shape, op.dtype,
                    beside=beside, step=at.get(name, 0),
                    picture=kind == "op" and is_picture(op.shape),
                )  # fmt: skip
    ports: dict[str, Node] = {}
    for wire in wires:
        for name in (wire.source, wire.target):
            if name.startswith((ENTRY, EXIT)) and name not in ports:
                ports[name] = Node(name, "entry" if name.startswith(ENTRY) else "exit", wire.container, "", "")
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
