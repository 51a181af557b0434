"""Nothing collides in the graphs of two hundred expressions, in both depths and both directions."""

from functools import cache

import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.graph.fitting import AUTO, place_in_room
from explorer.core.graph.picture import concept_picture, full_picture
from explorer.core.graph.placement import place_picture
from explorer.core.sharing.html_fonts import width_of
from explorer.engine.in_process import trace_and_run
from tests.core.graph.graph_expressions import COUNT, expressions
from tests.core.graph.picture_collisions import collisions

ROOM = (790.0, 430.0)
"""About what a window of 1280x720 has."""


@cache
def traces():
    """Return the trace of each expression."""
    found = {text: trace_and_run(text, {})[0] for text in expressions()}
    assert len(found) == COUNT
    return found


def pictures(depth):
    """Return the picture of each expression."""
    if depth == "full":
        return {text: full_picture(trace) for text, trace in traces().items()}
    return {text: concept_picture(concept_trace(trace)) for text, trace in traces().items()}


MAX_DISTINCT_LINES_BOXES = 150
"""Boxes of a graph above which two lines may lie on each other: no order of them might avoid it."""


def all_collisions(placements):
    found = {}
    for text, placed in placements:
        kinds = list(collisions(placed, width_of))
        if len(placed.picture.boxes) > MAX_DISTINCT_LINES_BOXES:
            kinds = [one for one in kinds if one[0] != "lines on each other"]
        if kinds:
            found[text] = kinds
    return found


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("depth", ["concept", "full"])
def test_nothing_collides(depth, direction):
    placements = (
        (text, place_picture(picture, direction, depth == "concept", width_of))
        for text, picture in pictures(depth).items()
    )
    assert all_collisions(placements) == {}


def test_nothing_collides_in_the_room_of_a_small_window():
    placements = (
        (text, place_in_room(picture, AUTO, True, width_of, ROOM)) for text, picture in pictures("concept").items()
    )
    assert all_collisions(placements) == {}
