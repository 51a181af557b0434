"""Where the boxes of a view stand: each open group is laid out by itself, from the inside out, and never flat."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from explorer.core.graph.backward_blocks import lay_out_blocks, link_between
from explorer.core.graph.graphviz_layout import LARGEST, Layout, LayoutEdge, Point, Size
from explorer.core.network_graph.chunks import run_to_end
from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.row_wrapping import wrap_into_rows
from explorer.core.network_graph.visible_graph import ENTRY_PREFIX, EXIT_PREFIX, VisibleEdge, VisibleGraph, VisibleNode

FRAME_SIDE_PX, FRAME_BOTTOM_PX, FRAME_TOP_PX = 24.0, 16.0, 40.0
"""Room within the frame of an open group: at its sides, below, and above, for its name."""

MAX_PORT_OFFSET_PX = 120.0
"""Pixels from which the way out of a group is brought to the height of the way in, or groups would stand in stairs."""

MIN_WRAP_WIDTH_PX = 1700.0
"""Pixels of width up to which what is in a group stays in one row."""

NO_LABEL = 0.0, 0.0
"""Room where there is no text."""

CACHE_SIZE = 1000
"""Layouts of groups that are kept."""

_TEXT = "text:"


@dataclass(frozen=True)
class GraphLayout:
    """centres, paths, labels, sizes: as in `core.layout.Layout`; an open group's size is that of its frame."""

    centres: Mapping[str, Point]
    paths: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    sizes: Mapping[str, Size]
    size: Size


def lay_out_graph(
    visible: VisibleGraph,
    sizes: Mapping[str, Size],
    labels: Mapping[str, Size],
    aspect: float,
    heads: Mapping[str, float],
) -> GraphLayout:
    """Lay a view out for a window ``aspect`` times as wide as high.

    sizes: of all boxes but open groups. labels: room for the texts at a edge, by its key. heads: width of the names of
    open groups.
    """
    return run_to_end(lay_out_graph_stepwise(visible, sizes, labels, aspect, heads))


def lay_out_graph_stepwise(
    visible: VisibleGraph,
    sizes: Mapping[str, Size],
    labels: Mapping[str, Size],
    aspect: float,
    heads: Mapping[str, float],
) -> Generator[None, None, GraphLayout]:
    """Lay a view out as `lay_out_graph` does, one open group after another."""
    nodes: dict[str, list[VisibleNode]] = {}
    edges: dict[str, list[VisibleEdge]] = {}
    for node in visible.nodes:
        nodes.setdefault(node.container, []).append(node)
    for edge in visible.edges:
        edges.setdefault(edge.container, []).append(edge)
    known = dict(sizes)
    parts: dict[str, Layout] = {}
    ports: dict[str, tuple[float, float]] = {}
    # Innermost first: an open group is a box of its own size in the one around it.
    for container in [*reversed(visible.open), ROOT]:
        boxes = tuple(_Box(node.id, node.kind, node.beside, _size(known[node.id])) for node in nodes.get(container, ()))
        links = tuple(
            _Link(edge.key, edge.source, edge.target, edge.kind, _size(labels.get(edge.key, NO_LABEL)))
            for edge in edges.get(container, ())
        )
        head = None if container == ROOT else heads.get(container, 0.0)
        heights = tuple((box.id, *ports[box.id]) for box in boxes if box.id in ports)
        _in_one_row(boxes, links, heights)
        yield
        part = _part(boxes, links, heights, aspect, head)
        parts[container] = part
        if container != ROOT:
            width = max(part.size[0], heads.get(container, 0.0))
            known[container] = (width + 2 * FRAME_SIDE_PX, part.size[1] + FRAME_TOP_PX + FRAME_BOTTOM_PX)
            middle = (0.0, part.size[1] / 2)
            entry, left = (part.centres.get(f"{port}{container}", middle)[1] for port in (ENTRY_PREFIX, EXIT_PREFIX))
            ports[container] = FRAME_TOP_PX + entry, FRAME_TOP_PX + left
        yield
    return _together(visible, parts, known)


