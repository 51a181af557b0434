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


@pytest.mark.parametrize("top", [1.24, 1.6])
@pytest.mark.parametrize("size", [(1.2, 0.5), (2.0, 0.3), (2.5, 0.5), (3.0, 0.2)])
def test_names_of_curves_that_coincide_do_not_overlap(size, top):
    x = np.linspace(-2 * np.pi, 2 * np.pi, 1000)
    curves = {"f": (x, np.sin(x)), "f′": (x, np.cos(x)), "f″": (x, -np.sin(x)), "g": (x, -np.sin(x))}
    places = list(label_places(curves, (-6.7, 6.7), (-1.24, top), size).values())
    for index, (across, up) in enumerate(places):
        assert all(abs(across - u) > size[0] or abs(up - v) > size[1] for u, v in places[:index])


@pytest.mark.parametrize("y", [np.full_like(X, 9.0), np.full_like(X, np.nan)])
def test_a_curve_that_is_not_visible_has_its_name_in_the_corner(y):
    assert label_places({"f": (X, y)}, ACROSS, UP, SIZE) == {"f": (-3.0, 3.5)}


def test_without_curves_there_are_no_names():
    assert label_places({}, ACROSS, UP, SIZE) == {}
