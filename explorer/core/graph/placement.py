"""A picture with a place for everything: sizes measured, boxes and links laid out.

Widths of texts come from whoever will draw them, as a `Measure`: the window asks Qt, a page its fonts' own tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import dist
from typing import Any, Protocol

import numpy as np

from explorer.core.expression.names import short_name
from explorer.core.graph.backward_blocks import lay_out_blocks, link_between
from explorer.core.graph.edge_geometry import BESIDE, Side, backward_line, sampled, side_of
from explorer.core.graph.graphviz_layout import Layout, LayoutEdge, Point, Size, lay_out
from explorer.core.graph.picture import SHOWN, Box, Link, Picture

SANS, MATH = "Inter", "STIXGeneral"
"""The two fonts on a graph."""

SYMBOL, NAME, VALUE, SMALL = 30, 12.5, 18, 15
"""Heights of the four kinds of text, in pixels at scale 1."""

BOX_HEIGHT, GRADIENT_HEIGHT, OUTPUT_HEIGHT = 66.0, 48.0, 40.0
LONGEST_NAME = 165.0

SHRUNK = 0.8
"""Share of its full width that the value of a vector is given: it is written a little smaller."""

ROOM_FOR_ARROW = 24.0
"""Room between a link and its texts."""

CLEAR, LOWEST = 2.0, 9.0
"""Pixels between a link's texts and the gradient that runs over them, and how far they go down for it at most."""

ROOMY = 60
"""Boxes up to which room is kept for the texts beside the links; it costs dot ten times as much."""

FEW = 40
"""Boxes up to which two layouts are made to choose from; each costs two milliseconds."""

BENT = 1.2
"""A link so much longer than the straight way is a detour."""

WIDE = 1.7
"""Width of the view by its height, about: a wider graph is made higher where it can be."""


class Measure(Protocol):
    """Returns how wide a text is, in pixels at scale 1."""

    def __call__(  # noqa: D102 - the class says it
        self, family: str, pixels: float, text: str, *, bold: bool = False, italic: bool = False
    ) -> float: ...


@dataclass(frozen=True)
class PlacedPicture:
    """centres: of the boxes. curves: control points of each link by its key. labels: middle of its texts."""

    picture: Picture
    centres: Mapping[str, Point]
    curves: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    size: tuple[float, float]


def value_signs(value: Any) -> int:
    """Return how many signs a value may have on the graph."""
    return len(_sample(SHOWN)) if np.size(value) == SHOWN else len(_sample(SHOWN - 1))


def _sample(entries: int) -> str:
    """Return a value such as a box or a link gets room for."""
    return "−0.8888" if entries == 1 else f"[{', '.join(['−0.88'] * entries)}]"


def _value_width(entries: int, pixels: float, width_of: Measure) -> float:
    width = width_of(SANS, pixels, _sample(entries), bold=True)
    return width if entries == 1 else SHRUNK * width


def box_size(box: Box, width_of: Measure) -> Size:
    """Return width and height of a box; they do not depend on values, so that nothing moves with a slider."""
    if box.kind == "output":
        return max(44.0, width_of(MATH, 28, box.symbol, italic=True) + 20), OUTPUT_HEIGHT
    if box.kind == "gradient":
        value = max(width_of(SANS, SMALL, "−0.88888", bold=True), _value_width(box.entries, SMALL, width_of))
        head = width_of(SANS, SMALL, box.symbol, bold=True) + 12 + value
        name = min(width_of(SANS, NAME, box.name), LONGEST_NAME)
        return max(96.0, head + 20, name + 20), GRADIENT_HEIGHT
    symbol = width_of(MATH, SYMBOL, box.symbol, italic=box.kind == "input")
    name = min(width_of(SANS, NAME, box.name), LONGEST_NAME)
    return max(118.0, symbol + 20 + max(name, _value_width(box.entries, VALUE, width_of)) + 32), BOX_HEIGHT


def text_size(link: Link, width_of: Measure) -> Size:
    """Return the size of a link's texts, (0, 0) where it has none."""
    if not link.tensor or link.kind != "forward":
        return 0.0, 0.0
    return max(width_of(SANS, NAME, short_name(link.tensor)), _value_width(link.entries, 17, width_of)), 40.0


def label_size(link: Link, direction: str, width_of: Measure) -> Size:
    """Return the room that a link's texts need beside its line, its arrow included; (0, 0) where it has none."""
    width, height = text_size(link, width_of)
    if not width:
        return 0.0, 0.0
    return (width + ROOM_FOR_ARROW, height) if direction == "TB" else (width, height + ROOM_FOR_ARROW)


