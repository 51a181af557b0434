"""Where boxes and links go: Graphviz's dot, in this process. It sees numbers only, never a widget."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Size: TypeAlias = tuple[float, float]

LABEL_GAP = 14.0
"""Room that a gradient's arrow takes beside its link, in pixels."""

LARGEST = 260
"""Boxes that dot is asked to lay out; above that the layout is by ranks alone, which takes no time."""

_POINTS = 72.0


@dataclass(frozen=True)
class Edge:
    """A link to lay out, with the size of its label (0, 0 for none); ``key`` is unique."""

    key: str
    source: str
    target: str
    label: Size = (0.0, 0.0)


@dataclass(frozen=True)
class Layout:
    """centres: of each box. paths: for each edge the control points of joined cubic Béziers (1 + 3n points).

    labels: the centre of each label. size: width and height of the whole. Pixels, y downwards, from (0, 0).
    """

    centres: Mapping[str, Point]
    paths: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    size: Size


def lay_out(
    sizes: Mapping[str, Size],
    edges: Sequence[Edge],
    direction: str = "TB",
    beside: Mapping[str, str] | None = None,
) -> Layout:
    """Lay out boxes of ``sizes`` (pixels) along ``edges``.

    direction: ``TB`` or ``LR``. beside: boxes that stand in the row (column) of another one, next to it.
    Arguments keep their order: the edges into a box arrive from left to right in the order of ``edges``.
    """
    if not sizes:
        return Layout({}, {}, {}, (0.0, 0.0))
    if len(sizes) > LARGEST:
        return _by_ranks(sizes, edges, direction)
    import pygraphviz

    graph = pygraphviz.AGraph(string=_source(sizes, edges, direction, beside or {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dot warns of labels that it had to move; nothing is wrong
        graph.layout(prog="dot")
    try:
        return _read(graph, sizes, edges)
    finally:
        graph.close()


def _source(sizes: Mapping[str, Size], edges: Sequence[Edge], direction: str, beside: Mapping[str, str]) -> str:
    number = {name: index for index, name in enumerate(sizes)}
    labelled = any(edge.label[0] for edge in edges)
    lines = [
        "digraph {",
        f'graph [rankdir={direction}, ranksep={0.26 if labelled else 0.42}, nodesep=0.34, ordering="in"];',
        'node [shape=box, fixedsize=true, label=""]; edge [dir=none];',
    ]
    for name, (width, height) in sizes.items():
        lines.append(f"{number[name]} [width={width / _POINTS:.3f}, height={height / _POINTS:.3f}];")
    for index, edge in enumerate(edges):
        label = ""
        if edge.label[0]:
            width, height = edge.label
            label = (
                f', label=<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{width + LABEL_GAP:.0f}" HEIGHT="{height:.0f}">'
                "<TR><TD></TD></TR></TABLE>>"
            )
        lines.append(f'{number[edge.source]} -> {number[edge.target]} [id="{index}"{label}];')
    for name, other in beside.items():
        a, b = number[other], number[name]
        lines.append(f"{{rank=same; {a} -> {b} [style=invis, weight=50];}}")
    lines.append("}")
    return "\n".join(lines)


def _read(graph, sizes: Mapping[str, Size], edges: Sequence[Edge]) -> Layout:  # type: ignore[no-untyped-def]
    _, _, width, height = (float(part) for part in graph.graph_attr["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        return float(x), height - float(y)

    centres = {name: point(graph.get_node(str(index)).attr["pos"]) for index, name in enumerate(sizes)}
    paths: dict[str, tuple[Point, ...]] = {}
    labels: dict[str, Point] = {}
    for found in graph.edges(keys=True):
        attributes = graph.get_edge(*found).attr
        if not attributes["id"]:
            continue
        edge = edges[int(attributes["id"])]
        paths[edge.key] = tuple(point(part) for part in attributes["pos"].split())
        if attributes["lp"]:
            labels[edge.key] = point(attributes["lp"])
    return Layout(centres, paths, labels, (width, height))


def _by_ranks(sizes: Mapping[str, Size], edges: Sequence[Edge], direction: str) -> Layout:
    """A plain layout for very large graphs: rows by longest path, straight links."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sizes)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    across = 0 if direction == "TB" else 1
    centres: dict[str, Point] = {}
    along = 0.0
    widest = 0.0
    for row in nx.topological_generations(graph):
        depth = max(sizes[name][1 - across] for name in row)
        at = 0.0
        for name in row:
            length = sizes[name][across]
            place = (at + length / 2, along + depth / 2)
            centres[name] = place if across == 0 else (place[1], place[0])
            at += length + 24
        widest = max(widest, at)
        along += depth + 60
    paths = {}
    for edge in edges:
        (x0, y0), (x1, y1) = centres[edge.source], centres[edge.target]
        paths[edge.key] = ((x0, y0), (x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3), (x1 - (x1 - x0) / 3, y1 - (y1 - y0) / 3), (x1, y1))
    labels = {key: ((path[0][0] + path[3][0]) / 2, (path[0][1] + path[3][1]) / 2) for key, path in paths.items()}
    return Layout(centres, paths, labels, (widest, along) if across == 0 else (along, widest))
