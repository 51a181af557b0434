"""What is visible of a training graph where some groups are open: boxes in containers, and bundles of edges."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from explorer.core.network_graph.edge_index import GroupEdgeIndex, index_group_edges
from explorer.core.network_graph.graph import ROOT, GraphEdge, NetworkGraph, ancestry
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.repeated_blocks import find_repeated_blocks
from explorer.core.network_graph.thumbnails import has_thumbnails

ENTRY_PREFIX, EXIT_PREFIX = ">", "<"
"""First characters of the ids of an open group's ports, through which edges enter and leave its frame."""


@dataclass(frozen=True, slots=True)
class VisibleNode:
    """A box of the visible graph.

    Parameters
    ----------
    id : id of the group, name of the op, or a port's prefix and its group's id.
    kind : "group" (closed), "open", "op", "helper", "backward", "entry" or "exit".
    container : id of the open group around it, `ROOT` for none.
    title : type of the op, or last part of the group's id.
    name : last part of the op's name, or Keras's class of the group.
    tensor : the tensor that it outputs, None where there is none.
    shape : of that tensor, for groups without the batch.
    dtype : of that tensor, for ops only.
    parameters : of a group, number of its parameters.
    ops, backward : of a group, number of ops in it and of backward ops among them.
    beside : of a backward op, the forward op beside which it stands.
    step : step of the backward pass in this view that reaches it, 0 for none.
    has_thumbnails : whether its output can be shown as images.
    logits : whether ``tensor`` are logits, and not the output of the softmax in the group.
    repeat_count : number of repeated blocks with its structure, itself included; 0 where there is no other.
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
    has_thumbnails: bool = False
    logits: bool = False
    repeat_count: int = 0


@dataclass(frozen=True, slots=True)
class VisibleEdge:
    """A bundle of edges between two boxes of one container.

    Parameters
    ----------
    kind : "forward", "backward", or "uses" (a forward value that a backward op uses).
    count : number of argument slots in the bundle.
    tensors : the tensors that it carries, each once.
    slots : (op, slot) of each edge without hidden ops on its way; they identify the gradients that come back.
    shape, dtype : of the first tensor.
    step : step of the backward pass that brings its gradient, 0 for none.
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
        """Unique name among the edges of a visible graph."""
        return f"{self.source} {self.target} {self.kind}"

    @property
    def tensor(self) -> str:
        """The first tensor that it carries."""
        return self.tensors[0]


@dataclass(frozen=True)
class VisibleGraph:
    """The boxes and edges that are visible.

    Parameters
    ----------
    nodes : boxes, an open group before those in it.
    open : the open groups, an outer one before those in it.
    steps : boxes in the order in which the backward pass reaches them.
    hidden : number of helper ops of each kind in the whole graph.
    helpers, backward : whether helper ops and backward ops are boxes.
    chunks : those in which it came from another process, empty where it did not.
    """

    nodes: tuple[VisibleNode, ...]
    edges: tuple[VisibleEdge, ...]
    open: tuple[str, ...]
    steps: tuple[str, ...] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    helpers: bool = False
    backward: bool = False
    chunks: tuple[bytes, ...] = field(default=(), compare=False, repr=False)


def build_visible_graph(
    graph: NetworkGraph,
    opened: Collection[str],
    order: Mapping[str, int] | None = None,
    *,
    helpers: bool = False,
    backward: bool = False,
) -> VisibleGraph:
    """Return what is visible of a graph; for several views of one graph a `VisibleGraphBuilder` is quicker."""
    return VisibleGraphBuilder(graph, order).build(opened, helpers=helpers, backward=backward)


_GroupOps: TypeAlias = dict[str, list[tuple[int, int, str]]]
"""By innermost group: (position in the backward pass, index in the order, name) of its ops, the earliest first."""


