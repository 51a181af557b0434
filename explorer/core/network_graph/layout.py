"""Where the boxes of a view stand: each open group is laid out by itself, from the inside out, and never flat."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from explorer.core.graph.backward_blocks import lay_out_blocks, link_between
from explorer.core.graph.graphviz_layout import LARGEST, Layout, LayoutEdge, Point, Size
from explorer.core.network_graph.chunks import whole
from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.row_wrapping import broken
from explorer.core.network_graph.visible_graph import ENTRY, EXIT, VisibleEdge, VisibleGraph, VisibleNode

SIDE, PAD, HEAD = 24.0, 16.0, 40.0
"""Room within the frame of an open group: at its sides, below, and above, for its name."""

STAIR = 120.0
"""Pixels from which the way out of a group is brought to the height of the way in, or groups would stand in stairs."""

LEAST = 1700.0
"""Pixels of width up to which what is in a group stays in one row."""

NONE = 0.0, 0.0
"""Room where there is no text."""

KEPT = 1000
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


def arrange(
    seen: VisibleGraph, sizes: Mapping[str, Size], labels: Mapping[str, Size], aspect: float, heads: Mapping[str, float]
) -> GraphLayout:
    """Lay a view out for a window ``aspect`` times as wide as high.

    sizes: of all boxes but open groups. labels: room for the texts at a wire, by its key. heads: width of the names of
    open groups.
    """
    return whole(arranging(seen, sizes, labels, aspect, heads))


def arranging(
    seen: VisibleGraph, sizes: Mapping[str, Size], labels: Mapping[str, Size], aspect: float, heads: Mapping[str, float]
) -> Generator[None, None, GraphLayout]:
    """Lay a view out as `arrange` does, one open group after another."""
    nodes: dict[str, list[VisibleNode]] = {}
    wires: dict[str, list[VisibleEdge]] = {}
    for node in seen.nodes:
        nodes.setdefault(node.container, []).append(node)
    for wire in seen.wires:
        wires.setdefault(wire.container, []).append(wire)
    known = dict(sizes)
    parts: dict[str, Layout] = {}
    ports: dict[str, tuple[float, float]] = {}
    # Innermost first: an open group is a box of its own size in the one around it.
    for container in [*reversed(seen.open), ROOT]:
        boxes = tuple(_Box(node.id, node.kind, node.beside, _size(known[node.id])) for node in nodes.get(container, ()))
        links = tuple(
            _Link(wire.key, wire.source, wire.target, wire.kind, _size(labels.get(wire.key, NONE)))
            for wire in wires.get(container, ())
        )
        head = None if container == ROOT else heads.get(container, 0.0)
        heights = tuple((box.id, *ports[box.id]) for box in boxes if box.id in ports)
        _in_one_row(boxes, links, heights)
        yield
        part = _part(boxes, links, heights, aspect, head)
        parts[container] = part
        if container != ROOT:
            width = max(part.size[0], heads.get(container, 0.0))
            known[container] = (width + 2 * SIDE, part.size[1] + HEAD + PAD)
            middle = (0.0, part.size[1] / 2)
            entry, left = (part.centres.get(f"{port}{container}", middle)[1] for port in (ENTRY, EXIT))
            ports[container] = HEAD + entry, HEAD + left
        yield
    return _together(seen, parts, known)


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
    """What the layout wants to know of a wire; text: the room that its texts need."""

    key: str
    source: str
    target: str
    kind: str
    text: Size


@lru_cache(maxsize=KEPT)
def _in_one_row(
    inner: tuple[_Box, ...], wires: tuple[_Link, ...], heights: tuple[tuple[str, float, float], ...]
) -> tuple[Layout, Mapping[str, Size]]:
    """Lay out what is in one container; returns that, and the sizes of boxes and texts.

    It is kept: when a group opens most others stay as they are. heights: of the open groups in it, how far below their
    top links go in and out.
    """
    sizes = {box.id: box.size for box in inner}
    ports: dict[str, tuple[float, float]] = {name: (into, out) for name, into, out in heights}
    forward = [wire for wire in wires if wire.kind == "forward"]
    texts = {_TEXT + wire.key: wire.text for wire in forward if wire.text[0]}
    if len(sizes) + len(texts) > LARGEST:
        texts = {}
    boxes = {**sizes, **texts}
    edges = []
    for wire in forward:
        # A text is a box on the way: so the line goes through its middle, and nothing else comes near it.
        stations = [wire.source, *([_TEXT + wire.key] if _TEXT + wire.key in texts else []), wire.target]
        edges += [LayoutEdge(f"{wire.key} {k}", a, b) for k, (a, b) in enumerate(pairwise(stations))]
    # Between open groups a line goes straight on at a text; to a closed box it bends, and finds its own place there.
    between = (_TEXT + wire.key for wire in forward if wire.source in ports and wire.target in ports)
    ports |= {name: (texts[name][1] / 2,) * 2 for name in between if name in texts}
    beside = {box.id: box.beside for box in inner if box.beside is not None and box.beside in sizes}
    return _joined(lay_out_blocks(boxes, edges, "LR", beside, ports=ports), forward, texts), boxes


@lru_cache(maxsize=KEPT)
def _part(
    inner: tuple[_Box, ...],
    wires: tuple[_Link, ...],
    heights: tuple[tuple[str, float, float], ...],
    aspect: float,
    head: float | None,
) -> Layout:
    """Break what is in one container into rows, and bring its ports to its sides.

    head: least width of its frame, None where it has none.
    """
    sizes = {box.id: box.size for box in inner}
    forward = [wire for wire in wires if wire.kind == "forward"]
    layout, boxes = _in_one_row(inner, wires, heights)
    layout = broken(layout, boxes, aspect, 0.0 if head is None else LEAST)
    border = SIDE + max((head or 0.0) - layout.size[0], 0.0) / 2
    sides = {
        box.id: -border if box.kind == "entry" else layout.size[0] + border
        for box in inner
        if box.kind in ("entry", "exit")
    }
    layout = _ports_at_sides(layout, sides, forward)
    paths = dict(layout.paths)
    for wire in wires:
        if wire.key not in paths:
            a, b = wire.source, wire.target
            paths[wire.key] = link_between(layout.centres[a], sizes[a], layout.centres[b], sizes[b])
    centres = {name: centre for name, centre in layout.centres.items() if name in sizes}
    return Layout(centres, paths, layout.labels, layout.size)


def _joined(layout: Layout, wires: Sequence[_Link], texts: Mapping[str, Size]) -> Layout:
    """Join the two links of a wire with a text into one that goes through it."""
    paths, labels = {}, {}
    for wire in wires:
        path, text = layout.paths[f"{wire.key} 0"], _TEXT + wire.key
        if text in texts:
            onward, centre = layout.paths[f"{wire.key} 1"], layout.centres[text]
            half = texts[text][0] / 2
            left, right = (centre[0] - half, centre[1]), (centre[0] + half, centre[1])
            path = (*path[:-1], left, *_line(left, right)[1:], *onward[1:])
            labels[wire.key] = centre
        paths[wire.key] = path
    return Layout(layout.centres, paths, labels, layout.size)


def _ports_at_sides(layout: Layout, sides: Mapping[str, float], wires: Sequence[_Link]) -> Layout:
    """Move ports to the sides of the frame, and lengthen what ends at them."""
    if not sides:
        return layout
    centres, paths = dict(layout.centres), dict(layout.paths)
    for name, x in sides.items():
        centres[name] = (x, centres[name][1])
    entry, left = (next((centres[n] for n in sides if n.startswith(port)), None) for port in (ENTRY, EXIT))
    if entry is not None and left is not None and abs(entry[1] - left[1]) > STAIR:
        centres |= {name: (left[0], entry[1]) for name in sides if name.startswith(EXIT)}
    for wire in wires:
        path = paths[wire.key]
        if wire.source in sides and path[0][0] > sides[wire.source]:
            paths[wire.key] = path = (*_line(centres[wire.source], path[0]), *path[1:])
        if wire.target in sides and path[-1][0] < sides[wire.target]:
            edge = (max(path[-1][0], layout.size[0]), path[-1][1])  # right of all boxes it may go up or down
            paths[wire.key] = (*path, *_line(path[-1], edge)[1:], *_line(edge, centres[wire.target])[1:])
    return Layout(centres, paths, layout.labels, layout.size)


def _line(a: Point, b: Point) -> tuple[Point, ...]:
    bend = 0.4 * (b[0] - a[0])
    return a, (a[0] + bend, a[1]), (b[0] - bend, b[1]), b


def _together(seen: VisibleGraph, parts: Mapping[str, Layout], sizes: Mapping[str, Size]) -> GraphLayout:
    centres: dict[str, Point] = {}
    paths: dict[str, tuple[Point, ...]] = {}
    labels: dict[str, Point] = {}
    corners: dict[str, Point] = {ROOT: (0.0, 0.0)}
    for container in (ROOT, *seen.open):  # an outer one before those in it
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
                spare = (width - 2 * SIDE - parts[name].size[0]) / 2
                corners[name] = (centres[name][0] - width / 2 + SIDE + spare, centres[name][1] - height / 2 + HEAD)
    for wire in seen.wires:  # into a frame and out of it a link goes on where its port is
        entry, left = centres.get(f"{ENTRY}{wire.target}"), centres.get(f"{EXIT}{wire.source}")
        if entry is not None and wire.kind == "forward":
            path = paths[wire.key]
            paths[wire.key] = (*path[:-2], (path[-2][0], entry[1]), entry)
        if left is not None and wire.kind == "forward":
            path = paths[wire.key]
            paths[wire.key] = (left, (path[1][0], left[1]), *path[2:])
    return GraphLayout(centres, paths, labels, sizes, parts[ROOT].size)
