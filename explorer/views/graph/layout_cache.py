"""The most recent layouts: a picture comes again with a step back, an undo or a scene that was prefetched."""

import re
from dataclasses import replace
from functools import lru_cache

from explorer.core.graph.fitting import place_in_room
from explorer.core.graph.picture import Picture
from explorer.core.graph.placement import PlacedPicture
from explorer.views.graph.items import text_width

CACHE_SIZE = 24
"""Number of layouts; one of ten ops takes 2 to 8 milliseconds to compute, and a few kilobytes."""


@lru_cache(maxsize=CACHE_SIZE)
def cached_layout(picture: Picture, direction: str, labelled: bool, room: tuple[float, float]) -> PlacedPicture:
    """Return the layout of a picture, see `place_in_room`; a picture contains no values, so it is valid for all."""
    return replace(layout_of_outline(outline(picture), direction, labelled, room), picture=picture)


@lru_cache(maxsize=CACHE_SIZE)
def layout_of_outline(picture: Picture, direction: str, labelled: bool, room: tuple[float, float]) -> PlacedPicture:
    """Return the layout of all pictures with an `outline`."""
    return place_in_room(picture, direction, labelled, text_width, room)


def outline(picture: Picture) -> Picture:
    """Return a picture with 0 for each digit of a number: all digits are equally wide, so its layout is the same."""
    boxes = (
        replace(box, symbol=re.sub(r"\d", "0", box.symbol)) if box.kind == "constant" else box for box in picture.boxes
    )
    return Picture(tuple(boxes), picture.links)