class VisibleGraphBuilder:
    """Builds visible graphs of one graph, and keeps the indexes that they share.

    Parameters
    ----------
    order : position in TensorFlow's backward pass at which the gradient function of each forward op was looked up, from
        which the steps follow; several ops may share a position. None for no steps.
    """

    def __init__(self, graph: NetworkGraph, order: Mapping[str, int] | None = None) -> None:
        self._graph = graph
        self._order = order or {}
        self._group_edges: dict[tuple[bool, bool], GroupEdgeIndex] = {}
        self._backward_order: dict[bool, _GroupOps] = {}

    @cached_property
    def repeated_blocks(self) -> dict[str, tuple[str, ...]]:
        """All blocks with the structure of each repeated block; see `find_repeated_blocks`."""
        return find_repeated_blocks(self._graph)

    def build(self, opened: Collection[str], *, helpers: bool = False, backward: bool = False) -> VisibleGraph:
        """Return what is visible where the groups ``opened`` are open.

        A group is open only where all groups around it are; unknown names are ignored. ``helpers`` and ``backward``
        show helper ops and backward ops as boxes.
        """
        graph = self._graph
        open_ = {name for name in opened if name in graph.groups and all(outer in opened for outer in ancestry(name))}
        boxes = _Boxes(graph, open_)
        steps = _steps(boxes, self._ops_in_backward_order(helpers)) if self._order else ()
        step_of = {name: step for step, name in enumerate(steps, 1)}
        bundles = _bundles(self._edges_by_group(helpers, backward), boxes)
        edges = tuple(_visible_edge(graph, key, bundle, boxes, step_of) for key, bundle in bundles)
        nodes = _visible_nodes(graph, boxes, step_of, self.repeated_blocks, helpers, backward)
        ports = _ports(edges)
        open_in_order = tuple(name for name in graph.groups if name in open_)
        return VisibleGraph((*nodes, *ports), edges, open_in_order, steps, graph.hidden_counts, helpers, backward)

    def _edges_by_group(self, helpers: bool, backward: bool) -> GroupEdgeIndex:
        if (helpers, backward) not in self._group_edges:
            edges = self._graph.edges_between_shown(helpers, backward)
            self._group_edges[helpers, backward] = index_group_edges(self._graph, edges)
        return self._group_edges[helpers, backward]

    def _ops_in_backward_order(self, helpers: bool) -> _GroupOps:
        if helpers not in self._backward_order:
            groups: _GroupOps = {}
            for index, (name, position) in enumerate(self._order.items()):
                if helpers or name not in self._graph.helper_kinds:
                    groups.setdefault(self._graph.group_of[name], []).append((position, index, name))
            for ops in groups.values():
                ops.sort()
            self._backward_order[helpers] = groups
        return self._backward_order[helpers]


class _Boxes:
    """The box that stands for each op: the outermost closed group around it, or itself."""

    def __init__(self, graph: NetworkGraph, opened: Collection[str]) -> None:
        self._graph = graph
        self.open = opened
        self._paths: dict[str, tuple[tuple[str, ...], bool]] = {}

    def path_to(self, group: str) -> tuple[tuple[str, ...], bool]:
        """Return the open groups around an innermost group, ending with its box, and whether that box is closed.

        In a group that is not closed each op is a box.
        """
        if group not in self._paths:
            path: list[str] = []
            for outer in ancestry(group):
                path.append(outer)
                if outer not in self.open:
                    break
            self._paths[group] = tuple(path), bool(path) and path[-1] not in self.open
        return self._paths[group]

    def box_of(self, op: str) -> str:
        """Return the id of the box that stands for an op."""
        path, is_closed = self.path_to(self._graph.group_of[op])
        return path[-1] if is_closed else op


_Route: TypeAlias = list[tuple[str, str, str]]
"""Container, source and target of each visible edge on the way of an edge."""


def _route(source: tuple[str, ...], target: tuple[str, ...], backward: bool) -> _Route:
    """Return the way of an edge: out of the groups around its source only, across, and into those around its target.

    ``source`` and ``target`` are the groups around each end, outermost first, and the box at the end. Gradients
    (``backward``) enter a group where values leave it.
    """
    entry, exit_ = (EXIT_PREFIX, ENTRY_PREFIX) if backward else (ENTRY_PREFIX, EXIT_PREFIX)
    common = 0
    while common < min(len(source), len(target)) - 1 and source[common] == target[common]:
        common += 1
    container = source[common - 1] if common else ROOT
    out = [(source[k - 1], source[k], f"{exit_}{source[k - 1]}") for k in range(len(source) - 1, common, -1)]
    into = [(target[k - 1], f"{entry}{target[k - 1]}", target[k]) for k in range(common + 1, len(target))]
    return [*out, (container, source[common], target[common]), *into]


_EdgeKey: TypeAlias = tuple[str, str, str, str]
"""Container, source, target and kind of a visible edge."""


def _bundles(index: GroupEdgeIndex, boxes: _Boxes) -> list[tuple[_EdgeKey, list[GraphEdge]]]:
    """Return the edges in each visible edge, in the order in which their first edges come."""
    bundles: dict[_EdgeKey, list[int]] = {}
    first: dict[_EdgeKey, tuple[int, int]] = {}

    def add(route: _Route, kind: str, indices: Sequence[int]) -> None:
        for station, (container, source, target) in enumerate(route):
            key = container, source, target, kind
            begins = indices[0], station
            if key in bundles:
                bundles[key] += indices
                first[key] = min(first[key], begins)
            else:
                bundles[key], first[key] = list(indices), begins

    edges = index.edges
    for (source_group, target_group, kind), indices in index.between.items():
        source, source_closed = boxes.path_to(source_group)
        target, target_closed = boxes.path_to(target_group)
        if source_closed and target_closed:
            if source != target:  # edges within one closed group are not visible
                add(_route(source, target, kind == "backward"), kind, indices)
            continue
        for k in indices:
            edge = edges[k]
            ends = (
                source if source_closed else (*source, edge.source),
                target if target_closed else (*target, edge.target),
            )
            add(_route(*ends, kind == "backward"), kind, (k,))
    return [(key, [edges[k] for k in sorted(bundles[key])]) for key in sorted(first, key=first.__getitem__)]


