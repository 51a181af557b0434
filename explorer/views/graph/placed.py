"""A picture with a place for everything: sizes measured, boxes and links laid out."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.core.blocks import lay_out_blocks, link_between
from explorer.core.layout import Edge, Point, lay_out
from explorer.core.picture import Picture
from explorer.views.graph.items import box_size, link_label_size


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
    sizes = {box.id: box_size(box) for box in picture.boxes}
    edges = [
        Edge(link.key, link.source, link.target, link_label_size(link, direction) if labelled else (0.0, 0.0))
        for link in picture.links
        if link.kind == "forward"
    ]
    beside = {box.id: box.beside for box in picture.boxes if box.beside is not None}
    ordered = [box.id for box in picture.boxes if box.ordered]
    if beside:
        layout = lay_out_blocks(sizes, edges, direction, beside, ordered)
    else:
        layout = lay_out(sizes, edges, direction, ordered=ordered)
    curves = dict(layout.paths)
    for link in picture.links:
        if link.key not in curves:
            a, b = link.source, link.target
            curves[link.key] = link_between(layout.centres[a], sizes[a], layout.centres[b], sizes[b])
    return Placed(picture, layout.centres, curves, layout.labels if labelled else {}, layout.size)
