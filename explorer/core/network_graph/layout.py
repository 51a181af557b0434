"""Layout of a visible graph: each open group is laid out by itself, from the inside out, never the graph as a whole."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from explorer.core.graph.backward_blocks import connecting_curve, lay_out_blocks
from explorer.core.graph.graphviz_layout import MAX_DOT_BOXES, Layout, LayoutEdge, Point, Size
from explorer.core.network_graph.chunks import run_to_end
from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.row_wrapping import wrap_into_rows
from explorer.core.network_graph.visible_graph import ENTRY_PREFIX, EXIT_PREFIX, VisibleEdge, VisibleGraph, VisibleNode

FRAME_SIDE_PX, FRAME_BOTTOM_PX, FRAME_TOP_PX = 24.0, 16.0, 40.0
"""Margins in the frame of an open group. Its name stands in the upper one."""

MAX_PORT_OFFSET_PX = 120.0
"""Difference in height between a group's entry and its exit above which the exit moves to the height of the entry.
Otherwise groups in a row would form stairs."""

MIN_WRAP_WIDTH_PX = 1700.0
"""Width below which the content of an open group stays in one row."""

NO_LABEL = 0.0, 0.0
"""Size of the label of an edge without one."""

CACHE_SIZE = 1000
"""Number of containers whose layouts are cached."""

_LABEL = "text:"


@dataclass(frozen=True)
class GraphLayout:
    """Positions in pixels of everything in a visible graph, from its upper left corner.

    Parameters
    ----------
    centres : centre of each box by id.
    paths : control points of joined cubic Béziers (1 + 3n points) by the key of the edge.
    labels : centre of each label by the key of its edge.
    sizes : width and height of each box; of an open group, of its frame.
    size : width and height of the whole.
    """

    centres: Mapping[str, Point]
    paths: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    sizes: Mapping[str, Size]
    size: Size


def lay_out_graph(
    visible: VisibleGraph,
    sizes: Mapping[str, Size],
    label_sizes: Mapping[str, Size],
    aspect: float,
    title_widths: Mapping[str, float],
) -> GraphLayout:
    """Lay out a visible graph.

    Parameters
    ----------
    sizes : width and height in pixels of all boxes but open groups, by id.
    label_sizes : width and height in pixels of the labels, by the key of the edge.
    aspect : width of the window divided by its height.
    title_widths : width in pixels of the titles of open groups, by id.
    """
    return run_to_end(lay_out_graph_stepwise(visible, sizes, label_sizes, aspect, title_widths))


def lay_out_graph_stepwise(
    visible: VisibleGraph,
    sizes: Mapping[str, Size],
    label_sizes: Mapping[str, Size],
    aspect: float,
    title_widths: Mapping[str, float],
) -> Generator[None, None, GraphLayout]:
    """Lay out a visible graph like `lay_out_graph`, yielding between containers; the generator returns the layout."""
    nodes: dict[str, list[VisibleNode]] = {}
    edges: dict[str, list[VisibleEdge]] = {}
    for node in visible.nodes:
        nodes.setdefault(node.container, []).append(node)
    for edge in visible.edges:
        edges.setdefault(edge.container, []).append(edge)
    box_sizes = dict(sizes)
    layouts: dict[str, Layout] = {}
    ports: dict[str, tuple[float, float]] = {}
    # The innermost first: in the container around it, an open group is a box of the size of its frame.
    for container in [*reversed(visible.open), ROOT]:
        boxes = tuple(
            _Box(node.id, node.kind, node.beside, _size(box_sizes[node.id])) for node in nodes.get(container, ())
        )
        links = tuple(
            _Link(edge.key, edge.source, edge.target, edge.kind, _size(label_sizes.get(edge.key, NO_LABEL)))
            for edge in edges.get(container, ())
        )
        title_width = None if container == ROOT else title_widths.get(container, 0.0)
        port_heights = tuple((box.id, *ports[box.id]) for box in boxes if box.id in ports)
        _lay_out_in_one_row(boxes, links, port_heights)
        yield
        layout = layouts[container] = _lay_out_container(boxes, links, port_heights, aspect, title_width)
        if container != ROOT:
            width = max(layout.size[0], title_widths.get(container, 0.0))
            box_sizes[container] = (width + 2 * FRAME_SIDE_PX, layout.size[1] + FRAME_TOP_PX + FRAME_BOTTOM_PX)
            middle = (0.0, layout.size[1] / 2)
            entry, exit_ = (
                layout.centres.get(f"{prefix}{container}", middle)[1] for prefix in (ENTRY_PREFIX, EXIT_PREFIX)
            )
            ports[container] = FRAME_TOP_PX + entry, FRAME_TOP_PX + exit_
        yield
    return _merge(visible, layouts, box_sizes)


def _size(size: Sequence[float]) -> Size:
    """Return a size as a hashable pair; from another process it comes as a list."""
    return size[0], size[1]


class _Box(NamedTuple):
    """What the layout depends on of a box."""

    id: str
    kind: str
    beside: str | None
    size: Size


class _Link(NamedTuple):
    """What the layout depends on of an edge."""

    key: str
    source: str
    target: str
    kind: str
    label_size: Size


_PortHeights = tuple[tuple[str, float, float], ...]
"""Id of an open group, and the distances in pixels of its entry and its exit from the top of its frame."""


@lru_cache(maxsize=CACHE_SIZE)
def _lay_out_in_one_row(
    boxes: tuple[_Box, ...], links: tuple[_Link, ...], port_heights: _PortHeights
) -> tuple[Layout, Mapping[str, Size]]:
    """Lay out one container from left to right; return that, and the sizes of its boxes and labels.

    The result is cached, because most containers stay as they are when a group opens.
    """
    sizes = {box.id: box.size for box in boxes}
    ports: dict[str, tuple[float, float]] = {name: (entry, exit_) for name, entry, exit_ in port_heights}
    forward = [link for link in links if link.kind == "forward"]
    labels = {_LABEL + link.key: link.label_size for link in forward if link.label_size[0]}
    if len(sizes) + len(labels) > MAX_DOT_BOXES:
        labels = {}
    all_sizes = {**sizes, **labels}
    edges = []
    for link in forward:
        # A label is a box on the way, so that the line runs through its middle and nothing else comes near it.
        stations = [link.source, *([_LABEL + link.key] if _LABEL + link.key in labels else []), link.target]
        edges += [LayoutEdge(f"{link.key} {k}", a, b) for k, (a, b) in enumerate(pairwise(stations))]
    # Between open groups a line runs straight through a label; towards a closed box it bends, and the label may move.
    between_open = (_LABEL + link.key for link in forward if link.source in ports and link.target in ports)
    ports |= {name: (labels[name][1] / 2,) * 2 for name in between_open if name in labels}
    beside = {box.id: box.beside for box in boxes if box.beside is not None and box.beside in sizes}
    return _join_at_labels(lay_out_blocks(all_sizes, edges, "LR", beside, ports=ports), forward, labels), all_sizes


@lru_cache(maxsize=CACHE_SIZE)
def _lay_out_container(
    boxes: tuple[_Box, ...],
    links: tuple[_Link, ...],
    port_heights: _PortHeights,
    aspect: float,
    title_width: float | None,
) -> Layout:
    """Lay out one container in rows, with its ports at the sides. ``title_width`` is None for `ROOT`."""
    sizes = {box.id: box.size for box in boxes}
    forward = [link for link in links if link.kind == "forward"]
    layout, all_sizes = _lay_out_in_one_row(boxes, links, port_heights)
    layout = wrap_into_rows(layout, all_sizes, aspect, 0.0 if title_width is None else MIN_WRAP_WIDTH_PX)
    margin = FRAME_SIDE_PX + max((title_width or 0.0) - layout.size[0], 0.0) / 2
    port_x = {
        box.id: -margin if box.kind == "entry" else layout.size[0] + margin
        for box in boxes
        if box.kind in ("entry", "exit")
    }
    layout = _move_ports(layout, port_x, forward)
    paths = dict(layout.paths)
    for link in links:
        if link.key not in paths:
            a, b = link.source, link.target
            paths[link.key] = connecting_curve(layout.centres[a], sizes[a], layout.centres[b], sizes[b])
    centres = {name: centre for name, centre in layout.centres.items() if name in sizes}
    return Layout(centres, paths, layout.labels, layout.size)


def _join_at_labels(layout: Layout, links: Sequence[_Link], labels: Mapping[str, Size]) -> Layout:
    """Join the paths to and from the label of each link into one that runs through it."""
    paths, label_centres = {}, {}
    for link in links:
        path, label = layout.paths[f"{link.key} 0"], _LABEL + link.key
        if label in labels:
            onward, centre = layout.paths[f"{link.key} 1"], layout.centres[label]
            half = labels[label][0] / 2
            left, right = (centre[0] - half, centre[1]), (centre[0] + half, centre[1])
            path = (*path[:-1], left, *_curve(left, right)[1:], *onward[1:])
            label_centres[link.key] = centre
        paths[link.key] = path
    return Layout(layout.centres, paths, label_centres, layout.size)


def _move_ports(layout: Layout, port_x: Mapping[str, float], links: Sequence[_Link]) -> Layout:
    """Move ports to the sides of the frame, and extend the paths that end at them."""
    if not port_x:
        return layout
    centres, paths = dict(layout.centres), dict(layout.paths)
    for name, x in port_x.items():
        centres[name] = (x, centres[name][1])
    entry, exit_ = (
        next((centres[name] for name in port_x if name.startswith(prefix)), None)
        for prefix in (ENTRY_PREFIX, EXIT_PREFIX)
    )
    if entry is not None and exit_ is not None and abs(entry[1] - exit_[1]) > MAX_PORT_OFFSET_PX:
        centres |= {name: (exit_[0], entry[1]) for name in port_x if name.startswith(EXIT_PREFIX)}
    for link in links:
        path = paths[link.key]
        if link.source in port_x and path[0][0] > port_x[link.source]:
            paths[link.key] = path = (*_curve(centres[link.source], path[0]), *path[1:])
        if link.target in port_x and path[-1][0] < port_x[link.target]:
            border = (max(path[-1][0], layout.size[0]), path[-1][1])  # only right of all boxes may it go up or down
            paths[link.key] = (*path, *_curve(path[-1], border)[1:], *_curve(border, centres[link.target])[1:])
    return Layout(centres, paths, layout.labels, layout.size)


def _curve(a: Point, b: Point) -> tuple[Point, ...]:
    """Return a Bézier between two points that is level at both ends."""
    bend = 0.4 * (b[0] - a[0])
    return a, (a[0] + bend, a[1]), (b[0] - bend, b[1]), b


def _merge(visible: VisibleGraph, layouts: Mapping[str, Layout], sizes: Mapping[str, Size]) -> GraphLayout:
    """Place the layout of each container in the frame of its group."""
    centres: dict[str, Point] = {}
    paths: dict[str, tuple[Point, ...]] = {}
    labels: dict[str, Point] = {}
    corners: dict[str, Point] = {ROOT: (0.0, 0.0)}
    for container in (ROOT, *visible.open):  # an outer container before those in it
        layout, (left, top) = layouts[container], corners[container]
        for name, (x, y) in layout.centres.items():
            centres[name] = (left + x, top + y)
        for key, path in layout.paths.items():
            paths[key] = tuple((left + x, top + y) for x, y in path)
        for key, (x, y) in layout.labels.items():
            labels[key] = (left + x, top + y)
        for name in layout.centres:
            if name in layouts:
                (x, y), (width, height) = centres[name], sizes[name]
                spare = (width - 2 * FRAME_SIDE_PX - layouts[name].size[0]) / 2
                corners[name] = (x - width / 2 + FRAME_SIDE_PX + spare, y - height / 2 + FRAME_TOP_PX)
    for edge in visible.edges:  # at a frame, a path ends where the port is
        entry, exit_ = centres.get(f"{ENTRY_PREFIX}{edge.target}"), centres.get(f"{EXIT_PREFIX}{edge.source}")
        if entry is not None and edge.kind == "forward":
            path = paths[edge.key]
            paths[edge.key] = (*path[:-2], (path[-2][0], entry[1]), entry)
        if exit_ is not None and edge.kind == "forward":
            path = paths[edge.key]
            paths[edge.key] = (exit_, (path[1][0], exit_[1]), *path[2:])
    return GraphLayout(centres, paths, labels, sizes, layouts[ROOT].size)
