"""Names of curves stand at their curves, clear of others, and inside the plot."""

import numpy as np
import pytest

from explorer.core.plot.label_places import label_places

ACROSS, UP, SIZE = (-3.0, 3.0), (-2.5, 3.5), (0.4, 0.5)
X = np.linspace(-3, 3, 1001)
CURVES = {"f": (X, np.sin(2 * X)), "f′": (X, 2 * np.cos(2 * X)), "g": (X, X - X**3 / 6)}


def test_each_name_stands_on_its_curve_inside_the_plot():
    for name, (x, y) in label_places(CURVES, ACROSS, UP, SIZE).items():
        assert ACROSS[0] < x < ACROSS[1]
        assert UP[0] <= y <= UP[1] - SIZE[1]
        assert y <= np.interp(x, *CURVES[name]) + 1e-9


def test_names_do_not_overlap_and_are_crossed_by_no_curve():
    places = label_places(CURVES, ACROSS, UP, SIZE)
    names = list(places)
    for index, name in enumerate(names):
        x, y = places[name]
        for other in names[index + 1 :]:
            assert abs(x - places[other][0]) > SIZE[0] or abs(y - places[other][1]) > SIZE[1]
        for xs, ys in CURVES.values():
            beside = np.abs(xs - x) < SIZE[0] / 2
            assert not np.any(beside & (ys > y + SIZE[1] / 4 + 0.02) & (ys < y + SIZE[1]))


@pytest.mark.parametrize("y", [np.full_like(X, 9.0), np.full_like(X, np.nan)])
def test_a_curve_that_is_not_visible_has_its_name_in_the_corner(y):
    assert label_places({"f": (X, y)}, ACROSS, UP, SIZE) == {"f": (-3.0, 3.5)}


def test_without_curves_there_are_no_names():
    assert label_places({}, ACROSS, UP, SIZE) == {}
