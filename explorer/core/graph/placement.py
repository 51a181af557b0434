"""Placement of a picture: sizes of boxes and labels, and their layout.

Widths of texts come from a `Measure`, as they depend on the renderer: Qt in the window, font files for a page.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from explorer.core.expression.names import short_name
from explorer.core.graph.density import NORMAL, Density
from explorer.core.graph.graphviz_layout import Layout, Point, Size
from explorer.core.graph.measure import MATH_FAMILY, SANS_FAMILY, Measure
from explorer.core.graph.picture import Box, Link, Picture
from explorer.core.graph.ports import Wire
from explorer.core.graph.row_folding import FoldEstimate, zoom_in_room
from explorer.core.graph.row_layout import RowLayouter, with_space_for_ports
from explorer.core.graph.row_order import crossings, places_across
from explorer.core.graph.rows import Rows, build_rows, ranks
from explorer.core.graph.value_space import is_tall, value_size

GRADIENT_HEIGHT_PX, OUTPUT_HEIGHT_PX, OUTPUT_LINE_HEIGHT = 48.0, 40.0, 1.25
"""Height of a backward op; height of the output's name at least, in pixels and in em."""

GRADIENT_NAME_HEIGHT_PX = 28.0
"""Height of the name of a backward op and the space around it, under a value that is taller than a line."""

SYMBOL_GAP_PX = 10.0
"""Space between the symbol of a box and its name and value."""

MAX_NAME_WIDTH_PX = 165.0

GRADIENT_TEXT_HEIGHT_PX, GRADIENT_LINE_HEIGHT = 20.0, 1.1
"""Height of the gradient beside a link at least, in pixels and in em."""

ARROW_SPACE_PX, TEXT_GAP_PX = 22.0, 8.0
"""Space between a link and its labels: with a gradient between them, and without."""

BLOCK_GAP_PX = 30.0
"""Space between a box and the backward ops beside it, in which arrows run."""

MAX_BOXES_WITH_ALTERNATIVES = 40
"""Boxes up to which two orders of the boxes are compared; each takes some milliseconds."""

MAX_KEPT_ARGUMENTS = 500
"""Number of drawings of which is kept which order was the better one: that does not depend on the sizes of boxes."""
_KEPT_ARGUMENTS: dict[tuple[Any, ...], bool] = {}

MAX_FOLDS, MAX_TRIED_FOLDS = 4, 5
"""Largest number of columns or lines of a folded graph, and number of folds that are tried."""


@dataclass(frozen=True)
class PlacedPicture:
    """A picture with its layout, in pixels at scale 1.

    sizes, centres: of boxes by id; a box is larger than `box_size` if many links end at it. curves: control points of
    links by key. labels: centres of labels by key of link. direction: ``TB`` or ``LR``.
    """

    picture: Picture
    sizes: Mapping[str, Size]
    centres: Mapping[str, Point]
    curves: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    size: tuple[float, float]
    direction: str = "TB"
    density: Density = NORMAL


def box_size(box: Box, width_of: Measure, density: Density = NORMAL) -> Size:
    """Return width and height of a box, which do not depend on values, so that sliders do not move boxes."""
    if box.kind == "output":
        width = width_of(MATH_FAMILY, density.output_px, box.symbol, italic=True)
        return max(44.0, width + 20), max(OUTPUT_HEIGHT_PX, OUTPUT_LINE_HEIGHT * density.output_px)
    if box.kind == "gradient":
        pixels = density.small_px
        value, value_height = value_size(box.shape, pixels, width_of, density)
        value = max(width_of(SANS_FAMILY, pixels, "−0.88888", bold=True), value)
        head = width_of(SANS_FAMILY, pixels, box.symbol, bold=True) + 12 + value
        name = min(width_of(SANS_FAMILY, density.name_px, box.name), MAX_NAME_WIDTH_PX)
        height = value_height + GRADIENT_NAME_HEIGHT_PX if is_tall(box.shape) else 0.0
        return max(96.0, head + 20, name + 20), max(GRADIENT_HEIGHT_PX, height)
    symbol = width_of(MATH_FAMILY, density.symbol_px, box.symbol, italic=box.kind == "input")
    if is_bare(box, density):
        return symbol + 4 * density.padding_x, density.box_height
    name = min(width_of(SANS_FAMILY, density.name_px, box.name), MAX_NAME_WIDTH_PX)
    value, value_height = value_size(box.shape, density.value_px, width_of, density)
    texts = symbol + SYMBOL_GAP_PX + max(name, value)
    height = value_height + name_height(density) + 2 * density.padding_y if is_tall(box.shape) else 0.0
    return max(density.box_width, texts + 2 * density.padding_x + density.box_spare), max(density.box_height, height)


