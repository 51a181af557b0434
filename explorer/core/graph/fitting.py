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
    Skeleton,
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

FOLDED_ACCURACY, ACCURACY_SPREAD = 1.0, 1.04
"""Largest zoom of a folded arrangement as a share of the expected one, and how much larger this share may be than that
of another one that is folded in the same direction."""

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
    skeleton = Skeleton(picture, labelled, width_of)
    if labelled and len(picture.boxes) <= MAX_FITTED_BOXES:
        found = _fitted(skeleton, directions, room)
        if found is not None:
            return complete(found)
    whole = skeleton.arrange(directions[0], NORMAL)
    needed = FOLDING_GAIN * zoom_to_fit(whole.expected_size(), room)
    folded = whole.folded(room, needed, MAX_COLUMNS) if labelled else []
    return complete(folded[0] if folded else whole)


def zoom_to_fit(size: Size, room: Size) -> float:
    """Return the zoom at which a graph of a size fits into a room."""
    return min(room[0] / max(size[0], 1.0), room[1] / max(size[1], 1.0))


def _fitted(skeleton: Skeleton, directions: Sequence[str], room: Size) -> Arrangement | None:
    """Return the most spacious arrangement of which all can be read, or almost; None if there is none."""
    keeps_arguments: bool | None = None  # decided by the first layout, which compares two orders
    for density in (NORMAL, CLOSE, COMPACT):
        best: Arrangement | None = None
        for direction in directions:
            needed = density.min_zoom
            if best is not None:
                needed = max(needed, TOP_DOWN_ADVANTAGE * zoom_to_fit(best.size, room))
            if zoom_to_fit(skeleton.least_size(direction, density), room) < PROMISING * needed:
                continue
            whole = skeleton.arrange(direction, density, keeps_arguments)
            if zoom_to_fit(whole.expected_size(), room) < PROMISING * needed:
                continue
            if zoom_to_fit(whole.size, room) >= needed:
                best = whole
            keeps_arguments = whole.has_all_arguments_in_order
        if best is not None:
            return best
    best, largest = None, 0.0
    accuracy: dict[tuple[str, bool], float] = {}
    for density in (COMPACT, *DENSE):
        wholes = [skeleton.arrange(direction, density, keeps_arguments) for direction in directions]
        for expected, way in _ways(wholes, room, density is not COMPACT):
            kind = way.direction, bool(way.cuts)
            if expected * accuracy.get(kind, FOLDED_ACCURACY if way.cuts else 1 / PROMISING) < density.min_zoom:
                continue
            found = way if way.keeps_arguments is keeps_arguments else replace(way, keeps_arguments=keeps_arguments)
            zoom = zoom_to_fit(found.size, room)
            if zoom >= density.min_zoom:
                return found
            if zoom / density.min_zoom > largest:
                best, largest = found, zoom / density.min_zoom
            accuracy[kind] = ACCURACY_SPREAD * zoom / expected
            keeps_arguments = found.has_all_arguments_in_order
    return best if largest >= ALMOST_LEGIBLE else None


def _ways(wholes: Sequence[Arrangement], room: Size, unfolded: bool) -> list[tuple[float, Arrangement]]:
    """Return about the zoom in a room and the arrangement for several ways to fold, the largest first.

    unfolded: with the arrangements that are not folded.
    """
    ways = [fold for whole in wholes for fold in whole.folds(room)]
    if unfolded:
        ways += [(zoom_to_fit(whole.expected_size(), room), whole) for whole in wholes]
    return sorted(ways, key=lambda way: -way[0])
