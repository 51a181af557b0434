"""Layouts of pictures, kept: the same picture comes again with a step back, an undo, or a scene laid out ahead."""

from functools import lru_cache

from explorer.core.graph.picture import Picture
from explorer.core.graph.placement import PlacedPicture, place_picture
from explorer.views.graph.items import text_width

KEPT = 24
"""Layouts that are kept; one of ten ops takes five to twenty milliseconds to make, and a few kilobytes."""


@lru_cache(maxsize=KEPT)
def laid_out(picture: Picture, direction: str, labelled: bool) -> PlacedPicture:
    """Lay a picture out, see `core.placed.place`; a picture has no values in it, so it is the same with all of them."""
    return place_picture(picture, direction, labelled, text_width)
