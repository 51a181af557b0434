"""Placement of a picture: sizes of boxes and labels, and their layout.

Widths of texts come from a `Measure`, as they depend on the renderer: Qt in the window, font files for a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import dist

from explorer.core.expression.names import short_name
from explorer.core.graph.backward_blocks import connecting_curve, lay_out_blocks
from explorer.core.graph.density import NORMAL, VALUE_PX, Density
from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX, Side, backward_line, label_side, sample_curve
from explorer.core.graph.folding import fold_layout
from explorer.core.graph.graphviz_layout import MAX_EXPRESSION_BOXES, Layout, LayoutEdge, Point, Size, lay_out
from explorer.core.graph.measure import MATH_FAMILY, SANS_FAMILY, Measure
from explorer.core.graph.picture import Box, Link, Picture
from explorer.core.graph.value_space import is_tall, value_size

SYMBOL_PX = 30
"""Font size of the symbols of a graph at scale 1."""

GRADIENT_HEIGHT_PX, OUTPUT_HEIGHT_PX = 48.0, 40.0

GRADIENT_NAME_HEIGHT_PX = 28.0
"""Height of the name of a backward op and the space around it, under a value that is taller than a line."""

SYMBOL_GAP_PX, BOX_SPARE_PX = 10.0, 10.0
"""Space between the symbol of a box and its name and value, and width that a box has to spare."""

MAX_NAME_WIDTH_PX = 165.0

GRADIENT_TEXT_HEIGHT_PX = 20.0
"""Height of the gradient beside a link."""

ARROW_SPACE_PX = 24.0
"""Space between a link and its labels, where its gradient runs."""

LABEL_CLEARANCE_PX, MAX_LABEL_SHIFT_PX = 2.0, 9.0
"""Space between labels and a gradient that bends over them, and how far labels move down for it at most."""

MAX_BOXES_WITH_LABEL_SPACE = 60
"""Boxes up to which space is kept for labels beside links; it makes dot ten times slower."""

LARGE_RANK_GAPS_PX = {"TB": 56.0, "LR": 110.0}
"""Space between the ranks of a larger graph, so that most labels have space beside their links."""

MAX_BOXES_WITH_ALTERNATIVES = 40
"""Boxes up to which the best of several layouts is chosen; each takes two milliseconds."""

DETOUR_RATIO = 1.2
"""A link longer than this multiple of the distance between its ends is a detour."""

VIEW_ASPECT_RATIO = 1.7
"""Typical width of the view divided by its height; a wider graph is laid out taller if possible."""


@dataclass(frozen=True)
class PlacedPicture:
    """A picture with its layout, in pixels at scale 1.

    centres: centres of boxes by id. curves: control points of links by key. labels: centres of labels by key of link.
    direction: ``TB`` or ``LR``.
    """

    picture: Picture
    centres: Mapping[str, Point]
    curves: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    size: tuple[float, float]
    direction: str = "TB"
    density: Density = NORMAL


def box_size(box: Box, width_of: Measure, density: Density = NORMAL) -> Size:
    """Return width and height of a box, which do not depend on values, so that sliders do not move boxes."""
    if box.kind == "output":
        return max(44.0, width_of(MATH_FAMILY, 28, box.symbol, italic=True) + 20), OUTPUT_HEIGHT_PX
    if box.kind == "gradient":
        pixels = density.small_px
        value, value_height = value_size(box.shape, pixels, width_of, density)
        value = max(width_of(SANS_FAMILY, pixels, "−0.88888", bold=True), value)
        head = width_of(SANS_FAMILY, pixels, box.symbol, bold=True) + 12 + value
        name = min(width_of(SANS_FAMILY, density.name_px, box.name), MAX_NAME_WIDTH_PX)
        height = value_height + GRADIENT_NAME_HEIGHT_PX if is_tall(box.shape) else 0.0
        return max(96.0, head + 20, name + 20), max(GRADIENT_HEIGHT_PX, height)
    symbol = width_of(MATH_FAMILY, SYMBOL_PX, box.symbol, italic=box.kind == "input")
    name = min(width_of(SANS_FAMILY, density.name_px, box.name), MAX_NAME_WIDTH_PX)
    value, value_height = value_size(box.shape, VALUE_PX, width_of, density)
    texts = symbol + SYMBOL_GAP_PX + max(name, value)
    height = value_height + name_height(density) + 2 * density.padding_y if is_tall(box.shape) else 0.0
    return max(density.box_width, texts + 2 * density.padding_x + BOX_SPARE_PX), max(density.box_height, height)


def name_height(density: Density) -> float:
    """Return the height of the name above a value that is taller than a line."""
    return density.name_px + 6.0


def link_text_size(link: Link, width_of: Measure, density: Density = NORMAL) -> Size:
    """Return the size of a link's labels, (0, 0) if it has none."""
    if not link.tensor or link.kind != "forward":
        return 0.0, 0.0
    gradient, height = value_size(link.shape, density.gradient_px, width_of, density)
    height = height if is_tall(link.shape) and link.gradient is not None else GRADIENT_TEXT_HEIGHT_PX
    if not density.has_tensor_names:
        return (gradient, height) if link.gradient is not None else (0.0, 0.0)
    return max(width_of(SANS_FAMILY, density.name_px, short_name(link.tensor)), gradient), height + 20.0