def _steps(boxes: _Boxes, backward_order: _GroupOps) -> tuple[str, ...]:
    """Return the boxes in the order in which the backward pass first reaches them."""
    first: dict[str, tuple[int, int]] = {}
    for group, ops in backward_order.items():
        path, is_closed = boxes.path_to(group)
        reached = [(path[-1], ops[0])] if is_closed else [(op[2], op) for op in ops]
        for box, (position, index, _) in reached:
            first[box] = min(first.get(box, (position, index)), (position, index))
    return tuple(sorted(first, key=first.__getitem__))


def _visible_edge(
    graph: NetworkGraph, key: _EdgeKey, edges: list[GraphEdge], boxes: _Boxes, step_of: Mapping[str, int]
) -> VisibleEdge:
    container, source, target, kind = key
    tensors = list(dict.fromkeys(edge.tensor for edge in edges))
    op, index = _producer(graph, tensors[0])
    shape, dtype = (op.shapes[index], op.dtypes[index]) if index < len(op.shapes) else (None, None)
    slots = tuple((edge.target, edge.slot) for edge in edges if edge.direct)
    # A backward op runs in the step of its forward op.
    forward_ops = (graph.forward_op_of.get(edge.target, edge.target) for edge in edges)
    step = max(step_of.get(boxes.box_of(name), 0) for name in forward_ops)
    return VisibleEdge(container, source, target, kind, len(edges), tuple(tensors), slots, shape, dtype, step)


def _producer(graph: NetworkGraph, tensor: str) -> tuple[GraphOp, int]:
    """Return the op that makes a tensor, and which of its outputs it is."""
    name, _, index = tensor.partition(":")
    return graph.by_name[name], int(index or 0)


def _visible_nodes(
    graph: NetworkGraph,
    boxes: _Boxes,
    step_of: Mapping[str, int],
    repeated_blocks: Mapping[str, Sequence[str]],
    helpers: bool,
    backward: bool,
) -> list[VisibleNode]:
    nodes: dict[str, VisibleNode] = {}
    backward_ops = graph.backward_op_counts
    first_ops: list[tuple[int, int, str]] = []  # index of a box's first op, its depth, and the group, "" for an op
    for innermost, indices in graph.op_indices.items():
        path, is_closed = boxes.path_to(innermost)
        first_ops += [(indices[0], depth, group) for depth, group in enumerate(path)]
        if not is_closed:
            first_ops += [(index, len(path), "") for index in indices]
    for index, depth, name in sorted(first_ops):
        op = graph.ops[index]
        path, _ = boxes.path_to(graph.group_of[op.id])
        container = path[depth - 1] if depth else ROOT
        if name and name not in nodes:
            group = graph.groups[name]
            kind = "open" if name in boxes.open else "group"
            nodes[name] = VisibleNode(
                name, kind, container, group.title, group.kind, graph.group_outputs.get(name),
                parameters=group.parameters, ops=group.ops, logits=name in graph.logit_groups,
                backward=backward_ops.get(name, 0), step=step_of.get(name, 0), shape=_group_shape(graph, name),
                has_thumbnails=kind == "group" and has_thumbnails(_output_shape(graph, name)),
                repeat_count=len(repeated_blocks.get(name, ())),
            )  # fmt: skip
        elif not name and op.id not in nodes:
            hidden = op.id in graph.helper_kinds
            if (hidden and not helpers) or (op.backward and not backward):
                continue
            kind = "helper" if hidden else "backward" if op.backward else "op"
            nodes[op.id] = VisibleNode(
                op.id, kind, container, op.type, op.id.rpartition("/")[2], f"{op.id}:0" if op.shapes else None,
                op.shape, op.dtype, beside=graph.forward_op_of.get(op.id) if op.backward else None,
                step=step_of.get(op.id, 0), has_thumbnails=kind == "op" and has_thumbnails(op.shape),
            )  # fmt: skip
    return list(nodes.values())


def _ports(edges: Collection[VisibleEdge]) -> list[VisibleNode]:
    """Return the ports of open groups at which edges end."""
    ports: dict[str, VisibleNode] = {}
    for edge in edges:
        for name in (edge.source, edge.target):
            if name.startswith((ENTRY_PREFIX, EXIT_PREFIX)) and name not in ports:
                kind = "entry" if name.startswith(ENTRY_PREFIX) else "exit"
                ports[name] = VisibleNode(name, kind, edge.container, "", "")
    return list(ports.values())


def _group_shape(graph: NetworkGraph, group: str) -> tuple[int | None, ...] | None:
    """Return the shape of a group's output without the batch, as Keras states it for a layer."""
    layer, shape = graph.layers.get(group), _output_shape(graph, group)
    if layer is not None:
        return layer.shape
    return shape[1:] if shape is not None and len(shape) > 1 else None


def _output_shape(graph: NetworkGraph, group: str) -> tuple[int | None, ...] | None:
    """Return the shape of the tensor that leaves a group."""
    if group not in graph.group_outputs:
        return None
    op, index = _producer(graph, graph.group_outputs[group])
    return op.shapes[index] if index < len(op.shapes) else None
