"""The place that is found covers nothing, and is found if there is such a place."""

import random

import pytest
from PySide6.QtCore import QRect, QSize

from explorer.views.widgets.free_places import CELL_PX, as_sides, find_free_place

AREA = QRect(10, 10, 600, 400)

SIZES = [QSize(200, 120), QSize(100, 60)]


def free_place(area, sizes, obstacles):
    return find_free_place(area, sizes, as_sides(obstacles))


def test_without_obstacles_it_is_the_lower_right_corner():
    place = free_place(AREA, SIZES, [])
    assert (place.size(), place.bottomRight()) == (SIZES[0], AREA.bottomRight())


def test_it_covers_no_obstacle_where_there_is_room():
    draw = random.Random(3)
    for _ in range(200):
        obstacles = [
            QRect(draw.randrange(-50, 600), draw.randrange(-50, 400), draw.randrange(1, 200), draw.randrange(1, 90))
            for _ in range(draw.randrange(1, 9))
        ]
        place = free_place(AREA, SIZES, obstacles)
        if place is not None:
            assert AREA.contains(place)
            assert not any(place.intersects(obstacle) for obstacle in obstacles)
            continue
        kept = QRect(AREA.topLeft(), SIZES[1]).adjusted(-CELL_PX, -CELL_PX, CELL_PX, CELL_PX)
        assert any(kept.intersects(obstacle) for obstacle in obstacles), "the upper left corner is free"


def test_where_all_is_covered_there_is_none():
    assert free_place(AREA, SIZES, [AREA]) is None


def test_a_smaller_one_is_used_where_only_that_fits():
    assert free_place(AREA, SIZES, [AREA.adjusted(0, 0, 0, -70)]).size() == SIZES[1]


@pytest.mark.parametrize("width", [-500, -24, -3, 0, 1, 50, 300])
@pytest.mark.parametrize("height", [-500, -24, -4, 0, 1, 20, 30])
def test_an_area_that_is_too_small_for_any_size_is_no_error(width, height):
    area = QRect(5, 5, width, height)
    assert free_place(area, SIZES, [QRect(0, 0, 900, 900)]) is None
