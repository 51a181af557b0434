"""A layout is computed once for each picture, direction and room."""

from dataclasses import replace

import pytest

from explorer.core.graph.fitting import place_in_room
from explorer.core.graph.picture import concept_picture
from explorer.views.graph.items import text_width
from explorer.views.graph.layout_cache import cached_layout, layout_of_outline

ROOM = (800.0, 450.0)


def test_values_do_not_change_a_layout(state_of):
    trace = state_of("sin(2*x)").trace
    first = cached_layout(concept_picture(trace), "TB", True, ROOM)
    assert cached_layout(concept_picture(trace), "TB", True, ROOM) is first
    assert cached_layout(concept_picture(trace), "LR", True, ROOM) is not first
    assert cached_layout(concept_picture(trace), "TB", True, (400.0, 450.0)) is not first


def with_number(picture, number):
    boxes = (replace(box, symbol=number) if box.kind == "constant" else box for box in picture.boxes)
    return replace(picture, boxes=tuple(boxes))


@pytest.mark.parametrize(("number", "other"), [("2", "7"), ("11", "40"), ("0.25", "1.17"), ("-1e-07", "-4e-11")])
@pytest.mark.parametrize("room", [ROOM, (200.0, 100.0)])
def test_a_number_of_the_same_length_needs_no_other_layout(state_of, number, other, room):
    picture = concept_picture(state_of("sin(2*x)").trace)
    cached_layout(with_number(picture, number), "auto", True, room)
    misses = layout_of_outline.cache_info().misses
    changed = with_number(picture, other)
    found = cached_layout(changed, "auto", True, room)
    assert layout_of_outline.cache_info().misses == misses
    assert found == place_in_room(changed, "auto", True, text_width, room)


def test_a_longer_number_has_the_space_that_it_needs(state_of):
    picture = concept_picture(state_of("sin(2*x)").trace)
    for changed in (with_number(picture, "2"), with_number(picture, "22222.2")):
        assert cached_layout(changed, "auto", True, ROOM) == place_in_room(changed, "auto", True, text_width, ROOM)
