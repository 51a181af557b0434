"""The most recent layouts: a picture comes again with a step back, an undo or a scene that was prefetched."""

from functools import lru_cache

from explorer.core.graph.fitting import place_in_room
from explorer.core.graph.picture import Picture
from explorer.core.graph.placement import PlacedPicture
from explorer.views.graph.items import text_width

CACHE_SIZE = 24
"""Number of layouts; one of ten ops takes 5 to 20 milliseconds to compute, and a few kilobytes."""


@lru_cache(maxsize=CACHE_SIZE)
def cached_layout(picture: Picture, direction: str, labelled: bool, room: tuple[float, float]) -> PlacedPicture:
    """Return the layout of a picture, see `place_in_room`; a picture contains no values, so it is valid for all."""
    return place_in_room(picture, direction, labelled, text_width, room)
