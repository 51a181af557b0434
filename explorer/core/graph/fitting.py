"""Choice of direction, density and folds with which a whole graph can be read in the room that there is."""

from collections.abc import Sequence
from dataclasses import replace

from explorer.core.graph.density import CLOSE, COMPACT, DENSE, NORMAL
from explorer.core.graph.graphviz_layout import Size
from explorer.core.graph.measure import Measure
from explorer.core.graph.picture import Picture
from explorer.core.graph.placement import (
    Arrangement,
    PlacedPicture,
    arrange,
    complete,
)

AUTO = "auto"
"""The direction that is chosen for the room; the others are ``TB`` and ``LR``."""

MAX_FITTED_BOXES = 40
"""Boxes up to which several layouts are tried; a larger graph cannot be read as a whole in any window."""

TOP_DOWN_ADVANTAGE = 1.15
"""How much larger a graph must be from left to right to be preferred to one from top to bottom."""

PROMISING = 0.9
"""Share of the zoom that is needed from which an arrangement is laid out: its size is only estimated before."""

FOLDED_PROMISING, MAX_TRIED = 0.97, 4
"""The same for folded arrangements, of which the size is rarely less than estimated; how many are tried per density."""

MAX_COLUMNS = 10
"""Largest number of columns of a long chain."""

FOLDING_GAIN = 2.0
"""How much larger folding must show a graph that cannot be read as a whole: it is harder to follow then."""

ALMOST_LEGIBLE = 0.85
"""Share of the zoom at which all text can be read from which a whole graph is still better than a part of it."""


def place_in_room(picture: Picture, direction: str, labelled: bool, width_of: Measure, room: Size) -> PlacedPicture:
    """Return the placement of a picture with which all of it can be read in a room, if there is one.

    direction: ``TB``, ``LR`` or `AUTO`. room: width and height in pixels at scale 1. Spacious placements are tried
    first, then closer ones, and folded ones at last. A graph that cannot be read as a whole gets a normal placement,
    of which a part is shown; a long chain is folded.
    """
    directions = ("TB", "LR") if direction == AUTO else (direction,)
    if labelled and len(picture.boxes) <= MAX_FITTED_BOXES:
        found = _fitted(picture, directions, width_of, room)
        if found is not None:
            return complete(found)
    whole = arrange(picture, directions[0], labelled, width_of, NORMAL)
    needed = FOLDING_GAIN * zoom_to_fit(whole.expected_size(), room)
    folded = whole.folded(room, needed, MAX_COLUMNS) if labelled else []
    return complete(folded[0] if folded else whole)


def zoom_to_fit(size: Size, room: Size) -> float:
    """Return the zoom at which a graph of a size fits into a room."""
    return min(room[0] / max(size[0], 1.0), room[1] / max(size[1], 1.0))


def _fitted(picture: Picture, directions: Sequence[str], width_of: Measure, room: Size) -> Arrangement | None:
    """Return the most spacious arrangement of which all can be read, or almost; None if there is none."""
    keeps_arguments: bool | None = None
    for density in (NORMAL, CLOSE, COMPACT):
        best: Arrangement | None = None
        for direction in directions:
            needed = density.min_zoom
            if best is not None:
                needed = max(needed, TOP_DOWN_ADVANTAGE * zoom_to_fit(best.size, room))
            whole = arrange(picture, direction, True, width_of, density)
            if zoom_to_fit(whole.expected_size(), room) < PROMISING * needed:
                continue
            found = replace(whole, keeps_arguments=keeps_arguments)
            if zoom_to_fit(found.size, room) >= needed:
                best = found
            keeps_arguments = found.has_all_arguments_in_order
        if best is not None:
            return best
    best, largest = None, 0.0
    for density in (COMPACT, *DENSE):
        wholes = [arrange(picture, direction, True, width_of, density) for direction in directions]
        for way in _promising(wholes, room, density is not COMPACT):
            found = replace(way, keeps_arguments=keeps_arguments)
            zoom = zoom_to_fit(found.size, room) / density.min_zoom
            if zoom >= 1.0:
                return found
            if zoom > largest:
                best, largest = found, zoom
            keeps_arguments = found.has_all_arguments_in_order
    return best if largest >= ALMOST_LEGIBLE else None


def _promising(wholes: Sequence[Arrangement], room: Size, unfolded: bool) -> list[Arrangement]:
    """Return the arrangements, folded in several ways, that can probably be read in a room, the largest first."""
    ways: list[tuple[float, Arrangement]] = []
    for whole in wholes:
        zoom = zoom_to_fit(whole.expected_size(), room)
        ways += [(zoom / PROMISING, whole)] if unfolded else []
        ways += [(zoom / FOLDED_PROMISING, folded) for zoom, folded in whole.folds(room)]
    ways.sort(key=lambda way: -way[0])
    return [way for zoom, way in ways[:MAX_TRIED] if zoom >= way.density.min_zoom]