def label_size(link: Link, direction: str, width_of: Measure, density: Density = NORMAL) -> Size:
    """Return the space that a link's labels need beside its line, its gradient included; (0, 0) if it has none."""
    width, height = link_text_size(link, width_of, density)
    if not width:
        return 0.0, 0.0
    return (width + ARROW_SPACE_PX, height) if direction == "TB" else (width, height + ARROW_SPACE_PX)


def link_text_rect(label: Point, size: Size, side: Side) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a link's labels, which leave space for the gradient beside the link."""
    (x, y), (width, height) = label, size
    if side.upright:
        return x - width / 2 + ARROW_SPACE_PX / 2, y - height / 2, width, height
    return x - width / 2, y - height / 2 + side.below * ARROW_SPACE_PX / 2, width, height


@dataclass(frozen=True)
class Arrangement:
    """Where the boxes of a picture are, before the labels find their final places.

    sizes: sizes of boxes by id. label_sizes: space of the labels by key of link, (0, 0) for none.
    """

    picture: Picture
    direction: str
    labelled: bool
    density: Density
    sizes: Mapping[str, Size]
    label_sizes: Mapping[str, Size]
    layout: Layout

    def folded(self, room: Size) -> "Arrangement":
        """Return the arrangement folded where that makes it larger in a room, see `fold_layout`."""
        with_gradient = frozenset(link.key for link in self.picture.links if link.gradient is not None)
        layout = fold_layout(self.layout, self.sizes, self.label_sizes, with_gradient, self.direction, room)
        return replace(self, layout=layout)


def place_picture(
    picture: Picture, direction: str, labelled: bool, width_of: Measure, density: Density = NORMAL
) -> PlacedPicture:
    """Return the placement of a picture; ``labelled``: leave space for labels beside the links."""
    return complete(arrange(picture, direction, labelled, width_of, density), width_of)


def arrange(picture: Picture, direction: str, labelled: bool, width_of: Measure, density: Density) -> Arrangement:
    """Return the arrangement of a picture's boxes, from which `complete` makes a placement."""
    has_label_space = labelled and len(picture.boxes) <= MAX_BOXES_WITH_LABEL_SPACE
    sizes = {box.id: box_size(box, width_of, density) for box in picture.boxes}
    forward = [link for link in picture.links if link.kind == "forward"]
    label_sizes = {
        link.key: label_size(link, direction, width_of, density) if has_label_space else (0.0, 0.0) for link in forward
    }
    edges = [LayoutEdge(link.key, link.source, link.target, label_sizes[link.key]) for link in forward]
    beside = {box.id: box.beside for box in picture.boxes if box.beside is not None}
    layout = _best_layout(picture, sizes, edges, direction, beside, density)
    return Arrangement(picture, direction, labelled, density, sizes, label_sizes, layout)


