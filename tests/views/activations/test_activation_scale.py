"""The scale in a layer's heading has the colours in which its activations are painted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from explorer.views.activations.layers_view import UNCLIPPED_SHARE, activation_scale
from explorer.views.painting.diverging_colours import colour_limit, diverging_pixels
from explorer.views.theme.theme import load_theme


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=30), st.sampled_from(["dark", "light", "contrast"])
)
def test_the_ends_have_the_colours_of_the_numbers_there(numbers, theme):
    values, colours = np.float32(numbers), load_theme(theme)
    scale = activation_scale(values, colours)
    limit = colour_limit(values, UNCLIPPED_SHARE)
    low = -limit if values.min() < 0 else 0.0
    painted = [QColor(int(pixel)) for pixel in diverging_pixels(np.float64([low, limit]), limit, colours)]
    for shown, pixel in zip((scale.colours[0], scale.colours[-1]), painted, strict=True):
        assert max(abs(a - b) for a, b in zip(shown.getRgb(), pixel.getRgb(), strict=True)) <= 1
    assert scale.note == "linear"


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([0.0, 2.0, 2.0], "0", "2"), ([-1.0, 1.0], "−1", "1"), ([0.0], "0", "1"), ([1.0] * 99 + [5.0], "0", "≥ 1")],
)
def test_the_numbers_at_the_ends(qapp, values, low, high):
    scale = activation_scale(np.float32(values), load_theme("dark"))
    assert scale.low == low
    assert scale.high == high


def test_without_a_finite_number_there_is_a_scale(qapp):
    assert activation_scale(np.float32([np.nan, np.inf]), load_theme("dark")).low == "0"