def _size(size: Sequence[float]) -> Size:
    """A size that came from another process, as a list, as a pair."""
    return size[0], size[1]


class _Box(NamedTuple):
    """What the layout wants to know of a box."""

    id: str
    kind: str
    beside: str | None
    size: Size


class _Link(NamedTuple):
    """What the layout wants to know of a edge; text: the room that its texts need."""

    key: str
    source: str
    target: str
    kind: str
    text: Size


@lru_cache(maxsize=CACHE_SIZE)
def _in_one_row(
    inner: tuple[_Box, ...], edges: tuple[_Link, ...], heights: tuple[tuple[str, float, float], ...]
) -> tuple[Layout, Mapping[str, Size]]:
    """Lay out what is in one container; returns that, and the sizes of boxes and texts.

    It is kept: when a group opens most others stay as they are. heights: of the open groups in it, how far below their
    top links go in and out.
    """
    sizes = {box.id: box.size for box in inner}
    ports: dict[str, tuple[float, float]] = {name: (into, out) for name, into, out in heights}
    forward = [edge for edge in edges if edge.kind == "forward"]
    texts = {_TEXT + edge.key: edge.text for edge in forward if edge.text[0]}
    if len(sizes) + len(texts) > LARGEST:
        texts = {}
    boxes = {**sizes, **texts}
    layout_edges = []
    for edge in forward:
        # A text is a box on the way: so the line goes through its middle, and nothing else comes near it.
        stations = [edge.source, *([_TEXT + edge.key] if _TEXT + edge.key in texts else []), edge.target]
        layout_edges += [LayoutEdge(f"{edge.key} {k}", a, b) for k, (a, b) in enumerate(pairwise(stations))]
    # Between open groups a line goes straight on at a text; to a closed box it bends, and finds its own place there.
    between = (_TEXT + edge.key for edge in forward if edge.source in ports and edge.target in ports)
    ports |= {name: (texts[name][1] / 2,) * 2 for name in between if name in texts}
    beside = {box.id: box.beside for box in inner if box.beside is not None and box.beside in sizes}
    return _joined(lay_out_blocks(boxes, layout_edges, "LR", beside, ports=ports), forward, texts), boxes


@lru_cache(maxsize=CACHE_SIZE)
def _part(
    inner: tuple[_Box, ...],
    edges: tuple[_Link, ...],
    heights: tuple[tuple[str, float, float], ...],
    aspect: float,
    head: float | None,
) -> Layout:
    """Break what is in one container into rows, and bring its ports to its sides.

    head: least width of its frame, None where it has none.
    """
    sizes = {box.id: box.size for box in inner}
    forward = [edge for edge in edges if edge.kind == "forward"]
    layout, boxes = _in_one_row(inner, edges, heights)
    layout = wrap_into_rows(layout, boxes, aspect, 0.0 if head is None else MIN_WRAP_WIDTH_PX)
    border = FRAME_SIDE_PX + max((head or 0.0) - layout.size[0], 0.0) / 2
    sides = {
        box.id: -border if box.kind == "entry" else layout.size[0] + border
        for box in inner
        if box.kind in ("entry", "exit")
    }
    layout = _ports_at_sides(layout, sides, forward)
    paths = dict(layout.paths)
    for edge in edges:
        if edge.key not in paths:
            a, b = edge.source, edge.target
            paths[edge.key] = link_between(layout.centres[a], sizes[a], layout.centres[b], sizes[b])
    centres = {name: centre for name, centre in layout.centres.items() if name in sizes}
    return Layout(centres, paths, layout.labels, layout.size)