def text_box(label: Point, size: Size, side: Side) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a link's texts: beside it, with room for the gradient's arrow between."""
    (x, y), (width, height) = label, size
    if side.upright:
        return x - width / 2 + ROOM_FOR_ARROW / 2, y - height / 2, width, height
    return x - width / 2, y - height / 2 + side.below * ROOM_FOR_ARROW / 2, width, height


def place(picture: Picture, direction: str, labelled: bool, width_of: Measure) -> PlacedPicture:
    """Lay a picture out; ``labelled``: leave room for texts beside the links."""
    roomy = labelled and len(picture.boxes) <= ROOMY
    sizes = {box.id: box_size(box, width_of) for box in picture.boxes}
    edges = [
        LayoutEdge(link.key, link.source, link.target, label_size(link, direction, width_of) if roomy else (0.0, 0.0))
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
        labels = {link.key: _beside_middle(curves[link.key], link, width_of) for link in picture.links if link.tensor}
    elif labelled:
        for link in picture.links:
            if link.gradient is not None and link.key in labels:
                labels[link.key] = _clear_of(curves[link.key], labels[link.key], text_size(link, width_of))
    return PlacedPicture(picture, layout.centres, curves, labels, layout.size)


def _clear_of(curve: Sequence[Point], label: Point, size: Size) -> Point:
    """Move a link's texts down where its own gradient, which bends over them, would strike them out."""
    line = sampled(curve)
    side = side_of(line, label)
    left, top, width, height = text_box(label, size, side)
    across, down = [x for x, _ in curve], [y for _, y in curve]  # the curve lies within its control points
    if max(across) + BESIDE <= left or min(across) - BESIDE >= left + width or min(down) - BESIDE >= top + height / 2:
        return label[0], label[1]
    over = [y - top for x, y in backward_line(line, side) if left < x < left + width and y < top + height / 2]
    return label[0], label[1] + min(max(CLEAR + max(over, default=-CLEAR), 0.0), LOWEST)


def _beside_middle(curve: Sequence[Point], link: Link, width_of: Measure) -> Point:
    """Where a link's texts begin if no room was kept for them: they may lie over something."""
    x, y = curve[len(curve) // 2]
    return x + label_size(link, "TB", width_of)[0] / 2, y


def _best(
    picture: Picture, sizes: Mapping[str, Size], edges: Sequence[LayoutEdge], direction: str, beside: Mapping[str, str]
) -> Layout:
    """Lay out with all arguments in their order, unless that needs detours where the order says nothing."""

    def made(ordered: Sequence[str], sizes: Mapping[str, Size] = sizes) -> Layout:
        if not beside:
            return lay_out(sizes, edges, direction, ordered=ordered)
        flat = lay_out_blocks(sizes, edges, direction, beside, ordered)
        if direction == "LR" or len(sizes) > FEW or flat.size[0] <= WIDE * flat.size[1]:
            return flat
        return max(flat, lay_out_blocks(sizes, edges, direction, beside, ordered, high=True), key=_zoom)

    free = made([box.id for box in picture.boxes if box.ordered])
    several = [box.id for box in picture.boxes if sum(link.target == box.id for link in picture.links) > 1]
    if len(picture.boxes) > FEW:
        return free
    strict = made([name for name in several if name not in beside])
    best = strict if _length(strict) <= 1.06 * _length(free) else free
    if _bend(best) <= BENT:
        return best
    # A link that goes around a box: dot may find an order without one when it meets the boxes the other way round.
    turned = made([box.id for box in picture.boxes if box.ordered], dict(reversed([*sizes.items()])))
    return turned if _bend(turned) <= BENT else best


def _zoom(layout: Layout) -> float:
    """How large a layout is drawn where the view is `WIDE`."""
    return min(WIDE / layout.size[0], 1 / layout.size[1])


def _length(layout: Layout) -> float:
    """How long all links are, along their control points."""
    return sum(_along(path) for path in layout.paths.values())


def _bend(layout: Layout) -> float:
    """How much longer a link is than the way from its begin to its end, at most."""
    return max((_along(path) / max(dist(path[0], path[-1]), 1.0) for path in layout.paths.values()), default=1.0)


def _along(path: Sequence[Point]) -> float:
    return sum(dist(a, b) for a, b in pairwise(path))