def is_bare(box: Box, density: Density) -> bool:
    """Return whether a box shows nothing but its symbol: a constant of which the symbol says all."""
    return not density.has_constant_values and box.kind == "constant" and not box.shape and box.symbol != "const"


def name_height(density: Density) -> float:
    """Return the height of the name above a value that is taller than a line."""
    return density.name_px + 6.0


def link_text_size(link: Link, width_of: Measure, density: Density = NORMAL) -> Size:
    """Return the size of a link's labels, (0, 0) if it has none."""
    if not link.tensor or link.kind != "forward":
        return 0.0, 0.0
    gradient, height = value_size(link.shape, density.gradient_px, width_of, density)
    if not is_tall(link.shape) or link.gradient is None:
        height = max(GRADIENT_TEXT_HEIGHT_PX, GRADIENT_LINE_HEIGHT * density.gradient_px)
    if not density.has_tensor_names:
        return (gradient, height) if link.gradient is not None else (0.0, 0.0)
    return max(width_of(SANS_FAMILY, density.name_px, short_name(link.tensor)), gradient), height + 20.0


def label_size(link: Link, direction: str, width_of: Measure, density: Density = NORMAL) -> Size:
    """Return the space that a link's labels need beside its line, its gradient included; (0, 0) if it has none."""
    width, height = link_text_size(link, width_of, density)
    if not width:
        return 0.0, 0.0
    return (width + ARROW_SPACE_PX, height) if direction == "TB" else (width, height + ARROW_SPACE_PX)


def link_text_rect(label: Point, size: Size) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a link's labels around their centre."""
    (x, y), (width, height) = label, size
    return x - width / 2, y - height / 2, width, height


@dataclass(frozen=True)
class Arrangement:
    """Where the boxes of a picture are, before it becomes a placement.

    sizes: sizes of boxes by id. row_of: row of each box. left_of: for a box that stands beside another one, the one to
    its left. texts: sizes of labels by link, across and along the flow, with the space between them and the link.
    cuts: the first row of each further column (``TB``) or line (``LR``) of a folded graph. keeps_arguments: whether all
    arguments are in order; None to keep the order unless fewer links cross in another one.
    """

    picture: Picture
    direction: str
    density: Density
    sizes: Mapping[str, Size]
    wires: tuple[Wire, ...]
    row_of: Mapping[str, int]
    left_of: Mapping[str, str]
    texts: Mapping[str, Size]
    text_gaps: Mapping[str, float]
    cuts: tuple[int, ...] = ()
    keeps_arguments: bool | None = None

    @cached_property
    def rows(self) -> Rows:
        """The rows of the drawing."""
        sizes = {name: _along_flow(size, self.direction) for name, size in self.sizes.items()}
        return build_rows(sizes, self.row_of, self.wires, self.texts, self.cuts)

    @cached_property
    def _placed_rows(self) -> tuple[dict[str, float], bool]:
        return _places(self.picture, self.rows, self.density.box_gap, self.left_of, self.cuts, self.keeps_arguments)

    @property
    def places(self) -> Mapping[str, float]:
        """The places of cells in their rows, across the flow."""
        return self._placed_rows[0]

    @property
    def has_all_arguments_in_order(self) -> bool:
        """Whether the links into each box arrive in the order of its arguments."""
        return self._placed_rows[1]

    @cached_property
    def _layouter(self) -> RowLayouter:
        return RowLayouter(self.rows, self.places, self.wires, self.cuts)

    @property
    def size(self) -> Size:
        """Width and height of the layout; it takes no time for the course of the links."""
        return _along_flow(self._layouter.size, self.direction)

    @cached_property
    def layout(self) -> Layout:
        """The layout in pixels."""
        layout = self._layouter.layout(self.text_gaps)
        return _turned(layout) if self.direction == "LR" else layout

    @cached_property
    def _estimate(self) -> FoldEstimate:
        return FoldEstimate(self.rows, self.wires, self.density.box_gap)

    def expected_size(self) -> Size:
        """Return about the width and height of the layout, much faster than the layout itself."""
        return _along_flow(self._estimate.size(), self.direction)

    def folded(self, room: Size, min_zoom: float = 0.0, max_columns: int = MAX_FOLDS) -> list["Arrangement"]:
        """Return arrangements in several columns (``TB``) or lines (``LR``), those first that are largest in a room.

        min_zoom: zoom in the room below which an arrangement is left out, as far as it can be estimated.
        """
        return [one for zoom, one in self.folds(room, max_columns) if zoom >= min_zoom]

    def folds(self, room: Size, max_columns: int = MAX_FOLDS) -> list[tuple[float, "Arrangement"]]:
        """Return about the zoom in a room and the arrangement for several ways to fold, the largest first."""
        room, estimate = _along_flow(room, self.direction), self._estimate
        ways = estimate.best_cuts(room, max_columns, MAX_TRIED_FOLDS)
        return [(zoom_in_room(estimate.size(cuts), room), replace(self, cuts=cuts)) for cuts in ways]


