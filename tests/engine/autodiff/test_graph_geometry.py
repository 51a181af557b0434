"""Nothing collides in the graphs of two hundred expressions, in both depths and directions, and after a drag."""

from functools import cache
from random import Random

import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.graph.fitting import AUTO, place_in_room
from explorer.core.graph.picture import concept_picture, full_picture
from explorer.core.graph.placement import place_picture
from explorer.core.graph.rerouting import reroute
from explorer.core.sharing.html_fonts import width_of
from explorer.engine.in_process import trace_and_run
from tests.core.graph.graph_expressions import COUNT, expressions
from tests.core.graph.picture_collisions import collisions

ROOM = (790.0, 430.0)
"""About what a window of 1280x720 has."""


SMALL_BOXES = 40
"""Boxes of a graph that is always examined; the larger ones take most of the time."""


@cache
def traces():
    """Return the trace of each expression."""
    found = {text: trace_and_run(text, {})[0] for text in expressions()}
    assert len(found) == COUNT
    return found


def pictures(depth, boxes=range(SMALL_BOXES + 1)):
    """Return the picture of each expression whose number of boxes is in a range."""
    found = {}
    for text, trace in traces().items():
        picture = full_picture(trace) if depth == "full" else concept_picture(concept_trace(trace))
        if len(picture.boxes) in boxes:
            found[text] = picture
    return found


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
    assert all_collisions(placements(depth, direction, range(SMALL_BOXES + 1))) == {}


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("depth", ["concept", "full"])
def test_nothing_collides_in_large_graphs(depth, direction):
    assert all_collisions(placements(depth, direction, range(SMALL_BOXES + 1, 1000))) == {}


def placements(depth, direction, boxes):
    """Yield each expression with a number of boxes in a range, and its placement."""
    for text, picture in pictures(depth, boxes).items():
        yield text, place_picture(picture, direction, depth == "concept", width_of)


def test_nothing_collides_in_the_room_of_a_small_window():
    fitted = (
        (text, place_in_room(picture, AUTO, True, width_of, ROOM)) for text, picture in pictures("concept").items()
    )
    assert all_collisions(fitted) == {}


MAX_DRAGGED_BOXES = 20
"""Boxes of a graph up to which there is a way around everything after any drag."""

FREE_X_PX, FREE_Y_PX = 80.0, 90.0
"""Space around a place in which a box is dropped."""


def dropped(placed, draw):
    """Return the centres of boxes after one of them was moved to a free place; None if none was found."""
    for _ in range(200):
        name = draw.choice(sorted(placed.centres))
        width, height = placed.sizes[name]
        x = min(max(placed.centres[name][0] + draw.uniform(-300, 300), width / 2), placed.size[0] - width / 2)
        y = min(max(placed.centres[name][1] + draw.uniform(-250, 250), height / 2), placed.size[1] - height / 2)
        others = [(placed.centres[other], placed.sizes[other]) for other in placed.centres if other != name]
        if all(abs(x - a) > (width + w) / 2 + FREE_X_PX or abs(y - b) > (height + h) / 2 + FREE_Y_PX
               for (a, b), (w, h) in others):  # fmt: skip
            return {**placed.centres, name: (x, y)}
    return None


@pytest.mark.parametrize("depth", ["concept", "full"])
def test_nothing_collides_after_a_box_was_dropped_in_a_free_place(depth):
    collided, drags = {}, 0
    for number, (text, picture) in enumerate(pictures(depth).items()):
        if len(picture.boxes) > MAX_DRAGGED_BOXES:
            continue
        placed = place_picture(picture, "LR" if number % 2 else "TB", depth == "concept", width_of)
        centres = dropped(placed, Random(number))
        if centres is None:
            continue
        drags += 1
        after = reroute(placed, centres, width_of)
        assert after.centres == centres
        kinds = [one for one in collisions(after, width_of) if one[0] != "outside of the graph"]
        if kinds:
            collided[text] = kinds
    assert collided == {}
    assert drags > 50


def test_wires_are_straight_while_boxes_overlap():
    picture = pictures("concept")["sin(2*x)"]
    placed = place_picture(picture, "TB", True, width_of)
    one, other = (box.id for box in picture.boxes if box.kind == "op")
    after = reroute(placed, {**placed.centres, one: placed.centres[other]}, width_of)
    for link in picture.links:
        if one in (link.source, link.target):
            assert len(after.curves[link.key]) == 4
        else:
            assert after.curves[link.key] == placed.curves[link.key]
