"""A graph is placed so that all of it can be read in the room that there is."""

from functools import cache
from itertools import pairwise

import pytest

from explorer.core.graph.density import COMPACT, DENSE, MIN_TEXT_PX, NORMAL
from explorer.core.graph.fitting import ALMOST_LEGIBLE, AUTO, place_in_room, zoom_to_fit
from explorer.core.graph.picture import concept_picture
from explorer.core.graph.placement import arrange, complete
from explorer.engine.in_process import trace_and_run
from tests.core.graph.picture_collisions import collisions
from tests.random_expressions import random_expressions

ROOM = (880.0, 480.0)
"""About what a window of 1280x720 has."""

CHAIN = "sin(cos(sin(cos(sin(cos(sin(cos(sin(cos(sin(cos(sin(cos(sin(x)))))))))))))))"

TEXTS = (
    "sin(2*x)",
    "sin(x)*exp(-x^2/2) + log(1+exp(x))",
    "1/sqrt(2*pi)*exp(-(x-m)^2/(2*s^2))",
    "sigmoid(w3*tanh(w1*x+b1)+w4*tanh(w2*x+b2)+b3)",
    "a = x*y; b = a+x; c = b*a; d = sin(c)*b; d*c+a",
    CHAIN,
    *random_expressions(24, range(4, 16)),
)


@cache
def picture_of(text):
    trace, _ = trace_and_run(text, {})
    return concept_picture(trace)


def width_of(family, pixels, text, *, bold=False, italic=False):
    return 0.6 * pixels * len(text)


@pytest.mark.parametrize("text", TEXTS)
def test_up_to_fifteen_ops_can_be_read_as_a_whole(text):
    placed = place_in_room(picture_of(text), AUTO, True, width_of, ROOM)
    density = placed.density
    zoom = zoom_to_fit(placed.size, ROOM)
    texts = density.name_px, density.value_px, density.small_px, density.gradient_px
    assert zoom * min(map(int, (*texts, density.symbol_px, density.output_px))) >= MIN_TEXT_PX - 1e-9


def test_a_small_graph_is_set_spaciously_from_top_to_bottom():
    placed = place_in_room(picture_of("sin(2*x)"), AUTO, True, width_of, ROOM)
    assert (placed.direction, placed.density) == ("TB", NORMAL)


def test_wide_room_is_used():
    picture = picture_of("sin(cos(exp(x)))")
    wide, tall = (place_in_room(picture, AUTO, True, width_of, room) for room in ((1600.0, 200.0), (400.0, 900.0)))
    assert (wide.direction, tall.direction) == ("LR", "TB")
    assert zoom_to_fit(wide.size, (1600.0, 200.0)) > 2 * zoom_to_fit(tall.size, (1600.0, 200.0))


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("text", TEXTS[:8])
def test_a_direction_that_was_chosen_is_kept(text, direction):
    assert place_in_room(picture_of(text), direction, True, width_of, ROOM).direction == direction


@pytest.mark.parametrize("room", [(100.0, 60.0), (880.0, 480.0), (3000.0, 2000.0)])
def test_a_graph_that_cannot_be_read_as_a_whole_is_set_normally(room):
    picture = picture_of("+".join(f"sin({k}*x)" for k in range(2, 30)))
    placed = place_in_room(picture, AUTO, True, width_of, room)
    assert placed.density is NORMAL or zoom_to_fit(placed.size, room) >= ALMOST_LEGIBLE * placed.density.min_zoom


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("density", [COMPACT, DENSE[-1]])
@pytest.mark.parametrize("text", TEXTS)
def test_nothing_collides_in_a_folded_graph(text, density, direction):
    whole = arrange(picture_of(text), direction, True, width_of, density)
    for folded in whole.folded((700.0, 700.0) if direction == "TB" else (700.0, 500.0)):
        assert folded.cuts
        assert list(collisions(complete(folded), width_of)) == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_size_is_estimated_well_enough_to_choose_by_it(text):
    for direction in ("TB", "LR"):
        found = arrange(picture_of(text), direction, True, width_of, COMPACT)
        assert found.size == found.layout.size
        for estimate, size in zip(found.expected_size(), found.layout.size, strict=True):
            assert 0.5 * size < estimate < 1.4 * size


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_long_chain_is_folded(direction):
    picture = picture_of(CHAIN)
    before = complete(arrange(picture, direction, True, width_of, COMPACT))
    after = place_in_room(picture, direction, True, width_of, ROOM)
    assert zoom_to_fit(after.size, ROOM) > 1.5 * zoom_to_fit(before.size, ROOM)
    order = [box.id for box in picture.boxes]
    along, across = (1, 0) if direction == "TB" else (0, 1)
    backwards = [(a, b) for a, b in pairwise(order) if after.centres[b][along] < after.centres[a][along]]
    assert 1 <= len(backwards) <= 3
    for a, b in backwards:
        assert after.centres[b][across] > after.centres[a][across], "the next column is on the right"