def place_picture(picture: Picture, direction: str, labelled: bool, width_of: Measure) -> PlacedPicture:
    """Return the placement of a picture; ``labelled``: leave space for labels beside the links."""
    return complete(arrange(picture, direction, labelled, width_of, NORMAL))


def arrange(picture: Picture, direction: str, labelled: bool, width_of: Measure, density: Density) -> Arrangement:
    """Return the arrangement of a picture's boxes, from which `complete` makes a placement."""
    return Skeleton(picture, labelled, width_of).arrange(direction, density)


class Skeleton:
    """What all arrangements of a picture share: links as wires, rows of boxes, and the sizes of texts."""

    def __init__(self, picture: Picture, labelled: bool, width_of: Measure) -> None:
        self._picture = picture
        self._labelled = labelled
        self._width_of = width_of
        self._wires = tuple(wire_of(link) for link in picture.links)
        self._row_of, self._left_of = _rows_of_boxes(picture, labelled)
        self._sizes: dict[Density, tuple[dict[str, Size], dict[str, Size]]] = {}

    def least_size(self, direction: str, density: Density) -> Size:
        """Return a width and a height that no arrangement is smaller than, much faster than `Arrangement` estimates."""
        boxes, labels = self._sizes_at(density)
        across: dict[int, float] = {}
        along: dict[int, float] = {}
        for name, size in boxes.items():
            row, (length, depth) = self._row_of[name], _along_flow(size, direction)
            across[row] = across.get(row, -density.box_gap) + length + density.box_gap
            along[row] = max(along.get(row, 0.0), depth)
        for wire in self._wires:
            if wire.key in labels and self._row_of[wire.source] < self._row_of[wire.target]:
                row = self._row_of[wire.target] - 1
                along[row] = max(along.get(row, 0.0), _along_flow(labels[wire.key], direction)[1])
        return _along_flow((max(across.values()), sum(along.values())), direction)

    def arrange(self, direction: str, density: Density, keeps_arguments: bool | None = None) -> Arrangement:
        """Return the arrangement in a direction, ``TB`` or ``LR``."""
        boxes, labels = self._sizes_at(density)
        texts, gaps = {}, {}
        for wire in self._wires:
            if wire.key in labels:
                across, along = _along_flow(labels[wire.key], direction)
                gap = ARROW_SPACE_PX if wire.has_gradient else TEXT_GAP_PX
                texts[wire.key] = (gap + across, along)
                gaps[wire.key] = gap + across / 2
        sizes = {name: _along_flow(size, direction) for name, size in boxes.items()}
        sizes = with_space_for_ports(sizes, self._row_of, self._wires)
        sizes = {name: _along_flow(size, direction) for name, size in sizes.items()}
        return Arrangement(
            self._picture,
            direction,
            density,
            sizes,
            self._wires,
            self._row_of,
            self._left_of,
            texts,
            gaps,
            keeps_arguments=keeps_arguments,
        )

    def _sizes_at(self, density: Density) -> tuple[dict[str, Size], dict[str, Size]]:
        """Return the sizes of boxes by id, and those of the labels that links have by key."""
        if density not in self._sizes:
            boxes = {box.id: box_size(box, self._width_of, density) for box in self._picture.boxes}
            links = zip(self._wires, self._picture.links, strict=True) if self._labelled else ()
            texts = ((wire.key, link_text_size(link, self._width_of, density)) for wire, link in links)
            self._sizes[density] = boxes, {key: size for key, size in texts if size[0]}
        return self._sizes[density]


