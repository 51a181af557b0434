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
from explorer.core.graph.backward_blocks import connecting_curve, lay_out_blocks
from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX, Side, backward_line, label_side, sample_curve
from explorer.core.graph.graphviz_layout import Layout, LayoutEdge, Point, Size, lay_out
from explorer.core.graph.picture import MAX_SHOWN_ENTRIES, Box, Link, Picture

SANS_FAMILY, MATH_FAMILY = "Inter", "STIXGeneral"
"""The two fonts on a graph."""

SYMBOL_PX, NAME_PX, VALUE_PX, SMALL_PX = 30, 12.5, 18, 15
"""Heights of the four kinds of text, in pixels at scale 1."""

BOX_HEIGHT_PX, GRADIENT_HEIGHT_PX, OUTPUT_HEIGHT_PX = 66.0, 48.0, 40.0
MAX_NAME_WIDTH_PX = 165.0

VECTOR_TEXT_SCALE = 0.8
"""Share of its full width that the value of a vector is given: it is written a little smaller."""

ARROW_SPACE_PX = 24.0
"""Room between a link and its texts."""

LABEL_CLEARANCE_PX, MAX_LABEL_SHIFT_PX = 2.0, 9.0
"""Pixels between a link's texts and the gradient that runs over them, and how far they go down for it at most."""

MAX_BOXES_WITH_LABEL_SPACE = 60
"""Boxes up to which room is kept for the texts beside the links; it costs dot ten times as much."""

MAX_BOXES_WITH_ALTERNATIVES = 40
"""Boxes up to which two layouts are made to choose from; each costs two milliseconds."""

DETOUR_RATIO = 1.2
"""A link so much longer than the straight way is a detour."""

VIEW_ASPECT_RATIO = 1.7
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


def max_value_length(value: Any) -> int:
    """Return how many signs a value may have on the graph."""
    return (
        len(_sample_text(MAX_SHOWN_ENTRIES))
        if np.size(value) == MAX_SHOWN_ENTRIES
        else len(_sample_text(MAX_SHOWN_ENTRIES - 1))
    )


def _sample_text(entries: int) -> str:
    """Return a value such as a box or a link gets room for."""
    return "−0.8888" if entries == 1 else f"[{', '.join(['−0.88'] * entries)}]"


def _value_width(entries: int, pixels: float, width_of: Measure) -> float:
    width = width_of(SANS_FAMILY, pixels, _sample_text(entries), bold=True)
    return width if entries == 1 else VECTOR_TEXT_SCALE * width


def box_size(box: Box, width_of: Measure) -> Size:
    """Return width and height of a box; they do not depend on values, so that nothing moves with a slider."""
    if box.kind == "output":
        return max(44.0, width_of(MATH_FAMILY, 28, box.symbol, italic=True) + 20), OUTPUT_HEIGHT_PX
    if box.kind == "gradient":
        value = max(
            width_of(SANS_FAMILY, SMALL_PX, "−0.88888", bold=True), _value_width(box.entries, SMALL_PX, width_of)
        )
        head = width_of(SANS_FAMILY, SMALL_PX, box.symbol, bold=True) + 12 + value
        name = min(width_of(SANS_FAMILY, NAME_PX, box.name), MAX_NAME_WIDTH_PX)
        return max(96.0, head + 20, name + 20), GRADIENT_HEIGHT_PX
    symbol = width_of(MATH_FAMILY, SYMBOL_PX, box.symbol, italic=box.kind == "input")
    name = min(width_of(SANS_FAMILY, NAME_PX, box.name), MAX_NAME_WIDTH_PX)
    return max(118.0, symbol + 20 + max(name, _value_width(box.entries, VALUE_PX, width_of)) + 32), BOX_HEIGHT_PX


def link_text_size(link: Link, width_of: Measure) -> Size:
    """Return the size of a link's texts, (0, 0) where it has none."""
    if not link.tensor or link.kind != "forward":
        return 0.0, 0.0
    return max(width_of(SANS_FAMILY, NAME_PX, short_name(link.tensor)), _value_width(link.entries, 17, width_of)), 40.0


def label_size(link: Link, direction: str, width_of: Measure) -> Size:
    """Return the room that a link's texts need beside its line, its arrow included; (0, 0) where it has none."""
    width, height = link_text_size(link, width_of)
    if not width:
        return 0.0, 0.0
    return (width + ARROW_SPACE_PX, height) if direction == "TB" else (width, height + ARROW_SPACE_PX)


