"""Choice of direction, density and folds with which a whole graph can be read in the room that there is."""

from collections.abc import Sequence

from explorer.core.graph.density import CLOSE, COMPACT, NORMAL
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
    for density in (NORMAL, CLOSE, COMPACT):
        best: Arrangement | None = None
        for direction in directions:
            needed = density.min_zoom
            if best is not None:
                needed = max(needed, TOP_DOWN_ADVANTAGE * zoom_to_fit(best.layout.size, room))
            found = arrange(picture, direction, True, width_of, density)
            if zoom_to_fit(found.expected_size(), room) < PROMISING * needed:
                continue
            if zoom_to_fit(found.layout.size, room) >= needed:
                best = found
        if best is not None:
            return best
    return _folded(picture, directions, width_of, room)


def _folded(picture: Picture, directions: Sequence[str], width_of: Measure, room: Size) -> Arrangement | None:
    """Return the first compact arrangement that can be read once it is folded."""
    almost: list[tuple[float, Arrangement]] = []
    promising = PROMISING * ALMOST_LEGIBLE * COMPACT.min_zoom
    for direction in directions:
        whole = arrange(picture, direction, True, width_of, COMPACT)
        is_promising = zoom_to_fit(whole.expected_size(), room) >= promising
        for found in (*whole.folded(room, promising), *([whole] if is_promising else [])):
            zoom = zoom_to_fit(found.layout.size, room)
            if zoom >= COMPACT.min_zoom:
                return found
            almost.append((zoom, found))
    zoom, best = max(almost, key=lambda one: one[0], default=(0.0, None))
    return best if zoom >= ALMOST_LEGIBLE * COMPACT.min_zoom else None
