"""A picture with a place for everything: sizes measured, boxes and links laid out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from explorer.core.blocks import lay_out_blocks, link_between
from explorer.core.layout import Edge, Layout, Point, Size, lay_out
from explorer.core.picture import Link, Picture
from explorer.views.graph.items import box_size, link_label_size

ROOMY = 60
"""Boxes up to which room is kept for the texts beside the links; it costs dot ten times as much."""

SMALL = 40
"""Boxes up to which two layouts are made to choose from; each costs two milliseconds."""

WIDE = 1.7
"""Width of the view by its height, about: a wider graph is made higher where it can be."""


@dataclass(frozen=True)
class Placed:
    """centres: of the boxes. curves: control points of each link by its key. labels: middle of its texts."""

    picture: Picture
    centres: Mapping[str, Point]
    curves: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    size: tuple[float, float]


def place(picture: Picture, direction: str, labelled: bool) -> Placed:
    """Lay a picture out; ``labelled``: leave room for texts beside the links."""
    roomy = labelled and len(picture.boxes) <= ROOMY
    sizes = {box.id: box_size(box) for box in picture.boxes}
    edges = [
        Edge(link.key, link.source, link.target, link_label_size(link, direction) if roomy else (0.0, 0.0))
        for link in picture.links
        if link.kind == "forward"
    ]
    beside = {box.id: box.beside for box in picture.boxes if box.beside is not None}
    layout = _best(picture, sizes, edges, direction, beside)
    curves = dict(layout.paths)
    for link in picture.links:
        if link.key not in curves:
            a, b = link.source, link.target
            curves[link.key] = link_between(layout.centres[a], sizes[a], layout.centres[b], sizes[b])
    labels = dict(layout.labels)
    if labelled and not roomy:
        labels = {link.key: _beside_middle(curves[link.key], link) for link in picture.links if link.tensor}
    return Placed(picture, layout.centres, curves, labels, layout.size)


def _beside_middle(curve: Sequence[Point], link: Link) -> Point:
    """Where a link's texts begin if no room was kept for them: they may lie over something."""
    x, y = curve[len(curve) // 2]
    return x + link_label_size(link)[0] / 2, y


def _best(
    picture: Picture, sizes: Mapping[str, Size], edges: Sequence[Edge], direction: str, beside: Mapping[str, str]
) -> Layout:
    """Lay out with all arguments in their order, unless that needs detours where the order says nothing."""

    def made(ordered: Sequence[str]) -> Layout:
        if not beside:
            return lay_out(sizes, edges, direction, ordered=ordered)
        flat = lay_out_blocks(sizes, edges, direction, beside, ordered)
        if direction == "LR" or len(sizes) > SMALL or flat.size[0] <= WIDE * flat.size[1]:
            return flat
        return max(flat, lay_out_blocks(sizes, edges, direction, beside, ordered, high=True), key=_zoom)

    free = made([box.id for box in picture.boxes if box.ordered])
    several = [box.id for box in picture.boxes if sum(link.target == box.id for link in picture.links) > 1]
    if len(picture.boxes) > SMALL:
        return free
    strict = made([name for name in several if name not in beside])
    return strict if _length(strict) <= 1.06 * _length(free) else free


def _zoom(layout: Layout) -> float:
    """How large a layout is drawn where the view is `WIDE`."""
    return min(WIDE / layout.size[0], 1 / layout.size[1])


def _length(layout: Layout) -> float:
    """How long all links are, along their control points."""
    return sum(hypot(b[0] - a[0], b[1] - a[1]) for path in layout.paths.values() for a, b in pairwise(path))