def complete(arrangement: Arrangement, width_of: Measure) -> PlacedPicture:
    """Return the placement of an arrangement, with its links and labels."""
    picture, layout, sizes, density = arrangement.picture, arrangement.layout, arrangement.sizes, arrangement.density
    curves = dict(layout.paths)
    for link in picture.links:
        if link.key not in curves:
            a, b = link.source, link.target
            curves[link.key] = connecting_curve(layout.centres[a], sizes[a], layout.centres[b], sizes[b])
    labels = dict(layout.labels)
    if arrangement.labelled and len(picture.boxes) > MAX_BOXES_WITH_LABEL_SPACE:
        labels = {
            link.key: _label_beside_middle(curves[link.key], link, width_of) for link in picture.links if link.tensor
        }
    elif arrangement.labelled:
        for link in picture.links:
            if link.gradient is not None and link.key in labels:
                labels[link.key] = _label_clear_of_gradient(
                    curves[link.key], labels[link.key], link_text_size(link, width_of, density)
                )
    return PlacedPicture(picture, layout.centres, curves, labels, layout.size, arrangement.direction, density)


def _label_clear_of_gradient(curve: Sequence[Point], label: Point, size: Size) -> Point:
    """Return the centre of a link's labels, moved down if its own gradient would strike them through."""
    line = sample_curve(curve)
    side = label_side(line, label)
    left, top, width, height = link_text_rect(label, size, side)
    across, down = [x for x, _ in curve], [y for _, y in curve]  # a curve lies within the hull of its control points
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
    """Return the centre of a link's labels if no space was kept for them; they may overlap something."""
    x, y = curve[len(curve) // 2]
    return x + label_size(link, "TB", width_of)[0] / 2, y


def _best_layout(
    picture: Picture, sizes: Mapping[str, Size], edges: Sequence[LayoutEdge], direction: str,
    beside: Mapping[str, str], density: Density,
) -> Layout:  # fmt: skip
    """Return the layout with all arguments in order, unless that needs detours where the order does not matter."""

    def layout_with(ordered: Sequence[str], sizes: Mapping[str, Size] = sizes) -> Layout:
        if not beside:
            is_large = len(sizes) > MAX_BOXES_WITH_LABEL_SPACE
            gaps = (LARGE_RANK_GAPS_PX[direction] if is_large else density.rank_gap, density.box_gap)
            return lay_out(sizes, edges, direction, ordered=ordered, gaps=gaps, max_boxes=MAX_EXPRESSION_BOXES)
        flat = lay_out_blocks(sizes, edges, direction, beside, ordered)
        if (
            direction == "LR"
            or len(sizes) > MAX_BOXES_WITH_ALTERNATIVES
            or flat.size[0] <= VIEW_ASPECT_RATIO * flat.size[1]
        ):
            return flat
        return max(flat, lay_out_blocks(sizes, edges, direction, beside, ordered, tall=True), key=_zoom_to_fit)

    free = layout_with([box.id for box in picture.boxes if box.ordered])
    several = [box.id for box in picture.boxes if sum(link.target == box.id for link in picture.links) > 1]
    if len(picture.boxes) > MAX_BOXES_WITH_ALTERNATIVES:
        return free
    strict = layout_with([name for name in several if name not in beside])
    best = strict if _total_length(strict) <= 1.06 * _total_length(free) else free
    if _largest_detour(best) <= DETOUR_RATIO:
        return best
    # A link goes around a box: dot may avoid that if it gets the boxes in reversed order.
    reversed_layout = layout_with([box.id for box in picture.boxes if box.ordered], dict(reversed([*sizes.items()])))
    return reversed_layout if _largest_detour(reversed_layout) <= DETOUR_RATIO else best


def _zoom_to_fit(layout: Layout) -> float:
    """Return the relative zoom at which a layout fits a view of `VIEW_ASPECT_RATIO`."""
    return min(VIEW_ASPECT_RATIO / layout.size[0], 1 / layout.size[1])


def _total_length(layout: Layout) -> float:
    """Return the total length of all links along their control points."""
    return sum(_path_length(path) for path in layout.paths.values())


def _largest_detour(layout: Layout) -> float:
    """Return the largest ratio of a link's length to the distance between its ends."""
    return max((_path_length(path) / max(dist(path[0], path[-1]), 1.0) for path in layout.paths.values()), default=1.0)


def _path_length(path: Sequence[Point]) -> float:
    return sum(dist(a, b) for a, b in pairwise(path))
