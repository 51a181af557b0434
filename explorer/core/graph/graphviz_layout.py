"""Layout of boxes and links by Graphviz's dot, in this process. It works on sizes only, without widgets."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Size: TypeAlias = tuple[float, float]

BESIDE_GAP_PX = 26.0
"""Pixels between a box and the block beside it."""

MAX_DOT_BOXES = 150
"""Boxes up to which dot is used; it blocks the window for 30 ms by then. A larger graph is laid out by ranks."""

MAX_LOOSE_RANKS = 5
"""Ranks above which they move closer together: a tall graph is scaled down, and with it its texts."""

PORT_RANK_SEPARATION_INCHES = 0.5
"""Space between ranks where several edges bend towards one port."""

_POINTS_PER_INCH = 72.0

_PORT_HEIGHT_PX = 4.0
"""Height of a table cell in which edges end."""


@dataclass(frozen=True)
class LayoutEdge:
    """An edge to lay out; ``key`` is unique, ``label`` the size of its label, (0, 0) for none."""

    key: str
    source: str
    target: str
    label: Size = (0.0, 0.0)


@dataclass(frozen=True)
class Layout:
    """A layout in pixels, with y downwards, beginning at (0, 0).

    centres: centres of boxes.
    paths: control points of joined cubic Béziers by edge (1 + 3n points).
    labels: centres of labels by edge.
    size: width and height.
    """

    centres: Mapping[str, Point]
    paths: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    size: Size


def lay_out(
    sizes: Mapping[str, Size],
    edges: Sequence[LayoutEdge],
    direction: str = "TB",
    beside: Mapping[str, Size] | None = None,
    ordered: Collection[str] = (),
    ports: Mapping[str, tuple[float, float]] | None = None,
) -> Layout:
    """Return the layout of boxes with ``sizes`` in pixels along ``edges``.

    direction: ``TB`` or ``LR``.
    beside: sizes of the blocks to the right of a box, or below it for ``LR``; `beside_centre` returns their centres.
    ordered: boxes at which edges arrive from left to right in the order of ``edges``; elsewhere dot may swap them.
    ports: for ``LR``, distances from the top of a box to where edges enter at its left and leave at its right.
    """
    if not sizes:
        return Layout({}, {}, {}, (0.0, 0.0))
    if len(sizes) > MAX_DOT_BOXES:
        return _lay_out_by_ranks(sizes, edges, direction)
    import pygraphviz

    graph = pygraphviz.AGraph(string=_dot_source(sizes, edges, direction, beside or {}, ordered, ports or {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dot warns of labels that it moved, which is harmless
        graph.layout(prog="dot")
    try:
        return _read_layout(graph, sizes, edges, direction, beside or {})
    finally:
        graph.close()


def beside_centre(centre: Point, size: Size, block: Size, direction: str) -> Point:
    """Return the centre of the block beside a box."""
    if direction == "TB":
        return centre[0] + size[0] / 2 + BESIDE_GAP_PX + block[0] / 2, centre[1]
    return centre[0], centre[1] + size[1] / 2 + BESIDE_GAP_PX + block[1] / 2


def _dot_source(
    sizes: Mapping[str, Size],
    edges: Sequence[LayoutEdge],
    direction: str,
    beside: Mapping[str, Size],
    ordered: Collection[str],
    ports: Mapping[str, tuple[float, float]],
) -> str:
    number = {name: index for index, name in enumerate(sizes)}
    labelled = any(edge.label[0] for edge in edges)
    rank_separation = (0.26 if labelled else 0.42) * (1.0 if _rank_count(edges) <= MAX_LOOSE_RANKS else 0.6)
    arriving = [edge.target for edge in edges if edge.target in ports]
    if len(arriving) > len(set(arriving)):
        rank_separation = PORT_RANK_SEPARATION_INCHES
    lines = [
        "digraph {",
        f"graph [rankdir={direction}, ranksep={rank_separation:.3f}, nodesep=0.34];",
        'node [shape=box, fixedsize=true, label=""]; edge [dir=none];',
    ]
    for name, (width, height) in sizes.items():
        if name in beside:
            table = _table_with_space(sizes[name], beside[name], direction)
            lines.append(f"{number[name]} [shape=plain, fixedsize=false, label=<{table}>];")
        elif name in ports:
            table = _table_with_ports((width, height), ports[name])
            lines.append(f"{number[name]} [shape=plain, fixedsize=false, label=<{table}>];")
        else:
            lines.append(
                f"{number[name]} [width={width / _POINTS_PER_INCH:.3f}, height={height / _POINTS_PER_INCH:.3f}];"
            )
    lines += [f'{number[name]} [ordering="in"];' for name in ordered]
    out, into = ("s", "n") if direction == "TB" else ("e", "w")
    for index, edge in enumerate(edges):
        label = ""
        if edge.label[0]:
            width, height = edge.label
            label = (
                f', label=<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}">'
                "<TR><TD></TD></TR></TABLE>>"
            )
        # An edge into a box with a block beside it ends at the box, not at the middle of both.
        source = f"{number[edge.source]}" + (f":f:{out}" if edge.source in beside else "")
        target = f"{number[edge.target]}" + (f":f:{into}" if edge.target in beside else "")
        source += ":o:e" if edge.source in ports else ""
        target += ":i:w" if edge.target in ports else ""
        lines.append(f'{source} -> {target} [key="{index}", id="{index}"{label}];')
    lines.append("}")
    return "\n".join(lines)


def _rank_count(edges: Sequence[LayoutEdge]) -> int:
    """Return the number of ranks, which is one more than the edges on the longest path."""
    before: dict[str, list[str]] = {}
    for edge in edges:
        before.setdefault(edge.target, []).append(edge.source)
    rank: dict[str, int] = {}
    begun: set[str] = set()
    for edge in edges:
        waiting = [edge.target]
        while waiting:
            name = waiting[-1]
            sources = before.get(name, ())
            unknown = [source for source in sources if source not in rank and source not in begun]
            begun.add(name)  # groups may form cycles: none waits for itself
            if unknown:
                waiting += unknown
            else:
                rank[waiting.pop()] = 1 + max((rank.get(source, 0) for source in sources), default=0)
    return max(rank.values(), default=1)


def _table_with_space(size: Size, block: Size, direction: str) -> str:
    """Return a box and its block as a table of Graphviz, whose cells keep their sizes and are ends of edges."""

    def cell(name: str, width: float, height: float) -> str:
        return f'<TD PORT="{name}" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}"></TD>'

    gap = BESIDE_GAP_PX
    if direction == "TB":
        height = max(size[1], block[1])
        # Centred in one row. An edge ends at the border of its cell, so the cell is only as high as the box.
        rows = f"<TR>{cell('f', *size)}{cell('r', block[0] + gap, height)}</TR>"
    else:
        rows = f"<TR>{cell('f', *size)}</TR><TR>{cell('r', max(size[0], block[0]), block[1] + gap)}</TR>"
    return _borderless_table(rows)


def _table_with_ports(size: Size, ports: tuple[float, float]) -> str:
    """Return a box as a table of Graphviz with two columns, each with a low cell where edges end."""
    columns = ""
    for name, place in zip("io", ports, strict=True):
        heights = (
            ("", place - _PORT_HEIGHT_PX / 2),
            (f' PORT="{name}"', _PORT_HEIGHT_PX),
            ("", size[1] - place - _PORT_HEIGHT_PX / 2),
        )
        rows = "".join(
            f'<TR><TD{port} FIXEDSIZE="TRUE" WIDTH="{size[0] / 2:.0f}" HEIGHT="{height:.0f}"></TD></TR>'
            for port, height in heights
        )
        columns += f"<TD>{_borderless_table(rows)}</TD>"
    return _borderless_table(f"<TR>{columns}</TR>")


def _borderless_table(rows: str) -> str:
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'


def _read_layout(  # type: ignore[no-untyped-def]
    graph, sizes: Mapping[str, Size], edges: Sequence[LayoutEdge], direction: str, beside: Mapping[str, Size]
) -> Layout:
    _, _, width, height = (float(part) for part in graph.graph_attr["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        return float(x), height - float(y)

    # One iteration over nodes and edges: looking each up by name would take as long as the layout.
    places = {str(node): node.attr["pos"] for node in graph.nodes_iter()}
    centres = {name: point(places[str(index)]) for index, name in enumerate(sizes)}
    for name, block in beside.items():
        x, y = centres[name]
        gap = BESIDE_GAP_PX
        if direction == "TB":
            centres[name] = (x - (block[0] + gap) / 2, y)
        else:
            centres[name] = (x, y - (block[1] + gap) / 2)
    paths: dict[str, tuple[Point, ...]] = {}
    labels: dict[str, Point] = {}
    for found in graph.edges_iter():
        attributes = found.attr
        if not attributes["id"]:
            continue
        edge = edges[int(attributes["id"])]
        paths[edge.key] = tuple(point(part) for part in attributes["pos"].split())
        if attributes["lp"]:
            labels[edge.key] = point(attributes["lp"])
    if beside:
        paths = {edge.key: _attach_to_boxes(edge, paths[edge.key], centres, sizes, edges, direction) for edge in edges}
    return Layout(centres, paths, labels, (width, height))


def _attach_to_boxes(
    edge: LayoutEdge,
    path: Sequence[Point],
    centres: Mapping[str, Point],
    sizes: Mapping[str, Size],
    edges: Sequence[LayoutEdge],
    direction: str,
) -> tuple[Point, ...]:
    """Return a path that begins and ends at its boxes; dot only knows the larger tables of boxes with blocks."""
    along, across = (1, 0) if direction == "TB" else (0, 1)
    into = sorted((e for e in edges if e.target == edge.target), key=lambda e: centres[e.source][across])
    arriving = [other.key for other in into]
    spread = min(30.0, sizes[edge.target][across] / (len(arriving) + 1))
    offset = (arriving.index(edge.key) - (len(arriving) - 1) / 2) * spread

    def end_of(name: str, sign: float, aside: float) -> Point:
        place = [0.0, 0.0]
        place[along] = centres[name][along] + sign * sizes[name][along] / 2
        place[across] = centres[name][across] + aside
        return place[0], place[1]

    start, end = end_of(edge.source, 1.0, 0.0), end_of(edge.target, -1.0, offset)
    if len(path) == 4:
        bend = 0.45 * (end[along] - start[along])
        shift = (0.0, bend) if direction == "TB" else (bend, 0.0)
        return start, (start[0] + shift[0], start[1] + shift[1]), (end[0] - shift[0], end[1] - shift[1]), end
    middle = list(path[1:-1])
    middle[0] = (start[0], middle[0][1]) if direction == "TB" else (middle[0][0], start[1])
    middle[-1] = (end[0], middle[-1][1]) if direction == "TB" else (middle[-1][0], end[1])
    return start, *middle, end


def _lay_out_by_ranks(sizes: Mapping[str, Size], edges: Sequence[LayoutEdge], direction: str) -> Layout:
    """Return a simple layout for very large graphs: rows by longest path, straight edges."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sizes)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    if not nx.is_directed_acyclic_graph(graph):  # groups can form cycles: edges against their order are ignored
        order = {name: k for k, name in enumerate(sizes)}
        graph.remove_edges_from([(a, b) for a, b in graph.edges if order[a] >= order[b]])
    rank = {name: depth for depth, row in enumerate(nx.topological_generations(graph)) for name in row}
    for name in [name for name in rank if not graph.in_degree(name) and graph.out_degree(name)]:
        rank[name] = min(rank[target] for target in graph.successors(name)) - 1  # next to its consumer
    rows: dict[int, list[str]] = {}
    for name in sorted(sizes, key=lambda name: graph.in_degree(name) == 0):
        rows.setdefault(rank[name], []).append(name)
    across = 0 if direction == "TB" else 1
    lengths = {depth: sum(sizes[name][across] + 24 for name in row) for depth, row in rows.items()}
    widest = max(lengths.values())
    centres: dict[str, Point] = {}
    along = 0.0
    for depth in sorted(rows):
        height = max(sizes[name][1 - across] for name in rows[depth])
        offset = (widest - lengths[depth]) / 2
        for name in rows[depth]:
            length = sizes[name][across]
            place = (offset + length / 2, along + height / 2)
            centres[name] = place if across == 0 else (place[1], place[0])
            offset += length + 24
        along += height + 60
    paths = {}
    for edge in edges:
        (x0, y0), (x1, y1) = centres[edge.source], centres[edge.target]
        paths[edge.key] = (
            (x0, y0),
            (x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3),
            (x1 - (x1 - x0) / 3, y1 - (y1 - y0) / 3),
            (x1, y1),
        )
    labels = {key: ((path[0][0] + path[3][0]) / 2, (path[0][1] + path[3][1]) / 2) for key, path in paths.items()}
    return Layout(centres, paths, labels, (widest, along) if across == 0 else (along, widest))
