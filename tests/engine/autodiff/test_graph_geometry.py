"""Nothing collides in the graphs of two hundred expressions, in both depths and directions, and after a drag."""

from functools import cache
from itertools import product
from random import Random

import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.graph import placement as placement_module
from explorer.core.graph.density import NORMAL
from explorer.core.graph.fitting import AUTO, place_in_room
from explorer.core.graph.picture import concept_picture, full_picture
from explorer.core.graph.placement import arrange, place_picture
from explorer.core.graph.rerouting import reroute
from explorer.core.sharing.html_fonts import width_of
from explorer.engine.in_process import trace_and_run
from tests.core.graph.graph_expressions import COUNT, expressions
from tests.core.graph.picture_collisions import collisions

ROOM = (790.0, 430.0)
"""About what a window of 1280x720 has."""


SMALL_BOXES = 40
"""Boxes of a graph that is always examined; the larger ones take most of the time."""

ANY_NUMBER = range(1000)


@cache
def traces():
    """Return the trace of each expression."""
    found = {text: trace_and_run(text, {})[0] for text in expressions()}
    assert len(found) == COUNT
    return found


def pictures(depth, boxes=ANY_NUMBER):
    """Return the picture of each expression whose number of boxes is in a range."""
    return {text: picture for text, picture in all_pictures(depth).items() if len(picture.boxes) in boxes}


@cache
def all_pictures(depth):
    """Return the picture of each expression."""
    return {
        text: full_picture(trace) if depth == "full" else concept_picture(concept_trace(trace))
        for text, trace in traces().items()
    }


@cache
def placement(text, depth, direction):
    """Return the placement of the picture of an expression."""
    return place_picture(all_pictures(depth)[text], direction, depth == "concept", width_of)


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


def test_the_order_of_arguments_does_not_depend_on_the_sizes_of_boxes(monkeypatch):
    """Otherwise the same expression would look different after another one."""
    monkeypatch.setattr(placement_module, "_KEPT_ARGUMENTS", {})
    kept = {}
    for picture in pictures("concept", range(SMALL_BOXES + 1)).values():
        for direction, scale in (("TB", 1.0), ("LR", 1.7)):

            def scaled_width(*arguments, scale=scale, **style):
                return width_of(*arguments, **style) * scale

            placement_module._KEPT_ARGUMENTS.clear()
            _ = arrange(picture, direction, True, scaled_width, NORMAL).places
            for key, decision in placement_module._KEPT_ARGUMENTS.items():
                kept.setdefault(key, []).append(decision)
    assert max(map(len, kept.values())) > 2
    assert [decisions for decisions in kept.values() if len(set(decisions)) > 1] == []


def placements(depth, direction, boxes):
    """Yield each expression with a number of boxes in a range, and its placement."""
    for text in pictures(depth, boxes):
        yield text, placement(text, depth, direction)


def test_nothing_collides_in_the_room_of_a_small_window():
    fitted = (
        (text, place_in_room(picture, AUTO, True, width_of, ROOM)) for text, picture in pictures("concept").items()
    )
    assert all_collisions(fitted) == {}


DROPS = {
    # how far from where it was, in pixels, and how much free space to the other boxes at least and at most
    "free": ((300, 250), (80, 1000)),
    "anywhere": ((1500, 1000), (30, 1000)),
    "close": ((300, 300), (3, 30)),
    "outside": ((600, 600), (30, 10000)),
}
"""Places in which a box is dropped: most are among the others, and outside of the area of the graph."""


def dropped(placed, draw, kind):
    """Return the centres of boxes after one of them was moved to a place of a kind; None if none was found."""
    (across, down), (least, most) = DROPS[kind]
    for _ in range(400):
        name = draw.choice(sorted(placed.centres))
        (x, y), (width, height) = placed.centres[name], placed.sizes[name]
        if kind == "outside":
            x, y = draw.uniform(-across, placed.size[0] + across), draw.uniform(-down, placed.size[1] + down)
            if 0 < x < placed.size[0] and 0 < y < placed.size[1]:
                continue
        else:
            x, y = x + draw.uniform(-across, across), y + draw.uniform(-down, down)
        if kind in ("free", "anywhere"):
            x = min(max(x, width / 2), placed.size[0] - width / 2)
            y = min(max(y, height / 2), placed.size[1] - height / 2)
        gaps = [
            max(abs(x - a) - (width + w) / 2, abs(y - b) - (height + h) / 2)
            for other, (a, b) in placed.centres.items()
            if other != name
            for w, h in [placed.sizes[other]]
        ]
        if least < min(gaps, default=most) <= most:
            return {**placed.centres, name: (x, y)}
    return None


def collisions_after_drops(cases):
    """Return what collides after drops, and their number; cases: expression, depth, direction, kind, seed."""
    collided, drags = {}, 0
    for text, depth, direction, kind, seed in cases:
        placed = placement(text, depth, direction)
        centres = dropped(placed, Random(seed), kind)
        if centres is None:
            continue
        drags += 1
        after = reroute(placed, centres, width_of)
        assert after.centres == centres
        # a box outside takes its wires along; that the view shows them is tested with the view
        kinds = [one for one in all_collisions([(text, after)]).get(text, []) if one[0] != "outside of the graph"]
        if kinds:
            collided[text, depth, direction, kind, seed] = kinds
    return collided, drags


def test_nothing_collides_after_a_box_was_dropped():
    ways = list(product(("concept", "full"), ("TB", "LR"), DROPS))
    cases = [
        (text, depth, direction, kind, number)
        for number, text in enumerate(expressions())
        for depth, direction, kind in [ways[number % len(ways)]]
        if text in pictures(depth, range(SMALL_BOXES + 1))
    ]
    collided, drags = collisions_after_drops(cases)
    assert collided == {}
    assert drags > 120


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("depth", ["concept", "full"])
def test_nothing_collides_after_drops_in_any_graph(depth, direction):
    first = ("TB", "LR").index(direction) + 2 * ("concept", "full").index(depth)
    kinds = list(DROPS)
    cases = [
        (text, depth, direction, kinds[(number + first + k) % len(kinds)], 1000 * first + number)
        for number, text in enumerate(expressions())
        for k in range(2 if text in pictures(depth, range(SMALL_BOXES + 1)) else 1)
    ]
    collided, drags = collisions_after_drops(cases)
    assert collided == {}
    assert drags > 200


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


def test_wires_find_their_ways_once_boxes_do_not_overlap_any_more():
    placed = placement("h=x*y; sin(h)+h*h", "concept", "TB")
    one, other = (box.id for box in placed.picture.boxes if box.symbol in ("sin", "+"))
    over = reroute(placed, {**placed.centres, one: placed.centres[other]}, width_of)
    assert all_collisions([("over", over)])
    x, y = over.centres[other]
    after = reroute(over, {**over.centres, other: (x + 250.0, y)}, width_of)
    assert [one for one in collisions(after, width_of) if one[0] != "outside of the graph"] == []