def _joined(layout: Layout, edges: Sequence[_Link], texts: Mapping[str, Size]) -> Layout:
    """Join the two links of a edge with a text into one that goes through it."""
    paths, labels = {}, {}
    for edge in edges:
        path, text = layout.paths[f"{edge.key} 0"], _TEXT + edge.key
        if text in texts:
            onward, centre = layout.paths[f"{edge.key} 1"], layout.centres[text]
            half = texts[text][0] / 2
            left, right = (centre[0] - half, centre[1]), (centre[0] + half, centre[1])
            path = (*path[:-1], left, *_line(left, right)[1:], *onward[1:])
            labels[edge.key] = centre
        paths[edge.key] = path
    return Layout(layout.centres, paths, labels, layout.size)


def _ports_at_sides(layout: Layout, sides: Mapping[str, float], edges: Sequence[_Link]) -> Layout:
    """Move ports to the sides of the frame, and lengthen what ends at them."""
    if not sides:
        return layout
    centres, paths = dict(layout.centres), dict(layout.paths)
    for name, x in sides.items():
        centres[name] = (x, centres[name][1])
    entry, left = (
        next((centres[n] for n in sides if n.startswith(port)), None) for port in (ENTRY_PREFIX, EXIT_PREFIX)
    )
    if entry is not None and left is not None and abs(entry[1] - left[1]) > MAX_PORT_OFFSET_PX:
        centres |= {name: (left[0], entry[1]) for name in sides if name.startswith(EXIT_PREFIX)}
    for edge in edges:
        path = paths[edge.key]
        if edge.source in sides and path[0][0] > sides[edge.source]:
            paths[edge.key] = path = (*_line(centres[edge.source], path[0]), *path[1:])
        if edge.target in sides and path[-1][0] < sides[edge.target]:
            border = (max(path[-1][0], layout.size[0]), path[-1][1])  # right of all boxes it may go up or down
            paths[edge.key] = (*path, *_line(path[-1], border)[1:], *_line(border, centres[edge.target])[1:])
    return Layout(centres, paths, layout.labels, layout.size)


def _line(a: Point, b: Point) -> tuple[Point, ...]:
    bend = 0.4 * (b[0] - a[0])
    return a, (a[0] + bend, a[1]), (b[0] - bend, b[1]), b


def _together(visible: VisibleGraph, parts: Mapping[str, Layout], sizes: Mapping[str, Size]) -> GraphLayout:
    centres: dict[str, Point] = {}
    paths: dict[str, tuple[Point, ...]] = {}
    labels: dict[str, Point] = {}
    corners: dict[str, Point] = {ROOT: (0.0, 0.0)}
    for container in (ROOT, *visible.open):  # an outer one before those in it
        part, (x, y) = parts[container], corners[container]
        for name, (cx, cy) in part.centres.items():
            centres[name] = (x + cx, y + cy)
        for key, path in part.paths.items():
            paths[key] = tuple((x + px, y + py) for px, py in path)
        for key, (lx, ly) in part.labels.items():
            labels[key] = (x + lx, y + ly)
        for name in part.centres:
            if name in parts:
                width, height = sizes[name]
                spare = (width - 2 * FRAME_SIDE_PX - parts[name].size[0]) / 2
                corners[name] = (
                    centres[name][0] - width / 2 + FRAME_SIDE_PX + spare,
                    centres[name][1] - height / 2 + FRAME_TOP_PX,
                )
    for edge in visible.edges:  # into a frame and out of it a link goes on where its port is
        entry, left = centres.get(f"{ENTRY_PREFIX}{edge.target}"), centres.get(f"{EXIT_PREFIX}{edge.source}")
        if entry is not None and edge.kind == "forward":
            path = paths[edge.key]
            paths[edge.key] = (*path[:-2], (path[-2][0], entry[1]), entry)
        if left is not None and edge.kind == "forward":
            path = paths[edge.key]
            paths[edge.key] = (left, (path[1][0], left[1]), *path[2:])
    return GraphLayout(centres, paths, labels, sizes, parts[ROOT].size)