def link_text_rect(label: Point, size: Size, side: Side) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a link's texts: beside it, with room for the gradient's arrow between."""
    (x, y), (width, height) = label, size
    if side.upright:
        return x - width / 2 + ARROW_SPACE_PX / 2, y - height / 2, width, height
    return x - width / 2, y - height / 2 + side.below * ARROW_SPACE_PX / 2, width, height


def place_picture(picture: Picture, direction: str, labelled: bool, width_of: Measure) -> PlacedPicture:
    """Lay a picture out; ``labelled``: leave room for texts beside the links."""
    roomy = labelled and len(picture.boxes) <= MAX_BOXES_WITH_LABEL_SPACE
    sizes = {box.id: box_size(box, width_of) for box in picture.boxes}
    edges = [
        LayoutEdge(link.key, link.source, link.target, label_size(link, direction, width_of) if roomy else (0.0, 0.0))
        for link in picture.links
        if link.kind == "forward"
    ]
    beside = {box.id: box.beside for box in picture.boxes if box.beside is not None}
    layout = _best_layout(picture, sizes, edges, direction, beside)
    curves = dict(layout.paths)
    for link in picture.links:
        if link.key not in curves:
            a, b = link.source, link.target
            curves[link.key] = connecting_curve(layout.centres[a], sizes[a], layout.centres[b], sizes[b])
    labels = dict(layout.labels)
    if labelled and not roomy:
        labels = {
            link.key: _label_beside_middle(curves[link.key], link, width_of) for link in picture.links if link.tensor
        }
    elif labelled:
        for link in picture.links:
            if link.gradient is not None and link.key in labels:
                labels[link.key] = _label_clear_of_gradient(
                    curves[link.key], labels[link.key], link_text_size(link, width_of)
                )
    return PlacedPicture(picture, layout.centres, curves, labels, layout.size)


def _label_clear_of_gradient(curve: Sequence[Point], label: Point, size: Size) -> Point:
    """Move a link's texts down where its own gradient, which bends over them, would strike them out."""
    line = sample_curve(curve)
    side = label_side(line, label)
    left, top, width, height = link_text_rect(label, size, side)
    across, down = [x for x, _ in curve], [y for _, y in curve]  # the curve lies within its control points
    if (
        max(across) + GRADIENT_OFFSET_PX <= left
        or min(across) - GRADIENT_OFFSET_PX >= left + width
        or min(down) - GRADIENT_OFFSET_PX >= top + height / 2
    ):
        return label[0], label[1]
    over = [y - top for x, y in backward_line(line, side) if left < x < left + width and y < top + height / 2]
    return label[0], label[1] + min(
        max(LABEL_CLEARANCE_PX + max(over, default=-LABEL_CLEARANCE_PX), 0.0), MAX_LABEL_SHIFT_PX
    )


def _label_beside_middle(curve: Sequence[Point], link: Link, width_of: Measure) -> Point:
    """Where a link's texts begin if no room was kept for them: they may lie over something."""
    x, y = curve[len(curve) // 2]
    return x + label_size(link, "TB", width_of)[0] / 2, y


def _best_layout(
    picture: Picture, sizes: Mapping[str, Size], edges: Sequence[LayoutEdge], direction: str, beside: Mapping[str, str]
) -> Layout:
    """Lay out with all arguments in their order, unless that needs detours where the order says nothing."""

    def made(ordered: Sequence[str], sizes: Mapping[str, Size] = sizes) -> Layout:
        if not beside:
            return lay_out(sizes, edges, direction, ordered=ordered)
        flat = lay_out_blocks(sizes, edges, direction, beside, ordered)
        if (
            direction == "LR"
            or len(sizes) > MAX_BOXES_WITH_ALTERNATIVES
            or flat.size[0] <= VIEW_ASPECT_RATIO * flat.size[1]
        ):
            return flat
        return max(flat, lay_out_blocks(sizes, edges, direction, beside, ordered, high=True), key=_zoom_to_fit)

    free = made([box.id for box in picture.boxes if box.ordered])
    several = [box.id for box in picture.boxes if sum(link.target == box.id for link in picture.links) > 1]
    if len(picture.boxes) > MAX_BOXES_WITH_ALTERNATIVES:
        return free
    strict = made([name for name in several if name not in beside])
    best = strict if _total_length(strict) <= 1.06 * _total_length(free) else free
    if _largest_detour(best) <= DETOUR_RATIO:
        return best
    # A link that goes around a box: dot may find an order without one when it meets the boxes the other way round.
    turned = made([box.id for box in picture.boxes if box.ordered], dict(reversed([*sizes.items()])))
    return turned if _largest_detour(turned) <= DETOUR_RATIO else best


def _zoom_to_fit(layout: Layout) -> float:
    """How large a layout is drawn where the view is `VIEW_ASPECT_RATIO`."""
    return min(VIEW_ASPECT_RATIO / layout.size[0], 1 / layout.size[1])


def _total_length(layout: Layout) -> float:
    """How long all links are, along their control points."""
    return sum(_path_length(path) for path in layout.paths.values())


def _largest_detour(layout: Layout) -> float:
    """How much longer a link is than the way from its begin to its end, at most."""
    return max((_path_length(path) / max(dist(path[0], path[-1]), 1.0) for path in layout.paths.values()), default=1.0)


def _path_length(path: Sequence[Point]) -> float:
    return sum(dist(a, b) for a, b in pairwise(path))