def _along_flow(size: Size, direction: str) -> Size:
    """Return a size across and along the flow, or one that is given so as width and height."""
    return (size[1], size[0]) if direction == "LR" else size


def complete(arrangement: Arrangement) -> PlacedPicture:
    """Return the placement of an arrangement."""
    layout, one = arrangement.layout, arrangement
    return PlacedPicture(
        one.picture, one.sizes, layout.centres, layout.paths, layout.labels, layout.size, one.direction, one.density
    )


def wire_of(link: Link) -> Wire:
    """Return a link as a wire to be routed."""
    return Wire(link.key, link.source, link.target, link.tensor, link.gradient is not None, link.kind == "forward")


def _places(
    picture: Picture,
    rows: Rows,
    spacing: float,
    left_of: Mapping[str, str],
    cuts: Sequence[int],
    keeps_arguments: bool | None,
) -> tuple[dict[str, float], bool]:
    """Return the places of cells in their rows, and whether all arguments are in order."""
    if left_of:
        return places_across(rows, BLOCK_GAP_PX, (), left_of), False
    targets = Counter(link.target for link in picture.links)
    strict = [name for name, count in targets.items() if count > 1]
    necessary = [box.id for box in picture.boxes if box.ordered and targets[box.id] > 1]
    if keeps_arguments is not None:
        return places_across(rows, spacing, strict if keeps_arguments else necessary, cuts=cuts), keeps_arguments
    if len(necessary) == len(strict) or len(picture.boxes) > MAX_BOXES_WITH_ALTERNATIVES:
        return places_across(rows, spacing, strict, cuts=cuts), True
    key = (rows.topology(strict, necessary), tuple(cuts))
    kept = _KEPT_ARGUMENTS.get(key)
    if kept is not None:
        return places_across(rows, spacing, strict if kept else necessary, cuts=cuts), kept
    found, kept = places_across(rows, spacing, strict, cuts=cuts), True
    crossed = crossings(rows, found, cuts)
    if crossed:
        free = places_across(rows, spacing, necessary, cuts=cuts)
        kept = crossings(rows, free, cuts) >= crossed
        found = found if kept else free
    if len(_KEPT_ARGUMENTS) >= MAX_KEPT_ARGUMENTS:
        _KEPT_ARGUMENTS.clear()
    _KEPT_ARGUMENTS[key] = kept
    return found, kept


def _rows_of_boxes(picture: Picture, labelled: bool) -> tuple[dict[str, int], dict[str, str]]:
    """Return the row of each box, and for a backward op that is not the first in its row the box to its left.

    With labels, boxes are in even rows and labels in odd ones. Backward ops stand in the rows of their forward op, in
    columns to its right, in which they run upwards as gradients do.
    """
    forward = [box.id for box in picture.boxes if box.beside is None]
    rank = ranks(forward, [(link.source, link.target) for link in picture.links if link.kind == "forward"])
    if labelled:
        return {name: 2 * depth for name, depth in rank.items()}, {}
    blocks: dict[str, list[str]] = {}
    for box in picture.boxes:
        if box.beside is not None:
            blocks.setdefault(box.beside, []).append(box.id)
    heights = {owner: 1 if len(names) <= 2 else 2 if len(names) <= 6 else 3 for owner, names in blocks.items()}
    first, row = {}, 0
    for depth in sorted(set(rank.values())):
        first[depth] = row
        row += max(heights.get(name, 1) for name, other in rank.items() if other == depth)
    row_of: dict[str, int] = {}
    left_of: dict[str, str] = {}
    for name, depth in rank.items():
        height = heights.get(name, 1)
        row_of[name] = first[depth] + (height - 1) // 2
        for index, backward in enumerate(blocks.get(name, ())):
            column, place = divmod(index, height)
            row_of[backward] = first[depth] + height - 1 - place
            if column:
                left_of[backward] = blocks[name][index - height]
            elif row_of[backward] == row_of[name]:
                left_of[backward] = name
    return row_of, left_of


def _turned(layout: Layout) -> Layout:
    """Return a layout with the two axes swapped."""

    def turn(point: Point) -> Point:
        return point[1], point[0]

    return Layout(
        {name: turn(place) for name, place in layout.centres.items()},
        {key: tuple(turn(point) for point in path) for key, path in layout.paths.items()},
        {key: turn(place) for key, place in layout.labels.items()},
        turn(layout.size),
    )
